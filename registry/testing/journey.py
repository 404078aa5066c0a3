"""A case brought to any stage by its people: for the core's tests and for those of packs."""

from datetime import date, timedelta
from typing import Any

from registry.actions import cases, notices
from registry.base.i18n import Text
from registry.rules.calendar import NotCountable
from registry.rules.permission import SYSTEM
from registry.store.calendar import work_calendar
from registry.store.case import Case
from registry.store.notice import Notice, running_item
from registry.testing import PDF, XUYI, Kit

OPINION = "材料齐全，符合示例标准。"
MEETING = {"meeting": "局长办公会（示例）", "minutes": "会纪〔2026〕3号"}
RICE: dict[str, str] = {
    "owner_name": "盱眙示例稻虾协会（虚构）",
    "owner_code": "51320830MJ0000000F",
    "owner_type": "regional",
    "units": "盱眙示例培训中心（虚构）\n盱眙示例合作社（虚构）\n盱眙示例米业（虚构）",
    "building_units": "4",
    "on_behalf": "yes",
    "trade": "在同一块田里种稻、养虾",
    "summary": "一水两用、一田双收的种养手艺。",
    "own_name": "yes",
    "in_local_plan": "yes",
    "plan_name": "示例规划第12页",
    "practitioners": "12800",
    "skilled_workers": "7100",
    "trained_last": "1260",
    "trained_before": "1100",
    "training": "县培训中心和田间实训基地",
    "field_training_base": "yes",
    "base_place": "示例镇示例村",
    "area_mu": "725000",
    "holders": "4265",
    "added_income": "2600",
    "wage_last": "5600",
    "wage_before": "5200",
    "employed_last": "900",
    "employed_before": "700",
    "employment_rate": "0.92",
    "firms": "24",
    "wage_arrears": "no",
    "contract_gap": "no",
    "dishonest_listed": "no",
    "safety_accident": "no",
    "false_material": "no",
    "contact_name": "张示例",
    "contact_phone": "0517-80000002",
}
"""Answers to the form of Xuyi's rice–crayfish growers that meet every criterion."""
STEPS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "acceptance": ("xuyi-officer", "accept", {}),
    "field_check": ("xuyi-officer", "visited", {"visit_note": "两人到场，抽查三块田，面积和虾沟与申报一致。"}),
    "review": ("xuyi-reviewer", "recommend", {"opinion": OPINION}),
    "leader": ("xuyi-leader", "approve", {"opinion": OPINION}),
}
"""Who takes a county's case out of each stage, by which outcome, giving what."""
CITY_STEPS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "acceptance": ("city-officer", "accept", {}),
    "review": ("city-reviewer", "recommend", {"opinion": OPINION}),
    "decision": ("city-leader", "approve", MEETING),
    "notice": ("city-officer", "clear", {}),
    "document": ("city-officer", "record", {"document": "淮人社示例〔2026〕1号", "scan": True}),
}
"""The same before the city; `notice` publishes the notice and waits until it has run."""


def drafted(kit: Kit, name: str = "盱眙虾稻共生种养员（虚构）", answers: dict[str, str] | None = None) -> str:
    """A complete draft of the rice–crayfish growers; returns the case's id."""
    actor = kit.who("applicant")
    id = cases.start(
        kit.registry,
        actor,
        kind="labour_brand",
        product="rice_crayfish",
        entry_class="skills",
        region=XUYI,
        organisation_id=kit.training_centre,
        name=Text.model_validate(name),
        fictitious=True,
    )
    faults = cases.save(kit.registry, actor, id, {**RICE, **(answers or {})})
    assert not faults, [f.text("en") for f in faults]
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, session.get_one(Case, id))
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    return id


def filed(kit: Kit, **about: Any) -> str:
    """The same, sent."""
    id = drafted(kit, **about)
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key=next(kit.keys))
    return id


def county(kit: Kit, stage: str | None = None, **about: Any) -> str:
    """A county case that stands in a stage; without one: recommended, so that the city's case is open."""
    return forward(kit, filed(kit, **about), STEPS, stage)


def city(kit: Kit, stage: str | None = None, **about: Any) -> str:
    """A city case that stands in a stage; without one: recognised. A notice has been published in stage `notice`."""
    id = kit.child(county(kit, **about)).id
    forward(kit, id, CITY_STEPS, stage)
    if stage == "notice":
        publish(kit, id)
    return id


def forward(kit: Kit, id: str, steps: dict[str, tuple[str, str, dict[str, Any]]], stage: str | None) -> str:
    """Move a case on by its people until it stands in a stage, or no step is known."""
    while (at := kit.case(id).stage) != stage and at in steps:
        login, outcome, given = steps[at]
        if at == "notice":
            publish(kit, id)
            after_notice(kit, id)
        if given.get("scan"):
            given = {**given, "document_date": kit.clock.now().date()}
        kit.act(login, id, outcome, **given)
    return id


def publish(kit: Kit, *case_ids: str) -> str:
    """One notice for cases that wait for it; returns its number."""
    return notices.publish_notice(
        kit.registry,
        kit.who("city-officer"),
        case_ids=list(case_ids),
        contact=Text.model_validate("市人社局就业科（示例）"),
        places=Text.model_validate("市人社局网站和公告栏（示例）"),
    )


def after_notice(kit: Kit, id: str) -> None:
    """The clock is moved to the day after the notice's last."""
    with kit.registry.store.system() as session:
        item = running_item(session, id)
        assert item is not None
        end = session.get_one(Notice, item.notice_id).ends_on
    assert end is not None
    kit.clock.set(end + timedelta(days=1))


def working_day(kit: Kit, days: int) -> date:
    """The working day so many days after today."""
    with kit.registry.store.read(SYSTEM) as session:
        counted = work_calendar(session).add(session.today, days)
    assert not isinstance(counted, NotCountable)
    return counted
