"""The working-day calendar: which years are published, and the days in them that break the weekly rule."""

from datetime import date, datetime

from sqlmodel import Field, Session, select

from registry.rules.calendar import WorkCalendar
from registry.store.table import Row


class CalendarYear(Row, table=True):
    """A year whose arrangement of holidays (节假日安排) has been published."""

    year: int = Field(primary_key=True)
    source: str
    entered_at: datetime


class CalendarDay(Row, table=True):
    """A weekday off, or a weekend day worked (调休)."""

    day: date = Field(primary_key=True)
    working: bool
    name: str


def work_calendar(session: Session) -> WorkCalendar:
    """The calendar as the rules use it."""
    years = frozenset(session.exec(select(CalendarYear.year)))
    return WorkCalendar(years, {row.day: row.working for row in session.exec(select(CalendarDay))})
