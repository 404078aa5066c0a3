"""Reference tables as definitions: published figures by place and year, such as the average wage of a trade."""

from typing import Literal, Self

from pydantic import Field, model_validator

from registry.base.i18n import Text
from registry.base.region import RegionCode
from registry.rules.facts import Reference, Row
from registry.rules.header import Header, Level
from registry.rules.model import Flag, Id, Model, Number, Whole


class ReferenceRow(Model):
    """One figure: where, for which year, how much, published where."""

    place: RegionCode
    year: Whole
    value: Number
    source: str


class Target(Model):
    """That a table holds what is aimed at, and what of the register it is compared with: the titles held, or a fact."""

    counts: Literal["titles", "fact"]
    kinds: list[Id] = Field(min_length=1)
    levels: list[Level] = []
    """Levels of the titles that count."""
    fact: Id | None = None
    first: Whole | None = None
    """The first year of its period."""
    last: Whole | None = None
    """The last one; without it the document names no end."""
    yearly: Flag = False
    """To be reached in each year anew: only what is new in the year counts."""

    @model_validator(mode="after")
    def _says_what_is_counted(self) -> Self:
        if (self.counts == "fact") != (self.fact is not None) or (self.counts == "titles") != bool(self.levels):
            raise ValueError("a target counts titles of some `levels`, or a `fact`")
        return self


class ReferenceTable(Header):
    """A table of figures. A criterion names it by id; the nearest place that has the year's figure counts.

    With `target` it holds no figures to judge by but what is aimed at, by place: no case is pinned to it.
    """

    unit: Text
    rows: list[ReferenceRow]
    target: Target | None = None

    def table(self) -> Reference:
        """As the evaluation reads it."""
        return Reference(self.id, self.title, tuple(Row(r.place, r.year, r.value, r.source) for r in self.rows))
