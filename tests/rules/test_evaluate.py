import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.base.i18n import LANGUAGES
from registry.base.period import Period
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import Finding, Outcome, evaluate, settle
from registry.rules.facts import Facts, HeldTitle, Observed, Reference, Row
from tests.rules.criteria_sets import (
    BEFORE,
    CITY,
    CONTEXT,
    WAGE,
    YEAR,
    criteria,
    facts,
    observed,
    one_test,
    only,
)


def english(finding: Finding) -> list[str]:
    return [line.text("en") for line in finding.lines()]


def asked(outcome: Outcome) -> list[str]:
    return [m.text("en") for m in outcome.missing()]


def by_id(outcome: Outcome, id: str) -> Finding:
    return next(f for f in outcome.findings if f.id == id)


def state(test: dict[str, Any], given: Facts, **context: Any) -> str:
    return evaluate(one_test(test), given, replace(CONTEXT, **context)).decision


AT_LEAST_8000 = {"measure": {"fact": "area"}, "at_least": 8000}


def test_a_case_that_meets_everything_is_met_with_its_points() -> None:
    outcome = evaluate(criteria(), facts(), CONTEXT)
    assert {f.id: (f.section, f.state, f.points, f.max) for f in outcome.findings} == {
        "area": ("eligible", "met", None, None),
        "occupancy": ("eligible", "met", None, None),
        "wage": ("eligible", "met", None, None),
        "growth": ("eligible", "met", None, None),
        "heads": ("eligible", "met", None, None),
        "main": ("eligible", "met", None, None),
        "listed": ("eligible", "met", None, None),
        "no_arrears": ("veto", "met", None, None),
        "tenants": ("scored", "met", Decimal(10), Decimal(10)),
        "space": ("scored", "met", Decimal("8.5"), Decimal(10)),
        "plan": ("scored", "met", Decimal("15.50"), Decimal(20)),
    }
    assert (outcome.decision, outcome.total, asked(outcome)) == ("met", Decimal("34.0"), [])


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        (observed("area", "4999.99"), "area"),
        (observed("occupancy", "0.6999", BEFORE), "occupancy"),
        (observed("wage", "5499.99", YEAR), "wage"),
        (observed("jobs", 164, YEAR), "growth"),
        (observed("main", False), "main"),
        (observed("arrears", True), "no_arrears"),
    ],
)
def test_one_clause_below_its_line_is_not_met_and_named(changed: Observed, clause: str) -> None:
    outcome = evaluate(criteria(), facts(changed), CONTEXT)
    assert (outcome.decision, [f.id for f in outcome.findings if f.state == "not_met"]) == ("not_met", [clause])


def test_a_wage_of_exactly_the_share_is_met_for_every_average_and_a_cent_less_is_not() -> None:
    made = one_test({"measure": {"fact": "wage"}, "at_least": {"reference": "trade_wage", "times": "1.10"}})
    for average in range(1000, 20001):
        table = Reference("trade_wage", WAGE.title, (Row(CITY, 2025, Decimal(average), "x"),))
        exact = Decimal(average * 110) / 100
        for wage, decision in ((exact, "met"), (exact - Decimal("0.01"), "not_met")):
            given = Facts([Observed("wage", wage, YEAR)], [table])
            assert evaluate(made, given, CONTEXT).decision == decision, average


def test_a_quotient_that_has_no_end_is_still_compared_exactly() -> None:
    test = {"measure": {"fact": "jobs", "over": "tenants"}, "at_least": "0.333333333"}
    assert state(test, facts(observed("jobs", 1, YEAR), observed("tenants", 3, YEAR))) == "met"
    assert (
        state({**test, "at_least": "0.333333334"}, facts(observed("jobs", 1, YEAR), observed("tenants", 3, YEAR)))
        == "not_met"
    )


def test_nothing_is_divided_by_zero() -> None:
    made = one_test({"measure": {"fact": "jobs", "over": "tenants"}, "at_least": 4})
    outcome = evaluate(made, facts(observed("tenants", 0, YEAR)), CONTEXT)
    assert (outcome.decision, asked(outcome)) == ("missing", ["tenants 2025 is 0; nothing can be divided by it."])


