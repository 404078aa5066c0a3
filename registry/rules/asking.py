"""What is missing, asked for by name; and what things are called in the sentences of a finding."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.base.i18n import Message, Text, msg, nmsg
from registry.base.period import Period
from registry.rules.clause import Bound, Check, Relaxed, Scored
from registry.rules.facts import SOURCES, STANDINGS, FactDef, Missing, Observed, Reference
from registry.rules.judge import Step


@dataclass(frozen=True)
class Words:
    """What things are called: facts, reference tables, and whatever else the context names."""

    facts: Mapping[str, FactDef]
    references: Mapping[str, Reference]
    names: Mapping[str, Text]

    def fact(self, id: str) -> Text | str:
        """A fact's label."""
        return self.facts[id].label if id in self.facts else id

    def name(self, id: str) -> Text | str:
        """The name of a piece of evidence, a scheme or a region."""
        return self.names.get(id, id)

    def amount(self, value: Decimal, fact: str | None) -> Message | str:
        """A value with its unit; a ratio as a percentage."""
        defined = self.facts.get(fact or "")
        if defined and defined.type == "ratio":
            return f"{number(value * 100)} %"
        if defined and defined.unit:
            return msg("{value} {unit}", value=number(value), unit=defined.unit)
        return number(value)


def number(value: Decimal) -> str:
    """A number without superfluous zeros."""
    return format(value.normalize(), "f") if value else "0"


def asked(step: Step, words: Words) -> list[Message]:
    """What is missing where it could change this step, each once."""
    return [missing(one, words) for one in dict.fromkeys(_missing(step))]


def _missing(step: Step) -> Iterator[Missing]:
    if step.ok is not None:
        return
    yield from _own_missing(step.node, step.seen)
    for below in step.below:
        yield from _missing(below)


def _own_missing(node: Any, seen: Any) -> Iterator[Missing]:
    if isinstance(node, Bound | Relaxed):
        for one in seen:
            yield from (m for m in (one.reading, one.limit) if isinstance(m, Missing))
    elif isinstance(node, Check):
        fact, lacking = seen
        if isinstance(fact, Missing):
            yield fact
        elif not isinstance(fact.value, bool):
            yield Missing("not_number", node.check, fact.period, (fact,))
        yield from (Missing("evidence", name) for name in lacking)
    elif isinstance(node, Scored):
        yield seen.seen if isinstance(seen.seen, Missing) else seen.seen[1]


def missing(one: Missing, words: Words) -> Message:
    """One missing thing, asked for by name."""
    return _ASK[one.kind](one, words)


def of(what: Message | Text | str, period: Period | int | None) -> Message | Text | str:
    """Something in its year or month."""
    if period is None:
        return what
    if isinstance(period, Period) and period.month:
        return msg("{what} {year}-{month}", what=what, year=period.year, month=period.month)
    return msg("{what} {year}", what=what, year=period.year if isinstance(period, Period) else period)


def _ask_differ(one: Missing, words: Words) -> Message:
    first, other = one.more
    return msg(
        "{fact}: sources differ; {first_source} says {first}, {other_source} says {other}.",
        fact=of(words.fact(one.what), one.period),
        first=value(first, words),
        first_source=source(first),
        other=value(other, words),
        other_source=source(other),
    )


def _ask_experts(one: Missing, words: Words) -> Message:
    have, need = one.more
    return nmsg("{n} of {need} expert scores is in.", "{n} of {need} expert scores are in.", have, need=need)


def _ask_date(one: Missing, words: Words) -> Message:
    if one.what == "award":
        return msg("The date of the award is missing.")
    return msg("The date of the notice is missing.")


def _ask_table(one: Missing, words: Words) -> Message:
    by = {"level": msg("level"), "class": msg("class"), "type": msg("type")}[one.what]
    return msg("The criteria have no limit for this {by}.", by=by)


_ASK = {
    "fact": lambda one, words: msg("{fact} is missing.", fact=of(words.fact(one.what), one.period)),
    "zero": lambda one, words: msg(
        "{fact} is {value}; nothing can be divided by it.",
        fact=of(words.fact(one.what), one.period),
        value=number(one.more[0]),
    ),
    "differ": _ask_differ,
    "not_number": lambda one, words: msg(
        "{fact}: “{value}” cannot be used here.",
        fact=of(words.fact(one.what), one.period),
        value=str(one.more[0].value),
    ),
    "reference": lambda one, words: msg(
        "“{table}” has no value for {place} {year}.",
        table=table(one.what, words),
        place=words.name(one.more[0]) if one.more else "",
        year=one.period,
    ),
    "evidence": lambda one, words: msg("Evidence “{name}” is missing.", name=words.name(one.what)),
    "date": _ask_date,
    "table": _ask_table,
    "experts": _ask_experts,
}


def table(id: str, words: Words) -> Text | str:
    """A reference table's title."""
    return words.references[id].title if id in words.references else id


def source(seen: Observed) -> Message | str:
    """Where an observation comes from, and how well it stands."""
    said: Message | str = SOURCES.get(seen.source, seen.source)
    if seen.ref:
        said = msg("{source} “{title}”", source=said, title=seen.ref)
    if seen.standing != seen.source and seen.standing in STANDINGS:
        said = msg("{source}, {standing}", source=said, standing=STANDINGS[seen.standing])
    return said


def value(seen: Observed, words: Words) -> Message | str:
    """What was observed."""
    if isinstance(seen.value, bool):
        return msg("yes") if seen.value else msg("no")
    if isinstance(seen.value, date):
        return seen.value.isoformat()
    return words.amount(seen.value, seen.fact) if isinstance(seen.value, Decimal) else seen.value
