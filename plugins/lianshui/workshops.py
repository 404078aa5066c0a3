"""Village workshops (帮扶车间): where people sew beside their homes, and when each was last checked for fire safety."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from registry.api import Access, PluginEntry, put_rows, read_table, rows_of

CHECK_HOLDS = timedelta(days=365)
"""For how long a fire-safety check holds (illustrative: no document of the county gives a term)."""
VISIT_AFTER = timedelta(days=180)
"""When the county looks again after it has recommended (illustrative)."""
WORKSHOP = sa.Table(
    "p_lianshui_workshop",
    sa.MetaData(),
    sa.Column("entry_id", sa.String),
    sa.Column("village", sa.String),
    sa.Column("workers", sa.Integer),
    sa.Column("checked_on", sa.Date),
)
VISIT = sa.Table(
    "p_lianshui_visit",
    sa.MetaData(),
    sa.Column("key", sa.String),
    sa.Column("entry_id", sa.String),
    sa.Column("due_on", sa.Date),
)
NO_VILLAGE = {"zh-Hans": "没有写车间所在的村。", "en": "The village of the workshop is missing."}
NO_NUMBER = {"zh-Hans": "“{value}”不是人数。", "en": "“{value}” is no number of people."}
NO_DAY = {
    "zh-Hans": "“{value}”不是日期，应当写成 2026-03-01。",
    "en": "“{value}” is no date such as 2026-03-01.",
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """One workshop of a brand."""

    village: str
    workers: int
    checked_on: date

    def overdue(self, on: date) -> bool:
        """Whether its last check does not hold any more."""
        return on - self.checked_on > CHECK_HOLDS


def workshops_of(access: Access, entry_id: str) -> list[Workshop]:
    """The workshops of a brand, by village."""
    return [Workshop(*row) for row in rows_of(access, WORKSHOP, entry_id)]


def put(access: Access, entry: PluginEntry, workshops: Iterable[Workshop]) -> int:
    """These are the workshops of a brand now; returns how many."""
    return put_rows(access, WORKSHOP, entry.id, workshops)


def plan_visit(access: Access, key: str, entry_id: str, recommended_on: date) -> None:
    """Note when the county looks again; the same key a second time changes nothing."""
    row = {"key": key, "entry_id": entry_id, "due_on": recommended_on + VISIT_AFTER}
    with access.write() as session:
        if session.execute(sa.select(VISIT.c.key).where(VISIT.c.key == key)).first() is None:
            session.execute(sa.insert(VISIT), [row])


def next_visit(access: Access, entry_id: str) -> date | None:
    """When the county looks at a brand's workshops again."""
    with access.read() as session:
        return session.execute(sa.select(sa.func.max(VISIT.c.due_on)).where(VISIT.c.entry_id == entry_id)).scalar()


def read_csv(name: str, data: bytes) -> list[Workshop]:
    """The workshops of a CSV file: village,workers,checked_on. Raises BadInput with every fault at its place."""
    columns = {
        "village": (_village, NO_VILLAGE),
        "workers": (_workers, NO_NUMBER),
        "checked_on": (date.fromisoformat, NO_DAY),
    }
    return [Workshop(*cells) for cells in read_table(name, data, columns, unique=("village",))]


def _village(value: str) -> str:
    if not value or len(value) > 40:
        raise ValueError(value)
    return value


def _workers(value: str) -> int:
    if int(value) < 1:
        raise ValueError(value)
    return int(value)