def test_a_missing_year_is_asked_for_by_name_unless_the_other_already_decides() -> None:
    test = {"measure": {"fact": "occupancy", "window": {"last": 2}}, "at_least": "0.7"}
    known = [observed("occupancy", "0.8", YEAR)]
    outcome = evaluate(one_test(test), Facts(known), CONTEXT)
    assert (outcome.decision, asked(outcome)) == ("missing", ["occupancy 2024 is missing."])
    assert state(test, Facts([observed("occupancy", "0.6", YEAR)])) == "not_met"


@pytest.mark.parametrize(("how", "value"), [("average", 170), ("sum", 340), ("latest", 180)])
def test_windows_reckon_over_their_periods(how: str, value: int) -> None:
    measure = {"fact": "jobs", "window": {"last": 2, "how": how}}
    given = facts(observed("jobs", 160, BEFORE))
    assert state({"measure": measure, "at_least": value}, given) == "met"
    assert state({"measure": measure, "at_least": value + 1}, given) == "not_met"


def test_a_sum_of_quotients_divides_the_sums_and_an_average_averages_them() -> None:
    given = facts(
        observed("jobs", 10, YEAR),
        observed("jobs", 90, BEFORE),
        observed("tenants", 10, YEAR),
        observed("tenants", 10, BEFORE),
    )
    given_uneven = facts(
        observed("jobs", 10, YEAR),
        observed("jobs", 90, BEFORE),
        observed("tenants", 10, YEAR),
        observed("tenants", 30, BEFORE),
    )
    both: dict[str, Any] = {"fact": "jobs", "over": "tenants", "window": {"last": 2, "how": "sum"}}
    assert state({"measure": both, "at_least": 5}, given) == "met"
    assert state({"measure": both, "at_least": "2.51"}, given_uneven) == "not_met"
    averaged = {**both, "window": {"last": 2, "how": "average"}}
    assert (
        state({"measure": averaged, "at_least": 2}, given_uneven),
        state({"measure": averaged, "at_most": 2}, given_uneven),
    ) == ("met", "met")


def test_months_count_back_from_the_month_of_filing_over_the_turn_of_the_year() -> None:
    made = only(
        facts={"pay": {"type": "amount", "per": "month", "label": "月工资"}},
        eligible=[
            {
                "id": "it",
                "says": "它",
                "test": {
                    "measure": {"fact": "pay", "window": {"last": 3, "unit": "months", "how": "sum"}},
                    "at_least": 6,
                },
            }
        ],
    )
    months = [Period(2025, 12), Period(2026, 1), Period(2026, 2)]
    given = [observed("pay", n, month) for n, month in zip((1, 2, 3), months, strict=True)]
    assert evaluate(made, Facts(given), CONTEXT).decision == "met"
    assert asked(evaluate(made, Facts(given[1:]), CONTEXT)) == ["月工资 2025-12 is missing."]


def test_filing_in_january_asks_for_the_year_just_ended() -> None:
    outcome = evaluate(
        one_test({"measure": {"fact": "jobs"}, "at_least": 1}), Facts([]), replace(CONTEXT, filed_on=date(2026, 1, 1))
    )
    assert asked(outcome) == ["jobs 2025 is missing."]


def test_growth_over_the_year_of_the_award_needs_its_date() -> None:
    test = {"measure": {"growth": "jobs", "as": "ratio", "base": "award_year"}, "at_least": "0.2"}
    assert state(test, facts(), awarded_on=date(2024, 6, 1)) == "met"
    assert asked(evaluate(one_test(test), facts(), CONTEXT)) == ["The date of the award is missing."]


@pytest.mark.parametrize(
    ("area", "jobs", "decision"),
    [
        (8000, None, "met"),
        (5000, 180, "met"),
        (5000, 179, "not_met"),
        (5000, None, "missing"),
        (4999, None, "not_met"),
        (4999, 999, "not_met"),
    ],
)
def test_a_relaxation_counts_when_its_condition_does_and_never_blocks(
    area: int, jobs: int | None, decision: str
) -> None:
    changed = [observed("area", area), *([observed("jobs", jobs, YEAR)] if jobs is not None else [])]
    test = {
        **AT_LEAST_8000,
        "relaxed": [
            {"to": 7000, "why": "二", "when": {"check": "main"}},
            {"to": 5000, "why": "一", "when": {"measure": {"fact": "jobs", "over": "tenants"}, "at_least": 6}},
        ],
    }
    assert state(test, facts(*changed, observed("main", False), without=("jobs",))) == decision


