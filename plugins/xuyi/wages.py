"""What crayfish chefs earn: wage rows by month, and the season spread over the year.

The season is May to September. A month's wage in June says little of a chef's living, for in winter many have no work;
so the year's pay is divided by twelve, not by the months worked. Rows name chefs by a number of the sample, never by
name. A year counts only when every month of its season has rows and at least ten chefs are in the sample: what is not
known is missing, not zero.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import sqlalchemy as sa

from registry.api import Access, BadInput, Fault, PluginEntry, told

SEASON = ("05", "06", "07", "08", "09")
FEWEST = 10
"""Chefs in a sample that says something (illustrative: no document gives a number)."""
YEAR = 12
TABLE = sa.Table(
    "p_xuyi_wage_row",
    sa.MetaData(),
    sa.Column("entry_id", sa.String),
    sa.Column("chef", sa.String),
    sa.Column("month", sa.String),
    sa.Column("fen", sa.BigInteger),
)
COLUMNS = ("chef", "month", "yuan")
FIRST_LINE = {"zh-Hans": "第一行应当是：{columns}", "en": "The first line must be: {columns}"}
NO_CHEF = {"zh-Hans": "“{value}”不是厨师编号。", "en": "“{value}” is no number of a chef."}
NO_MONTH = {"zh-Hans": "“{value}”不是月份，应当写成 2025-06。", "en": "“{value}” is no month such as 2025-06."}
NO_AMOUNT = {
    "zh-Hans": "“{value}”不是金额（元），应当写成 6800.50。",
    "en": "“{value}” is no amount in yuan such as 6800.50.",
}
TWICE = {"zh-Hans": "{chef}在{month}出现了两次。", "en": "{chef} stands twice with {month}."}


@dataclass(frozen=True, slots=True)
class Row:
    """What one chef was paid in one month: `2025-06`, in fen."""

    chef: str
    month: str
    fen: int


def rows_of(access: Access, entry: PluginEntry) -> list[Row]:
    """The rows of a brand, by month."""
    query = sa.select(TABLE.c.chef, TABLE.c.month, TABLE.c.fen).where(TABLE.c.entry_id == entry.id)
    with access.read() as session:
        return [Row(*row) for row in session.execute(query.order_by(TABLE.c.month, TABLE.c.chef))]


def put(access: Access, entry: PluginEntry, rows: Iterable[Row]) -> int:
    """Write rows in; one of the same chef and month takes the place of the earlier. Returns how many."""
    written = [{"entry_id": entry.id, "chef": r.chef, "month": r.month, "fen": r.fen} for r in rows]
    if not written:
        return 0
    same = sa.and_(
        TABLE.c.entry_id == entry.id,
        TABLE.c.chef == sa.bindparam("a_chef"),
        TABLE.c.month == sa.bindparam("a_month"),
    )
    with access.write() as session:
        session.execute(sa.delete(TABLE).where(same), [{"a_chef": r["chef"], "a_month": r["month"]} for r in written])
        session.execute(sa.insert(TABLE), written)
    return len(written)


def season_income(rows: Iterable[Row]) -> dict[str, tuple[Decimal, int]]:
    """Year → (yuan a month when the year's pay is spread over twelve months, rounded half up to a fen; chefs)."""
    years: dict[str, list[Row]] = {}
    for row in rows:
        years.setdefault(row.month[:4], []).append(row)
    found = {}
    for year, paid in sorted(years.items()):
        chefs, months = {r.chef for r in paid}, {r.month[5:] for r in paid}
        if len(chefs) >= FEWEST and months.issuperset(SEASON):
            spread = Decimal(sum(r.fen for r in paid)) / len(chefs) / YEAR / 100
            found[year] = spread.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP), len(chefs)
    return found


def by_month(rows: Iterable[Row], year: str) -> Iterator[tuple[int, int, int]]:
    """(month, chefs paid, average yuan among them) of a year; a month without rows has no average."""
    for month in range(1, YEAR + 1):
        paid = [r.fen for r in rows if r.month == f"{year}-{month:02}"]
        yield month, len(paid), round(Decimal(sum(paid)) / len(paid) / 100) if paid else 0


def read_csv(name: str, data: bytes) -> list[Row]:
    """The rows of a CSV file with the columns chef, month, yuan. Raises BadInput with every fault at its line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BadInput(Fault(told(FIRST_LINE, columns=",".join(COLUMNS)), name, 1, 1))
    rows, faults = {}, []
    for line, cells in enumerate(reader, 2):
        chef, month, yuan = (str(cells[column] or "").strip() for column in COLUMNS)
        fen = _fen(yuan)
        if not re.fullmatch(r"\w{1,20}", chef):
            faults.append(Fault(told(NO_CHEF, value=chef), name, line, 1))
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
            faults.append(Fault(told(NO_MONTH, value=month), name, line, 2))
        if fen is None:
            faults.append(Fault(told(NO_AMOUNT, value=yuan), name, line, 3))
        elif (chef, month) in rows:
            faults.append(Fault(told(TWICE, chef=chef, month=month), name, line, 1))
        else:
            rows[chef, month] = Row(chef, month, fen)
    if faults:
        raise BadInput(faults)
    return list(rows.values())


def _fen(yuan: str) -> int | None:
    try:
        fen = Decimal(yuan) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen.is_finite() and fen >= 0 and fen == int(fen) else None
