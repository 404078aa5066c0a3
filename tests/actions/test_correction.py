"""Correction: a second return that two officers agree to, the figures of it, and the last step taken back."""

from datetime import date

import pytest
from sqlmodel import select

from registry.actions import cases, returns, taking_back
from registry.actions.move import Given
from registry.actions.returns import Returns, returns_of
from registry.base.errors import BadInput, NotFound, Refused, Stale
from registry.rules.permission import SYSTEM
from registry.store.case import open_tasks, standing_steps, steps_of
from registry.store.returns import SecondReturn
from registry.store.title import Decision
from registry.testing import LIANSHUI, XUYI, Kit, add, journey
from registry.testing.journey import MEETING, OPINION

pytestmark = pytest.mark.slow

AREA = {"field": "area_mu", "words": "与统计表不符"}
HOLDERS = {"field": "holders", "words": "缺名册"}


@pytest.fixture
def again(kit: Kit) -> str:
    """A case that was returned for its area, came back corrected, and stands in the review; with two reviewers."""
    add(kit, "xuyi-reviewer2", "county_reviewer", XUYI, date(2026, 3, 2))
    id = journey.filed(kit)
    kit.act("xuyi-officer", id, "return_for_correction", defects=(AREA,))
    cases.save(kit.registry, kit.who("applicant"), id, {"area_mu": "700000"})
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="again")
    return journey.forward(kit, id, journey.STEPS, "review")


def propose(kit: Kit, id: str, *defects: dict[str, str], login: str = "xuyi-reviewer") -> None:
    given = Given(defects=defects)
    version = kit.case(id).version
    returns.propose(kit.registry, kit.who(login), id, "return_for_correction", version=version, given=given)


def agree(kit: Kit, id: str, login: str, key: str = "agreed") -> None:
    returns.agree(kit.registry, kit.who(login), id, key=key)


def counted(kit: Kit, region: str = XUYI, first: date = date(2026, 1, 1), last: date = date(2026, 12, 31)) -> Returns:
    with kit.registry.store.read(SYSTEM) as session:
        return returns_of(session, region, first, last)


def test_what_the_applicant_changed_since_is_returned_by_one_officer(kit: Kit, again: str) -> None:
    kit.act("xuyi-reviewer", again, "return_for_correction", defects=(AREA,))
    assert kit.case(again).stage == "draft"
    assert counted(kit) == Returns(first=1, again=1, late=0)
    with pytest.raises(Refused):
        propose(kit, again, AREA)


def test_what_could_have_been_said_before_needs_another_officer_of_the_same_office(kit: Kit, again: str) -> None:
    with pytest.raises(Refused, match="another officer must agree"):
        kit.act("xuyi-reviewer", again, "return_for_correction", defects=(AREA, HOLDERS))
    propose(kit, again, AREA, HOLDERS)
    propose(kit, again, AREA, HOLDERS)  # a double click
    assert kit.case(again).stage == "review"
    for login in ("xuyi-reviewer", "xuyi-officer"):
        with pytest.raises(Refused):
            agree(kit, again, login)
    with pytest.raises(NotFound):
        agree(kit, again, "lianshui-reviewer")
    agree(kit, again, "xuyi-reviewer2")
    agree(kit, again, "xuyi-reviewer2")
    case = kit.case(again)
    assert case.stage == "draft" and [d["field"] for d in case.defects] == ["area_mu", "holders"]
    with kit.registry.store.system() as session:
        row = session.exec(select(SecondReturn)).one()
        step = steps_of(session, again)[-1]
        assert row.confirmed_by == kit.who("xuyi-reviewer2").person and row.ended_at
        assert step.given["late"] == ["holders"] and step.given["proposed_by"] == kit.who("xuyi-reviewer").person
        assert step.defects == [AREA, HOLDERS]
    assert counted(kit) == Returns(first=1, again=1, late=1)
    assert counted(kit, LIANSHUI) == counted(kit, first=date(2026, 4, 1)) == Returns()
    assert kit.health().fault is None


