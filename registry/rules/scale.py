"""Scales compiled to closures: how many points a scored clause gives, or that it is not known yet."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from registry.rules.clause import Bands, Expert, Scored, Stepped, Steps
from registry.rules.facts import Missing
from registry.rules.judge import Facts, Step, Tester
from registry.rules.reckon import EXACT, Quantity, Run, measurer

ZERO = Decimal()


class Points(NamedTuple):
    """What a scored clause saw: a reading or the experts' scores, and the points (None: missing)."""

    seen: Any
    points: Decimal | None


def scorer(clause: Scored, facts: Facts) -> Tester:
    """A scored clause as a closure; its points lie between 0 and its maximum."""
    scale = clause.scale
    points = _expert(clause, scale) if isinstance(scale, Expert) else _scaled(clause, scale, facts)

    def score(run: Run) -> Step:
        found = points(run)
        if found.points is None:
            return Step(clause, None, found)
        given = min(max(found.points, ZERO), clause.max)
        return Step(clause, given > 0 if clause.sign != "deduction" else given == 0, found._replace(points=given))

    return score


def _scaled(clause: Scored, scale: Bands | Stepped, facts: Facts) -> Callable[[Run], Points]:
    if clause.measure is None:
        raise ValueError(f"clause {clause.id} has a scale without a measure")
    measure = measurer(clause.measure, facts)

    def score(run: Run) -> Points:
        period, reading = measure(run)[0]
        if isinstance(reading, Missing):
            return Points((period, reading), None)
        given = in_band(scale, reading) if isinstance(scale, Bands) else in_steps(scale.stepped, reading)
        return Points((period, reading), given)

    return score


def in_band(scale: Bands, reading: Quantity) -> Decimal:
    """The points of the highest band that is reached; none below the first."""
    given = ZERO
    for band in scale.bands:
        if reading.top >= EXACT.multiply(band.from_, reading.bottom):
            given = band.points
    return given


def in_steps(scale: Steps, reading: Quantity) -> Decimal:
    """Points at the base and for every step above it, up to the cap."""
    above = EXACT.subtract(reading.top, EXACT.multiply(scale.from_, reading.bottom))
    if above < 0:
        return ZERO
    step = EXACT.multiply(scale.step, reading.bottom)
    if scale.whole_steps:
        return min(scale.points + EXACT.divide_int(above, step) * scale.per_step, scale.at_most)
    rise = EXACT.divide(EXACT.multiply(above, scale.per_step), step)
    return min(_cents(scale.points + rise), scale.at_most)


def _cents(value: Decimal) -> Decimal:
    return EXACT.quantize(value, Decimal("0.01"))


def _expert(clause: Scored, scale: Expert) -> Callable[[Run], Points]:
    def score(run: Run) -> Points:
        scores = tuple(run.context.expert_scores.get(clause.id, ()))
        if len(scores) < scale.experts:
            return Points(Missing("experts", clause.id, None, (len(scores), scale.experts)), None)
        return Points(scores, combined(scores, scale.combine))

    return score


def combined(scores: Iterable[Decimal], how: str) -> Decimal:
    """Experts' scores as one, rounded half up to 0.01."""
    ordered = sorted(scores)
    if how == "median":
        return _cents(median(ordered))
    if how == "trimmed_mean" and len(ordered) > 2:
        ordered = ordered[1:-1]
    return _cents(EXACT.divide(sum(ordered, ZERO), Decimal(len(ordered))))
