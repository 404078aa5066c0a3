"""Time: UTC in storage, Asia/Shanghai for people. Nothing else in the house asks the machine what time it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands until it is moved: for tests and for playing the demonstration."""

    def __init__(self, at: datetime | date) -> None:
        self.set(at)

    def now(self) -> datetime:
        """The time it was set to."""
        return self._at

    def set(self, at: datetime | date) -> None:
        """Move it; a date means nine in the morning in Shanghai."""
        if not isinstance(at, datetime):
            at = datetime(at.year, at.month, at.day, 9, tzinfo=SHANGHAI)
        self._at = at.astimezone(UTC)

    def forward(self, **by: float) -> None:
        """Move it on, as `timedelta(**by)`."""
        self._at += timedelta(**by)


def local_date(at: datetime) -> date:
    """The date in Shanghai at that moment."""
    return at.astimezone(SHANGHAI).date()
