"""Measures and limits compiled to closures: exact arithmetic on decimals, with *missing* carried along.

A number is kept as numerator and denominator, so that no comparison ever depends on a rounded quotient.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from decimal import Context as Arithmetic
from typing import Any, NamedTuple

from registry.base.period import Period
from registry.rules.facts import Context, FactDef, Facts, Missing, Observed, Row
from registry.rules.measure import (
    GrowthMeasure,
    Limit,
    Measure,
    ReferenceLimit,
    Sourced,
    TableLimit,
    WeightedMeasure,
    Window,
)

ONE = Decimal(1)
new: Any = tuple.__new__
"""Makes a named tuple without its Python constructor, where thousands of cases are judged in a row."""
EXACT = Arithmetic(prec=100, rounding=ROUND_HALF_UP)
"""Wide enough that sums and products of facts are never rounded; independent of the caller's context."""


class Run:
    """One evaluation: the facts and context it reads, and the periods it has worked out."""

    __slots__ = ("_periods", "context", "facts")

    def __init__(self, facts: Facts, context: Context) -> None:
        self.facts, self.context = facts, context
        self._periods: dict[tuple[int, str, str], tuple[Period, ...] | Missing] = {}

    def day(self, before: str) -> date | Missing:
        """The day that windows count back from."""
        days = {"filing": self.context.filed_on, "notice": self.context.noticed_on, "award": self.context.awarded_on}
        return days[before] or Missing("date", before)

    def periods(self, key: tuple[int, str, str]) -> tuple[Period, ...] | Missing:
        """The last complete periods (how many, of which unit, before which day), newest first."""
        known = self._periods.get(key)
        if known is None:
            last, unit, before = key
            day = self.day(before)
            if isinstance(day, Missing):
                known = day
            else:
                count = Period.last_months if unit == "months" else Period.last_years
                known = tuple(count(last, day))
            self._periods[key] = known
        return known

    def year(self, period: Period | None) -> int:
        """The year of a period; for what is not counted by period, the last complete year before filing."""
        return period.year if period else self.context.filed_on.year - 1


class Quantity(NamedTuple):
    """A number that was reckoned: numerator, denominator (more than zero) and the observations it was made from."""

    top: Decimal
    bottom: Decimal
    used: tuple[Observed, ...]

    def value(self, places: str = "0.0001") -> Decimal:
        """The quotient, rounded half up: for showing and for points, never for comparing with a limit."""
        return self.top if self.bottom == ONE else EXACT.quantize(EXACT.divide(self.top, self.bottom), Decimal(places))


Reading = tuple[Period | None, "Quantity | Missing"]
Single = Callable[[Run, Period | None], "Quantity | Missing"]
Measurer = Callable[[Run], tuple[Reading, ...]]
LimitAt = Callable[[Run, Period | None], "tuple[Decimal, Row | None] | Missing"]


def _taker(fact: str, sourced: Sourced, facts: Mapping[str, FactDef]) -> Single:
    """Takes one fact for one period; what is counted once for the entry has none."""
    sources, if_differ, timeless = sourced.from_, sourced.if_differ, not per_period(fact, facts)

    def take(run: Run, period: Period | None) -> Quantity | Missing:
        if timeless:
            period = None
        seen = None if sources else run.facts.sole.get((fact, period))
        if seen is None:
            picked = run.facts.pick(fact, period, sources, if_differ)
            if isinstance(picked, Missing):
                return picked
            seen = picked
        value = seen.value
        if value.__class__ is Decimal and value.is_finite():
            return new(Quantity, (value, ONE, (seen,)))
        return Missing("not_number", fact, period, (seen,))

    return take


def per_period(fact: str, facts: Mapping[str, FactDef]) -> bool:
    """Whether a fact is counted by year or month."""
    return fact in facts and facts[fact].per != "entry"


def _ratio(top: Single, bottom: Single) -> Single:
    """One fact over another, of the same period."""

    def divide(run: Run, period: Period | None) -> Quantity | Missing:
        return over(top(run, period), bottom(run, period), period)

    return divide


def over(top: Quantity | Missing, bottom: Quantity | Missing, period: Period | None) -> Quantity | Missing:
    """`top` divided by `bottom`; nothing can be divided by zero or by less, so that is missing too."""
    if isinstance(top, Missing):
        return top
    if isinstance(bottom, Missing):
        return bottom
    if bottom.top <= 0:
        return Missing("zero", bottom.used[0].fact, period, (bottom.top,))
    if top.bottom is bottom.bottom:
        return new(Quantity, (top.top, bottom.top, top.used + bottom.used))
    used = top.used + bottom.used
    return Quantity(EXACT.multiply(top.top, bottom.bottom), EXACT.multiply(top.bottom, bottom.top), used)


def add(a: Quantity, b: Quantity) -> Quantity:
    """The exact sum of two numbers."""
    if a.bottom == b.bottom:
        return Quantity(EXACT.add(a.top, b.top), a.bottom, a.used + b.used)
    top = EXACT.add(EXACT.multiply(a.top, b.bottom), EXACT.multiply(b.top, a.bottom))
    return Quantity(top, EXACT.multiply(a.bottom, b.bottom), a.used + b.used)


