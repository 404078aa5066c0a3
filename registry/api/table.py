"""A small table that somebody made in a spreadsheet, and the rows that a plugin keeps of it for a brand or base."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, Text, msg
from registry.host.plugged import Access

Reader = tuple[Callable[[str], Any], Mapping[str, str]]
"""How a cell is read (raises ValueError where it cannot be), and what is said then by language, with `{value}`."""


def _month(value: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        raise ValueError(value)
    return value


MONTH: Reader = (
    _month,
    {"zh-Hans": "“{value}”不是月份，应当写成 2025-06。", "en": "“{value}” is no month such as 2025-06."},
)
"""A cell with a month."""
PLAIN = "{words}"
"""A sentence that is nothing but what a plugin says; nobody translates it."""


def told(words: Mapping[str, str], **params: object) -> Message:
    """A sentence of a plugin's own, by language (`zh-Hans`, `en`), with `{names}` filled in: for faults and refusals."""
    return Message(PLAIN, words=Text.model_validate({lang: line.format(**params) for lang, line in words.items()}))


def read_table(
    name: str, data: bytes, columns: Mapping[str, Reader], *, unique: Sequence[str]
) -> list[tuple[Any, ...]]:
    """The rows of a CSV file whose first line names exactly these columns, in UTF-8 or as Windows writes Chinese.

    Rows may not agree in all of the `unique` columns. Raises BadInput with every fault at its line and column.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    if list(reader.fieldnames or ()) != list(columns):
        raise BadInput(Fault(msg("The first line must be: {columns}", columns=",".join(columns)), name, 1, 1))
    rows: list[tuple[Any, ...]] = []
    faults: list[Fault] = []
    seen: set[tuple[Any, ...]] = set()
    for line, cells in enumerate(reader, 2):
        row, before = {}, len(faults)
        for n, (column, (read, words)) in enumerate(columns.items(), 1):
            value = str(cells[column] or "").strip()
            try:
                row[column] = read(value)
            except (ArithmeticError, ValueError):
                faults.append(Fault(told(words, value=value), name, line, n))
        if len(faults) > before:
            continue
        key = tuple(row[column] for column in unique)
        if key in seen:
            faults.append(Fault(msg("“{value}” stands twice.", value=" ".join(map(str, key))), name, line, 1))
        seen.add(key)
        rows.append(tuple(row.values()))
    if faults:
        raise BadInput(faults)
    return rows


def rows_of(access: Access, table: sa.Table, entry_id: str) -> list[tuple[Any, ...]]:
    """What a plugin's table has of an entry: every column but `entry_id`, in the table's order."""
    columns = [c for c in table.c if c.name != "entry_id"]
    query = sa.select(*columns).where(table.c.entry_id == entry_id).order_by(*columns)
    with access.read() as session:
        return [tuple(row) for row in session.execute(query)]


def put_rows(access: Access, table: sa.Table, entry_id: str, rows: Iterable[Any], *, same: Sequence[str] = ()) -> int:
    """Write an entry's rows (dataclasses with the table's other columns) into a plugin's table; returns how many.

    They take the place of earlier ones that agree in the columns `same`; without any, of all that the entry had.
    """
    written = [{"entry_id": entry_id, **asdict(row)} for row in rows]
    alike = [table.c[name] == sa.bindparam(f"a_{name}") for name in same]
    gone = sa.delete(table).where(table.c.entry_id == entry_id, *alike)
    with access.write() as session:
        if not same:
            session.execute(gone)
        elif written:
            session.execute(gone, [{f"a_{name}": row[name] for name in same} for row in written])
        if written:
            session.execute(sa.insert(table), written)
    return len(written)
