"""Sending what was told out of the site: each delivery taken up by one worker, sent, and written down how it went.

A worker that dies between sending and writing down leaves a delivery that is sent again after `LEASE`: with the same
Message-ID, by which mail programs know the same mail again. Nothing else is ever sent twice, and nothing is lost.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col, func, or_, select

from registry.actions.messages import SENDS_SMS
from registry.actions.reach import mail_server, reach_of
from registry.base.errors import NotFound, Refused
from registry.base.i18n import DEFAULT_LANGUAGE, Message, msg
from registry.base.mail import Mail, NotTaken, send
from registry.host.plugins import FailedError
from registry.host.registry import Registry
from registry.rules.message import WHILE_OPEN
from registry.rules.permission import SYSTEM, Actor, Role
from registry.store import message as table
from registry.store.account import Account
from registry.store.case import Case, Task
from registry.store.message import OPEN, Delivery, due, take_up
from registry.store.people import Person
from registry.store.session import ReadSession

LEASE = timedelta(minutes=10)
"""After this a delivery whose worker has not said how it went is tried again; more than any attempt takes."""
ATTEMPTS = 8
PAUSE = timedelta(minutes=5)
"""After the first failure; twice as long after each further one, so that the last try is half a day later."""
POSTPONED = timedelta(minutes=1)
"""A server that takes nothing now is not asked by every mail that waits."""
REASONS: dict[str, Message] = {
    "unreachable": msg("The mail server cannot be reached. Check REGISTRY_SMTP_HOST and _PORT, and whether it runs."),
    "sign_in": msg("The mail server refuses our name or password. Check REGISTRY_SMTP_USER and _PASSWORD."),
    "tls": msg(
        "No safe connection: check REGISTRY_SMTP_TLS, and whether this machine trusts the server's certificate."
    ),
    "sender": msg("The mail server refuses our sender. Check REGISTRY_MAIL_FROM."),
    "later": msg("The mail server wants it later; it is tried again."),
    "refused": msg("The mail server refuses this mail. Its log says why."),
    "address": msg("The mail server does not know this address. Its owner must enter another one at their account."),
    "not_set_up": msg("This channel is not set up here any more."),
    "plugin": msg("The plugin that sends text messages failed; the page of plugins says how."),
    "unknown": msg("The worker died each time it was sent; the log of the program says why."),
    "overtaken": msg("Overtaken: what it was about is done."),
    "switched_off": msg("Its owner does not want it this way any more."),
    "disabled": msg("The account was closed."),
}
"""Why something was not delivered, and what to do."""
NEEDLESS = frozenset({"overtaken", "switched_off", "disabled"})
"""Reasons by which nothing is wrong: there was nobody to tell any more."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out now. `to` is an address or a telephone number."""

    delivery: str
    channel: str
    to: str
    region: str
    subject: str
    text: str


def deliver(registry: Registry) -> int:
    """Send what is due now; returns how much was sent."""
    with registry.store.read(SYSTEM) as session:
        waiting = due(session, session.now)
    sent, closed = 0, set[str]()
    for id, channel in waiting:
        if channel in closed:
            continue
        parcel = prepare(registry, id)
        if parcel is None:
            continue
        try:
            hand_over(registry, parcel)
        except NotTaken as error:
            note(registry, id, error)
            if error.whole:
                closed.add(channel)
                postpone(registry, channel)
            continue
        note(registry, id, None)
        sent += 1
    return sent


def prepare(registry: Registry, id: str) -> Parcel | None:
    """Take a delivery up, and make what is to be sent; None when another worker has it, or nobody need be told any more."""
    with registry.store.system() as session:
        row = take_up(session, id, session.now, LEASE)
        if row is None:
            return None
        told = session.get_one(table.Message, row.message_id)
        account = session.get_one(Account, told.account_id)
        needless = why_not(session, told, account) or ("unknown" if row.attempts > ATTEMPTS else None)
        to = None if needless else destination(session, registry, row.channel, account)
        if to is None:
            row.status, row.error = "given_up", needless or "switched_off"
            session.add(row)
            return None
        case = session.get(Case, told.case_id) if told.case_id else None
        subject, text = written(session, registry, told, row.channel)
        return Parcel(row.id, row.channel, to, case.home_region if case else "", subject, text)


def why_not(session: ReadSession, told: table.Message, account: Account) -> str | None:
    """Why nobody need be told any more, if so."""
    if account.disabled_at:
        return "disabled"
    if told.event in WHILE_OPEN and told.task_id:
        task = session.get(Task, told.task_id)
        return None if task and task.status == "open" else "overtaken"
    return None


def destination(session: ReadSession, registry: Registry, channel: str, account: Account) -> str | None:
    """The address or number, if the person still wants to be told there."""
    reach = reach_of(session, account.id)
    if reach is None:
        return None
    if channel == "email":
        return reach.address if reach.by_email else None
    return session.get_one(Person, account.person_id).phone if reach.by_sms else None


