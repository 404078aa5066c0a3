"""Verbs of signing in: with a password and, where the account has one, a second factor; or by another system's word.

Every cause of a refusal is told by the same sentence, so that nobody learns which accounts there are.
"""

from dataclasses import dataclass

from sqlmodel import Session, select

from registry.actions.lockout import Locked, count_attempt, succeeded, take_back
from registry.actions.passwords import fits, hashed, renewed, require_password, turn
from registry.actions.second_factor import holds, wrong_code
from registry.actions.sessions import (
    CODE_WITHIN,
    NOWHERE,
    PASSWORD,
    Asking,
    add_session,
    end_sessions,
    open_session,
    sign_out,
    who,
)
from registry.base.canonical import sha256
from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.host.signon import Identity
from registry.rules.permission import SYSTEM
from registry.store.account import Account, UserSession, account_by_login
from registry.store.session import ReadSession, WriteSession

__all__ = ["end_sessions", "hashed", "open_session", "require_password", "sign_out", "who"]
"""What others call by this name."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A sign-in: its token, and whether a second factor must still be given before it opens anything."""

    token: str
    waits_for_code: bool


def wrong() -> Refused:
    """The answer to every sign-in that fails."""
    return Refused(msg("The sign-in name or the password is not right."))


def sign_in(registry: Registry, *, login: str, password: str, asking: Asking = NOWHERE) -> Entered:
    """Check a password and open a sign-in. Raises Refused, the same for every cause; Locked; Busy."""
    login = login.strip()
    with turn():
        until = count_attempt(registry, login, asking.address)
        with registry.store.read(SYSTEM) as session:
            account = account_by_login(session, login)
        stored = account.password_hash if account and not account.disabled_at else None
        good = fits(stored, password)
        anew = renewed(stored, password) if good else None
    if not good or account is None:
        raise Locked(until) if until else wrong()
    with registry.store.system() as session:
        row = session.get_one(Account, account.id)
        if anew:
            row.password_hash = anew
            session.add(row)
        return enter(registry, session, row, asking, via=PASSWORD)


def enter(
    registry: Registry, session: WriteSession, account: Account, asking: Asking, *, via: str, counted: bool = True
) -> Entered:
    """Open a sign-in for an account whose holder has been recognised, once more asked for a code where there is one."""
    waits = account.second_factor_at is not None
    failed = None
    if not waits:
        failed = succeeded(registry, session, account.login, asking.address, counted=counted)
    elif counted:
        take_back(registry, session, account.login, asking.address)
    token = add_session(session, account.id, asking, via=via, waits_for_code=waits, failed_before=failed)
    return Entered(token, waits)


def give_code(registry: Registry, *, token: str, code: str, asking: Asking = NOWHERE) -> Entered:
    """Give the second factor of a sign-in that waits for it; the token changes. Raises Refused, BadInput, Locked."""
    with registry.store.read(SYSTEM) as reading:
        row = waiting(reading, token)
        if row is None:
            raise Refused(msg("This took too long. Please sign in again."))
        account = reading.get_one(Account, row.account_id)
    until = count_attempt(registry, account.login, asking.address)
    with registry.store.system() as session:
        if not holds(session, registry, account.id, code):
            raise Locked(until) if until else wrong_code()
        failed = succeeded(registry, session, account.login, asking.address)
        session.delete(session.get_one(UserSession, row.token_hash))
        made = add_session(session, account.id, asking, via=row.via, second_factor=True, failed_before=failed)
    return Entered(made, waits_for_code=False)


def waiting(session: ReadSession, token: str) -> UserSession | None:
    """The sign-in of a token that waits for its code."""
    row = session.get(UserSession, sha256(token))
    if row is None or not row.waits_for_code or row.revoked_at or session.now - row.created_at > CODE_WITHIN:
        return None
    account = session.get_one(Account, row.account_id)
    return None if account.disabled_at else row


def sign_in_by(registry: Registry, provider: str, identity: Identity, asking: Asking = NOWHERE) -> Entered:
    """Open a sign-in for whom a plugin's provider has recognised. An unknown person gets a sentence, never an account.

    Raises Refused.
    """
    with registry.store.system() as session:
        account = known_as(session, provider, identity)
        if account is None or account.disabled_at:
            raise Refused(
                msg("You have signed in there, but no account here is yours. Ask your administrator to link it.")
            )
        if not registry.settings.sso_second_factor:
            return enter(registry, session, account, asking, via=provider, counted=False)
        failed = succeeded(registry, session, account.login, counted=False)
        token = add_session(session, account.id, asking, via=provider, second_factor=True, failed_before=failed)
    return Entered(token, waits_for_code=False)


def external_id(provider: str, subject: str) -> str:
    """How an account says who it is to a provider."""
    return f"{provider}:{subject}"


def known_as(session: Session, provider: str, identity: Identity) -> Account | None:
    """The account of a provider's subject; or of a sign-in name that it vouches for, unless linked to somebody else."""
    name = external_id(provider, identity.subject)
    linked = session.exec(select(Account).where(Account.external_id == name)).one_or_none()
    if linked or identity.login is None:
        return linked
    account = account_by_login(session, identity.login)
    return account if account and account.external_id is None else None
