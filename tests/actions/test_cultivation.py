"""The cultivation list: from a suggestion or a survey to an application that the builder sends."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from registry.actions import (
    cases,
    cultivation,
    cultivation_diary,
    cultivation_filing,
    entries,
    suggestions,
)
from registry.actions.cultivation import About
from registry.base.errors import BadInput, NotFound, Refused, Stale
from registry.base.i18n import Text
from registry.store.cultivation import (
    CultivationItem,
    CultivationNote,
    CultivationSuggestion,
    aims_of,
    being_cultivated,
    item_by_number,
    prefilled_of,
)
from registry.store.entry import Entry
from registry.store.record import history
from registry.testing import LIANSHUI, XUYI, Kit, add

pytestmark = pytest.mark.slow

BUILDER = "盱眙示例培训中心（虚构）"
PLAN = "两年内办成四期田间班，联系三家米业订单用工。"
REASON = "镇上有两百多人在做，手艺好，还没有名字。"


def taken_up(kit: Kit, name: str = "盱眙示例插秧手（虚构）", **about: Any) -> str:
    """A brand on Xuyi's list; returns its number."""
    said = {"found": "survey", "builder": BUILDER, "plan": PLAN, "tutor": "县农技站 培训岗"} | about
    return cultivation.take_up(
        kit.registry,
        kit.who("xuyi-officer"),
        region=XUYI,
        about=About(**said),
        name=name,
        kind="labour_brand",
        product="rice_crayfish",
        entry_class="skills",
        fictitious=True,
    )


def in_the_register(kit: Kit) -> str:
    """A brand of Xuyi's register; returns its slug."""
    name = Text.model_validate("盱眙示例缫丝工（虚构）")
    return entries.add_entry(kit.registry, kit.who("xuyi-officer"), kind="labour_brand", region=XUYI, name=name)


def item(kit: Kit, number: str) -> CultivationItem:
    """An item as it is now."""
    with kit.registry.store.system() as session:
        found = session.exec(select(CultivationItem).where(CultivationItem.number == number)).one()
    return found


def entry(kit: Kit, number: str) -> Entry:
    """Its brand."""
    with kit.registry.store.system() as session:
        return session.get_one(Entry, item(kit, number).entry_id)


def observe(kit: Kit, number: str, fact: str, value: str, period: str | None = None) -> None:
    """A figure about the brand."""
    slug = entry(kit, number).slug
    entries.observe(
        kit.registry, kit.who("xuyi-officer"), fact=fact, value=value, period=period, entry=slug,
        source="statistics", standing="documented", source_text="示例统计表（虚构）", as_of=date(2026, 1, 15),
    )  # fmt: skip


def suggested(kit: Kit, sender: str = "10.0.0.1", **given: Any) -> str:
    """A suggestion for Xuyi; returns its code."""
    said = {"name": "示例草编匠（虚构）", "county": "xuyi", "reason": REASON, "contact": "0517-80000009"} | given
    return suggestions.suggest(kit.registry, sender=sender, **said)


def suggestion(kit: Kit, code: str) -> CultivationSuggestion:
    """A suggestion as it is now."""
    with kit.registry.store.system() as session:
        return suggestions.find(session, code)


def test_a_brand_found_in_a_survey_stands_on_the_list_and_nowhere_else(kit: Kit) -> None:
    number = taken_up(kit)
    found, brand = item(kit, number), entry(kit, number)
    assert number == "320830-P-2026-001" and found.status == "cultivating" and found.plan == PLAN
    assert brand.status == "draft" and not found.published
    with kit.registry.store.read() as session:
        assert not session.exec(select(Entry).where(Entry.id == brand.id)).all()
        assert item_by_number(session, number) is None
    assert kit.health().fault is None


def test_every_fault_of_a_new_brand_is_told_at_once(kit: Kit) -> None:
    with pytest.raises(BadInput) as told:
        cultivation.take_up(
            kit.registry, kit.who("xuyi-officer"), region=XUYI, about=About(found="rumour", plan="长" * 3001), name="x"
        )
    assert {f.field for f in told.value.faults} == {"found", "plan", "name", "what"}


def test_only_the_countys_officer_writes_its_list(kit: Kit) -> None:
    number = taken_up(kit)
    for login in ("xuyi-reviewer", "xuyi-leader", "city-officer", "city-leader"):
        with pytest.raises(Refused):
            cultivation.edit(kit.registry, kit.who(login), number, version=1, about=About(found="survey"))
    with pytest.raises(NotFound):
        cultivation.edit(kit.registry, kit.who("lianshui-officer"), number, version=1, about=About(found="survey"))
    with pytest.raises(Refused):
        cultivation.take_up(kit.registry, kit.who("lianshui-officer"), region=XUYI, about=About(found="survey"))
    assert item(kit, number).version == 1


