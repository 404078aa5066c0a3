"""A case as the workflow's engine sees it: loaded from the tables for one question or one move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypedDict

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from registry.actions.evaluation import guards
from registry.base.clock import local_date
from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.host.resolve import pinned, pinned_all, read_as, resolve
from registry.rules.calendar import NotCountable
from registry.rules.correction import is_to_applicant
from registry.rules.engine import Position, Step
from registry.rules.floors import Floors, FloorSet, compose
from registry.rules.workflow import Stage, Workflow
from registry.store.case import Case, CaseStep, Conflict, Submission, Task
from registry.store.definition import Definition
from registry.store.notice import Notice, NoticeItem, Objection
from registry.store.people import Appointment, Person
from registry.store.remember import asked_once
from registry.store.round import Round, RoundEntrant
from registry.store.session import ReadSession


def workflow_of(session: ReadSession, case: Case) -> Workflow:
    """The workflow of a case: the pinned one, or while it is a draft the one in force."""
    return read_as(Workflow, definition_of(session, case, "workflow"))


def definition_of(session: ReadSession, case: Case, type: str) -> Definition:
    """The definition of a type that a case is judged by: pinned, or while it is a draft in force. Raises Broken."""
    if type in case.pins:
        return pinned(session, case.pins[type])
    found = resolve(session, type, **subject_of(case), region=case.authority_region, **judged_at(session, case))
    if found is None:
        raise Broken(
            msg("No {type} is published for this kind of entry here; nothing can be submitted until one is.", type=type)
        )
    return found


class JudgedAt(TypedDict):
    """The day whose definitions judge a case; and the moment as of which they are taken, where it stands in a round."""

    on: date
    known: datetime | None


def judged_at(session: ReadSession, case: Case) -> JudgedAt:
    """By what a case is judged: of a round, what was published when it was called; else what is in force today."""
    round = session.get(Round, case.round_id) if case.round_id else None
    return {"on": round.opens_on, "known": round.called_at} if round else {"on": session.today, "known": None}


def subject_of(case: Case) -> dict[str, Any]:
    """What definitions are asked for."""
    return {
        "kind": case.kind,
        "product": case.product,
        "entry_class": case.entry_class,
        "level": case.level,
        "procedure": case.procedure,
    }


def floors_of(session: Session, case: Case) -> Floors:
    """The floors that a case was opened with."""
    return compose(
        [read_as(FloorSet, pinned(session, id)) for key, id in sorted(case.pins.items()) if key.startswith("floor:")]
    )


@asked_once
def position_of(session: ReadSession, case: Case) -> Position:
    """Everything the engine asks about."""
    return positions_of(session, [case], ways=True)[case.id]


def positions_of(session: ReadSession, cases: Sequence[Case], *, ways: bool = False) -> dict[str, Position]:
    """The same of several cases, by id, in as many queries as of one.

    Without `ways` they say who may take part, answer and score; every way out that waits for a notice, an objection or
    a guard is shut. The whole case is read, whatever of it the session's actor sees: what bars somebody is no secret of
    the engine's.
    """
    rules = rules_of(session, cases)
    steps = steps_by_case(session, cases)
    ballots = ballots_by_case(session, [c for c in cases if rules[c.id].asks_experts])
    concerned = concerned_by_case(session, cases)
    waits = waits_by_case(session, cases) if ways else {}
    corrected = corrected_by_case(session, rules, steps) if ways else {}
    seats = seats_by_case(session, cases) if ways else {}
    made = {}
    for case in cases:
        rule, given, people = rules[case.id], ballots.get(case.id, []), concerned.get(case.id, Concerned())
        stage = rule.workflow.stages[case.stage]
        guarded = ways and any(o.guard for o in stage.outcomes.values())
        made[case.id] = Position(
            workflow=rule.workflow,
            stage=case.stage,
            steps=(
                *steps.get(case.id, ()),
                *(b.step for b in given if b.step and b.step.stage in rule.workflow.stages),
            ),
            filers=frozenset(people.filers),
            filing_organisation=case.filer_id,
            conflicted=frozenset(people.conflicted),
            corrected=corrected.get(case.id),
            seat=seats.get(case.id),
            open_ballots=outstanding(case, stage, given),
            guards=guards(session, case) if guarded else {},
            today=local_date(session.now),
            home_region=case.home_region,
            authority_region=case.authority_region,
            floors=rule.floors,
            **waits.get(case.id, {}),
        )
    return made


@dataclass(frozen=True)
class Rules:
    """What a case is judged by, as far as the engine asks."""

    workflow: Workflow
    floors: Floors

    @property
    def asks_experts(self) -> bool:
        """Whether there is a stage in which experts score."""
        return any(stage.kind == "expert_scoring" for stage in self.workflow.stages.values())


def rule_ids(cases: Iterable[Case]) -> set[str]:
    """The definitions by which it is said who may act in cases: their workflows and floors."""
    return {id for case in cases for key, id in case.pins.items() if key == "workflow" or key.startswith("floor:")}


def rules_of(session: ReadSession, cases: Sequence[Case]) -> dict[str, Rules]:
    """Case → its workflow and floors; of a draft, which has none yet, the workflow in force."""
    found = pinned_all(session, rule_ids(cases))
    composed: dict[tuple[str, ...], Floors] = {}
    made = {}
    for case in cases:
        ids = tuple(id for key, id in sorted(case.pins.items()) if key.startswith("floor:"))
        if ids not in composed:
            composed[ids] = compose([read_as(FloorSet, found[id]) for id in ids])
        flow = found[case.pins["workflow"]] if "workflow" in case.pins else definition_of(session, case, "workflow")
        made[case.id] = Rules(read_as(Workflow, flow), composed[ids])
    return made


def whole(session: Session, query: Any) -> Any:
    """The rows of a query that reads all of a case, whoever asks."""
    return session.exec(query.execution_options(unscoped=True))


def steps_by_case(session: Session, cases: Sequence[Case]) -> dict[str, list[Step]]:
    """Case → the ways taken, oldest first; a person who turned out to be another counts as that one."""
    row = CaseStep
    query = (
        select(  # type: ignore[call-overload]
            *map(col, (row.case_id, row.stage, row.duty, row.kind, row.outcome, row.act)),
            func.coalesce(Person.merged_into, row.person),
            *map(col, (row.on, row.substance)),
        )
        .outerjoin(Person, col(Person.id) == col(row.person))
        .where(col(row.case_id).in_([c.id for c in cases]))
        .order_by(col(row.case_id), col(row.n))
    )
    made: dict[str, list[Step]] = {}
    for case_id, *told in whole(session, query):
        made.setdefault(case_id, []).append(Step(*told))
    return made


@dataclass
class Concerned:
    """Whom a case concerns."""

    filers: set[str] = field(default_factory=set)
    """Whoever filed, and everybody who has ever been appointed for the filing organisation."""
    conflicted: set[str] = field(default_factory=set)


def concerned_by_case(session: Session, cases: Sequence[Case]) -> dict[str, Concerned]:
    """Case → whom it concerns, each as the person they turned out to be."""
    filer, member, stepped_out = aliased(Person), aliased(Person), aliased(Person)
    query = (
        select(
            col(Case.id),
            func.coalesce(filer.merged_into, Case.filed_by),
            func.coalesce(member.merged_into, Appointment.person_id),
            func.coalesce(stepped_out.merged_into, Conflict.person_id),
        )
        .outerjoin(filer, col(filer.id) == col(Case.filed_by))
        .outerjoin(Appointment, col(Appointment.organisation_id) == col(Case.filer_id))
        .outerjoin(member, col(member.id) == col(Appointment.person_id))
        .outerjoin(Conflict, col(Conflict.case_id) == col(Case.id))
        .outerjoin(stepped_out, col(stepped_out.id) == col(Conflict.person_id))
        .where(col(Case.id).in_([c.id for c in cases]))
    )
    made: dict[str, Concerned] = {}
    for case_id, filed_by, belongs, conflicted in whole(session, query):
        one = made.setdefault(case_id, Concerned())
        one.filers |= {person for person in (filed_by, belongs) if person}
        one.conflicted |= {conflicted} if conflicted else set()
    return made


@dataclass(frozen=True)
class Ballot:
    """An expert's task: its stage and status, and when it was given the step that it counts as."""

    stage: str
    status: str
    step: Step | None


