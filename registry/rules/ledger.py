"""A county's own ledger (台账): its rows, each value read, everything that is wrong at its row and column.

Pure: rows come in as plain values.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from registry.base.i18n import Message, msg
from registry.rules.facts import FactDef
from registry.rules.ledger_heading import BY_ID, Heading, column_for, year_in
from registry.rules.ledger_values import (
    READERS,
    ROUGHLY,
    Value,
    plain_text,
    read_figure,
    read_words,
    says_nothing,
    scale_of,
    squeezed,
    years_after,
)

TITLE_COLUMNS = ("level", "document", "document_date")
"""What a title needs besides its entry."""
TOTALS = ("合计", "总计", "小计", "共计", "累计")
REMARKS = re.compile(r"(注|备注|说明)\d*[:.、]|填表|填报|制表|审核|负责人|单位盖章|联系人")
"""How the words at the foot of a sheet begin."""
EXAMPLE = "【示例】"
"""How the rows begin that an empty ledger shows as examples; they are never taken."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said of a row: at a column, or of the whole row; a warning stops nothing."""

    row: int
    column: int | None
    message: Message
    fault: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """By what a sheet is read: its heading, its columns by id (or fact), the facts among them, today."""

    heading: Heading
    mapping: Mapping[str, int]
    figures: Mapping[str, FactDef]
    today: date

    def named(self, key: str) -> str:
        """What the column of an id is headed."""
        at = self.mapping.get(key, -1)
        return self.heading.names[at] if 0 <= at < len(self.heading.names) else ""

    def period(self, key: str) -> str | None:
        """The year that a figure of a column is of, where the fact is counted by year."""
        year = year_in(self.named(key))
        return str(year) if year and self.figures[key].per != "entry" else None

    def as_of(self, key: str) -> date | None:
        """The day that a figure of a column was true at, where its heading names a year."""
        year = year_in(self.named(key))
        return date(year, 12, 31) if year and self.figures[key].per == "entry" else None


@dataclass(slots=True)
class Line:
    """One row of the ledger, read."""

    row: int
    values: dict[str, object] = field(default_factory=dict)
    figures: dict[str, Decimal] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing stops it."""
        return not any(note.fault for note in self.notes)

    @property
    def has_title(self) -> bool:
        """Whether the ledger says that the entry holds a title."""
        return any(self.values.get(key) for key in ("document", "document_date", "number"))

    def warn(self, column: int | None, message: Message) -> None:
        """Note something that stops nothing."""
        self.notes.append(Note(self.row, column, message, fault=False))


def read_lines(rows: Sequence[Sequence[Value]], reading: Reading) -> list[Line]:
    """Every row below the heading that is one of the ledger: no blank one, no total, no remark at the foot."""
    return [
        read_line(number, row, reading)
        for number, row in enumerate(rows)
        if number > reading.heading.last and not skipped(row, reading.mapping)
    ]


def skipped(row: Sequence[Value], mapping: Mapping[str, int]) -> bool:
    """Whether a row is none of the ledger: blank, only numbered, a total, words across the sheet, a repeated heading."""
    filled = [v for v in row if not says_nothing(v)]
    if not any(at < len(row) and not says_nothing(row[at]) for at in mapping.values()):
        return True
    first, several = squeezed(filled[0]), len(filled) >= 3
    if first.startswith(TOTALS) or (several and len(set(filled)) == 1):
        return True
    if several and filled == list(range(1, len(filled) + 1)):
        return True
    few = len(filled) < max(3, len(mapping) // 2)
    if few and (REMARKS.match(plain_text(filled[0])) or re.match(r"[一二三四五六七八九十]+、", str(filled[0]))):
        return True
    at = mapping.get("name", -1)
    name = row[at] if 0 <= at < len(row) else None
    return isinstance(name, str) and is_no_name(name)


def is_no_name(words: str) -> bool:
    """Whether what stands in the names' column is an example, a total, or the heading again."""
    column = column_for(words)
    again = column is not None and column.id == "name" and squeezed(words) in column.words
    return words.startswith(EXAMPLE) or squeezed(words).startswith(TOTALS) or again


def read_line(number: int, row: Sequence[Value], reading: Reading) -> Line:
    """One row, each value as what it should be, everything wrong noted at its column."""
    line = Line(number)
    for key, position in reading.mapping.items():
        value = row[position] if position < len(row) else None
        if value is None or says_nothing(value):
            if key in BY_ID and BY_ID[key].required:
                line.notes.append(Note(number, position, msg("The name is missing.")))
            continue
        if key in reading.figures:
            take_figure(line, key, position, value, reading)
            continue
        read = READERS.get(key, read_words)(value)
        if isinstance(read, Message):
            line.notes.append(Note(number, position, read))
        else:
            line.values[key] = read
    require_title(line, reading)
    return line


def take_figure(line: Line, key: str, position: int, value: Value, reading: Reading) -> None:
    """A figure of a row; one that is counted by year needs the year in its heading."""
    fact, heading = reading.figures[key], reading.named(key)
    read = read_figure(value, fact, scale_of(heading))
    if isinstance(read, Message):
        line.notes.append(Note(line.row, position, read))
        return
    if ROUGHLY.search(plain_text(value)):
        line.warn(position, msg("“{value}” is not exact; it is taken as {number}.", value=str(value)[:30], number=read))
    if fact.per != "entry" and year_in(heading) is None:
        line.warn(
            position, msg("This is counted by year: name the year in the heading, such as 2025年. It is left out.")
        )
        return
    line.figures[key] = read


def require_title(line: Line, reading: Reading) -> None:
    """A title needs its level, its document and the document's date, and ends after it has begun."""
    if not line.has_title or not line.good:
        return
    at, values = reading.mapping.get, line.values
    for key in TITLE_COLUMNS:
        if not values.get(key):
            words = msg("For a title to be recorded its {what} is needed.", what=BY_ID[key].label)
            line.notes.append(Note(line.row, at(key), words))
    begun, ends = values.get("document_date"), values.get("valid_to")
    if isinstance(begun, date) and isinstance(ends, int):
        values["valid_to"] = ends = years_after(begun, ends)
    if isinstance(begun, date) and begun > reading.today:
        words = msg("This day is still to come; today is {today}.", today=reading.today)
        line.notes.append(Note(line.row, at("document_date"), words))
    if isinstance(begun, date) and isinstance(ends, date) and ends <= begun:
        line.notes.append(Note(line.row, at("valid_to"), msg("It would end before it begins.")))
    if line.good:
        doubt_title(line, reading)


def doubt_title(line: Line, reading: Reading) -> None:
    """Warnings of what a title's columns say that does not go together."""
    at, values = reading.mapping.get, line.values
    begun, ends, document = values.get("document_date"), values.get("valid_to"), str(values.get("document", ""))
    year = re.search(r"〔(\d{4})〕", document)
    if year and isinstance(begun, date) and int(year[1]) != begun.year:
        words = msg("The document's number is of {year}, its date is {day}.", year=year[1], day=begun)
        line.warn(at("document_date"), words)
    if isinstance(ends, date) and ends < reading.today:
        line.warn(at("valid_to"), msg("Its term is over since {day}; it is recorded as ended.", day=ends))
    authority, level = str(values.get("authority", "")), values.get("level")
    if level in ("city", "province", "nation") and re.search(r"[县区](人社|人力|人民|就业|政府|局)", authority):
        line.warn(at("authority"), msg("“{value}” does not give titles of this level.", value=authority[:30]))
