"""The experts of a stage: who is asked, and what each gives, unseen by the others until enough have given theirs."""

import secrets
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from sqlmodel import Session, col, select

from registry.actions import messages
from registry.actions.position import position_of
from registry.base.canonical import canonical, sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg, nmsg
from registry.host.registry import Registry
from registry.host.resolve import pinned, read_as
from registry.rules.clause import Expert, Scored
from registry.rules.criteria import CriteriaSet
from registry.rules.engine import Position, may_score, may_take_part
from registry.rules.permission import Actor, Role
from registry.store.account import Account
from registry.store.case import Case, Task
from registry.store.people import Appointment, actor_of, kept
from registry.store.session import ReadSession, WriteSession

SEAT, SEATED = "seat:", "expert:"
"""How the subject of an expert's task begins: nobody asked yet; a person's id follows."""
LONGEST = 1000
STEP = Decimal("0.5")
"""Experts give whole and half points."""


def seats(session: Session, case: Case) -> list[Task]:
    """The tasks of experts in the stage that a case is in, the answered ones first."""
    query = select(Task).where(
        Task.case_id == case.id, Task.stage == case.stage, Task.kind == "ballot", Task.status != "cancelled"
    )
    return sorted(session.exec(query), key=lambda t: (t.status != "done", t.subject))


def scored_by_experts(session: Session, case: Case) -> list[Scored]:
    """The criteria that experts score in a case."""
    if "criteria" not in case.pins:
        return []
    criteria = read_as(CriteriaSet, pinned(session, case.pins["criteria"]))
    return [clause for clause in criteria.scored if isinstance(clause.scale, Expert)]


def experts_for(session: ReadSession, case: Case, position: Position) -> list[tuple[Account, Message | None]]:
    """The experts of the authority's region, each with why they may not be asked, or None."""
    query = (
        select(Account)
        .join(Appointment, col(Appointment.person_id) == col(Account.person_id))
        .where(
            Appointment.role == Role.EXPERT,
            Appointment.region == case.authority_region,
            col(Account.disabled_at).is_(None),
        )
        .order_by(Account.title)
    )
    now = kept(session)
    seated = {now.get(p, p) for t in seats(session, case) if (p := t.subject.removeprefix(SEATED))}
    found = []
    for account in session.exec(query).unique():
        actor = actor_of(session, account, session.today)
        if actor.holds(Role.EXPERT, case.authority_region):
            why = msg("Has been asked already.") if actor.person in seated else may_score(position, actor)
            found.append((account, why))
    return found


def ask(registry: Registry, actor: Actor, case_id: str, *, logins: Sequence[str]) -> None:
    """Ask experts of the authority's region to give their scores, as many as seats are free.

    Raises NotFound, Refused, BadInput that names who cannot be asked and why.
    """
    with registry.store.write(actor) as session:
        case = loaded(session, case_id)
        position = position_of(session, case)
        if position.at.kind != "expert_scoring":
            raise Refused(msg("No experts are asked at this stage."))
        if refusal := may_take_part(position, actor):
            raise Refused(refusal)
        free = [t for t in seats(session, case) if t.subject.startswith(SEAT)]
        chosen = list(dict.fromkeys(logins))
        if not chosen:
            raise BadInput(Fault(msg("Choose whom to ask."), field="experts"))
        if len(chosen) > len(free):
            raise BadInput(
                Fault(nmsg("{n} seat is free.", "{n} seats are free.", len(free)) if free else FULL, field="experts")
            )
        known = {account.login: (account, why) for account, why in experts_for(session, case, position)}
        faults = [
            Fault(msg("{who}: {why}", who=login, why=known[login][1] if login in known else NO_EXPERT), field="experts")
            for login in chosen
            if login not in known or known[login][1]
        ]
        persons = [known[login][0].person_id for login in chosen if login in known]
        if len(set(persons)) < len(persons):
            faults.append(Fault(msg("Two of these accounts are one person; one person scores once."), field="experts"))
        if faults:
            raise BadInput(faults)
        for task, login in zip(free, chosen, strict=False):
            task.subject = f"{SEATED}{known[login][0].person_id}"
            session.add(task)
            messages.opened(session, case, task, position)
        session.record("panel.ask", f"case:{case.id}", experts=[known[login][0].person_id for login in chosen])