def test_each_office_sees_the_list_of_its_own_region_and_the_city_sees_all(kit: Kit) -> None:
    number = taken_up(kit)
    cultivation_diary.note(kit.registry, kit.who("xuyi-officer"), number, kind="visit", words="到田头看了两处。")
    seen = {}
    for login in ("xuyi-officer", "city-reviewer", "lianshui-officer", "applicant"):
        with kit.registry.store.read(kit.who(login)) as session:
            seen[login] = (
                len(session.exec(select(CultivationItem)).all()),
                len(session.exec(select(CultivationNote)).all()),
            )
    assert seen == {"xuyi-officer": (1, 1), "city-reviewer": (1, 1), "lianshui-officer": (0, 0), "applicant": (0, 0)}


def test_a_brand_is_on_the_list_once(kit: Kit) -> None:
    slug = in_the_register(kit)
    about = About(found="policy", found_note="示例计划")
    number = cultivation.take_up(kit.registry, kit.who("xuyi-officer"), region=XUYI, about=about, entry_slug=slug)
    with pytest.raises(Refused, match=number):
        cultivation.take_up(kit.registry, kit.who("xuyi-officer"), region=XUYI, about=about, entry_slug=slug)
    cultivation.move(
        kit.registry, kit.who("xuyi-officer"), number, version=1, to="dropped", reason="已经转行，不再培育。"
    )
    again = cultivation.take_up(kit.registry, kit.who("xuyi-officer"), region=XUYI, about=about, entry_slug=slug)
    assert again != number
    with pytest.raises(Refused):
        cultivation.move(kit.registry, kit.who("xuyi-officer"), number, version=2, to="cultivating")


def test_whoever_saves_second_is_told_and_overwrites_nothing(kit: Kit) -> None:
    number = taken_up(kit)
    cultivation.edit(
        kit.registry, kit.who("xuyi-officer"), number, version=1, about=About(found="survey", plan="新的计划")
    )
    with pytest.raises(Stale):
        cultivation.edit(
            kit.registry, kit.who("xuyi-officer"), number, version=1, about=About(found="survey", plan="旧的")
        )
    assert item(kit, number).plan == "新的计划"


def test_dropping_needs_a_reason(kit: Kit) -> None:
    number = taken_up(kit)
    with pytest.raises(BadInput):
        cultivation.move(kit.registry, kit.who("xuyi-officer"), number, version=1, to="dropped")
    with pytest.raises(Refused):
        cultivation.move(kit.registry, kit.who("xuyi-officer"), number, version=1, to="filed")


def test_an_aim_is_set_changed_and_given_up(kit: Kit) -> None:
    number, who = taken_up(kit), kit.who("xuyi-officer")
    with kit.registry.store.read(who) as session:
        brand = session.get_one(Entry, item(kit, number).entry_id)
        facts = cultivation_filing.facts_of(session, brand, cultivation_filing.gaps(session, brand))
    set_to: dict[str, Any] = {"registry": kit.registry, "actor": who, "number": number, "facts": facts}
    cultivation_diary.aim(**set_to, fact="trained_in_year", year="2026", target="1,200")
    cultivation_diary.aim(**set_to, fact="trained_in_year", year="2026", target="1300")
    cultivation_diary.aim(**set_to, fact="employment_rate", year="2027", target="95")
    with kit.registry.store.system() as session:
        held = [(a.fact, a.year, a.target) for a in aims_of(session, item(kit, number).id)]
    assert held == [("employment_rate", 2027, "0.95"), ("trained_in_year", 2026, "1300")]
    cultivation_diary.aim(**set_to, fact="trained_in_year", year="2026", target="")
    with kit.registry.store.system() as session:
        assert [a.fact for a in aims_of(session, item(kit, number).id)] == ["employment_rate"]
    with pytest.raises(BadInput) as told:
        cultivation_diary.aim(**set_to, fact="own_name", year="1999", target="many")
    assert {f.field for f in told.value.faults} == {"fact", "year", "target"}


