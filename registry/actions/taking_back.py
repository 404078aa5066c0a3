"""Taking back the last step: by who took it, on the same day, before anybody outside has seen what came of it."""

from sqlmodel import col, select

from registry.actions.cases import load, repeated, require_unmoved
from registry.actions.move import due
from registry.actions.plugged import announce
from registry.actions.position import position_of
from registry.base.errors import Refused
from registry.host.registry import Registry
from registry.rules.correction import may_take_back
from registry.rules.engine import TAKE_BACK
from registry.rules.permission import Actor
from registry.store.calendar import work_calendar
from registry.store.case import Case, CaseStep, Task, open_tasks, steps_of
from registry.store.returns import end_proposal
from registry.store.session import WriteSession
from registry.store.table import new_code
from registry.store.title import Decision


def take_back(registry: Registry, actor: Actor, case_id: str, *, version: int, key: str) -> CaseStep:
    """Put a case back to where it stood before the last step. Raises Stale, Refused, NotFound."""
    key = key or new_code()
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        if done := repeated(session, case, key):
            return done
        require_unmoved(session, case, version)
        position = position_of(session, case)
        if refusal := may_take_back(position, actor):
            raise Refused(refusal)
        last = steps_of(session, case.id)[-1]
        step = CaseStep(
            case_id=case.id,
            n=last.n + 1,
            key=key,
            stage=case.stage,
            duty=position.at.duty,
            kind=position.at.kind,
            outcome=TAKE_BACK,
            act=TAKE_BACK,
            to_stage=last.stage,
            person=actor.person,
            account=actor.account,
            account_title=actor.name,
            at=session.now,
            on=session.today,
        )
        session.add(step)
        leave(session, case)
        reopen(session, case, last)
        undecide(session, case, last)
        case.stage, case.version = last.stage, case.version + 1
        session.add(case)
        session.record(
            "case.take_back",
            f"case:{case.id}",
            **{name: getattr(step, name) for name in ("n", "stage", "duty", "kind", "outcome", "act", "person")},
            to=step.to_stage,
            on=step.on.isoformat(),
        )
        announce(session, case, step)
        return step


def leave(session: WriteSession, case: Case) -> None:
    """Nobody has to do any more what the step had asked for."""
    for task in open_tasks(session, case.id):
        task.status = "cancelled"
        session.add(task)
    end_proposal(session, case.id, session.now)


def reopen(session: WriteSession, case: Case, last: CaseStep) -> None:
    """What was to be done before the step is to be done again, by the same day as before."""
    query = select(Task).where(Task.case_id == case.id, Task.stage == last.stage, Task.kind == "stage")
    done = session.exec(query.order_by(col(Task.opened_at).desc(), Task.id).limit(1)).one()
    session.add(
        Task(
            case_id=case.id,
            stage=done.stage,
            role=done.role,
            office_region=done.office_region,
            opened_at=done.opened_at,
            counted_from=done.counted_from,
            days=done.days,
            due_on=due(work_calendar(session), done.counted_from, done.days),
        )
    )


def undecide(session: WriteSession, case: Case, last: CaseStep) -> None:
    """What the step decided is decided no more."""
    query = select(Decision).where(Decision.case_id == case.id, Decision.decided_at == last.at)
    for decision in session.exec(query.where(col(Decision.taken_back_at).is_(None))):
        decision.taken_back_at = session.now
        session.add(decision)
