"""A round: called by two people, ordered by the county, prepared in private, released together, with a reserve."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from registry.actions import cases, notices, round_decision, rounds, staffing
from registry.actions.round_standing import fingerprint, foresee, next_in_line, standings
from registry.actions.rounds import Call
from registry.base.errors import BadInput, NotFound, Refused, Stale
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.definition import Definition
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem
from registry.store.people import Appointment
from registry.store.round import Round, RoundEntrant
from registry.store.title import Title
from registry.testing import CITY, LIANSHUI, XUYI, Kit, add, journey

pytestmark = pytest.mark.slow
OPENS, CLOSES = date(2026, 3, 2), date(2026, 3, 20)
CALL = Call(
    title=Text.model_validate({"zh-Hans": "2026年第一批市级劳务品牌", "en": "First round of city labour brands 2026"}),
    kinds=("labour_brand",),
    opens_on=OPENS,
    closes_on=CLOSES,
    document="淮人社示例〔2026〕2号",
    document_date=date(2026, 2, 27),
    words={"contact": Text.model_validate("市人社局就业科（示例）")},
    seats={(XUYI, "labour_brand"): 2, (LIANSHUI, "labour_brand"): 1},
)
MEETING = {"meeting": "局长办公会（示例）", "minutes": "会纪〔2026〕5号"}
FIRMS = {"甲": "24", "乙": "20", "丙": "16"}
"""The more firms in the chain, the more points."""


def called(kit: Kit, call: Call = CALL) -> str:
    number = rounds.draft(kit.registry, kit.who("city-officer"), CITY, call)
    rounds.call_round(kit.registry, kit.who("city-leader"), number)
    return number


def at_decision(kit: Kit, name: str, **answers: str) -> str:
    """A case of the round that waits for the city's decision; returns the county's own case."""
    id = journey.county(kit, name=f"盱眙虚构{name}种养员", answers=answers)
    journey.forward(kit, kit.child(id).id, journey.CITY_STEPS, "decision")
    return id


@pytest.fixture
def number(kit: Kit) -> str:
    return called(kit)


@pytest.fixture
def three(kit: Kit, number: str) -> dict[str, str]:
    """Three cases of Xuyi's that wait for the decision; the round has closed."""
    made = {name: at_decision(kit, name, firms=n) for name, n in FIRMS.items()}
    kit.clock.set(CLOSES + timedelta(days=1))
    return made


def results(kit: Kit, number: str) -> dict[str, tuple[str | None, int | None]]:
    """Name → (result, place on the reserve list)."""
    with kit.registry.store.read(kit.who("city-leader")) as session:
        found = standings(session, rounds.by_number(session, number))
        return {s.entry.text.zh_hans[4]: (s.entrant.result, s.entrant.reserve) for s in found}


def seen(kit: Kit, number: str) -> str:
    with kit.registry.store.read(kit.who("city-leader")) as session:
        round = rounds.by_number(session, number)
        return fingerprint(round, [s.entrant for s in standings(session, round)])


def released(kit: Kit, number: str, chosen: Iterable[str] = ()) -> int:
    round_decision.prepare(kit.registry, kit.who("city-officer"), number, chosen=chosen)
    return round_decision.release(kit.registry, kit.who("city-leader"), number, seen=seen(kit, number), **MEETING)


# The call.


def test_call_says_all_that_is_wrong_at_once(kit: Kit) -> None:
    wrong = replace(
        CALL,
        title=None,
        kinds=("unknown",),
        opens_on=CLOSES,
        closes_on=OPENS,
        document_date=date(2030, 1, 1),
        seats={("110000", "labour_brand"): 1},
    )
    with pytest.raises(BadInput) as error:
        rounds.draft(kit.registry, kit.who("city-officer"), CITY, wrong)
    assert [f.field for f in error.value.faults] == ["title", "kinds", "closes_on", "document_date", "seats"]


