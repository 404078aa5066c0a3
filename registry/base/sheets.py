"""Spreadsheets as people send them: XLSX, XLS, ODS and CSV in whatever encoding, read as rows of plain values."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from registry.base import confined
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.sheets_child import MOST_COLUMNS, MOST_ROWS

Value = str | int | float | bool | date | None
ENCODINGS = ("utf-8-sig", "gb18030")
TIMEOUT = 40
"""Seconds on the clock for reading a workbook; the child's own limits are lower."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its rows, counted from 0; dates as dates, everything else as it stands there."""

    name: str
    rows: list[list[Value]]


def letter(column: int) -> str:
    """`A` for 0, `AA` for 26: what the program that made the sheet calls a column."""
    name, n = "", column + 1
    while n:
        n, rest = divmod(n - 1, 26)
        name = chr(65 + rest) + name
    return name


def read_sheets(data: bytes, name: str) -> list[Sheet]:
    """Every sheet that has something in it. Raises BadInput for what is no spreadsheet, or too large a one."""
    sheets = read_text(data) if is_text(data, name) else read_workbook(data)
    for sheet in sheets:
        if len(sheet.rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in sheet.rows):
            raise BadInput(
                Fault(
                    msg(
                        "Sheet “{name}” is too large: at most {rows} rows and {columns} columns.",
                        name=sheet.name,
                        rows=MOST_ROWS,
                        columns=MOST_COLUMNS,
                    ),
                    field="file",
                )
            )
    filled = [sheet for sheet in sheets if any(v not in (None, "") for row in sheet.rows for v in row)]
    if not filled:
        raise BadInput(Fault(msg("There is nothing in this file."), field="file"))
    return filled


def is_text(data: bytes, name: str) -> bool:
    """Whether the file is text: a workbook is a ZIP or an OLE file, whatever it is called."""
    return not data.startswith((b"PK", b"\xd0\xcf\x11\xe0"))


def read_workbook(data: bytes) -> list[Sheet]:
    """The sheets of a workbook, read by a child process with limits. Raises BadInput."""
    try:
        sheets = confined.ask("registry.base.sheets_child", None, data, timeout=TIMEOUT)
    except confined.Failed:
        raise BadInput(
            Fault(
                msg(
                    "This file cannot be read as a spreadsheet. Save it as .xlsx, without a password and without "
                    "anything far away from the table."
                ),
                field="file",
            )
        ) from None
    return [Sheet(name, [[cell(v) for v in row] for row in rows]) for name, rows in sheets]


def cell(value: Any) -> Value:
    """A cell as the child tells it."""
    return date.fromisoformat(value["day"]) if isinstance(value, dict) else value


def read_text(data: bytes) -> list[Sheet]:
    """A CSV file as one sheet. Raises BadInput when it is in no encoding that we know."""
    text = decoded(data)
    sample = text[:4096]
    delimiter = max(",\t;", key=sample.count)
    try:
        rows: list[list[Value]] = [
            [plain_text(v) for v in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise BadInput(Fault(msg("This file is no CSV: {why}", why=str(error)), field="file")) from error
    return [Sheet("CSV", rows)]


def plain_text(value: str) -> str | None:
    """A cell's words without blanks around them."""
    return value.replace("\u3000", " ").strip() or None


def decoded(data: bytes) -> str:
    """Text in UTF-8, UTF-16 or GB 18030 (what WPS and Excel write in China)."""
    tried = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in tried:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BadInput(
        Fault(msg("The characters of this file cannot be read. Save it as .xlsx, or as CSV in UTF-8."), field="file")
    )


NOTES_HEAD = "说明"
"""What the column of notes is headed in an annotated copy; a copy of a copy has one such column."""
Told = tuple[int | None, str, bool]
"""What is told of a row: at which column (from 0), in which words, whether it is a fault."""


def annotated(
    sheets: Iterable[Sheet], notes: Mapping[tuple[str, int], Sequence[Told]], heads: Mapping[str, int]
) -> bytes:
    """A copy of the sheets with what is wrong: the cell coloured, the words in a last column.

    `notes`: (sheet, row from 0) → what is told of it; `heads`: sheet → row of its heading. Nothing becomes a formula or
    a link.
    """
    out = io.BytesIO()
    book = new_workbook(out)
    styles = {
        True: book.add_format({"bg_color": "#F8D0C8", "text_wrap": True}),
        False: book.add_format({"bg_color": "#FFF0B8", "text_wrap": True}),
    }
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for sheet in sheets:
        page = book.add_worksheet(sheet_name(sheet.name))
        head = heads.get(sheet.name)
        titles = sheet.rows[head] if head is not None else []
        last = titles.index(NOTES_HEAD) if NOTES_HEAD in titles else max(map(len, sheet.rows), default=0)
        for r, row in enumerate(sheet.rows):
            told = notes.get((sheet.name, r), ())
            wrong: dict[int, bool] = {}
            for column, _, is_fault in told:
                if column is not None:
                    wrong[column] = wrong.get(column, False) or is_fault
            for c, value in enumerate(row[:last]):
                write_cell(page, r, c, value, styles[wrong[c]] if c in wrong else day if is_day(value) else None)
            if told:
                page.write_string(r, last, "\n".join(words for _, words, _ in told), styles[any(f for *_, f in told)])
        if head is not None:
            page.write_string(head, last, NOTES_HEAD, bold)
            page.freeze_panes(head + 1, 0)
        page.set_column(0, max(last - 1, 0), 16)
        page.set_column(last, last, 60)
    book.close()
    return out.getvalue()


def new_workbook(out: io.BytesIO) -> xlsxwriter.Workbook:
    """A workbook in which words stay words, whatever they look like."""
    return xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})


def is_day(value: Value) -> bool:
    """Whether a cell holds a date."""
    return isinstance(value, date)


def write_cell(page: Worksheet, row: int, column: int, value: Value, style: Format | None) -> None:
    """One cell, as what it is."""
    if isinstance(value, date):
        page.write_datetime(row, column, datetime(value.year, value.month, value.day), style)
    elif isinstance(value, bool):
        page.write_boolean(row, column, value, style)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, style)
    elif value is not None or style:
        page.write_string(row, column, str(value or ""), style)


def sheet_name(name: str) -> str:
    """A name that a workbook takes."""
    return "".join("_" if c in "[]:*?/\\" else c for c in name).strip("'")[:31] or "Sheet"
