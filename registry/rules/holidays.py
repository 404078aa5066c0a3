"""Reads the State Council's notice on the holidays of a year (节假日安排), as text or as a table, into days.

Nothing is guessed: a weekday that does not fit its date, a count that does not come out, a workday that is a working
day anyway, or a sentence with a date that is not understood is a fault with its line.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg

KNOWN = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-autumn Festival",
    "国庆节": "National Day",
}
"""A holiday in the notice → what it is called in the table."""
WEEKDAYS = "一二三四五六日"
DATE = r"(?:(?P<y{n}>\d{{4}})年)?(?:(?P<m{n}>\d{{1,2}})月)?(?P<d{n}>\d{{1,2}})日(?:[（(](?P<w{n}>[^）)]*)[）)])?"
RANGE = re.compile(DATE.format(n=1) + r"(?:\s*(?:至|到|[-—–~～]+)\s*" + DATE.format(n=2) + ")?")
YEAR = re.compile(r"(\d{4})年\s*(?:部分)?节假日")
DOCUMENT = re.compile(r"国办发(?:明电)?\s*[〔\[［(（]\d{4}[〕\]］)）]\s*\d+\s*号")
LEAD = re.compile(r"^\s*(?:[一二三四五六七八九十]+、|\d+[.．、])?\s*(?P<name>[^：:\d]{1,20})[：:]")
SIGNED = re.compile(r"^\s*(?:\d{4})年\d{1,2}月\d{1,2}日\s*$")
LONGEST = 20_000
"""Characters of a notice; the longest that there was has a thousand."""
MOST_DAYS = 120


class Day(NamedTuple):
    """One day that the notice names."""

    day: date
    working: bool
    name: str

    @property
    def breaks_the_week(self) -> bool:
        """Whether the weekly rule alone would say otherwise."""
        return self.working != (self.day.weekday() < 5)


@dataclass(frozen=True)
class Arrangement:
    """The holidays of a year as a notice arranges them."""

    year: int
    days: tuple[Day, ...]
    """Every day that is named, in order; only those that break the weekly rule go into the table."""
    document: str | None = None

    @property
    def exceptions(self) -> tuple[Day, ...]:
        """The days that break the weekly rule."""
        return tuple(day for day in self.days if day.breaks_the_week)


@dataclass
class _Reader:
    year: int
    days: dict[date, Day] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, message: Message) -> None:
        self.faults.append(Fault(message, line=line, field="text"))

    def put(self, line: int, day: Day) -> None:
        before = self.days.get(day.day)
        if before and before.working != day.working:
            self.fault(line, msg("{day} is named both as a holiday and as a workday.", day=day.day.isoformat()))
        elif day.working and not day.breaks_the_week:
            self.fault(
                line,
                msg("{day} is a working day anyway, so it cannot be a shifted workday.", day=day.day.isoformat()),
            )
        elif not (self.year - 1, 12) <= (day.day.year, day.day.month) <= (self.year, 12):
            self.fault(line, msg("{day} does not belong to {year}.", day=day.day.isoformat(), year=self.year))
        else:
            self.days[day.day] = day


def read_notice(text: str) -> Arrangement:
    """Read the notice's text. Raises BadInput with every fault by line."""
    if len(text) > LONGEST:
        raise BadInput(Fault(msg("This is longer than any such notice."), field="text"))
    found = YEAR.search(text)
    if not found:
        raise BadInput(
            Fault(msg("The year is not named: the notice must say “2027年部分节假日安排” or alike."), field="text")
        )
    reader = _Reader(int(found.group(1)))
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        lead = LEAD.match(line)
        if lead:
            name = named(lead.group("name"))
            line = line[lead.end() :]
        if RANGE.search(line) and not SIGNED.match(line):
            read_line(reader, number, line, name)
    document = DOCUMENT.search(text)
    return finished(reader, document.group(0).replace(" ", "") if document else None)


def named(words: str) -> str:
    """What the table calls a holiday: a known one by its name there, any other as it is written."""
    return next((KNOWN[known] for known in KNOWN if known in words), words.strip())


def read_line(reader: _Reader, number: int, line: str, name: str) -> None:
    """Read the sentences of one line."""
    if not name:
        reader.fault(number, msg("It is not clear which holiday these days belong to."))
        return
    for sentence in re.split("[。；;]", line):
        if not RANGE.search(sentence):
            continue
        if "上班" in sentence:
            read_days(reader, number, sentence, working=True, name=name)
        elif "放假" in sentence or "休息" in sentence:
            off = read_days(reader, number, sentence, working=False, name=name)
            check_count(reader, number, sentence, off)
        else:
            reader.fault(number, msg("This sentence was not understood: “{words}”.", words=sentence.strip()[:60]))


def check_count(reader: _Reader, number: int, sentence: str, off: int) -> None:
    """The notice counts the days itself; a fault when it comes to another number."""
    said = re.search(r"(?:共|放假)\s*(\d+)\s*天", sentence)
    if said and off and int(said.group(1)) != off:
        reader.fault(number, msg("The notice says {said} days, but names {n}.", said=said.group(1), n=off))


