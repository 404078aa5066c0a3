"""What a database or a disk says when it cannot, as a sentence for whoever asked."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from registry.base.errors import Unavailable
from registry.base.i18n import msg

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a full disk says to who writes a file: full, over a quota, over a limit."""
FULL = msg("The disk is full: nothing was changed. Make room on it, then do it again.")
BUSY = msg("The database is busy with other work: nothing was changed. Do it again in a moment.")
AWAY = msg("The database does not answer: nothing was changed. Do it again in a moment.")
UNSURE = msg(
    "The connection to the database broke while the change was being written. Look whether it was made, "
    "then do it again: it is never made twice."
)


@contextmanager
def told(*, committing: bool = False) -> Iterator[None]:
    """Turn trouble of the database or the disk into Unavailable. `committing`: a lost answer may have been a yes."""
    try:
        yield
    except (InterfaceError, OperationalError) as error:
        if found := trouble(error, committing):
            raise found from error
        raise
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Unavailable(FULL) from error
        raise


def trouble(error: DBAPIError, committing: bool) -> Unavailable | None:
    """What an error of the database means; None when it is a fault of ours."""
    cause: Any = error.orig
    found = of_sqlite(cause) if isinstance(cause, sqlite3.Error) else of_postgresql(cause)
    return Unavailable(UNSURE, unsure=True) if found and found.message is AWAY and committing else found


def of_sqlite(cause: sqlite3.Error) -> Unavailable | None:
    """By SQLite's own code; a limit of the system for files shows as a failed write."""
    code = getattr(cause, "sqlite_errorcode", 0)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
        return Unavailable(FULL)
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Unavailable(BUSY)
    return Unavailable(AWAY) if code & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR) else None


def of_postgresql(cause: Any) -> Unavailable | None:
    """By the standard's code: 53 is too little of something, 55P03 a lock, 57P and 08 (or none) a lost connection."""
    code = getattr(cause, "sqlstate", None) or "08000"
    if code == "53100":
        return Unavailable(FULL)
    if code == "55P03" or code.startswith("53"):
        return Unavailable(BUSY)
    return Unavailable(AWAY) if code.startswith(("08", "57P")) else None