def test_second_return_is_turned_down_with_a_reason_or_taken_back_by_who_proposed_it(kit: Kit, again: str) -> None:
    propose(kit, again, HOLDERS)
    with pytest.raises(Refused, match="proposed already"):
        propose(kit, again, HOLDERS, login="xuyi-reviewer2")
    with pytest.raises(BadInput):
        returns.turn_down(kit.registry, kit.who("xuyi-reviewer2"), again, reason=" ")
    with pytest.raises(Refused):
        returns.turn_down(kit.registry, kit.who("xuyi-officer"), again, reason="名册在附件三")
    returns.turn_down(kit.registry, kit.who("xuyi-reviewer2"), again, reason="名册在附件三")
    with pytest.raises(NotFound):
        agree(kit, again, "xuyi-reviewer2")
    propose(kit, again, HOLDERS)
    returns.turn_down(kit.registry, kit.who("xuyi-reviewer"), again, reason="")
    assert kit.case(again).stage == "review" and kit.health().fault is None


def test_proposal_is_over_when_the_case_moves_on(kit: Kit, again: str) -> None:
    propose(kit, again, HOLDERS)
    kit.act("xuyi-reviewer2", again, "recommend", opinion=OPINION)
    with pytest.raises(NotFound):
        agree(kit, again, "xuyi-reviewer2")


def take_back(kit: Kit, login: str, id: str, key: str = "", version: int | None = None) -> None:
    seen = kit.case(id).version if version is None else version
    taking_back.take_back(kit.registry, kit.who(login), id, version=seen, key=key)


def test_last_step_is_taken_back_by_who_took_it_and_the_case_goes_on_to_a_title(kit: Kit) -> None:
    id = journey.filed(kit)
    due = [t.due_on for t in tasks(kit, id)]
    kit.act("xuyi-officer", id, "accept")
    version = kit.case(id).version
    with pytest.raises(Refused):
        take_back(kit, "xuyi-reviewer", id)
    take_back(kit, "xuyi-officer", id, key="k", version=version)
    take_back(kit, "xuyi-officer", id, key="k", version=version)  # a double click
    assert kit.case(id).stage == "acceptance" and [t.due_on for t in tasks(kit, id)] == due
    with pytest.raises(Stale, match="Step taken back"):
        cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=version, key="late")
    with pytest.raises(Refused):
        take_back(kit, "xuyi-officer", id)
    with kit.registry.store.read(SYSTEM) as session:
        assert [s.act for s in steps_of(session, id)] == ["next", "next", "take_back"]
        assert [s.act for s in standing_steps(session, id)] == ["next"]
    journey.forward(kit, id, journey.STEPS, None)
    city = kit.child(id).id
    journey.forward(kit, city, journey.CITY_STEPS, "decision")
    kit.act("city-leader", city, "approve", **MEETING)
    take_back(kit, "city-leader", city)
    with kit.registry.store.read(SYSTEM) as session:
        assert [d.taken_back_at is None for d in session.exec(select(Decision).where(Decision.case_id == city))] == [
            False
        ]
    journey.forward(kit, city, journey.CITY_STEPS, None)
    assert kit.case(city).result == "recognised"
    assert kit.health().fault is None


def tasks(kit: Kit, id: str) -> list:  # type: ignore[type-arg]
    with kit.registry.store.read(SYSTEM) as session:
        return open_tasks(session, id)


def test_nothing_is_taken_back_that_somebody_outside_has_seen_or_on_another_day(kit: Kit) -> None:
    id = journey.county(kit, "leader")
    kit.act("xuyi-leader", id, "approve", opinion=OPINION)  # the city has it
    with pytest.raises(Refused):
        take_back(kit, "xuyi-leader", id)
    other = journey.county(kit, "leader", name="盱眙示例乙（虚构）")
    kit.clock.set(date(2026, 3, 3))
    with pytest.raises(Refused, match="only on the day"):
        take_back(kit, "xuyi-reviewer", other)
    city = journey.city(kit, "notice", name="盱眙示例丙（虚构）")
    with pytest.raises(Refused):
        take_back(kit, "city-leader", city)  # the notice is published
