"""The pages of the calendar, the audit view, the record and the history of any screen."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlmodel import select

from registry.rules.permission import SYSTEM
from registry.store.title import Title
from registry.testing import CITY, XUYI, Kit, add, journey
from registry.web.record_terms import TABLES, VERBS

from .conftest import token

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow
SignIn = Callable[[str], FlaskClient]
EXAMPLE = (Path(__file__).parents[1] / "holidays" / "2027-example.txt").read_text(encoding="utf-8")
TODAY = date(2026, 3, 2)


@pytest.fixture
def staffed(kit: Kit) -> Kit:
    """An auditor, a system administrator and an audit administrator."""
    add(kit, "xuyi-auditor", "auditor", XUYI, TODAY)
    add(kit, "system", "admin", CITY, TODAY)
    add(kit, "audit", "audit_admin", CITY, TODAY)
    return kit


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(f"/en{path}")
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return answer.get_data(as_text=True)


def send(client: FlaskClient, path: str, page: str, **form: str) -> tuple[int, str, str]:
    """(status, where to, body)."""
    answer = client.post(f"/en{path}", data={"csrf_token": token(page), **form})
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)


def test_year_is_pasted_looked_at_and_published(staffed: Kit, signed_in: SignIn) -> None:
    client = signed_in("system")
    assert "2027 is not published yet" in read(client, "/admin/calendar/")
    page = read(client, "/admin/calendar/new")
    status, _, body = send(client, "/admin/calendar/new", page, text=EXAMPLE.replace("共5天", "共6天"))
    assert status == 422 and "Line 7: The notice says 6 days, but names 5." in body and "1月9日（周六）上班" in body
    status, _, body = send(client, "/admin/calendar/new", page, text=EXAMPLE)
    assert status == 200 and "What was understood of 2027" in body and "shifted workday" in body
    assert 'value="国办发明电〔2026〕0号"' in body and "2027 is not published" in read(client, "/admin/calendar/")
    status, where, _ = send(client, "/admin/calendar/new", page, text=EXAMPLE, publish="1", link="https://example.cn/1")
    assert status == 303 and where.endswith("/admin/calendar/2027")
    body = read(client, "/admin/calendar/2027")
    assert "国办发明电〔2026〕0号" in body and body.count('class="month"') == 12 and "<small>workday</small>" in body
    read(client, "/admin/calendar/2031", 404)
    assert "calendar published" in read(client, "/admin/history/calendar/2027")
    status, _, body = send(client, "/admin/calendar/new", page, text=EXAMPLE)
    assert "2027 is published already" in body
    for login in ("xuyi-auditor", "city-leader"):
        read(signed_in(login), "/admin/calendar/", 403)


def test_deadline_on_the_desk_says_what_was_skipped(kit: Kit, signed_in: SignIn) -> None:
    kit.clock.set(date(2026, 9, 29))
    case = journey.county(kit, "acceptance")
    body = read(signed_in("xuyi-officer"), f"/desk/cases/{case}")
    assert "National Day, not counted" in body
    kit.clock.set(date(2026, 12, 30))
    late = journey.county(kit, "acceptance", name="盱眙示例乙（虚构）")
    assert "the calendar of 2027 is not published yet" in read(signed_in("xuyi-officer"), f"/desk/cases/{late}")


def test_sample_has_its_seed_in_the_address_and_leads_to_histories(staffed: Kit, signed_in: SignIn) -> None:
    journey.county(staffed, "acceptance", name="盱眙示例甲（虚构）")
    for login in ("xuyi-auditor", "audit"):
        client = signed_in(login)
        page = read(client, "/admin/audit/")
        status, where, _ = send(client, "/admin/audit/sample", page, n="3", region=XUYI)
        assert status == 303 and "seed=" in where and f"region={XUYI}" in where
        body = read(client, where.removeprefix("/en"))
        assert "盱眙示例甲" in body and "/admin/history/case/" in body
        status, _, body = send(client, "/admin/audit/sample", page, n="0", seed="!")
        assert status == 422 and "Between 1 and 200 cases." in body
    read(signed_in("xuyi-officer"), "/admin/audit/", 403)


@pytest.mark.parametrize("key", ["overrides", "openings", "overdue", "pairs", "people", "returned"])
def test_each_list_opens_is_filtered_and_saved(key: str, staffed: Kit, signed_in: SignIn) -> None:
    journey.city(staffed)
    journey.city(staffed, name="盱眙示例乙（虚构）")
    staffed.clock.forward(days=1)
    client = signed_in("audit")
    read(client, f"/admin/audit/{key}")
    read(client, f"/admin/audit/{key}?region={XUYI}&since=2026-01-01&until=x&kind=labour_brand&page=7")
    answer = client.get(f"/en/admin/audit/{key}?format=csv&region={XUYI}")
    assert f"audit-{key}-{XUYI}-2026-" in answer.headers["Content-Disposition"]
    assert answer.get_data(as_text=True).startswith("\ufeff") and answer.headers["Cache-Control"] == "no-store"
    read(client, "/admin/audit/nothing", 404)


def test_record_says_its_health_in_one_line_and_shows_its_rows(staffed: Kit, signed_in: SignIn) -> None:
    case = journey.county(staffed)
    client = signed_in("xuyi-auditor")
    page = read(client, "/admin/record/")
    assert "never verified from this page" in page and "public_key" in page and "case moved on" in page
    assert send(client, "/admin/record/verify", page)[0] == 303
    assert "all as recorded" in read(client, "/admin/record/")
    body = read(
        client, f"/admin/record/?verb=case.submit&subject={case}&who=applicant&since=2026-03-01&until=2026-12-31"
    )
    assert "1 rows of the record" in body and "application sent" in body
    assert "No row fits" in read(client, "/admin/record/?since=2031-01-01")
    lines = client.get("/admin/record/?format=jsonl&verb=case.move").get_data(as_text=True).splitlines()
    assert all(json.loads(line)["verb"] == "case.move" for line in lines) and len(lines) >= 4
    assert client.get("/admin/record/?format=csv").status_code == 200
    read(signed_in("xuyi-officer"), "/admin/record/", 403)


def test_record_that_was_touched_is_told_with_its_place(staffed: Kit, signed_in: SignIn) -> None:
    case = journey.county(staffed, "acceptance")
    with staffed.registry.store.engine.begin() as connection:
        connection.execute(text("UPDATE \"case\" SET stage = 'review' WHERE id = :id"), {"id": case})
    client = signed_in("audit")
    send(client, "/admin/record/verify", read(client, "/admin/record/"))
    body = read(client, "/admin/record/")
    assert "NOT as recorded" in body and f"case:{case} disagrees with the record in stage" in body


def test_title_leads_to_who_approved_it_and_on_what(staffed: Kit, signed_in: SignIn) -> None:
    case = journey.city(staffed)
    with staffed.registry.store.read(SYSTEM) as session:
        title = session.exec(select(Title).where(Title.case_id == case)).one()
    client = signed_in("xuyi-auditor")
    body = read(client, f"/admin/history/title/{title.id}")
    assert "title given" in body and f"/admin/history/case/{case}" in body and "/admin/record/" in body
    body = read(client, f"/admin/history/case/{case}")
    assert "city-leader" in body and "会纪〔2026〕3号" in body and "淮人社示例〔2026〕1号" in body
    answer = client.get(f"/en/admin/history/case/{case}?format=csv")
    assert "city-reviewer" in answer.get_data(as_text=True)
    lines = client.get(f"/admin/history/case/{case}?format=jsonl").get_data(as_text=True).splitlines()
    assert {json.loads(line)["subject"] for line in lines} >= {f"case:{case}"}
    assert journey.RICE["contact_phone"] not in body + answer.get_data(as_text=True) + "".join(lines)


def test_history_of_what_one_may_not_see_is_not_there(staffed: Kit, signed_in: SignIn) -> None:
    case = journey.county(staffed, "acceptance")
    read(signed_in("xuyi-officer"), f"/admin/history/case/{case}")
    for login in ("lianshui-officer", "system"):
        read(signed_in(login), f"/admin/history/case/{case}", 404)
    read(signed_in("applicant"), f"/admin/history/case/{case}", 403)
    for path in ("case/nothing", "nothing/1", "record_entry/1", "task/%22", "account/x"):
        read(signed_in("xuyi-officer"), f"/admin/history/{path}", 404)


def test_pages_lead_to_the_history(staffed: Kit, signed_in: SignIn) -> None:
    case = journey.city(staffed)
    for path in (f"/desk/cases/{case}", "/desk/cases"):
        assert f"/admin/history/case/{case}" in read(signed_in("city-officer"), path)
    assert "/admin/history/account/" in read(signed_in("system"), "/admin/people/accounts/xuyi-officer")


def test_everything_that_verbs_record_is_said_in_words() -> None:
    source = "".join(file.read_text() for file in (ROOT / "registry/actions").glob("*.py"))
    said = re.findall(r'record\(\s*"([a-z_.]+)",\s*f?"([a-z_]+):', source)
    assert len(said) > 40
    assert {verb for verb, _ in said} <= VERBS.keys() and {subject for _, subject in said} <= TABLES.keys()