def test_a_limit_by_class_or_level_takes_the_value_of_the_case() -> None:
    for by, context in (("level", {"level": "city"}), ("class", {"class_": "city"}), ("type", {"type": "city"})):
        test = {"measure": {"fact": "tenants"}, "at_least": {"by": by, "values": {"city": 30, "county": 40}}}
        other = dict.fromkeys(context, "county")
        assert (state(test, facts(), **context), state(test, facts(), **other)) == ("met", "not_met")
    nobody = evaluate(
        one_test({"measure": {"fact": "tenants"}, "at_least": {"by": "type", "values": {"a": 1}}}), facts(), CONTEXT
    )
    assert (nobody.decision, asked(nobody)) == ("missing", ["The criteria have no limit for this type."])


def test_a_reference_without_the_year_is_missing_and_the_nearest_place_counts() -> None:
    test = {"measure": {"fact": "wage"}, "at_least": {"reference": "trade_wage"}}
    old = Reference("trade_wage", WAGE.title, (Row(CITY, 2024, Decimal(1), "x"),))
    outcome = evaluate(one_test(test), facts(references=(old,)), CONTEXT)
    assert (outcome.decision, asked(outcome)) == ("missing", ["“行业平均工资” has no value for 320830 2025."])
    near = Reference("trade_wage", WAGE.title, (*WAGE.rows, Row("320830", 2025, Decimal(6000), "x")))
    assert state(test, facts(references=(near,))) == "not_met"


def test_a_check_needs_its_fact_and_its_evidence() -> None:
    test = {"check": "main", "evidence": ["licence", "lease"]}
    outcome = evaluate(one_test(test), facts(without=("main",)), CONTEXT)
    assert asked(outcome) == ["以孵化为主业 is missing.", "Evidence “lease” is missing."]
    assert state(test, facts(), evidence=frozenset({"licence", "lease"})) == "met"
    assert state(test, facts(observed("main", False))) == "not_met"


@pytest.mark.parametrize(
    ("wanted", "decision"),
    [
        ({}, "met"),
        ({"level": "county"}, "met"),
        ({"level": "city"}, "met"),
        ({"level": "province"}, "not_met"),
        ({"grades": ["A"]}, "met"),
        ({"grades": ["B"]}, "not_met"),
        ({"within_years": 2}, "met"),
        ({"within_years": 1}, "not_met"),
        ({"held": False}, "not_met"),
        ({"held": False, "level": "province"}, "met"),
        ({"title": "s.b"}, "met"),
        ({"title": "c"}, "not_met"),
    ],
)
def test_a_required_title_is_held_on_the_day_of_filing(wanted: dict[str, Any], decision: str) -> None:
    held = HeldTitle("s.b", "b", "city", date(2024, 3, 2), date(2027, 3, 1), "A")
    assert state({"title": "b", **wanted}, Facts([]), titles=(held,)) == decision


def test_a_title_that_has_ended_or_not_begun_is_not_held() -> None:
    for span in ((date(2020, 1, 1), date(2026, 3, 1)), (date(2026, 3, 3), None)):
        assert state({"title": "b"}, Facts([]), titles=(HeldTitle("s", "b", "city", *span),)) == "not_met"


def test_a_veto_with_a_missing_fact_stays_open_and_at_the_decision_counts_against() -> None:
    made = only(vetoes=[{"id": "v", "says": "无", "test": {"none_of": [{"check": "arrears"}, {"check": "main"}]}}])
    open_case = evaluate(made, Facts([observed("main", False)]), CONTEXT)
    assert (open_case.decision, asked(open_case)) == ("missing", ["wage arrears is missing."])
    settled = settle(open_case)
    assert (settled.decision, settled.findings[0].state, settled.settled) == ("not_met", "not_met", True)
    assert english(settled.findings[0])[-1] == "Not proved at the decision, so it counts as not met."
    assert evaluate(made, Facts([observed("main", True)]), CONTEXT).decision == "not_met"
    assert evaluate(made, Facts([observed("main", False), observed("arrears", False)]), CONTEXT).decision == "met"


def scored(scale: dict[str, Any], value: Any = None, **clause: Any) -> Finding:
    measure = {} if "expert" in scale else {"measure": {"fact": "area"}}
    made = only(scored=[{"id": "s", "says": "分", "max": 10, "scale": scale, **measure, **clause}])
    return evaluate(
        made,
        Facts([] if value is None else [observed("area", value)]),
        replace(CONTEXT, expert_scores={"s": tuple(map(Decimal, ("4", "7", "7.005", "9")))}),
    ).findings[0]


