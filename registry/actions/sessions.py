"""Verbs of sign-ins that are open: whose they are, what must be done first, ending them.

A sign-in is a row of the database; the cookie holds nothing but its random token.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import col, delete, or_, select, update

from registry.base.canonical import sha256
from registry.base.clock import local_date
from registry.base.errors import NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.agent import agent_of, network_of
from registry.rules.permission import ADMINS, SYSTEM, Actor, Role
from registry.store.account import Account, UserSession, sessions_of
from registry.store.people import actor_of
from registry.store.session import ReadSession, WriteSession

NEED_SECOND_FACTOR = frozenset({*ADMINS, Role.COUNTY_LEADER, Role.CITY_LEADER})
"""Roles that decide or give rights: they do nothing before they have given a second factor."""
PASSWORD = "password"
"""How somebody signed in, where not by a plugin."""
CODE_WITHIN = timedelta(minutes=10)
"""How long after the password the second factor may be given."""
KEPT = timedelta(days=180)
"""Sign-ins that ended longer ago are thrown away, but an account's last one."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Where a request comes from: its address, and what its browser says it is."""

    address: str = ""
    agent: str = ""


NOWHERE = Asking()
"""A request that did not come through the web."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, in which sitting, and what they must do before anything else."""

    actor: Actor
    sitting: str
    """Hash of the token: tells this sign-in from any other."""
    second_factor: bool
    """Whether a second factor was given in this sign-in."""
    new_password: bool
    """Whether another password must be chosen first."""
    needs_second_factor: bool
    """Whether the person's role does nothing without a second factor, and none was given."""


def second_factor_required(registry: Registry) -> bool:
    """Whether second factors are required at all; a demonstration, where one click is everybody, never asks."""
    return registry.settings.second_factor == "required" and not registry.demonstration


class NoSecondFactor(Refused):
    """Nobody does this without a second factor; whoever has none is led to where it is given."""


def require_second_factor(registry: Registry, actor: Actor) -> None:
    """For what opens personal data. Raises NoSecondFactor."""
    if second_factor_required(registry) and not actor.proved and actor != SYSTEM:
        raise NoSecondFactor(msg("Personal data is opened with a second factor only. You come back when it is given."))


def open_session(registry: Registry, account_id: str) -> str:
    """Open a session for an account without asking for anything (the demonstration's role switch); returns its token."""
    with registry.store.system() as session:
        return add_session(session, account_id)