def test_who_drafted_it_does_not_call_it_and_a_call_needs_document_and_contact(kit: Kit) -> None:
    bare = replace(CALL, document="", words={}, opens_on=OPENS - timedelta(days=1))
    number = rounds.draft(kit.registry, kit.who("city-officer"), CITY, bare)
    with pytest.raises(BadInput) as error:
        rounds.call_round(kit.registry, kit.who("city-leader"), number)
    assert {f.field for f in error.value.faults} == {"opens_on", "document", "contact"}
    rounds.change(kit.registry, kit.who("city-officer"), number, CALL)
    for login in ("city-officer", "city-reviewer", "xuyi-leader"):
        with pytest.raises((Refused, NotFound)):
            rounds.call_round(kit.registry, kit.who(login), number)
    rounds.call_round(kit.registry, kit.who("city-leader"), number)
    with pytest.raises(Refused, match="Called"):
        rounds.change(kit.registry, kit.who("city-officer"), number, CALL)


def test_leader_who_drafts_as_an_officer_too_does_not_call_what_is_their_own(kit: Kit) -> None:
    add(kit, "both", "city_officer", CITY, OPENS)
    both = kit.who("both")
    leader = replace(both, appointments=(*both.appointments, *kit.who("city-leader").appointments))
    number = rounds.draft(kit.registry, leader, CITY, CALL)
    with pytest.raises(Refused, match="another person"):
        rounds.call_round(kit.registry, leader, number)


def test_draft_is_the_offices_own_and_a_called_one_everybodys(kit: Kit) -> None:
    number = rounds.draft(kit.registry, kit.who("city-officer"), CITY, CALL)
    for reader in (None, kit.who("xuyi-officer"), kit.who("applicant")):
        with kit.registry.store.read(reader) as session, pytest.raises(NotFound):
            rounds.by_number(session, number)
    rounds.call_round(kit.registry, kit.who("city-leader"), number)
    for reader in (None, kit.who("xuyi-officer"), kit.who("applicant")):
        with kit.registry.store.read(reader) as session:
            assert rounds.by_number(session, number).takes(OPENS)


def test_two_rounds_of_one_kind_are_not_under_way_together(kit: Kit, number: str) -> None:
    second = rounds.draft(kit.registry, kit.who("city-officer"), CITY, CALL)
    with pytest.raises(BadInput, match=number):
        rounds.call_round(kit.registry, kit.who("city-leader"), second)


def test_round_that_somebody_has_applied_for_is_not_called_off_and_a_draft_goes_on_without_it(
    kit: Kit, number: str
) -> None:
    draft = journey.drafted(kit)
    rounds.cancel(kit.registry, kit.who("city-leader"), number, reason="示例")
    assert kit.case(draft).round_id is None
    again = called(kit)
    cases.submit(kit.registry, kit.who("applicant"), draft, declared_true=True, key="k")
    assert kit.case(draft).round_id
    with pytest.raises(Refused, match="decide them"):
        rounds.cancel(kit.registry, kit.who("city-leader"), again, reason="示例")


# Applying.


def test_applications_are_taken_from_the_first_day_to_the_end_of_the_last(kit: Kit) -> None:
    later = replace(CALL, opens_on=OPENS + timedelta(days=7))
    draft = journey.drafted(kit)
    called(kit, later)

    def send() -> None:
        cases.submit(kit.registry, kit.who("applicant"), draft, declared_true=True, key=next(kit.keys))

    with pytest.raises(Refused, match="opens on"):
        send()
    with pytest.raises(Refused, match="opens on"):
        journey.drafted(kit, "盱眙虚构丁种养员")
    kit.clock.set(CLOSES + timedelta(days=1))
    with pytest.raises(Refused, match="was open until"):
        send()
    kit.clock.set(CLOSES)
    send()
    assert kit.case(draft).number


