"""A case as the workflow's engine sees it: loaded from the tables for one question or one move."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from registry.actions.evaluation import guards
from registry.base.clock import local_date
from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.host.resolve import pinned, read_as, resolve
from registry.rules.calendar import NotCountable
from registry.rules.engine import Position, Step
from registry.rules.floors import Floors, FloorSet, compose
from registry.rules.workflow import Stage, Workflow
from registry.store.case import Case, conflicted, steps_of, tasks_of
from registry.store.definition import Definition
from registry.store.notice import Notice, open_objections, running_item
from registry.store.people import kept, persons_of_organisation
from registry.store.remember import asked_once
from registry.store.session import ReadSession


def workflow_of(session: ReadSession, case: Case) -> Workflow:
    """The workflow of a case: the pinned one, or while it is a draft the one in force."""
    return read_as(Workflow, definition_of(session, case, "workflow"))


def definition_of(session: ReadSession, case: Case, type: str) -> Definition:
    """The definition of a type that a case is judged by: pinned, or while it is a draft in force. Raises Broken."""
    if type in case.pins:
        return pinned(session, case.pins[type])
    found = resolve(session, type, **subject_of(case), region=case.authority_region, on=session.today)
    if found is None:
        raise Broken(
            msg("No {type} is published for this kind of entry here; nothing can be submitted until one is.", type=type)
        )
    return found


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
    workflow = workflow_of(session, case)
    item = running_item(session, case.id)
    notice = session.get(Notice, item.notice_id) if item else None
    filers = persons_of_organisation(session, case.filer_id) | ({case.filed_by} if case.filed_by else set())
    now = kept(session)
    names_guard = any(o.guard for o in workflow.stages[case.stage].outcomes.values())
    return Position(
        workflow=workflow,
        stage=case.stage,
        steps=tuple(
            Step(s.stage, s.duty, s.kind, s.outcome, s.act, now.get(s.person, s.person), s.on, s.substance)
            for s in steps_of(session, case.id)
        )
        + ballots(session, case, workflow, now),
        filers=frozenset(now.get(p, p) for p in filers),
        filing_organisation=case.filer_id,
        conflicted=frozenset(now.get(p, p) for p in conflicted(session, case.id)),
        open_objections=len(open_objections(session, case.id)),
        open_leads=len(open_objections(session, case.id, leads=True)),
        notice_started=notice.posted_on if notice else None,
        notice_ends=(notice.ends_on or NotCountable(notice.working_days, notice.posted_on)) if notice else None,
        open_ballots=outstanding(session, case, workflow.stages[case.stage]),
        guards=guards(session, case) if names_guard else {},
        today=local_date(session.now),
        home_region=case.home_region,
        authority_region=case.authority_region,
        floors=floors_of(session, case),
    )


def ballots(session: Session, case: Case, workflow: Workflow, now: Mapping[str, str]) -> tuple[Step, ...]:
    """What experts gave, as steps: whoever scored a case neither reviews nor decides it."""
    done = (t for t in tasks_of(session, case.id) if t.kind == "ballot" and t.status == "done")
    return tuple(
        Step(t.stage, "work", "expert_scoring", "", "ballot", now.get(t.done_by, t.done_by), local_date(t.done_at))
        for t in done
        if t.done_by and t.done_at and t.stage in workflow.stages
    )


def outstanding(session: Session, case: Case, stage: Stage) -> int:
    """How many answers of members the stage still waits for."""
    states = [t.status for t in tasks_of(session, case.id) if t.stage == case.stage and t.kind == "ballot"]
    return max(0, stage.quorum - states.count("done")) if "open" in states else 0


def all_cases_of(session: Session, entry_id: str) -> list[Case]:
    """Every case of an entry that the session may see, the newest first."""
    return sorted(session.exec(select(Case).where(Case.entry_id == entry_id)), key=lambda c: c.opened_at, reverse=True)
