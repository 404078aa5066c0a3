"""What crayfish chefs earn: wage rows by month, and the season spread over the year.

The season is May to September. A month's wage in June says little of a chef's living, for in winter many have no work;
so the year's pay is divided by twelve, not by the months worked. Rows name chefs by a number of the sample, never by
name. A year counts only when every month of its season has rows and at least ten chefs are in the sample: what is not
known is missing, not zero.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa

from registry.api import MONTH, Access, PluginEntry, put_rows, read_table, rows_of

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
NO_CHEF = {"zh-Hans": "“{value}”不是厨师编号。", "en": "“{value}” is no number of a chef."}
NO_AMOUNT = {
    "zh-Hans": "“{value}”不是金额（元），应当写成 6800.50。",
    "en": "“{value}” is no amount in yuan such as 6800.50.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What one chef was paid in one month: `2025-06`, in fen."""

    chef: str
    month: str
    fen: int


def paid_of(access: Access, entry: PluginEntry) -> list[Row]:
    """The rows of a brand, by chef and month."""
    return [Row(*row) for row in rows_of(access, TABLE, entry.id)]


def put(access: Access, entry: PluginEntry, rows: Iterable[Row]) -> int:
    """Write rows in; one of the same chef and month takes the place of the earlier. Returns how many."""
    return put_rows(access, TABLE, entry.id, rows, same=("chef", "month"))


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
    """The rows of a CSV file: chef,month,yuan. Raises BadInput with every fault at its line and column."""
    columns = {"chef": (_chef, NO_CHEF), "month": MONTH, "yuan": (_fen, NO_AMOUNT)}
    return [Row(*cells) for cells in read_table(name, data, columns, unique=("chef", "month"))]


def _chef(value: str) -> str:
    if not re.fullmatch(r"\w{1,20}", value):
        raise ValueError(value)
    return value


def _fen(yuan: str) -> int:
    fen = Decimal(yuan) * 100
    if not fen.is_finite() or fen < 0 or fen != int(fen):
        raise ValueError(yuan)
    return int(fen)