BANDS = {"bands": [{"from": 50, "points": 5}, {"from": 100, "points": 10}]}


@pytest.mark.parametrize(("value", "points"), [(0, 0), ("49.99", 0), (50, 5), ("99.99", 5), (100, 10), (10**9, 10)])
def test_bands_begin_at_their_edge(value: Any, points: int) -> None:
    assert scored(BANDS, value).points == points


@pytest.mark.parametrize(
    ("value", "whole", "points"),
    [
        (49, True, "0"),
        (50, True, "5"),
        ("50.9", True, "5"),
        (51, True, "5.1"),
        (100, True, "10"),
        (10**9, True, "10"),
        ("50.5", False, "5.05"),
        ("50.55", False, "5.06"),
    ],
)
def test_steps_rise_from_their_base_to_their_cap(value: Any, whole: bool, points: str) -> None:
    steps = {"from": 50, "points": 5, "step": 1, "per_step": "0.1", "at_most": 10, "whole_steps": whole}
    assert scored({"stepped": steps}, value).points == Decimal(points)


@pytest.mark.parametrize(("how", "points"), [("mean", "6.75"), ("median", "7.00"), ("trimmed_mean", "7.00")])
def test_experts_scores_are_combined_and_rounded_half_up(how: str, points: str) -> None:
    assert scored({"expert": 10, "guidance": "看", "combine": how}).points == Decimal(points)


def test_too_few_expert_scores_are_missing() -> None:
    finding = scored({"expert": 10, "guidance": "看", "experts": 5})
    assert (finding.state, finding.points, [m.text("en") for m in finding.missing()]) == (
        "missing",
        None,
        ["4 of 5 expert scores are in."],
    )


def test_a_deduction_takes_points_and_unproved_takes_them_all() -> None:
    assert scored(BANDS, 60, sign="deduction").points == -5
    gone = scored(BANDS, None, sign="deduction")
    assert (gone.points, gone.worst) == (None, -10)


@pytest.mark.parametrize(
    ("mark", "known", "decision", "total"),
    [
        (10, 100, "met", None),
        (11, 100, "missing", None),
        (16, 50, "not_met", None),
        (15, 50, "missing", None),
    ],
)
def test_the_mark_is_decided_as_soon_as_missing_points_cannot_change_it(
    mark: int,
    known: int,
    decision: str,
    total: Decimal | None,
) -> None:
    clauses = [
        {"id": "a", "says": "甲", "max": 10, "measure": {"fact": "area"}, "scale": BANDS},
        {"id": "b", "says": "乙", "max": 10, "measure": {"fact": "wage"}, "scale": BANDS},
    ]
    outcome = evaluate(only(scored=clauses, pass_mark=mark), Facts([observed("area", known)]), CONTEXT)
    assert (outcome.decision, outcome.total) == (decision, total)
    settled = settle(outcome)
    assert (settled.decision, settled.total) == ("met" if decision == "met" else "not_met", 10 if known == 100 else 5)


def test_lines_say_which_observation_from_where_against_which_line_gave_what() -> None:
    changed = observed("area", 6000, None, "document", ref="租赁合同")
    outcome = evaluate(criteria(), facts(changed), CONTEXT)
    assert english(by_id(outcome, "area")) == [
        "area: 6000 平方米 < 8000 平方米",
        "area: 6000 平方米 (document on file “租赁合同”, documented, as of 2026-01-10)",
        "A laxer limit applies (新型载体):",
        "area: 6000 平方米 ≥ 5000 平方米",
        "jobs ÷ tenants 2025: 6 (180 ÷ 30) ≥ 6",
        "jobs 2025: 180 人 (document on file, documented, as of 2026-01-10)",
        "tenants 2025: 30 户 (document on file, documented, as of 2026-01-10)",
    ]
    assert (
        english(by_id(outcome, "wage"))[0]
        == "月平均工资 2025: 5500 元 ≥ 5500 元 (110 % of “行业平均工资” 320800 2025: 5000, 统计年鉴)"
    )
    assert english(by_id(outcome, "occupancy"))[:2] == ["occupancy 2025: 70 % ≥ 70 %", "occupancy 2024: 72 % ≥ 70 %"]
    assert english(by_id(outcome, "growth"))[:2] == ["One of these is enough:", "growth of jobs 2025: 20 % ≥ 10 %"]
    assert english(by_id(outcome, "listed")) == ["Title “x.cultivation” (city level) is held since 2024-01-01."]
    assert english(by_id(outcome, "plan")) == ["Experts gave 10 · 15 · 16 · 20: 15.5 of 20 points"]
    assert english(by_id(outcome, "tenants"))[0] == "tenants 2025: 30 户, 10 of 10 points"


