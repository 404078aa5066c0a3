"""A round in the browser: drafted, called, read by the public, ordered, prepared, released – each by who may."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.testing import XUYI, Kit, journey

from ..actions.test_rounds import CLOSES, FIRMS, at_decision
from .conftest import token

pytestmark = pytest.mark.slow

SignedIn = Callable[[str], FlaskClient]
TYPED = {
    "title": "2026年第一批市级劳务品牌认定（示例）",
    "kinds": "labour_brand",
    "opens_on": "2026-03-02",
    "closes_on": "2026年3月20日",
    "order_by": "points",
    "ties": "leader_decides",
    "document": "淮人社示例〔2026〕2号",
    "document_date": "2026-02-27",
    "contact": "市人社局就业科（示例） 0517-80000003",
    "materials": "承诺书\n营业执照复印件",
    "where": "市人社局三楼（示例）",
    f"seats-{XUYI}-labour_brand": "２",
}


def send(client: FlaskClient, page: str, to: str = "", **data: Any) -> TestResponse:
    """What is typed into a page, sent with its token."""
    return client.post(to or page, data={"csrf_token": token(client.get(page).get_data(as_text=True)), **data})


def read(client: FlaskClient, address: str, lang: str = "en") -> str:
    return client.get(f"/{lang}{address}").get_data(as_text=True)


@pytest.fixture
def number(signed_in: SignedIn) -> str:
    answer = send(signed_in("city-officer"), "/desk/rounds/new", **TYPED)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location.rpartition("/")[2]


@pytest.fixture
def called(signed_in: SignedIn, number: str) -> str:
    page = f"/desk/rounds/{number}"
    assert send(signed_in("city-leader"), page, f"{page}/call").status_code == 303
    return number


def test_wrong_call_is_told_beside_its_fields_and_keeps_what_was_typed(signed_in: SignedIn) -> None:
    wrong = TYPED | {"title": "", "closes_on": "2026-02-30", f"seats-{XUYI}-labour_brand": "many"}
    answer = send(signed_in("city-officer"), "/desk/rounds/new", **wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("closes_on", f"seats-{XUYI}-labour_brand"):
        assert f'href="#{field}"' in page
    assert 'value="many"' in page and "0517-80000003" in page and "承诺书" in page


def test_public_reads_the_call_as_soon_as_it_is_called_and_not_before(
    signed_in: SignedIn, visitor: FlaskClient, number: str
) -> None:
    assert visitor.get(f"/rounds/{number}").status_code == 404
    assert TYPED["title"] not in read(visitor, "/rounds", "zh-hant") and number not in read(visitor, "/rounds")
    page = f"/desk/rounds/{number}"
    assert "whoever drafted it does not" in read(signed_in("city-officer"), page)
    send(signed_in("city-leader"), page, f"{page}/call")
    shown = read(visitor, f"/rounds/{number}")
    for words in (TYPED["document"], "承诺书", "0517-80000003", "the most points", "criteria that were published"):
        assert words in shown
    assert re.search(r'<td class="num" data-label="Seats">2</td>', shown)
    assert number in read(visitor, "/rounds") and "Open now" in read(visitor, "/rounds")
    assert "open until the end of" in read(signed_in("applicant"), "/apply/")
    edit = signed_in("city-officer").get(f"{page}/edit")
    assert edit.status_code == 403


def test_too_few_people_are_told_with_the_lawful_ways_out(signed_in: SignedIn, number: str) -> None:
    page = read(signed_in("city-officer"), f"/desk/rounds/{number}")
    assert "People are missing" in page and "there are 0 of at least 3 different people" in page
    assert "What is lawful:" in page


def test_round_is_played_to_its_release(kit: Kit, signed_in: SignedIn, visitor: FlaskClient, called: str) -> None:
    made = {name: at_decision(kit, name, firms=n) for name, n in FIRMS.items()}
    page = f"/desk/rounds/{called}"
    officer, leader, county = signed_in("city-officer"), signed_in("city-leader"), signed_in("xuyi-leader")

    places = {f"place-{made[name]}": n for name, n in zip("丙乙甲", "123", strict=True)}
    about = {"region": XUYI, "kind": "labour_brand"}
    again = send(county, page, f"{page}/order", **about, **(places | {f"place-{made['甲']}": "2"}))
    assert again.status_code == 422 and "每个数只用一次" in again.get_data(as_text=True)
    assert send(county, page, f"{page}/order", **about, **places).status_code == 303

    early = send(officer, page, f"{page}/prepare")
    assert early.status_code == 403 and "24时截止" in early.get_data(as_text=True)
    kit.clock.set(CLOSES + timedelta(days=1))
    officer, leader, county = signed_in("city-officer"), signed_in("city-leader"), signed_in("xuyi-leader")
    foreseen = read(officer, page)
    assert "What it would come to" in foreseen and "Reserve list" in foreseen and "number 1" in foreseen
    assert send(officer, page, f"{page}/prepare").status_code == 303
    for who, hidden in (("applicant", f"/apply/{made['丙']}"), ("xuyi-leader", f"/desk/cases/{made['丙']}")):
        assert "reserve list" not in read(signed_in(who), hidden)
    assert "Reserve list" not in read(county, page) and "With a seat" not in read(county, page)
    assert "being decided" in read(visitor, f"/rounds/{called}")

    seen = re.search(r'name="seen" value="(\w+)"', read(leader, page))
    assert seen and 'name="seen"' not in read(officer, page)
    answer = send(leader, page, f"{page}/release", seen=seen[1], meeting="", minutes="")
    assert answer.status_code == 422 and kit.child(made["甲"]).stage == "decision"
    answer = send(leader, page, f"{page}/release", seen=seen[1], **journey.MEETING)
    assert answer.status_code == 303
    assert [kit.child(made[name]).stage for name in FIRMS] == ["notice", "notice", "decision"]
    assert "Rank 3 of the round: on the reserve list" in read(county, page)
    assert "Decided" in read(visitor, f"/rounds/{called}")
    place = "Rank 3 of the round: on the reserve list"
    assert place in read(signed_in("applicant"), f"/apply/{made['丙']}")
    assert place in read(signed_in("city-reviewer"), f"/desk/cases/{kit.child(made['丙']).id}")
    again = send(leader, page, f"{page}/release", seen=seen[1], **journey.MEETING)
    assert again.status_code == 403, "a second click changes nothing"
    assert kit.health().fault is None


def test_equals_are_chosen_on_the_page(kit: Kit, signed_in: SignedIn, called: str) -> None:
    made = {name: at_decision(kit, name) for name in "甲乙丙"}
    kit.clock.set(CLOSES + timedelta(days=1))
    officer, page = signed_in("city-officer"), f"/desk/rounds/{called}"
    answer = send(officer, page, f"{page}/prepare", chosen=[made["甲"]])
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and re.search(f'value="{made["甲"]}" checked', text)
    assert send(officer, page, f"{page}/prepare", chosen=[made["甲"], made["丙"]]).status_code == 303
    shown = read(officer, page)
    assert "The decision, prepared" in shown and "something has changed" not in shown
    assert [bool(re.search(f'value="{made[n]}" checked', shown)) for n in "甲乙丙"] == [True, False, True]


def test_call_is_dropped_from_the_public_pages_stores_when_it_is_called_off(
    signed_in: SignedIn, visitor: FlaskClient, called: str
) -> None:
    assert "Start an application" in read(visitor, f"/rounds/{called}")
    page = f"/desk/rounds/{called}"
    leader = signed_in("city-leader")
    assert send(leader, page, f"{page}/cancel", reason="").status_code == 422
    assert send(leader, page, f"{page}/cancel", reason="预算未下达（示例）").status_code == 303
    assert "预算未下达（示例）" in read(visitor, f"/rounds/{called}")


def test_who_comes_before_the_first_day_is_told_beside_the_choice_and_keeps_what_was_typed(
    kit: Kit, signed_in: SignedIn
) -> None:
    draft = journey.drafted(kit)
    answer = send(signed_in("city-officer"), "/desk/rounds/new", **TYPED | {"opens_on": "2026-03-09"})
    page = f"/desk/rounds/{answer.location.rpartition('/')[2]}"
    send(signed_in("city-leader"), page, f"{page}/call")
    applicant = signed_in("applicant")
    form = re.search(r'name="form" value="([^"]*rice[^"]*)"', read(applicant, "/apply/start"))
    assert form
    begun = send(applicant, "/apply/start", form=form[1], name="盱眙虚构丁种养员", **{"class": "skills"})
    shown = begun.get_data(as_text=True)
    assert begun.status_code == 422 and "开始申报" in shown and 'value="盱眙虚构丁种养员"' in shown
    sent = send(applicant, f"/apply/{draft}/check", declaration="yes", key="k")
    assert sent.status_code == 303 and "开始申报" in applicant.get(sent.location).get_data(as_text=True)
    assert kit.case(draft).number is None
