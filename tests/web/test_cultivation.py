"""The cultivation list and the public's suggestions, through the real application."""

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.actions import cultivation, signin, suggestions
from registry.app import create_app
from registry.store.account import account_by_login
from registry.testing import XUYI, Kit, add
from registry.web.context import COOKIE
from tests.actions.test_cultivation import BUILDER, item, observe, suggested, suggestion, taken_up

pytestmark = pytest.mark.slow

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
LIST = "/en/desk/cultivation/"
PHONE = "13912345678"
SUGGESTED = {
    "name": "盱眙示例草编匠（虚构）",
    "county": "xuyi",
    "reason": "镇上有两百多人做草编，手艺好。",
    "contact": PHONE,
}


@pytest.fixture
def app(kit: Kit) -> Flask:
    """The application of the kit's registry."""
    return create_app(kit.registry)


class Browser:
    """Somebody with a browser, signed in or not."""

    def __init__(self, kit: Kit, app: Flask, login: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if login:
            with kit.registry.store.system() as session:
                account = account_by_login(session, login)
            assert account is not None
            self.client.set_cookie(COOKIE, signin.open_session(kit.registry, account.id))

    def get(self, url: str, status: int = 200) -> str:
        """A page."""
        response = self.client.get(url)
        assert response.status_code == status, (response.status_code, response.text[-3000:])
        return unescape(response.text)

    def send(self, form_url: str, action: str | None = None, **fields: Any) -> TestResponse:
        """Open a page and send a form of it."""
        token = TOKEN.search(self.client.get(form_url).text)
        assert token
        return self.client.post(action or form_url, data={**fields, "csrf_token": token[1]})


@pytest.fixture
def at(kit: Kit, app: Flask) -> Any:
    """Open a browser."""
    return lambda login=None: Browser(kit, app, login)


def test_the_officer_puts_a_brand_on_the_list(kit: Kit, at: Any) -> None:
    officer = at("xuyi-officer")
    assert "No brand is on the list" in officer.get(LIST)
    wrong = officer.send(LIST + "new", name="盱眙示例插秧手（虚构）", plan="田间班")
    assert wrong.status_code == 422 and "Say how it was found" in wrong.text and "田间班" in wrong.text
    page = officer.get(LIST + "new")
    what = re.search(r'<option value="([^"]*:rice_crayfish)"', page)
    assert what
    sent = officer.send(
        LIST + "new",
        name="盱眙示例插秧手（虚构）",
        found="survey",
        what=what[1],
        builder=BUILDER,
        **{"class": "skills"},
    )
    assert sent.status_code == 303 and sent.location.endswith("/320830-P-2026-001")
    shown = officer.get(LIST + "320830-P-2026-001")
    assert "What is missing for Xuyi" in shown and "Not known yet" in shown and "Ask for:" in shown
    assert "320830-P-2026-001" in officer.get(LIST)


def test_the_list_is_filtered_sorted_and_saved_as_it_is_seen(kit: Kit, at: Any) -> None:
    ready = taken_up(kit, name="=cmd（虚构）")
    taken_up(kit, name="盱眙示例编筐匠（虚构）")
    cultivation.move(kit.registry, kit.who("xuyi-officer"), ready, version=1, to="ready")
    city = at("city-officer")
    page = city.get(LIST + "?status=ready&county=xuyi&year=2026&kind=labour_brand&sort=name")
    assert ready in page and "编筐匠" not in page and "Found: 1" in page
    assert "No brand fits" in city.get(LIST + "?county=lianshui")
    assert "No brand fits" in city.get(LIST + "?year=0001") and city.get(LIST + "?year=zz&page=99&sort=nonsense")
    file = city.client.get(LIST + "list.csv?status=ready")
    assert "cultivation-ready-2026-03-02.csv" in file.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert len(rows) == 2 and rows[1][1] == "'=cmd（虚构）"


def test_only_the_offices_of_the_region_see_the_list(kit: Kit, at: Any) -> None:
    number = taken_up(kit)
    for login in ("xuyi-reviewer", "xuyi-leader", "city-leader"):
        page = at(login).get(LIST + number)
        assert "Open the application for the builder" not in page and "Comment or ask" in page
    neighbour = at("lianshui-officer")
    assert number not in neighbour.get(LIST)
    for url in (number, f"{number}/edit", f"{number}/drop"):
        neighbour.get(LIST + url, 404)
        at("applicant").get(LIST + url, 403)
    for verb in ("move", "publish", "file", "notes", "aims"):
        assert neighbour.send(LIST, f"{LIST}{number}/{verb}", version="1", words="越界的一句话。").status_code == 404
    for verb in ("move", "publish", "file"):
        answer = at("city-officer").send(LIST, f"{LIST}{number}/{verb}", version="1", to="ready", published="yes")
        assert answer.status_code in (403, 422)
    assert item(kit, number).version == 1


def test_two_officers_do_not_overwrite_one_another(kit: Kit, at: Any) -> None:
    number, officer = taken_up(kit), at("xuyi-officer")
    url = f"{LIST}{number}/edit"
    assert officer.send(url, version="1", found="survey", plan="第一稿").status_code == 303
    late = officer.send(url, version="1", found="survey", plan="第二稿")
    assert late.status_code == 422 and "A colleague has changed this" in late.text and "第二稿" in late.text
    assert officer.send(url, version="2", found="survey", plan="第二稿").status_code == 303


def test_aims_visits_and_faults_beside_what_was_typed(kit: Kit, at: Any) -> None:
    number, officer = taken_up(kit), at("xuyi-officer")
    observe(kit, number, "trained_in_year", "900", "2025")
    page = LIST + number
    assert officer.send(page, page + "/aims", fact="trained_in_year", year="2025", target="1200").status_code == 303
    assert officer.send(page, page + "/aims", fact="practitioners", year="2027", target="15000").status_code == 303
    shown = officer.get(page)
    assert "not reached" in shown and "not known yet" in shown and "1,200" in shown
    wrong = officer.send(page, page + "/aims", fact="trained_in_year", year="2026", target="many")
    assert (
        wrong.status_code == 422 and "“many” is not a number" in unescape(wrong.text) and 'value="many"' in wrong.text
    )
    assert officer.send(page, page + "/notes", kind="visit", on="2026-02-30", words="去过两次了。").status_code == 422
    assert officer.send(page, page + "/notes", kind="visit", on="2026-02-27", words="去过两次了。").status_code == 303
    assert "去过两次了。" in at("city-reviewer").get(page)


def test_one_click_files_and_the_applicant_sees_what_was_filled_in(kit: Kit, at: Any) -> None:
    number, officer, applicant = taken_up(kit), at("xuyi-officer"), at("applicant")
    observe(kit, number, "practitioners", "12800")
    page = LIST + number
    assert officer.send(page, page + "/file", version="1").status_code == 303
    assert "has not been sent yet" in officer.get(page)
    case_id = item(kit, number).case_id
    assert f"/apply/{case_id}" in applicant.get("/en/apply/")
    people = applicant.get(f"/en/apply/{case_id}/sections/people")
    assert 'value="12800"' in people and people.count("Check it.") == 1 and "示例统计表" in people
    changed = applicant.send(f"/en/apply/{case_id}/sections/people", practitioners="13000", stay="1")
    assert changed.status_code == 303
    assert "Check it." not in applicant.get(f"/en/apply/{case_id}/sections/people")
    again = officer.send(page, page + "/file", version="2")
    assert again.status_code == 422


def test_what_stands_in_the_way_of_filing_is_said_on_the_page(kit: Kit, at: Any) -> None:
    number, officer = taken_up(kit, builder=""), at("xuyi-officer")
    refused = officer.send(LIST + number, f"{LIST}{number}/file", version="1")
    assert refused.status_code == 422 and "who builds the brand" in refused.text


def test_the_public_sees_it_only_when_the_county_says_so(kit: Kit, at: Any) -> None:
    number, officer, anybody = taken_up(kit), at("xuyi-officer"), at()
    assert "插秧手" not in anybody.get("/en/brands")
    assert officer.send(LIST + number, f"{LIST}{number}/publish", version="1", published="yes").status_code == 303
    page = anybody.get("/en/brands")
    assert "插秧手" in page and "Being cultivated" in page
    slug = re.search(r'href="(/en/brands/[^"?]+)"', page)
    assert slug
    brand = anybody.get(slug[1])
    assert "Being cultivated" in brand and "No title with a document on file." in brand and "县农技站" not in brand
    dropped = officer.send(f"{LIST}{number}/drop", version="2", reason="经营主体已经注销。")
    assert dropped.status_code == 303 and "插秧手" not in anybody.get("/en/brands")


def test_anybody_suggests_in_three_fields_and_asks_after_it(kit: Kit, at: Any) -> None:
    anybody, officer = at(), at("xuyi-officer")
    wrong = anybody.send("/en/suggest", name="草", county="", reason="好")
    assert wrong.status_code == 422 and wrong.text.count('class="fault"') == 3
    sent = anybody.send("/en/suggest", **SUGGESTED)
    assert sent.status_code == 303
    code = sent.location.rsplit("/", 1)[1]
    receipt = anybody.get(f"/en/suggest/{code}")
    assert "has been received" in receipt and PHONE not in receipt and "草编" not in receipt
    page = officer.get(f"{LIST}suggestions/{code}")
    assert "草编匠" in page and PHONE not in page
    opened = officer.send(f"{LIST}suggestions/{code}", f"{LIST}suggestions/{code}/contact", purpose="ask")
    assert PHONE in opened.text
    assert officer.send(f"{LIST}suggestions/{code}", do="decline", answer="").status_code == 422
    answer = "已有相近品牌在培育，谢谢建议。"
    assert officer.send(f"{LIST}suggestions/{code}", do="decline", answer=answer).status_code == 303
    assert answer in anybody.get(f"/en/suggest/{code}")
    anybody.get("/en/suggest/NOSUCHCODE22", 404)


def test_a_suggestion_becomes_a_brand_on_the_list_or_is_added_to_one(kit: Kit, at: Any) -> None:
    officer, first, second = at("xuyi-officer"), suggested(kit), suggested(kit)
    page = officer.get(f"{LIST}suggestions/{first}")
    what = re.search(r'<option value="([^"]*)">Application for a labour brand', page)
    assert what and "another suggestion" in page
    url = f"{LIST}suggestions/{first}"
    assert officer.send(url, do="adopt", name="盱眙示例草编匠（虚构）", what="").status_code == 422
    taken = officer.send(url, do="adopt", name="盱眙示例草编匠（虚构）", what=what[1], **{"class": "skills"})
    assert taken.status_code == 303
    number = "320830-P-2026-001"
    assert item(kit, number).found == "suggestion"
    assert officer.send(f"{LIST}suggestions/{second}", do="merge", number=number).status_code == 303
    assert suggestion(kit, second).status == "merged"
    at("lianshui-officer").get(url, 404)
    assert "Take it up" not in at("city-officer").get(url)


def test_machines_and_floods_are_kept_out(kit: Kit, at: Any) -> None:
    anybody = at()
    assert anybody.send("/en/suggest", **SUGGESTED, website="http://example.cn").status_code == 422
    without = anybody.client.post("/en/suggest", data=SUGGESTED)
    assert without.status_code == 422 and "草编匠" in without.text
    codes = [anybody.send("/en/suggest", **SUGGESTED).status_code for _ in range(suggestions.PER_SENDER + 1)]
    assert codes == [303] * suggestions.PER_SENDER + [422]


def test_a_name_like_a_known_one_is_told_once(kit: Kit, at: Any) -> None:
    number = taken_up(kit)
    cultivation.publish(kit.registry, kit.who("xuyi-officer"), number, version=1, published=True)
    anybody, like = at(), {**SUGGESTED, "name": "示例插秧手"}
    told = anybody.send("/en/suggest", **like)
    assert told.status_code == 422 and "Is it one of these?" in told.text and "插秧手（虚构）" in told.text
    assert anybody.send("/en/suggest", **like, anyway="yes").status_code == 303


def test_the_pages_speak_three_languages(kit: Kit, at: Any) -> None:
    number, officer = taken_up(kit), at("xuyi-officer")
    for prefix in ("", "/zh-hant", "/en"):
        officer.get(f"{prefix}/desk/cultivation/{number}")
        officer.get(f"{prefix}/suggest")


def test_a_station_suggests_and_sees_nothing_else(kit: Kit, at: Any) -> None:
    add(kit, "xuyi-station", "station", XUYI, date(2026, 3, 2))
    station = at("xuyi-station")
    sent = station.send(f"{LIST}suggestions/new", **SUGGESTED)
    assert sent.status_code == 303
    station.get(LIST, 403)
    station.get(f"{LIST}suggestions/", 403)
    assert "from a town or street station" in at("xuyi-officer").get(f"{LIST}suggestions/")
