"""Tables as a workbook (XLSX): words stay words, numbers numbers, dates dates; head frozen, widths fitting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from registry.base.clock import SHANGHAI
from registry.base.sheets import sheet_name, write_cell

NARROWEST, WIDEST = 8, 48
"""Characters of a column."""
MOST_WORDS = 32_000
"""Characters that a cell takes."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: what stands above it, the heads of its columns, its rows."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def workbook(out: IO[bytes], grids: Iterable[Grid], made_at: datetime) -> None:
    """Write a workbook; the same grids at the same moment are the same bytes. Nothing becomes a formula or a link."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": made_at.astimezone(SHANGHAI).replace(tzinfo=None)})
    styles = {
        "title": book.add_format({"bold": True}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "words": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    for grid in grids:
        fill(book.add_worksheet(sheet_name(grid.name)), grid, styles)
    book.close()


def fill(page: Worksheet, grid: Grid, styles: dict[str, Format]) -> None:
    """One sheet: the title in the first row, the heads in the second."""
    page.write_string(0, 0, grid.title, styles["title"])
    widths = [wide(head) for head in grid.heads]
    for column, head in enumerate(grid.heads):
        page.write_string(1, column, head, styles["head"])
    last = 1
    for last, row in enumerate(grid.rows, start=2):
        for column, value in enumerate(row):
            cell = plain(value)
            write_cell(page, last, column, cell, styles["day" if isinstance(cell, date) else "words"])
            widths[column] = max(widths[column], 11 if isinstance(cell, date) else wide(str(cell or "")))
    for column, width in enumerate(widths):
        page.set_column(column, column, min(max(width + 2, NARROWEST), WIDEST))
    page.freeze_panes(2, 1)
    if grid.heads:
        page.autofilter(1, 0, last, len(grid.heads) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(1)


def plain(value: Any) -> str | int | float | date | None:
    """A value as a cell: a moment as its day in Shanghai, a decimal as a number, anything else in words."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date | None):
        return str(value)[:MOST_WORDS]
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    return float(value) if isinstance(value, Decimal) else value


def wide(words: str) -> int:
    """How many columns of a monospaced script the longest line takes: a Chinese character takes two."""
    lines = words.split("\n")
    return max(sum(2 if east_asian_width(c) in "WF" else 1 for c in line[:WIDEST]) for line in lines)
