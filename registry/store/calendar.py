"""The working-day calendar: which years are published, and the days in them that break the weekly rule."""

from datetime import date, datetime

from sqlmodel import Field, Session, col, select

from registry.rules.calendar import WorkCalendar
from registry.store.remember import asked_once
from registry.store.table import Row


class CalendarYear(Row, table=True):
    """A year whose arrangement of holidays (节假日安排) has been published."""

    year: int = Field(primary_key=True)
    source: str
    """Who says so, in words."""
    entered_at: datetime
    document: str | None = None
    """Number of the State Council's notice (国办发明电…)."""
    link: str | None = None
    entered_by: str | None = None
    """The account that entered it; empty: it came with the registry."""


class CalendarDay(Row, table=True):
    """A weekday off, or a weekend day worked (调休)."""

    day: date = Field(primary_key=True)
    working: bool
    name: str


@asked_once
def work_calendar(session: Session) -> WorkCalendar:
    """The calendar as the rules use it."""
    years = frozenset(session.exec(select(CalendarYear.year)))
    # Columns, not rows: six hundred objects for each deadline were a sixth of what a verb took.
    rows = session.exec(select(col(CalendarDay.day), col(CalendarDay.working), col(CalendarDay.name))).all()
    return WorkCalendar(years, {day: working for day, working, _ in rows}, {day: name for day, _, name in rows})


def days_of(session: Session, year: int) -> list[CalendarDay]:
    """The days of a year that break the weekly rule, in order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    query = select(CalendarDay).where(col(CalendarDay.day).between(first, last))
    return list(session.exec(query.order_by(col(CalendarDay.day))))


def published_years(session: Session) -> list[CalendarYear]:
    """Every published year, the newest first."""
    return list(session.exec(select(CalendarYear).order_by(col(CalendarYear.year).desc())))
