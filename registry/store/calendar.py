"""The working-day calendar: which years are published, and the days in them that break the weekly rule."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Integer, String, cast, null, union_all
from sqlalchemy import select as sql_select
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
    # Columns, not rows: six hundred objects for each deadline were a sixth of what a verb took. And years and days in
    # one query: every page and every verb asks for both.
    nothing = [cast(null(), kind) for kind in (Integer, Date, Boolean, String)]
    years = sql_select(col(CalendarYear.year), *nothing[1:])
    days = sql_select(nothing[0], col(CalendarDay.day), col(CalendarDay.working), col(CalendarDay.name))
    rows: Any = session.exec(union_all(years, days))  # type: ignore[call-overload]
    told = [tuple(row) for row in rows]
    return WorkCalendar(
        frozenset(year for year, *_ in told if year is not None),
        {day: working for _, day, working, _ in told if day},
        {day: name for _, day, _, name in told if day},
    )


def days_of(session: Session, year: int) -> list[CalendarDay]:
    """The days of a year that break the weekly rule, in order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    query = select(CalendarDay).where(col(CalendarDay.day).between(first, last))
    return list(session.exec(query.order_by(col(CalendarDay.day))))


def published_years(session: Session) -> list[CalendarYear]:
    """Every published year, the newest first."""
    return list(session.exec(select(CalendarYear).order_by(col(CalendarYear.year).desc())))
