"""Periods that figures are for: a year, a month, or none (as of a day)."""

import re
from dataclasses import dataclass
from datetime import date

from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar year (`month` is None) or a calendar month."""

    year: int
    month: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Period":
        """From `2024` or `2024-05`. Raises BadInput."""
        match = re.fullmatch(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?", text)
        if not match:
            raise BadInput(
                Fault(msg("“{text}” is not a period; write a year such as 2024 or a month such as 2024-05.", text=text))
            )
        return cls(int(match[1]), int(match[2]) if match[2] else None)

    def __str__(self) -> str:
        return f"{self.year:04}" if self.month is None else f"{self.year:04}-{self.month:02}"

    @classmethod
    def last_years(cls, n: int, before: date) -> list["Period"]:
        """The last `n` complete calendar years before a day, newest first (policies say 上两个年度)."""
        return [cls(before.year - i) for i in range(1, n + 1)]

    @classmethod
    def last_months(cls, n: int, before: date) -> list["Period"]:
        """The last `n` complete months before the month of a day, newest first."""
        first = before.year * 12 + before.month - 1
        return [cls((first - i) // 12, (first - i) % 12 + 1) for i in range(1, n + 1)]
