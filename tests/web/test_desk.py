"""The officials' pages, through the real application: the whole way of a case, and each thing that may go wrong."""

import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from registry.actions import cases, notices, signin
from registry.app import create_app
from registry.base.errors import Refused
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import steps_of
from registry.store.notice import Notice, Objection
from registry.store.record import RecordEntry
from registry.store.title import Title
from registry.testing import PDF, XUYI, Kit, add, journey
from registry.testing.journey import MEETING, OPINION, city, county
from registry.web.context import COOKIE

pytestmark = pytest.mark.slow

HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">')
WORDS = "申报的种养面积与实际不符，请核查。"


@pytest.fixture
def desk(kit: Kit) -> Flask:
    """The application of the kit's registry."""
    return create_app(kit.registry)


class Officer:
    """Somebody signed in, with a browser of their own."""

    def __init__(self, kit: Kit, app: Flask, login: str) -> None:
        with kit.registry.store.read(SYSTEM) as session:
            account = account_by_login(session, login)
        assert account is not None
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie(COOKIE, signin.open_session(kit.registry, account.id))

    def get(self, url: str, status: int = 200) -> str:
        """A page."""
        response = self.client.get(url)
        assert response.status_code == status, response.text
        return unescape(response.text)

    def fill(self, url: str) -> dict[str, str]:
        """The hidden fields of the page's last form, as a browser would send them."""
        return dict(HIDDEN.findall(self.get(url)))

    def send(self, url: str, hidden: dict[str, str] | None = None, **fields: Any) -> TestResponse:
        """Open a page, fill in its form and send it."""
        data: MultiDict[str, Any] = MultiDict(hidden if hidden is not None else self.fill(url))
        for key, value in fields.items():
            data.setlist(key.replace("__", "-"), value if isinstance(value, list) else [value])
        return self.client.post(url, data=data, content_type="multipart/form-data")

    def act(self, case_id: str, outcome: str, **fields: Any) -> TestResponse:
        """Choose an outcome of a case."""
        return self.send(f"/desk/cases/{case_id}/act/{outcome}", **fields)


@pytest.fixture
def officer(kit: Kit, desk: Flask) -> Any:
    """Sign somebody in."""
    return lambda login: Officer(kit, desk, login)


def scan(data: bytes = PDF, name: str = "认定文件.pdf") -> tuple[io.BytesIO, str]:
    """An upload."""
    return io.BytesIO(data), name


def running_notice(kit: Kit) -> Notice:
    """The one notice."""
    with kit.registry.store.system() as session:
        return session.exec(select(Notice)).one()


def object_to(kit: Kit) -> str:
    """Somebody objects to the first entry; returns the objection's number."""
    notice = running_notice(kit)
    public_id = notice.body["rows"][0]["public_id"]
    notices.object_to(
        kit.registry,
        notice_number=notice.number,
        public_id=public_id,
        words=WORDS,
        name="李示例",
        contact="l@example.cn",
    )
    with kit.registry.store.system() as session:
        return session.exec(select(Objection.number).where(Objection.status == "open")).one()


@pytest.mark.both
def test_from_acceptance_to_recognised_by_separate_people(kit: Kit, officer: Any) -> None:
    id = journey.filed(kit)
    assert "盱眙虾稻共生种养员" in officer("xuyi-officer").get("/desk/")
    for login, outcome, given in (
        ("xuyi-officer", "accept", {}),
        ("xuyi-officer", "visited", {"visit_note": "两人到场，抽查三块田。"}),
        ("xuyi-reviewer", "recommend", {"opinion": OPINION}),
        ("xuyi-leader", "approve", {"opinion": OPINION}),
    ):
        assert officer(login).act(id, outcome, **given).status_code == 303
    id = kit.child(id).id
    for login, outcome, given in (
        ("city-officer", "accept", {}),
        ("city-reviewer", "recommend", {"opinion": OPINION}),
        ("city-leader", "approve", MEETING),
    ):
        assert officer(login).act(id, outcome, **given).status_code == 303

    assert "/desk/notices/new?case=" in officer("city-officer").get(f"/desk/cases/{id}")
    words = {"cases": id, "contact": "市局就业科", "places": "市局网站"}
    shown = officer("city-officer").send("/desk/notices/new", preview="1", **words)
    assert shown.status_code == 200 and 'name="publish"' in shown.text
    assert officer("city-officer").send("/desk/notices/new", publish="1", **words).status_code == 303

    number = object_to(kit)
    journey.after_notice(kit, id)
    page = officer("city-officer").get(f"/desk/cases/{id}")
    assert "act/clear" not in page and f"/desk/objections/{number}" in page
    answer = {"verdict": "dismissed", "answer": "已到田间核实，面积属实。"}
    refused = officer("city-reviewer").send(
        f"/desk/objections/{number}", hidden=officer("city-officer").fill("/desk/"), **answer
    )
    assert refused.status_code in (403, 422)
    assert officer("city-officer2").send(f"/desk/objections/{number}", **answer).status_code == 303
    assert officer("city-officer").act(id, "clear").status_code == 303

    today = kit.clock.now().date().isoformat()
    given = {"document": "淮人社示例〔2026〕1号", "document_date": today, "scan": scan()}
    assert officer("city-officer").act(id, "record", **given).status_code == 303
    assert kit.case(id).result == "recognised"
    with kit.registry.store.system() as session:
        title = session.exec(select(Title).where(Title.case_id == id)).one()
    assert title.document == "淮人社示例〔2026〕1号"
    page = officer("city-officer").get(f"/desk/cases/{id}")
    assert f"/desk/certificates/{title.number}.pdf" in page and OPINION in page and MEETING["minutes"] in page
    pdf = officer("xuyi-officer").client.get(f"/desk/certificates/{title.number}.pdf")
    assert pdf.data.startswith(b"%PDF") and pdf.content_type == "application/pdf"
    assert kit.health().fault is None


