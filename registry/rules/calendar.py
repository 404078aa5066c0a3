"""Working days of the real Chinese calendar, shifted workdays (调休) included; never guessed beyond published years."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
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


HOLIDAYS: dict[str, Message] = {
    "New Year's Day": msg("New Year's Day"),
    "Spring Festival": msg("Spring Festival"),
    "Tomb-sweeping Day": msg("Tomb-sweeping Day"),
    "Labour Day": msg("Labour Day"),
    "Dragon Boat Festival": msg("Dragon Boat Festival"),
    "National Day": msg("National Day"),
    "Mid-autumn Festival": msg("Mid-autumn Festival"),
}
"""What a holiday is called in the table → what people read."""


class Stretch(NamedTuple):
    """Days in a row that are alike: not worked, worked although a weekend, or of a year that is not published."""

    first: date
    last: date
    works: bool | None
    name: str = ""
    """The holiday; empty for a weekend."""

    @property
    def message(self) -> Message:
        """For people."""
        day = self.first.isoformat()
        if self.works is None:
            return msg("from {day}: the calendar of {year} is not published yet", day=day, year=self.first.year)
        if self.works:
            return msg("{day}: a weekend day that is worked (shifted workday), counted", day=day)
        why = self.why
        if self.first == self.last:
            return msg("{day}: {why}, not counted", day=day, why=why)
        return msg("{day} to {last}: {why}, not counted", day=day, last=self.last.isoformat(), why=why)

    @property
    def why(self) -> Message:
        """Why offices do not work."""
        if not self.name:
            return msg("weekend")
        return HOLIDAYS.get(self.name) or msg("public holiday")


@dataclass(frozen=True)
class WorkCalendar:
    """The published years, and in them the days that break the weekly rule (True: worked)."""

    years: Collection[int]
    exceptions: Mapping[date, bool]
    names: Mapping[date, str] = field(default_factory=dict)
    """The holiday to which such a day belongs."""

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

    def explain(self, start: date, days: int) -> list[Stretch]:
        """What `add(start, days)` met: the days skipped with the reason, and the shifted workdays counted."""
        end = self.add(start, days)
        if not isinstance(end, NotCountable):
            return self.stretches(start, end)
        wall = date(next(y for y in range(start.year, start.year + days + 2) if y not in self.years), 1, 1)
        wall = max(wall, start + DAY)
        return [*self.stretches(start, wall - DAY), Stretch(wall, wall, None)]

    def stretches(self, after: date, until: date) -> list[Stretch]:
        """The days after one, up to and including another, that are no ordinary working days."""
        found: list[Stretch] = []
        for day in _days(after, until):
            works = self.is_working_day(day)
            if works is None or (works and day not in self.exceptions):
                continue
            name = self.names.get(day, "public holiday") if day in self.exceptions else ""
            last = found[-1] if found else None
            if last and not works and last.works is False and last.last + DAY == day:
                found[-1] = last._replace(last=day, name=last.name or name)
            else:
                found.append(Stretch(day, day, works, name))
        return found


def _days(after: date, until: date) -> Iterator[date]:
    """The days after one, up to and including another."""
    return (after + DAY * i for i in range(1, (until - after).days + 1))
