"""The bundled packs have no fault, and every criteria set judges its worked examples as its document would."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from registry.base.period import Period
from registry.base.region import is_within
from registry.host.check import Library, check, whole_workflow
from registry.host.packs import Pack
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import Outcome, evaluate, settle
from registry.rules.extension import Extension
from registry.rules.facts import Context, Facts, HeldTitle, Observed
from registry.rules.floors import FloorSet
from registry.rules.form import Form
from registry.rules.reference import ReferenceTable
from registry.rules.workflow import Workflow
from tests.bundled import PACKS
from tests.rules.test_proof_by_force import compared

LIBRARY = Library(PACKS)
FILED = date(2026, 3, 2)
LAST, BEFORE = Period(2025), Period(2024)
CLEAN = dict.fromkeys(("wage_arrears", "dishonest_listed", "safety_accident", "false_material", "contract_gap"), False)

CHEF: dict[str, Any] = {
    "practitioners": 20000,
    "skilled_workers": 12400,
    "trained_in_year": 1200,
    "monthly_wage": 6800,
    "employment_rate": "0.92",
    "own_name": True,
    **CLEAN,
}
RICE: dict[str, Any] = {
    "area_mu": 725000,
    "holders": 4265,
    "trained_in_year": 1260,
    "added_income_per_mu": 2600,
    "building_units": 4,
    "field_training_base": True,
    **CLEAN,
}
SEWING: dict[str, Any] = {
    "practitioners": 3600,
    "trained_in_year": 420,
    "firms": 36,
    "monthly_wage": 5100,
    "own_name": True,
    **CLEAN,
}
COUNTY: dict[str, Any] = {
    "practitioners": 820,
    "trained_in_year": 160,
    "monthly_wage": 4900,
    "building_units": 3,
    "own_name": True,
    **CLEAN,
}
CITY: dict[str, Any] = {
    "practitioners": 12800,
    "skilled_workers": 7100,
    "trained_in_year": 1260,
    "monthly_wage": 5600,
    "firms": 24,
    "own_name": True,
    "in_local_plan": True,
    **CLEAN,
}
PARK: dict[str, Any] = {
    "area": 2600,
    "tenants": 22,
    "jobs": 96,
    "new_tenants_in_year": 6,
    "guidance_staff": 2,
    "lease_secure": True,
    **CLEAN,
}
STREET: dict[str, Any] = {
    "tenants": 32,
    "new_founders": 21,
    "service_points": 1,
    "jobs": 118,
    "new_tenants_in_year": 8,
    "guidance_staff": 2,
    "lease_secure": True,
    **CLEAN,
}

EXAMPLES: list[tuple[str, dict[str, Any], dict[str, Any], str, str | None]] = [
    # criteria set, facts, what differs, decision, points
    ("huaian.brand.county", COUNTY, {}, "met", None),
    ("huaian.brand.county", COUNTY, {"practitioners": 499}, "not_met", None),
    ("huaian.brand.county", COUNTY, {"monthly_wage": 4819}, "not_met", None),
    ("huaian.brand.county", COUNTY, {"wage_arrears": True}, "not_met", None),
    ("huaian.brand.county", COUNTY, {"trained_in_year": None}, "missing", None),
    ("huaian.brand.city", CITY, {}, "met", "89.5"),
    ("huaian.brand.city", CITY, {"monthly_wage": 5301}, "not_met", "89.5"),
    ("huaian.brand.city", CITY, {"monthly_wage": 5302}, "met", "89.5"),
    (
        "huaian.brand.city",
        CITY,
        {"practitioners": 3100, "skilled_workers": 1600, "trained_in_year": 320, "firms": 6},
        "not_met",
        "60.5",
    ),
    ("huaian.brand.city", CITY, {"own_name": None}, "missing", "89.5"),
    ("huaian.park.county", PARK, {}, "met", None),
    ("huaian.park.county", PARK, {"area": 799}, "not_met", None),
    ("huaian.park.city", PARK, {}, "met", "75"),
    ("huaian.park.city", PARK, {"jobs": 76}, "not_met", "71"),
    ("huaian.street.county", STREET, {}, "met", None),
    ("huaian.street.county", STREET, {"service_points": 0}, "not_met", None),
    ("huaian.street.city", STREET, {}, "met", "77"),
    ("huaian.street.city", STREET, {"new_founders": 19}, "not_met", "77"),
    ("xuyi.crayfish_chef", CHEF, {}, "met", None),
    ("xuyi.crayfish_chef", CHEF, {"skilled_workers": 9999}, "not_met", None),
    ("xuyi.crayfish_chef", CHEF, {"monthly_wage": 5783}, "not_met", None),
    ("xuyi.rice_crayfish", RICE, {}, "met", "95.0"),
    ("xuyi.rice_crayfish", RICE, {"trained_in_year": 160}, "met", "95.0"),
    ("xuyi.rice_crayfish", RICE, {"trained_in_year": 160, "field_training_base": False}, "not_met", "95.0"),
    ("xuyi.rice_crayfish", RICE, {"area_mu": 120000, "holders": 1000, "added_income_per_mu": 1500}, "not_met", "48.0"),
    ("lianshui.sewing_worker", SEWING, {}, "met", None),
    ("lianshui.sewing_worker", SEWING, {"firms": 19}, "not_met", None),
]


def criteria(id: str) -> CriteriaSet:
    """A bundled criteria set with the facts of its kind."""
    made: CriteriaSet = next(d.model for d in LIBRARY.all(CriteriaSet) if d.model.id == id)
    return made.with_facts(LIBRARY.kinds[made.kind].facts)


def judged(set_: CriteriaSet, values: dict[str, Any], titles: tuple[HeldTitle, ...] = ()) -> Outcome:
    """The outcome for these values. Yearly facts hold for the last year; of the year before, a twentieth less."""
    seen = []
    for fact, value in values.items():
        definition = set_.facts.get(fact)
        if value is None or definition is None:
            continue
        worth = value if isinstance(value, bool) else Decimal(value)
        periods = [LAST, BEFORE] if definition.per == "year" else [None]
        seen += [
            Observed(
                fact, worth * Decimal("0.95") if period == BEFORE and not isinstance(worth, bool) else worth, period
            )
            for period in periods
        ]
    tables = [d.model.table() for d in LIBRARY.all(ReferenceTable)]
    context = Context(
        filed_on=FILED,
        level=set_.level,
        class_="skills",
        region_chain=("320830", "320800", "320000", "000000"),
        evidence=frozenset(set_.evidence()),
        titles=titles,
    )
    return evaluate(set_, Facts(seen, tables), context)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_pack_has_no_fault(pack: Pack) -> None:
    assert [fault.text("en") for fault in check(pack, LIBRARY)] == []
    assert pack.definitions


@pytest.mark.parametrize(("id", "facts", "changed", "decision", "points"), EXAMPLES)
def test_worked_examples(
    id: str, facts: dict[str, Any], changed: dict[str, Any], decision: str, points: str | None
) -> None:
    outcome = judged(criteria(id), facts | changed)
    assert (outcome.decision, outcome.total) == (decision, points and Decimal(points))


def test_every_criteria_set_has_an_example_that_is_met_and_one_that_is_not() -> None:
    for d in LIBRARY.all(CriteriaSet):
        here = {example[3] for example in EXAMPLES if example[0] == d.model.id}
        in_pack = {e.expect for pack in PACKS for e, _, _ in pack.examples if e.criteria == d.model.id}
        assert {"met", "not_met"} <= here | in_pack, d.model.id


def test_a_missing_veto_stays_open_until_the_decision() -> None:
    outcome = judged(criteria("huaian.brand.city"), CITY | {"wage_arrears": None})
    assert outcome.decision == "missing"
    assert settle(outcome).decision == "not_met"


def test_a_brand_that_holds_the_title_is_not_recognised_again() -> None:
    held = HeldTitle("huaian.brand.city", "labour_brand", "city", date(2025, 1, 1))
    assert judged(criteria("huaian.brand.city"), CITY, (held,)).decision == "not_met"


def test_xuyis_two_products_are_judged_by_different_facts() -> None:
    assert judged(criteria("xuyi.rice_crayfish"), CHEF).decision != "met"
    assert judged(criteria("xuyi.crayfish_chef"), RICE).decision != "met"


def test_no_pack_claims_to_be_official() -> None:
    for pack in PACKS:
        for d in pack.definitions:
            assert d.model.standing == "example"
            assert d.model.basis is None or d.model.basis.number is None


def test_xuyi_adds_its_field_check_before_the_review() -> None:
    extension = next(d.model for d in LIBRARY.all(Extension) if d.model.product == "rice_crayfish")
    workflow = whole_workflow(extension, LIBRARY)
    assert workflow.stages["acceptance"].outcomes["accept"].to == "field_check"
    assert workflow.stages["field_check"].outcomes["visited"].to == "review"


def test_forms_ask_for_what_the_criteria_measure() -> None:
    """Whoever fills in a form completely leaves nothing missing, before the county and before the city."""
    forms: list[Form] = [d.model for d in LIBRARY.all(Form)]
    for form in forms:
        asked = {field.writes.fact for field in form.fields() if field.writes.fact}
        files = {field.id for field in form.fields() if field.type == "file"}
        for c in LIBRARY.all(CriteriaSet):
            beside = is_within(form.region, c.model.region) or is_within(c.model.region, form.region)
            if beside and c.model.kind == form.kind and c.model.product in (None, form.product):
                own = (c.model.region, form.kind, form.product)
                if form.region != c.model.region and own in {(f.region, f.kind, f.product) for f in forms}:
                    continue  # the county has a form of its own for the same
                assert c.model.evidence() <= files, (form.id, c.model.id)
                assert needed(c.model) <= asked, (form.id, c.model.id)


def needed(set_: CriteriaSet) -> set[str]:
    """The facts that conditions, vetoes and points read."""
    from_tests = {fact for clause in (*set_.eligible, *set_.vetoes) for fact in _names(clause.test.model_dump())}
    return from_tests | {
        fact for clause in set_.scored if clause.measure for fact in _names(clause.measure.model_dump())
    }


def _names(tree: Any) -> set[str]:
    found = set()
    if isinstance(tree, dict):
        found |= {tree[key] for key in ("fact", "over", "growth", "check") if isinstance(tree.get(key), str)}
        for value in tree.values():
            found |= _names(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            found |= _names(value)
    return found


def test_city_workflows_are_whole() -> None:
    procedures = {d.model.procedure for d in LIBRARY.all(Workflow) if d.model.region == "320800"}
    assert procedures == {"recommend", "recognise", "revoke"}


def test_every_way_through_a_bundled_workflow_is_walked_and_none_is_unlawful() -> None:
    count: Counter[str] = Counter()
    floors = [parsed.model for parsed in LIBRARY.all(FloorSet)]
    for model_class in (Workflow, Extension):
        for parsed in LIBRARY.all(model_class):
            compared(whole_workflow(parsed.model, LIBRARY), floors, count)
    assert count["recognised"] and not count["refused"], count
