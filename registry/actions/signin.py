"""Verbs of signing in and out: passwords, sessions, whose session a token is."""

import secrets
from datetime import timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import col, select, update

from registry.base.canonical import sha256
from registry.base.clock import local_date
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import Account, UserSession, account_by_login
from registry.store.people import actor_of
from registry.store.session import WriteSession

HASHER = PasswordHasher()
HASHING = BoundedSemaphore(2)
"""Each hash takes 64 MiB: no more than two at once."""
MIN_PASSWORD = 10
ABSOLUTE = timedelta(hours=12)
"""A sign-in ends after this, however busy."""


def sign_in(registry: Registry, *, login: str, password: str) -> str:
    """Check a password and open a session; returns its token for the cookie. Raises Refused, the same for every cause."""
    with registry.store.read(SYSTEM) as session:
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
    with registry.store.read(SYSTEM) as session:
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


def end_sessions(session: WriteSession, account: Account) -> None:
    """Every session of an account ends now."""
    session.exec(
        update(UserSession)
        .where(col(UserSession.account_id) == account.id, col(UserSession.revoked_at).is_(None))
        .values(revoked_at=session.now)
    )


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