def test_names_of_the_context_are_used_for_what_is_known_by_id() -> None:
    names = {"licence": WAGE.title, CITY: WAGE.title, "x.cultivation": WAGE.title}
    outcome = evaluate(criteria(), facts(), replace(CONTEXT, names=names, evidence=frozenset()))
    assert asked(outcome) == ["Evidence “行业平均工资” is missing."]
    assert "行业平均工资 2025: 5000" in english(by_id(outcome, "wage"))[0]


def test_sources_that_differ_are_asked_about_with_both_values() -> None:
    outcome = evaluate(
        one_test(AT_LEAST_8000), Facts([observed("area", 9000), observed("area", 1, None, "declared")]), CONTEXT
    )
    assert asked(outcome) == [
        "area: sources differ; document on file, documented says 9000 平方米, declared by the applicant, "
        "documented says 1 平方米."
    ]


def test_a_value_that_is_no_number_is_asked_about_never_guessed() -> None:
    for value in ("many", True, Decimal("NaN")):
        outcome = evaluate(one_test(AT_LEAST_8000), Facts([Observed("area", value)]), CONTEXT)
        assert asked(outcome) == [f"area: “{value}” cannot be used here."]


def test_an_outcome_is_stored_as_ids_with_parameters_and_comes_back_the_same() -> None:
    for given_facts in (facts(), facts(without=("area", "arrears", "tenants"))):
        for outcome in (evaluate(criteria(), given_facts, CONTEXT), settle(evaluate(criteria(), given_facts, CONTEXT))):
            stored = json.loads(json.dumps(outcome.to_json()))
            back = Outcome.from_json(stored)
            assert back.to_json() == stored
            for lang in LANGUAGES:
                assert [m.text(lang) for m in back.missing()] == [m.text(lang) for m in outcome.missing()]
                assert [[m.text(lang) for m in f.lines()] for f in back.findings] == [
                    [m.text(lang) for m in f.lines()] for f in outcome.findings
                ]


def test_an_outcome_that_was_stored_can_still_be_settled() -> None:
    outcome = evaluate(criteria(), facts(without=("area",)), CONTEXT)
    assert settle(Outcome.from_json(outcome.to_json())).to_json() == settle(outcome).to_json()


# A verdict stays the same for every value that what is missing could take.

ENTRY, YEARLY, CHECKS = ("a", "b"), ("y", "z"), ("ok", "bad")
SLOTS = [*((f, None) for f in ENTRY), *((f, p) for f in YEARLY for p in (YEAR, BEFORE)), *((f, None) for f in CHECKS)]
FACTS = {
    **{f: {"type": "count", "label": f} for f in ENTRY},
    **{f: {"type": "count", "per": "year", "label": f} for f in YEARLY},
    **{f: {"type": "yes_no", "label": f} for f in CHECKS},
}
SMALL = st.integers(0, 4)


def measures() -> st.SearchStrategy[dict[str, Any]]:
    window = st.fixed_dictionaries(
        {"last": st.integers(1, 2), "how": st.sampled_from(["each", "average", "sum", "latest"])}
    )
    fact = st.sampled_from(ENTRY).map(lambda f: {"fact": f})
    yearly = st.builds(lambda f, w: {"fact": f, "window": w}, st.sampled_from(YEARLY), window)
    ratio = st.builds(lambda w: {"fact": "y", "over": "z", "window": w}, window)
    growth = st.sampled_from(["ratio", "amount"]).map(lambda how: {"growth": "y", "as": how})
    weighted = st.just({"weighted": [{"fact": "a"}, {"fact": "y", "times": 2}]})
    return st.one_of(fact, yearly, ratio, growth, weighted)


