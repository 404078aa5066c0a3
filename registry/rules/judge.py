"""Tests compiled to closures in three values: met (True), not met (False), missing (None).

Each closure returns what it found as a bare `Step`; sentences are made of it only when somebody asks (`trace`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, cast

from registry.base.period import Period
from registry.rules.clause import AllOf, AnyOf, Bound, Check, NoneOf, Relaxed, Test, TitleTest
from registry.rules.facts import Context, FactDef, HeldTitle, Missing, Row
from registry.rules.header import LEVELS
from registry.rules.reckon import (
    EXACT,
    ONE,
    LimitAt,
    Measurer,
    Quantity,
    Reading,
    Run,
    limit_at,
    measurer,
    new,
    window_of,
)

Verdict = bool | None


class Step(NamedTuple):
    """What one node of a clause found: met, not met or missing, what it saw, and the steps below it."""

    node: Any
    ok: Verdict
    seen: Any
    below: tuple["Step", ...] = ()


class Compared(NamedTuple):
    """One reading against the limit that holds for its period."""

    period: Period | None
    reading: Quantity | Missing
    limit: tuple[Decimal, Row | None] | Missing | None
    ok: Verdict


Tester = Callable[[Run], Step]
Facts = Mapping[str, FactDef]


def all_met(verdicts: Iterable[Verdict]) -> Verdict:
    """False if one is false, else missing if one is missing."""
    missing = False
    for verdict in verdicts:
        if verdict is False:
            return False
        missing = missing or verdict is None
    return None if missing else True


def negated(verdict: Verdict) -> Verdict:
    """Not; what is missing stays missing."""
    return None if verdict is None else not verdict


def any_met(verdicts: Iterable[Verdict]) -> Verdict:
    """True if one is true, else missing if one is missing."""
    return negated(all_met([negated(v) for v in verdicts]))


def tester(node: Test, facts: Facts) -> Tester:
    """A test as a closure."""
    return _TESTERS[type(node)](node, facts)


def compare(
    run: Run,
    readings: tuple[Reading, ...],
    limit: LimitAt,
    lower: bool,
) -> tuple[Verdict, tuple[Compared, ...]]:
    """Every reading against the limit of its period: exactly, numerator against limit times denominator."""
    verdict: Verdict = True
    found = []
    for period, reading in readings:
        bar: tuple[Decimal, Row | None] | Missing | None = None
        ok: Verdict = None
        if reading.__class__ is not Missing:
            bar = limit(run, period)
            if bar.__class__ is not Missing:
                top, bottom, _ = cast(Quantity, reading)
                line = cast(Decimal, bar[0])
                if bottom is not ONE:
                    line = EXACT.multiply(line, bottom)
                ok = top >= line if lower else top <= line
        if ok is False or (ok is None and verdict):
            verdict = ok
        found.append(new(Compared, (period, reading, bar, ok)))
    return verdict, tuple(found)


def _bound(node: Bound, facts: Facts) -> Tester:
    """Met when the limit holds, or a laxer limit holds whose condition is met.

    Said that way, a value below the laxest limit is not met whatever is unknown of the conditions.
    """
    measure, lower = measurer(node.measure, facts), node.at_least is not None
    limit = limit_at(node.limit)
    laxer = [_relaxed(one, facts, measure, lower) for one in node.relaxed]

    def plain(run: Run) -> Step:
        verdict, found = compare(run, measure(run), limit, lower)
        return new(Step, (node, verdict, found, ()))

    def relaxing(run: Run) -> Step:
        verdict, found = compare(run, measure(run), limit, lower)
        below = tuple([relax(run) for relax in laxer])
        return Step(node, any_met([verdict, *(step.ok for step in below)]), found, below)

    return relaxing if laxer else plain


def _relaxed(node: Relaxed, facts: Facts, measure: Measurer, lower: bool) -> Tester:
    when, limit = tester(node.when, facts), limit_at(node.to)

    def test(run: Run) -> Step:
        condition = when(run)
        verdict, found = compare(run, measure(run), limit, lower)
        return Step(node, all_met([condition.ok, verdict]), found, (condition,))

    return test


def _check(node: Check, facts: Facts) -> Tester:
    window = window_of([node.check], None, facts)
    key = (window.last, window.unit, window.before) if window else None
    evidence = node.evidence

    def test(run: Run) -> Step:
        periods = run.periods(key) if key else (None,)
        if isinstance(periods, Missing):
            return Step(node, None, (periods, ()))
        seen = run.facts.sole.get((node.check, periods[0])) or run.facts.pick(node.check, periods[0])
        lacking = tuple([name for name in evidence if name not in run.context.evidence])
        said = None if isinstance(seen, Missing) or not isinstance(seen.value, bool) else seen.value
        return Step(node, all_met([said, None if lacking else True]), (seen, lacking))

    return test


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def fits(held: HeldTitle, node: TitleTest, context: Context) -> bool:
    """Whether a held title is the one a test means: valid on the day of filing, at that level or a higher one."""
    day = context.filed_on
    return (
        node.title in (held.scheme, held.kind)
        and held.valid_from <= day
        and (held.valid_to is None or day <= held.valid_to)
        and (node.level is None or LEVELS.index(held.level) >= LEVELS.index(node.level))
        and (not node.grades or held.grade in node.grades)
        and (node.within_years is None or held.valid_from >= _years_before(day, node.within_years))
    )


def _title(node: TitleTest, facts: Facts) -> Tester:
    def test(run: Run) -> Step:
        found = next((held for held in run.context.titles if fits(held, node, run.context)), None)
        return Step(node, (found is not None) == node.held, found)

    return test


def _group(tests: tuple[Test, ...], facts: Facts, node: Any, verdict: Callable[[Iterable[Verdict]], Verdict]) -> Tester:
    testers = [tester(one, facts) for one in tests]

    def test(run: Run) -> Step:
        below = tuple([one(run) for one in testers])
        return Step(node, verdict([step.ok for step in below]), None, below)

    return test


_TESTERS: dict[type, Callable[[Any, Facts], Tester]] = {
    Bound: _bound,
    Check: _check,
    TitleTest: _title,
    AllOf: lambda node, facts: _group(node.all_of, facts, node, all_met),
    AnyOf: lambda node, facts: _group(node.any_of, facts, node, any_met),
    NoneOf: lambda node, facts: _group(node.none_of, facts, node, lambda found: negated(any_met(found))),
}