def ballots_by_case(session: Session, cases: Sequence[Case]) -> dict[str, list[Ballot]]:
    """Case → what experts gave or owe: whoever scored a case neither reviews nor decides it."""
    if not cases:
        return {}
    query = (
        select(  # type: ignore[call-overload]
            *map(col, (Task.case_id, Task.stage, Task.status, Task.done_at)),
            func.coalesce(Person.merged_into, Task.done_by),
        )
        .outerjoin(Person, col(Person.id) == col(Task.done_by))
        .where(col(Task.case_id).in_([c.id for c in cases]), col(Task.kind) == "ballot")
    )
    made: dict[str, list[Ballot]] = {}
    for case_id, stage, status, at, person in whole(session, query):
        done = status == "done" and person and at
        step = Step(stage, "work", "expert_scoring", "", "ballot", person, local_date(at)) if done else None
        made.setdefault(case_id, []).append(Ballot(stage, status, step))
    return made


def outstanding(case: Case, stage: Stage, ballots: Sequence[Ballot]) -> int:
    """How many answers of members the stage still waits for."""
    states = [b.status for b in ballots if b.stage == case.stage]
    return max(0, stage.quorum - states.count("done")) if "open" in states else 0


def corrected_by_case(
    session: Session, rules: Mapping[str, Rules], steps: Mapping[str, Sequence[Step]]
) -> dict[str, frozenset[str]]:
    """Case that was returned to its applicant → the fields that they have changed since they were last."""
    before: dict[str, int] = {}
    for case_id, taken in steps.items():
        flow, sent = rules[case_id].workflow, 0
        for step in taken:
            outcome = flow.stages[step.stage].outcomes.get(step.outcome) if step.stage in flow.stages else None
            sent += step.duty == "edit" and step.act == "next"
            if outcome and is_to_applicant(flow, outcome):
                before[case_id] = sent
    if not before:
        return {}
    query = select(Submission).where(col(Submission.case_id).in_(before)).order_by(col(Submission.n))
    sent_by: dict[str, list[Submission]] = {}
    for submission in whole(session, query):
        sent_by.setdefault(submission.case_id, []).append(submission)
    return {id: changed_fields(rows[before[id] - 1], rows[-1]) for id, rows in sent_by.items() if before[id]}


