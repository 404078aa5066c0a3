"""E-mail and text messages: sent once, tried again, given up in writing; with real mail servers and real processes."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from registry.actions import cases, deliveries, jobs, people, reach
from registry.actions.move import Given
from registry.base.errors import NotFound, Refused
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.message import Delivery, Message, Reach
from registry.testing import CITY, Kit, add, journey

from ..browser import ROOT, environment, free_port
from ..smtp import Mailbox, certified, sends_by, text

pytestmark = pytest.mark.slow

OFFICER = "officer@example.cn"
WORKERS = """
import json, multiprocessing, os, signal, sys
from datetime import datetime
from registry.actions import deliveries
from registry.base.clock import FixedClock
from registry.base.settings import load
from registry.host.registry import Registry

now, count, killed = json.loads(sys.argv[1])
context = multiprocessing.get_context("fork")
all_ready = context.Barrier(count)

def work():
    if killed:
        deliveries.note = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
    registry = Registry.open(load(), FixedClock(datetime.fromisoformat(now)))
    all_ready.wait()
    deliveries.deliver(registry)

processes = [context.Process(target=work) for _ in range(count)]
for process in processes:
    process.start()
for process in processes:
    process.join()
print(json.dumps([process.exitcode for process in processes]))
"""


@pytest.fixture
def mailing(kit: Kit, box: Mailbox) -> Kit:
    """A registry that sends by it, and an officer with an address."""
    sends_by(kit, box)
    reachable(kit, "xuyi-officer", OFFICER)
    return kit


def reachable(kit: Kit, login: str, address: str) -> None:
    """Somebody has confirmed an address."""
    with kit.registry.store.system() as session:
        account = account_by_login(session, login)
        assert account
        session.add(Reach(account_id=account.id, address=address, confirmed_at=session.now))


def all_deliveries(kit: Kit) -> list[Delivery]:
    with kit.registry.store.system() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)))


def tell(kit: Kit, n: int = 1) -> None:
    """So many messages wait to be mailed to the officer."""
    with kit.registry.store.system() as session:
        account = account_by_login(session, "xuyi-officer")
        assert account
        about = {"number": "1", "stage": "s", "due": "d"}
        for key in (next(kit.keys) for _ in range(n)):
            row = Message(account_id=account.id, event="new_task", key=key, params=about, created_at=session.now)
            session.add(row)
            session.flush()
            session.add(Delivery(message_id=row.id, channel="email", next_at=session.now))


def state(kit: Kit) -> tuple[str, int, str | None]:
    """(status, attempts, error) of the one delivery."""
    (row,) = all_deliveries(kit)
    return row.status, row.attempts, row.error


def test_mail_has_what_it_must_have_and_nothing_about_people(mailing: Kit, box: Mailbox) -> None:
    id = journey.filed(mailing)
    assert box.taken == [], "nothing is sent before the commit, or by the request"
    jobs.run_waiting(mailing.registry)
    (mail,) = box.to(OFFICER)
    number = str(mailing.case(id).number)
    assert number in str(mail["Subject"]) and "\n" not in str(mail["Subject"])
    assert (
        mail["Auto-Submitted"] == "auto-generated" and mail["From"] == "登记 <r@example.cn>" and mail["To"] == OFFICER
    )
    assert parsedate_to_datetime(str(mail["Date"])) == mailing.clock.now()
    (row,) = all_deliveries(mailing)
    assert mail["Message-ID"] == f"<{row.id}@127.0.0.1>"
    assert mail.get_content_type() == "text/plain" and f"/account/messages/{row.message_id}" in text(mail)
    assert number in text(mail) and id not in text(mail)
    for word in ("稻虾", "张示例", "0517", "（演示）", OFFICER):
        assert word not in text(mail) + str(mail["Subject"]), word
    assert state(mailing) == ("sent", 1, None)
    jobs.run_waiting(mailing.registry)
    assert len(box.taken) == 1


def test_without_a_mail_server_or_an_address_nothing_waits(kit: Kit, box: Mailbox) -> None:
    reachable(kit, "xuyi-officer", OFFICER)
    journey.filed(kit)
    sends_by(kit, box)
    journey.filed(kit, name="盱眙虚构乙种养员")
    assert {row.channel for row in all_deliveries(kit)} == {"email"}
    deliveries.deliver(kit.registry)
    assert len(box.taken) == 1 and box.to(OFFICER), "the second case's, to the one who has an address"


def test_two_workers_at_once_send_each_mail_once(mailing: Kit, box: Mailbox) -> None:
    tell(mailing, 6)
    assert workers(mailing, box, 2) == [0, 0]
    assert len(box.to(OFFICER)) == 6 == len({mail["Message-ID"] for mail in box.to(OFFICER)})
    assert {(row.status, row.attempts) for row in all_deliveries(mailing)} == {("sent", 1)}


def workers(kit: Kit, box: Mailbox, count: int, *, killed: bool = False) -> list[int]:
    """How processes ended that worked the outbox off at once."""
    more = {
        "REGISTRY_SMTP_HOST": "127.0.0.1",
        "REGISTRY_SMTP_PORT": str(box.port),
        "REGISTRY_SMTP_TLS": "none",
        "REGISTRY_MAIL_FROM": "r@example.cn",
    }
    told = json.dumps([kit.clock.now().isoformat(), count, killed])
    env = environment(kit.registry.settings, **more)
    done = subprocess.run(
        [sys.executable, "-c", WORKERS, told], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    return list(json.loads(done.stdout))


def test_mail_of_a_worker_killed_before_writing_it_down_is_not_lost_and_is_known_as_the_same(
    mailing: Kit, box: Mailbox
) -> None:
    tell(mailing)
    assert workers(mailing, box, 1, killed=True) == [-signal.SIGKILL]
    assert state(mailing) == ("waiting", 1, None) and len(box.taken) == 1
    deliveries.deliver(mailing.registry)
    assert len(box.taken) == 1, "it may still be on its way: nobody takes it up before the lease ends"
    mailing.clock.forward(minutes=deliveries.LEASE.total_seconds() / 60)
    deliveries.deliver(mailing.registry)
    first, second = box.to(OFFICER)
    assert first["Message-ID"] == second["Message-ID"] and state(mailing) == ("sent", 2, None)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "sender refused": ({"MAIL": "550 who is that"}, "sender"),
    "come back later": ({"MAIL": "451 busy"}, "later"),
    "mailbox full": ({"RCPT": "452 full"}, "later"),
    "too busy to greet": ({"CONNECT": "421 too many"}, "later"),
    "mail not taken now": ({"END": "451 try later"}, "later"),
    "nonsense": ({"MAIL": "hello"}, "later"),
}


@pytest.mark.parametrize(("says", "error"), WRONG.values(), ids=WRONG)
def test_what_may_pass_is_tried_again_until_it_does(
    says: dict[str, str], error: str, mailing: Kit, box: Mailbox
) -> None:
    tell(mailing)
    box.says = says
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("failed", 1, error) and box.taken == []
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("failed", 1, error), "the pause is kept"
    box.says = {}
    mailing.clock.forward(minutes=5)
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("sent", 2, None) and len(box.taken) == 1


@pytest.mark.parametrize(
    ("says", "error"), [({"RCPT": "550 no such person"}, "address"), ({"END": "554 looks like spam"}, "refused")]
)
def test_what_will_never_be_taken_is_given_up_at_once(
    says: dict[str, str], error: str, mailing: Kit, box: Mailbox
) -> None:
    tell(mailing)
    box.says = says
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("given_up", 1, error)


def test_server_that_is_down_is_given_up_after_ever_longer_pauses_and_tried_again_by_hand(
    mailing: Kit, box: Mailbox
) -> None:
    add(mailing, "admin", "admin", CITY, mailing.clock.now().date())
    tell(mailing)
    port, box.port = box.port, free_port()
    sends_by(mailing, box)
    began, tried = mailing.clock.now(), 0
    while state(mailing)[0] != "given_up":
        deliveries.deliver(mailing.registry)
        tried += 1
        (row,) = all_deliveries(mailing)
        last = mailing.clock.now()
        mailing.clock.set(row.next_at)
    assert tried == deliveries.ATTEMPTS and timedelta(hours=8) < last - began < timedelta(days=1)
    assert state(mailing) == ("given_up", deliveries.ATTEMPTS, "unreachable")
    with mailing.registry.store.read(mailing.who("admin")) as session:
        count, rows = deliveries.undelivered(session)
    assert (
        count == 1 and rows[0][2].login == "xuyi-officer" and "SMTP_HOST" in str(deliveries.REASONS[rows[0][0].error])
    )
    with pytest.raises(Refused):
        deliveries.try_again(mailing.registry, mailing.who("xuyi-leader"))
    with pytest.raises(NotFound):
        deliveries.try_again(mailing.registry, mailing.who("admin"), id="none")
    box.port = port
    sends_by(mailing, box)
    assert deliveries.try_again(mailing.registry, mailing.who("admin"), id=rows[0][0].id) == 1
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("sent", 1, None) and len(box.taken) == 1
    assert mailing.health().fault is None


def test_server_that_takes_nothing_is_asked_by_one_mail_not_by_all(mailing: Kit, box: Mailbox) -> None:
    tell(mailing, 3)
    box.says = {"CONNECT": "421 not now"}
    deliveries.deliver(mailing.registry)
    deliveries.deliver(mailing.registry)
    assert box.connections == 1
    box.says = {}
    mailing.clock.forward(minutes=5)
    deliveries.deliver(mailing.registry)
    assert len(box.taken) == 3


def test_wrong_password_is_said_in_words_that_help_and_a_right_one_sends(mailing: Kit, box: Mailbox) -> None:
    box.account = ("registry", "right")
    sends_by(mailing, box, smtp_user="registry", smtp_password=SecretStr("wrong"))
    tell(mailing)
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("failed", 1, "sign_in")
    sends_by(mailing, box, smtp_user="registry", smtp_password=SecretStr("right"))
    mailing.clock.forward(minutes=5)
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("sent", 2, None)


def test_nothing_goes_unencrypted_where_encryption_is_asked_for(mailing: Kit, box: Mailbox) -> None:
    sends_by(mailing, box, smtp_tls="starttls")
    tell(mailing)
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("failed", 1, "tls") and box.taken == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_goes_encrypted_to_a_server_that_is_trusted_and_to_no_other(
    tls: str, mailing: Kit, box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.context, certificate = certified(tmp_path)
    box.at_once = tls == "tls"
    sends_by(mailing, box, smtp_host="localhost", smtp_tls=tls)
    tell(mailing)
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("failed", 1, "tls") and box.taken == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailing.clock.forward(minutes=5)
    deliveries.deliver(mailing.registry)
    assert state(mailing) == ("sent", 2, None) and len(box.taken) == 1


def test_account_closed_meanwhile_and_mail_no_longer_wanted(mailing: Kit, box: Mailbox) -> None:
    reachable(mailing, "xuyi-reviewer", "reviewer@example.cn")
    journey.county(mailing, "review")
    reach.choose(mailing.registry, mailing.who("xuyi-reviewer"), by_email=False, by_sms=False)
    people.disable(mailing.registry, SYSTEM, login="xuyi-officer")
    deliveries.deliver(mailing.registry)
    assert box.taken == []
    assert {row.error for row in all_deliveries(mailing)} == {"disabled", "switched_off"}
    with mailing.registry.store.read(SYSTEM) as session:
        assert deliveries.undelivered(session)[0] == 0, "nothing is wrong"
        assert not reach.reach_of(session, mailing.who("xuyi-officer").account), "a closed account's address is erased"


def test_case_withdrawn_meanwhile_is_told_of_to_nobody(mailing: Kit, box: Mailbox) -> None:
    id = journey.filed(mailing)
    given = Given({"reason": "x"})
    version = mailing.case(id).version
    cases.act(mailing.registry, mailing.who("applicant"), id, "withdraw", version=version, key="w", given=given)
    deliveries.deliver(mailing.registry)
    assert box.taken == [] and state(mailing) == ("given_up", 1, "overtaken")


def test_person_with_two_accounts_gets_one_mail_and_reads_it_in_both(mailing: Kit, box: Mailbox) -> None:
    with mailing.registry.store.system() as session:
        one = account_by_login(session, "xuyi-officer")
        assert one
        person = one.person_id
    people.add_account(mailing.registry, SYSTEM, login="second", name="", title="second", person_id=person)
    reachable(mailing, "second", OFFICER)
    journey.filed(mailing)
    deliveries.deliver(mailing.registry)
    assert len(box.to(OFFICER)) == 1 == len(all_deliveries(mailing))
