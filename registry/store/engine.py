"""Connections to either database, so that everything above reads and writes by one law.

Both databases have one writer at a time: SQLite by `BEGIN IMMEDIATE`, PostgreSQL by one advisory lock that a writing
transaction takes first. Registering is rare and reading is not: readers never wait, and what is proved of two writers
on one database is so on the other. A reader sees one state from its first statement to its last.
"""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

READS: dict[str, Any] = {"registry_write": False}
WRITES: dict[str, Any] = {"registry_write": True}
"""Execution options of a session's transactions; a connection without either reads."""
WAIT_SECONDS = 10
"""How long a writer waits for the one before."""
WRITER_LOCK = 0x6C61626F7572
"""The advisory lock of writers: `labour` in ASCII."""


def make_engine(url: str) -> Engine:
    """An engine for an address of SQLite or PostgreSQL."""
    if url.startswith("postgresql"):
        # A connection that the server has closed (it was restarted) is noticed and replaced before it is used.
        engine = create_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC"}
        )
        event.listen(engine, "begin", _postgresql_begin)
    else:
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def writes(connection: Connection) -> bool:
    """Whether a connection's transaction is to write."""
    return bool(connection.get_execution_options().get("registry_write"))


def _postgresql_begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("registry_write") is False
    if reads:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    elif writes(connection):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def _sqlite_connect(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # recursive_triggers: else REPLACE takes a row out of an append-only table without asking its trigger.
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=NORMAL",
        f"busy_timeout={WAIT_SECONDS * 1000}",
        "recursive_triggers=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN")
