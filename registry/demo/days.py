"""The demonstration's days: its first day, and working days counted from it in both directions."""

from datetime import date, datetime, time, timedelta

from registry.base.clock import SHANGHAI
from registry.host.seed import FIRST_YEAR, LAST_YEAR, exceptions
from registry.rules.calendar import DAY, NotCountable, WorkCalendar

AHEAD = 90
"""For so many days after the first one the calendar must be published, so that every deadline can be counted."""
STARTS_AT = time(14)
"""When the demonstration's first day begins for its visitors; what is played on that day was played in the morning."""


def published_calendar() -> WorkCalendar:
    """The calendar that a new registry begins with."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    return WorkCalendar(years, {row.day: row.working for year in years for row in exceptions(year)})


def first_day(calendar: WorkCalendar, today: date) -> date:
    """Today, or the latest day from which the calendar reaches far enough; then the last working day until it."""
    last = date(max(calendar.years, default=today.year), 12, 31)
    return working_day_until(calendar, min(today, last - timedelta(days=AHEAD)))


def working_day_until(calendar: WorkCalendar, day: date) -> date:
    """The day itself when it is worked, else the last one before it that is."""
    while calendar.is_working_day(day) is False:
        day -= DAY
    return day


def working_day(calendar: WorkCalendar, first: date, days: int) -> date:
    """The working day so many working days after (or, negative, before) the first day."""
    if days >= 0:
        found = calendar.add(first, days)
        return first if isinstance(found, NotCountable) else found
    day = first
    for _ in range(-days):
        day = working_day_until(calendar, day - DAY)
    return day


def at(day: date, moment: time, minutes: int = 0) -> datetime:
    """A moment of a day in Shanghai."""
    return datetime.combine(day, moment, SHANGHAI) + timedelta(minutes=minutes)
