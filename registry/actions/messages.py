"""Telling people what happens in their cases: who is told of what, in the transaction in which it happens.

`tell` alone writes messages. It is called where a case moves (`moved`), where a task is opened (`opened`), where a notice is
published (`noticed`), and by the daily work and the reminders of `reminders.py`. What goes out of the site is only put
down here; `deliveries.py` sends it.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from registry.actions.titles import authority_name
from registry.base.errors import NotFound
from registry.base.i18n import msg, pack
from registry.host.registry import Registry
from registry.rules.engine import Position, may_do
from registry.rules.message import NOT_FIXED
from registry.rules.permission import Actor, Role
from registry.rules.permission import Appointment as Held
from registry.rules.workflow import Stage
from registry.store.account import Account
from registry.store.case import Case, CaseStep, Task
from registry.store.message import Delivery, Message, Reach
from registry.store.notice import Notice
from registry.store.people import Appointment, Person
from registry.store.region import Region
from registry.store.session import ReadSession, WriteSession

SENDS_SMS = "send_sms"
"""The hook of plugins that send text messages."""


def tell(
    session: WriteSession,
    event: str,
    accounts: Iterable[Account],
    *,
    key: str,
    case: Case,
    task: Task | None = None,
    **params: Any,
) -> int:
    """Tell some accounts of an event, by every channel that is open to each; returns how many were told now.

    `key` names the event among those of its kind: whoever was told already is not told again. `params` are what the words
    of `rules/message.py` name, without personal data. A person with two accounts reads it in both, and gets it once.
    """
    session.flush()
    known = {account.id: account for account in accounts if account.disabled_at is None}
    told = select(Message.account_id).where(
        Message.event == event, Message.key == key, col(Message.account_id).in_(known)
    )
    fresh = known.keys() - set(session.exec(told.execution_options(unscoped=True)))
    packed = {name: pack(value) for name, value in params.items()}
    rows = {
        id: Message(
            account_id=id,
            event=event,
            key=key,
            case_id=case.id,
            task_id=task.id if task else None,
            params=packed,
            created_at=session.now,
        )
        for id in sorted(fresh)
    }
    session.add_all(rows.values())
    session.flush()
    reached = set[tuple[str, str]]()
    for id, channel in channels(session, rows, case.home_region):
        if (known[id].person_id, channel) not in reached:
            reached.add((known[id].person_id, channel))
            session.add(Delivery(message_id=rows[id].id, channel=channel, next_at=session.now))
    return len(rows)


def channels(session: WriteSession, accounts: Collection[str], region: str) -> list[tuple[str, str]]:
    """(account, channel) of what is open: set up here, and wanted by the person."""
    by_email, by_sms = set_up(session, region)
    if not accounts or not (by_email or by_sms):
        return []
    query = (
        select(Reach, Person.phone)
        .select_from(Reach)
        .join(Account, col(Account.id) == col(Reach.account_id))
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(col(Reach.account_id).in_(accounts))
        .order_by(Reach.account_id)
    )
    found = []
    for reach, phone in session.exec(query.execution_options(unscoped=True)):
        found += [(reach.account_id, "email")] if by_email and reach.by_email and reach.address else []
        found += [(reach.account_id, "sms")] if by_sms and reach.by_sms and phone else []
    return found


def set_up(session: ReadSession, region: str | None = None) -> tuple[bool, bool]:
    """Whether this registry sends e-mail; whether a plugin sends text messages (for a place)."""
    host = session.host
    return (bool(host.settings.smtp_host), bool(host.plugins.asked(SENDS_SMS, region))) if host else (False, False)


def moved(session: WriteSession, case: Case, step: CaseStep, stage: Stage, to: Stage) -> None:
    """A case has left a stage: what was told of its tasks is overtaken, and the applicant hears how it stands."""
    done = select(Task.id).where(Task.case_id == case.id, Task.status != "open")
    overtaken = update(Message).where(col(Message.task_id).in_(done), col(Message.read_at).is_(None))
    session.execute(overtaken.values(read_at=session.now), execution_options={"synchronize_session": False})
    event: str | None = None
    if to.duty == "recognised" or to.result == "refused":
        event = to.result or "recognised"
    elif step.act == "next" and stage.duty == "work" and stage.kind == "evidence_check":
        event = "accepted"
    elif step.act == "approve" and to.kind == "wait" and case.procedure == "recommend":
        event = "recommended"
    if event:
        tell_applicant(session, event, case, key=step.id)


def tell_applicant(session: WriteSession, event: str, case: Case, *, key: str, **params: Any) -> int:
    """Tell whoever files for the organisation. They know their application by its own number, whichever office has it."""
    filed = filed_case(session, case)
    about = {"number": filed.number or "", "authority": office(session, case.authority_region)} | params
    return tell(session, event, applicants(session, case), key=key, case=filed, **about)


def noticed(session: WriteSession, case: Case, notice: Notice) -> None:
    """A case stands on a published notice."""
    until = notice.ends_on.isoformat() if notice.ends_on else NOT_FIXED
    tell_applicant(session, "noticed", case, key=notice.id, notice=notice.number, until=until)


def opened(session: WriteSession, case: Case, task: Task, position: Position) -> None:
    """A task has been opened: who may do it is told, but for who has just opened it."""
    event = "returned" if task.role == Role.APPLICANT else "objection" if task.kind == "objection" else "new_task"
    tell_of_task(session, event, case, task, position, key=task.id)


def tell_of_task(
    session: WriteSession, event: str, case: Case, task: Task, position: Position, *, key: str, everybody: bool = False
) -> int:
    """Tell who may do a task; `everybody`: also the actor, who needs no message of what they do themselves."""
    accounts = [a for a in responsible(session, case, task, position) if everybody or a.id != session.actor.account]
    shown = filed_case(session, case) if task.role == Role.APPLICANT else case
    return tell(session, event, accounts, key=key, case=shown, task=task, **about(session, shown, task, position))


def about(session: ReadSession, case: Case, task: Task, position: Position) -> dict[str, Any]:
    """The parameters of every event about a task."""
    names = position.workflow.stages[task.stage].names
    return {
        "number": case.number or "",
        "stage": names.applicant if task.role == Role.APPLICANT else names.staff,
        "due": task.due_on.isoformat() if task.due_on else NOT_FIXED,
        "authority": office(session, task.office_region),
    }


def responsible(session: ReadSession, case: Case, task: Task, position: Position) -> list[Account]:
    """The accounts of who may do a task now: in office, without a conflict, not barred by what they did before."""
    if task.role == Role.APPLICANT:
        return applicants(session, case)
    there = holders(session, {task.role}, task.office_region, case)
    found = [account for account, actor in there if not may_do(task.kind, position, actor)]
    if task.kind == "ballot":
        return [account for account in found if task.subject == f"expert:{account.person_id}"]
    return found


def holders(session: ReadSession, roles: Collection[str], region: str, case: Case) -> list[tuple[Account, Actor]]:
    """The accounts of who holds a role in a region today, each with the appointments that make it so."""
    query = (
        select(Account, Appointment)
        .join(Appointment, col(Appointment.person_id) == col(Account.person_id))
        .where(
            col(Appointment.role).in_(roles),
            Appointment.region == region,
            col(Appointment.case_id).is_(None) | (Appointment.case_id == case.id),
        )
        .order_by(Account.id)
    )
    found: dict[str, tuple[Account, list[Held]]] = {}
    for account, row in session.exec(query):
        if row.in_force(session.today):
            held = Held(row.role, row.region, row.unit, row.organisation_id, row.case_id)
            found.setdefault(account.id, (account, []))[1].append(held)
    return [(a, Actor(a.id, a.person_id, tuple(held), a.title)) for a, held in found.values()]


def applicants(session: ReadSession, case: Case) -> list[Account]:
    """The accounts of who files for the organisation of a case."""
    if case.filer_id is None:
        return []
    query = (
        select(Account, Appointment)
        .join(Appointment, col(Appointment.person_id) == col(Account.person_id))
        .where(Appointment.role == Role.APPLICANT, Appointment.organisation_id == case.filer_id)
        .order_by(Account.id)
    )
    return list({a.id: a for a, row in session.exec(query) if row.in_force(session.today)}.values())


def filed_case(session: ReadSession, case: Case) -> Case:
    """The case that the applicant filed: of a wider authority's case the county's, whose page has the whole timeline."""
    if case.procedure != "recognise" or case.parent_id is None:
        return case
    query = select(Case).where(Case.id == case.parent_id).execution_options(unscoped=True)
    return session.exec(query).one()


def office(session: ReadSession, region: str) -> Any:
    """What the bureau of a region is called."""
    return authority_name(session.get_one(Region, region))


def inbox(session: ReadSession, account: str, *, start: int = 0, limit: int = 50) -> list[Message]:
    """An account's messages: those not read first, then the newest first."""
    query = select(Message).where(Message.account_id == account)
    order = (col(Message.read_at).is_not(None), col(Message.created_at).desc(), col(Message.id))
    return list(session.exec(query.order_by(*order).offset(start).limit(limit)))


def read_one(registry: Registry, actor: Actor, id: str) -> Message:
    """Mark one of one's messages as read; returns it. Raises NotFound."""
    with registry.store.write(actor) as session:
        row = session.exec(select(Message).where(Message.id == id, Message.account_id == actor.account)).one_or_none()
        if row is None:
            raise NotFound(msg("There is no such message, or it is not one of yours."))
        row.read_at = row.read_at or session.now
        session.add(row)
        return row


def read_all(registry: Registry, actor: Actor) -> int:
    """Mark all of one's messages as read; returns how many were not."""
    with registry.store.write(actor) as session:
        mine = update(Message).where(col(Message.account_id) == actor.account, col(Message.read_at).is_(None))
        return session.execute(mine.values(read_at=session.now)).rowcount  # type: ignore[attr-defined]
