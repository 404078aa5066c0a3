"""What a criterion measures and against what: measures give a number, limits say how much is needed."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from registry.rules.facts import IfDiffer
from registry.rules.model import Model, Number, Whole, one_of


class Window(Model):
    """The last complete periods before a date: each of them, their average or sum, or the newest alone.

    Policies say 上两个年度. A period for which nothing is known is missing; an older one never stands in for it.
    """

    last: Annotated[Whole, Field(ge=1, le=120)]
    unit: Literal["calendar_years", "months"] = "calendar_years"
    how: Literal["each", "average", "sum", "latest"] = "each"
    before: Literal["filing", "notice", "award"] = "filing"


class Sourced(Model):
    """Which sources a measure accepts, in order, and what happens when they differ."""

    from_: tuple[str, ...] = Field(default=(), alias="from")
    if_differ: IfDiffer = "missing"


class FactMeasure(Sourced):
    """A fact, or one fact over another. Over a window: `sum` divides the sums, `average` averages the quotients."""

    fact: str
    over: str | None = None
    window: Window | None = None


class GrowthMeasure(Sourced):
    """How much a yearly fact has grown in the last complete year, as a ratio or an amount."""

    growth: str
    as_: Literal["ratio", "amount"] = Field(alias="as")
    base: Literal["year_before", "award_year"] = "year_before"


class Part(Model):
    """A fact that counts `times` in a weighted sum."""

    fact: str
    times: Number = Decimal(1)


class WeightedMeasure(Sourced):
    """A weighted sum of facts, such as heads of which some groups count more than once."""

    weighted: Annotated[tuple[Part, ...], Field(min_length=1)]
    window: Window | None = None


Measure = Annotated[
    FactMeasure | GrowthMeasure | WeightedMeasure,
    one_of(fact=FactMeasure, growth=GrowthMeasure, weighted=WeightedMeasure),
]


class ReferenceLimit(Model):
    """A multiple of a published value: of the entry's place (or the nearest above it) and the measured year."""

    reference: str
    times: Number = Decimal(1)


class TableLimit(Model):
    """A limit that depends on the level, class or type of what is judged."""

    by: Literal["level", "class", "type"]
    values: dict[str, Number]


Limit = Annotated[
    Decimal | ReferenceLimit | TableLimit,
    one_of(Number, reference=ReferenceLimit, by=TableLimit),
]
