"""Judging by a criteria set: `evaluate` gives the outcome as far as it is known, `settle` the one at the decision."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from registry.rules.asking import Words, asked
from registry.rules.clause import Clause, Scored
from registry.rules.criteria import CriteriaSet
from registry.rules.facts import Context, Facts
from registry.rules.judge import Step, Tester, Verdict, all_met, tester
from registry.rules.outcome import Finding, Outcome, Section, State, settle
from registry.rules.reckon import Run
from registry.rules.scale import scorer
from registry.rules.trace import told

__all__ = ["Finding", "Outcome", "evaluate", "settle"]

ZERO = Decimal()
STATE: dict[Verdict, State] = {True: "met", False: "not_met", None: "missing"}


class _Compiled(NamedTuple):
    """A criteria set as closures, in the order of its clauses."""

    needs: tuple[tuple[Section, Clause, Tester], ...]
    scored: tuple[tuple[Scored, Tester], ...]


@lru_cache(maxsize=1024)
def _compiled(criteria: CriteriaSet) -> _Compiled:
    facts = criteria.facts
    eligible: list[tuple[Section, Clause, Tester]] = [("eligible", c, tester(c.test, facts)) for c in criteria.eligible]
    vetoes: list[tuple[Section, Clause, Tester]] = [("veto", c, tester(c.test, facts)) for c in criteria.vetoes]
    return _Compiled((*eligible, *vetoes), tuple((c, scorer(c, facts)) for c in criteria.scored))


def evaluate(criteria: CriteriaSet, facts: Facts, context: Context) -> Outcome:
    """What the criteria say of these facts. Missing facts leave the decision open only where they could change it."""
    compiled, run = _compiled(criteria), Run(facts, context)
    needs = [test(run) for _, _, test in compiled.needs]
    scored = [score(run) for _, score in compiled.scored]
    verdict = all_met([step.ok for step in needs])
    total = None
    if scored:
        low, high = _range(scored)
        total = low if low == high and all(step.ok is not None for step in scored) else None
        verdict = all_met([verdict, _passes(low, high, criteria.pass_mark)])

    def findings() -> tuple[Finding, ...]:
        words = Words(criteria.facts, facts.references, context.names)
        return (*_need_findings(compiled, needs, words), *_scored_findings(scored, words))

    return Outcome(criteria.id, criteria.version, STATE[verdict], total, False, findings)


def _signed(clause: Scored, points: Decimal) -> Decimal:
    return -points if clause.sign == "deduction" else points


def _limits(step: Step) -> tuple[Decimal, Decimal]:
    """The fewest and the most points that a scored clause can still bring."""
    clause: Scored = step.node
    if step.ok is not None:
        points = _signed(clause, step.seen.points)
        return points, points
    return (-clause.max, ZERO) if clause.sign == "deduction" else (ZERO, clause.max)


def _range(scored: list[Step]) -> tuple[Decimal, Decimal]:
    """The fewest and the most points in all."""
    low = high = ZERO
    for step in scored:
        least, most = _limits(step)
        low, high = low + least, high + most
    return low, high


def _passes(low: Decimal, high: Decimal, mark: Decimal | None) -> Verdict:
    if mark is None or low >= mark:
        return True
    return False if high < mark else None


def _need_findings(compiled: _Compiled, steps: list[Step], words: Words) -> Iterator[Finding]:
    for (section, clause, _), step in zip(compiled.needs, steps, strict=True):
        yield finding(section, clause, step, words)


def _scored_findings(steps: list[Step], words: Words) -> Iterator[Finding]:
    for step in steps:
        yield finding("scored", step.node, step, words)


def finding(section: Section, clause: Clause, step: Step, words: Words) -> Finding:
    """What a step of a clause came to."""
    points, most, worst = None, None, ZERO
    if isinstance(clause, Scored):
        most, worst = clause.max, _limits(step)[0]
        points = worst if step.ok is not None else None
    return Finding(
        clause.id,
        section,
        clause.says,
        clause.basis,
        STATE[step.ok],
        points,
        most,
        lambda: told(step, words),
        lambda: asked(step, words),
        worst,
    )
