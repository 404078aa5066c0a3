"""Working days of the real Chinese calendar, shifted workdays (调休) included; never guessed beyond published years."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from registry.base.i18n import Message, msg, nmsg

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NotCountable:
    """So many working days from a day, whose date is not known until the next year's calendar is published."""

    days: int
    start: date

    @property
    def message(self) -> Message:
        """For people."""
        return nmsg(
            "{n} working day from {start}; the calendar is not published yet",
            "{n} working days from {start}; the calendar is not published yet",
            self.days,
            start=self.start.isoformat(),
        )


class Exceptional(NamedTuple):
    """A day that breaks the weekly rule: a weekday off, or a weekend day that is worked."""

    day: date
    working: bool

    @property
    def message(self) -> Message:
        """For people."""
        if self.working:
            return msg("{day} is worked (shifted workday)", day=self.day.isoformat())
        return msg("{day} is a public holiday", day=self.day.isoformat())


@dataclass(frozen=True)
class WorkCalendar:
    """The published years, and in them the days that break the weekly rule (True: worked)."""

    years: Collection[int]
    exceptions: Mapping[date, bool]

    def is_working_day(self, day: date) -> bool | None:
        """Whether offices work on a day; None when its year is not published."""
        if day.year not in self.years:
            return None
        return self.exceptions.get(day, day.weekday() < 5)

    def covers(self, first: date, last: date) -> bool:
        """Whether every year from one day to the other is published."""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def add(self, start: date, days: int) -> date | NotCountable:
        """The day `days` working days after `start`; counting begins the day after, so that 0 is `start` itself."""
        day, left = start, days
        while left > 0:
            day += DAY
            works = self.is_working_day(day)
            if works is None:
                return NotCountable(days, start)
            left -= works
        return day

    def between(self, start: date, end: date) -> int | None:
        """Working days after `start` up to and including `end`; None if not countable.

        Negative when `end` is earlier.
        """
        if end < start:
            back = self.between(end, start)
            return None if back is None else -back
        count = 0
        for day in _days(start, end):
            works = self.is_working_day(day)
            if works is None:
                return None
            count += works
        return count

    def explain(self, start: date, days: int) -> list[Exceptional]:
        """The holidays skipped and shifted workdays counted in `add(start, days)`, as far as the calendar reaches."""
        end = self.add(start, days)
        last = max(self.exceptions, default=start) if isinstance(end, NotCountable) else end
        return [Exceptional(day, self.exceptions[day]) for day in _days(start, last) if day in self.exceptions]


def _days(after: date, until: date) -> Iterator[date]:
    """The days after one, up to and including another."""
    return (after + DAY * i for i in range(1, (until - after).days + 1))
