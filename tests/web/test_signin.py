"""The sign-in pages: headers, locks, second factors, one's own account, the administrators' page."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from registry.actions import accounts, passwords, sessions
from registry.api import Begun, Identity, NotBegunHere, Text, hookimpl
from registry.rules.permission import SYSTEM
from registry.store.account import ParkedForm, UserSession, account_by_login
from registry.testing import CITY, Kit, add, give_password, journey
from registry.web import signin
from registry.web.context import COOKIE

from .conftest import token

pytestmark = pytest.mark.slow
GOOD, EDGE = "correct horse 9", "Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 Edg/130"
SignIn = Callable[[str], FlaskClient]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", light)
    monkeypatch.setattr(passwords, "DUMMY", light.hash("nobody"))


@pytest.fixture
def office(kit: Kit) -> Kit:
    """People with passwords."""
    for login in ("xuyi-leader", "xuyi-officer", "applicant"):
        give_password(kit, login, GOOD)
    for role in ("admin", "security_admin", "audit_admin"):
        add(kit, role, role, CITY, date(2026, 3, 2))
    return kit


def enter(client: FlaskClient, login: str, password: str = GOOD, where: str = "/en/sign-in") -> TestResponse:
    page = client.get(where).text
    given = {"login": login, "password": password, "csrf_token": token(page)}
    return client.post(where, data=given, headers={"User-Agent": EDGE})


def send(client: FlaskClient, url: str, form: str = "", **fields: str) -> TestResponse:
    return client.post(url, data={"csrf_token": token(client.get(form or url).text), **fields})


def serious(kit: Kit, **settings: Any) -> None:
    kit.registry.demonstration = False
    kit.registry.settings = kit.registry.settings.model_copy(update=settings)


# --- headers


def addresses(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments:
            yield rule.rule


def test_every_page_has_its_headers(office: Kit, app: Flask, signed_in: SignIn) -> None:
    clients = {who: signed_in(who) for who in ("xuyi-officer", "security_admin")} | {"nobody": app.test_client()}
    for url in addresses(app):
        for who, client in clients.items():
            headers = client.get(url).headers
            policy = headers["Content-Security-Policy"]
            assert "unsafe" not in policy and "nonce" not in policy and "frame-ancestors 'self'" in policy, url
            assert headers["X-Content-Type-Options"] == "nosniff" and "camera=()" in headers["Permissions-Policy"], url
            assert headers["Referrer-Policy"] == "same-origin", url
            assert "Strict-Transport-Security" not in headers, url
            inner = url.startswith(("/desk", "/apply", "/admin", "/account", "/sign", "/start", "/history"))
            assert not inner or headers["Cache-Control"] == "no-store", (url, who)


def test_encryption_is_insisted_on_once_it_is_there(app: Flask) -> None:
    answer = app.test_client().get("/sign-in", base_url="https://registry.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_cookies_are_for_our_own_pages_and_encrypted_connections(office: Kit, app: Flask) -> None:
    serious(office, secure_cookies=True, second_factor="optional")
    app.config["SESSION_COOKIE_SECURE"] = False  # the client of this test speaks http
    made = enter(app.test_client(), "xuyi-officer").headers.getlist("Set-Cookie")
    (cookie,) = [c for c in made if c.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie


@pytest.mark.parametrize("page", ["/en/sign-in", "/en/sign-in/code", "/en/sign-out"])
def test_form_of_another_site_is_refused(page: str, office: Kit, visitor: FlaskClient) -> None:
    assert visitor.post(page, data={"login": "xuyi-officer", "password": GOOD}).status_code == 422


# --- signing in


def test_sign_in_changes_the_token_ends_the_one_before_and_tells_the_last(office: Kit, app: Flask) -> None:
    client = app.test_client()
    assert enter(client, "xuyi-officer").headers["Location"] == "/en/start"
    first = client.get_cookie(COOKIE)
    office.clock.forward(hours=2)
    assert enter(client, "xuyi-officer", "wrong").status_code == 401
    assert enter(client, "xuyi-officer").status_code == 303
    second = client.get_cookie(COOKIE)
    assert first and second and first.value != second.value
    assert sessions.look_up(office.registry, first.value) is None
    told = client.get("/en/start", follow_redirects=True).text
    assert "2 March 2026 09:00, Edge on Windows, network 127.0.0.*" in told and "1 attempt to sign in" in told


def test_locked_name_is_told_when_to_come_back_whether_it_exists_or_not(office: Kit, app: Flask) -> None:
    pages = []
    for login in ("xuyi-officer", "no-such-name"):
        client = app.test_client()
        answers = [enter(client, login, "wrong") for _ in range(5)]
        assert [a.status_code for a in answers] == [401] * 4 + [429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
        pages.append(re.sub(r'value="[^"]*"|<nonce>', "", answers[-1].text))
        assert "09:15" in answers[-1].text
    assert pages[0] == pages[1]


def test_full_house_is_told_with_503(office: Kit, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise passwords.Busy

    monkeypatch.setattr(signin.verbs, "sign_in", full)
    answer = enter(visitor, "xuyi-officer")
    assert answer.status_code == 503 and "try again in a minute" in answer.text and answer.headers["Retry-After"]


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_signing_in(target: str, office: Kit, visitor: FlaskClient) -> None:
    answer = enter(visitor, "xuyi-officer", where=f"/en/sign-in?next={target}")
    assert answer.headers["Location"] == "/en/start"


# --- text that is never lost, and never somebody else's


@pytest.mark.parametrize(("busy", "after"), [(1, 61), (13, 10)], ids=["idle", "too old"])
def test_text_sent_after_the_end_comes_back_to_its_author_only(busy: int, after: int, office: Kit, app: Flask) -> None:
    path = f"/en/apply/{journey.drafted(office)}/sections/brand"
    client = app.test_client()
    enter(client, "applicant")
    form = token(client.get(path).text)
    for _ in range(busy):
        office.clock.forward(minutes=55)
        client.get("/en/apply/")
    office.clock.forward(minutes=after)
    story = "写了很久的品牌故事"
    answer = client.post(path, data={"story": story, "csrf_token": form})
    assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
    with office.registry.store.system() as session:
        assert session.exec(select(ParkedForm)).one().account_id
    assert enter(client, "xuyi-officer", where=answer.headers["Location"]).status_code == 303
    assert story not in client.get(path).text
    send(client, "/en/sign-out", "/en/account/")
    enter(client, "applicant", where=answer.headers["Location"])
    assert story in client.get(path).text


def test_text_of_nobody_known_is_not_kept(office: Kit, app: Flask) -> None:
    answer = app.test_client().post(f"/apply/{journey.drafted(office)}/sections/brand", data={"story": "x"})
    assert answer.status_code == 302
    with office.registry.store.system() as session:
        assert session.exec(select(ParkedForm)).all() == []


def test_text_sent_after_signing_out_in_another_tab_is_kept_for_its_author(office: Kit, app: Flask) -> None:
    path = f"/en/apply/{journey.drafted(office)}/sections/brand"
    client = app.test_client()
    enter(client, "applicant")
    form = token(client.get(path).text)
    send(client, "/en/sign-out", "/en/account/")
    assert client.post(path, data={"story": "另一个标签页", "csrf_token": form}).status_code == 302
    enter(client, "applicant")
    assert "另一个标签页" in client.get(path).text


# --- one's own account


def test_owner_sees_and_ends_sign_ins(office: Kit, app: Flask) -> None:
    here, there = app.test_client(), app.test_client()
    enter(here, "xuyi-officer")
    office.clock.forward(minutes=5)
    enter(there, "xuyi-officer")
    page = here.get("/en/account/").text
    assert page.count("Edge on Windows") >= 2 and page.count("this one") == 1
    names = re.findall(r"/en/account/sign-ins/(\w+)/end\"", page)
    assert len(names) == 1
    assert send(here, f"/en/account/sign-ins/{names[0]}/end", "/en/account/").status_code == 303
    assert "/sign-in" in there.get("/en/account/").headers["Location"]
    assert send(here, f"/en/account/sign-ins/{names[0]}/end", "/en/account/").status_code == 404
    enter(there, "xuyi-officer")
    assert send(here, "/en/account/sign-ins/end-others", "/en/account/").status_code == 303
    assert there.get("/en/account/").status_code == 302 and here.get("/en/account/").status_code == 200


def test_password_is_changed_with_every_fault_beside_its_field(office: Kit, app: Flask) -> None:
    client, url = app.test_client(), "/en/account/password"
    enter(client, "xuyi-officer")
    for given, field in (
        ({"old": "wrong", "new": "another horse 7", "again": "another horse 7"}, "old"),
        ({"old": GOOD, "new": "woaini1314", "again": "woaini1314"}, "new"),
        ({"old": GOOD, "new": "another horse 7", "again": "another horse 8"}, "again"),
    ):
        answer = send(client, url, **given)
        assert answer.status_code == 422 and f'id="{field}-error"' in answer.text and f'href="#{field}"' in answer.text
        assert not [word for word in given.values() if f'value="{word}"' in answer.text]
    given = {"old": GOOD, "new": "another horse 7", "again": "another horse 7"}
    assert send(client, url, **given).status_code == 303
    assert client.get("/en/account/").status_code == 200
    assert enter(app.test_client(), "xuyi-officer").status_code == 401


def test_given_password_opens_nothing_but_the_page_to_change_it(office: Kit, app: Flask) -> None:
    with office.registry.store.system() as session:
        account = account_by_login(session, "applicant")
        assert account
        account.must_change_password = True
        session.add(account)
    client, path = app.test_client(), f"/en/apply/{journey.drafted(office)}/sections/brand"
    assert enter(client, "applicant", where=f"/en/sign-in?next={path}").headers["Location"] == path
    led = client.get(path)
    assert led.status_code == 302 and "/en/account/password?next=" in led.headers["Location"]
    for url in ("/en/desk/", "/en/account/", "/en/apply/"):
        assert "/account/password" in client.get(url).headers["Location"]
    page = client.get(led.headers["Location"]).text
    assert "Somebody else chose your password" in page
    client.post(path, data={"story": "不要丢", "csrf_token": token(page)})
    given = {"old": GOOD, "new": "another horse 7", "again": "another horse 7"}
    assert send(client, led.headers["Location"], **given).headers["Location"] == path
    assert "不要丢" in client.get(path).text


# --- second factor


def device(client: FlaskClient, kit: Kit, url: str = "/en/account/second-factor") -> tuple[pyotp.TOTP, list[str], str]:
    """Set it up as a person does: (device, recovery codes, the page with them)."""
    page = client.get(url).text
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)<', page)
    assert found
    totp = pyotp.TOTP(found.group(1).replace(" ", ""))
    answer = send(client, url, do="set_up", code=totp.at(kit.clock.now()))
    assert answer.status_code == 200
    return totp, re.findall(r"<li><code>([0-9A-Z-]+)</code>", answer.text), answer.text


def test_second_factor_is_set_up_given_and_managed(office: Kit, app: Flask) -> None:
    client, url = app.test_client(), "/en/account/second-factor"
    enter(client, "xuyi-leader")
    picture = client.get("/en/account/second-factor/qr.svg")
    assert picture.mimetype == "image/svg+xml" and b"<svg" in picture.data and b"style" not in picture.data
    assert picture.headers["Cache-Control"] == "no-store"
    assert send(client, url, do="set_up", code="000000").status_code == 422
    totp, codes, _ = device(client, office)
    assert len(codes) == 10
    assert client.get("/en/account/second-factor/qr.svg").status_code == 404
    assert codes[0] not in client.get(url).text and "10 recovery codes left" in client.get(url).text
    office.clock.forward(minutes=1)

    other = app.test_client()
    half = enter(other, "xuyi-leader", where="/en/sign-in?next=/en/desk/cases")
    assert half.headers["Location"] == "/en/sign-in/code?next=/en/desk/cases"
    assert "/sign-in" in other.get("/en/desk/").headers["Location"], "half a sign-in opens nothing"
    wrong = send(other, half.headers["Location"], code="000000")
    assert wrong.status_code == 401 and "code-error" in wrong.text
    whole = send(other, half.headers["Location"], code=totp.at(office.clock.now()))
    assert whole.headers["Location"] == "/en/desk/cases" and other.get("/en/desk/cases").status_code == 200

    third = app.test_client()
    enter(third, "xuyi-leader")
    assert send(third, "/en/sign-in/code", code=codes[0]).status_code == 303
    assert "9 recovery codes left" in third.get("/en/account/").text
    renewed = send(third, url, do="renew", code=codes[1])
    assert renewed.status_code == 200 and len(re.findall(r"<li><code>", renewed.text)) == 10
    assert send(third, url, do="nonsense", code="1").status_code == 404
    assert third.get("/en/sign-in/code").status_code in (200, 302)


def test_leader_of_a_real_registry_sets_it_up_before_anything_else(office: Kit, app: Flask) -> None:
    serious(office)
    client = app.test_client()
    enter(client, "xuyi-leader")
    led = client.get("/en/desk/cases").headers["Location"]
    assert "/en/account/second-factor?next=" in led
    assert "Your role needs a second factor" in client.get(led).text
    _, _, page = device(client, office, led)
    assert 'href="/en/desk/cases"' in page and client.get("/en/desk/cases").status_code == 200


def test_personal_data_of_a_real_registry_is_opened_with_a_second_factor_only(office: Kit, app: Flask) -> None:
    id = journey.county(office, "acceptance")
    serious(office)
    client, case = app.test_client(), f"/en/desk/cases/{id}"
    enter(client, "xuyi-officer")
    given = {"csrf_token": token(client.get(case).text), "purpose": "check"}
    for _ in range(2):
        led = client.post(f"{case}/personal", data=given, headers={"Referer": f"http://localhost{case}"})
        assert led.headers["Location"] == f"/en/account/second-factor?next={case}"
    assert "Personal data is opened with a second factor only" in client.get(led.headers["Location"]).text
    totp, _, page = device(client, office, led.headers["Location"])
    assert f'href="{case}"' in page
    given["csrf_token"] = token(client.get(case).text)
    assert client.post(f"{case}/personal", data=given).status_code == 303
    office.clock.forward(minutes=1)
    with office.registry.store.system() as session:  # a sign-in from before it was asked for
        for row in session.exec(select(UserSession)):
            row.second_factor_at = None
            session.add(row)
    led = client.post(f"{case}/personal", data=given, headers={"Referer": f"http://localhost{case}"})
    gave = send(client, led.headers["Location"], do="step_up", code=totp.at(office.clock.now()))
    assert gave.status_code == 303 and gave.headers["Location"] == case


# --- the administrators' page


def test_administrators_see_use_and_the_security_administrator_acts(office: Kit, app: Flask, signed_in: SignIn) -> None:
    enter(app.test_client(), "xuyi-officer")
    for _ in range(5):
        enter(app.test_client(), "xuyi-leader", "wrong")
    office.clock.forward(minutes=1)
    security, audit = signed_in("security_admin"), signed_in("audit_admin")
    listed = audit.get("/en/admin/signins/").text
    assert "locked until 2 March 2026 09:15" in listed and "never, as far as is known" in listed
    assert "xuyi-officer" not in audit.get("/en/admin/signins/?unused=30&q=xuyi-officer").text.partition("<tbody>")[2]
    one = "/en/admin/signins/accounts/xuyi-leader"
    assert "Unlock" not in audit.get(one).text
    assert send(audit, f"{one}/unlock", "/en/account/").status_code == 403
    assert send(security, f"{one}/unlock", one).status_code == 303
    assert enter(app.test_client(), "xuyi-leader").status_code == 303
    faulty = send(security, f"{one}/disable", one, reason="")
    assert faulty.status_code == 422 and 'href="#reason"' in faulty.text
    assert send(security, f"{one}/disable", one, reason="left").status_code == 303
    assert enter(app.test_client(), "xuyi-leader").status_code == 401
    assert security.get("/en/admin/signins/accounts/none").status_code == 404
    assert signed_in("xuyi-officer").get("/en/admin/signins/").status_code == 403


def test_lost_second_factor_is_taken_away_by_two_on_the_page(office: Kit, app: Flask, signed_in: SignIn) -> None:
    client = app.test_client()
    enter(client, "xuyi-leader")
    device(client, office)
    security, system = signed_in("security_admin"), signed_in("admin")
    one = "/en/admin/signins/accounts/xuyi-leader"
    assert send(security, f"{one}/reset", one).status_code == 303
    assert "Another administrator confirms it" in security.get(one).text
    found = re.search(r"/en/admin/signins/requests/\w+/confirm", system.get("/en/admin/signins/").text)
    assert found and send(security, found.group(), "/en/account/").status_code == 403
    assert send(system, found.group(), "/en/admin/signins/").status_code == 303
    assert client.get("/en/account/").status_code == 302
    assert enter(app.test_client(), "xuyi-leader").headers["Location"] == "/en/start"
    assert office.health().fault is None


# --- a plugin's provider


class Provider:
    """A provider without a network."""

    name = Text.model_validate({"zh-Hans": "单位统一登录", "en": "The office's sign-in"})

    @hookimpl
    def auth_provider(self) -> "Provider":
        return self

    def begin(self, callback: str) -> Begun:
        return Begun(f"https://sso.example/?back={callback}", {"state": "s"})

    def finish(self, callback: str, answer: Any, kept: Any) -> Identity:
        if answer.get("state") != kept["state"]:
            raise NotBegunHere
        if answer.get("who") == "crash":
            raise KeyError("who")
        return Identity(answer["who"])


@pytest.fixture
def elsewhere(office: Kit, app: Flask) -> Flask:
    """An application with such a plugin."""
    office.registry.plugins.manager.register(Provider(), "wonder")
    return app


def test_plugin_puts_a_button_on_the_page_and_opens_linked_accounts(office: Kit, elsewhere: Flask) -> None:
    accounts.link(office.registry, SYSTEM, login="xuyi-officer", provider="wonder", subject="u-1")
    client = elsewhere.test_client()
    page = client.get("/en/sign-in?next=/en/desk/cases").text
    assert "The office&#39;s sign-in" in page
    url = "/en/sign-in/by/wonder?next=/en/desk/cases"
    assert client.get(url).headers["Location"].endswith("/sign-in/back/wonder")
    back = client.get("/sign-in/back/wonder?state=s&who=u-1")
    assert back.headers["Location"] == "/en/desk/cases" and client.get("/en/desk/cases").status_code == 200
    for query in ("state=s&who=u-2", "state=x&who=u-1", "state=s&who=crash"):
        other = elsewhere.test_client()
        other.get(url)
        assert other.get(f"/sign-in/back/wonder?{query}").status_code == 401, query
    late = elsewhere.test_client()
    assert late.get("/sign-in/back/wonder?state=s&who=u-1").status_code == 401, "nothing was begun"
    assert late.get("/sign-in/by/none").status_code == 404


def test_security_administrator_links_an_account_on_the_page(office: Kit, elsewhere: Flask, signed_in: SignIn) -> None:
    security, one = signed_in("security_admin"), "/en/admin/signins/accounts/xuyi-officer"
    assert send(security, f"{one}/link", one, provider="wonder", subject="u-9").status_code == 303
    assert 'value="u-9"' in security.get(one).text
    other = "/en/admin/signins/accounts/applicant"
    assert send(security, f"{other}/link", other, provider="wonder", subject="u-9").status_code == 422
    assert send(security, f"{other}/link", other, provider="none", subject="u-9").status_code == 404