def test_case_page_explains_the_evaluation(kit: Kit, officer: Any) -> None:
    id = county(kit, "review")
    page = officer("xuyi-reviewer").get(f"/desk/cases/{id}")
    for words in ("稻虾种养面积不少于10万亩", "72.5万", "第一条", "40 / 40", "张＊＊"):
        assert words in page, words
    assert "张示例" not in page
    rule = re.search(r"/desk/rules/\w+", page)
    assert rule and "第一条" in officer("xuyi-reviewer").get(rule.group())
    file = re.search(r"/desk/cases/\w+/files/\w+", page)
    assert file is not None
    got = officer("xuyi-reviewer").client.get(file.group())
    assert got.data.startswith(PDF) and got.headers["Content-Security-Policy"].startswith("sandbox")
    assert got.headers["Content-Disposition"].startswith("inline")


def test_personal_data_is_opened_for_a_purpose_and_that_is_recorded(kit: Kit, officer: Any) -> None:
    id = county(kit, "review")
    reviewer = officer("xuyi-reviewer")
    hidden = reviewer.fill(f"/desk/cases/{id}")
    assert reviewer.send(f"/desk/cases/{id}/personal", hidden=hidden).status_code == 422
    assert "张示例" not in reviewer.get(f"/desk/cases/{id}")
    for _ in range(2):
        opened = reviewer.send(f"/desk/cases/{id}/personal", hidden=hidden, purpose="contact")
        assert opened.status_code == 303
    assert "张示例" in reviewer.get(f"/desk/cases/{id}") and "张示例" not in officer("xuyi-reviewer").get(
        f"/desk/cases/{id}"
    )
    with kit.registry.store.system() as session:
        row = session.exec(select(RecordEntry).where(RecordEntry.verb == "personal.open")).one()
    assert row.detail["purpose"] == "contact" and "张示例" not in str(row.detail)


def test_second_of_two_officers_reads_who_was_faster_and_keeps_the_text(kit: Kit, officer: Any) -> None:
    id = county(kit, "review")
    add(kit, "xuyi-reviewer2", "county_reviewer", XUYI, date(2026, 3, 2))
    first, second = officer("xuyi-reviewer"), officer("xuyi-reviewer2")
    url = f"/desk/cases/{id}/act/refuse"
    hidden = second.fill(url)
    assert first.act(id, "recommend", opinion=OPINION).status_code == 303
    late = second.send(url, hidden=hidden, reason="面积证明缺公章，不予推荐。")
    page = unescape(late.text)
    assert late.status_code == 409
    assert "xuyi-reviewer" in page and "同意推荐" in page
    assert "面积证明缺公章，不予推荐。" in page and f'href="/desk/cases/{id}"' in page
    assert kit.case(id).stage == "leader"


def test_double_click_moves_once(kit: Kit, officer: Any) -> None:
    id = journey.filed(kit)
    person = officer("xuyi-officer")
    url = f"/desk/cases/{id}/act/accept"
    hidden = person.fill(url)
    assert [person.send(url, hidden=hidden).status_code for _ in range(2)] == [303, 303]
    with kit.registry.store.system() as session:
        assert [s.outcome for s in steps_of(session, id)] == ["submit", "accept"]


def test_neighbouring_county_finds_nothing(kit: Kit, officer: Any) -> None:
    id = county(kit, "review")
    neighbour = officer("lianshui-reviewer")
    neighbour.get(f"/desk/cases/{id}", 404)
    neighbour.get(f"/desk/cases/{id}/act/recommend", 404)
    assert "虾稻" not in neighbour.get("/desk/cases") + neighbour.get("/desk/") + neighbour.get("/desk/?who=colleagues")


