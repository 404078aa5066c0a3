"""Small things that belong to the whole registry: its marks, and counters without gaps."""

from sqlmodel import Field, Session

from registry.store.table import Row

DEMONSTRATION = "demonstration"
"""The mark (`yes`) of a database whose examples judge and that is never served as a real registry."""


class Meta(Row, table=True):
    """A mark of this database: `demonstration`, the demonstration's date, …"""

    key: str = Field(primary_key=True)
    value: str


class Counter(Row, table=True):
    """The last number given in a series. Counted in the transaction that uses it, so no number is lost or doubled."""

    series: str = Field(primary_key=True)
    last: int


def mark(session: Session, key: str) -> str | None:
    """A mark's value."""
    row = session.get(Meta, key)
    return row.value if row else None


def set_mark(session: Session, key: str, value: str) -> None:
    """Set a mark."""
    session.merge(Meta(key=key, value=value))


def next_number(session: Session, series: str) -> int:
    """The next number of a series, from 1."""
    counter = session.get(Counter, series, with_for_update=True) or Counter(series=series, last=0)
    counter.last += 1
    session.add(counter)
    session.flush()
    return counter.last
