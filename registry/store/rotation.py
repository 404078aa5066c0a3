"""Encrypting anew with the newest key: every encrypted column of every table, in batches of small transactions.

What remains is asked of the tables themselves, so a rotation that was killed goes on where it stood, and two at once do
no harm. The data key of a file is such a column; the file's own bytes need not be touched.
"""

from collections import Counter

from sqlalchemy import Column, Connection, LargeBinary, Table, and_, func, select, type_coerce, update

from registry.store.crypto import Keyring
from registry.store.schema import metadata
from registry.store.table import Encrypted

BATCH = 200
"""Rows of one transaction: others wait for it no longer than a blink."""


def encrypted_columns() -> list[Column[object]]:
    """Every encrypted column of every table, in a fixed order."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.name)
    return [column for table in tables for column in table.columns if isinstance(column.type, Encrypted)]


def key_counts(connection: Connection) -> Counter[str]:
    """Key id → how many values are encrypted with it."""
    counts: Counter[str] = Counter()
    for column in encrypted_columns():
        head = func.substr(type_coerce(column, LargeBinary), 1, 40)
        for (start,) in connection.execute(select(head).where(column.is_not(None))):
            counts[key_id(bytes(start))] += 1
    return counts


def key_id(sealed: bytes) -> str:
    """The id of the key that a value is encrypted with."""
    return sealed.split(b":", 2)[1].decode(errors="replace")


def rotate_batch(connection: Connection, keyring: Keyring, limit: int = BATCH) -> int:
    """Encrypt up to `limit` values anew; returns how many it found. Raises Broken when one cannot be read."""
    done = 0
    for column in encrypted_columns():
        if done < limit:
            done += _rotate_column(connection, keyring, column, limit - done)
    return done


def _rotate_column(connection: Connection, keyring: Keyring, column: Column[object], limit: int) -> int:
    table = column.table
    assert isinstance(table, Table)
    keys = list(table.primary_key.columns)
    raw = type_coerce(column, LargeBinary)
    mark = f"v1:{keyring.newest}:".encode()
    old = func.substr(raw, 1, len(mark)) != mark
    place = column.type.place  # type: ignore[attr-defined]  # only encrypted columns come here
    rows = connection.execute(select(raw, *keys).where(column.is_not(None), old).order_by(*keys).limit(limit)).all()
    for sealed, *key in rows:
        anew = keyring.seal(keyring.open(sealed, place), place)
        here = and_(*(column_ == value for column_, value in zip(keys, key, strict=True)))
        connection.execute(update(table).where(here).values({column.name: type_coerce(anew, LargeBinary)}))
    return len(rows)
