"""Passwords: hashed a few at a time, judged, changed, and when another one must be chosen."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, select

from registry.actions.lockout import Locked, count_attempt, take_back
from registry.actions.sessions import end_sessions
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.base.settings import Settings
from registry.host.registry import Registry
from registry.rules.password import LEAST, password_faults
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import Account
from registry.store.session import WriteSession
from registry.store.signin import PasswordUsed

HASHER = PasswordHasher()
HASHING = BoundedSemaphore(2)
"""Each hash takes 64 MiB: no more than two at once."""
PATIENCE = 5.0
"""Seconds that somebody waits for their turn."""


class Busy(Refused):
    """Too many people sign in at this moment."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__(msg("Too many people are signing in at this moment. Please try again in a minute."))


@contextmanager
def turn() -> Iterator[None]:
    """One of the few places to hash at. Raises Busy when none becomes free in time."""
    if not HASHING.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        HASHING.release()


def hashed(password: str) -> str:
    """Argon2id hash. Raises Busy."""
    with turn():
        return HASHER.hash(password)


DUMMY = HASHER.hash(secrets.token_urlsafe(16))
"""Compared when there is no such account, so that the answer takes as long."""


def fits(stored: str | None, password: str) -> bool:
    """Whether a password fits its hash; for whoever has a `turn`."""
    try:
        return HASHER.verify(stored or DUMMY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def renewed(stored: str | None, password: str) -> str | None:
    """A hash by today's parameters, where the stored one was made by others; for whoever has a `turn`."""
    return HASHER.hash(password) if stored and HASHER.check_needs_rehash(stored) else None


def require_password(password: str, *, login: str = "", least: int = LEAST, field: str = "password") -> None:
    """Raise BadInput with everything that is wrong with a password."""
    if faults := password_faults(password, login=login, least=least):
        raise BadInput(Fault(words, field=field) for words in faults)


def set_password(session: WriteSession, account: Account, hash: str, settings: Settings, *, own: bool) -> None:
    """Give an account a new hash; one that somebody else chose (not `own`) must be changed at the first sign-in."""
    account.password_hash, account.password_set_at = hash, session.now
    account.must_change_password = not own
    session.add_all([account, PasswordUsed(account_id=account.id, password_hash=hash, set_at=session.now)])
    for old in used_by(session, account.id)[max(1, settings.password_history) :]:
        session.delete(old)


def used_by(session: Session, account_id: str) -> list[PasswordUsed]:
    """The passwords an account had, the newest first."""
    query = select(PasswordUsed).where(PasswordUsed.account_id == account_id)
    return list(session.exec(query.order_by(col(PasswordUsed.set_at).desc(), PasswordUsed.id)))


def change_password(registry: Registry, actor: Actor, *, old: str, new: str, sitting: str) -> None:
    """Change one's own password; every sign-in but this one ends. Raises BadInput, Locked, Busy."""
    settings = registry.settings
    with registry.store.read(SYSTEM) as session:
        account = session.get_one(Account, actor.account)
        earlier = [row.password_hash for row in used_by(session, account.id)]
    until = count_attempt(registry, account.login)
    with turn():
        good = fits(account.password_hash, old)
    if not good:
        if until:
            raise Locked(until)
        raise BadInput(Fault(msg("This is not your present password."), field="old"))
    with registry.store.system() as session:
        take_back(registry, session, account.login)
    require_password(new, login=account.login, least=settings.password_min_length, field="new")
    known = dict.fromkeys(h for h in [account.password_hash, *earlier] if h)
    with turn():
        if any(fits(h, new) for h in list(known)[: max(1, settings.password_history)]):
            raise BadInput(Fault(msg("You had this password before; choose another."), field="new"))
        made = HASHER.hash(new)
    with registry.store.write(actor) as session:
        row = session.get_one(Account, account.id)
        set_password(session, row, made, settings, own=True)
        end_sessions(session, row, keep=sitting)
        session.record("account.password", f"account:{row.id}")


def different() -> BadInput:
    """The answer where the new password was typed in two ways."""
    return BadInput(Fault(msg("This is not the same as above."), field="again"))
