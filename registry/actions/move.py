"""The one function that moves a case, and what follows from where it arrives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import col, select

from registry.actions import messages
from registry.actions.evaluation import keep_evaluation
from registry.actions.plugged import announce, require_no_veto
from registry.actions.position import definition_of, position_of
from registry.base.canonical import sha256
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, msg
from registry.host.resolve import read_as
from registry.rules.calendar import NotCountable, WorkCalendar
from registry.rules.correction import may_return, said_too_late
from registry.rules.engine import may, office_region
from registry.rules.form import Form
from registry.rules.permission import SYSTEM, Role
from registry.rules.workflow import Outcome, Stage
from registry.store.calendar import work_calendar
from registry.store.case import Case, CaseStep, Task, open_tasks
from registry.store.notice import Notice, running_item
from registry.store.people import kept
from registry.store.returns import end_proposal
from registry.store.session import WriteSession
from registry.store.title import Decision


@dataclass(frozen=True)
class Given:
    """What a person gave with an outcome. `words` are free and stay out of the record; `scan` is a file's SHA-256."""

    words: dict[str, str] = field(default_factory=dict)
    defects: tuple[dict[str, str], ...] = ()
    document: str | None = None
    document_date: date | None = None
    scan: str | None = None
    meeting: str | None = None
    minutes: str | None = None
    proposed_by: str | None = None
    """The person who proposed a second return to which the actor agrees."""

    @property
    def fields(self) -> list[str]:
        """The fields in which something must be corrected."""
        return [defect["field"] for defect in self.defects]

    def has(self, need: str) -> bool:
        """Whether something that an outcome needs was given."""
        return bool(self.words.get(need, "").strip()) if need in WORDS else bool(getattr(self, need))

    def plain(self) -> dict[str, Any]:
        """What of it is no free text, for the step and the record."""
        told = {
            "document": self.document,
            "document_date": self.document_date.isoformat() if self.document_date else None,
            "scan": self.scan,
            "meeting": self.meeting,
            "minutes": self.minutes,
            "fields": self.fields,
            "proposed_by": self.proposed_by,
        }
        return {k: v for k, v in told.items() if v}


WORDS = ("reason", "opinion", "statement", "visit_note")
NEED_LABELS: dict[str, Message] = {
    "reason": msg("reason"),
    "remedy": msg("remedy"),
    "defects": msg("what must be corrected"),
    "opinion": msg("opinion"),
    "meeting": msg("meeting"),
    "minutes": msg("number of the minutes"),
    "document": msg("document number"),
    "document_date": msg("date of the document"),
    "scan": msg("scan of the document"),
    "statement": msg("statement of the holder"),
    "visit_note": msg("note of the visit"),
}
"""What an outcome may need, as the form asks for it."""
GIVEN_LABELS: dict[str, Message] = {**NEED_LABELS, "began": msg("notice began")}
"""What a step may have been given, as it is told."""
DECISION_ACTS = {"approve": "approve", "refuse": "refuse"}


def move(session: WriteSession, case: Case, outcome_name: str, *, key: str, given: Given = Given()) -> CaseStep:
    """Move a case by an outcome of its stage, if the engine lets this actor; record it; do what follows.

    Raises Refused with the engine's sentence, BadInput for what is missing.
    """
    position = position_of(session, case)
    stage = position.workflow.stages[case.stage]
    if refusal := may(position, outcome_name, session.actor):
        raise Refused(refusal)
    outcome = stage.outcomes[outcome_name]
    require_needs(outcome, given, session.today)
    proposer = given.proposed_by and kept(session).get(given.proposed_by, given.proposed_by)
    if refusal := may_return(position, outcome_name, given.fields, proposer, session.actor):
        raise Refused(refusal)
    if session.actor is not SYSTEM:
        about = {"stage": case.stage, "outcome": outcome_name, "act": outcome.act, "to": outcome.to}
        require_no_veto(session, case, {**about, "key": "", "on": session.today})
    late = said_too_late(position, outcome_name, given.fields)
    step = add_step(session, case, stage, outcome_name, outcome, key=key, given=given, late=sorted(late))
    close_tasks(session, case)
    end_proposal(session, case.id, session.now)
    decide(session, case, stage, outcome, given)
    leave_notice(session, case, stage, outcome)
    case.stage, case.version = outcome.to, case.version + 1
    case.defects = list(given.defects) if outcome.act == "return" else case.defects if outcome.act != "next" else []
    session.add(case)
    enter(session, case, position.workflow.stages[outcome.to])
    session.record("case.move", f"case:{case.id}", **told(step, outcome))
    announce(session, case, step)
    messages.moved(session, case, step, stage, position.workflow.stages[outcome.to])
    return step


def told(step: CaseStep, outcome: Outcome) -> dict[str, Any]:
    """What the record says of a step; enough to judge the case by the record alone."""
    return {
        "n": step.n,
        "stage": step.stage,
        "duty": step.duty,
        "kind": step.kind,
        "outcome": step.outcome,
        "act": step.act,
        "to": step.to_stage,
        "person": step.person,
        "on": step.on.isoformat(),
        "substance": outcome.substance,
        **step.given,
        "reason": sha256(step.id + step.reason) if step.reason else None,
    }


def require_needs(outcome: Outcome, given: Given, today: date) -> None:
    """Raise BadInput for everything an outcome needs that was not given, or cannot be so."""
    if faults := lacking(outcome, given, today):
        raise BadInput(faults)


def lacking(outcome: Outcome, given: Given, today: date) -> list[Fault]:
    """A fault for everything that an outcome needs and that was not given; also for a document of a day to come."""
    faults = [
        Fault(msg("“{what}” is still needed.", what=NEED_LABELS[need]), field=need)
        for need in outcome.needs
        if need != "remedy" and not given.has(need)
    ]
    if given.document_date and given.document_date > today:
        faults.append(Fault(msg("This day is still to come; today is {today}.", today=today), field="document_date"))
    return faults


