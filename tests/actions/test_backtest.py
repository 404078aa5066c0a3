"""Decided cases judged by another set: with what was known then, by whoever may see them, and nothing is changed."""

from datetime import date
from decimal import Decimal

import pytest

from registry.actions import backtest, definitions, entries
from registry.actions.backtest import Backtest
from registry.base.errors import NotFound, Refused
from registry.host.check import Library
from registry.rules.clause import Bound, Need
from registry.rules.criteria import CriteriaSet
from registry.rules.permission import SYSTEM, Actor
from registry.store.entry import Entry
from registry.testing import Kit, journey

RICE, CITY_BRAND = "xuyi.rice_crayfish", "huaian.brand.city"
LESS = {"area_mu": "240000"}
"""Enough for the county's set, not for a stricter one."""


def published(kit: Kit, id: str) -> CriteriaSet:
    return backtest.published_set(kit.registry, id)


def stricter(criteria: CriteriaSet, clause: str, least: int) -> CriteriaSet:
    """The set with another limit in one condition, as its next version."""

    def changed(need: Need) -> Need:
        if need.id != clause or not isinstance(need.test, Bound):
            return need
        return need.model_copy(update={"test": need.test.model_copy(update={"at_least": Decimal(least)})})

    return criteria.model_copy(update={"version": 2, "eligible": tuple(changed(need) for need in criteria.eligible)})


def tried(kit: Kit, criteria: CriteriaSet, actor: Actor = SYSTEM, **when: date) -> Backtest:
    return backtest.backtest(kit.registry, actor, criteria, Library(definitions.all_packs(kit.registry)), **when)


def turns(made: Backtest) -> dict[str, str]:
    return {str(made.cases[row.key].name): row.turn for row in made.comparison.rows}


def test_set_in_force_changes_nothing_of_what_was_decided_by_it(kit: Kit) -> None:
    journey.city(kit)
    refused = journey.county(kit, "leader", name="示例面积不足（虚构）", answers=LESS)
    kit.act("xuyi-leader", refused, "refuse", reason="名额已满（示例）。", opinion="示例")
    for id, cases in ((RICE, 2), (CITY_BRAND, 1)):
        made = tried(kit, published(kit, id))
        assert len(made.cases) == cases and set(turns(made).values()) == {"same"}


def test_stricter_set_names_who_would_fail_and_by_which_clause(kit: Kit) -> None:
    journey.county(kit)
    journey.county(kit, name="示例面积较小（虚构）", answers=LESS)
    before = kit.health()
    made = tried(kit, stricter(published(kit, RICE), "area", 250000))
    assert turns(made) == {"示例面积较小（虚构）": "lost", "盱眙虾稻共生种养员（虚构）": "same"}
    (cause,) = made.comparison.rows[0].because
    assert cause.clause == "area" and any("240" in line.text("en") for line in cause.lines)
    assert made.to_json()["counts"]["lost"] == 1
    assert made.to_json()["cases"][0]["because"][0]["after"] == {"state": "not_met", "points": None}
    assert kit.health() == before


def test_only_what_was_known_at_the_decision_counts(kit: Kit) -> None:
    id = journey.county(kit)
    with kit.registry.store.system() as session:
        slug = session.get_one(Entry, kit.case(id).entry_id).slug
    kit.clock.set(date(2026, 4, 1))
    entries.observe(
        kit.registry,
        SYSTEM,
        entry=slug,
        fact="area_mu",
        value="1",
        period="2025",
        source="statistics",
        standing="verified",
    )
    assert set(turns(tried(kit, published(kit, RICE))).values()) == {"same"}


def test_cases_that_are_not_decided_are_no_past_cases(kit: Kit) -> None:
    journey.county(kit, "leader")
    made = tried(kit, published(kit, RICE))
    assert not made.cases and made.to_json()["cases"] == []


def test_days_of_the_decision_narrow(kit: Kit) -> None:
    journey.county(kit)
    today = date(2026, 3, 2)
    assert len(tried(kit, published(kit, RICE), since=today, until=today).cases) == 1
    assert not tried(kit, published(kit, RICE), since=date(2026, 3, 3)).cases
    assert not tried(kit, published(kit, RICE), until=date(2026, 3, 1)).cases


def test_case_that_a_nearer_set_judged_is_left_out_and_counted(kit: Kit) -> None:
    journey.county(kit)
    made = tried(kit, published(kit, "huaian.brand.county"))
    assert not made.cases and made.elsewhere == 1


def test_each_sees_the_cases_of_their_office_only(kit: Kit) -> None:
    journey.county(kit)
    criteria = published(kit, RICE)
    for login, cases in (("xuyi-officer", 1), ("city-reviewer", 1), ("lianshui-leader", 0)):
        assert len(tried(kit, criteria, kit.who(login)).cases) == cases, login
    with pytest.raises(Refused):
        tried(kit, criteria, kit.who("applicant"))


def test_sets_offered_are_those_that_bear_on_ones_own_cases(kit: Kit) -> None:
    sets, _ = backtest.offered(kit.registry, kit.who("xuyi-officer"))
    ids = {one.id for one in sets}
    assert {RICE, CITY_BRAND} <= ids and not {one for one in ids if one.startswith(("lianshui.", "suqian."))}
    sets, _ = backtest.offered(kit.registry, kit.who("city-officer"))
    assert {RICE, "lianshui.sewing_worker"} <= {one.id for one in sets}


def test_set_that_is_nowhere_is_not_found(kit: Kit) -> None:
    with pytest.raises(NotFound, match="xuyi.rice_crayfish@9"):
        backtest.published_set(kit.registry, RICE, 9)
