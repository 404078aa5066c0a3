"""Whole tables in words that belong to neither database: what a backup holds, and what a move compares.

Each row is one line of canonical JSON, its columns by name; rows stand in the order of their key. So the same content
has the same bytes, whichever database it lies in.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, select

from registry.base.canonical import canonical

VERSION_TABLE = "alembic_version"
BATCH = 500
"""Rows of one INSERT."""


def tables(connection: Connection) -> list[Table]:
    """Every table that there is, a plugin's too, by name; not the migrations' own."""
    found = MetaData()
    found.reflect(connection)
    return [table for name, table in sorted(found.tables.items()) if name != VERSION_TABLE]


def columns(table: Table) -> list[Column[Any]]:
    """A table's columns by name: their order in the database depends on its migrations."""
    return sorted(table.columns, key=lambda column: column.name)


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """A table's rows, by key."""
    order = [in_bytes(connection, column) for column in table.primary_key.columns]
    rows = connection.execute(
        select(*columns(table)).order_by(*order), execution_options={"yield_per": BATCH, "stream_results": True}
    )
    for row in rows:
        yield canonical([said(value) for value in row]) + b"\n"


def in_bytes(connection: Connection, column: Column[Any]) -> Any:
    """A key that sorts by its bytes, whatever language the server was set up for."""
    text = isinstance(column.type, String) and connection.dialect.name == "postgresql"
    return column.collate("C") if text else column


def said(value: Any) -> Any:
    """A value as JSON; what JSON does not know says what it is."""
    if isinstance(value, datetime):  # stored without a zone it is UTC
        at = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"time": at.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": format(value, "f")}
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(value).decode()}
    return value


MEANT: dict[str, Callable[[str], Any]] = {
    "time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "number": Decimal,
    "bytes": base64.b64decode,
}


def meant(value: Any) -> Any:
    """What a JSON value stands for."""
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return MEANT[kind](text)
    return value


def fill(connection: Connection, table: Table, rows: Iterable[bytes]) -> None:
    """Put lines into a table."""
    names, naive = [column.name for column in columns(table)], connection.dialect.name == "sqlite"

    def stored(line: bytes) -> dict[str, Any]:
        values = [meant(value) for value in json.loads(line)]
        if naive:
            values = [v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in values]
        return dict(zip(names, values, strict=True))

    waiting = iter(rows)
    while batch := [stored(line) for line in islice(waiting, BATCH)]:
        connection.execute(insert(table), batch)


def references_later(connection: Connection) -> None:
    """Until `references_now` rows may come before those that they refer to."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # checked at the commit, which ends it
    else:
        _foreign_keys(connection, "DEFERRABLE INITIALLY DEFERRED")


def references_now(connection: Connection) -> None:
    """Check that every row has what it refers to."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        _foreign_keys(connection, "NOT DEFERRABLE")


def _foreign_keys(connection: Connection, how: str) -> None:
    query = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = "
    found = connection.exec_driver_sql(query + "current_schema()::regnamespace").all()
    for table, name in found:
        connection.exec_driver_sql(f'ALTER TABLE {table} ALTER CONSTRAINT "{name}" {how}')


def continue_numbers(connection: Connection, table: Table) -> None:
    """The next row of a table that counts its own rows gets the number after its last. (SQLite does so by itself.)"""
    if connection.dialect.name != "postgresql" or len(table.primary_key.columns) != 1:
        return
    (key,) = table.primary_key.columns
    sequence = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (f'"{table.name}"', key.name))
    if name := sequence.scalar():
        connection.exec_driver_sql(
            f'SELECT setval(%s, coalesce(max("{key.name}"), 0) + 1, false) FROM "{table.name}"', (name,)
        )