def add_session(
    session: WriteSession,
    account_id: str,
    asking: Asking = NOWHERE,
    *,
    via: str | None = None,
    waits_for_code: bool = False,
    second_factor: bool = False,
    failed_before: int | None = None,
) -> str:
    """A new sign-in with a token of its own; returns the token."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=sha256(token),
            account_id=account_id,
            created_at=session.now,
            seen_at=session.now,
            waits_for_code=waits_for_code,
            second_factor_at=session.now if second_factor else None,
            via=via,
            agent=agent_of(asking.agent),
            origin=network_of(asking.address),
            failed_before=failed_before,
        )
    )
    forget(session, account_id)
    return token


def forget(session: WriteSession, account_id: str) -> None:
    """Throw away what an account's sign-ins of long ago said of its holder's whereabouts, and unfinished ones."""
    before = sessions_of(session, account_id)
    last = before[0].token_hash if before else ""
    session.exec(
        delete(UserSession).where(
            col(UserSession.account_id) == account_id,
            col(UserSession.token_hash) != last,
            or_(
                col(UserSession.seen_at) < session.now - KEPT,
                col(UserSession.waits_for_code) & (col(UserSession.created_at) < session.now - CODE_WITHIN),
            ),
        )
    )


def sign_out(registry: Registry, *, token: str) -> None:
    """End a session."""
    with registry.store.system() as session:
        session.exec(
            update(UserSession)
            .where(col(UserSession.token_hash) == sha256(token), col(UserSession.revoked_at).is_(None))
            .values(revoked_at=session.now)
        )


def is_open(registry: Registry, row: UserSession, now: datetime) -> bool:
    """Whether a sign-in still holds: not ended, not idle for too long, not too old."""
    settings = registry.settings
    return (
        row.revoked_at is None
        and not row.waits_for_code
        and now - row.seen_at <= timedelta(minutes=settings.session_idle_minutes)
        and now - row.created_at <= timedelta(hours=settings.session_hours)
    )


def look_up(registry: Registry, token: str) -> SignedIn | None:
    """Who a token has signed in, with the appointments of today; None when the sign-in has ended."""
    with registry.store.read(SYSTEM) as session:
        found = session.exec(
            select(UserSession, Account).join(Account).where(UserSession.token_hash == sha256(token))
        ).first()
        if found is None:
            return None
        row, account = found
        if account.disabled_at or not is_open(registry, row, session.now):
            return None
        actor = replace(actor_of(session, account, local_date(session.now)), proved=row.second_factor_at is not None)
        signed_in = standing(registry, row, account, actor, session.now)
    idle = timedelta(minutes=registry.settings.session_idle_minutes)
    if session.now - row.seen_at > min(timedelta(minutes=5), idle / 4):
        with registry.store.system() as writing:
            writing.exec(
                update(UserSession).where(col(UserSession.token_hash) == row.token_hash).values(seen_at=writing.now)
            )
    return signed_in


def standing(registry: Registry, row: UserSession, account: Account, actor: Actor, now: datetime) -> SignedIn:
    """What must be done first in a sign-in; a password is no matter where another system has asked for one."""
    by_password = row.via == PASSWORD
    given = row.second_factor_at is not None
    return SignedIn(
        actor=actor,
        sitting=row.token_hash,
        second_factor=given,
        new_password=by_password
        and (account.must_change_password or account.password_aged(now, registry.settings.password_max_age_days)),
        needs_second_factor=second_factor_required(registry) and not given and actor.has(*NEED_SECOND_FACTOR),
    )


def who(registry: Registry, token: str) -> Actor | None:
    """Whose session a token is; None when it has ended."""
    found = look_up(registry, token)
    return found.actor if found else None


def owner_of(session: ReadSession, token: str) -> str | None:
    """The account whose sign-in a token is or was, ended or not."""
    row = session.get(UserSession, sha256(token))
    return row.account_id if row else None


def open_sign_ins(registry: Registry, session: ReadSession, actor: Actor) -> list[UserSession]:
    """The actor's own sign-ins that are open, the newest first."""
    return [row for row in sessions_of(session, actor.account) if is_open(registry, row, session.now)]


def before_this(session: ReadSession, account_id: str, sitting: str) -> UserSession | None:
    """The sign-in before this one."""
    here = session.get(UserSession, sitting)
    rows = sessions_of(session, account_id)
    return next((row for row in rows if here and row.created_at < here.created_at), None)


def end_one(registry: Registry, actor: Actor, name: str) -> None:
    """End one of one's own sign-ins. Raises NotFound."""
    with registry.store.write(actor) as session:
        row = next((r for r in open_sign_ins(registry, session, actor) if r.name == name), None)
        if row is None:
            raise NotFound(msg("This sign-in has ended already."))
        row.revoked_at = session.now
        session.add(row)


def end_others(registry: Registry, actor: Actor, *, sitting: str) -> None:
    """End all of one's own sign-ins but this one."""
    with registry.store.write(actor) as session:
        end_sessions(session, session.get_one(Account, actor.account), keep=sitting)


def end_sessions(session: WriteSession, account: Account, *, keep: str = "") -> None:
    """Every sign-in of an account ends now, but the sitting that is to be kept."""
    session.exec(
        update(UserSession)
        .where(
            col(UserSession.account_id) == account.id,
            col(UserSession.revoked_at).is_(None),
            col(UserSession.token_hash) != keep,
        )
        .values(revoked_at=session.now)
    )
