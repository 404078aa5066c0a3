"""Verbs about inviting a partner department: an account of limited life and scope, opened by a link used once."""

import secrets
from datetime import date, timedelta

from sqlmodel import select

from registry.actions.appointments import require, term_faults
from registry.actions.passwords import hashed, require_password, set_password
from registry.base.canonical import sha256
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor, Role
from registry.store.account import Account, account_by_login
from registry.store.case import Case
from registry.store.people import Appointment, Invitation, Person
from registry.store.session import ReadSession, WriteSession

LONGEST_INVITATION = timedelta(days=180)
LINK_HOLDS = timedelta(days=7)


def invite(
    registry: Registry,
    actor: Actor,
    *,
    login: str,
    unit: str,
    region: str,
    to_day: date,
    case_number: str = "",
) -> str:
    """Invite a partner department: an account of limited life and scope. Returns the link's token, shown once.

    With a receipt number it sees that case only, else the cases of the region that have a task for its role. The role
    waits to be confirmed like any other. Raises BadInput, Refused.
    """
    require(actor, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        faults = term_faults(session, Role.DEPARTMENT, region, session.today, to_day, None)
        if account_by_login(session, login):
            faults.append(Fault(msg("The sign-in name “{login}” is taken.", login=login), field="login"))
        if not unit.strip():
            faults.append(Fault(msg("Say which department it is."), field="unit"))
        if to_day > session.today + LONGEST_INVITATION:
            n = LONGEST_INVITATION.days
            faults.append(Fault(msg("An invitation ends within {n} days.", n=n), field="to_day"))
        case_id = _case_of(session, case_number.strip(), region)
        if case_number.strip() and case_id is None:
            faults.append(Fault(msg("No case of this region has this number."), field="case_number"))
        if faults:
            raise BadInput(faults)
        person = Person(name=unit)
        session.add(person)
        session.flush()
        account = Account(login=login, person_id=person.id, title=unit)
        session.add(account)
        session.flush()
        session.add(
            Appointment(
                person_id=person.id,
                role=Role.DEPARTMENT,
                region=region,
                unit=unit,
                from_day=session.today,
                to_day=to_day,
                case_id=case_id,
                proposed_by=None if actor == SYSTEM else actor.person,
            )
        )
        token = secrets.token_urlsafe(24)
        session.add(Invitation(token_hash=sha256(token), account_id=account.id, expires_at=session.now + LINK_HOLDS))
        session.record("account.invite", f"account:{account.id}", region=region)
        return token


def _case_of(session: WriteSession, number: str, region: str) -> str | None:
    """The case with a receipt number before or from a region; administrators see no cases, and learn only that it is."""
    found = select(Case).where(Case.number == number).execution_options(unscoped=True)
    case = session.exec(found).one_or_none() if number else None
    return case.id if case and region in (case.authority_region, case.home_region) else None


def accept_invitation(registry: Registry, *, token: str, name: str, password: str) -> str:
    """The invited person says their name and sets a password; returns the sign-in name. Raises Refused, BadInput."""
    require_password(password, least=registry.settings.password_min_length)
    if not name.strip():
        raise BadInput(Fault(msg("Say your name."), field="name"))
    made = hashed(password)
    with registry.store.system() as session:
        found = session.get(Invitation, sha256(token))
        if why := _no_longer(found, session):
            raise Refused(why)
        assert found is not None
        account = session.get_one(Account, found.account_id)
        person = session.get_one(Person, account.person_id)
        person.name, person.verified_at = name.strip(), session.now
        require_password(password, login=account.login)
        set_password(session, account, made, registry.settings, own=True)
        found.used_at = session.now
        session.add_all([person, account, found])
        session.record("account.accept", f"account:{account.id}")
        return account.login


def invitation_fault(registry: Registry, token: str) -> Message | None:
    """Why a link leads nowhere; None when it still holds."""
    with registry.store.read(SYSTEM) as session:
        return _no_longer(session.get(Invitation, sha256(token)), session)


def _no_longer(found: Invitation | None, session: ReadSession) -> Message | None:
    if found is None:
        return msg("This link is not one of ours; ask who invited you for a new one.")
    if found.used_at:
        return msg("This link was used already; sign in with the password that was set then.")
    if found.expires_at < session.now:
        return msg("This link has expired; ask who invited you for a new one.")
    return None
