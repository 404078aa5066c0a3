"""A round compares entries: who is ranked where, who gets a grade of which there are only so many, and who decides a tie."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.base.errors import BadInput
from registry.base.i18n import LANGUAGES
from registry.rules import crossref
from registry.rules.facts import Facts
from registry.rules.round import Entrant, RoundOutcome, Seating, decide, seat
from registry.rules.yamlfile import read

from .criteria_sets import CONTEXT, EVERY_FORM, observed, only

SCALE = {
    "id": "area",
    "says": "面积",
    "max": 1000,
    "measure": {"fact": "area"},
    "scale": {"stepped": {"from": 0, "points": 0, "step": 1, "per_step": 1, "at_most": 1000}},
}


def entrant(key: str, points: int | None, region: str = "320830", recommended: int | None = None) -> Entrant:
    """An entry that gets so many points; None: what is asked for is not known."""
    facts = Facts([observed("area", points)] if points is not None else [])
    return Entrant(key, facts, replace(CONTEXT, region_chain=(region, "320800")), recommended)


def held(points: dict[str, int | None], *rules: dict[str, Any], **chosen: set[str]) -> RoundOutcome:
    """A round of these entries; below 10 points the criteria are not met."""
    criteria = only(scored=[SCALE], pass_mark=10, round=list(rules))
    return decide(criteria, [entrant(k, p) for k, p in points.items()], {k: frozenset(v) for k, v in chosen.items()})


def grade(name: str = "A", ties: str = "leader_decides", **more: Any) -> dict[str, Any]:
    return {"grade": name, "ties": ties, **more}


def graded(outcome: RoundOutcome) -> dict[str, str]:
    return {p.entrant.key: p.grade for p in outcome.places if p.grade}


def test_equals_share_a_rank_and_who_does_not_meet_the_criteria_has_none() -> None:
    outcome = held({"d": 9, "b": 50, "c": 50, "a": 90, "e": 40, "f": None})
    assert [(p.entrant.key, p.rank) for p in outcome.places] == [
        ("a", 1),
        ("b", 2),
        ("c", 2),
        ("e", 4),
        ("d", None),
        ("f", None),
    ]


@pytest.mark.parametrize(
    ("rounding", "of", "n"),
    [("down", "met", 1), ("half_up", "met", 2), ("down", "entered", 2), ("half_up", "entered", 2)],
)
def test_share_is_rounded_and_counted_as_the_set_says(rounding: str, of: str, n: int) -> None:
    points: dict[str, int | None] = {"a": 90, "b": 80, "c": 70, "d": 60, "e": 50, "f": 5, "g": 5}
    outcome = held(points, grade(share=Decimal("0.3"), share_of=of, rounding=rounding))
    assert outcome.graded("A") == ["a", "b"][:n]


@pytest.mark.parametrize(("ties", "given"), [("all_in", ["a", "b", "c"]), ("all_out", ["a"])])
def test_tie_at_the_edge_goes_in_or_out_together(ties: str, given: list[str]) -> None:
    outcome = held({"a": 90, "b": 80, "c": 80, "d": 70}, grade(ties=ties, at_most=2))
    assert outcome.graded("A") == given and not outcome.ties


def test_nobody_behind_a_tie_that_is_left_out_moves_up() -> None:
    assert held({"a": 90, "b": 90, "c": 20}, grade(ties="all_out", at_most=1)).graded("A") == []


def test_leader_decides_a_tie_and_until_then_what_comes_after_waits() -> None:
    points: dict[str, int | None] = {"a": 90, "b": 80, "c": 80, "d": 70}
    rules = (grade(at_most=2), grade("B", at_most=1))
    outcome = held(points, *rules)
    assert graded(outcome) == {"a": "A"}
    assert [(t.grade, set(t.keys), t.room) for t in outcome.ties] == [("A", {"b", "c"}, 1)]
    assert {p.entrant.key: p.open for p in outcome.places} == {"a": None, "b": "A", "c": "A", "d": "B"}
    assert graded(held(points, *rules, A={"c"})) == {"a": "A", "c": "A", "b": "B"}
    with pytest.raises(BadInput, match="exactly 1"):
        held(points, *rules, A={"b", "c"})
    with pytest.raises(BadInput, match="no tie"):
        held(points, *rules, A={"d"})
    with pytest.raises(BadInput, match="“C”"):
        held(points, *rules, C={"b"})


def test_two_grades_use_up_one_room() -> None:
    points: dict[str, int | None] = {k: 100 - n for n, k in enumerate("abcdefghij")}
    rules = (
        grade("A", share=Decimal("0.2"), share_of="met", rounding="down"),
        grade("B", share=Decimal("0.4"), share_of="met", rounding="down", counted_with=["A"]),
    )
    assert graded(held(points, *rules)) == {"a": "A", "b": "A", "c": "B", "d": "B"}


def test_grade_can_ask_for_points_besides_room() -> None:
    assert held({"a": 90, "b": 80}, grade(at_most=5, min_score=85)).graded("A") == ["a"]


def test_seats_of_a_region_go_by_its_own_order() -> None:
    rule = grade("recommended", at_most=1, per="region", order="recommended")
    entrants = [entrant("x", 90, "320830", 2), entrant("y", 20, "320830", 1), entrant("z", 30, "320826", 1)]
    outcome = decide(only(scored=[SCALE], pass_mark=10, round=[rule]), entrants)
    assert set(outcome.graded("recommended")) == {"y", "z"}


def test_each_line_reads_in_three_languages() -> None:
    outcome = held({"a": 90, "b": 80, "c": 80}, grade(at_most=1), grade("B", at_most=1))
    lines = [line for p in outcome.places for line in p.lines]
    assert len(lines) == 5 and all(len({line.text(lang) for lang in LANGUAGES}) > 1 for line in lines)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 30), max_size=12),
    st.integers(0, 6),
    st.integers(0, 6),
    st.sampled_from(["all_in", "all_out", "leader_decides"]),
)
@pytest.mark.slow
def test_nobody_is_passed_over_by_who_has_fewer_points(points: list[int], a: int, b: int, ties: str) -> None:
    rules = (grade("A", ties, at_most=a), grade("B", ties, at_most=a + b, counted_with=["A"]))
    outcome = held({f"{n:02}": p for n, p in enumerate(points)}, *rules)
    order = {"A": 0, "B": 1, None: 2}
    for one in outcome.places:
        for other in outcome.places:
            if one.rank and other.rank and not one.open and one.points > other.points:
                assert order[one.grade] <= order[other.grade]
        assert one.rank or not one.grade
    if ties != "all_in":
        assert len(outcome.graded("A")) <= a and len(graded(outcome)) <= a + b
    assert [(p.entrant.key, p.grade) for p in outcome.places] == [
        (p.entrant.key, p.grade) for p in held({f"{n:02}": p for n, p in enumerate(points)}, *rules).places
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{grade: 优, ties: all_in}", "how many"),
        ("{grade: 优, share: 0.2, ties: all_in}", "share of"),
        ("{grade: 优, at_most: 2, counted_with: [良], ties: all_in}", "no grade"),
    ],
)
def test_what_a_round_leaves_unsaid_is_told(written: str, told: str) -> None:
    text = EVERY_FORM[: EVERY_FORM.index("round:")] + f"round:\n  - {written}\n"
    (fault,) = crossref.faults(None, read("set.yaml", text.encode()))
    assert told in fault.text("en") and fault.line == text.count("\n")


def seated(
    points: dict[str, int | None],
    seats: dict[str, int] | None,
    *,
    by: str = "points",
    ties: str = "leader_decides",
    **more: Any,
) -> Seating:
    """The seats of a round of Xuyi's; an upper-case name is Lianshui's. `order`: places in the county's own order."""
    order = more.pop("order", {})
    entrants = [entrant(k, p, "320826" if k.isupper() else "320830", order.get(k)) for k, p in points.items()]
    places = decide(only(scored=[SCALE], pass_mark=10), entrants).places
    return seat(places, seats, by=by, ties=ties, **more)