def test_applicant_is_kept_out_and_nobody_is_sent_to_sign_in(kit: Kit, desk: Flask, officer: Any) -> None:
    officer("applicant").get("/desk/", 403)
    assert "/sign-in" in desk.test_client().get("/desk/").headers["Location"]


def test_who_reviewed_reads_why_another_must_decide(kit: Kit, officer: Any) -> None:
    id = county(kit, "leader")
    page = officer("xuyi-reviewer").get(f"/desk/cases/{id}/act/approve", 403)
    with pytest.raises(Refused) as refused:
        kit.act("xuyi-reviewer", id, "approve", opinion=OPINION)
    sentence = refused.value.message.text("zh-Hans")
    assert sentence in page
    assert sentence in officer("xuyi-reviewer").get(f"/desk/cases/{id}")


def test_reviewer_who_posts_a_decision_is_refused_with_the_text_kept(kit: Kit, officer: Any) -> None:
    id = county(kit, "leader")
    reviewer = officer("xuyi-reviewer")
    hidden = {
        **officer("xuyi-leader").fill(f"/desk/cases/{id}/act/approve"),
        **reviewer.fill(f"/desk/cases/{id}/conflict"),
    }
    refused = reviewer.send(f"/desk/cases/{id}/act/approve", hidden=hidden, opinion="同意，报市局。")
    assert refused.status_code == 403 and "同意，报市局。" in refused.text
    assert kit.case(id).stage == "leader"


def test_bad_date_missing_scan_and_number_are_told_at_once(kit: Kit, officer: Any) -> None:
    id = city(kit, "document")
    person = officer("city-officer")
    answer = person.act(id, "record", document="", document_date="2026-02-30")
    assert answer.status_code == 422
    assert all(f'href="#{field}"' in answer.text for field in ("document", "document_date", "scan"))
    assert 'value="2026-02-30"' in answer.text
    assert person.act(id, "record", document="文号1", document_date="2027-01-01", scan=scan()).status_code == 422
    assert kit.case(id).stage == "document"


def test_scan_of_the_wrong_type_is_refused_and_the_rest_is_kept(kit: Kit, officer: Any) -> None:
    id = city(kit, "document")
    today = kit.clock.now().date().isoformat()
    for file in (scan(b"MZ\x90\x00", "文件.exe"), scan(b"MZ\x90\x00", "文件.pdf"), scan(b"", "文件.pdf")):
        answer = officer("city-officer").act(id, "record", document="示例〔2026〕7号", document_date=today, scan=file)
        assert answer.status_code == 422 and 'href="#scan"' in answer.text
        assert "示例〔2026〕7号" in answer.text
    assert kit.case(id).stage == "document"


def test_return_for_correction_names_everything_at_once(kit: Kit, officer: Any) -> None:
    id = journey.filed(kit)
    person = officer("xuyi-officer")
    nothing = person.act(id, "return_for_correction")
    assert nothing.status_code == 422 and 'href="#defects"' in nothing.text
    half = person.act(id, "return_for_correction", defect=["area_mu", "area_proof"], say__area_mu="与统计表不符")
    assert half.status_code == 422 and 'href="#say-area_proof"' in half.text and "与统计表不符" in half.text
    defects = {"defect": ["area_mu"], "say__area_mu": "与统计表不符", "say__holders": "缺名册"}
    assert person.act(id, "return_for_correction", **defects).status_code == 303
    assert {d["field"]: d["words"] for d in kit.case(id).defects} == {"area_mu": "与统计表不符", "holders": "缺名册"}
    page = person.get(f"/desk/cases/{id}")
    assert "与统计表不符" in page and "缺名册" in page

    applicant = kit.who("applicant")
    cases.save(kit.registry, applicant, id, {"area_mu": "700000"})
    cases.submit(kit.registry, applicant, id, declared_true=True, key="again")
    page = person.get(f"/desk/cases/{id}")
    assert "<del>72.5万</del>" in page and "70万" in page


def test_conflict_of_interest_needs_a_reason_and_ends_the_persons_part(kit: Kit, officer: Any) -> None:
    id = county(kit, "review")
    person = officer("xuyi-reviewer")
    assert person.send(f"/desk/cases/{id}/conflict", reason=" ").status_code == 422
    assert person.send(f"/desk/cases/{id}/conflict", reason="亲属在申报单位任职").status_code == 303
    person.get(f"/desk/cases/{id}/act/recommend", 403)
    assert "亲属" not in person.get(f"/desk/cases/{id}")


