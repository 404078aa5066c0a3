"""Worked examples of a pack: facts, and what its criteria must say of them. They are judged whenever the pack is checked."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from registry.base.i18n import Text
from registry.base.period import Period
from registry.base.region import RegionCode
from registry.base.written import WrittenText
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate
from registry.rules.facts import Context, Facts, HeldTitle, Observed, Reference, typed
from registry.rules.header import Level
from registry.rules.model import Day, Id, Model, Number, number
from registry.rules.outcome import Outcome


class ExampleTitle(Model):
    """A title that the example holds."""

    scheme: str
    kind: str | None = None
    level: Level
    since: Day


def fact_value(value: Any, info: ValidationInfo) -> Any:
    """A fact's value in a file: a number, also as `80%` and `3万`; a truth value; else text, when it is in quotes."""
    if isinstance(value, WrittenText):
        with suppress(PydanticCustomError):
            return number(value, info)
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Example(Model):
    """One case: `facts` by `fact` or `fact@period`, and what is expected.

    `fails` names the clauses that are not met, `asks` those for which something is missing: exactly these.
    """

    says: Text
    criteria: str
    filed: Day
    region: RegionCode | None = None
    class_: str | None = Field(default=None, alias="class")
    type: str | None = None
    facts: dict[str, Annotated[bool | Decimal | str, BeforeValidator(fact_value)]]
    sources: dict[Id, str] = Field(default={})
    """Fact → where it comes from, for those that are not declared by the applicant."""
    evidence: tuple[Id, ...] = ()
    titles: tuple[ExampleTitle, ...] = ()
    experts: dict[Id, tuple[Number, ...]] = Field(default={})
    expect: Literal["met", "not_met", "missing"]
    fails: tuple[Id, ...] = ()
    asks: tuple[Id, ...] = ()
    total: Number | None = None

    def judged(self, criteria: CriteriaSet, references: Iterable[Reference]) -> Outcome:
        """What a criteria set says of it; `criteria` with the facts of its kind."""
        place = self.region or criteria.region
        context = Context(
            filed_on=self.filed,
            level=criteria.level,
            class_=self.class_,
            type=self.type,
            region_chain=chain(place),
            evidence=frozenset(self.evidence),
            titles=tuple(HeldTitle(t.scheme, t.kind or t.scheme, t.level, t.since) for t in self.titles),
            expert_scores=self.experts,
        )
        seen = [observed(name, value, self.sources) for name, value in self.facts.items()]
        return evaluate(criteria, Facts(seen, references), context)


class ExampleFile(Model):
    """A file of examples."""

    examples: Annotated[tuple[Example, ...], Field(min_length=1)]


def chain(region: str) -> tuple[str, ...]:
    """A region and those around it, by its code, the nearest first."""
    return tuple(dict.fromkeys((region, f"{region[:4]}00", f"{region[:2]}0000", "000000")))


def observed(name: str, value: Any, sources: Mapping[str, str] = {}) -> Observed:  # noqa: B006 – never changed
    """`fact` or `fact@period` with its value; declared where `sources` does not say otherwise of the fact."""
    fact, _, period = name.partition("@")
    read = value if isinstance(value, bool) else typed(str(value))
    return Observed(fact, read, Period.parse(period) if period else None, sources.get(fact, "declared"))
