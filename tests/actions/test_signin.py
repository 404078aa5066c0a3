"""Signing in: passwords, locks, sign-ins that end, second factors, and what two administrators do."""

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from registry.actions import accounts, lockout, passwords, people, second_factor, sessions, signin
from registry.actions.sessions import Asking
from registry.base.canonical import sha256
from registry.base.errors import BadInput, NotFound, Refused
from registry.host.registry import Registry
from registry.host.signon import Identity
from registry.rules.agent import agent_of, agent_words, network_of
from registry.rules.password import COMMON, password_faults
from registry.rules.permission import SYSTEM
from registry.store.account import Account, UserSession, account_by_login
from registry.store.record import RecordEntry
from registry.store.signin import RecoveryCode, SecondFactor, SignInCounter
from registry.testing import CITY, Kit, add, give_password

from ..browser import environment

pytestmark = pytest.mark.slow

LOGIN, GOOD = "xuyi-leader", "correct horse 9"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130"
HERE = Asking("198.51.100.7", EDGE)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", light)
    monkeypatch.setattr(passwords, "DUMMY", light.hash("nobody"))


@pytest.fixture
def office(kit: Kit) -> Kit:
    """A leader with a password, and the three administrators."""
    give_password(kit, LOGIN, GOOD)
    for role in ("admin", "security_admin", "audit_admin"):
        add(kit, role, role, CITY, date(2026, 3, 2))
    add(kit, "security2", "security_admin", CITY, date(2026, 3, 2))
    return kit


def serious(kit: Kit, **settings: Any) -> Registry:
    """The registry as a real one with these settings."""
    kit.registry.demonstration = False
    kit.registry.settings = kit.registry.settings.model_copy(update=settings)
    return kit.registry


def enter(kit: Kit, login: str = LOGIN, password: str = GOOD, asking: Asking = HERE) -> str:
    return signin.sign_in(kit.registry, login=login, password=password, asking=asking).token


def attempt(kit: Kit, login: str, password: str = "wrong", asking: Asking = HERE) -> Refused:
    with pytest.raises(Refused) as refused:
        signin.sign_in(kit.registry, login=login, password=password, asking=asking)
    return refused.value


def verbs(kit: Kit) -> list[str]:
    with kit.registry.store.system() as session:
        return list(session.exec(select(RecordEntry.verb).order_by(RecordEntry.id)))


def account(kit: Kit, login: str = LOGIN) -> Account:
    with kit.registry.store.system() as session:
        found = account_by_login(session, login)
        assert found
        return found


def device(kit: Kit, login: str = LOGIN) -> tuple[pyotp.TOTP, list[str], str]:
    """Set a second factor up: (the device, recovery codes, the sitting)."""
    token = enter(kit, login)
    secret = second_factor.begin(kit.registry, kit.who(login))
    totp = pyotp.TOTP(secret)
    code = totp.at(kit.clock.now())
    codes = second_factor.confirm(kit.registry, kit.who(login), code=code, sitting=sha256(token))
    return totp, codes, token


# --- passwords


@pytest.mark.parametrize(
    "password", ["short 1", "woaini1314", "Password2024!", "1234567890", "aaaaaaaaaaaa", "xuyi-leader7"]
)
def test_password_that_anybody_would_try_is_refused(password: str) -> None:
    assert password_faults(password, login=LOGIN)


def test_password_of_a_few_words_is_good() -> None:
    assert not password_faults(GOOD, login=LOGIN) and len(COMMON) >= 200


def test_right_password_opens_a_sign_in_and_every_wrong_cause_has_one_sentence(office: Kit) -> None:
    assert signin.who(office.registry, enter(office)) == office.who(LOGIN)
    assert signin.who(office.registry, enter(office, f" {LOGIN} ")) is not None
    people.disable(office.registry, SYSTEM, login="xuyi-officer")
    give_password(office, "xuyi-officer", GOOD)
    causes = ((LOGIN, "wrong"), ("nobody", GOOD), ("xuyi-officer", GOOD), ("city-leader", GOOD))
    assert len({attempt(office, login, password).message.text("en") for login, password in causes}) == 1


