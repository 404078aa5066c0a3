"""From the first line of a form to a title, by verbs; each rule of the way is shown where it bites."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlmodel import select

from registry.actions import cases, notices, on_titles
from registry.actions.move import Given
from registry.base.errors import BadInput, Refused, Stale
from registry.base.i18n import Text, speaking
from registry.store.case import Evaluation
from registry.store.definition import Definition
from registry.store.entry import Entry, EntryUnit
from registry.store.notice import Notice, Objection
from registry.store.region import Organisation
from registry.store.title import Certificate, Title
from registry.testing import Kit, journey
from registry.testing.journey import city, county, filed

OBJECTION = "申报的种养面积与实际不符，请核查。"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """What is refused is read in the source language, whether or not catalogues are compiled."""
    with speaking("en"):
        yield


def title_of(kit: Kit, case_id: str) -> Title | None:
    with kit.registry.store.system() as session:
        return session.exec(select(Title).where(Title.case_id == case_id)).one_or_none()


def object_to(kit: Kit, case_id: str, words: str = OBJECTION) -> str:
    """Somebody objects to the one entry of the running notice; returns the objection's number."""
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
    notices.object_to(
        kit.registry, notice_number=notice.number, public_id=notice.body["rows"][0]["public_id"], words=words
    )
    with kit.registry.store.system() as session:
        return session.exec(select(Objection.number).where(Objection.case_id == case_id)).all()[-1]


def test_from_draft_to_title(kit: Kit) -> None:
    id = city(kit)
    case = kit.case(id)
    assert (case.stage, case.result, case.status) == ("recognised", "recognised", "ended")
    title = title_of(kit, id)
    assert title is not None and title.status == "valid"
    assert (title.document, title.level) == ("淮人社示例〔2026〕1号", "city")
    assert title.valid_to == title.valid_from.replace(year=title.valid_from.year + 3)
    with kit.registry.store.system() as session:
        assert session.exec(select(Certificate).where(Certificate.title_id == title.id)).one().code
    parent = kit.case(case.parent_id or "")
    assert (parent.stage, parent.result) == ("concluded", "concluded")
    assert kit.health().fault is None


@pytest.mark.slow
def test_recognition_enters_owner_and_building_units(kit: Kit) -> None:
    case = kit.case(city(kit))
    with kit.registry.store.system() as session:
        entry = session.get_one(Entry, case.entry_id)
        owner = session.get_one(Organisation, entry.owner_id)
        units = session.exec(select(Organisation).join(EntryUnit).where(EntryUnit.entry_id == entry.id)).all()
    assert (owner.text.zh_hans, owner.credit_code) == ("盱眙示例稻虾协会（虚构）", "51320830MJ0000000F")
    assert kit.training_centre in {u.id for u in units}, "found again, not doubled"
    assert len(units) == 3 and case.filer_id == kit.training_centre


def test_xuyis_own_stage_stands_before_the_review(kit: Kit) -> None:
    id = county(kit, "field_check")
    with pytest.raises(BadInput) as refused:
        kit.act("xuyi-officer", id, "visited")
    assert refused.value.faults[0].field == "visit_note"
    assert kit.case(county(kit, "review", name="虚构乙")).stage == "review"


def test_county_judges_by_its_own_set_and_the_city_by_the_citys(kit: Kit) -> None:
    id = city(kit, "review")
    with kit.registry.store.system() as session:
        rows = session.exec(select(Evaluation.case_id, Definition.ref).join(Definition)).all()
    used = {case: {ref for c, ref in rows if c == case} for case, _ in rows}
    assert used == {kit.case(id).parent_id: {"xuyi.rice_crayfish"}, id: {"huaian.brand.city"}}


@pytest.mark.slow
def test_who_reviewed_does_not_decide_and_who_filed_does_neither(kit: Kit) -> None:
    id = county(kit, "leader")
    with pytest.raises(Refused, match="leader"):
        kit.act("xuyi-reviewer", id, "approve", opinion="同意")
    with pytest.raises(Refused):
        kit.act("applicant", id, "approve", opinion="同意")


