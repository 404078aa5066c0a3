"""Verbs about where a person is reached: an e-mail address, confirmed by a code sent to it; which channels they want."""

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlmodel import Session, col, select

from registry.base.errors import BadInput, Broken, Fault, NotFound
from registry.base.i18n import DEFAULT_LANGUAGE, msg
from registry.base.mail import Mail, NotTaken, Server, is_mail_address, send
from registry.base.settings import Settings
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import Account
from registry.store.job import Job, enqueue
from registry.store.message import Reach
from registry.store.session import WriteSession

JOB = "confirm_address"
PAUSE = timedelta(minutes=1)
"""Between two codes."""
VALID = timedelta(minutes=30)
TRIES = 5
"""How often a wrong code may be typed."""


def reach_of(session: Session, account: str) -> Reach | None:
    """Where an account is reached; None where its owner has said nothing."""
    query = select(Reach).where(Reach.account_id == account)
    return session.exec(query.execution_options(unscoped=True)).one_or_none()


def mail_server(settings: Settings) -> Server:
    """The mail server of the settings."""
    return Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_user,
        settings.smtp_password.get_secret_value(),
        settings.mail_from,
        urlsplit(settings.public_url).hostname or "localhost",
    )


def set_address(registry: Registry, actor: Actor, *, address: str) -> None:
    """Begin with an address: a code is sent to it. The one before goes on until the new one is confirmed. Raises BadInput."""
    address = address.strip()
    if not registry.settings.smtp_host:
        raise BadInput(
            Fault(msg("This registry sends no e-mail; its operator has set up no mail server."), field="address")
        )
    if not is_mail_address(address):
        raise BadInput(
            Fault(msg("This is no e-mail address; one is written {example}.", example="li@example.cn"), field="address")
        )
    with registry.store.write(actor) as session:
        row = reach_of(session, actor.account) or Reach(account_id=actor.account)
        if row.code_at and session.now - row.code_at < PAUSE:
            raise BadInput(
                Fault(msg("A code was sent a moment ago; wait a minute, then ask for another."), field="address")
            )
        row.pending, row.code = address, f"{secrets.randbelow(10**6):06}"
        row.code_at, row.tries = session.now, 0
        session.add(row)
        enqueue(session, JOB, f"{actor.account}:{session.now.isoformat()}", session.now, account=actor.account)


def send_code(registry: Registry, job: Job) -> None:
    """Send the code of an address that waits to be confirmed. Raises Broken; it is tried again."""
    with registry.store.read(SYSTEM) as session:
        row = reach_of(session, job.data["account"])
        account = session.get(Account, job.data["account"])
        if row is None or row.pending is None or row.code is None or account is None or account.disabled_at:
            return
        to, code, asked = row.pending, row.code, row.code_at
    subject = msg("Your code: {code}", code=code).text(DEFAULT_LANGUAGE)
    text = msg(
        "{code} is the code with which you confirm this address at {url}. It holds for half an hour. "
        "If you have not asked for it, somebody has mistyped their address: do nothing.",
        code=code,
        url=registry.settings.public_url,
    )
    try:
        mail = Mail(to, subject, text.text(DEFAULT_LANGUAGE) + "\n", job.id, asked or registry.now)
        send(mail_server(registry.settings), mail)
    except NotTaken as error:
        raise Broken(msg("The mail server did not take it: {why}", why=error.why)) from None


def confirm_address(registry: Registry, actor: Actor, *, code: str) -> None:
    """Confirm an address by the code that was sent to it. Raises BadInput, NotFound where none waits."""
    with registry.store.write(actor) as session:
        fault = _confirm(session, actor, "".join(code.split()))
    if fault:
        raise BadInput(fault)


def _confirm(session: WriteSession, actor: Actor, code: str) -> Fault | None:
    """What is wrong with a code; a wrong one is counted. Raises NotFound."""
    row = reach_of(session, actor.account)
    if row is None or row.pending is None or row.code is None or row.code_at is None:
        raise NotFound(msg("No address waits to be confirmed."))
    if row.tries >= TRIES or session.now - row.code_at > VALID:
        return Fault(msg("This code holds no more; ask for another."), field="code")
    if not secrets.compare_digest(row.code.encode(), code.encode()):
        row.tries += 1
        session.add(row)
        return Fault(msg("This is not the code that was sent."), field="code")
    row.address, row.confirmed_at, row.by_email = row.pending, session.now, True
    row.pending = row.code = row.code_at = None
    session.add(row)
    session.record("account.address", f"account:{actor.account}")
    return None


def remove_address(registry: Registry, actor: Actor) -> None:
    """Take one's address away; nothing is sent there any more."""
    with registry.store.write(actor) as session:
        row = reach_of(session, actor.account)
        if row is not None:
            row.address = row.confirmed_at = row.pending = row.code = None
            session.add(row)
            session.record("account.address_removed", f"account:{actor.account}")


def forget(session: WriteSession, account: str) -> None:
    """An account is closed: nobody is reached by it any more."""
    session.execute(delete(Reach).where(col(Reach.account_id) == account))


def choose(registry: Registry, actor: Actor, *, by_email: bool, by_sms: bool) -> None:
    """Say by which channels one wants to be told."""
    with registry.store.write(actor) as session:
        row = reach_of(session, actor.account) or Reach(account_id=actor.account)
        row.by_email, row.by_sms = by_email, by_sms
        session.add(row)