def test_work_shows_overdue_first_and_what_colleagues_have(kit: Kit, officer: Any) -> None:
    first, second = journey.filed(kit), None
    kit.clock.set(date(2026, 3, 10))
    second = journey.filed(kit, name="盱眙示例乙（虚构）")
    page = officer("xuyi-officer").get("/desk/")
    assert page.index(first) < page.index(second) and page.count('<tr class="late">') == 1
    assert first in officer("xuyi-reviewer").get("/desk/?who=colleagues&stage=acceptance&county=xuyi&sort=name")
    assert first not in officer("xuyi-officer").get("/desk/?stage=leader")


def test_deadline_in_a_year_without_calendar_is_not_countable(kit: Kit, officer: Any) -> None:
    kit.clock.set(date(2026, 12, 30))
    journey.filed(kit)
    assert "due not_countable" in officer("xuyi-officer").get("/desk/")


def test_register_finds_by_two_characters_and_by_number(kit: Kit, officer: Any) -> None:
    id = journey.filed(kit)
    person = officer("xuyi-officer")
    for query in (
        "q=虾稻",
        "q=蝦稻",
        f"q={kit.case(id).number}",
        "procedure=recommend&status=open&county=xuyi&sort=name",
    ):
        assert id in person.get(f"/desk/cases?{query}"), query
    for query in ("q=缝纫", "q=%25", "stage=leader", "status=ended", "page=9"):
        assert f"/desk/cases/{id}" not in person.get(f"/desk/cases?{query}"), query


def test_draft_is_the_applicants_own(kit: Kit, officer: Any) -> None:
    id = journey.drafted(kit)
    officer("xuyi-officer").get(f"/desk/cases/{id}", 404)
    assert id not in officer("xuyi-officer").get("/desk/cases")


def test_objection_upheld_sends_the_case_back_to_review(kit: Kit, officer: Any) -> None:
    id = city(kit, "notice")
    number = object_to(kit)
    involved = officer("city-leader").get(f"/desk/objections/{number}")
    assert not [w for w in ("李示例", WORDS, 'name="verdict"', "objector") if w in involved]
    person, colleague = officer("city-officer2"), officer("city-officer")
    before = person.get(f"/desk/objections/{number}")
    assert WORDS in before and "李示例" not in before
    person.send(f"/desk/objections/{number}/objector", hidden=person.fill(f"/desk/objections/{number}"), purpose="ask")
    assert "李示例" in person.get(f"/desk/objections/{number}")
    seen = colleague.get(f"/desk/objections/{number}")
    assert "李示例" not in seen and "已有同事在核查" in seen
    short = person.send(f"/desk/objections/{number}", verdict="", answer="")
    assert short.status_code == 422 and 'href="#verdict"' in short.text and 'href="#answer"' in short.text
    url, answer = f"/desk/objections/{number}", {"verdict": "upheld", "answer": "面积重复计算，异议成立。"}
    hidden = person.fill(url)
    assert [person.send(url, hidden=hidden, **answer).status_code for _ in range(2)] == [303, 303]
    assert kit.case(id).stage == "review"
    person.get(f"/desk/cases/{id}/act/uphold", 404)


def test_letter_counts_by_its_postmark_and_only_the_offices_in_charge_enter_it(kit: Kit, officer: Any) -> None:
    city(kit, "notice")
    notice = running_notice(kit)
    url, public_id = f"/desk/notices/{notice.number}/objections", notice.body["rows"][0]["public_id"]
    letter = {"public_id": public_id, "channel": "letter", "words": WORDS, "name": "", "unit": "", "contact": ""}
    person = officer("city-officer")
    for day in ("", "2026-02-30", "2025-01-01", (notice.posted_on + timedelta(days=90)).isoformat()):
        wrong = person.send(url, received_on=day, **letter)
        assert wrong.status_code == 422 and 'href="#received_on"' in wrong.text and WORDS in wrong.text
    assert person.send(url, received_on=notice.posted_on.isoformat(), **letter).status_code == 303
    assert "320800-N-2026-001-1" in person.get(url)
    assert url in person.get("/desk/notices") and url not in officer("lianshui-officer").get("/desk/notices")
    officer("lianshui-officer").get(url, 404)


def test_notice_with_nothing_chosen_keeps_the_words(kit: Kit, officer: Any) -> None:
    county(kit)
    id = kit.cases()[-1].id
    journey.forward(kit, id, journey.CITY_STEPS, "notice")
    wrong = officer("city-officer").send("/desk/notices/new", contact="市局就业科", places="")
    assert wrong.status_code == 422 and "市局就业科" in wrong.text
    assert 'href="#cases"' in wrong.text and 'href="#places"' in wrong.text
