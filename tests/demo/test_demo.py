"""The demonstration: it plays through, shows every stage, speaks ill of nobody real, and can be moved on and begun again."""

import json
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from registry.actions import definitions, entries
from registry.app import create_app
from registry.base.clock import local_date
from registry.base.errors import BadInput, Broken, Refused
from registry.base.i18n import Text
from registry.base.settings import Settings, load_demo
from registry.demo import control, play
from registry.demo.days import AHEAD, first_day, published_calendar, working_day
from registry.demo.files import folders, read_folders
from registry.demo.player import Player
from registry.host.plugins import Plugins
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.rules.workflow import Workflow
from registry.store.case import Case, CaseStep, Task
from registry.store.definition import Definition
from registry.store.entry import Entry
from registry.store.meta import mark
from registry.store.notice import Objection
from registry.store.observation import observations
from registry.store.published import PublishedPage
from registry.store.region import Region
from registry.store.showcase import RenderedPage
from registry.store.title import Decision, Title
from registry.store.verify import verify

pytestmark = pytest.mark.slow


PLAYED = {"recommend", "recognise", "revoke"}
"""The procedures of which every stage is played; the re-evaluation stands in its skill demonstration."""


def quiet(line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def demo(made_demonstration: Path, tmp_path: Path) -> Iterator[Registry]:
    """A demonstration of one's own."""
    shutil.copytree(made_demonstration / "data", tmp_path / "data")
    registry = play.open_demo(load_demo(tmp_path / "data"), say=quiet)
    yield registry
    registry.close()


@pytest.fixture
def client(demo: Registry) -> FlaskClient:
    """A browser."""
    return create_app(demo).test_client()


def post(client: FlaskClient, url: str, follow: bool = True, **data: str) -> TestResponse:
    """A button of the page is pressed."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/demo").text)
    assert token
    return client.post(url, data={**data, "csrf_token": token[1]}, follow_redirects=follow)


def everything(registry: Registry) -> list[tuple[Case, Entry]]:
    """Every case with its entry."""
    with registry.store.system() as session:
        return list(session.exec(select(Case, Entry).join(Entry, Entry.id == Case.entry_id)))  # type: ignore[arg-type]


def test_it_is_made_soon_enough_to_wait_for(made_demonstration: Path) -> None:
    assert float((made_demonstration / "seconds").read_text()) < 60  # 19 s on two idle cores


def test_there_are_cases_in_every_stage_that_somebody_owns(demo: Registry) -> None:
    found = everything(demo)
    stages = {(c.procedure, c.stage) for c, _ in found}
    wanted = set()
    workflows = (d for p in definitions.all_packs(demo) for d in p.definitions if isinstance(d.model, Workflow))
    for parsed in (d for d in workflows if d.model.procedure in PLAYED):
        wanted |= {
            (parsed.model.procedure, name)
            for name, stage in parsed.model.stages.items()
            if stage.role and (parsed.model.procedure, name) != ("revoke", "proposal")  # proposing moves it on at once
        }
    assert wanted and not wanted - stages
    assert {("recommend", "field_check"), ("re_evaluate", "skill_demonstration")} <= stages
    assert len({c.entry_id for c, _ in found}) >= 12
    assert {"recognised", "refused", "withdrawn", "revoked", "concluded"} <= {c.result for c, _ in found}
    assert {"micro_park", "startup_street"} <= {c.kind for c, _ in found}


OWN = {
    "huaiyin": ("background_check", "huaiyin.domestic_worker"),
    "hongze": ("shop_check", "hongze.farm_ecommerce"),
    "qingjiangpu": ("expert_look", "qingjiangpu.red_pepper"),
    "huaian-district": ("skill_test", "huaian_district.teaching_aids"),
    "jinhu": ("street_walk", "jinhu.startup_street"),
    "lianshui": ("payroll_check", "lianshui.village_workshop"),
    "xuyi": ("field_check", "xuyi.rice_crayfish"),
}
"""County → its own stage, and the criteria by which cases are judged that pass it."""


def test_in_each_county_a_case_walks_its_own_stage_and_is_judged_by_its_own_criteria(demo: Registry) -> None:
    with demo.store.system() as session:
        for county, (stage, criteria) in OWN.items():
            came = session.exec(
                select(Case, Region.slug)
                .join(CaseStep, CaseStep.case_id == Case.id)
                .join(Region, Region.code == Case.home_region)
                .where(CaseStep.to_stage == stage)
            ).all()
            judged = {session.get_one(Definition, case.pins["criteria"]).ref for case, _ in came}
            assert ({slug for _, slug in came}, judged) == ({county}, {criteria})


def test_every_page_of_a_pack_can_be_rendered(demo: Registry) -> None:
    with demo.store.system() as session:
        pages = list(session.exec(select(RenderedPage)))
    assert {p.error for p in pages} == {None}
    assert {p.page.partition("/")[0] for p in pages} >= {county.replace("-", "_") for county in OWN}


def test_somebody_is_late_somebody_objected_something_was_returned(demo: Registry) -> None:
    with demo.store.system() as session:
        late = list(session.exec(select(Task).where(Task.status == "open", Task.due_on < session.today)))  # type: ignore[operator]
        objections = list(session.exec(select(Objection)))
        returned = list(session.exec(select(CaseStep).where(CaseStep.act == "return")))
    assert late and objections[0].status == "open" and returned


def test_nothing_that_speaks_against_them_is_attached_to_real_entries(demo: Registry) -> None:
    for case, entry in everything(demo):
        assert entry.fictitious or (case.stage == "draft" and not case.defects and case.submitted_at is None)
        assert entry.fictitious == ("虚构" in entry.text.zh_hans)


def test_real_entries_have_no_title_and_titles_have_their_document(demo: Registry) -> None:
    with demo.store.system() as session:
        titles = list(session.exec(select(Title, Entry).join(Entry)))
        real = list(session.exec(select(Entry).where(Entry.fictitious == False)))  # noqa: E712
        decided = {d.document for d in session.exec(select(Decision).where(Decision.act == "recognise"))}
    assert all(entry.fictitious for _, entry in titles)
    assert {t.document for t, _ in titles} <= decided and len(titles) == 7
    assert sum(e.kind == "labour_brand" for e in real) == 7 and all(e.standing for e in real)
    revoked = next(t for t, _ in titles if t.status == "revoked")
    assert "台账" in Text.model_validate(revoked.end_reason).zh_hans


def test_the_record_is_whole(demo: Registry) -> None:
    with demo.store.read(SYSTEM) as session:
        health = verify(session, demo.store.signer)
    assert health.fault is None, health


def test_three_sources_give_the_crayfish_work_force_differently(demo: Registry) -> None:
    with demo.store.read(SYSTEM) as session:
        rows = [r for r in observations(session, "region", ["320830"]) if r.fact == "practitioners"]
    assert [r.value for r in rows] == ["200000", "210000", "128000"]
    assert all(r.source_text and r.as_of for r in rows)


def test_every_act_fell_on_a_working_day(demo: Registry) -> None:
    calendar = published_calendar()
    with demo.store.system() as session:
        days = {step.on for step in session.exec(select(CaseStep))}
    assert days and all(calendar.is_working_day(day) for day in days)


@pytest.mark.parametrize(
    "today", [date(2026, 3, 3), date(2026, 3, 7), date(2026, 10, 3), date(2026, 11, 24), date(2031, 1, 1)]
)
def test_the_first_day_is_worked_and_the_calendar_reaches_far_enough(today: date) -> None:
    calendar = published_calendar()
    first = first_day(calendar, today)
    assert calendar.is_working_day(first) and first <= today
    assert calendar.covers(first, first + timedelta(days=AHEAD))
    assert all(calendar.is_working_day(working_day(calendar, first, n)) for n in range(-220, 30))


def test_the_clock_moves_on_and_no_page_tells_yesterdays_date(demo: Registry, client: FlaskClient) -> None:
    client.get("/")
    token = control.become(demo, "city-officer")
    with demo.store.read(SYSTEM) as session:
        assert session.exec(select(PublishedPage)).first()
        end = control.next_notice_end(session)
    assert end
    assert control.advance(demo, "notice") == end.then == local_date(demo.now) > end.on
    with demo.store.read(SYSTEM) as session:
        assert session.exec(select(PublishedPage)).first() is None
    client.set_cookie("registry_session", token)
    assert client.get("/desk/").status_code == 200  # still signed in


def test_beginning_again_restores_everything(demo: Registry, client: FlaskClient) -> None:
    before = demo.now
    slug = entries.add_entry(
        demo,
        SYSTEM,
        kind="labour_brand",
        region="320830",
        name=Text.model_validate("多出来的（虚构）"),
        fictitious=True,
    )
    control.advance(demo, "deadline")
    assert client.get(f"/brands/{slug}").status_code == 200
    control.start_over(demo)
    assert client.get(f"/brands/{slug}").status_code == 404
    assert abs(demo.now - before) < timedelta(minutes=5)
    with demo.store.read(SYSTEM) as session:
        assert verify(session, demo.store.signer).fault is None


def test_a_second_start_is_fast_and_keeps_what_was_entered(demo: Registry) -> None:
    slug = entries.add_entry(
        demo,
        SYSTEM,
        kind="labour_brand",
        region="320830",
        name=Text.model_validate("留下来的（虚构）"),
        fictitious=True,
    )
    began = time.monotonic()
    again = play.open_demo(demo.settings, say=quiet)
    assert time.monotonic() - began < 3
    with again.store.read(SYSTEM) as session:
        assert session.exec(select(Entry).where(Entry.slug == slug)).one()
    again.close()


def test_a_start_that_is_killed_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Player, "play", killed)
    with pytest.raises(KeyboardInterrupt):
        play.open_demo(load_demo(tmp_path / "data"), say=quiet)
    assert [p.name for p in tmp_path.iterdir()] == ["data"]
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["keys.json"]


def test_a_real_registry_is_never_taken_for_a_demonstration(demo: Registry, tmp_path: Path) -> None:
    with pytest.raises(Broken):
        demo.refuse_demonstration()
    with sqlite3.connect(demo.settings.data_dir / "registry.db") as database:
        database.execute("DELETE FROM meta WHERE key = 'demonstration'")
    for fresh in (False, True):
        with pytest.raises(Broken):
            play.open_demo(demo.settings, fresh=fresh, say=quiet)
    demo.demonstration = False
    for act in (control.advance, control.start_over, lambda r: control.become(r, "city-officer")):
        with pytest.raises(Refused):
            act(demo)


def test_other_peoples_files_are_not_thrown_away(tmp_path: Path) -> None:
    settings: Settings = load_demo(tmp_path)
    (tmp_path / "letter.doc").write_text("mine")
    with pytest.raises(Broken, match=r"letter\.doc"):
        play.open_demo(settings, fresh=True, say=quiet)


def test_without_a_demonstration_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "folders", lambda plugins: [])
    with pytest.raises(Broken, match="pip install registry-huaian"):
        play.open_demo(load_demo(tmp_path), say=quiet)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("packs:\n  - hebei\n  - xuyi\n", "demo/bad.yaml:3:5"),
        ("people:\n  - {login: a, title: 甲, role: editor, region: '320830', age: 3}\n", "demo/bad.yaml:2:"),
        ("cases:\n  - id: x\n    entry: nothing\n    applicant: nobody\n    like: none\n", "demo/bad.yaml:3:12"),
        (
            "entries:\n  - {id: x, kind: labour_brand, region: '320830', name: 虚构的, fictitious: false}\n",
            "demo/bad.yaml:2:",
        ),
    ],
)
def test_bad_data_is_told_by_file_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        read_folders([tmp_path / "demo"])
    assert error.value.faults[0].text("en").startswith(place)


def test_nothing_bad_can_be_played_about_a_real_brand(tmp_path: Path) -> None:
    [folder] = folders(Plugins.load())
    shutil.copytree(folder, tmp_path / "demo")
    more = "cases:\n  - id: worse\n    entry: shihe_teaching_aids\n    applicant: xuyi-centre\n    like: brand\n"
    more += "    steps: [{day: -1, who: xuyi-officer, do: refuse}]\n"
    (tmp_path / "demo" / "more.yaml").write_text(more, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        read_folders([tmp_path / "demo"])
    assert [f.place for f in error.value.faults] == ["demo/more.yaml:3:12"]


def test_the_page_leads_everywhere(client: FlaskClient) -> None:
    for prefix in ("", "/zh-hant", "/en"):
        page = client.get(f"{prefix}/demo")
        assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    for n in range(1, 7):
        there = post(client, f"/demo/tour/{n}")
        assert there.status_code == 200, n
    assert post(client, "/demo/tour/7").status_code == 404


def test_everybody_can_be_continued_as(demo: Registry, client: FlaskClient) -> None:
    with demo.store.read(SYSTEM) as session:
        logins = [p["login"] for p in json.loads(mark(session, control.PEOPLE) or "")]
    assert len(logins) > 25
    for login in logins[:9]:
        assert post(client, "/demo/become", login=login).status_code == 200
    assert post(client, "/demo/become", login="nobody").status_code == 404


def test_moving_on_and_beginning_again_by_the_page(demo: Registry, client: FlaskClient) -> None:
    today = local_date(demo.now)
    assert post(client, "/demo/advance", to="deadline").status_code == 200
    assert local_date(demo.now) > today
    assert client.get("/demo/start-over").status_code == 200
    assert post(client, "/demo/start-over").status_code == 200
    assert local_date(demo.now) == today


def test_a_form_without_its_token_does_nothing(demo: Registry) -> None:
    client = create_app(demo).test_client()
    today = local_date(demo.now)
    assert client.post("/demo/advance", data={"to": "deadline"}).status_code == 422
    assert local_date(demo.now) == today
