"""How a finding came about, in sentences: made only when somebody asks, and from nothing but the steps themselves."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from registry.base.i18n import Message, Text, msg, nmsg
from registry.rules.asking import Words, asked, missing, number, of, source, table, value
from registry.rules.clause import AllOf, AnyOf, Bound, Check, NoneOf, Relaxed, Scored, TitleTest
from registry.rules.facts import HeldTitle, Missing, Observed, Row
from registry.rules.judge import Compared, Step
from registry.rules.measure import FactMeasure, GrowthMeasure, Limit, Measure, ReferenceLimit, WeightedMeasure
from registry.rules.reckon import Quantity

LEVEL_NAMES: dict[str, Message] = {
    "county": msg("county level"),
    "city": msg("city level"),
    "province": msg("provincial level"),
    "nation": msg("national level"),
}


def told(step: Step, words: Words) -> list[Message]:
    """The lines of a step and of those below it that matter, each once."""
    return list(dict.fromkeys(_lines(step, words)))


def _lines(step: Step, words: Words) -> Iterator[Message]:
    return _TELL[type(step.node)](step, words)


def _tell_bound(step: Step, words: Words) -> Iterator[Message]:
    node: Bound = step.node
    yield from _comparisons(node, node.limit, step.seen, words)
    yield from _used(step.seen, words)
    if not all(one.ok for one in step.seen):
        for below in step.below:
            yield from _tell_relaxed(node, below, words)


def _tell_relaxed(bound: Bound, step: Step, words: Words) -> Iterator[Message]:
    node: Relaxed = step.node
    if step.ok:
        yield msg("A laxer limit applies ({why}):", why=node.why)
    elif step.ok is None:
        yield msg("A laxer limit may apply ({why}):", why=node.why)
    else:
        yield msg("A laxer limit does not help ({why}):", why=node.why)
    yield from _comparisons(bound, node.to, step.seen, words)
    for below in step.below:
        yield from _lines(below, words)


def _comparisons(bound: Bound, bar: Limit, found: tuple[Compared, ...], words: Words) -> Iterator[Message]:
    lower = bound.at_least is not None
    for one in found:
        if isinstance(one.reading, Missing):
            yield missing(one.reading, words)
            continue
        if isinstance(one.limit, Missing) or one.limit is None:
            yield from (missing(gap, words) for gap in [one.limit] if gap is not None)
            continue
        sign = ("≥" if one.ok else "<") if lower else ("≤" if one.ok else ">")
        yield msg(
            "{what}: {value} {sign} {limit}",
            what=of(_what(bound.measure, words), one.period),
            value=_reading(bound.measure, one.reading, words),
            sign=sign,
            limit=_limit(bar, one.limit, bound.measure, words),
        )


def _what(measure: Measure, words: Words) -> Message | Text | str:
    """What is measured."""
    if isinstance(measure, GrowthMeasure):
        return msg("growth of {fact}", fact=words.fact(measure.growth))
    if isinstance(measure, WeightedMeasure):
        return msg("{fact}, weighted", fact=words.fact(measure.weighted[0].fact))
    what: Message | Text | str = words.fact(measure.fact)
    if measure.over:
        what = msg("{top} ÷ {bottom}", top=what, bottom=words.fact(measure.over))
    how = measure.window.how if measure.window and measure.window.last > 1 else "each"
    if how == "average":
        return nmsg("{what}, average of {n} period", "{what}, average of {n} periods", _periods(measure), what=what)
    if how == "sum":
        return nmsg("{what}, sum of {n} period", "{what}, sum of {n} periods", _periods(measure), what=what)
    return what


def _periods(measure: FactMeasure) -> int:
    return measure.window.last if measure.window else 1


def _unit_fact(measure: Measure) -> str | None:
    """The fact whose unit a measure has; a quotient has none."""
    if isinstance(measure, GrowthMeasure):
        return measure.growth if measure.as_ == "amount" else None
    if isinstance(measure, WeightedMeasure):
        return measure.weighted[0].fact
    return None if measure.over else measure.fact


def _is_rate(measure: Measure) -> bool:
    """Whether it is a rate of growth, shown as a percentage."""
    return isinstance(measure, GrowthMeasure) and measure.as_ == "ratio"


def _reading(measure: Measure, reading: Quantity, words: Words) -> Message | str:
    """A reading; quotients show numerator and denominator."""
    value = reading.value()
    if _is_rate(measure):
        return f"{number(value * 100)} %"
    averaged = isinstance(measure, FactMeasure) and measure.window and measure.window.how == "average"
    if isinstance(measure, FactMeasure) and measure.over and not averaged:
        top, bottom = number(reading.top), number(reading.bottom)
        return msg("{value} ({top} ÷ {bottom})", value=number(value), top=top, bottom=bottom)
    return words.amount(value, _unit_fact(measure))


def _limit(bar: Limit, found: tuple[Decimal, Row | None], measure: Measure, words: Words) -> Message | str:
    """The limit that held, with the published value behind it."""
    value, row = found
    shown = f"{number(value * 100)} %" if _is_rate(measure) else words.amount(value, _unit_fact(measure))
    if row is None or not isinstance(bar, ReferenceLimit):
        return shown
    return msg(
        "{limit} ({times} of “{table}” {place} {year}: {value}, {source})",
        limit=shown,
        times=f"{number(bar.times * 100)} %",
        table=table(bar.reference, words),
        place=words.name(row.place),
        year=row.year,
        value=number(row.value),
        source=row.source,
    )


def _used(found: tuple[Compared, ...], words: Words) -> Iterator[Message]:
    for one in found:
        if isinstance(one.reading, Quantity):
            yield from (_observation(seen, words) for seen in one.reading.used)


def _observation(seen: Observed, words: Words) -> Message:
    """An observation with its source and date."""
    params = {"fact": of(words.fact(seen.fact), seen.period), "value": value(seen, words), "source": source(seen)}
    if seen.as_of:
        return msg("{fact}: {value} ({source}, as of {date})", **params, date=seen.as_of.isoformat())
    return msg("{fact}: {value} ({source})", **params)


def _tell_check(step: Step, words: Words) -> Iterator[Message]:
    fact, lacking = step.seen
    yield missing(fact, words) if isinstance(fact, Missing) else _observation(fact, words)
    for name in step.node.evidence:
        yield (
            missing(Missing("evidence", name), words)
            if name in lacking
            else msg("Evidence “{name}” is on file.", name=words.name(name))
        )


def _tell_title(step: Step, words: Words) -> Iterator[Message]:
    node: TitleTest = step.node
    held: HeldTitle | None = step.seen
    wanted = (
        msg("“{title}”, {level} or higher", title=words.name(node.title), level=LEVEL_NAMES[node.level])
        if node.level
        else msg("“{title}”", title=words.name(node.title))
    )
    if held is None:
        yield msg("No title {title} is held.", title=wanted)
    else:
        yield msg(
            "Title “{title}” ({level}) is held since {date}.",
            title=words.name(held.scheme),
            level=LEVEL_NAMES.get(held.level, held.level),
            date=held.valid_from.isoformat(),
        )


def _heading(text: Message) -> Any:
    def tell(step: Step, words: Words) -> Iterator[Message]:
        if len(step.below) > 1:
            yield text
        for below in step.below:
            yield from _lines(below, words)

    return tell


def _tell_scored(step: Step, words: Words) -> Iterator[Message]:
    clause: Scored = step.node
    seen, points = step.seen
    if points is None:
        yield from asked(step, words)
        return
    if clause.measure is None:
        yield msg(
            "Experts gave {scores}: {points} of {max} points",
            scores=" · ".join(map(number, seen)),
            points=number(points),
            max=number(clause.max),
        )
        return
    period, reading = seen
    yield msg(
        "{what}: {value}, {points} of {max} points",
        what=of(_what(clause.measure, words), period),
        value=_reading(clause.measure, reading, words),
        points=number(points),
        max=number(clause.max),
    )
    yield from (_observation(one, words) for one in reading.used)


_TELL: dict[type, Any] = {
    Bound: _tell_bound,
    Check: _tell_check,
    TitleTest: _tell_title,
    AllOf: _heading(msg("All of these are needed:")),
    AnyOf: _heading(msg("One of these is enough:")),
    NoneOf: _heading(msg("None of these may be so:")),
    Scored: _tell_scored,
}