def bounds(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    def bound(measure: Any, side: str, limit: Any, relaxed: list[tuple[Any, int]]) -> dict[str, Any]:
        sign = -1 if side == "at_least" else 1
        laxer = [
            {"when": when, "to": (limit if isinstance(limit, int) else 2) + sign * by, "why": "w"}
            for when, by in relaxed
        ]
        return {"measure": measure, side: limit, "relaxed": laxer}

    limits = st.one_of(SMALL, SMALL, st.just({"reference": "table", "times": "1.5"}))
    return st.builds(
        bound,
        measures(),
        st.sampled_from(["at_least", "at_most"]),
        limits,
        st.lists(st.tuples(inner, st.integers(1, 2)), max_size=2),
    )


def any_test() -> st.SearchStrategy[dict[str, Any]]:
    checks = st.builds(
        lambda f, e: {"check": f, "evidence": e}, st.sampled_from(CHECKS), st.sampled_from([[], ["paper"]])
    )
    leaves = st.one_of(checks, bounds(checks))
    groups = st.sampled_from(["all_of", "any_of", "none_of"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            bounds(inner), st.builds(lambda key, some: {key: some}, groups, st.lists(inner, min_size=1, max_size=3))
        ),
        max_leaves=6,
    )


@st.composite
def sets(draw: st.DrawFn) -> CriteriaSet:
    steps = {"stepped": {"from": 1, "points": 1, "step": 1, "per_step": 1, "at_most": 3}}
    scale = st.sampled_from([{"bands": [{"from": 1, "points": 1}, {"from": 3, "points": 3}]}, steps])
    signs = draw(st.lists(st.sampled_from(["score", "bonus", "deduction"]), max_size=2))
    clauses = [
        {"id": f"s{i}", "says": "s", "max": 3, "sign": sign, "measure": draw(measures()), "scale": draw(scale)}
        for i, sign in enumerate(signs)
    ]
    if draw(st.booleans()):
        clauses.append({"id": "e", "says": "e", "max": 3, "scale": {"expert": 3, "guidance": "e"}})
    return only(
        facts=FACTS,
        references=["table"],
        scored=clauses,
        pass_mark=draw(st.integers(1, 4)) if clauses else None,
        eligible=[
            {"id": f"n{i}", "says": "n", "test": test} for i, test in enumerate(draw(st.lists(any_test(), max_size=2)))
        ],
    )


def values(fact: str) -> st.SearchStrategy[Any]:
    return st.booleans() if fact in CHECKS else SMALL


def world(
    draw: st.DrawFn, known: dict[Any, Any], evidence: bool, scores: tuple[Decimal, ...], table: int | None
) -> Any:
    rows = () if table is None else (Row(CITY, YEAR.year, Decimal(table), "x"),)
    reference = Reference("table", WAGE.title, rows)
    context = replace(
        CONTEXT, evidence=frozenset({"paper"} if evidence else ()), expert_scores={"e": scores} if scores else {}
    )
    return Facts([observed(f, v, p) for (f, p), v in known.items()], [reference]), context


@st.composite
def partial_and_full(draw: st.DrawFn) -> Any:
    """A case of which something is missing, and three ways in which it may turn out."""
    made = draw(sets())
    known = {slot: draw(values(slot[0])) for slot in SLOTS if draw(st.booleans())}
    evidence, table = draw(st.booleans()), draw(st.one_of(st.none(), SMALL))
    scores = draw(st.sampled_from([(), (Decimal(2),)]))
    fulls = []
    for _ in range(3):
        full = {slot: known[slot] if slot in known else draw(values(slot[0])) for slot in SLOTS}
        later = draw(st.integers(0, 3).map(Decimal))
        fulls.append(world(draw, full, True, scores or (later,), draw(SMALL) if table is None else table))
    return made, world(draw, known, evidence, scores, table), fulls


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(partial_and_full())
def test_a_verdict_stays_the_same_for_every_value_that_what_is_missing_could_take(case: Any) -> None:
    made, (known, context), fulls = case
    first = evaluate(made, known, context)
    for full, later in fulls:
        last = evaluate(made, full, later)
        if first.decision != "missing":
            assert last.decision == first.decision
        for before, after in zip(first.findings, last.findings, strict=True):
            if before.state != "missing":
                assert (after.state, after.points) == (before.state, before.points)
        if settle(first).decision == "met":
            assert last.decision == "met"


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(partial_and_full())
def test_what_is_missing_is_always_asked_for_and_nothing_else_is(case: Any) -> None:
    made, (known, context), _ = case
    outcome = evaluate(made, known, context)
    for finding in outcome.findings:
        assert bool(finding.missing()) == (finding.state == "missing")
        assert finding.lines()
    assert outcome.decision != "missing" or outcome.missing()