XUYI, LIANSHUI = "320830", "320826"


def test_each_region_has_its_own_seats_and_its_own_reserve() -> None:
    points: dict[str, int | None] = {"a": 90, "b": 80, "c": 70, "A": 30, "B": 20, "d": 5}
    got = seated(points, {XUYI: 2, LIANSHUI: 1})
    assert got.taken == {"a", "b", "A"} and got.reserve == {"B": 1, "c": 1} and not got.ties
    assert seated(points, {XUYI: 2}).taken == {"a", "b"}
    assert seated(points, None).taken == {"a", "b", "c", "A", "B"}


def test_seats_go_by_the_countys_order_where_the_round_says_so_and_without_a_place_one_is_last() -> None:
    points: dict[str, int | None] = {"a": 90, "b": 80, "c": 70}
    got = seated(points, {XUYI: 2}, by="recommended", order={"c": 1, "b": 2})
    assert got.taken == {"c", "b"} and got.reserve == {"a": 1}
    assert [line.text("en") for line in got.lines["a"]] == [
        "The county has not said where it stands in its order; 2 seats."
    ]


def test_equals_at_the_edge_wait_for_the_leader_or_stay_out_and_a_choice_fills_the_room() -> None:
    points: dict[str, int | None] = {"a": 90, "b": 80, "c": 80, "d": 70}
    got = seated(points, {XUYI: 2})
    assert got.taken == {"a"} and [(set(t.keys), t.room) for t in got.ties] == [({"b", "c"}, 1)]
    chosen = seated(points, {XUYI: 2}, chosen=frozenset("c"))
    assert chosen.taken == {"a", "c"} and chosen.reserve == {"b": 1, "d": 2} and not chosen.ties
    assert seated(points, {XUYI: 2}, ties="all_out").taken == {"a"}
    for wrong in ("d", "bc"):
        with pytest.raises(BadInput, match="exactly 1|no tie"):
            seated(points, {XUYI: 2}, chosen=frozenset(wrong))


def test_equals_share_a_place_on_the_reserve_list() -> None:
    got = seated({"a": 90, "b": 70, "c": 70, "d": 60, "A": 50}, {XUYI: 1})
    assert got.reserve == {"b": 1, "c": 1, "d": 3, "A": 1}


@given(st.lists(st.integers(0, 12), max_size=7), st.integers(0, 7))
def test_there_are_never_more_seats_taken_than_there_are_and_none_stays_empty_without_a_tie(
    points: list[int], room: int
) -> None:
    got = seated({f"{n:02}": p for n, p in enumerate(points)}, {XUYI: room})
    fit = sum(p >= 10 for p in points)
    waiting = sum(tie.room for tie in got.ties)
    assert len(got.taken) + waiting == min(room, fit)
    assert len(got.taken) + len(got.reserve) == fit