FULL = msg("Every seat is taken.")
NO_EXPERT = msg("is no expert here.")


def give(registry: Registry, actor: Actor, case_id: str, *, scores: Mapping[str, str], remark: str) -> None:
    """Give one's scores, once and for good: criterion → points, whole or half ones, from 0 to the most it gives.

    Raises NotFound, Refused, BadInput with every fault at its criterion.
    """
    with registry.store.write(actor) as session:
        case = loaded(session, case_id)
        task = require_seat(session, case, actor)
        if refusal := may_score(position_of(session, case), actor):
            raise Refused(refusal)
        clauses = scored_by_experts(session, case)
        read, faults = {}, []
        for clause in clauses:
            value, fault = read_score(clause, scores.get(clause.id, ""))
            read[clause.id] = f"{value:f}"
            faults += [Fault(fault, field=clause.id)] if fault else []
        if len(remark) > LONGEST:
            faults.append(Fault(msg("At most {n} characters.", n=LONGEST), field="remark"))
        if faults:
            raise BadInput(faults)
        # the salt stays out of the record: a score has few values, and its bare hash would give it away
        task.result = {"scores": read, "remark": remark.strip(), "salt": secrets.token_hex(16)}
        task.status, task.done_by, task.done_at = "done", actor.person, session.now
        session.add(task)
        session.record("panel.score", f"case:{case.id}", task=task.id, scores=sha256(canonical(task.result)))


def read_score(clause: Scored, typed: str) -> tuple[Decimal, Message | None]:
    """(points, what is wrong) of what was typed for a criterion."""
    most = clause.max
    wrong = msg("From 0 to {most}, in whole or half points.", most=most)
    try:
        value = Decimal(typed.strip().translate(str.maketrans("０１２３４５６７８９．", "0123456789.")))
        if value.is_finite() and 0 <= value <= most and value % STEP == 0:
            return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP), None
    except InvalidOperation:
        pass
    return Decimal(), wrong


def seat_of(session: Session, case: Case, actor: Actor) -> Task | None:
    """The task by which somebody has been asked at this stage, answered or not."""
    return next((t for t in seats(session, case) if t.subject == f"{SEATED}{actor.person}"), None)


def require_seat(session: Session, case: Case, actor: Actor) -> Task:
    """The open task of somebody who has been asked. Raises Refused."""
    task = seat_of(session, case, actor)
    if task is None:
        raise Refused(msg("You have not been asked to score here."))
    if task.status == "done":
        raise Refused(msg("You have given your scores; they cannot be changed."))
    return task


def free(registry: Registry, actor: Actor, case_id: str, *, seat: str) -> None:
    """Take a seat back from an expert who has not answered, so that somebody else can be asked.

    `seat` is the task's id. Raises NotFound, Refused.
    """
    with registry.store.write(actor) as session:
        case = loaded(session, case_id)
        if refusal := may_take_part(position_of(session, case), actor):
            raise Refused(refusal)
        task = next((t for t in seats(session, case) if t.id == seat and t.status == "open"), None)
        if task is None or not task.subject.startswith(SEATED):
            raise NotFound(msg("This seat is free, or its scores are in."))
        person = task.subject.removeprefix(SEATED)
        step_out(session, case, person)
        session.record("panel.free", f"case:{case.id}", task=task.id, person=person)


def step_out(session: WriteSession, case: Case, person: str) -> None:
    """Whoever steps out of a case leaves the seat free for somebody else."""
    for task in seats(session, case):
        if task.subject == f"{SEATED}{person}" and task.status == "open":
            taken = {t.subject for t in seats(session, case)}
            task.subject = next(s for n in range(1, 100) if (s := f"{SEAT}{n}") not in taken)
            session.add(task)


def loaded(session: ReadSession, case_id: str) -> Case:
    """An open case that the session's actor may see. Raises NotFound."""
    case = session.exec(select(Case).where(Case.id == case_id, Case.status == "open")).one_or_none()
    if case is None:
        raise NotFound(msg("There is no such case, or it is not one of yours."))
    return case