def test_neighbouring_county_sees_nothing(kit: Kit) -> None:
    id = county(kit, "review")
    with pytest.raises(Exception, match="no such case"):
        kit.act("lianshui-reviewer", id, "recommend", opinion="同意")


def test_returned_once_with_every_defect_tied_to_its_field(kit: Kit) -> None:
    id = county(kit, "acceptance")
    kit.act(
        "xuyi-officer",
        id,
        "return_for_correction",
        defects=({"field": "area_mu", "words": "与统计表不符"}, {"field": "area_proof", "words": "缺公章"}),
    )
    actor = kit.who("applicant")
    with kit.registry.store.read(actor) as session:
        assert cases.editable(session, cases.load(session, id), actor) == ["area_mu", "area_proof"]
    cases.save(kit.registry, actor, id, {"area_mu": "720000", "practitioners": "1"})
    assert kit.case(id).draft["area_mu"] == "720000" and kit.case(id).draft["practitioners"] == "12800"
    cases.submit(kit.registry, actor, id, declared_true=True, key="again")
    with pytest.raises(Refused, match="as often as is allowed"):
        kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "area_mu", "words": "再改"},))


def test_criteria_that_are_not_met_bar_the_recommendation(kit: Kit) -> None:
    id = county(kit, "review", answers={"area_mu": "90000"})
    with pytest.raises(Refused, match="criteria are not met"):
        kit.act("xuyi-reviewer", id, "recommend", opinion="同意")
    kit.act("xuyi-reviewer", id, "refuse", reason="面积不足十万亩")
    assert kit.case(id).result == "refused"


def test_notice_runs_its_working_days(kit: Kit) -> None:
    kit.clock.set(date(2026, 4, 29))
    id = city(kit, "notice")
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
    # The First of May closes the offices from the 1st to the 5th; Saturday the 9th is worked.
    assert (notice.posted_on, notice.starts_on, notice.ends_on) == (
        date(2026, 4, 29),
        date(2026, 4, 30),
        date(2026, 5, 9),
    )
    kit.clock.set(date(2026, 5, 9))
    with pytest.raises(Refused, match="runs until the end of"):
        kit.act("city-officer", id, "clear")
    kit.clock.set(date(2026, 5, 10))
    kit.act("city-officer", id, "clear")
    assert kit.case(id).stage == "document"


@pytest.mark.slow
def test_objection_holds_that_entry_alone_until_somebody_uninvolved_answers(kit: Kit) -> None:
    held, free = city(kit, "decision"), city(kit, "decision", name="盱眙虚构乙种养员")
    for id in (held, free):
        kit.act("city-leader", id, "approve", **journey.MEETING)
    journey.publish(kit, held, free)
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
        dates = (notice.posted_on, notice.ends_on)
    row = next(r for r in notice.body["rows"] if r["entry"]["zh-Hans"].startswith("盱眙虾稻"))
    objector = {"name": "李示例", "contact": "0517-80000001"}
    notices.object_to(
        kit.registry, notice_number=notice.number, public_id=row["public_id"], words=OBJECTION, **objector
    )
    journey.after_notice(kit, held)
    kit.act("city-officer", free, "clear")
    with pytest.raises(Refused, match="1 objection is not answered"):
        kit.act("city-officer", held, "clear")
    number = f"{notice.number}-1"
    for login in ("city-reviewer", "city-leader"):
        with pytest.raises(Refused):
            notices.answer_objection(
                kit.registry, kit.who(login), number=number, upheld=False, answer="经查不成立", key=login
            )
    notices.answer_objection(
        kit.registry, kit.who("city-officer2"), number=number, upheld=False, answer="经查不成立", key="a"
    )
    kit.act("city-officer", held, "clear")
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
        assert (notice.posted_on, notice.ends_on) == dates