def add_step(
    session: WriteSession,
    case: Case,
    stage: Stage,
    name: str,
    outcome: Outcome,
    *,
    key: str,
    given: Given,
    late: Sequence[str] = (),
) -> CaseStep:
    """The row of this move. `late`: the fields of a return that could have been named at an earlier one."""
    last = session.exec(
        select(CaseStep.n).where(CaseStep.case_id == case.id).order_by(col(CaseStep.n).desc()).limit(1)
    ).first()
    told_plainly = given.plain() | ({"late": list(late)} if late else {})
    if stage.duty == "notice" and (item := running_item(session, case.id)):
        notice = session.get_one(Notice, item.notice_id)
        told_plainly["began"] = notice.posted_on.isoformat()
    words = {k: v.strip() for k, v in given.words.items() if v.strip()}
    step = CaseStep(
        case_id=case.id,
        n=(last or 0) + 1,
        key=key,
        stage=case.stage,
        duty=stage.duty,
        kind=stage.kind,
        outcome=name,
        act=outcome.act,
        to_stage=outcome.to,
        person=session.actor.person,
        account=session.actor.account,
        account_title=session.actor.name,
        at=session.now,
        on=session.today,
        days=stage.days,
        substance=outcome.substance,
        reason="\n".join([*words.values(), *defect_lines(session, case, given)]) or None,
        given=told_plainly,
        defects=list(given.defects) or None,
    )
    session.add(step)
    return step


def defect_lines(session: WriteSession, case: Case, given: Given) -> list[str]:
    """What must be corrected, as the step keeps it: the case itself forgets it when it is sent again."""
    if not given.defects:
        return []
    form = read_as(Form, definition_of(session, case, "form"))
    labels = {field.id: field.label.zh_hans for field in form.fields()}
    return [f"{labels.get(defect['field'], defect['field'])}：{defect.get('words', '')}" for defect in given.defects]


def close_tasks(session: WriteSession, case: Case) -> None:
    """The stage's tasks are done by who moved on; the others of the stage need nobody any more."""
    for task in open_tasks(session, case.id):
        if task.kind == "stage":
            task.status, task.done_by, task.done_at = "done", session.actor.person, session.now
        elif task.kind == "ballot":
            task.status = "cancelled"
        session.add(task)


def decide(session: WriteSession, case: Case, stage: Stage, outcome: Outcome, given: Given) -> None:
    """The row of a decision: the meeting's, or the document that makes a recognition effective."""
    act = (
        DECISION_ACTS.get(outcome.act)
        if stage.duty == "decide"
        else "recognise"
        if given.scan and given.document
        else None
    )
    if act:
        session.add(
            Decision(
                case_id=case.id,
                act=act,
                document=given.document,
                document_date=given.document_date,
                scan_sha256=given.scan,
                meeting=given.meeting,
                minutes=given.minutes,
                decided_by=session.actor.person,
                decided_at=session.now,
            )
        )


def leave_notice(session: WriteSession, case: Case, stage: Stage, outcome: Outcome) -> None:
    """A notice's entry is cleared, upheld against, or stopped, as the outcome says."""
    item = running_item(session, case.id) if stage.duty == "notice" else None
    if item:
        item.status = {"clear": "cleared", "uphold": "upheld"}.get(outcome.act, "stopped")
        session.add(item)
        session.changes(f"notice:{item.notice_id}", "list:notices", "home")


def enter(session: WriteSession, case: Case, stage: Stage) -> None:
    """What follows from arriving: an end, or a task with its deadline."""
    if stage.is_end:
        case.status, case.result, case.ended_at = "ended", stage.result or "recognised", session.now
        return
    if stage.is_silent:
        return
    if stage.duty in ("review", "decide"):
        keep_evaluation(session, case, settled=stage.duty == "decide")
    open_task(session, case, stage)
    if stage.kind == "expert_scoring":
        forget_ballots(session, case)
        for n in range(stage.members or stage.quorum):
            open_task(session, case, stage, kind="ballot", subject=f"seat:{n + 1}", role=Role.EXPERT)


def forget_ballots(session: WriteSession, case: Case) -> None:
    """A stage that is entered again is scored anew: what was given before counts no more."""
    for task in session.exec(select(Task).where(Task.case_id == case.id, Task.kind == "ballot")):
        if task.stage == case.stage and task.status == "done":
            task.status, task.done_by, task.done_at = "cancelled", None, None
            session.add(task)


def open_task(
    session: WriteSession,
    case: Case,
    stage: Stage,
    *,
    kind: str = "stage",
    subject: str = "",
    days: int | None = None,
    role: str | None = None,
) -> Task:
    """A task for the stage's role (or another one) at its office, due in the stage's working days."""
    position = position_of(session, case)
    days = days if days is not None else (stage.days if stage.duty != "notice" else 1)
    task = Task(
        case_id=case.id,
        stage=case.stage,
        kind=kind,
        subject=subject,
        role=role or stage.role or "",
        office_region=office_region(stage, position) or case.home_region,
        opened_at=session.now,
        counted_from=session.today,
        days=days,
        due_on=due(work_calendar(session), session.today, days),
    )
    session.add(task)
    messages.opened(session, case, task, position)
    return task


def due(calendar: WorkCalendar, start: date, days: int | None) -> date | None:
    """The day a deadline falls on; None without one, or while its year's calendar is not published."""
    counted = calendar.add(start, days) if days else None
    return None if isinstance(counted, NotCountable) else counted
