"""Attempts to sign in, counted in the database for the name that was tried and the address they came from.

A name is counted whether there is such an account or not, so that a lock tells nobody which names exist. An attempt is
counted before the password is looked at: however many processes try at once, no more than the limit are looked at.
"""

from datetime import datetime, timedelta

from sqlmodel import col, delete

from registry.base.canonical import sha256
from registry.base.clock import SHANGHAI
from registry.base.errors import NotFound, Refused
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.agent import network_of
from registry.rules.permission import ROLE_NAMES, SYSTEM, Actor, Role
from registry.store.account import account_by_login
from registry.store.crypto import BlindIndex
from registry.store.session import ReadSession, WriteSession
from registry.store.signin import SignInCounter

FORGOTTEN = timedelta(days=30)
"""Counts in which nothing happened for so long are thrown away."""


class Locked(Refused):
    """Too many attempts have failed."""

    http_status = 429

    def __init__(self, until: datetime) -> None:
        super().__init__(locked_words(until))
        self.until = until


def locked_words(until: datetime) -> Message:
    """The sentence, the same whether such an account exists or not."""
    at = f"{until.astimezone(SHANGHAI):%H:%M}"
    return msg("Too many attempts have failed. This sign-in is locked until {time}; try again then.", time=at)


def login_subject(index: BlindIndex, login: str) -> str:
    """What a sign-in name is counted under."""
    return "login:" + index.of("login", sha256(login.strip().casefold()))


def subjects(registry: Registry, login: str, address: str) -> dict[str, int]:
    """What an attempt is counted under → how many may fail."""
    settings, index = registry.settings, registry.store.index
    counted = {login_subject(index, login): settings.lockout_attempts}
    if network := network_of(address, whole=True):
        counted["address:" + index.of("address", sha256(network))] = settings.lockout_address_attempts
    return counted


def count_attempt(registry: Registry, login: str, address: str = "") -> datetime | None:
    """Count an attempt as failed until it has succeeded; returns until when things are locked if it does fail.

    Raises Locked where too many have failed already; such an attempt is not counted, so that a lock ends.
    """
    window = timedelta(minutes=registry.settings.lockout_minutes)
    with registry.store.system() as session:
        rows = [(counter(session, name), limit) for name, limit in subjects(registry, login, address).items()]
        for row, _ in rows:
            if row.locked_until and row.locked_until > session.now:
                raise Locked(row.locked_until)
        for row, limit in rows:
            if row.locked_until or session.now - row.window_at > window:
                row.failures, row.window_at, row.locked_until = 0, session.now, None
            row.failures, row.failed = row.failures + 1, row.failed + 1
            if row.failures >= limit:
                row.locked_until = session.now + window
        return next((row.locked_until for row, _ in rows if row.locked_until), None)


def counter(session: WriteSession, subject: str) -> SignInCounter:
    """The count of a subject; a new one where there is none."""
    row = session.get(SignInCounter, subject)
    if row is None:
        session.exec(delete(SignInCounter).where(col(SignInCounter.window_at) < session.now - FORGOTTEN))
        row = SignInCounter(subject=subject, window_at=session.now)
    session.add(row)
    return row


def take_back(registry: Registry, session: WriteSession, login: str, address: str = "") -> None:
    """The attempt that was counted last has not failed (and nobody is signed in by it yet)."""
    for name, limit in subjects(registry, login, address).items():
        row = counter(session, name)
        row.failures, row.failed = max(0, row.failures - 1), max(0, row.failed - 1)
        if row.failures < limit:
            row.locked_until = None


def succeeded(registry: Registry, session: WriteSession, login: str, address: str = "", *, counted: bool = True) -> int:
    """Somebody has signed in: the count of the name begins anew; returns how many attempts had failed before.

    The count of the address only loses this attempt (where it was `counted`): who has one account could otherwise try
    all others for ever.
    """
    if counted:
        take_back(registry, session, login, address)
    row = counter(session, login_subject(registry.store.index, login))
    before, row.failures, row.failed, row.locked_until = row.failed, 0, 0, None
    return before


def locked_until(session: ReadSession, index: BlindIndex, login: str) -> datetime | None:
    """Until when a name is locked; None when it is not."""
    row = session.get(SignInCounter, login_subject(index, login))
    return row.locked_until if row and row.locked_until and row.locked_until > session.now else None


def unlock(registry: Registry, actor: Actor, *, login: str) -> None:
    """Let an account be tried again at once. For the security administrator. Raises Refused, NotFound."""
    if actor != SYSTEM and not actor.has(Role.SECURITY_ADMIN):
        raise Refused(msg("Only {roles} may do this.", roles=ROLE_NAMES[Role.SECURITY_ADMIN]))
    with registry.store.write(actor) as session:
        account = account_by_login(session, login)
        if account is None:
            raise NotFound(msg("There is no account “{login}”.", login=login))
        row = counter(session, login_subject(registry.store.index, login))
        row.failures, row.locked_until = 0, None
        session.record("account.unlock", f"account:{account.id}")
