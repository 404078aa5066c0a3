import json

import pytest

from registry.base.canonical import canonical
from registry.base.money import Money
from registry.rules.clause import Bound
from registry.rules.criteria import CriteriaSet, faults
from registry.rules.facts import FactDef
from registry.rules.yamlfile import read
from tests.rules.criteria_sets import EVERY_FORM, criteria

HERE = "▶"
"""Where a fault must be told, in a changed text; taken out before it is read."""


def told(text: str, known: dict[str, FactDef] | None = None) -> list[str]:
    """The faults of meaning of a set, in English."""
    return [fault.text("en") for fault in faults(None, read("set.yaml", text.encode()), known)]


def test_every_form_parses_and_has_no_fault() -> None:
    assert told(EVERY_FORM) == []
    assert [c.id for c in criteria().clauses()][:3] == ["area", "occupancy", "wage"]


def test_a_published_set_is_read_back_the_same_from_canonical_json() -> None:
    body = canonical(criteria())
    again = CriteriaSet.model_validate(json.loads(body))
    assert (again, canonical(again)) == (criteria(), body)


def test_a_set_knows_what_it_asks_for() -> None:
    made = criteria()
    assert (made.evidence(), made.most_points, made.in_force.to.year if made.in_force.to else 0) == (
        {"licence"},
        40,
        2030,
    )
    assert [m.ceiling for m in made.money] == [Money(20_000_000), Money(30_000_000)]
    assert made.money[1].each == Money(100_050)
    area, occupancy, wage = [clause.test for clause in made.eligible if isinstance(clause.test, Bound)]
    assert (area.laxest, occupancy.laxest, wage.laxest) == (5000, occupancy.at_least, None)


def test_facts_of_the_kind_may_be_measured_and_the_sets_own_words_stay() -> None:
    seats = FactDef.model_validate({"type": "count", "label": "工位"})
    assert told(EVERY_FORM.replace("{fact: area}", "{fact: seats}"), {"seats": seats}) == []
    joined = criteria().with_facts({"seats": seats, "area": seats})
    assert (joined.facts["seats"], joined.facts["area"]) == (seats, criteria().facts["area"])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{fact: area}", "{fact: ▶aera}", "Unknown fact “aera”. Did you mean “area”?"),
        ("over: tenants", "over: ▶tenant", "Unknown fact “tenant”. Did you mean “tenants”?"),
        ("check: main", "check: ▶mian", "Unknown fact “mian”. Did you mean “main”?"),
        (
            "{reference: trade_wage",
            "{reference: ▶trade_wages",
            "Unknown reference table “trade_wages”. Did you mean “trade_wage”?",
        ),
        ("{reference: trade_wage", "{reference: ▶gdp", "Unknown reference table “gdp”. List it under “references”."),
        ("check: main", "check: ▶jobs", "“jobs” is no yes/no fact and cannot be checked off."),
        ("{fact: wage}", "{fact: ▶main}", "“main” is no number and cannot be measured."),
        (
            "{growth: jobs, as: ratio}",
            "{growth: ▶area, as: ratio}",
            "“area” is not counted per year, so its growth is not known.",
        ),
        (
            "fact: occupancy\n        window: {",
            "fact: area\n        window: ▶{",
            "A window needs a fact that is counted per year or month.",
        ),
        (
            "{last: 2}",
            "▶{last: 2, unit: months}",
            "The window's unit is not that of the fact, which is counted per year.",
        ),
        (
            "measure: {fact: area}\n      at_least: 8000\n",
            "▶measure: {fact: area}\n",
            "Exactly one of “at_least” and “at_most” is needed.",
        ),
        (
            "measure: {fact: area}\n",
            "▶measure: {fact: area}\n      at_most: 9000\n",
            "Exactly one of “at_least” and “at_most” is needed.",
        ),
        ("to: 5000", "to: ▶8000", "This is not laxer than the limit it relaxes."),
        (
            "{county: 50, city: 100}",
            "▶{county: 50, province: 100}",
            "There is no value for “city”, which these criteria serve.",
        ),
        ("id: growth", "id: ▶wage", "The clause “wage” stands twice (first at line 41)."),
        (
            "{none_of: [{check: arrears}]}",
            "▶{check: arrears}",
            "A veto says what must not be. Write “none_of” with a list.",
        ),
        ("measure: {fact: tenants}\n    scale: ", "scale: ▶", "This scale needs a “measure”."),
        ("scale: {expert", "measure: ▶{fact: area}\n    scale: {expert", "Experts give points without a measure."),
        (
            "measure: {fact: tenants}\n",
            "measure: {fact: tenants, window: ▶{last: 2}}\n",
            "A scale needs one number; say how: average, sum or latest.",
        ),
        ("{from: 30, points: 10}", "{from: ▶10, points: 9}", "Bands must rise: 10 follows 10."),
        ("{from: 30, points: 10}", "{from: 30, points: ▶11}", "More points than the clause can give (10)."),
        ("{expert: 20", "{expert: ▶21", "More points than the clause can give (20)."),
        ("pass_mark: 24", "pass_mark: ▶41", "Nobody can reach 41: all criteria together give 40 points."),
        ("to: 2030-12-31", "to: ▶2020-12-31", "The end lies before the beginning."),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_place(old: str, new: str, fault: str) -> None:
    assert old in EVERY_FORM
    changed = EVERY_FORM.replace(old, new, 1)
    before = changed[: changed.index(HERE)].split("\n")
    assert told(changed.replace(HERE, "")) == [f"set.yaml:{len(before)}:{len(before[-1]) + 1}: {fault}"]


def test_names_are_checked_even_where_the_shape_is_wrong() -> None:
    broken = EVERY_FORM.replace("eligible:", "eligibel: 3\neligible:").replace("{fact: wage}", "{fact: wages, ovr: 3}")
    assert told(broken) == ["set.yaml:45:23: Unknown fact “wages”. Did you mean “wage”?"]


@pytest.mark.parametrize(
    "text", ["[]", "a", "eligible: 3\nvetoes: [1, {test: 3}]\nscored: [{scale: {x: [3]}}]\nfacts: []"]
)
def test_any_tree_at_all_can_be_checked(text: str) -> None:
    assert told(text) == []