def test_returned_application_is_sent_again_after_the_last_day(kit: Kit, number: str) -> None:
    id = journey.county(kit, "acceptance")
    defects = ({"field": "area_mu", "words": "与统计表不符"},)
    kit.act("xuyi-officer", id, "return_for_correction", defects=defects)
    kit.clock.set(CLOSES + timedelta(days=3))
    cases.save(kit.registry, kit.who("applicant"), id, {"area_mu": "720000"})
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="again")
    assert kit.case(id).stage == "acceptance" and kit.case(id).round_id


def test_case_is_judged_by_what_was_published_when_its_round_was_called(kit: Kit, number: str) -> None:
    before = kit.case(journey.filed(kit))
    with kit.registry.store.system() as session:
        old = session.get_one(Definition, before.pins["criteria"])
        newer = Definition(**{**old.model_dump(), "id": "newer", "version": old.version + 1})
        newer.published_at = session.now + timedelta(minutes=1)
        old.withdrawn_at = newer.published_at
        session.add_all([newer, old])
        session.record("definition.publish", "definition:newer")
    kit.clock.set(OPENS + timedelta(days=1))
    in_round = kit.case(journey.filed(kit, name="盱眙虚构丁种养员"))
    assert in_round.pins["criteria"] == before.pins["criteria"]
    with kit.registry.store.system() as session:
        round = session.exec(select(Round)).one()
        round.status = "closed"
        session.record("round.close", f"round:{round.id}")
    outside = kit.case(journey.filed(kit, name="盱眙虚构戊种养员"))
    assert outside.pins["criteria"] == "newer" and outside.round_id is None


# People.


def test_region_with_too_few_different_people_is_named_with_the_stage_that_stays_empty(kit: Kit, number: str) -> None:
    with kit.registry.store.read(kit.who("city-officer")) as session:
        round = rounds.by_number(session, number)
        found = {s.region.code: s for s in staffing.shortages(session, round)}
    assert XUYI not in found and LIANSHUI not in found, "three people each"
    assert found["320831"].people == 0 and found["320831"].needed == 3
    reviewer = kit.who("xuyi-reviewer")
    with kit.registry.store.system() as session:
        query = select(Appointment).where(Appointment.person_id == kit.who("xuyi-leader").person)
        session.exec(query).one().person_id = reviewer.person
        session.record("account.appoint", "account:x")
    with kit.registry.store.read(kit.who("city-officer")) as session:
        round = rounds.by_number(session, number)
        (short,) = (s for s in staffing.shortages(session, round) if s.region.code == XUYI)
    assert len(short.stages) == 1 and short.people == 2


# Deciding.


def test_nobody_is_decided_outside_the_round_and_the_round_only_when_all_are_there(kit: Kit, number: str) -> None:
    first = at_decision(kit, "甲")
    with pytest.raises(Refused, match="together with its round"):
        kit.act("city-leader", kit.child(first).id, "approve", **MEETING)
    officer = kit.who("city-officer")
    with pytest.raises(Refused, match="open until"):
        round_decision.prepare(kit.registry, officer, number)
    late = journey.county(kit, "review", name="盱眙虚构乙种养员")
    kit.clock.set(CLOSES + timedelta(days=1))
    with pytest.raises(Refused, match=str(kit.case(late).number)):
        round_decision.prepare(kit.registry, officer, number)
    kit.act("xuyi-reviewer", late, "refuse", reason="示例")
    round_decision.prepare(kit.registry, officer, number)
    assert results(kit, number) == {"甲": ("seat", None), "乙": (None, None)}


def test_round_is_released_together_and_the_reserve_waits(kit: Kit, number: str, three: dict[str, str]) -> None:
    round_decision.prepare(kit.registry, kit.who("city-officer"), number)
    assert results(kit, number) == {"甲": ("seat", None), "乙": ("seat", None), "丙": ("reserve", 1)}
    assert {kit.child(id).stage for id in three.values()} == {"decision"}, "nothing is decided yet"
    assert released(kit, number) == 2
    stages = {name: kit.child(id).stage for name, id in three.items()}
    assert stages == {"甲": "notice", "乙": "notice", "丙": "decision"}
    with pytest.raises(Refused, match="together with its round"):
        kit.act("city-leader", kit.child(three["丙"]).id, "approve", **MEETING)
    assert kit.health().fault is None


