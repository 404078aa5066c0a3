"""The yearly re-evaluation of the chefs: three experts, unseen by one another, and the season spread over the year."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from registry_xuyi import made_up, wages
from sqlmodel import select

from registry.actions import cases, on_titles, panel, queue, signin
from registry.api import Access, Text
from registry.app import create_app
from registry.base.errors import BadInput, NotFound, Refused
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import Case, latest_evaluation, open_tasks
from registry.store.people import appointments_of
from registry.store.title import Title
from registry.testing import PDF, XUYI, Kit, add, journey, new_registry
from registry.web.context import COOKIE

EXPERTS = ("expert-a", "expert-b", "expert-c")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = new_registry(tmp_path_factory.mktemp("again") / "registry")
    today = date(2026, 3, 2)
    for login in (*EXPERTS, "expert-d"):
        add(kit, login, "expert", XUYI, today)
    yield kit
    kit.registry.close()


@pytest.fixture(scope="module")
def title(kit: Kit) -> str:
    """The number of a title that made-up chefs hold."""
    actor = kit.who("applicant")
    id = cases.start(
        kit.registry,
        actor,
        kind="labour_brand",
        product="crayfish_chef",
        entry_class="skills",
        region=XUYI,
        organisation_id=kit.training_centre,
        name=Text.model_validate("盱眙蒜泥龙虾师傅（虚构）"),
        fictitious=True,
    )
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, session.get_one(Case, id))
    known = {f.id for f in form.fields()}
    assert not cases.save(
        kit.registry, actor, id, {k: v for k, v in {**journey.RICE, "wage_last": "9000"}.items() if k in known}
    )
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key=next(kit.keys))
    journey.forward(kit, kit.child(journey.forward(kit, id, journey.STEPS, None)).id, journey.CITY_STEPS, None)
    with kit.registry.store.read(SYSTEM) as session:
        found = session.exec(select(Title)).one()
    wages.put(Access(kit.registry.store), Access(kit.registry.store).entries(region=XUYI)[0], made_up(2025))
    return found.number


@pytest.fixture(scope="module")
def case(kit: Kit, title: str) -> str:
    """A re-evaluation, arrived at the skill demonstration."""
    with pytest.raises(Refused):
        on_titles.re_evaluate(kit.registry, kit.who("lianshui-officer"), number=title)
    id = on_titles.re_evaluate(kit.registry, kit.who("xuyi-officer"), number=title)
    assert on_titles.re_evaluate(kit.registry, kit.who("xuyi-officer"), number=title) == id, "the second click finds it"
    kit.act("xuyi-officer", id, "gathered")
    return id


def seats(kit: Kit, case: str) -> list[str]:
    with kit.registry.store.read(SYSTEM) as session:
        return [t.subject for t in open_tasks(session, case) if t.kind == "ballot"]


def seat_of(kit: Kit, case: str, login: str) -> str:
    with kit.registry.store.read(SYSTEM) as session:
        seat = panel.seat_of(session, session.get_one(Case, case), kit.who(login))
    assert seat is not None
    return seat.id


def give(kit: Kit, login: str, case: str, points: str) -> None:
    panel.give(kit.registry, kit.who(login), case, scores={"skill_demonstration": points}, remark="火候好")


def test_three_experts_score_unseen_and_the_outcome_says_so(kit: Kit, case: str) -> None:
    officer = kit.who("xuyi-officer")
    assert len(seats(kit, case)) == 3
    with pytest.raises(Refused, match="outstanding|还有"):
        kit.act("xuyi-officer", case, "shown")
    with kit.registry.store.read(kit.who("expert-a")) as session, pytest.raises(NotFound):
        cases.load(session, case)

    with pytest.raises(BadInput) as error:
        panel.ask(kit.registry, officer, case, logins=["xuyi-reviewer", "nobody"])
    assert len(error.value.faults) == 2
    with pytest.raises(BadInput):
        panel.ask(kit.registry, officer, case, logins=[*EXPERTS, "expert-d"])
    with pytest.raises(Refused):
        panel.ask(kit.registry, kit.who("xuyi-reviewer"), case, logins=["expert-a"])
    panel.ask(kit.registry, officer, case, logins=list(EXPERTS))
    with kit.registry.store.read(kit.who("expert-a")) as session:
        assert [w.case.id for w in queue.tasks(session, kit.who("expert-a"), queue.Asked(), limit=9)] == [case]
        assert not queue.tasks(session, kit.who("expert-d"), queue.Asked(), limit=9)

    with pytest.raises(NotFound):
        give(kit, "expert-d", case, "30")
    for wrong in ("", "41", "-1", "30.3", "NaN", "很好"):
        with pytest.raises(BadInput):
            give(kit, "expert-a", case, wrong)
    give(kit, "expert-a", case, "36")
    with pytest.raises(Refused):
        give(kit, "expert-a", case, "40")

    with pytest.raises(Refused):
        panel.free(kit.registry, kit.who("xuyi-reviewer"), case, seat=seat_of(kit, case, "expert-b"))
    panel.free(kit.registry, officer, case, seat=seat_of(kit, case, "expert-b"))
    panel.ask(kit.registry, officer, case, logins=["expert-b"])
    with pytest.raises(NotFound):
        panel.free(kit.registry, officer, case, seat=seat_of(kit, case, "expert-a"))

    cases.declare_conflict(kit.registry, kit.who("expert-b"), case, reason="与归属单位同一培训中心（示例）")
    assert sum(s.startswith("seat:") for s in seats(kit, case)) == 1, "the seat is free again"
    panel.ask(kit.registry, officer, case, logins=["expert-d"])
    give(kit, "expert-d", case, "３３．５")
    app = create_app(kit.registry)
    app.config["WTF_CSRF_METHODS"] = set()  # who may is asked here, not whether the form is ours
    for login in ("xuyi-officer", "expert-c"):
        page = as_(kit, app, login).get(f"/desk/cases/{case}").text
        assert "技能展示" in page and "33.5" not in page, "nobody reads scores before all are in"
    assert f"/desk/cases/{case}" in as_(kit, app, "expert-c").get("/desk/").text, "it stands in their work"
    assert f"/desk/cases/{case}" not in as_(kit, app, "expert-a").get("/desk/").text, "and not when it is done"
    assert as_(kit, app, "expert-c").get(f"/desk/cases/{case}/scores").status_code == 200
    wrong = as_(kit, app, "expert-c").post(
        f"/desk/cases/{case}/scores", data={"skill_demonstration": "45", "remark": "好"}
    )
    assert wrong.status_code == 422 and 'value="45"' in wrong.text and "好" in wrong.text, "nothing typed is lost"
    given = as_(kit, app, "expert-c").post(f"/desk/cases/{case}/scores", data={"skill_demonstration": "30"})
    assert given.status_code == 303
    assert "33.5" in as_(kit, app, "xuyi-officer").get(f"/desk/cases/{case}").text

    kit.act("xuyi-officer", case, "shown")
    kit.act("xuyi-reviewer", case, "recommend", opinion="数据齐全，专家评分完成。")
    with kit.registry.store.read(SYSTEM) as session:
        evaluation = latest_evaluation(session, case)
        assert evaluation is not None
        points = {f["id"]: f["points"] for f in evaluation.outcome["findings"] if f.get("points") is not None}
    assert points["skill_demonstration"] == "33.17", "(36 + 33.5 + 30) / 3, rounded half up to 0.01"
    assert points["season_income"] == "60"
    kit.act("xuyi-leader", case, "keep", opinion="同意。")
    assert kit.case(case).result == "concluded" and kit.health().fault is None


def as_(kit: Kit, app: Flask, login: str) -> FlaskClient:
    """A browser of somebody."""
    client = app.test_client()
    with kit.registry.store.read(SYSTEM) as session:
        account = account_by_login(session, login)
        assert account
    client.set_cookie(COOKIE, signin.open_session(kit.registry, account.id))
    return client


def test_whoever_scored_neither_reviews_nor_decides_and_a_stage_entered_again_is_scored_anew(
    kit: Kit, title: str
) -> None:
    add(kit, "expert-reviewer", "expert", XUYI, date(2026, 3, 2))
    add(kit, "second-hat", "county_reviewer", XUYI, date(2026, 3, 2))
    id = on_titles.re_evaluate(kit.registry, kit.who("xuyi-officer"), number=title)
    kit.act("xuyi-officer", id, "gathered")
    one_person(kit, "expert-reviewer", "second-hat")
    panel.ask(kit.registry, kit.who("xuyi-officer"), id, logins=["expert-reviewer", "expert-a", "expert-d"])
    for login in ("expert-reviewer", "expert-a", "expert-d"):
        give(kit, login, id, "20")
    kit.act("xuyi-officer", id, "shown")
    with pytest.raises(Refused) as refused:
        kit.act("second-hat", id, "recommend", opinion="同意。")
    assert "scored" in refused.value.message.text("en")
    with kit.registry.store.system() as session:
        case = session.get_one(Case, id)
        case.stage = "figures"  # as a workflow with a way back would have it
        session.record("test.back", f"case:{id}")
    kit.act("xuyi-officer", id, "gathered")
    assert len(seats(kit, id)) == 3
    with pytest.raises(Refused, match="还有|outstanding"):
        kit.act("xuyi-officer", id, "shown")


def one_person(kit: Kit, keep: str, gone: str) -> None:
    """Two accounts turn out to be one person's."""
    with kit.registry.store.system() as session:
        kept, other = account_by_login(session, keep), account_by_login(session, gone)
        assert kept and other
        for role in appointments_of(session, other.person_id):
            role.person_id = kept.person_id
            session.add(role)
        other.person_id = kept.person_id
        session.add(other)
        session.record("test.merge", f"account:{other.id}")
