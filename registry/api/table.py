"""Reading a small table that somebody made in a spreadsheet, for a plugin's own rows."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, Text, msg

Reader = tuple[Callable[[str], Any], Mapping[str, str]]
"""How a cell is read (raises ValueError where it cannot be), and what is said then by language, with `{value}`."""


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
