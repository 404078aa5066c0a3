"""Verbs about people: accounts, appointments, signing in and out."""

import secrets
from datetime import date, timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import col, select, update

from registry.base.canonical import sha256
from registry.base.clock import local_date
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import Actor, Role
from registry.store.people import Account, Appointment, Person, UserSession, account_by_login, actor_of
from registry.store.session import WriteSession

HASHER = PasswordHasher()
HASHING = BoundedSemaphore(2)
"""Each hash takes 64 MiB: no more than two at once."""
MIN_PASSWORD = 10
ABSOLUTE = timedelta(hours=12)
"""A sign-in ends after this, however busy."""


def add_account(
    registry: Registry,
    actor: Actor,
    *,
    login: str,
    name: str,
    title: str,
    password: str | None = None,
    person_id: str | None = None,
) -> str:
    """Add an account for a new person, or a further one for a known person; returns the account's id.

    `name` is the person's name (encrypted), `title` what colleagues see. Raises BadInput, Refused.
    """
    require_admin(actor)
    if password is not None:
        require_password(password)
    with registry.store.write(actor) as session:
        if account_by_login(session, login):
            raise BadInput(Fault(msg("The sign-in name “{login}” is taken.", login=login), field="login"))
        if person_id is None:
            person = Person(name=name, verified_at=session.now)
            session.add(person)
            session.flush()
            person_id = person.id
        account = Account(
            login=login, person_id=person_id, title=title, password_hash=hashed(password) if password else None
        )
        session.add(account)
        session.record("account.add", f"account:{account.id}", person=person_id)
        return account.id


def appoint(
    registry: Registry,
    actor: Actor,
    *,
    login: str,
    role: str,
    region: str,
    from_day: date,
    to_day: date | None = None,
    unit: str | None = None,
    organisation_id: str | None = None,
) -> str:
    """Give the person behind an account a role. Raises NotFound, Refused."""
    require_admin(actor)
    with registry.store.write(actor) as session:
        account = known(session, login)
        row = Appointment(
            person_id=account.person_id,
            role=Role(role),
            region=region,
            unit=unit,
            organisation_id=organisation_id,
            from_day=from_day,
            to_day=to_day,
        )
        session.add(row)
        session.record("account.appoint", f"account:{account.id}", role=role, region=region)
        return row.id


def sign_in(registry: Registry, *, login: str, password: str) -> str:
    """Check a password and open a session; returns its token for the cookie. Raises Refused, the same for every cause."""
    with registry.store.read() as session:
        account = account_by_login(session, login)
    stored = account.password_hash if account and not account.disabled_at else None
    if not matches(stored, password) or account is None:
        raise Refused(msg("The sign-in name or the password is not right."))
    return open_session(registry, account.id)


def open_session(registry: Registry, account_id: str) -> str:
    """Open a session for an account (after a password, or by the demonstration's role switch); returns its token."""
    token = secrets.token_urlsafe(32)
    with registry.store.system() as session:
        session.add(
            UserSession(token_hash=sha256(token), account_id=account_id, created_at=session.now, seen_at=session.now)
        )
    return token


def sign_out(registry: Registry, *, token: str) -> None:
    """End a session."""
    with registry.store.system() as session:
        session.exec(
            update(UserSession).where(col(UserSession.token_hash) == sha256(token)).values(revoked_at=session.now)
        )


def who(registry: Registry, token: str) -> Actor | None:
    """Whose session a token is, with the appointments of today; None when it has ended."""
    idle = timedelta(minutes=registry.settings.session_idle_minutes)
    with registry.store.read() as session:
        found = session.exec(
            select(UserSession, Account).join(Account).where(UserSession.token_hash == sha256(token))
        ).first()
        if found is None:
            return None
        sign, account = found
        ended = (
            sign.revoked_at
            or account.disabled_at
            or session.now - sign.seen_at > idle
            or session.now - sign.created_at > ABSOLUTE
        )
        actor = None if ended else actor_of(session, account, local_date(session.now))
    if actor and session.now - sign.seen_at > min(timedelta(minutes=5), idle / 4):
        with registry.store.system() as session:
            session.exec(
                update(UserSession).where(col(UserSession.token_hash) == sha256(token)).values(seen_at=session.now)
            )
    return actor


def hashed(password: str) -> str:
    """Argon2id hash."""
    with HASHING:
        return HASHER.hash(password)


DUMMY = HASHER.hash(secrets.token_urlsafe(16))
"""Compared when there is no such account, so that the answer takes as long."""


def matches(stored: str | None, password: str) -> bool:
    """Whether a password fits its hash."""
    try:
        with HASHING:
            return HASHER.verify(stored or DUMMY, password) and stored is not None
    except VerificationError:
        return False


def require_password(password: str) -> None:
    """Raise BadInput for a password that is too short."""
    if len(password) < MIN_PASSWORD:
        raise BadInput(Fault(msg("A password has at least {n} characters.", n=MIN_PASSWORD), field="password"))


def require_admin(actor: Actor) -> None:
    """Only administrators may."""
    if not actor.has(Role.ADMIN):
        raise Refused(msg("Only an administrator may do this."))


def known(session: WriteSession, login: str) -> Account:
    """An account by its sign-in name. Raises NotFound."""
    account = account_by_login(session, login)
    if account is None:
        raise NotFound(msg("There is no account “{login}”.", login=login))
    return account


def end_sessions(session: WriteSession, account: Account) -> None:
    """Every session of an account ends now."""
    session.exec(
        update(UserSession)
        .where(col(UserSession.account_id) == account.id, col(UserSession.revoked_at).is_(None))
        .values(revoked_at=session.now)
    )


def disable(registry: Registry, actor: Actor, *, login: str) -> None:
    """Disable an account and end its sessions. Raises NotFound, Refused."""
    require_admin(actor)
    with registry.store.write(actor) as session:
        account = known(session, login)
        account.disabled_at = session.now
        session.add(account)
        end_sessions(session, account)
        session.record("account.disable", f"account:{account.id}")


def reset_password(registry: Registry, actor: Actor, *, login: str, password: str) -> None:
    """Set a new password and end the account's sessions. Raises BadInput, NotFound, Refused."""
    require_admin(actor)
    require_password(password)
    with registry.store.write(actor) as session:
        account = known(session, login)
        account.password_hash = hashed(password)
        session.add(account)
        end_sessions(session, account)
        session.record("account.reset", f"account:{account.id}")
