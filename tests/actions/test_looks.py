"""The last look at a case: what others did since, told once and not of oneself, with nothing on record."""

from datetime import timedelta

import pytest
from sqlmodel import select

from registry.actions import cases
from registry.actions.looks import happened, look
from registry.base.errors import NotFound
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.look import LastLook
from registry.store.record import count
from registry.testing import Kit, journey

pytestmark = pytest.mark.slow


def told(kit: Kit, login: str, id: str) -> dict[str, str]:
    """What the page says to somebody who opens it."""
    since = look(kit.registry, kit.who(login), id)
    with kit.registry.store.read(kit.who(login)) as session:
        said = happened(session, kit.who(login), session.get_one(Case, id), since)
    return {anchor: words.text("en") for anchor, words in said}


def test_a_look_tells_what_others_did_since_the_one_before(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    assert told(kit, "xuyi-officer", id) == {}, "nobody is told what was there at the first look"
    kit.clock.set(kit.clock.now() + timedelta(minutes=5))
    defects = ({"field": "area_mu", "words": "与统计表不符"},)
    kit.act("xuyi-officer", id, "return_for_correction", defects=defects)
    assert told(kit, "xuyi-reviewer", id) == {}
    assert told(kit, "xuyi-officer", id) == {}, "one's own step is no news"
    kit.clock.set(kit.clock.now() + timedelta(minutes=5))
    assert look(kit.registry, kit.who("xuyi-leader"), id) is None
    cases.save(kit.registry, kit.who("applicant"), id, {"area_mu": "724000"})
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="again")
    assert told(kit, "xuyi-officer", id) == {"steps": "1 step", "sent": "1 submission", "evaluation": "1 evaluation"}
    assert told(kit, "xuyi-officer", id) == {"steps": "1 step", "sent": "1 submission", "evaluation": "1 evaluation"}, (
        "the page loaded anew within a minute says the same"
    )
    kit.clock.set(kit.clock.now() + timedelta(minutes=2))
    assert told(kit, "xuyi-officer", id) == {}


def test_looking_is_nothing_for_the_record_and_a_minute_is_one_look(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    with kit.registry.store.read(SYSTEM) as session:
        before = count(session)
    for _ in range(3):
        look(kit.registry, kit.who("xuyi-officer"), id)
    with kit.registry.store.read(SYSTEM) as session:
        (row,) = session.exec(select(LastLook))
        assert count(session) == before and (row.before, row.version) == (None, kit.case(id).version)
    assert kit.health().fault is None


def test_a_case_of_others_and_a_draft_are_not_looked_at(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    for who, case in (("lianshui-officer", id), ("xuyi-officer", journey.drafted(kit, name="盱眙虚构丙种养员"))):
        with pytest.raises(NotFound):
            look(kit.registry, kit.who(who), case)
