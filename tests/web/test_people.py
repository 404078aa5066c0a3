"""Accounts, roles, invitations, persons merged and regions, done on their pages by the people who may."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.testing import CITY, XUYI, Kit, add, journey

from .conftest import token

pytestmark = pytest.mark.slow

TODAY = date(2026, 3, 2)
PASSWORD = "correct horse battery 9"


@pytest.fixture
def office(kit: Kit, signed_in: Callable[[str], FlaskClient]) -> dict[str, FlaskClient]:
    """The three administrators, signed in."""
    for role in ("admin", "security_admin", "audit_admin"):
        add(kit, role, role, CITY, TODAY)
    return {role: signed_in(role) for role in ("admin", "security_admin", "audit_admin")}


def send(client: FlaskClient, page: str, to: str = "", **form: str) -> TestResponse:
    """Fill in the form on a page and send it, there or where the form leads."""
    shown = client.get(page)
    assert shown.status_code == 200, (page, shown.status)
    return client.post(to or page, data={"csrf_token": token(shown.get_data(as_text=True)), **form})


def roles(kit: Kit, login: str) -> list[str]:
    return [a.role for a in kit.who(login).appointments]


def link(page: str, pattern: str) -> str:
    """An address on a page."""
    found = re.search(rf'(?:href|action)="([^"]*{pattern}[^"]*)"', page)
    assert found, (pattern, page[:3000])
    return found.group(1)


def test_new_colleague_gets_an_account_and_by_two_people_a_role(kit: Kit, office: dict[str, FlaskClient]) -> None:
    admin, security = office["admin"], office["security_admin"]
    account = {"login": "newcomer", "name": "赵示例", "title": "盱眙县 经办二", "password": PASSWORD}
    assert send(admin, "/admin/people/new", **account).status_code == 303
    terms = {"role": "county_officer", "region": XUYI, "from_day": "2026-03-02", "unit": "就业促进科"}
    assert send(admin, "/admin/people/accounts/newcomer", **terms).status_code == 303
    assert roles(kit, "newcomer") == []
    waiting = security.get("/admin/people/").get_data(as_text=True)
    assert "就业促进科" in waiting and "赵示例" not in waiting
    confirm = link(waiting, "/confirm")
    assert send(admin, "/admin/people/", confirm).status_code == 403
    assert send(security, "/admin/people/", confirm).status_code == 303
    assert roles(kit, "newcomer") == ["county_officer"]
    listed = office["audit_admin"].get("/admin/people/roles?state=in_force").get_data(as_text=True)
    assert "newcomer" in listed and "就业促进科" in listed
    assert kit.health().fault is None


def test_wrong_terms_stand_in_the_form_again(office: dict[str, FlaskClient]) -> None:
    terms = {"role": "county_officer", "region": XUYI, "from_day": "gestern", "unit": "就业促进科"}
    answer = send(office["admin"], "/admin/people/accounts/xuyi-officer", **terms)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "就业促进科" in page and 'href="#from_day"' in page


def test_role_ends_with_a_reason(kit: Kit, office: dict[str, FlaskClient]) -> None:
    security = office["security_admin"]
    page = link(security.get("/admin/people/accounts/xuyi-officer").get_data(as_text=True), "/end")
    assert send(security, page, reason=" ").status_code == 422
    assert send(security, page, reason="调离岗位").status_code == 303
    assert roles(kit, "xuyi-officer") == []
    assert "调离岗位" in security.get("/admin/people/roles?state=ended").get_data(as_text=True)


def test_security_administrator_gives_a_role_to_a_colleague_for_a_leave(
    kit: Kit, office: dict[str, FlaskClient]
) -> None:
    security = office["security_admin"]
    page = link(security.get("/admin/people/accounts/xuyi-leader").get_data(as_text=True), "/delegate")
    leave = {"login": "xuyi-reviewer", "from_day": "2026-03-02", "to_day": "2026-05-30"}
    assert send(security, page, **leave).status_code == 422
    assert send(security, page, **{**leave, "to_day": "2026-03-20"}).status_code == 303
    assert roles(kit, "xuyi-reviewer") == ["county_leader", "county_reviewer"]


def test_invited_department_opens_its_account_by_a_link_that_works_once(
    kit: Kit, office: dict[str, FlaskClient], visitor: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    case = kit.case(journey.county(kit, "acceptance"))
    about = {"login": "tax", "unit": "税务部门（演示）", "region": XUYI, "to_day": "2026-04-30"}
    answer = send(office["admin"], "/admin/people/invite", **about, case_number="none")
    assert answer.status_code == 422 and "税务部门（演示）" in answer.get_data(as_text=True)
    shown = send(office["admin"], "/admin/people/invite", **about, case_number=case.number or "")
    page = re.search(r"/invitation/[\w-]+", shown.get_data(as_text=True))
    assert page
    assert send(visitor, page.group(), name="王示例", password="short").status_code == 422
    assert send(visitor, page.group(), name="王示例", password=PASSWORD).status_code == 303
    again = visitor.get(page.group())
    assert again.status_code == 403 and "已使用过" in again.get_data(as_text=True)
    assert visitor.get("/invitation/guessed").status_code == 403
    assert signed_in("tax").get(f"/desk/cases/{case.id}").status_code == 403, "it waits to be confirmed"
    confirm = link(office["security_admin"].get("/admin/people/").get_data(as_text=True), "/confirm")
    send(office["security_admin"], "/admin/people/", confirm)
    assert signed_in("tax").get(f"/desk/cases/{case.id}").status_code == 200


def test_invitation_that_has_expired_says_so(kit: Kit, office: dict[str, FlaskClient], visitor: FlaskClient) -> None:
    about = {"login": "tax", "unit": "税务部门（演示）", "region": XUYI, "to_day": "2026-04-30"}
    shown = send(office["admin"], "/admin/people/invite", **about).get_data(as_text=True)
    kit.clock.set(TODAY + timedelta(days=8))
    page = re.search(r"/invitation/[\w-]+", shown)
    assert page and "已过期" in visitor.get(page.group()).get_data(as_text=True)


def test_two_accounts_become_one_persons_by_two_administrators(kit: Kit, office: dict[str, FlaskClient]) -> None:
    admin, security = office["admin"], office["security_admin"]
    page = "/admin/people/accounts/xuyi-officer/merge"
    assert send(security, page, drop="xuyi-reviewer", reason="").status_code == 422
    assert send(security, page, drop="xuyi-officer", reason="同一身份证号").status_code == 422
    assert send(security, page, drop="xuyi-reviewer", reason="同一身份证号").status_code == 303
    confirm = link(admin.get("/admin/people/").get_data(as_text=True), "/merges/[0-9a-f]+/confirm")
    assert send(security, page, confirm).status_code == 403
    assert send(admin, "/admin/people/", confirm).status_code == 303
    assert kit.who("xuyi-officer").person == kit.who("xuyi-reviewer").person
    assert "xuyi-reviewer" in admin.get("/admin/people/accounts/xuyi-officer").get_data(as_text=True)


def test_new_password_is_shown_once_and_the_old_one_is_gone(kit: Kit, office: dict[str, FlaskClient]) -> None:
    person = "/admin/people/accounts/xuyi-officer"
    shown = send(office["admin"], person, f"{person}/password").get_data(as_text=True)
    assert re.search(r"<code>[\w-]{16}</code>", shown)
    assert not re.search(r"<code>[\w-]{16}</code>", office["admin"].get(person).get_data(as_text=True))


def test_zone_is_added_and_has_a_page_and_another_takes_its_work_over(
    office: dict[str, FlaskClient], visitor: FlaskClient
) -> None:
    admin = office["admin"]
    assert "淮安经济技术开发区" in visitor.get("/counties").get_data(as_text=True)
    zone = {
        "code": "320872",
        "slug": "east",
        "name": "示例功能区",
        "english": "Example Zone",
        "valid_from": "2026-03-02",
    }
    assert send(admin, "/admin/regions/new", **{**zone, "slug": "xuyi"}, parent=CITY).status_code == 422
    assert send(admin, "/admin/regions/new", **zone, parent=CITY).status_code == 303
    assert "示例功能区" in visitor.get("/counties").get_data(as_text=True)
    assert visitor.get("/counties/east").status_code == 200
    end = {"last_day": "2026-03-01", "successor": "320871"}
    assert send(admin, "/admin/regions/320872/end", **end).status_code == 422
    assert send(admin, "/admin/regions/320872/end", **{**end, "last_day": "2026-03-02"}).status_code == 303
    assert admin.get("/admin/regions/320872/end").status_code == 404