def read_days(reader: _Reader, number: int, sentence: str, *, working: bool, name: str) -> int:
    """Read every date and span of a sentence; returns how many days they are."""
    count, before = 0, None
    for found in RANGE.finditer(sentence):
        try:
            first = read_date(reader.year, found, 1, before)
            last = read_date(reader.year, found, 2, first) if found["d2"] else first
        except ValueError:
            reader.fault(number, msg("There is no such day: “{words}”.", words=found.group(0)))
            continue
        for day, weekday in ((first, found["w1"]), (last, found["w2"])):
            check_weekday(reader, number, day, weekday)
        if not 0 <= (last - first).days < 32:
            reader.fault(
                number, msg("The span ends before it begins, or is too long: “{words}”.", words=found.group(0))
            )
            continue
        before = last
        for i in range((last - first).days + 1):
            reader.put(number, Day(first + timedelta(days=i), working, name))
            count += 1
    return count


def read_date(year: int, found: re.Match[str], n: int, before: date | None) -> date:
    """One date; a month or year that is left out is that of the date before. Raises ValueError."""
    month = int(found[f"m{n}"]) if found[f"m{n}"] else before.month if before else 0
    given = int(found[f"y{n}"]) if found[f"y{n}"] else before.year if before else year
    return date(given, month, int(found[f"d{n}"]))


def check_weekday(reader: _Reader, number: int, day: date, words: str | None) -> None:
    """A fault when the weekday in brackets is not that of the date."""
    said = re.search("(?:周|星期|礼拜)([一二三四五六日天])", words or "")
    if said and said.group(1).replace("天", "日") != WEEKDAYS[day.weekday()]:
        reader.fault(
            number,
            msg(
                "{day} is a 周{right}, but the notice says “{said}”.",
                day=day.isoformat(),
                right=WEEKDAYS[day.weekday()],
                said=said.group(0),
            ),
        )


def read_table(data: str) -> Arrangement:
    """Read a table of days: JSON `{"year": …, "days": [{"day", "working", "name"}]}`, or CSV with these columns.

    Raises BadInput with every fault by line (JSON: by place in the list).
    """
    rows, year = (
        (list(json_rows(data)), json_year(data)) if data.lstrip().startswith("{") else (list(csv_rows(data)), 0)
    )
    days = [(line, day, row) for line, row in rows if (day := as_date(row.get("day")))]
    if not year and days:
        year = max(day.year for _, day, _ in days)
    reader = _Reader(year)
    for line, row in rows:
        if not as_date(row.get("day")):
            reader.fault(line, msg("“{words}” is no day; write 2027-01-01.", words=str(row.get("day", ""))[:30]))
    for line, day, row in days:
        working = WORKS.get(str(row.get("working", "")).strip().lower())
        if working is None:
            reader.fault(line, msg("Column “working” must say yes or no (上班 or 放假)."))
            continue
        reader.put(line, Day(day, working, named(str(row.get("name") or "")) or "public holiday"))
    return finished(reader, None)


WORKS = {"yes": True, "true": True, "1": True, "上班": True, "no": False, "false": False, "0": False, "放假": False}


def csv_rows(data: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a CSV."""
    reader = csv.DictReader(io.StringIO(data.lstrip("\ufeff"), newline=""))
    for row in reader:
        yield reader.line_num, {(k or "").strip().lower(): v or "" for k, v in row.items() if isinstance(v, str)}


def json_rows(data: str) -> Iterator[tuple[int, dict[str, object]]]:
    """(place in the list, row) of the JSON. Raises BadInput."""
    try:
        rows = json.loads(data)["days"]
    except (ValueError, KeyError, TypeError):
        raise BadInput(Fault(msg("This JSON has no list “days”."), field="text")) from None
    for place, row in enumerate(rows if isinstance(rows, list) else [], 1):
        yield place, row if isinstance(row, dict) else {}


def json_year(data: str) -> int:
    """The year that the JSON names; 0 when it names none."""
    year = json.loads(data).get("year", 0)
    return year if isinstance(year, int) else 0


def as_date(value: object) -> date | None:
    """A day written 2027-01-01; None for anything else."""
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def read_any(text: str) -> Arrangement:
    """The notice itself, or a table (CSV with the column `day`, or JSON). Raises BadInput."""
    begin = text.lstrip("\ufeff \r\n\t")
    first = begin.partition("\n")[0].lower()
    return read_table(text) if begin.startswith("{") or "day" in first.split(",") else read_notice(text)


def finished(reader: _Reader, document: str | None) -> Arrangement:
    """The arrangement, unless there are faults."""
    if not reader.faults and not any(not day.working and day.day.year == reader.year for day in reader.days.values()):
        reader.faults.append(Fault(msg("No holiday was found in this text."), field="text"))
    if len(reader.days) > MOST_DAYS:
        reader.faults.append(Fault(msg("These are more days than any year's holidays."), field="text"))
    if reader.faults:
        raise BadInput(reader.faults)
    return Arrangement(reader.year, tuple(sorted(reader.days.values())), document)
