"""Past cases judged once more by another criteria set: who would pass, who would fail, who moves, and by which clause.

Nothing is decided by it. A past case keeps its outcome; the other set is asked of what was known when it was decided.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any, Literal

from registry.base.i18n import Message, Text, msg
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate
from registry.rules.facts import Context, Facts
from registry.rules.outcome import Finding, Outcome, State, settle
from registry.rules.round import ranks

Turn = Literal["lost", "gained", "open", "moved", "points", "reasons", "same"]
TURNS: dict[Turn, Message] = {
    "lost": msg("passed, would fail"),
    "gained": msg("failed, would pass"),
    "open": msg("not known: it was not asked for then"),
    "moved": msg("passes as before, at another rank"),
    "points": msg("as before, with other points"),
    "reasons": msg("fails as before, for other reasons"),
    "same": msg("as before"),
}
"""What another set would make of a case, in the order in which it is shown."""
PASS_MARK = "pass_mark"
ZERO = Decimal()


@dataclass(frozen=True, eq=False)
class Past:
    """A case as it was judged: by which set, with what outcome, and what was known then.

    `key` is the caller's name for it. Ranks count within a `group`, such as a round.
    """

    key: str
    criteria: CriteriaSet
    outcome: Outcome
    facts: Facts
    context: Context
    group: str = ""


def nearer(one: CriteriaSet, other: CriteriaSet) -> bool:
    """Whether a set is for a narrower place, or there for one product or class: it judges before the other."""
    return _reach(one) > _reach(other)


def _reach(criteria: CriteriaSet) -> tuple[int, bool, bool]:
    pairs = [criteria.region[n : n + 2] for n in (0, 2, 4)]
    while pairs and pairs[-1] == "00":
        pairs.pop()
    return len(pairs), criteria.product is not None, criteria.class_ is not None


@dataclass(frozen=True)
class Verdict:
    """What one set makes of a case; `rank` among those of its group that pass, where points are given."""

    decision: State
    total: Decimal | None
    rank: int | None = None

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"decision": self.decision, "total": _text(self.total), "rank": self.rank}


@dataclass(frozen=True)
class Side:
    """What came of a clause under one set: met or not, or the points it gave."""

    state: State
    points: Decimal | None = None

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"state": self.state, "points": _text(self.points)}


@dataclass(frozen=True)
class Cause:
    """A clause that makes the difference. A side is None where the set has no such clause.

    `missing`: the other set asks for something that nobody was asked for then. `lines` say how it comes about.
    """

    clause: str
    says: Text | Message
    before: Side | None
    after: Side | None
    missing: bool = False
    lines: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "clause": self.clause,
            "says": str(self.says),
            "before": self.before.to_json() if self.before else None,
            "after": self.after.to_json() if self.after else None,
            "missing": self.missing,
            "lines": [str(line) for line in self.lines],
        }


@dataclass(frozen=True)
class Compared:
    """One past case: how it was judged, how it would be, and the clauses to which a difference is due."""

    key: str
    judged_by: str
    before: Verdict
    after: Verdict
    turn: Turn
    because: tuple[Cause, ...]


@dataclass(frozen=True)
class Comparison:
    """Every past case compared, those that turn first."""

    rows: tuple[Compared, ...]

    @cached_property
    def counts(self) -> dict[Turn, int]:
        """How many cases turn in which way; every way is there."""
        return {turn: sum(row.turn == turn for row in self.rows) for turn in TURNS}


def compare(pasts: Iterable[Past], criteria: CriteriaSet) -> Comparison:
    """Judge each past case by `criteria` (with the facts of its kind) as it was known then; what was kept is kept.

    What was missing counts against an entry on both sides, as at a decision; a case that fails for nothing but what
    nobody asked for then is `open`.
    """
    all_ = sorted(pasts, key=lambda past: past.key)
    new = {past.key: evaluate(criteria, past.facts, past.context) for past in all_}
    old = {past.key: past.outcome if past.outcome.settled else settle(past.outcome) for past in all_}
    settled = {key: settle(outcome) for key, outcome in new.items()}
    rank_before, rank_after = ranked(all_, old), ranked(all_, settled)
    rows = []
    for past in all_:
        before = Verdict(old[past.key].decision, old[past.key].total, rank_before.get(past.key))
        after = Verdict(settled[past.key].decision, settled[past.key].total, rank_after.get(past.key))
        differences = [*_clauses(old[past.key], new[past.key], settled[past.key])]
        differences += _mark(past.criteria, old[past.key], criteria, settled[past.key])
        turn = turned(before, after, differences, known=new[past.key].decision != "missing")
        by_points = _reached(past.criteria, old[past.key]) != _reached(criteria, settled[past.key])
        because = tuple(cause for cause in differences if _matters(cause, turn, by_points))
        rows.append(Compared(past.key, f"{past.criteria.id}@{past.criteria.version}", before, after, turn, because))
    order = list(TURNS)
    return Comparison(tuple(sorted(rows, key=lambda row: order.index(row.turn))))


def ranked(pasts: Iterable[Past], outcomes: Mapping[str, Outcome]) -> dict[str, int]:
    """The ranks of those that pass, group by group; nothing where no points are given."""
    found: dict[str, int] = {}
    passing = [p for p in pasts if outcomes[p.key].decision == "met" and outcomes[p.key].total is not None]
    for _, members in groupby(sorted(passing, key=lambda p: p.group), lambda p: p.group):
        best = sorted(members, key=lambda p: -(outcomes[p.key].total or ZERO))
        places = ranks([outcomes[p.key].total or ZERO for p in best])
        found |= {past.key: rank for past, rank in zip(best, places, strict=True)}
    return found


def turned(before: Verdict, after: Verdict, differences: Sequence[Cause], *, known: bool) -> Turn:
    """In which way a case turns; `known`: whether what was known then is enough for the other set's decision."""
    if not known and any(cause.missing for cause in differences):
        return "open"
    if before.decision != after.decision:
        return "gained" if after.decision == "met" else "lost"
    if before.rank != after.rank:
        return "moved"
    if before.total != after.total:
        return "points"
    return "reasons" if differences else "same"


