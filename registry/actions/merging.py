"""Verbs about two accounts that turn out to be one person's: one administrator says so, another one makes it so."""

from sqlmodel import select

from registry.actions.appointments import overlap, require, same_role
from registry.actions.people import known
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor, Role, excluding
from registry.store.account import Account
from registry.store.case import Task
from registry.store.people import Appointment, Person, PersonMerge, appointments_of, is_same
from registry.store.session import WriteSession


def merge_persons(registry: Registry, actor: Actor, *, keep: str, drop: str, reason: str) -> str:
    """Propose that the persons of two accounts (sign-in names) are one; from the operator it is so at once.

    By the security administrator; returns the proposal's id. Raises BadInput, NotFound, Refused also when the roles of
    both exclude one another.
    """
    require(actor, Role.SECURITY_ADMIN)
    if not reason.strip():
        raise BadInput(Fault(msg("Say how you know."), field="reason"))
    with registry.store.write(actor) as session:
        into, gone = known(session, keep).person_id, known(session, drop).person_id
        if into == gone:
            raise BadInput(Fault(msg("Both accounts belong to one person already."), field="drop"))
        if actor.person in (into, gone):
            raise Refused(msg("Somebody else must do this: one of the accounts is yours."))
        if waiting_merge(session, gone):
            raise Refused(msg("This waits to be confirmed already."))
        _require_compatible(session, into, gone)
        row = PersonMerge(
            keep_id=into, drop_id=gone, reason=reason.strip(), proposed_by=actor.person, proposed_at=session.now
        )
        session.add(row)
        if actor == SYSTEM:
            _merge(session, row)
        session.record("person.merge" if actor == SYSTEM else "person.merge_propose", f"person:{into}", dropped=gone)
        return row.id


def confirm_merge(registry: Registry, actor: Actor, id: str) -> None:
    """Make two persons one, as another administrator has proposed. Raises Refused, NotFound.

    From now on all that either did and holds counts as one person's.
    """
    require(actor, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        row = _waiting(session, id)
        if is_same(session, actor, row.proposed_by) or actor.person in (row.keep_id, row.drop_id):
            raise Refused(msg("Somebody else must confirm this: you proposed it, or it is about you."))
        _require_compatible(session, row.keep_id, row.drop_id)
        row.confirmed_by = actor.person
        _merge(session, row)
        session.record("person.merge", f"person:{row.keep_id}", dropped=row.drop_id)


def refuse_merge(registry: Registry, actor: Actor, id: str) -> None:
    """Turn the proposal down, or take it back. Raises Refused, NotFound."""
    require(actor, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
    with registry.store.write(actor) as session:
        row = _waiting(session, id)
        row.ended_at = session.now
        session.record("person.merge_refuse", f"person:{row.keep_id}", dropped=row.drop_id)


def waiting_merge(session: WriteSession, drop_id: str) -> PersonMerge | None:
    """The open proposal about a person, if there is one."""
    open_ones = select(PersonMerge).where(PersonMerge.drop_id == drop_id)
    return next((m for m in session.exec(open_ones) if m.ended_at is None), None)


def _waiting(session: WriteSession, id: str) -> PersonMerge:
    row = session.get(PersonMerge, id)
    if row is None:
        raise NotFound(msg("There is no such proposal."))
    if row.ended_at:
        raise Refused(msg("This has been decided already."))
    return row


def _require_compatible(session: WriteSession, into: str, gone: str) -> None:
    """Raise Refused when roles of the two exclude one another at any time that they share."""
    for theirs in _open(session, gone):
        for ours in _open(session, into):
            if overlap(ours, theirs) and (why := excluding([ours.role], theirs.role)):
                raise Refused(why)


def _merge(session: WriteSession, row: PersonMerge) -> None:
    """Accounts and appointments go to the person kept; a role held twice, or confirmed for oneself, ends."""
    into, gone = row.keep_id, row.drop_id
    ours = _open(session, into)
    for theirs in appointments_of(session, gone):
        if theirs.ended_at is None and any(same_role(a, theirs) and _covers(a, theirs) for a in ours):
            theirs.ended_at = session.now
        theirs.person_id = into
        ours.append(theirs)
    for held in ours:
        if held.confirmed_by in (into, gone) and held.ended_at is None:
            held.ended_at = session.now
        session.add(held)
    for account in session.exec(select(Account).where(Account.person_id == gone)):
        account.person_id = into
        session.add(account)
    for person in session.exec(select(Person).where((Person.id == gone) | (Person.merged_into == gone))):
        person.merged_into = into
        session.add(person)
    for task in session.exec(select(Task).where(Task.subject == f"expert:{gone}", Task.status == "open")):
        task.subject = f"expert:{into}"
        session.add(task)
    row.ended_at = session.now
    session.add(row)


def _open(session: WriteSession, person_id: str) -> list[Appointment]:
    return [a for a in appointments_of(session, person_id) if a.ended_at is None]


def _covers(a: Appointment, b: Appointment) -> bool:
    """Whether the one lasts as long as the other, and is in force or waits no more than it."""
    lasts = a.to_day is None or (b.to_day is not None and b.to_day <= a.to_day)
    return lasts and a.from_day <= b.from_day and (b.waits or not a.waits)
