"""Decided cases judged by another set: with what was known then, by whoever may see them, and nothing is changed."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from registry.actions import backtest, definitions, entries
from registry.actions.backtest import Backtest
from registry.base.errors import NotFound, Refused
from registry.host.check import Library
from registry.rules.clause import Bound, Need
from registry.rules.criteria import CriteriaSet
from registry.rules.permission import SYSTEM, Actor
from registry.store.entry import Entry
from registry.testing import Kit, journey

from ..conftest import Template, open_copy, throw_away

RICE, CITY_BRAND = "xuyi.rice_crayfish", "huaian.brand.city"
TODAY = date(2026, 3, 2)
LARGE, SMALL, REFUSED = "盱眙虾稻共生种养员（虚构）", "示例面积较小（虚构）", "示例面积不足（虚构）"
Tried = Callable[..., Backtest]
LESS = {"area_mu": "240000"}
"""Enough for the county's set, not for a stricter one."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kit(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Three cases of Xuyi decided on one day, one that waits for its leader, and the city's case of the first."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("decided") / "registry", TODAY)
    journey.county(kit, "leader", name="示例未定（虚构）")
    journey.county(kit, name=SMALL, answers=LESS)
    refused = journey.county(kit, "leader", name=REFUSED, answers=LESS)
    kit.act("xuyi-leader", refused, "refuse", reason="名额已满（示例）。", opinion="示例")
    journey.city(kit, name=LARGE)
    yield kit
    throw_away(kit)


@pytest.fixture(scope="module")
def library(kit: Kit) -> Library:
    """The packs at hand, read once."""
    return Library(definitions.all_packs(kit.registry))


@pytest.fixture
def tried(kit: Kit, library: Library) -> Tried:
    """What a set makes of the cases, as somebody sees them."""

    def compared(criteria: CriteriaSet, actor: Actor = SYSTEM, **when: date) -> Backtest:
        return backtest.backtest(kit.registry, actor, criteria, library, **when)

    return compared


def published(kit: Kit, id: str) -> CriteriaSet:
    return backtest.published_set(kit.registry, id)


def stricter(criteria: CriteriaSet, clause: str, least: int) -> CriteriaSet:
    """The set with another limit in one condition, as its next version."""

    def changed(need: Need) -> Need:
        if need.id != clause or not isinstance(need.test, Bound):
            return need
        return need.model_copy(update={"test": need.test.model_copy(update={"at_least": Decimal(least)})})

    return criteria.model_copy(update={"version": 2, "eligible": tuple(changed(need) for need in criteria.eligible)})


def turns(made: Backtest) -> dict[str, str]:
    return {str(made.cases[row.key].name): row.turn for row in made.comparison.rows}


def test_set_in_force_changes_nothing_of_what_was_decided_by_it(kit: Kit, tried: Tried) -> None:
    for id, cases in ((RICE, {LARGE, SMALL, REFUSED}), (CITY_BRAND, {LARGE})):
        made = tried(published(kit, id))
        assert turns(made) == dict.fromkeys(cases, "same"), "and the one that is not decided is no past case"


def test_stricter_set_names_who_would_fail_and_by_which_clause(kit: Kit, tried: Tried) -> None:
    before = kit.health()
    made = tried(stricter(published(kit, RICE), "area", 250000))
    assert turns(made) == {SMALL: "lost", REFUSED: "lost", LARGE: "same"}
    for row in made.comparison.rows[:2]:
        (cause,) = row.because
        assert cause.clause == "area" and any("240" in line.text("en") for line in cause.lines)
    assert made.to_json()["counts"]["lost"] == 2
    assert made.to_json()["cases"][0]["because"][0]["after"] == {"state": "not_met", "points": None}
    assert kit.health() == before


def test_only_what_was_known_at_the_decision_counts(kit: Kit, tried: Tried) -> None:
    with kit.registry.store.system() as session:
        growers = session.exec(select(Entry).where(Entry.product == "rice_crayfish")).all()
    kit.clock.set(date(2026, 5, 4))
    for entry in growers:
        entries.observe(
            kit.registry,
            SYSTEM,
            entry=entry.slug,
            fact="area_mu",
            value="1",
            period="2025",
            source="statistics",
            standing="verified",
        )
    assert set(turns(tried(published(kit, RICE))).values()) == {"same"}


def test_days_of_the_decision_narrow(kit: Kit, tried: Tried) -> None:
    criteria = published(kit, RICE)
    assert len(tried(criteria, since=TODAY, until=TODAY).cases) == 3
    assert not tried(criteria, since=TODAY + timedelta(days=1)).cases
    assert not tried(criteria, until=TODAY - timedelta(days=1)).cases


def test_case_that_a_nearer_set_judged_is_left_out_and_counted(kit: Kit, tried: Tried) -> None:
    made = tried(published(kit, "huaian.brand.county"))
    assert not made.cases and made.elsewhere == 3 and made.to_json()["cases"] == []


def test_each_sees_the_cases_of_their_office_only(kit: Kit, tried: Tried) -> None:
    criteria = published(kit, RICE)
    for login, cases in (("xuyi-officer", 3), ("city-reviewer", 3), ("lianshui-leader", 0)):
        assert len(tried(criteria, kit.who(login)).cases) == cases, login
    with pytest.raises(Refused):
        tried(criteria, kit.who("applicant"))


def test_sets_offered_are_those_that_bear_on_ones_own_cases(kit: Kit) -> None:
    sets, _ = backtest.offered(kit.registry, kit.who("xuyi-officer"))
    ids = {one.id for one in sets}
    assert {RICE, CITY_BRAND} <= ids and not {one for one in ids if one.startswith(("lianshui.", "suqian."))}
    sets, _ = backtest.offered(kit.registry, kit.who("city-officer"))
    assert {RICE, "lianshui.sewing_worker"} <= {one.id for one in sets}


def test_set_that_is_nowhere_is_not_found(kit: Kit) -> None:
    with pytest.raises(NotFound, match="xuyi.rice_crayfish@9"):
        backtest.published_set(kit.registry, RICE, 9)