def _matters(cause: Cause, turn: Turn, by_points: bool) -> bool:
    """Whether a difference belongs to what is told of a turn: where the decision turns, only what turns it.

    `by_points`: the points decide differently now.
    """
    if turn == "open":
        return cause.missing
    if turn in ("lost", "gained"):
        return _way(cause) == (1 if turn == "gained" else -1) and (by_points or not _is_scored(cause))
    return cause.clause != PASS_MARK


def _clauses(old: Outcome, new: Outcome, settled: Outcome) -> Iterator[Cause]:
    """Every clause of which the two sets make something else, in the order of the new one."""
    was = {f.id: f for f in old.findings}
    now = {f.id: f for f in settled.findings}
    open_ = {f.id for f in new.findings if f.state == "missing"}
    for id in dict.fromkeys((*now, *was)):
        before, after = was.get(id), now.get(id)
        if _worth(before) != _worth(after):
            shown = after or before
            assert shown is not None
            yield Cause(
                id, shown.says, _side(before), _side(after), after is not None and id in open_, tuple(shown.lines())
            )


def _worth(finding: Finding | None) -> tuple[bool, Decimal]:
    """What a clause does to a case: whether it stands in the way, and the points. One that is not there does nothing."""
    if finding is None:
        return False, ZERO
    if finding.section == "scored":
        return False, finding.points or ZERO
    return finding.state == "not_met", ZERO


def _side(finding: Finding | None) -> Side | None:
    return Side(finding.state, finding.points) if finding else None


def _mark(old_set: CriteriaSet, old: Outcome, new_set: CriteriaSet, new: Outcome) -> Iterator[Cause]:
    """The mark to be reached, where it was moved and with it whether it is reached."""
    reached_before, reached = _reached(old_set, old), _reached(new_set, new)
    lowered = (new_set.pass_mark or ZERO) < (old_set.pass_mark or ZERO)
    if reached_before != reached and lowered == reached and new_set.pass_mark != old_set.pass_mark:
        yield Cause(
            PASS_MARK,
            msg("Points needed to pass"),
            Side("met" if reached_before else "not_met", old_set.pass_mark),
            Side("met" if reached else "not_met", new_set.pass_mark),
        )


def _reached(criteria: CriteriaSet, outcome: Outcome) -> bool:
    return criteria.pass_mark is None or (outcome.total or ZERO) >= criteria.pass_mark


def _is_scored(cause: Cause) -> bool:
    return any(side is not None and side.points is not None for side in (cause.before, cause.after))


def _way(cause: Cause) -> int:
    """1 where a cause is in favour of the entry, -1 where it is against it."""
    if cause.clause == PASS_MARK:
        return 1 if cause.after is not None and cause.after.state == "met" else -1
    if _is_scored(cause):
        points = [(side.points or ZERO) if side else ZERO for side in (cause.before, cause.after)]
        return 1 if points[1] > points[0] else -1
    return -1 if cause.after is not None and cause.after.state == "not_met" else 1


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")
