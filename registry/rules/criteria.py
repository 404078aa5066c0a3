"""The criteria set: by what something is judged, on which document's authority, and since when."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from registry.rules.clause import Check, Clause, Duty, MoneyClause, Need, RoundRule, Scored
from registry.rules.crossref import faults
from registry.rules.facts import FactDef
from registry.rules.header import Basis, Header, Level, Procedure
from registry.rules.model import Id, Number, Whole, nodes

__all__ = ["CriteriaSet", "faults"]


class CriteriaSet(Header):
    """Conditions, vetoes and scored criteria for a kind (and product, and class) at a level in a region."""

    basis: Basis
    kind: str
    product: str | None = None
    class_: str | None = Field(default=None, alias="class")
    level: Level
    procedure: Procedure | None = None
    """Only for this procedure, such as a yearly re-evaluation; without it for all of them."""
    facts: dict[Id, FactDef]
    references: tuple[str, ...] = ()
    eligible: tuple[Need, ...] = ()
    vetoes: tuple[Need, ...] = ()
    scored: tuple[Scored, ...] = ()
    pass_mark: Number | None = None
    valid_years: Annotated[Whole, Field(ge=1)] | None = None
    duties: tuple[Duty, ...] = ()
    money: tuple[MoneyClause, ...] = ()
    round: tuple[RoundRule, ...] = ()

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    def clauses(self) -> tuple[Clause, ...]:
        """Every clause, in the order of the set."""
        return (*self.eligible, *self.vetoes, *self.scored, *self.duties, *self.money)

    def evidence(self) -> frozenset[str]:
        """The evidence its checks ask for, by id."""
        return frozenset(name for node in nodes(self) if isinstance(node, Check) for name in node.evidence)

    def with_facts(self, known: Mapping[str, FactDef]) -> "CriteriaSet":
        """The set with facts of its kind added; what the set itself says of a fact stays."""
        return self.model_copy(update={"facts": {**known, **self.facts}})

    @property
    def most_points(self) -> Decimal:
        """The most points anybody can reach."""
        return sum((c.max for c in self.scored if c.sign != "deduction"), Decimal())