def _total(single: Single, run: Run, periods: tuple[Period, ...]) -> Quantity | Missing:
    """The sum over periods; missing when one is."""
    total: Quantity | None = None
    for period in periods:
        one = single(run, period)
        if isinstance(one, Missing):
            return one
        total = one if total is None else add(total, one)
    assert total is not None
    return total


def _weighted(node: WeightedMeasure, facts: Mapping[str, FactDef]) -> Single:
    """The weighted sum of several facts of one period."""
    parts = [(_taker(part.fact, node, facts), part.times) for part in node.weighted]

    def weigh(run: Run, period: Period | None) -> Quantity | Missing:
        total = Quantity(Decimal(), ONE, ())
        for take, times in parts:
            one = take(run, period)
            if isinstance(one, Missing):
                return one
            total = add(total, Quantity(EXACT.multiply(one.top, times), ONE, one.used))
        return total

    return weigh


def _windowed(single: Single, window: Window, totals: tuple[Single, Single] | None) -> Measurer:
    """Reads a measure over its window. `totals` are numerator and denominator of a ratio, for `sum`."""
    key, how = (1 if window.how == "latest" else window.last, window.unit, window.before), window.how

    def read(run: Run) -> tuple[Reading, ...]:
        periods = run.periods(key)
        if isinstance(periods, Missing):
            return ((None, periods),)
        if how in ("each", "latest"):
            return tuple([(period, single(run, period)) for period in periods])
        if how == "sum" and totals:
            parts = [_total(one, run, periods) for one in totals]
            return ((periods[0], over(parts[0], parts[1], periods[0])),)
        total = _total(single, run, periods)
        if how == "average" and not isinstance(total, Missing):
            total = Quantity(total.top, EXACT.multiply(total.bottom, Decimal(len(periods))), total.used)
        return ((periods[0], total),)

    return read


def _growth(node: GrowthMeasure, facts: Mapping[str, FactDef]) -> Measurer:
    """Growth of the last complete year over the year before, or over the year of the award."""
    take = _taker(node.growth, node, facts)

    def base_year(run: Run, now: Period) -> Period | Missing:
        if node.base == "year_before":
            return Period(now.year - 1)
        day = run.day("award")
        return day if isinstance(day, Missing) else Period(day.year)

    def read(run: Run) -> tuple[Reading, ...]:
        now = Period(run.context.filed_on.year - 1)
        before = base_year(run, now)
        if isinstance(before, Missing):
            return ((now, before),)
        new, old = take(run, now), take(run, before)
        if isinstance(new, Missing) or isinstance(old, Missing):
            return ((now, new if isinstance(new, Missing) else old),)
        grown = Quantity(EXACT.subtract(new.top, old.top), ONE, new.used)
        return ((now, over(grown, old, before) if node.as_ == "ratio" else grown._replace(used=new.used + old.used)),)

    return read


def window_of(names: Iterable[str], window: Window | None, facts: Mapping[str, FactDef]) -> Window | None:
    """The window of a measure: its own, else the last complete period where one of its facts is counted by period."""
    by_period = next((facts[name].per for name in names if per_period(name, facts)), None)
    if window or by_period is None:
        return window
    return Window(last=1, unit="months" if by_period == "month" else "calendar_years")


def names_of(node: Measure) -> tuple[str, ...]:
    """The facts a measure reads."""
    if isinstance(node, GrowthMeasure):
        return (node.growth,)
    if isinstance(node, WeightedMeasure):
        return tuple(part.fact for part in node.weighted)
    return (node.fact, node.over) if node.over else (node.fact,)


def measurer(node: Measure, facts: Mapping[str, FactDef]) -> Measurer:
    """A measure as a closure that gives its readings, newest first."""
    if isinstance(node, GrowthMeasure):
        return _growth(node, facts)
    totals = None
    if isinstance(node, WeightedMeasure):
        single = _weighted(node, facts)
    else:
        single = _taker(node.fact, node, facts)
        if node.over:
            totals = (single, _taker(node.over, node, facts))
            single = _ratio(*totals)
    window = window_of(names_of(node), node.window, facts)
    if window:
        return _windowed(single, window, totals)
    return lambda run: ((None, single(run, None)),)


def limit_at(node: Limit) -> LimitAt:
    """A limit as a closure that gives its value for a period, and the published row it comes from."""
    if isinstance(node, ReferenceLimit):
        return _reference(node)
    if isinstance(node, TableLimit):
        return _table(node)
    fixed = (node, None)
    return lambda run, period: fixed


def _reference(node: ReferenceLimit) -> LimitAt:
    def look(run: Run, period: Period | None) -> tuple[Decimal, Row | None] | Missing:
        year = run.year(period)
        table = run.facts.references.get(node.reference)
        row = table.look(run.context.region_chain, year) if table else None
        if row is None:
            return Missing("reference", node.reference, year, run.context.region_chain[:1])
        return EXACT.multiply(row.value, node.times), row

    return look


def _table(node: TableLimit) -> LimitAt:
    attribute = "class_" if node.by == "class" else node.by

    def look(run: Run, period: Period | None) -> tuple[Decimal, Row | None] | Missing:
        value = node.values.get(getattr(run.context, attribute) or "")
        return Missing("table", node.by) if value is None else (value, None)

    return look
