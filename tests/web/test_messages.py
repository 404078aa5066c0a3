"""The pages of messages: what is new, where it leads, how one is reached, what did not arrive, and the reminder."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import deliveries, jobs
from registry.actions.reach import reach_of
from registry.rules.permission import SYSTEM
from registry.store.case import Task
from registry.store.message import Delivery, Message, Reach
from registry.store.people import Person
from registry.testing import CITY, Kit, add, journey
from tests.smtp import mail_server
from tests.web.conftest import token

pytestmark = pytest.mark.slow
Browser = Callable[[str], FlaskClient]


def send(client: FlaskClient, form: str, path: str | None = None, **fields: str) -> int:
    """Fill in a page's form; returns the status."""
    page = client.get(form).text
    return client.post(path or form, data={"csrf_token": token(page), **fields}).status_code


def head(page: str) -> str:
    """What the head of a page says of messages."""
    found = re.search(r'href="/en/account/messages">(.*?)</a>', page, re.DOTALL)
    return re.sub(r"<.*?>", "", found.group(1)).strip() if found else ""


def test_new_messages_are_counted_in_the_head_and_lead_to_the_case(kit: Kit, signed_in: Browser) -> None:
    id = journey.county(kit, "acceptance")
    officer, number = signed_in("xuyi-officer"), str(kit.case(id).number)
    assert head(officer.get("/en/desk/").text) == "Messages 1 not read"
    page = officer.get("/en/account/messages").text
    assert number in page and "1 not read" in page and "waits for your office" in page
    (link,) = set(re.findall(r'href="(/en/account/messages/\w{32})"', page))
    answer = officer.get(link)
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/desk/cases/{id}")
    assert head(officer.get("/en/desk/").text) == "Messages"
    assert "Mark as read" not in officer.get("/en/account/messages").text


def test_applicant_is_led_to_the_application(kit: Kit, signed_in: Browser) -> None:
    child = journey.city(kit, "notice")
    applicant, parent = signed_in("applicant"), kit.case(child).parent_id
    for row in re.findall(r'href="(/en/account/messages/\w{32})"', applicant.get("/en/account/messages").text):
        answer = applicant.get(row)
        assert answer.headers["Location"].endswith(f"/apply/{parent}")
    assert "on public notice" in applicant.get("/en/account/messages").text
    assert applicant.get(answer.headers["Location"]).status_code == 200


def test_one_or_all_are_marked_as_read_by_forms(kit: Kit, signed_in: Browser) -> None:
    for n in range(3):
        journey.county(kit, "acceptance", name=f"盱眙虚构{n}种养员")
    officer, list_ = signed_in("xuyi-officer"), "/en/account/messages"
    (first, *_) = re.findall(r'action="(/en/account/messages/\w{32}/read)"', officer.get(list_).text)
    assert send(officer, list_, first) == 303 and "2 not read" in officer.get(list_).text
    assert send(officer, list_, f"{list_}/read") == 303 and "0 not read" in officer.get(list_).text
    assert officer.post(first).status_code == 422, "without the form's token"


def test_long_list_is_cut_into_pages_with_new_ones_first(kit: Kit, signed_in: Browser) -> None:
    officer = kit.who("xuyi-officer")
    with kit.registry.store.system() as session:
        about = {"stage": "s", "due": "d"}
        for n in range(60):
            row = Message(account_id=officer.account, event="new_task", key=str(n), created_at=session.now)
            row.params, row.read_at = {"number": f"No-{n:02}-x", **about}, session.now if n % 2 else None
            session.add(row)
    pages = [signed_in("xuyi-officer").get(f"/en/account/messages?page={n}").text for n in (1, 2)]
    numbers = [sorted(set(re.findall(r"No-(\d\d)-x", page))) for page in pages]
    assert (len(numbers[0]), len(numbers[1])) == (50, 10) and not set(numbers[0]) & set(numbers[1])
    assert all(int(n) % 2 for n in numbers[1]) and "Mark as read" not in pages[1]


def test_public_pages_ask_for_no_messages(kit: Kit, signed_in: Browser) -> None:
    journey.county(kit, "acceptance")
    for path in ("/en/", "/en/notices", "/en/verify"):
        assert "account/messages" not in signed_in("xuyi-officer").get(path).text, path


def test_message_of_a_case_that_is_no_longer_ones_own_says_so(kit: Kit, signed_in: Browser) -> None:
    officer = kit.who("lianshui-officer")
    id = journey.county(kit, "acceptance")
    with kit.registry.store.system() as session:
        row = Message(account_id=officer.account, event="new_task", key="x", case_id=id, created_at=session.now)
        row.params = {"number": "1", "stage": "s", "due": "d"}
        session.add(row)
    browser = signed_in("lianshui-officer")
    answer = browser.get(f"/en/account/messages/{row.id}", follow_redirects=True)
    assert answer.status_code == 200 and "not one of yours any more" in answer.text


