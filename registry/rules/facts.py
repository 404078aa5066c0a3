"""Facts: how they are defined, what was observed, and which observation a criterion takes.

Several observations of one fact may stand side by side. What is not known is `Missing`, by name: never zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

from registry.base.i18n import Message, Text, msg
from registry.base.period import Period
from registry.rules.model import Model

FactType = Literal["count", "amount", "ratio", "yes_no", "choice", "date", "duration"]
NUMERIC = frozenset({"count", "amount", "ratio", "duration"})
OWNER_TYPES = frozenset({"regional", "enterprise"})
"""Types of who a brand belongs to: a place, or a firm."""
IfDiffer = Literal["first", "lowest", "missing"]

SOURCES: dict[str, Message] = {
    "declared": msg("declared by the applicant"),
    "roster": msg("roster"),
    "insurance": msg("social insurance records"),
    "document": msg("document on file"),
    "statistics": msg("official statistics"),
    "site_visit": msg("on-site check"),
    "department": msg("partner department"),
    "computed": msg("computed"),
    "press": msg("press report"),
    "illustrative": msg("illustrative"),
}
"""The kinds of source an observation may have."""

STANDINGS: dict[str, Message] = {
    "declared": msg("declared"),
    "documented": msg("documented"),
    "verified": msg("verified"),
}


class FactDef(Model):
    """What a fact is: its type and unit, and whether it is counted once, per year or per month.

    A ratio of 70 % is 0.70.
    """

    type: FactType
    label: Text
    unit: Text | None = None
    per: Literal["entry", "year", "month"] = "entry"

    @property
    def numeric(self) -> bool:
        """Whether it can be measured against a limit."""
        return self.type in NUMERIC


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation of a fact: the value, for which period, from where, how well it stands, and as of when."""

    fact: str
    value: Decimal | bool | str | date
    period: Period | None = None
    source: str = "declared"
    standing: str = "declared"
    as_of: date | None = None
    ref: str | None = None


class Row(NamedTuple):
    """One value of a reference table: for a place and a year, with where it was published."""

    place: str
    year: int
    value: Decimal
    source: str


@dataclass(frozen=True)
class Reference:
    """A published table, such as the average wage of a trade by place and year."""

    id: str
    title: Text
    rows: tuple[Row, ...]
    _index: dict[tuple[str, int], Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {(r.place, r.year): r for r in self.rows})

    def look(self, places: Iterable[str], year: int) -> Row | None:
        """The row of that year for the nearest place that has one; never another year's."""
        return next((row for place in places if (row := self._index.get((place, year)))), None)


class HeldTitle(NamedTuple):
    """A title the entry has: of which scheme and kind, at which level, and from when to when."""

    scheme: str
    kind: str
    level: str
    valid_from: date
    valid_to: date | None = None
    grade: str | None = None


@dataclass(frozen=True)
class Context:
    """What a case is judged in. `region_chain` begins with the entry's region and goes up to the nation.

    `names` says in words what is otherwise known by id: evidence, schemes of titles, regions.
    """

    filed_on: date
    level: str
    class_: str | None = None
    type: str | None = None
    region_chain: tuple[str, ...] = ()
    evidence: frozenset[str] = frozenset()
    titles: tuple[HeldTitle, ...] = ()
    expert_scores: Mapping[str, Iterable[Decimal]] = field(default_factory=dict)
    noticed_on: date | None = None
    awarded_on: date | None = None
    names: Mapping[str, Text] = field(default_factory=dict)


def typed(value: str) -> Decimal | bool | date | str:
    """An observation's text as the value it is."""
    if value in ("true", "false"):
        return value == "true"
    try:
        return Decimal(value)
    except InvalidOperation:
        pass
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


MissingKind = Literal["fact", "zero", "differ", "not_number", "reference", "evidence", "date", "table", "experts"]


class Missing(NamedTuple):
    """Something that is not known: `what` by id, for which period or year, and the values in the way, if any."""

    kind: MissingKind
    what: str
    period: Period | int | None = None
    more: tuple[Any, ...] = ()


class Facts:
    """Everything observed about an entry that a case may use, and the reference tables of its round."""

    def __init__(self, observations: Iterable[Observed], references: Iterable[Reference] = ()) -> None:
        self.references: dict[str, Reference] = {r.id: r for r in references}
        self._seen: dict[tuple[str, Period | None], list[Observed]] = {}
        for one in observations:
            self._seen.setdefault((one.fact, one.period), []).append(one)
        self.sole: dict[tuple[str, Period | None], Observed] = {
            key: seen[0] for key, seen in self._seen.items() if len(seen) == 1
        }
        """By fact and period, the observations that stand alone: a short cut where any source is accepted."""

    def pick(
        self, fact: str, period: Period | None, sources: tuple[str, ...] = (), if_differ: IfDiffer = "missing"
    ) -> Observed | Missing:
        """The observation a criterion takes.

        Only `sources` are accepted, in their order (all, in the order given, when empty); of one source the newest
        counts. Where sources differ, `if_differ` takes the first, the lowest, or none.
        """
        accepted = self._accepted(self._seen.get((fact, period), []), sources)
        if not accepted:
            return Missing("fact", fact, period)
        first = accepted[0]
        other = next((one for one in accepted if one.value != first.value), None)
        if other is None or if_differ == "first":
            return first
        if if_differ == "missing":
            return Missing("differ", fact, period, (first, other))
        return min(accepted, key=lambda one: one.value)

    @staticmethod
    def _accepted(seen: list[Observed], sources: tuple[str, ...]) -> list[Observed]:
        """The newest observation of each accepted source, in order."""
        newest: dict[str, Observed] = {}
        for one in seen:
            old = newest.get(one.source)
            if old is None or (one.as_of or date.min) > (old.as_of or date.min):
                newest[one.source] = one
        return [newest[s] for s in sources or newest if s in newest]