def changed_fields(before: Submission, after: Submission) -> frozenset[str]:
    """The fields in which two submissions differ, in answers or in files."""
    answers = {f for f in {*before.answers, *after.answers} if before.answers.get(f) != after.answers.get(f)}
    files = {f for f in {*before.files, *after.files} if {*before.files.get(f, ())} != {*after.files.get(f, ())}}
    return frozenset(answers | files)


def waits_by_case(session: Session, cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """Case → what of a position its ways out wait for: the running notice, objections and leads."""
    ids = [c.id for c in cases]
    made: dict[str, dict[str, Any]] = {id: {} for id in ids}
    running = select(col(NoticeItem.case_id), Notice).join(Notice, col(Notice.id) == col(NoticeItem.notice_id))
    running = running.where(col(NoticeItem.case_id).in_(ids), col(NoticeItem.status) == "running")
    for case_id, notice in whole(session, running):
        ends = notice.ends_on or NotCountable(notice.working_days, notice.posted_on)
        made[case_id] = {"notice_started": notice.posted_on, "notice_ends": ends}
    objections = (
        select(col(Objection.case_id), col(Objection.anonymous), func.count())
        .where(col(Objection.case_id).in_(ids), col(Objection.status) == "open")
        .group_by(col(Objection.case_id), col(Objection.anonymous))
    )
    for case_id, anonymous, count in whole(session, objections):
        made[case_id]["open_leads" if anonymous else "open_objections"] = count
    return made


def seats_by_case(session: Session, cases: Sequence[Case]) -> dict[str, bool]:
    """Case → whether the released decision of its round gave it a seat; only of cases that a round's authority decides."""
    own = {id: c for c in cases if c.round_id for id in (c.parent_id, c.id) if id}
    if not own:
        return {}
    query = select(col(RoundEntrant.case_id), col(RoundEntrant.result), col(Round.status), col(Round.region)).join(
        Round, col(Round.id) == col(RoundEntrant.round_id)
    )
    made = {}
    for id, result, status, region in whole(session, query.where(col(RoundEntrant.case_id).in_(own))):
        if region == own[id].authority_region:
            made[own[id].id] = status in ("released", "closed") and result == "seat"
    return made


def all_cases_of(session: Session, entry_id: str) -> list[Case]:
    """Every case of an entry that the session may see, the newest first."""
    return sorted(session.exec(select(Case).where(Case.entry_id == entry_id)), key=lambda c: c.opened_at, reverse=True)