@pytest.mark.slow
def test_upheld_objection_needs_review_decision_and_a_full_new_notice(kit: Kit) -> None:
    id = city(kit, "notice")
    number = object_to(kit, id)
    notices.answer_objection(
        kit.registry, kit.who("city-officer2"), number=number, upheld=True, answer="情况属实，重新审查", key="u"
    )
    assert kit.case(id).stage == "review"
    journey.forward(kit, id, journey.CITY_STEPS, None)
    title = title_of(kit, id)
    assert title is not None and title.status == "valid"
    with kit.registry.store.system() as session:
        assert len(session.exec(select(Notice)).all()) == 2


@pytest.mark.slow
def test_second_officer_reads_who_was_faster(kit: Kit) -> None:
    id = county(kit, "acceptance")
    seen = kit.case(id).version
    cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="one")
    with pytest.raises(Stale, match="xuyi-officer was faster"):
        cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="two")


def test_double_click_is_one_move(kit: Kit) -> None:
    id = county(kit, "acceptance")
    seen = kit.case(id).version
    first = cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="same")
    assert cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="same").id == first.id
    assert kit.case(id).stage == "field_check"


@pytest.mark.slow
def test_sent_back_by_the_city_goes_through_the_county_again(kit: Kit) -> None:
    id = city(kit, "review")
    kit.act("city-reviewer", id, "send_back", reason="请补充培训台账")
    parent = kit.case(id).parent_id or ""
    assert (kit.case(id).stage, kit.case(parent).stage) == ("with_county", "draft")
    cases.submit(kit.registry, kit.who("applicant"), parent, declared_true=True, key="again")
    journey.forward(kit, parent, journey.STEPS, None)
    assert (kit.case(id).stage, kit.case(parent).stage) == ("review", "with_city")


@pytest.mark.slow
def test_revocation_is_proposed_heard_and_decided_by_another(kit: Kit) -> None:
    title = title_of(kit, city(kit))
    assert title is not None
    why = Text.model_validate("提供虚假材料（示例）")
    id = on_titles.propose_revocation(
        kit.registry, kit.who("city-reviewer"), number=title.number, reason=why, public_reason=why, key="r"
    )
    kit.act("city-officer", id, "heard", statement="当事人陈述：对事实无异议。")
    kit.act("city-leader", id, "revoke", reason="属实", **journey.MEETING)
    with kit.registry.store.system() as session:
        ended = session.get_one(Title, title.id)
        assert (ended.status, ended.end_reason and ended.end_reason["zh-Hans"]) == ("revoked", "提供虚假材料（示例）")
    assert kit.health().fault is None


@pytest.mark.slow
def test_document_without_scan_or_date_gives_no_title(kit: Kit) -> None:
    id = city(kit, "document")
    with pytest.raises(BadInput) as error:
        cases.act(
            kit.registry,
            kit.who("city-officer"),
            id,
            "record",
            version=kit.case(id).version,
            key="x",
            given=Given(document="1号"),
        )
    assert {f.field for f in error.value.faults} == {"document_date", "scan"}
    assert title_of(kit, id) is None


def test_declared_conflict_bars(kit: Kit) -> None:
    id = county(kit, "review")
    cases.declare_conflict(kit.registry, kit.who("xuyi-reviewer"), id, reason="亲属在申报单位任职")
    with pytest.raises(Refused, match="conflict of interest"):
        kit.act("xuyi-reviewer", id, "recommend", opinion="同意")


def test_one_open_application_for_an_entry(kit: Kit) -> None:
    id = filed(kit)
    with kit.registry.store.system() as session:
        slug = session.get_one(Entry, kit.case(id).entry_id).slug
    with pytest.raises(Refused, match="open application"):
        cases.start(
            kit.registry,
            kit.who("applicant"),
            kind="labour_brand",
            region="320830",
            organisation_id=kit.training_centre,
            entry_slug=slug,
        )
