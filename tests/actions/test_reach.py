"""Where somebody is reached: an address confirmed by a code, text messages by a plugin of the operator's."""

import pytest
from sqlmodel import select

from registry.actions import deliveries, jobs, reach
from registry.api import hookimpl
from registry.base.errors import BadInput, NotFound
from registry.base.settings import load, new_keys
from registry.store.account import account_by_login
from registry.store.message import Delivery
from registry.store.people import Person
from registry.testing import Kit, journey

from ..smtp import Mailbox, sends_by, text

pytestmark = pytest.mark.slow


def all_deliveries(kit: Kit) -> list[Delivery]:
    with kit.registry.store.system() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)))


def test_address_is_confirmed_by_a_code_that_is_sent_to_it(kit: Kit, box: Mailbox) -> None:
    sends_by(kit, box)
    who = kit.who("xuyi-officer")
    reach.set_address(kit.registry, who, address=" li@example.cn ")
    journey.filed(kit)
    jobs.run_waiting(kit.registry)
    (mail,) = box.to("li@example.cn")
    assert all_deliveries(kit) == [], "nothing is told to an address that is not confirmed"
    code = next(word for word in text(mail).split() if word.isdigit())
    with pytest.raises(BadInput, match="not the code"):
        reach.confirm_address(kit.registry, who, code="000000" if code != "000000" else "1")
    with pytest.raises(NotFound):
        reach.confirm_address(kit.registry, kit.who("xuyi-leader"), code=code)
    reach.confirm_address(kit.registry, who, code=f" {code[:3]} {code[3:]}")
    with kit.registry.store.system() as session:
        row = reach.reach_of(session, who.account)
        assert row and (row.address, row.pending, row.code) == ("li@example.cn", None, None)
    reach.remove_address(kit.registry, who)
    journey.county(kit, "acceptance", name="盱眙虚构乙种养员")
    assert all_deliveries(kit) == [] and kit.health().fault is None


def test_code_cannot_be_guessed_or_used_late_or_asked_for_all_the_time(kit: Kit, box: Mailbox) -> None:
    sends_by(kit, box)
    who = kit.who("xuyi-officer")
    reach.set_address(kit.registry, who, address="li@example.cn")
    with pytest.raises(BadInput, match="wait a minute"):
        reach.set_address(kit.registry, who, address="li@example.cn")
    jobs.run_waiting(kit.registry)
    code = next(word for word in text(box.last).split() if word.isdigit())
    for _ in range(reach.TRIES):
        with pytest.raises(BadInput, match="not the code"):
            reach.confirm_address(kit.registry, who, code="x")
    with pytest.raises(BadInput, match="holds no more"):
        reach.confirm_address(kit.registry, who, code=code)
    kit.clock.forward(minutes=2)
    reach.set_address(kit.registry, who, address="li@example.cn")
    jobs.run_waiting(kit.registry)
    code = next(word for word in text(box.last).split() if word.isdigit())
    kit.clock.forward(minutes=31)
    with pytest.raises(BadInput, match="holds no more"):
        reach.confirm_address(kit.registry, who, code=code)


@pytest.mark.parametrize(
    "address",
    ["", "li", "li@", "li@example", "a@b.cn, c@d.cn", "li@example.cn\nBcc: x@y.cn", "李@example.cn", "x" * 300],
)
def test_what_is_no_address_is_refused(address: str, kit: Kit, box: Mailbox) -> None:
    sends_by(kit, box)
    with pytest.raises(BadInput, match="no e-mail address"):
        reach.set_address(kit.registry, kit.who("xuyi-officer"), address=address)


def test_where_no_mail_server_is_set_up_that_is_said(kit: Kit) -> None:
    with pytest.raises(BadInput, match="sends no e-mail"):
        reach.set_address(kit.registry, kit.who("xuyi-officer"), address="li@example.cn")


def test_mail_server_without_a_sender_refuses_to_start() -> None:
    with pytest.raises(BadInput) as error:
        load(**new_keys(), smtp_host="mail.example.cn")
    assert [fault.field for fault in error.value.faults] == ["REGISTRY_MAIL_FROM"]


class Gateway:
    """A plugin that sends text messages."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.fails = False

    @hookimpl
    def send_sms(self, number: str, text: str, key: str) -> bool:
        """Send it, or fail with the number in the words of the error."""
        if self.fails:
            raise ConnectionError(f"gateway does not answer for {number}")
        self.sent.append((number, text, key))
        return True


PHONE = "13900000001"


def with_phone(kit: Kit) -> None:
    """The officer has a telephone number on file, and wants text messages."""
    with kit.registry.store.system() as session:
        account = account_by_login(session, "xuyi-officer")
        assert account
        session.get_one(Person, account.person_id).phone = PHONE
    reach.choose(kit.registry, kit.who("xuyi-officer"), by_email=True, by_sms=True)


def test_plugin_sends_text_messages_to_who_wants_them(kit: Kit) -> None:
    gateway = Gateway()
    kit.registry.plugins.manager.register(gateway, "gateway")
    with_phone(kit)
    id = journey.filed(kit)
    deliveries.deliver(kit.registry)
    (row,) = all_deliveries(kit)
    assert row.status == "sent"
    ((number, words, key),) = gateway.sent
    assert (number, key) == (PHONE, row.id) and str(kit.case(id).number) in words and "http" not in words


def test_failing_gateway_is_tried_again_and_no_log_holds_the_number(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    gateway = Gateway()
    gateway.fails = True
    kit.registry.plugins.manager.register(gateway, "gateway")
    with_phone(kit)
    journey.filed(kit)
    deliveries.deliver(kit.registry)
    (row,) = all_deliveries(kit)
    assert (row.status, row.error) == ("failed", "plugin")
    assert "gateway does not answer" in caplog.text and PHONE not in caplog.text
    gateway.fails = False
    kit.clock.forward(minutes=5)
    deliveries.deliver(kit.registry)
    (row,) = all_deliveries(kit)
    assert (row.status, row.attempts) == ("sent", 2) and len(gateway.sent) == 1


def test_without_a_gateway_no_text_message_waits(kit: Kit) -> None:
    with_phone(kit)
    journey.filed(kit)
    assert all_deliveries(kit) == []