def test_hash_is_made_anew_when_the_parameters_have_changed(office: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    before = account(office).password_hash
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    enter(office)
    after = account(office).password_hash
    assert before != after and "t=2" in str(after) and enter(office)
    assert office.health().fault is None


def test_full_house_is_told_instead_of_waited_for(office: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    monkeypatch.setattr(passwords, "HASHING", threading.BoundedSemaphore(1))
    with passwords.turn():
        busy = attempt(office, LOGIN, GOOD)
    assert isinstance(busy, passwords.Busy) and busy.http_status == 503
    assert enter(office)


def test_changing_the_password_asks_for_the_old_one_and_ends_other_sign_ins(office: Kit) -> None:
    here, there = enter(office), enter(office)
    actor, kept = office.who(LOGIN), sha256(here)
    for old, new, field in (("wrong", "another horse 7", "old"), (GOOD, "woaini1314", "new"), (GOOD, GOOD, "new")):
        with pytest.raises(BadInput) as bad:
            passwords.change_password(office.registry, actor, old=old, new=new, sitting=kept)
        assert {f.field for f in bad.value.faults} == {field}
    passwords.change_password(office.registry, actor, old=GOOD, new="another horse 7", sitting=kept)
    assert signin.who(office.registry, here) and signin.who(office.registry, there) is None
    assert attempt(office, LOGIN, GOOD) and enter(office, LOGIN, "another horse 7")
    assert verbs(office)[-1] == "account.password" and office.health().fault is None


def test_last_passwords_do_not_come_back(office: Kit) -> None:
    registry = serious(office, password_history=2)
    actor, known = office.who(LOGIN), GOOD
    for n, new in enumerate(("second horse 2", "third horse 33", GOOD)):
        office.clock.forward(minutes=1)
        passwords.change_password(registry, actor, old=known, new=new, sitting="")
        known = new
        earlier = ("correct horse 9", "second horse 2", "third horse 33")[n]
        if n < 2:
            with pytest.raises(BadInput):
                passwords.change_password(registry, actor, old=known, new=earlier, sitting="")


def test_guessing_the_old_password_locks_too(office: Kit) -> None:
    actor = office.who(LOGIN)
    for _ in range(4):
        with pytest.raises(BadInput):
            passwords.change_password(office.registry, actor, old="x", new="another horse 7", sitting="")
    for old in ("x", GOOD):
        with pytest.raises(lockout.Locked):
            passwords.change_password(office.registry, actor, old=old, new="another horse 7", sitting="")


def test_password_that_others_chose_or_that_is_too_old_must_be_changed_first(office: Kit) -> None:
    people.reset_password(office.registry, SYSTEM, login=LOGIN, password="given horse 44")
    found = sessions.look_up(office.registry, enter(office, LOGIN, "given horse 44"))
    assert found and found.new_password
    passwords.change_password(
        office.registry, found.actor, old="given horse 44", new="own horse 555", sitting=found.sitting
    )
    registry = serious(office, password_max_age_days=90, second_factor="optional")
    token = enter(office, LOGIN, "own horse 555")
    fresh = sessions.look_up(registry, token)
    assert fresh and not fresh.new_password
    office.clock.forward(days=91)
    aged = sessions.look_up(registry, enter(office, LOGIN, "own horse 555"))
    assert aged and aged.new_password


# --- locks


def test_name_is_locked_after_five_failures_whether_it_exists_or_not(office: Kit) -> None:
    said = {}
    for login in (LOGIN, "no-such-name"):
        tries = [attempt(office, login, asking=Asking()) for _ in range(6)]
        assert [e.http_status for e in tries] == [403] * 4 + [429] * 2
        said[login] = tries[-1].message.text("en")
    assert said[LOGIN] == said["no-such-name"] and "09:15" in said[LOGIN]
    assert attempt(office, LOGIN, GOOD, asking=Asking()).http_status == 429
    office.clock.forward(minutes=16)
    assert enter(office)


def test_failures_further_apart_than_the_window_do_not_add_up(office: Kit) -> None:
    for _ in range(9):
        assert attempt(office, LOGIN).http_status == 403
        office.clock.forward(minutes=8)


def test_success_begins_the_count_anew_and_tells_what_had_failed(office: Kit) -> None:
    for _ in range(2):
        for _ in range(3):
            attempt(office, LOGIN)
        token = enter(office)
        with office.registry.store.system() as session:
            assert session.get_one(UserSession, sha256(token)).failed_before == 3


def test_address_is_locked_when_it_tries_many_names_even_with_an_account_of_its_own(office: Kit) -> None:
    serious(office, lockout_address_attempts=6)
    for n in range(6):
        attempt(office, f"name-{n}")
        if n == 3:
            enter(office)
    assert attempt(office, "name-7").http_status == 429
    assert enter(office, asking=Asking("198.51.100.8"))


def test_table_of_attempts_names_nobody(office: Kit) -> None:
    attempt(office, "13905170001")
    with office.registry.store.system() as session:
        rows = [r.model_dump_json() for r in session.exec(select(SignInCounter))]
    assert len(rows) == 2 and not [r for r in rows if "13905170001" in r or "198.51" in r]


def test_security_administrator_unlocks_and_nobody_else(office: Kit) -> None:
    for _ in range(5):
        attempt(office, LOGIN)
    for login in ("admin", "audit_admin", LOGIN):
        with pytest.raises(Refused):
            lockout.unlock(office.registry, office.who(login), login=LOGIN)
    with pytest.raises(NotFound):
        lockout.unlock(office.registry, office.who("security_admin"), login="no-such-name")
    lockout.unlock(office.registry, office.who("security_admin"), login=LOGIN)
    assert enter(office) and verbs(office)[-1] == "account.unlock"


TRIES = """
import sys
from registry.actions import signin
from registry.base.errors import Refused
from registry.base.settings import load
from registry.host.registry import Registry

registry = Registry.open(load())
print("ready", flush=True)
sys.stdin.readline()
for _ in range(10):
    try:
        signin.sign_in(registry, login="xuyi-leader", password="wrong")
    except Refused as error:
        print(error.http_status)
"""


@pytest.mark.slow
def test_processes_together_have_no_more_attempts_than_one(office: Kit) -> None:
    env = environment(office.registry.settings)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TRIES], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("now\n")
        process.stdin.flush()
    found = sorted(line for process in both for line in process.communicate(timeout=60)[0].split())
    assert found == ["403"] * 4 + ["429"] * 16  # the fifth is looked at, fails, and is told of the lock


# --- sign-ins


def test_each_sign_in_has_its_own_token_and_says_where_it_came_from(office: Kit) -> None:
    tokens = {enter(office) for _ in range(3)}
    assert len(tokens) == 3
    with office.registry.store.system() as session:
        rows = sessions.open_sign_ins(office.registry, session, office.who(LOGIN))
    assert {(r.via, r.agent, r.origin) for r in rows} == {("password", "edg/windows", "198.51.100.*")}
    assert agent_words(rows[0].agent).text("en") == "Edge on Windows"


def test_what_a_browser_says_of_itself_is_kept_as_kind_only() -> None:
    assert agent_of("curl/8") == "/" and agent_words("/").text("en") == "unknown browser"
    assert agent_of("Mozilla/5.0 (Linux; Android 14) Firefox/1") == "firefox/android"
    assert (network_of("2001:db8:7:8::1"), network_of("::ffff:192.0.2.9"), network_of("x")) == (
        "2001:db8:7::",
        "192.0.2.*",
        "",
    )


def test_idle_and_old_sign_ins_end(office: Kit) -> None:
    token = enter(office)
    for _ in range(12):
        office.clock.forward(minutes=55)
        assert signin.who(office.registry, token)
    office.clock.forward(minutes=61)
    assert signin.who(office.registry, token) is None
    token = enter(office)
    for _ in range(13):
        office.clock.forward(minutes=55)
        signin.who(office.registry, token)
    office.clock.forward(minutes=10)
    assert signin.who(office.registry, token) is None, "busy all the time, and ended after twelve hours"


def test_owner_ends_one_sign_in_or_all_others_and_nobody_elses(office: Kit) -> None:
    here, there, third = enter(office), enter(office), enter(office)
    actor, registry = office.who(LOGIN), office.registry
    with registry.store.system() as session:
        name = session.get_one(UserSession, sha256(there)).name
    for other in (office.who("city-leader"), office.who("admin")):
        with pytest.raises(NotFound):
            sessions.end_one(registry, other, name)
    sessions.end_one(registry, actor, name)
    assert signin.who(registry, there) is None and signin.who(registry, third)
    with pytest.raises(NotFound):
        sessions.end_one(registry, actor, name)
    sessions.end_others(registry, actor, sitting=sha256(here))
    assert signin.who(registry, third) is None and signin.who(registry, here)


def test_old_sign_ins_are_forgotten_but_the_last(office: Kit) -> None:
    enter(office)
    office.clock.forward(days=200)
    enter(office)
    office.clock.forward(minutes=1)
    enter(office)
    with office.registry.store.system() as session:
        assert len(session.exec(select(UserSession)).all()) == 2


# --- second factor


def test_second_factor_is_asked_for_after_the_password_and_the_token_changes(office: Kit) -> None:
    totp, _, first = device(office)
    assert signin.who(office.registry, first)
    office.clock.forward(minutes=2)
    half = signin.sign_in(office.registry, login=LOGIN, password=GOOD)
    assert half.waits_for_code and signin.who(office.registry, half.token) is None
    code = totp.at(office.clock.now())
    whole = signin.give_code(office.registry, token=half.token, code=f"{code[:3]} {code[3:]}")
    found = sessions.look_up(office.registry, whole.token)
    assert found and found.second_factor and whole.token != half.token
    with pytest.raises(Refused):
        signin.give_code(office.registry, token=half.token, code=code)
    assert verbs(office)[-1] == "account.second_factor" and office.health().fault is None


def test_code_is_taken_once_and_only_near_its_time(office: Kit) -> None:
    totp, _, _ = device(office)
    first = totp.at(office.clock.now())
    half = signin.sign_in(office.registry, login=LOGIN, password=GOOD).token
    for code in (first, totp.at(office.clock.now() - timedelta(minutes=2)), "000000", "12345", "", "一二三四五六"):
        if code != "000000":  # the fifth failure would lock
            with pytest.raises(BadInput):
                signin.give_code(office.registry, token=half, code=code)
        lockout.unlock(office.registry, SYSTEM, login=LOGIN)
    office.clock.forward(seconds=30)
    assert signin.give_code(office.registry, token=half, code=totp.at(office.clock.now()))


def test_codes_cannot_be_guessed_by_giving_the_password_again(office: Kit) -> None:
    device(office)
    statuses = []
    for _ in range(6):
        try:
            half = signin.sign_in(office.registry, login=LOGIN, password=GOOD).token
            signin.give_code(office.registry, token=half, code="no code")
        except (BadInput, Refused) as error:
            statuses.append(error.http_status)
    assert statuses == [422] * 4 + [429] * 2


def test_half_a_sign_in_waits_ten_minutes(office: Kit) -> None:
    totp, _, _ = device(office)
    half = signin.sign_in(office.registry, login=LOGIN, password=GOOD).token
    office.clock.forward(minutes=11)
    with pytest.raises(Refused):
        signin.give_code(office.registry, token=half, code=totp.at(office.clock.now()))


def test_recovery_code_works_once_in_any_case_and_is_kept_as_hash(office: Kit) -> None:
    _, codes, _ = device(office)
    assert len(set(codes)) == 10
    for code, good in ((codes[0].lower().replace("-", " "), True), (codes[0], False), (codes[1], True)):
        half = signin.sign_in(office.registry, login=LOGIN, password=GOOD).token
        if good:
            signin.give_code(office.registry, token=half, code=code)
        else:
            with pytest.raises(BadInput):
                signin.give_code(office.registry, token=half, code=code)
    with office.registry.store.system() as session:
        assert second_factor.codes_left(session, account(office).id) == 8
        kept = " ".join(r.model_dump_json() for r in session.exec(select(RecoveryCode)))
    assert not [c for c in codes if c in kept or c.replace("-", "") in kept]


def test_renewing_recovery_codes_needs_a_code_and_ends_the_old_ones(office: Kit) -> None:
    totp, codes, _ = device(office)
    actor = office.who(LOGIN)
    with pytest.raises(BadInput):
        second_factor.renew_codes(office.registry, actor, code="000000")
    office.clock.forward(minutes=1)
    fresh = second_factor.renew_codes(office.registry, actor, code=totp.at(office.clock.now()))
    assert not set(fresh) & set(codes)
    half = signin.sign_in(office.registry, login=LOGIN, password=GOOD).token
    with pytest.raises(BadInput):
        signin.give_code(office.registry, token=half, code=codes[0])
    assert signin.give_code(office.registry, token=half, code=fresh[0])


def test_setting_it_up_needs_a_right_code_and_ends_sign_ins_without(office: Kit) -> None:
    other, actor = enter(office), office.who(LOGIN)
    second_factor.begin(office.registry, actor)
    with pytest.raises(BadInput):
        second_factor.confirm(office.registry, actor, code="000000", sitting="")
    assert account(office).second_factor_at is None and signin.who(office.registry, other)
    device(office)
    assert signin.who(office.registry, other) is None
    with pytest.raises(Refused):
        second_factor.begin(office.registry, actor)
    with office.registry.store.system() as session:
        raw = session.connection().exec_driver_sql("SELECT secret FROM second_factor").scalar()
        assert session.exec(select(SecondFactor)).one().secret.encode() not in bytes(raw)


def test_leaders_and_administrators_need_one_in_a_real_registry(office: Kit) -> None:
    registry = serious(office)
    for login, needs in ((LOGIN, True), ("admin", True), ("xuyi-officer", False), ("applicant", False)):
        found = sessions.look_up(registry, signin.open_session(registry, account(office, login).id))
        assert found and found.needs_second_factor == needs, login
    totp, _, token = device(office)
    found = sessions.look_up(registry, token)
    assert found and not found.needs_second_factor
    office.clock.forward(minutes=1)
    with pytest.raises(Refused):
        second_factor.turn_off(registry, found.actor, code=totp.at(office.clock.now()))
    serious(office, second_factor="optional")
    second_factor.turn_off(registry, found.actor, code=totp.at(office.clock.now()))
    assert account(office).second_factor_at is None and verbs(office)[-1] == "account.second_factor_off"


PAIRS = [
    ("security_admin", "admin", True),
    ("admin", "security_admin", True),
    ("security_admin", "security2", True),
    ("security_admin", "security_admin", False),
    ("security_admin", "audit_admin", False),
    ("security_admin", LOGIN, False),
]


@pytest.mark.parametrize(("proposes", "confirms", "works"), PAIRS)
def test_lost_second_factor_is_taken_away_by_two(office: Kit, proposes: str, confirms: str, works: bool) -> None:
    _, _, token = device(office)
    registry = office.registry
    id = accounts.propose_reset(registry, office.who(proposes), login=LOGIN)
    assert signin.sign_in(registry, login=LOGIN, password=GOOD).waits_for_code
    with pytest.raises(Refused):
        accounts.propose_reset(registry, office.who(proposes), login=LOGIN)
    if not works:
        with pytest.raises(Refused):
            accounts.confirm_reset(registry, office.who(confirms), id)
        assert account(office).second_factor_at
        return
    accounts.confirm_reset(registry, office.who(confirms), id)
    assert signin.who(registry, token) is None and account(office).second_factor_at is None
    assert not signin.sign_in(registry, login=LOGIN, password=GOOD).waits_for_code
    assert verbs(office)[-2:] == ["account.second_factor_reset_propose", "account.second_factor_reset"]
    with pytest.raises(Refused):
        accounts.confirm_reset(registry, office.who(confirms), id)
    assert office.health().fault is None


def test_proposal_ends_after_a_week_or_when_it_is_turned_down(office: Kit) -> None:
    device(office)
    first = accounts.propose_reset(office.registry, office.who("security_admin"), login=LOGIN)
    accounts.refuse_reset(office.registry, office.who("admin"), first)
    second = accounts.propose_reset(office.registry, office.who("security_admin"), login=LOGIN)
    office.clock.forward(days=8)
    for id in (first, second):
        with pytest.raises(Refused):
            accounts.confirm_reset(office.registry, office.who("admin"), id)
    assert accounts.propose_reset(office.registry, office.who("admin"), login=LOGIN)
    with pytest.raises(Refused):
        accounts.propose_reset(office.registry, office.who("admin"), login="xuyi-officer")
    assert office.health().fault is None


# --- single sign-on, accounts that nobody uses


def test_other_system_opens_linked_accounts_and_makes_none(office: Kit) -> None:
    registry, security = office.registry, office.who("security_admin")
    known = Identity("u-17", "xuyi-officer")
    for identity in (Identity("u-17"), Identity("u-17", "stranger")):
        with pytest.raises(Refused):
            signin.sign_in_by(registry, "oidc", identity)
    proved = replace(office.who("xuyi-officer"), proved=True)
    assert signin.who(registry, signin.sign_in_by(registry, "oidc", known).token) == proved
    accounts.link(registry, security, login=LOGIN, provider="oidc", subject="u-17")
    entered = signin.sign_in_by(registry, "oidc", known, HERE)
    found = sessions.look_up(registry, entered.token)
    assert (
        found
        and found.actor == replace(office.who(LOGIN), proved=True)
        and found.second_factor
        and not found.new_password
    )
    with pytest.raises(BadInput):
        accounts.link(registry, security, login="xuyi-officer", provider="oidc", subject="u-17")
    accounts.link(registry, security, login="xuyi-officer", provider="oidc", subject="u-18")
    with pytest.raises(Refused):  # linked to u-18: the name alone is not enough any more
        signin.sign_in_by(registry, "oidc", Identity("u-19", "xuyi-officer"))
    people.disable(registry, SYSTEM, login=LOGIN)
    with pytest.raises(Refused):
        signin.sign_in_by(registry, "oidc", known)
    assert "u-17" not in str(verbs(office)) and office.health().fault is None


def test_provider_may_be_trusted_for_the_password_alone(office: Kit) -> None:
    totp, _, _ = device(office)
    registry = serious(office, sso_second_factor=False)
    half = signin.sign_in_by(registry, "oidc", Identity("u", LOGIN))
    assert half.waits_for_code
    office.clock.forward(minutes=1)
    whole = signin.give_code(registry, token=half.token, code=totp.at(office.clock.now()))
    assert signin.who(registry, whole.token)


def test_link_cannot_be_changed_behind_the_records_back(office: Kit) -> None:
    accounts.link(office.registry, office.who("security_admin"), login=LOGIN, provider="oidc", subject="u-17")
    assert office.health().fault is None
    with office.registry.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET external_id = 'oidc:u-66' WHERE external_id IS NOT NULL")
    assert office.health().fault is not None


Who = Callable[[str], Any]


def test_unused_accounts_are_listed_longest_first_and_can_be_closed(office: Kit) -> None:
    registry = office.registry
    enter(office)
    office.clock.forward(days=100)
    give_password(office, "xuyi-officer", GOOD)
    enter(office, "xuyi-officer")
    for _ in range(5):
        attempt(office, "city-leader")
    with registry.store.read(office.who("security_admin")) as session:
        _, everybody = accounts.uses(session, registry.store.index)
        count, unused = accounts.uses(session, registry.store.index, unused_days=90)
        _, found = accounts.uses(session, registry.store.index, words="city-lead")
    assert count == len(unused) == len(everybody) - 1
    assert unused[-1].account.login == LOGIN and unused[-1].days == 100 and unused[0].last is None
    assert [u.account.login for u in found] == ["city-leader"] and found[0].locked_until
    with pytest.raises(Refused):
        accounts.disable(registry, office.who("audit_admin"), login=LOGIN, reason="unused")
    with pytest.raises(BadInput):
        accounts.disable(registry, office.who("security_admin"), login=LOGIN, reason="")
    accounts.disable(registry, office.who("security_admin"), login=LOGIN, reason="unused")
    assert account(office).disabled_at and verbs(office)[-1] == "account.disable"
    with pytest.raises(Refused):
        accounts.disable(registry, office.who("security_admin"), login="security_admin", reason="left")
