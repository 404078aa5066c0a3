"""How long the file of a case is kept (保管期限), by what came of it.

The national classes are 永久, 定期30年 and 定期10年 (国家档案局令第8号, 2006). That rule names no labour brands; the rows
below follow its principle that what gives a lasting right is kept for ever and what ended without effect shortest. An
office whose own approved schedule (文书档案保管期限表) says otherwise follows that schedule.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.base.i18n import Message, msg


@dataclass(frozen=True, slots=True)
class Retention:
    """A class: its key, the years (None: for ever) and its words."""

    key: str
    years: int | None
    words: Message


PERMANENT = Retention("permanent", None, msg("permanent"))
THIRTY = Retention("30", 30, msg("30 years"))
TEN = Retention("10", 10, msg("10 years"))
RESULTS: dict[str, Retention] = {
    "recognised": PERMANENT,
    "revoked": PERMANENT,
    "recommended": THIRTY,
    "refused": THIRTY,
    "rectified": THIRTY,
    "concluded": THIRTY,
    "withdrawn": TEN,
}
"""Result of a case → class. The county's recommendation follows the city's case where there is one."""
RUNNING = THIRTY
"""While a case runs: at least this, until its result is known."""
SOURCE = msg("State Archives Administration, order no. 8 of 2006: permanent, 30 years, 10 years")


def retention_of(results: Iterable[str | None]) -> Retention:
    """The class of a file that holds these cases: the longest of theirs."""
    found = [RESULTS[r] if r else RUNNING for r in results]
    return max(found, key=lambda one: one.years or 1000)
