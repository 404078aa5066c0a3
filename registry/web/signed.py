"""Sign-ins in words: when, with which browser, from where."""

from datetime import datetime

from registry.actions.sessions import before_this
from registry.base.canonical import sha256
from registry.base.clock import SHANGHAI
from registry.base.i18n import Message, msg, nmsg
from registry.host.registry import Registry
from registry.rules.agent import agent_words
from registry.rules.permission import SYSTEM
from registry.store.account import UserSession
from registry.store.session import ReadSession
from registry.web.templating import show_date


def moment(at: datetime) -> str:
    """Day and time in Shanghai."""
    return f"{show_date(at)} {at.astimezone(SHANGHAI):%H:%M}"


def last_sign_in(registry: Registry, token: str) -> list[Message]:
    """What is told after a sign-in: the one before, and how many attempts have failed since."""
    with registry.store.read(SYSTEM) as session:
        row = session.get(UserSession, sha256(token))
        return said_of(session, row) if row else []


def said_of(session: ReadSession, row: UserSession) -> list[Message]:
    """The sentences about the sign-in before this one."""
    before = before_this(session, row.account_id, row.token_hash)
    if before is None:
        said = [msg("This is your first sign-in that is known here.")]
    else:
        said = [msg("Your last sign-in: {moment}, {where}.", moment=moment(before.created_at), where=where(before))]
    if row.failed_before:
        said.append(
            nmsg(
                "Before this one {n} attempt to sign in as you has failed.",
                "Before this one {n} attempts to sign in as you have failed.",
                row.failed_before,
            )
        )
    return said


def where(row: UserSession) -> Message:
    """Browser and network of a sign-in."""
    if row.origin:
        return msg("{browser}, network {network}", browser=agent_words(row.agent), network=row.origin)
    return agent_words(row.agent)