def test_the_city_may_ask_but_a_visit_is_the_countys(kit: Kit) -> None:
    number = taken_up(kit)
    cultivation_diary.note(kit.registry, kit.who("city-officer"), number, kind="comment", words="什么时候能申报？")
    with pytest.raises(Refused):
        cultivation_diary.note(kit.registry, kit.who("city-officer"), number, kind="visit", words="到过现场。")
    with pytest.raises(BadInput):
        cultivation_diary.note(
            kit.registry, kit.who("xuyi-officer"), number, kind="visit", words="还没有去。", on=date(2026, 3, 3)
        )


def test_what_is_missing_is_computed_from_the_criteria_of_both_authorities(kit: Kit) -> None:
    number = taken_up(kit)
    observe(kit, number, "practitioners", "300")
    observe(kit, number, "trained_in_year", "1260", "2025")
    with kit.registry.store.read(kit.who("xuyi-officer")) as session:
        found = cultivation_filing.gaps(session, entry(kit, number))
        words = [str(m) for gap in found for lines in gap.short.values() for m in lines]
        states = [{f.state for f in gap.outcome.findings} for gap in found]
    assert [gap.authority.code for gap in found] == [XUYI, "320800"]
    assert any("people too little" in w for w in words), words
    assert all("missing" in s for s in states) and any("not_met" in s for s in states)


def test_one_click_opens_the_builders_application_with_what_is_known(kit: Kit) -> None:
    number = taken_up(kit)
    observe(kit, number, "practitioners", "12800")
    observe(kit, number, "trained_in_year", "1260", "2025")
    case_id = cultivation_filing.file_application(kit.registry, kit.who("xuyi-officer"), number, version=1)
    case = kit.case(case_id)
    assert (item(kit, number).status, item(kit, number).case_id) == ("filed", case_id)
    assert case.filed_by is None and case.filer_id == kit.training_centre and case.submitted_at is None
    assert case.draft["practitioners"] == "12800" and case.draft["trained_last"] == "1260"
    assert case.draft["owner_name"] == BUILDER and "contact_name" not in case.draft
    with kit.registry.store.read(kit.who("applicant")) as session:
        assert cases.load(session, case_id).id == case_id
        filled = prefilled_of(session, case_id)
    assert filled["practitioners"]["from"] == "figure" and filled["practitioners"]["says"] == "示例统计表（虚构）"
    assert not cases.save(kit.registry, kit.who("applicant"), case_id, {"practitioners": "13000"})
    assert kit.health().fault is None


def test_an_application_that_the_builder_has_begun_is_left_as_it_is(kit: Kit) -> None:
    number = taken_up(kit)
    begun = cases.start(
        kit.registry, kit.who("applicant"), kind="labour_brand", region=XUYI, organisation_id=kit.training_centre,
        entry_slug=entry(kit, number).slug,
    )  # fmt: skip
    cases.save(kit.registry, kit.who("applicant"), begun, {"practitioners": "77"})
    assert cultivation_filing.file_application(kit.registry, kit.who("xuyi-officer"), number, version=1) == begun
    assert kit.case(begun).draft == {"practitioners": "77"} and item(kit, number).prefilled == {}


def test_nothing_is_filed_for_nobody(kit: Kit) -> None:
    without = taken_up(kit, builder="")
    with pytest.raises(BadInput):
        cultivation_filing.file_application(kit.registry, kit.who("xuyi-officer"), without, version=1)
    unknown = taken_up(kit, name="盱眙示例编筐匠（虚构）", builder="盱眙示例无人协会（虚构）")
    with pytest.raises(Refused, match="appointed"):
        cultivation_filing.file_application(kit.registry, kit.who("xuyi-officer"), unknown, version=1)
    other = taken_up(kit, name="盱眙示例修船工（虚构）")
    with pytest.raises(Refused):
        cultivation_filing.file_application(kit.registry, kit.who("xuyi-leader"), other, version=1)
    assert not kit.cases()


def test_a_filed_brand_comes_back_only_when_its_application_has_ended(kit: Kit) -> None:
    number = taken_up(kit)
    cultivation_filing.file_application(kit.registry, kit.who("xuyi-officer"), number, version=1)
    with pytest.raises(Refused):
        cultivation.move(kit.registry, kit.who("xuyi-officer"), number, version=2, to="cultivating")


