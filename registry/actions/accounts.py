"""Accounts as the administrators see them: when each was last used, links to single sign-on, a lost second factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from registry.actions import reach
from registry.actions.lockout import login_subject
from registry.actions.second_factor import remove
from registry.actions.sessions import end_sessions
from registry.actions.signin import external_id
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.permission import ROLE_NAMES, SYSTEM, Actor, Role
from registry.store.account import Account, UserSession, account_by_login
from registry.store.crypto import BlindIndex
from registry.store.people import appointments_of
from registry.store.session import ReadSession, WriteSession
from registry.store.signin import SECOND_FACTOR_RESET, AccountRequest, SignInCounter, open_requests

REASONS: dict[str, Message] = {
    "unused": msg("not used for a long time"),
    "left": msg("the person has left the office"),
    "lost": msg("password or device lost or stolen"),
}
"""Why an account is disabled; the record tells the key."""
REQUEST_HOLDS = timedelta(days=7)
"""How long a proposal waits for the second person."""


@dataclass(frozen=True, slots=True)
class Use:
    """How an account is used."""

    account: Account
    last: datetime | None
    """The last sign-in; None: never, as far as is known."""
    days: int | None
    """Days since then."""
    locked_until: datetime | None


def uses(
    session: ReadSession,
    index: BlindIndex,
    *,
    unused_days: int = 0,
    words: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> tuple[int, list[Use]]:
    """(how many there are, one page) of the open accounts not used for some days, the longest unused first."""
    last = (
        select(col(UserSession.account_id), func.max(UserSession.created_at).label("last"))
        .where(col(UserSession.waits_for_code).is_(False))
        .group_by(col(UserSession.account_id))
        .subquery()
    )
    query = select(Account, last.c.last).outerjoin(last, last.c.account_id == Account.id)
    if unused_days:
        since = session.now - timedelta(days=unused_days)
        query = query.where(col(Account.disabled_at).is_(None), or_(last.c.last.is_(None), last.c.last < since))
    if words:
        named = (col(c).contains(words, autoescape=True) for c in (Account.login, Account.title))
        query = query.where(or_(*named))
    count = session.exec(select(func.count()).select_from(query.subquery())).one()
    ordered = query.order_by(last.c.last.is_not(None), last.c.last, col(Account.login)).limit(limit).offset(offset)
    rows = session.exec(ordered).all()
    locks = locked(session, index, [account.login for account, _ in rows])
    return count, [
        Use(account, at, (session.now - at).days if at else None, locks.get(account.login)) for account, at in rows
    ]


def locked(session: ReadSession, index: BlindIndex, logins: Sequence[str]) -> dict[str, datetime]:
    """Sign-in name → until when it is locked, of those that are."""
    names = {login_subject(index, login): login for login in logins}
    query = select(SignInCounter).where(
        col(SignInCounter.subject).in_(names), col(SignInCounter.locked_until) > session.now
    )
    return {names[row.subject]: row.locked_until for row in session.exec(query) if row.locked_until}


def require(actor: Actor, *roles: str) -> None:
    """Raise Refused unless the actor has one of the roles; the registry itself may."""
    if actor != SYSTEM and not actor.has(*roles):
        raise Refused(msg("Only {roles} may do this.", roles=" / ".join(str(ROLE_NAMES[r]) for r in roles)))


def found(session: Session, login: str) -> Account:
    """An account by its sign-in name. Raises NotFound."""
    account = account_by_login(session, login)
    if account is None:
        raise NotFound(msg("There is no account “{login}”.", login=login))
    return account


def disable(registry: Registry, actor: Actor, *, login: str, reason: str) -> None:
    """Close an account that should not be used any more; its sign-ins end. Raises Refused, NotFound, BadInput."""
    require(actor, Role.SECURITY_ADMIN)
    if reason not in REASONS:
        raise BadInput(Fault(msg("Say why."), field="reason"))
    with registry.store.write(actor) as session:
        account = found(session, login)
        if account.person_id == actor.person:
            raise Refused(msg("Somebody else must do this: the account is yours."))
        if account.disabled_at:
            raise Refused(msg("This account is disabled already."))
        account.disabled_at = session.now
        reach.forget(session, account.id)
        session.add(account)
        end_sessions(session, account)
        session.record("account.disable", f"account:{account.id}", reason=reason)


def link(registry: Registry, actor: Actor, *, login: str, provider: str, subject: str) -> None:
    """Say who an account is to a provider of single sign-on; an empty subject takes the link away.

    Raises Refused, NotFound, BadInput.
    """
    require(actor, Role.SECURITY_ADMIN)
    name = external_id(provider, subject.strip()) if subject.strip() else None
    with registry.store.write(actor) as session:
        account = found(session, login)
        if account.person_id == actor.person:
            raise Refused(msg("Somebody else must do this: the account is yours."))
        if name and len(name) > 300:
            raise BadInput(Fault(msg("This is too long."), field="subject"))
        other = session.exec(select(Account).where(Account.external_id == name)).first() if name else None
        if other and other.id != account.id:
            raise BadInput(Fault(msg("Another account is linked to this one already."), field="subject"))
        account.external_id = name
        account.salt = account.salt or account.id
        session.add(account)
        session.record("account.link" if name else "account.unlink", f"account:{account.id}", provider=provider)


def propose_reset(registry: Registry, actor: Actor, *, login: str) -> str:
    """Propose to take a lost second factor away; another administrator confirms it. Raises Refused, NotFound.

    Either the one who proposes or the one who confirms is a security administrator. Returns the proposal's id.
    """
    require(actor, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        account = found(session, login)
        if account.second_factor_at is None:
            raise Refused(msg("This account has no second factor."))
        end_old(session)
        if any(row.account_id == account.id for row in open_requests(session)):
            raise Refused(msg("This is proposed already; another administrator must confirm it."))
        row = AccountRequest(
            account_id=account.id, what=SECOND_FACTOR_RESET, proposed_by=actor.person, proposed_at=session.now
        )
        session.add(row)
        session.record("account.second_factor_reset_propose", f"account:{account.id}")
        return row.id


def end_old(session: WriteSession) -> None:
    """Proposals that nobody has confirmed for a week are over."""
    for row in open_requests(session):
        if session.now - row.proposed_at > REQUEST_HOLDS:
            row.ended_at = session.now
            session.add(row)


def confirm_reset(registry: Registry, actor: Actor, id: str) -> None:
    """Confirm it: secret and recovery codes are gone, every sign-in of the account ends. Raises Refused, NotFound."""
    require(actor, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        row, account = waiting(session, id)
        if actor.person in (row.proposed_by, account.person_id):
            raise Refused(msg("Somebody else must confirm this: you proposed it, or it is for you."))
        if not actor.has(Role.SECURITY_ADMIN) and not by_security_admin(session, row):
            raise Refused(msg("One of the two must be a security administrator."))
        row.confirmed_by = actor.person
        session.add(row)
        remove(session, account)
        end_sessions(session, account)
        session.record("account.second_factor_reset", f"account:{account.id}")


def refuse_reset(registry: Registry, actor: Actor, id: str) -> None:
    """Turn it down, or take it back. Raises Refused, NotFound."""
    require(actor, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        row, account = waiting(session, id)
        row.ended_at = session.now
        session.add(row)
        session.record("account.second_factor_reset_refuse", f"account:{account.id}")


def waiting(session: WriteSession, id: str) -> tuple[AccountRequest, Account]:
    """A proposal that waits, and whom it is about. Raises NotFound, Refused."""
    row = session.get(AccountRequest, id)
    if row is None:
        raise NotFound(msg("There is no such proposal."))
    if row.confirmed_by or row.ended_at or session.now - row.proposed_at > REQUEST_HOLDS:
        raise Refused(msg("This has been decided already, or is too old."))
    return row, session.get_one(Account, row.account_id)


def by_security_admin(session: WriteSession, row: AccountRequest) -> bool:
    """Whether a security administrator has proposed it."""
    held = appointments_of(session, row.proposed_by)
    return any(a.role == Role.SECURITY_ADMIN and a.in_force(session.today) for a in held)
