"""Whether the keys of the settings are those that this database was written with; asked at every start.

One sealed mark for each key id that was ever in use answers without a look at the tables. Only when the ids differ are
the tables asked which keys their values need.
"""

from sqlmodel import Session, col, select

from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.store.crypto import Keyring
from registry.store.meta import Meta, set_mark
from registry.store.rotation import key_counts
from registry.store.session import Store

MARK = "key_check:"
"""Begins the name of a mark; the key's id follows."""
PLACE = "meta.key_check"


def require_keys(store: Store) -> None:
    """Raise Broken, saying what to do, when a key that values need is missing or is another one than it was."""
    with store.read() as session:
        kept = marks(session)
        if kept.keys() != store.keyring.keys.keys():
            require_present(session, store.keyring)
    for kid in kept.keys() & store.keyring.keys.keys():
        require_same(store.keyring, kid, bytes.fromhex(kept[kid]))
    if kept.keys() != store.keyring.keys.keys():
        keep_marks(store)


def marks(session: Session) -> dict[str, str]:
    """Key id → its sealed mark."""
    rows = session.exec(select(Meta).where(col(Meta.key).startswith(MARK, autoescape=True)))
    return {row.key.removeprefix(MARK): row.value for row in rows}


def require_present(session: Session, keyring: Keyring) -> None:
    """Raise Broken when a value of any table needs a key that is not there."""
    needed = key_counts(session.connection())
    if missing := sorted(needed.keys() - keyring.keys.keys()):
        raise Broken(
            msg(
                "REGISTRY_FIELD_KEYS lacks {kids}, and {n} values of this database can be read with nothing else. Put the "
                "key back behind the newest one; `registry keys rotate` makes it needless.",
                kids=", ".join(missing),
                n=sum(needed[kid] for kid in missing),
            )
        )


def require_same(keyring: Keyring, kid: str, sealed: bytes) -> None:
    """Raise Broken when a key is not the one that sealed the mark."""
    try:
        keyring.open(sealed, PLACE)
    except Broken as error:
        raise Broken(
            msg(
                "Key {kid} in REGISTRY_FIELD_KEYS is not the one that this database was written with. Put that one back; a "
                "new key gets an id of its own and stands before it.",
                kid=kid,
            )
        ) from error


def keep_marks(store: Store) -> None:
    """One mark for each key of the settings, and none for one that is no longer needed."""
    with store.system() as session:
        kept = marks(session)
        for kid in kept.keys() - store.keyring.keys.keys():
            session.delete(session.get_one(Meta, MARK + kid))
        for kid, key in store.keyring.keys.items():
            if kid not in kept:
                set_mark(session, MARK + kid, Keyring({kid: key}).seal(b"key", PLACE).hex())