def test_address_is_entered_confirmed_switched_off_and_taken_away(kit: Kit, signed_in: Browser) -> None:
    officer, page = signed_in("xuyi-officer"), "/en/account/reach"
    assert "sends no e-mail" in officer.get(page).text
    with mail_server() as box:
        about = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none", "mail_from": "r@example.cn"}
        kit.registry.settings = kit.registry.settings.model_copy(update=about)
        assert "on this site only" in officer.get("/en/account/").text
        wrong = {"csrf_token": token(officer.get(page).text), "do": "address", "address": "li at example"}
        faulty = officer.post(page, data=wrong)
        assert faulty.status_code == 422 and 'value="li at example"' in faulty.text
        assert send(officer, page, do="address", address="li@example.cn") == 303
        jobs.run_waiting(kit.registry)
        code = next(word for word in str(box.last.get_content()).split() if word.isdigit())
        mistyped = {"csrf_token": token(officer.get(page).text), "do": "code", "code": "1"}
        assert officer.post(page, data=mistyped).status_code == 422
        assert send(officer, page, do="code", code=code) == 303
        assert "li@example.cn" in officer.get(page).text and "by e-mail" in officer.get("/en/account/").text
        for other in ("xuyi-leader", "city-leader", "applicant"):
            assert "li@example.cn" not in signed_in(other).get(page).text
        assert send(officer, page, do="choose") == 303
        journey.county(kit, "acceptance")
        deliveries.deliver(kit.registry)
        assert len(box.taken) == 1, "the code only"
        assert send(officer, page, do="remove") == 303 and "li@example.cn" not in officer.get(page).text
    assert officer.post(page, data={"csrf_token": token(officer.get(page).text), "do": "x"}).status_code == 404


def test_number_is_shown_masked_and_only_where_a_plugin_sends(kit: Kit, signed_in: Browser) -> None:
    who = kit.who("xuyi-officer")
    with kit.registry.store.system() as session:
        session.get_one(Person, who.person).phone = "13900000001"
    page = signed_in("xuyi-officer").get("/en/account/reach").text
    assert "Text messages" not in page and "13900000001" not in page
    with kit.registry.store.system() as session:
        assert reach_of(session, who.account) is None


def test_administrator_sees_what_did_not_arrive_and_tries_again(kit: Kit, signed_in: Browser) -> None:
    add(kit, "admin", "admin", CITY, kit.clock.now().date())
    account = kit.who("xuyi-officer").account
    journey.county(kit, "acceptance")
    with kit.registry.store.system() as session:
        session.add(Reach(account_id=account, address="li@example.cn"))
        told = session.exec(select(Message).where(Message.account_id == account)).one()
        row = Delivery(message_id=told.id, channel="email", next_at=session.now, status="given_up", error="sign_in")
        session.add(row)
    admin, list_ = signed_in("admin"), "/en/admin/messages/"
    page = admin.get(list_).text
    assert "REGISTRY_SMTP_USER" in page and "given up" in page and "li@example.cn" not in page
    assert send(admin, list_, f"{list_}{row.id}/again") == 303
    assert "has arrived" in admin.get(list_).text and "1" in admin.get(list_).text
    with kit.registry.store.read(SYSTEM) as session:
        assert session.get_one(Delivery, row.id).status == "waiting"
    assert signed_in("xuyi-leader").get(list_).status_code == 403


def test_colleague_is_reminded_from_my_work_and_from_the_case(kit: Kit, signed_in: Browser) -> None:
    id = journey.county(kit, "review")
    leader, reviewer = signed_in("xuyi-leader"), signed_in("xuyi-reviewer")
    with kit.registry.store.system() as session:
        task = session.exec(select(Task.id).where(Task.case_id == id, Task.status == "open")).one()
    button = f'action="/en/desk/tasks/{task}/remind"'
    for page in ("/en/desk/?who=colleagues", f"/en/desk/cases/{id}"):
        assert button in leader.get(page).text and button not in reviewer.get(page).text
    case = f"/en/desk/cases/{id}"
    back = re.search(r'name="back" value="([^"]+)"', leader.get(case).text)
    assert back
    page = {"csrf_token": token(leader.get(case).text), "back": back.group(1)}
    answer = leader.post(f"/en/desk/tasks/{task}/remind", data=page)
    assert answer.status_code == 303 and answer.headers["Location"].rstrip("?").endswith(case)
    again = leader.get("/en/desk/?who=colleagues").text
    assert "reminded on" in again and button not in again
    assert leader.post(f"/en/desk/tasks/{task}/remind", data=page).status_code == 403
    assert "a colleague asks" in reviewer.get("/en/account/messages").text
    elsewhere = leader.post(f"/en/desk/tasks/{task}/remind", data=page | {"back": "https://example.com"})
    assert "example.com" not in elsewhere.headers.get("Location", "")
