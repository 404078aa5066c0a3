"""Reference tables as definitions: published figures by place and year, such as the average wage of a trade."""

from registry.base.i18n import Text
from registry.base.region import RegionCode
from registry.rules.facts import Reference, Row
from registry.rules.header import Header
from registry.rules.model import Model, Number, Whole


class ReferenceRow(Model):
    """One figure: where, for which year, how much, published where."""

    place: RegionCode
    year: Whole
    value: Number
    source: str


class ReferenceTable(Header):
    """A table of figures. A criterion names it by id; the nearest place that has the year's figure counts."""

    unit: Text
    rows: list[ReferenceRow]

    def table(self) -> Reference:
        """As the evaluation reads it."""
        return Reference(self.id, self.title, tuple(Row(r.place, r.year, r.value, r.source) for r in self.rows))
