"""The second factor: codes of a device (TOTP, RFC 6238), recovery codes, and what happens when both are lost."""

import re
import secrets
from datetime import datetime, timedelta

import pyotp
from sqlmodel import Session, col, delete, func, select, update

from registry.actions.lockout import Locked, count_attempt, take_back
from registry.actions.sessions import NEED_SECOND_FACTOR, end_sessions, second_factor_required
from registry.base.clock import SystemClock
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry, ShiftedClock
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import Account, UserSession
from registry.store.crypto import BlindIndex
from registry.store.session import WriteSession
from registry.store.signin import RecoveryCode, SecondFactor
from registry.store.table import new_code

STEP = 30
"""Seconds for which a code holds; one step early or late is taken, for clocks that differ."""
CODES = 10
"""Recovery codes that are given out."""
FRESH = timedelta(hours=1)
"""How long a secret waits for its first code."""


def device_time(registry: Registry) -> datetime:
    """What a device's clock says: the true time, also in a demonstration, whose own clock is moved."""
    return SystemClock().now() if isinstance(registry.store.clock, ShiftedClock) else registry.now


def begin(registry: Registry, actor: Actor) -> str:
    """The secret that waits for its first code, a new one where there is none. Raises Refused when one is in use."""
    with registry.store.write(actor) as session:
        row = session.get(SecondFactor, actor.account)
        if row and row.confirmed_at:
            raise Refused(msg("You have a second factor already."))
        if row is None or session.now - row.made_at > FRESH:
            row = row or SecondFactor(account_id=actor.account, secret="", made_at=session.now)
            row.secret, row.made_at = pyotp.random_base32(), session.now
            session.add(row)
        return row.secret


def address_of(secret: str, *, login: str, issuer: str) -> str:
    """What the QR code says to a device."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def confirm(registry: Registry, actor: Actor, *, code: str, sitting: str) -> list[str]:
    """The first code of the device: from now on one is asked for. Returns the recovery codes, told this once.

    Every sign-in but this one ends, because it was opened without. Raises BadInput, Refused.
    """
    with registry.store.write(actor) as session:
        row = session.get(SecondFactor, actor.account)
        if row is None or row.confirmed_at:
            raise Refused(msg("You have a second factor already.") if row else msg("Load this page again."))
        step = step_of(row.secret, code, device_time(registry))
        if step is None:
            raise wrong_code()
        row.confirmed_at, row.last_step = session.now, step
        account = session.get_one(Account, actor.account)
        account.second_factor_at = session.now
        session.add_all([row, account])
        session.flush()
        mark(session, sitting)
        end_sessions(session, account, keep=sitting)
        codes = new_codes(session, registry.store.index, actor.account)
        session.record("account.second_factor", f"account:{actor.account}")
    return codes


def wrong_code() -> BadInput:
    """The answer to a code that is not right."""
    return BadInput(Fault(msg("This code is not right, or was used already. Wait for the next one."), field="code"))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time whose code this is; None when it is none of now."""
    digits, present, totp = re.sub(r"\s", "", code), int(now.timestamp()) // STEP, pyotp.TOTP(secret)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    steps = (present, present - 1, present + 1)
    return next((step for step in steps if secrets.compare_digest(totp.at(step * STEP), digits)), None)


def new_codes(session: WriteSession, index: BlindIndex, account_id: str) -> list[str]:
    """Fresh recovery codes; those from before hold no more."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = [f"{code[:5]}-{code[5:]}" for code in (new_code(10) for _ in range(CODES))]
    session.add_all(RecoveryCode(account_id=account_id, digest=digest(index, account_id, code)) for code in codes)
    return codes


def digest(index: BlindIndex, account_id: str, code: str) -> str:
    """The keyed hash of a recovery code; case, spaces and dashes do not matter."""
    return index.of("recovery_code", account_id + code)


def holds(session: WriteSession, registry: Registry, account_id: str, code: str) -> bool:
    """Whether a code of the device or a recovery code is right; uses it up, so that it is right once."""
    row = session.get(SecondFactor, account_id)
    if row is None or row.confirmed_at is None:
        return False
    step = step_of(row.secret, code, device_time(registry))
    if step is not None:
        if row.last_step is not None and step <= row.last_step:
            return False
        row.last_step = step
        session.add(row)
        return True
    used = session.exec(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.account_id) == account_id,
            col(RecoveryCode.digest) == digest(registry.store.index, account_id, code[:40]),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=session.now)
    )
    return used.rowcount == 1


def require_code(registry: Registry, actor: Actor, code: str) -> None:
    """Take a code of somebody who is signed in; attempts are counted. Raises BadInput, Locked."""
    with registry.store.read(SYSTEM) as reading:
        login = reading.get_one(Account, actor.account).login
    until = count_attempt(registry, login)
    with registry.store.write(actor) as session:
        good = holds(session, registry, actor.account, code)
        if good:
            take_back(registry, session, login)
    if not good:
        raise Locked(until) if until else wrong_code()


def step_up(registry: Registry, actor: Actor, *, code: str, sitting: str) -> None:
    """Give the second factor in a sign-in that was opened without. Raises BadInput, Locked."""
    require_code(registry, actor, code)
    with registry.store.write(actor) as session:
        mark(session, sitting)


def mark(session: WriteSession, sitting: str) -> None:
    """A second factor was given in this sitting."""
    session.exec(update(UserSession).where(col(UserSession.token_hash) == sitting).values(second_factor_at=session.now))


def renew_codes(registry: Registry, actor: Actor, *, code: str) -> list[str]:
    """New recovery codes instead of the old ones. Raises BadInput, Locked."""
    require_code(registry, actor, code)
    with registry.store.write(actor) as session:
        codes = new_codes(session, registry.store.index, actor.account)
        session.record("account.recovery_codes", f"account:{actor.account}")
    return codes


def turn_off(registry: Registry, actor: Actor, *, code: str) -> None:
    """Do without it from now on. Raises Refused for roles that need one, BadInput, Locked."""
    if second_factor_required(registry) and actor.has(*NEED_SECOND_FACTOR):
        raise Refused(msg("Your role needs a second factor."))
    require_code(registry, actor, code)
    with registry.store.write(actor) as session:
        remove(session, session.get_one(Account, actor.account))
        session.record("account.second_factor_off", f"account:{actor.account}")


def remove(session: WriteSession, account: Account) -> None:
    """Take secret and recovery codes away."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    session.exec(delete(SecondFactor).where(col(SecondFactor.account_id) == account.id))
    account.second_factor_at = None
    session.add(account)


def codes_left(session: Session, account_id: str) -> int:
    """How many recovery codes were not used yet."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(query).one()