def test_published_it_is_shown_as_being_cultivated_and_gone_when_dropped(kit: Kit) -> None:
    number, who = taken_up(kit), kit.who("xuyi-officer")
    cultivation.publish(kit.registry, who, number, version=1, published=True)
    brand = entry(kit, number)
    with kit.registry.store.read() as session:
        assert brand.status == "listed" and being_cultivated(session, brand.id)
    cultivation.move(kit.registry, who, number, version=2, to="dropped", reason="经营主体已经注销。")
    with kit.registry.store.read() as session:
        assert entry(kit, number).status == "draft" and not being_cultivated(session, brand.id)


def test_a_suggestion_is_taken_up_and_whoever_sent_it_can_ask(kit: Kit) -> None:
    code = suggested(kit)
    number = suggestions.adopt(
        kit.registry, kit.who("xuyi-officer"), code, name="盱眙示例草编匠（虚构）", kind="labour_brand", product=None,
        entry_class="skills", fictitious=True,
    )  # fmt: skip
    assert suggestion(kit, code).status == "taken_up" and item(kit, number).found == "suggestion"
    with pytest.raises(Refused):
        suggestions.answer(kit.registry, kit.who("xuyi-officer"), code, words="已经办过了。", declined=True)


def test_a_suggestion_is_merged_answered_or_declined_with_words(kit: Kit) -> None:
    number, who = taken_up(kit), kit.who("xuyi-officer")
    first, second = suggested(kit), suggested(kit)
    suggestions.merge(kit.registry, who, first, number=number)
    with pytest.raises(BadInput):
        suggestions.answer(kit.registry, who, second, words="", declined=True)
    suggestions.answer(kit.registry, who, second, words="这是企业招聘广告，不是品牌。", declined=True)
    assert (suggestion(kit, first).status, suggestion(kit, second).status) == ("merged", "declined")
    assert kit.health().fault is None


def test_a_suggestion_is_nobody_elses_business(kit: Kit) -> None:
    code = suggested(kit)
    for login, refusal in (("lianshui-officer", NotFound), ("city-officer", Refused), ("xuyi-leader", Refused)):
        with pytest.raises(refusal):
            suggestions.answer(kit.registry, kit.who(login), code, words="不予采纳，谢谢。", declined=True)
        with pytest.raises(refusal):
            suggestions.open_contact(kit.registry, kit.who(login), code, purpose="ask")


def test_how_to_reach_somebody_is_opened_with_a_purpose_on_record(kit: Kit) -> None:
    code, who = suggested(kit), kit.who("xuyi-officer")
    with pytest.raises(BadInput):
        suggestions.open_contact(kit.registry, who, code, purpose="")
    assert suggestions.open_contact(kit.registry, who, code, purpose="ask") == "0517-80000009"
    with kit.registry.store.read() as session:
        told = history(session, f"suggestion:{suggestion(kit, code).id}")
    assert [r.verb for r in told] == ["suggestion.receive", "personal.open"]
    assert "80000009" not in str([r.said() for r in told])


def test_one_sender_cannot_flood_the_county(kit: Kit) -> None:
    for _ in range(suggestions.PER_SENDER):
        suggested(kit)
    with pytest.raises(Refused):
        suggested(kit)
    assert suggested(kit, sender="10.0.0.2")
    add(kit, "xuyi-station", "station", XUYI, date(2026, 3, 2))
    assert suggested(kit, actor=kit.who("xuyi-station"))


def test_a_suggestion_of_nothing_is_told_what_is_wrong(kit: Kit) -> None:
    with pytest.raises(BadInput) as told:
        suggested(kit, name="x", county="nowhere", reason="好", contact="9" * 200)
    assert {f.field for f in told.value.faults} == {"name", "county", "reason", "contact"}


def test_names_that_are_alike_are_told(kit: Kit) -> None:
    known = [("盱眙龙虾厨师", 1), ("盱眙虾稻共生种养员", 2), ("涟水缝纫工", 3)]
    assert suggestions.alike("盱眙龙虾大厨", known) == [1]
    assert suggestions.alike("虾稻共生种养员", known) == [2]
    assert suggestions.alike("金湖藕农", known) == []


def test_a_neighbour_may_not_take_up_a_brand_of_another_county(kit: Kit) -> None:
    slug = in_the_register(kit)
    with pytest.raises(NotFound):
        cultivation.take_up(
            kit.registry, kit.who("lianshui-officer"), region=LIANSHUI, about=About(found="survey"), entry_slug=slug
        )


def test_a_builder_named_again_is_the_same_body(kit: Kit) -> None:
    first, second = taken_up(kit), taken_up(kit, name="盱眙示例编筐匠（虚构）")
    assert item(kit, first).builder_id == item(kit, second).builder_id == kit.training_centre