def test_what_is_released_is_what_was_looked_at(kit: Kit, number: str, three: dict[str, str]) -> None:
    leader, officer = kit.who("city-leader"), kit.who("city-officer")
    round_decision.prepare(kit.registry, officer, number)
    old = seen(kit, number)
    kit.clock.set(CLOSES + timedelta(days=2))
    round_decision.prepare(kit.registry, officer, number)
    with pytest.raises(Stale, match="prepared anew"):
        round_decision.release(kit.registry, leader, number, seen=old, **MEETING)
    kit.act("city-leader", kit.child(three["甲"]).id, "return_to_review", reason="示例")
    kit.act("city-reviewer", kit.child(three["甲"]).id, "recommend", opinion="示例")
    with pytest.raises(Stale, match=str(kit.child(three["甲"]).number)):
        round_decision.release(kit.registry, leader, number, seen=seen(kit, number), **MEETING)
    assert {kit.child(id).stage for id in three.values()} == {"decision"}


def test_without_meeting_and_minutes_nothing_is_released(kit: Kit, number: str, three: dict[str, str]) -> None:
    round_decision.prepare(kit.registry, kit.who("city-officer"), number)
    with pytest.raises(BadInput):
        round_decision.release(
            kit.registry, kit.who("city-leader"), number, seen=seen(kit, number), meeting="", minutes=""
        )
    assert {kit.child(id).stage for id in three.values()} == {"decision"}
    with kit.registry.store.read(kit.who("city-leader")) as session:
        assert rounds.by_number(session, number).status == "prepared"


def test_countys_own_order_decides_where_the_round_says_so(kit: Kit) -> None:
    number = called(kit, replace(CALL, order_by="recommended"))
    made = {name: at_decision(kit, name, firms=n) for name, n in FIRMS.items()}

    def order(*names: str, login: str = "xuyi-leader") -> None:
        round_decision.put_in_order(
            kit.registry,
            kit.who(login),
            number,
            region=XUYI,
            kind="labour_brand",
            case_ids=[made[name] for name in names],
        )

    for wrong in (("甲", "乙"), ("甲", "乙", "乙")):
        with pytest.raises(BadInput):
            order(*wrong)
    for login in ("xuyi-officer", "lianshui-leader", "city-leader"):
        with pytest.raises(Refused):
            order("甲", "乙", "丙", login=login)
    order("甲", "乙", "丙")
    order("丙", "乙", "甲")
    kit.clock.set(CLOSES + timedelta(days=1))
    round_decision.prepare(kit.registry, kit.who("city-officer"), number)
    assert results(kit, number) == {"丙": ("seat", None), "乙": ("seat", None), "甲": ("reserve", 1)}
    with pytest.raises(Refused, match="prepared"):
        order("甲", "乙", "丙")


def test_equals_wait_until_one_is_chosen(kit: Kit, number: str) -> None:
    made = {name: at_decision(kit, name) for name in "甲乙丙"}
    kit.clock.set(CLOSES + timedelta(days=1))
    with pytest.raises(BadInput, match="3 are equal and there is room for 2"):
        round_decision.prepare(kit.registry, kit.who("city-officer"), number)
    with kit.registry.store.read(kit.who("city-officer")) as session:
        (tie,) = foresee(session, rounds.by_number(session, number)).ties
    assert tie.keys == set(made.values()) and tie.room == 2
    with pytest.raises(BadInput, match="exactly 2"):
        round_decision.prepare(kit.registry, kit.who("city-officer"), number, chosen=[made["甲"]])
    assert released(kit, number, [made["甲"], made["丙"]]) == 2
    assert results(kit, number)["乙"] == ("reserve", 1)


