"""By how much a condition is missed: the distance between what was read and the limit that held."""

from collections.abc import Iterator
from decimal import Decimal

from registry.base.i18n import Message, msg
from registry.rules.asking import Words, number
from registry.rules.clause import Bound
from registry.rules.criteria import CriteriaSet
from registry.rules.facts import Context, Facts, Missing
from registry.rules.judge import Compared, Step, tester
from registry.rules.measure import FactMeasure, GrowthMeasure, Measure
from registry.rules.reckon import Run


def shortfalls(criteria: CriteriaSet, facts: Facts, context: Context) -> dict[str, list[Message]]:
    """Id of each condition that is not met → how far it is from being met, once for each period looked at."""
    run, words = Run(facts, context), Words(criteria.facts, facts.references, context.names)
    found = {c.id: list(_lacking(tester(c.test, criteria.facts)(run), words)) for c in criteria.eligible}
    return {id: lines for id, lines in found.items() if lines}


def _lacking(step: Step, words: Words) -> Iterator[Message]:
    if step.ok is not False:
        return
    if isinstance(step.node, Bound):
        yield from (_distance(step.node, one, words) for one in step.seen if one.ok is False)
        return
    for below in step.below:
        yield from _lacking(below, words)


def _distance(bound: Bound, one: Compared, words: Words) -> Message:
    assert not isinstance(one.reading, Missing) and one.limit is not None and not isinstance(one.limit, Missing)
    gap = one.limit[0] - one.reading.value()
    amount = _amount(bound.measure, abs(gap), words)
    return msg("{amount} too little", amount=amount) if gap > 0 else msg("{amount} too much", amount=amount)


def _amount(measure: Measure, gap: Decimal, words: Words) -> Message | str:
    if isinstance(measure, GrowthMeasure) and measure.as_ == "ratio":
        return msg("{n} percentage points", n=number(gap * 100))
    plain = isinstance(measure, FactMeasure) and not measure.over
    return words.amount(gap, measure.fact if plain and isinstance(measure, FactMeasure) else None)
