"""Another set on past cases: nothing is lost or gained without a clause, and the clauses named are the ones that did it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.rules.backtest import PASS_MARK, Comparison, Past, Side, compare, nearer
from registry.rules.clause import Need, Scored
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate, settle
from registry.rules.facts import Facts

from . import criteria_sets
from .criteria_sets import CONTEXT, observed

Numbers = dict[str, int]
NAMES = ("area", "jobs", "wage", "tenants", "trainees")
FACTS = {name: {"type": "count", "unit": "件", "label": name} for name in NAMES}


BARE = criteria_sets.only(facts=FACTS)


def only(
    eligible: Sequence[dict[str, Any]] = (), scored: Sequence[dict[str, Any]] = (), pass_mark: int | None = None
) -> CriteriaSet:
    """A set with nothing but this to judge by, on facts that are counted once."""
    return BARE.model_copy(
        update={
            "eligible": tuple(Need.model_validate(one) for one in eligible),
            "scored": tuple(Scored.model_validate(one) for one in scored),
            "pass_mark": None if pass_mark is None else Decimal(pass_mark),
        }
    )


def need(fact: str, least: int, id: str = "") -> dict[str, Any]:
    return {"id": id or fact, "says": fact, "test": {"measure": {"fact": fact}, "at_least": least}}


def points(fact: str, step: int, id: str = "") -> dict[str, Any]:
    """One point for each `step`, at most 100."""
    return {
        "id": id or f"{fact}_points",
        "says": fact,
        "max": 100,
        "measure": {"fact": fact},
        "scale": {"stepped": {"from": 0, "points": 0, "step": step, "per_step": 1, "at_most": 100}},
    }


def past(key: str, criteria: CriteriaSet, known: Numbers, group: str = "") -> Past:
    """A case decided by a set, of which so much was known."""
    facts = Facts([observed(fact, value) for fact, value in known.items()])
    return Past(key, criteria, settle(evaluate(criteria, facts, CONTEXT)), facts, CONTEXT, group)


def turns(comparison: Comparison) -> dict[str, str]:
    return {row.key: row.turn for row in comparison.rows}


def because(comparison: Comparison, key: str) -> dict[str, tuple[Side | None, Side | None]]:
    (row,) = [row for row in comparison.rows if row.key == key]
    return {cause.clause: (cause.before, cause.after) for cause in row.because}


def test_stricter_limit_is_named_with_what_was_known() -> None:
    old, new = only(eligible=[need("area", 100)]), only(eligible=[need("area", 120)])
    made = compare([past("a", old, {"area": 110}), past("b", old, {"area": 120}), past("c", old, {"area": 90})], new)
    assert turns(made) == {"a": "lost", "b": "same", "c": "same"}
    assert [row.key for row in made.rows] == ["a", "b", "c"]
    (cause,) = made.rows[0].because
    assert (cause.before, cause.after, cause.missing) == (Side("met"), Side("not_met"), False)
    assert "110 件 < 120" in cause.lines[0].text("en")
    assert made.counts["lost"] == 1 and made.counts["same"] == 2 and sum(made.counts.values()) == 3


def test_clause_that_is_gone_lets_in_whoever_failed_by_it_alone() -> None:
    old = only(eligible=[need("area", 100), need("jobs", 5, "heads")])
    new = only(eligible=[need("area", 100)])
    made = compare([past("a", old, {"area": 100, "jobs": 4}), past("b", old, {"area": 99, "jobs": 4})], new)
    assert turns(made) == {"a": "gained", "b": "reasons"}
    assert because(made, "a") == {"heads": (Side("not_met"), None)}


def test_what_nobody_was_asked_for_then_is_open_and_not_a_failure() -> None:
    old, new = only(eligible=[need("area", 100)]), only(eligible=[need("area", 100), need("wage", 5)])
    made = compare([past("a", old, {"area": 100}), past("b", old, {"area": 99})], new)
    assert turns(made) == {"a": "open", "b": "reasons"}
    (cause,) = made.rows[0].because
    assert cause.clause == "wage" and cause.missing and cause.before is None


def test_what_was_missing_at_the_decision_is_no_difference() -> None:
    set_ = only(eligible=[need("area", 100), need("wage", 5)])
    assert turns(compare([past("a", set_, {"area": 100})], set_)) == {"a": "same"}


def test_ranks_move_within_their_round_only() -> None:
    old, new = only(scored=[points("area", 1)]), only(scored=[points("area", 1), points("tenants", 1)])
    cases = [
        past("a", old, {"area": 50, "tenants": 0}, "2025"),
        past("b", old, {"area": 40, "tenants": 30}, "2025"),
        past("c", old, {"area": 10, "tenants": 0}, "2026"),
        past("d", old, {"area": 5, "tenants": 1}, "2026"),
    ]
    made = compare(cases, new)
    assert turns(made) == {"a": "moved", "b": "moved", "c": "same", "d": "points"}
    ranks = {row.key: (row.before.rank, row.after.rank) for row in made.rows}
    assert ranks == {"a": (1, 2), "b": (2, 1), "c": (1, 1), "d": (2, 2)}
    assert because(made, "b") == {"tenants_points": (None, Side("met", Decimal(30)))}


def test_mark_that_was_raised_is_the_reason_where_no_points_fell() -> None:
    old, new = only(scored=[points("area", 1)], pass_mark=40), only(scored=[points("area", 1)], pass_mark=50)
    made = compare([past("a", old, {"area": 45}), past("b", old, {"area": 60})], new)
    assert turns(made) == {"a": "lost", "b": "same"}
    assert because(made, "a") == {PASS_MARK: (Side("met", Decimal(40)), Side("not_met", Decimal(50)))}


def test_set_for_a_narrower_place_or_one_product_is_nearer() -> None:
    city = only()
    county, product = city.model_copy(update={"region": "320830"}), city.model_copy(update={"product": "rice"})
    assert nearer(county, city) and nearer(product, city) and nearer(county, product)
    assert not nearer(city, county) and not nearer(city, city)


LIMITS = st.dictionaries(st.sampled_from(["area", "jobs", "wage"]), st.integers(0, 4), max_size=3)
STEPS = st.dictionaries(st.sampled_from(["tenants", "trainees"]), st.integers(1, 3), max_size=2)
KNOWN = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 4))


@st.composite
def sets(draw: st.DrawFn) -> CriteriaSet:
    """Some conditions and some points, with or without a mark."""
    limits, steps = draw(LIMITS), draw(STEPS)
    return only(
        eligible=[need(fact, least) for fact, least in limits.items()],
        scored=[points(fact, step) for fact, step in steps.items()],
        pass_mark=draw(st.none() | st.integers(0, 4)) if steps else None,
    )


@settings(max_examples=50, deadline=None)
@given(sets(), st.lists(KNOWN, min_size=1, max_size=4))
def test_set_on_its_own_cases_changes_nothing(set_: CriteriaSet, known: list[Numbers]) -> None:
    made = compare([past(str(n), set_, one) for n, one in enumerate(known)], set_)
    assert set(turns(made).values()) == {"same"} and not any(row.because for row in made.rows)


@settings(max_examples=80, deadline=None)
@given(sets(), sets(), st.lists(KNOWN, min_size=1, max_size=4))
def test_clauses_named_are_those_that_did_it(old: CriteriaSet, new: CriteriaSet, known: list[Numbers]) -> None:
    """Put back as they were, they give the outcome that was; whoever is named neither lost nor gained keeps theirs."""
    cases = {str(n): past(str(n), old, one) for n, one in enumerate(known)}
    for row in compare(cases.values(), new).rows:
        one = cases[row.key]
        if row.turn in ("lost", "gained"):
            assert row.because
            back = put_back(old, new, {cause.clause for cause in row.because})
            assert settle(evaluate(back, one.facts, one.context)).decision == row.before.decision
        elif row.turn == "open":
            assert evaluate(new, one.facts, one.context).decision == "missing"
            assert all(cause.missing for cause in row.because)
        else:
            assert row.before.decision == row.after.decision


def put_back(old: CriteriaSet, new: CriteriaSet, named: set[str]) -> CriteriaSet:
    """The new set with the named clauses as the old one has them."""
    changed: dict[str, Any] = {
        section: (
            *(c for c in getattr(new, section) if c.id not in named),
            *(c for c in getattr(old, section) if c.id in named),
        )
        for section in ("eligible", "scored")
    }
    if PASS_MARK in named:  # a mark without anything that gives points would ask for nothing
        changed |= {"scored": changed["scored"] or old.scored, "pass_mark": old.pass_mark}
    return new.model_copy(update=changed)
