from datetime import date
from decimal import Decimal

from registry.base.i18n import Text
from registry.base.period import Period
from registry.rules.facts import Facts, Missing, Observed, Reference, Row
from tests.rules.criteria_sets import YEAR, observed

ROSTER = observed("heads", 5800, YEAR, "roster")
DECLARED = observed("heads", 6000, YEAR, "declared")
AREA = observed("area", 1)


def test_one_observation_is_taken_whatever_its_source() -> None:
    facts = Facts([DECLARED, AREA])
    assert (facts.pick("heads", YEAR), facts.pick("area", None)) == (DECLARED, AREA)


def test_another_fact_or_period_never_stands_in() -> None:
    facts = Facts([DECLARED])
    for fact, period in (("heads", None), ("heads", Period(2024)), ("heads", Period(2025, 1)), ("head", YEAR)):
        assert facts.pick(fact, period) == Missing("fact", fact, period)


def test_sources_are_accepted_in_their_order_and_no_others() -> None:
    facts = Facts([DECLARED, ROSTER])
    assert facts.pick("heads", YEAR, ("insurance", "roster", "declared"), "first") == ROSTER
    assert facts.pick("heads", YEAR, ("declared", "roster"), "first") == DECLARED
    assert facts.pick("heads", YEAR, ("declared",)) == DECLARED
    assert facts.pick("heads", YEAR, ("insurance",)) == Missing("fact", "heads", YEAR)
    assert Facts([DECLARED]).pick("heads", YEAR, ("roster",)) == Missing("fact", "heads", YEAR)


def test_a_disagreement_is_missing_or_the_lowest_counts_as_the_criterion_says() -> None:
    facts = Facts([DECLARED, ROSTER])
    assert facts.pick("heads", YEAR) == Missing("differ", "heads", YEAR, (DECLARED, ROSTER))
    assert facts.pick("heads", YEAR, (), "lowest") == ROSTER
    agreeing = observed("heads", 6000, YEAR, "roster")
    assert Facts([DECLARED, agreeing]).pick("heads", YEAR) == DECLARED


def test_of_one_source_the_newest_counts_and_of_the_same_day_the_one_given_first() -> None:
    old = observed("heads", 1, YEAR, "roster", as_of=date(2025, 1, 1))
    undated = observed("heads", 2, YEAR, "roster", as_of=None)
    same_day = observed("heads", 3, YEAR, "roster")
    assert Facts([undated, old, ROSTER, same_day]).pick("heads", YEAR) == ROSTER


def test_a_reference_gives_the_nearest_place_of_the_very_year() -> None:
    rows = (
        Row("320830", 2024, Decimal(1), "a"),
        Row("320800", 2025, Decimal(2), "b"),
        Row("320000", 2025, Decimal(3), "c"),
    )
    table = Reference("t", Text.model_validate("表"), rows)
    chain = ("320830", "320800", "320000")
    assert (table.look(chain, 2025), table.look(chain, 2024), table.look(chain, 2026)) == (rows[1], rows[0], None)


def test_observations_are_values_that_can_be_compared() -> None:
    assert observed("a", 1) == Observed("a", Decimal(1), None, "document", "documented", date(2026, 1, 10))
