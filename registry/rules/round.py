"""A whole round decided at once: ranks, and grades or seats of which there are only so many.

Whatever one entry reaches by itself is judged by `evaluate`; here entries are compared. A set says how many, what a share
is a share of, how it is rounded and what happens to a tie at the edge; nothing of that is guessed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import NamedTuple

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.rules.clause import RoundRule
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate, settle
from registry.rules.facts import Context, Facts
from registry.rules.outcome import Outcome

ROUNDINGS = {"down": ROUND_FLOOR, "half_up": ROUND_HALF_UP}


@dataclass(frozen=True)
class Entrant:
    """One entry of a round: `key` is the caller's name for it; `recommended` its place in its own region's order."""

    key: str
    facts: Facts
    context: Context
    recommended: int | None = None

    @property
    def region(self) -> str:
        """The region that filed it."""
        return self.context.region_chain[0] if self.context.region_chain else ""


@dataclass
class Place:
    """What a round came to for one entry. `rank` counts those that meet the criteria; equals share one (1, 2, 2, 4)."""

    entrant: Entrant
    outcome: Outcome
    rank: int | None = None
    grade: str | None = None
    open: str | None = None
    """The grade about which the leader has to decide a tie first."""
    lines: list[Message] = field(default_factory=list)

    @property
    def points(self) -> Decimal:
        """The points that decide the order; none where nothing is scored."""
        return self.outcome.total or Decimal()


@dataclass(frozen=True)
class Tie:
    """Equals at the edge of a grade of which only some can have it: who, and for how many there is room."""

    grade: str
    keys: frozenset[str]
    room: int


@dataclass(frozen=True)
class RoundOutcome:
    """The round: a place for every entry, the best first, and the ties that wait for the leader."""

    places: tuple[Place, ...]
    ties: tuple[Tie, ...]

    def graded(self, grade: str) -> list[str]:
        """The keys of those that have a grade, the best first."""
        return [p.entrant.key for p in self.places if p.grade == grade]


def decide(
    criteria: CriteriaSet, entrants: Iterable[Entrant], chosen: Mapping[str, frozenset[str]] | None = None
) -> RoundOutcome:
    """Rank the entries of a round and give its grades, rule by rule in the order of the set, the best first.

    Every entry is settled: what is missing counts against it. `chosen` says for a grade whom the leader takes out of a
    tie. While a tie is open, what comes after it in its group is not decided. Raises BadInput for a choice that is none.
    """
    places = sorted(
        (Place(e, settle(evaluate(criteria, e.facts, e.context))) for e in entrants),
        key=lambda p: (p.outcome.decision != "met", -p.points, p.entrant.key),
    )
    met = [p for p in places if p.outcome.decision == "met"]
    for place, rank in zip(met, ranks([p.points for p in met]), strict=True):
        place.rank = rank
    ties = [
        tie
        for rule in criteria.round
        for group in grouped(places, rule)
        if (tie := give(rule, group, (chosen or {}).get(rule.grade, frozenset()), GRADES))
    ]
    if unknown := {*(chosen or {})} - {rule.grade for rule in criteria.round}:
        raise BadInput(Fault(msg("There is no grade “{grade}” in this round.", grade=min(unknown)), field="chosen"))
    given = {p.entrant.key: p.grade for p in places}
    for grade, keys in (chosen or {}).items():
        if idle := sorted(key for key in keys if given.get(key) != grade):
            no_tie = msg("“{key}” stands in no tie for grade “{grade}”.", key=idle[0], grade=grade)
            raise BadInput(Fault(no_tie, field="chosen"))
    return RoundOutcome(tuple(places), tuple(ties))


@dataclass(frozen=True)
class Seating:
    """Who takes a seat, who stands on the reserve list, and the ties that wait."""

    taken: frozenset[str]
    reserve: Mapping[str, int]
    """Key → its place on its region's reserve list, from 1; equals share one (1, 1, 3), nobody is put before an equal."""
    ties: tuple[Tie, ...]
    lines: Mapping[str, tuple[Message, ...]]


def seat(
    places: Iterable[Place],
    seats: Mapping[str, int] | None,
    *,
    by: str,
    ties: str,
    chosen: frozenset[str] = frozenset(),
) -> Seating:
    """Give a round's seats (名额): each region its own, to the best of those that may have one.

    `seats` says how many a region has, a region without an entry has none; None: there is a seat for everybody. `chosen`
    are those whom the leader takes out of ties. `by` and `ties` are a rule's `order` and `ties`. Raises BadInput for a
    choice that is none.
    """
    rule = RoundRule.model_validate({"grade": "seat", "at_most": 0, "order": by, "ties": ties})
    fit = [replace(p, grade=None, open=None, lines=[]) for p in places if p.rank is not None]
    waiting, reserve, counted = list[Tie](), dict[str, int](), 0
    for region in sorted({p.entrant.region for p in fit}):
        group = [p for p in fit if p.entrant.region == region]
        limit = len(group) if seats is None else seats.get(region, 0)
        tie = give(rule.model_copy(update={"at_most": limit}), group, chosen, SEATS)
        waiting += [tie] if tie else []
        rest = sorted((p for p in group if not p.grade), key=lambda p: in_order(rule, p))
        for _, same in groupby(rest, key=lambda p: in_order(rule, p)):
            reserve |= dict.fromkeys([p.entrant.key for p in same], len(reserve) + 1 - counted)
        counted += len(rest)
    taken = {p.entrant.key for p in fit if p.grade}
    if idle := sorted(chosen - taken):
        raise BadInput(Fault(msg("“{key}” stands in no tie for a seat.", key=idle[0]), field="chosen"))
    return Seating(frozenset(taken), reserve, tuple(waiting), {p.entrant.key: tuple(p.lines) for p in fit})


