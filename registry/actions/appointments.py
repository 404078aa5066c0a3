"""Verbs about appointments: who holds which role, where and how long.

A role is proposed by one administrator and confirmed by another person; until then it gives nothing. What the operator
gives at the terminal needs no second person: whoever has the machine has everything.
"""

from datetime import date, timedelta

from sqlmodel import select

from registry.actions.people import known
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import CASE_ROLES, ROLE_NAMES, SYSTEM, Actor, Role, excluding
from registry.store.people import Appointment, appointments_of, is_same
from registry.store.region import Organisation, Region
from registry.store.session import WriteSession

LONGEST_DELEGATION = timedelta(days=60)


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
    """Propose a role for the person behind an account; from the operator it is in force at once. Returns its id.

    Raises BadInput with every fault, NotFound, Refused.
    """
    require(actor, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        account = known(session, login)
        if faults := list(term_faults(session, role, region, from_day, to_day, organisation_id)):
            raise BadInput(faults)
        row = Appointment(
            person_id=account.person_id,
            role=Role(role),
            region=region,
            unit=unit or None,
            organisation_id=organisation_id,
            from_day=from_day,
            to_day=to_day,
            proposed_by=None if actor == SYSTEM else actor.person,
        )
        _require_possible(session, row)
        session.add(row)
        verb = "account.appoint" if actor == SYSTEM else "appointment.propose"
        session.record(verb, f"account:{account.id}", role=role, region=region)
        return row.id


def term_faults(
    session: WriteSession, role: str, region: str, from_day: date, to_day: date | None, organisation_id: str | None
) -> list[Fault]:
    """What is wrong with what was said."""
    faults = []
    if role not in set(Role):
        faults.append(Fault(msg("There is no role “{role}”.", role=role), field="role"))
    place = session.get(Region, region)
    if place is None:
        faults.append(Fault(msg("There is no region “{code}”.", code=region), field="region"))
    elif place.valid_to and place.valid_to < from_day:
        faults.append(Fault(msg("{region} has ended.", region=place.text), field="region"))
    if to_day and to_day < from_day:
        faults.append(Fault(msg("It cannot end before it begins."), field="to_day"))
    if (role == Role.APPLICANT) != (organisation_id is not None):
        faults.append(Fault(msg("An applicant files for an organisation; nobody else does."), field="organisation_id"))
    elif organisation_id and session.get(Organisation, organisation_id) is None:
        faults.append(Fault(msg("There is no such organisation."), field="organisation_id"))
    return faults


def _require_possible(session: WriteSession, new: Appointment) -> None:
    """Raise Refused when the person has what excludes the role, or has it already, at any time that the two share."""
    for held in appointments_of(session, new.person_id):
        if held.id == new.id or held.ended_at or not overlap(held, new):
            continue
        if same_role(held, new):
            raise Refused(msg("This person is {role} there already.", role=ROLE_NAMES[new.role]))
        if why := excluding([held.role], new.role):
            raise Refused(why)


def same_role(a: Appointment, b: Appointment) -> bool:
    """Whether two appointments give the same, apart from their days."""
    return all(
        getattr(a, name) == getattr(b, name) for name in ("role", "region", "unit", "organisation_id", "case_id")
    )


def overlap(a: Appointment, b: Appointment) -> bool:
    """Whether two appointments share a day."""
    return (a.to_day is None or a.to_day >= b.from_day) and (b.to_day is None or b.to_day >= a.from_day)


def confirm(registry: Registry, actor: Actor, id: str) -> None:
    """Confirm a proposed role: by another person than who proposed it and than who gets it. Raises Refused, NotFound."""
    require(actor, Role.SECURITY_ADMIN)
    with registry.store.write(actor) as session:
        row = _waiting(session, id)
        if is_same(session, actor, row.proposed_by) or actor.person == row.person_id:
            raise Refused(msg("Somebody else must confirm this: you proposed it, or it is for you."))
        _require_possible(session, row)
        row.confirmed_by = actor.person
        session.add(row)
        session.record("appointment.confirm", f"appointment:{row.id}", role=row.role, region=row.region)


def refuse(registry: Registry, actor: Actor, id: str) -> None:
    """Turn a proposed role down, or take the proposal back. Raises Refused, NotFound."""
    require(actor, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        row = _waiting(session, id)
        row.ended_at = session.now
        session.add(row)
        session.record("appointment.refuse", f"appointment:{row.id}", role=row.role, region=row.region)


def end(registry: Registry, actor: Actor, id: str, *, reason: str) -> None:
    """End a role now, with what its holder has delegated of it. Raises BadInput without a reason, Refused, NotFound.

    By an administrator; what is delegated also by who has it or gave it. Open tasks are an office's, not a person's: a
    colleague in the same role goes on.
    """
    if not reason.strip():
        raise BadInput(Fault(msg("Say why."), field="reason"))
    with registry.store.write(actor) as session:
        row = _appointment(session, id)
        given = session.get(Appointment, row.instead_of) if row.instead_of else None
        if given is None or actor.person not in (row.person_id, given.person_id):
            require(actor, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)
        if row.ended_at or row.waits:
            raise Refused(msg("This role is not in force."))
        for ended in [row, *(a for a in _delegated(session, row) if a.ended_at is None)]:
            ended.ended_at, ended.end_reason = session.now, reason.strip()
            session.add(ended)
        session.record("appointment.end", f"appointment:{row.id}", role=row.role, region=row.region)


def delegate(registry: Registry, actor: Actor, id: str, *, login: str, from_day: date, to_day: date) -> str:
    """Delegate a role for a leave: by its holder or the security administrator, for sixty days at most. Returns its id.

    The delegate acts as themselves, so that two duties that different people must do are still done by two. Raises
    BadInput, Refused, NotFound.
    """
    with registry.store.write(actor) as session:
        given = _appointment(session, id)
        if given.person_id != actor.person:
            require(actor, Role.SECURITY_ADMIN)
        if given.instead_of or given.role not in CASE_ROLES - {Role.APPLICANT} or not given.in_force(session.today):
            raise Refused(msg("This role cannot be delegated: only an office of one's own that is in force can."))
        account = known(session, login)
        faults = []
        if not from_day <= to_day <= from_day + LONGEST_DELEGATION:
            n = LONGEST_DELEGATION.days
            faults.append(Fault(msg("A delegation has an end, within {n} days.", n=n), field="to_day"))
        if given.to_day and to_day > given.to_day:
            faults.append(Fault(msg("It cannot last longer than the role itself."), field="to_day"))
        if to_day < session.today:
            faults.append(Fault(msg("This day is past."), field="to_day"))
        if account.person_id == given.person_id or account.disabled_at:
            faults.append(Fault(msg("Choose somebody else."), field="login"))
        elif any(a.role == Role.APPLICANT and not a.ended_at for a in appointments_of(session, account.person_id)):
            faults.append(Fault(msg("Whoever files applications cannot stand in for an office."), field="login"))
        if faults:
            raise BadInput(faults)
        row = Appointment(
            person_id=account.person_id,
            role=given.role,
            region=given.region,
            unit=given.unit,
            from_day=from_day,
            to_day=to_day,
            instead_of=given.id,
        )
        _require_possible(session, row)
        session.add(row)
        session.record("appointment.delegate", f"appointment:{given.id}", role=given.role, region=given.region)
        return row.id


def require(actor: Actor, *roles: str) -> None:
    """Raise Refused unless the actor has one of the roles; the registry itself may."""
    if actor != SYSTEM and not actor.has(*roles):
        raise Refused(msg("Only {roles} may do this.", roles=" / ".join(str(ROLE_NAMES[r]) for r in roles)))


def _appointment(session: WriteSession, id: str) -> Appointment:
    row = session.get(Appointment, id)
    if row is None:
        raise NotFound(msg("There is no such appointment."))
    return row


def _waiting(session: WriteSession, id: str) -> Appointment:
    row = _appointment(session, id)
    if not row.waits:
        raise Refused(msg("This has been decided already."))
    return row


def _delegated(session: WriteSession, row: Appointment) -> list[Appointment]:
    from_here = Appointment.instead_of == row.id
    return list(session.exec(select(Appointment).where(from_here)))