def test_without_seats_or_with_those_taken_back_everybody_who_meets_the_criteria_has_one(kit: Kit) -> None:
    number = rounds.draft(kit.registry, kit.who("city-officer"), CITY, CALL)
    rounds.change(kit.registry, kit.who("city-officer"), number, replace(CALL, seats={}))
    rounds.call_round(kit.registry, kit.who("city-leader"), number)
    for name in "甲乙丙":
        at_decision(kit, name)
    kit.clock.set(CLOSES + timedelta(days=1))
    assert released(kit, number) == 3


# The reserve.


def test_first_of_the_reserve_moves_up_when_a_seat_is_lost_and_the_rest_are_refused_at_the_end(
    kit: Kit, number: str, three: dict[str, str]
) -> None:
    leader = kit.who("city-leader")
    released(kit, number)
    city = {name: kit.child(id).id for name, id in three.items()}

    def up() -> None:
        round_decision.move_up(kit.registry, leader, number, case_id=three["丙"], **MEETING)

    with pytest.raises(Refused, match="No seat is free"):
        up()
    with pytest.raises(Refused, match="still have a seat"):
        round_decision.close(kit.registry, leader, number, **MEETING)
    lose(kit, three["甲"])
    with kit.registry.store.read(leader) as session:
        (first,) = next_in_line(standings(session, rounds.by_number(session, number)))
        assert first.entrant.case_id == three["丙"]
    up()
    assert kit.case(city["丙"]).stage == "notice" and results(kit, number)["丙"] == ("seat", 1)
    with pytest.raises(Refused, match="No seat is free"):
        up()
    journey.publish(kit, city["乙"], city["丙"])
    journey.after_notice(kit, city["乙"])
    for name in "乙丙":
        kit.act("city-officer", city[name], "clear")
        journey.forward(kit, city[name], journey.CITY_STEPS, None)
    assert round_decision.close(kit.registry, leader, number, **MEETING) == 0
    with kit.registry.store.read() as session:
        assert len(session.exec(select(Title)).all()) == 2
    assert kit.health().fault is None


def lose(kit: Kit, id: str) -> None:
    """A seat is lost: an objection is upheld, and the city refuses in its second review."""
    city = kit.child(id).id
    journey.publish(kit, city)
    uphold_an_objection(kit, city)
    kit.act("city-reviewer", city, "refuse", reason="异议属实（示例）")


def uphold_an_objection(kit: Kit, case_id: str) -> None:
    with kit.registry.store.system() as session:
        item = session.exec(select(NoticeItem).where(NoticeItem.case_id == case_id)).one()
        notice, entry = session.get_one(Notice, item.notice_id), session.get_one(Entry, item.entry_id)
    notices.object_to(
        kit.registry,
        notice_number=notice.number,
        public_id=entry.public_id,
        words="申报的面积和现场不符（示例）",
        name="示例",
        contact="138",
    )
    notices.answer_objection(
        kit.registry,
        kit.who("city-officer2"),
        number=f"{notice.number}-1",
        upheld=True,
        answer="经查属实（示例）",
        key="u",
    )


def test_who_is_left_on_the_reserve_is_refused_when_the_round_is_closed(
    kit: Kit, number: str, three: dict[str, str]
) -> None:
    released(kit, number)
    city = {name: kit.child(id).id for name, id in three.items()}
    journey.publish(kit, city["甲"], city["乙"])
    journey.after_notice(kit, city["甲"])
    for name in "甲乙":
        kit.act("city-officer", city[name], "clear")
        journey.forward(kit, city[name], journey.CITY_STEPS, None)
    assert round_decision.close(kit.registry, kit.who("city-leader"), number, **MEETING) == 1
    assert kit.case(city["丙"]).result == "refused"
    with kit.registry.store.read(SYSTEM) as session:
        assert session.exec(select(Round)).one().status == "closed"
        assert len(session.exec(select(RoundEntrant)).all()) == 3
        assert {c.result for c in session.exec(select(Case).where(Case.procedure == "recognise"))} == {
            "recognised",
            "refused",
        }
    assert kit.health().fault is None