def written(session: ReadSession, registry: Registry, told: table.Message, channel: str) -> tuple[str, str]:
    """(subject, text) in the registry's language."""
    words = told.words
    subject = " ".join(words.subject.text(DEFAULT_LANGUAGE).split())  # a header is one line
    says = words.says.text(DEFAULT_LANGUAGE)
    if channel == "sms":
        return subject, says
    root = registry.settings.public_url.rstrip("/")
    site = msg("Register of labour brands and startup bases")
    foot = msg(
        "This mail was made by a program; nobody reads an answer to it. Where you are told: {url}",
        url=f"{root}/account/reach",
    )
    lines = [says, words.then.text(DEFAULT_LANGUAGE), f"{root}/account/messages/{told.id}"]
    return subject, "\n\n".join(lines) + f"\n\n-- \n{site.text(DEFAULT_LANGUAGE)}\n{foot.text(DEFAULT_LANGUAGE)}\n"


def hand_over(registry: Registry, parcel: Parcel) -> None:
    """Give it to the mail server, or to the plugin that sends text messages. Raises NotTaken."""
    if parcel.channel == "email":
        if not registry.settings.smtp_host:
            raise NotTaken("not_set_up", final=True)
        mail = Mail(parcel.to, parcel.subject, parcel.text, parcel.delivery, registry.now)
        return send(mail_server(registry.settings), mail)
    given: dict[str, Any] = {"number": parcel.to, "text": parcel.text, "key": parcel.delivery}
    for implementation in registry.plugins.asked(SENDS_SMS, parcel.region or None):
        try:
            if registry.plugins.call(SENDS_SMS, implementation, given, hidden=parcel.to):
                return None
        except FailedError:
            raise NotTaken("plugin") from None
    raise NotTaken("not_set_up", final=True)


def note(registry: Registry, id: str, failed: NotTaken | None) -> None:
    """Write down how an attempt went."""
    with registry.store.system() as session:
        row = session.get_one(Delivery, id)
        if failed is None:
            row.status, row.sent_at, row.error = "sent", session.now, None
        else:
            over = failed.final or row.attempts >= ATTEMPTS
            row.status, row.error = "given_up" if over else "failed", failed.why
            row.next_at = session.now + PAUSE * 2 ** (row.attempts - 1)
        session.add(row)


def postpone(registry: Registry, channel: str) -> None:
    """Whatever else waits for this channel now waits a little longer, without counting as an attempt."""
    with registry.store.system() as session:
        mine = update(Delivery).where(col(Delivery.channel) == channel, col(Delivery.status).in_(OPEN))
        session.execute(mine.where(col(Delivery.next_at) <= session.now).values(next_at=session.now + POSTPONED))


def undelivered(session: ReadSession, *, start: int = 0, limit: int = 50) -> tuple[int, list[tuple[Any, Any, Any]]]:
    """(how many, [(delivery, message, account)]) of what failed and is given up or tried again, the latest first."""
    wrong = (col(Delivery.status).in_(("failed", "given_up")), col(Delivery.error).not_in(NEEDLESS))
    count = session.exec(select(func.count()).select_from(Delivery).where(*wrong)).one()
    query = (
        select(Delivery, table.Message, Account)
        .join(table.Message, col(table.Message.id) == col(Delivery.message_id))
        .join(Account, col(Account.id) == col(table.Message.account_id))
        .where(*wrong)
        .order_by(col(table.Message.created_at).desc(), Delivery.id)
    )
    return count, list(session.exec(query.offset(start).limit(limit)))


def counts(session: ReadSession) -> dict[str, int]:
    """Status → how many deliveries."""
    rows = session.exec(select(Delivery.status, func.count()).group_by(Delivery.status))
    return dict(rows.all())


def try_again(registry: Registry, actor: Actor, *, id: str | None = None) -> int:
    """Try what was not delivered again, now and from the beginning: one delivery, or all; returns how many.

    Raises Refused, and NotFound when there is nothing to try.
    """
    if not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only an administrator may do this."))
    with registry.store.write(actor) as session:
        wrong = or_(col(Delivery.status) == "failed", col(Delivery.status) == "given_up")
        mine = update(Delivery).where(wrong, col(Delivery.error).not_in(NEEDLESS))
        mine = mine.where(col(Delivery.id) == id) if id else mine
        fresh = mine.values(status="waiting", attempts=0, error=None, next_at=session.now)
        n: int = session.execute(fresh).rowcount  # type: ignore[attr-defined]
        if not n:
            raise NotFound(msg("There is nothing to be sent again."))
        session.record("delivery.again", f"delivery:{id or 'all'}", n=n)
        return n
