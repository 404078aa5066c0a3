"""The child process that reads a workbook: bounded in time and memory, because a small file may claim a million columns.

Reads the file on stdin; writes JSON [[sheet's name, rows], …] on stdout, a day as {"day": "2023-05-08"}. Whatever goes
wrong ends it with a status other than 0.
"""

import io
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from registry.base.confined import answering

SECONDS = 30
"""Of processor time."""
MOST_ROWS, MOST_COLUMNS = 20_000, 200
"""Of a sheet; a larger one is cut right behind them, so that the parent sees that it is larger."""


def plain(value: object) -> Any:
    """A cell's value: words without blanks around them, moments as days, whole numbers as such."""
    if isinstance(value, str):
        return value.replace("\u3000", " ").strip() or None
    if isinstance(value, datetime | date):
        return {"day": value.isoformat()[:10]}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, time | timedelta):
        return str(value)
    return value


def rows_of(sheet: CalamineSheet) -> list[list[Any]]:
    """The rows of a sheet; the words of a merged range stand in each of its cells."""
    cells = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 1)
    rows = [[plain(v) for v in row[: MOST_COLUMNS + 1]] for row in cells]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        words = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = words
    return rows


def answer(asked: None, data: bytes) -> list[tuple[str, list[list[Any]]]]:
    """The visible sheets with their rows."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    shown = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    return [(name, rows_of(book.get_sheet_by_name(name))) for name in shown]


if __name__ == "__main__":
    sys.exit(answering(answer, seconds=SECONDS))
