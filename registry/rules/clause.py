"""The clauses of a criteria set: tests that are met or not, scales that give points, and what follows an award."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

from registry.base.i18n import Text
from registry.base.money import Money
from registry.rules.header import Level
from registry.rules.measure import Limit, Measure, TableLimit
from registry.rules.model import Flag, Id, Model, Number, Whole, as_number, one_of


class Relaxed(Model):
    """Another, laxer limit that applies when a condition holds, and the reason in words."""

    when: "Test"
    to: Limit
    why: Text


class Bound(Model):
    """A measure that must reach or may not exceed a limit: exactly one of `at_least` and `at_most`."""

    measure: Measure
    at_least: Limit | None = None
    at_most: Limit | None = None
    relaxed: tuple[Relaxed, ...] = ()

    @property
    def limit(self) -> Limit:
        """The limit, whichever side it is on."""
        limit = self.at_least if self.at_least is not None else self.at_most
        if limit is None:
            raise ValueError("a bound without a limit")
        return limit

    @property
    def laxest(self) -> Decimal | None:
        """The laxest number that can be enough, relaxations included; None where a published value decides."""
        numbers: list[Decimal] = []
        for limit in (self.limit, *(one.to for one in self.relaxed)):
            if isinstance(limit, Decimal):
                numbers.append(limit)
            elif isinstance(limit, TableLimit):
                numbers.extend(limit.values.values())
            else:
                return None
        return min(numbers) if self.at_least is not None else max(numbers)


class Check(Model):
    """A yes/no fact that must be yes, with the evidence that must be on file."""

    check: str
    evidence: tuple[Id, ...] = ()


class TitleTest(Model):
    """A title (by scheme or kind) that must be held on the day of filing, at `level` or higher; or must not be."""

    title: str
    level: Level | None = None
    held: Flag = True
    grades: tuple[str, ...] = ()
    within_years: Annotated[Whole, Field(ge=1)] | None = None


class AllOf(Model):
    """Every one of these."""

    all_of: Annotated[tuple["Test", ...], Field(min_length=1)]


class AnyOf(Model):
    """At least one of these."""

    any_of: Annotated[tuple["Test", ...], Field(min_length=1)]


class NoneOf(Model):
    """None of these."""

    none_of: Annotated[tuple["Test", ...], Field(min_length=1)]


Test = Annotated[
    Bound | Check | TitleTest | AllOf | AnyOf | NoneOf,
    one_of(measure=Bound, check=Check, title=TitleTest, all_of=AllOf, any_of=AnyOf, none_of=NoneOf),
]


class Band(Model):
    """From this value on (up to the next band), so many points."""

    from_: Number = Field(alias="from")
    points: Number


class Bands(Model):
    """Points by band; below the first band there are none."""

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]


class Steps(Model):
    """`points` at `from`, then `per_step` for each further `step`, at most `at_most`; below `from` none."""

    from_: Number = Field(alias="from")
    points: Number
    step: Annotated[Number, Field(gt=0)]
    per_step: Number
    at_most: Number
    whole_steps: Flag = True


class Stepped(Model):
    """A scale that rises by steps, or with `whole_steps: false` in proportion (rounded half up to 0.01)."""

    stepped: Steps


class Expert(Model):
    """Experts give up to so many points; their scores are combined and rounded half up to 0.01.

    `trimmed_mean` leaves out one highest and one lowest when there are at least three.
    """

    expert: Annotated[Number, Field(gt=0)]
    guidance: Text
    combine: Literal["mean", "median", "trimmed_mean"] = "mean"
    experts: Annotated[Whole, Field(ge=1)] = 1


Scale = Annotated[Bands | Stepped | Expert, one_of(bands=Bands, stepped=Stepped, expert=Expert)]


class Clause(Model):
    """One numbered sentence of the criteria: what it says, and the article it stands in."""

    id: Id
    says: Text
    basis: str | None = None


class Need(Clause):
    """A condition. Under `vetoes:` its test is a `none_of`: what must not be."""

    test: Test


class Scored(Clause):
    """A criterion that gives between 0 and `max` points; a deduction takes them."""

    max: Annotated[Number, Field(gt=0)]
    scale: Scale
    measure: Measure | None = None
    sign: Literal["score", "bonus", "deduction"] = "score"


def _money(value: Any) -> Money:
    if isinstance(value, Money):
        return value
    amount = as_number(value)
    if amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise PydanticCustomError("yuan", "must be an amount in yuan")
    return Money.yuan(amount)


Yuan = Annotated[Money, PlainValidator(_money), PlainSerializer(lambda fen: format(Decimal(int(fen)) / 100, "f"))]
"""Written in yuan, as documents do, with at most two decimals; held in fen."""


class MoneyClause(Clause):
    """What is paid: a fixed sum, so much a head (`each` × `per`) or a point; rounded down to the fen.

    A share of costs is `each: 0.5` of a fact in yuan. `not_with`: nothing is paid beside these funds; `less`: what these
    have paid is taken off, so that only the difference is topped up.
    """

    fixed: Yuan | None = None
    per: Measure | None = None
    each: Yuan | None = None
    per_point: Yuan | None = None
    every: Literal["once", "year"] = "once"
    at_most: Yuan | None = None
    min_score: Number | None = None
    not_with: tuple[str, ...] = ()
    less: tuple[str, ...] = ()

    @property
    def ceiling(self) -> Money | None:
        """The most that can be paid to one entry, where the clause bounds it."""
        return self.at_most if self.at_most is not None else self.fixed


Consequence = Literal["remind", "rectify", "revoke"]


class Duty(Clause):
    """What a holder must show after the award, how often, and what failing brings; `in_a_row: {2: revoke}`."""

    test: Test
    every: Literal["year", "half_year"]
    first_failure: Consequence = "rectify"
    in_a_row: dict[int, Consequence] = Field(default={})


class RoundRule(Model):
    """What is decided on a whole round: at most so many, or such a share, get a grade (or a seat).

    A share says what it is a share of (`share_of`: all that entered, or those that meet the criteria) and how it is
    rounded. `counted_with`: grades that use up the same room (A and B together at most 40 %). `per: region` counts
    within each region (名额分配); `order: recommended` takes the region's own order instead of the points.
    """

    grade: str
    at_most: Annotated[Whole, Field(ge=0)] | None = None
    share: Annotated[Number, Field(gt=0, le=1)] | None = None
    share_of: Literal["entered", "met"] | None = None
    rounding: Literal["down", "half_up"] | None = None
    counted_with: tuple[str, ...] = ()
    per: Literal["round", "region"] = "round"
    order: Literal["points", "recommended"] = "points"
    min_score: Number | None = None
    ties: Literal["all_in", "all_out", "leader_decides"]


for _model in (Relaxed, Bound, AllOf, AnyOf, NoneOf, Need, Duty):
    _model.model_rebuild()
