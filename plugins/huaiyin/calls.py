"""What customers say: the district calls some of them each month, and their answers make the satisfaction of a year.

What a company says of its customers is declared; what the district hears from them itself is worked out here. A year
counts only with at least a hundred calls: fewer say nothing, and what is not known is missing, not zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa

from registry.api import MONTH, Access, BadInput, Fault, PluginEntry, put_rows, read_table, rows_of, told

FEWEST = 100
"""Calls of a year that say something (illustrative: no document gives a number)."""
TABLE = sa.Table(
    "p_huaiyin_call",
    sa.MetaData(),
    sa.Column("entry_id", sa.String),
    sa.Column("month", sa.String),
    sa.Column("called", sa.Integer),
    sa.Column("satisfied", sa.Integer),
)
NO_NUMBER = {"zh-Hans": "“{value}”不是户数。", "en": "“{value}” is no number of customers."}
TOO_MANY = {
    "zh-Hans": "{month}满意的户数比回访的户数还多。",
    "en": "In {month} more customers were satisfied than were called.",
}


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one month: customers called, and how many of them were satisfied."""

    month: str
    called: int
    satisfied: int


def calls_of(access: Access, entry_id: str) -> list[Calls]:
    """The calls about a brand, by month."""
    return [Calls(*row) for row in rows_of(access, TABLE, entry_id)]


def put(access: Access, entry: PluginEntry, calls: Iterable[Calls]) -> int:
    """Write months in; a month that is there already is replaced. Returns how many."""
    return put_rows(access, TABLE, entry.id, calls, same=("month",))


def satisfaction(calls: Iterable[Calls]) -> dict[str, tuple[Decimal, int]]:
    """Year → (share of satisfied customers, rounded half up to four places; customers called)."""
    years: dict[str, list[Calls]] = {}
    for one in calls:
        years.setdefault(one.month[:4], []).append(one)
    found = {}
    for year, months in sorted(years.items()):
        called = sum(one.called for one in months)
        if called >= FEWEST:
            share = Decimal(sum(one.satisfied for one in months)) / called
            found[year] = share.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP), called
    return found


def read_csv(name: str, data: bytes) -> list[Calls]:
    """The calls of a CSV file: month,called,satisfied. Raises BadInput with every fault at its place."""
    columns = {"month": MONTH, "called": (_number, NO_NUMBER), "satisfied": (_number, NO_NUMBER)}
    found = [Calls(*cells) for cells in read_table(name, data, columns, unique=("month",))]
    faults = [
        Fault(told(TOO_MANY, month=one.month), name, line, 3)
        for line, one in enumerate(found, 2)
        if one.satisfied > one.called
    ]
    if faults:
        raise BadInput(faults)
    return found


def _number(value: str) -> int:
    if int(value) < 0:
        raise ValueError(value)
    return int(value)