def ranks(points: Sequence[Decimal]) -> list[int]:
    """The ranks of points that are in order, the most first; equals share one (1, 2, 2, 4)."""
    made: list[int] = []
    for n, here in enumerate(points):
        made.append(made[-1] if n and points[n - 1] == here else n + 1)
    return made


def grouped(places: Sequence[Place], rule: RoundRule) -> list[list[Place]]:
    """Those among whom a rule counts: the whole round, or each region's own."""
    if rule.per == "round":
        return [list(places)]
    by_region: Callable[[Place], str] = lambda p: p.entrant.region  # noqa: E731 – said once, used twice
    return [list(group) for _, group in groupby(sorted(places, key=by_region), by_region)]


def most(rule: RoundRule, group: Sequence[Place]) -> int:
    """How many of a group can have the grade at most, those counted with it included."""
    limits = [rule.at_most] if rule.at_most is not None else []
    if rule.share is not None:
        base = len(group) if rule.share_of == "entered" else sum(p.rank is not None for p in group)
        limits.append(int((rule.share * base).quantize(Decimal(1), ROUNDINGS[rule.rounding or "down"])))
    return min(limits)


def give(rule: RoundRule, group: list[Place], chosen: frozenset[str], words: "Words") -> Tie | None:
    """Give a grade within one group, in these words; returns the tie at its edge that the leader has to decide."""
    limit = most(rule, group)
    room = limit - sum(p.grade in rule.counted_with for p in group)
    waiting = [
        p
        for p in sorted(group, key=lambda p: in_order(rule, p))
        if p.rank is not None and not p.grade and (rule.min_score is None or p.points >= rule.min_score)
    ]
    if any(p.open for p in group):
        for place in waiting:
            place.open = place.open or rule.grade
        return None
    for _, same in groupby(waiting, key=lambda p: in_order(rule, p)):
        equals = list(same)
        if len(equals) <= room or (room > 0 and rule.ties == "all_in"):
            taken = equals
        elif room > 0 and rule.ties == "leader_decides":
            keys = frozenset(p.entrant.key for p in equals)
            if not chosen & keys:
                for place in equals:
                    place.open = rule.grade
                    place.lines.append(words.tie(rule, len(equals), room))
                return Tie(rule.grade, keys, room)
            taken = picked(equals, chosen & keys, room)
        else:
            taken = []
        for place in equals:
            place.lines.append(words.line(rule, place, place in taken, limit))
        for place in taken:
            place.grade = rule.grade
        room = room - len(taken) if taken else 0
    return None


def in_order(rule: RoundRule, place: Place) -> tuple[Decimal | int, ...]:
    """What orders the entries of a group: points, or the region's own order where the rule says so."""
    if rule.order == "recommended":
        return (place.entrant.recommended if place.entrant.recommended is not None else 10**9,)
    return (-place.points,)


def picked(equals: list[Place], chosen: frozenset[str], room: int) -> list[Place]:
    """Those of a tie whom the leader has chosen. Raises BadInput unless they fill the room exactly."""
    if len(chosen) != room:
        raise BadInput(Fault(msg("Choose exactly {room} of the equals.", room=room), field="chosen"))
    return [p for p in equals if p.entrant.key in chosen]


def grade_line(rule: RoundRule, place: Place, taken: bool, limit: int) -> Message:
    """The line that tells an applicant why a grade was or was not given."""
    said = {"rank": place.rank, "grade": rule.grade, "limit": limit}
    if taken:
        return msg("Rank {rank}: grade “{grade}”, of which there are at most {limit}.", **said)
    return msg("Rank {rank}: no room in grade “{grade}”, of which there are at most {limit}.", **said)


def grade_tie(rule: RoundRule, n: int, room: int) -> Message:
    """That equals at the edge of a grade wait for the leader."""
    return msg(
        "{n} are equal and there is room for {room} in grade “{grade}”: the leader decides.",
        n=n,
        room=room,
        grade=rule.grade,
    )


def seat_line(rule: RoundRule, place: Place, taken: bool, limit: int) -> Message:
    """Why a seat was or was not given: by points, or by the region's own order."""
    if rule.order == "points":
        said = {"n": place.rank, "limit": limit}
        if taken:
            return msg("Rank {n} of the round: a seat, of its county's {limit}.", **said)
        return msg("Rank {n} of the round: on the reserve list; its county has {limit} seats.", **said)
    if (n := place.entrant.recommended) is None:
        return msg("The county has not said where it stands in its order; {limit} seats.", limit=limit)
    if taken:
        return msg("Number {n} in the county's order: a seat, of {limit}.", n=n, limit=limit)
    return msg("Number {n} in the county's order: on the reserve list; {limit} seats.", n=n, limit=limit)


def seat_tie(rule: RoundRule, n: int, room: int) -> Message:
    """That equals at the last seat wait for the leader."""
    return msg("{n} are equal and there is room for {room}: the leader decides.", n=n, room=room)


class Words(NamedTuple):
    """How what is given is told: to each entry, and of a tie."""

    line: Callable[[RoundRule, Place, bool, int], Message]
    tie: Callable[[RoundRule, int, int], Message]


GRADES, SEATS = Words(grade_line, grade_tie), Words(seat_line, seat_tie)
