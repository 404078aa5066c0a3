"""The case page: what was sent on the left, the judgement on the right, what can be done at the foot."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from registry.actions.case_file import TAKERS
from registry.actions.cases import STEP_TAKEN_BACK, owner_of
from registry.actions.looks import happened
from registry.actions.move import GIVEN_LABELS
from registry.actions.position import position_of, workflow_of
from registry.actions.queue import next_after
from registry.base.clock import SHANGHAI
from registry.base.i18n import Message, msg
from registry.host.resolve import pins
from registry.rules.engine import Position, available, may_take_part, office_region
from registry.rules.permission import ROLE_NAMES, Actor
from registry.rules.workflow import Outcome
from registry.store.account import Account
from registry.store.case import Case, CaseStep, Conflict, open_tasks, steps_of
from registry.store.entry import Entry
from registry.store.notice import Notice, Objection, objections_of, running_item
from registry.store.people import Appointment, actor_of
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.store.title import Title
from registry.web.desk import (
    answers,
    common,
    correction,
    documents,
    evidence,
    judgement,
    panel,
    paper_case,
    register,
    remind,
)
from registry.web.public.figures import LEVEL_NAMES
from registry.web.public.rounds import place_of

SAID_BY_SYSTEM = msg("the registry")


def model(
    session: ReadSession, actor: Actor, case: Case, opened: bool, since: datetime | None, args: Mapping[str, str]
) -> dict[str, Any]:
    """The page of one case. `opened`: personal data is shown, which has been recorded; `since`: the look before."""
    entry, *_held = around(session, case)
    position = position_of(session, case)
    sent, paper = answers.model(session, case, opened), paper_case.model(session, actor, case, opened)
    return {
        "here": "cases",
        "case": head(session, case, entry),
        "since": since,
        "happened": happened(session, actor, case, since),
        "evidence": evidence.model(session, case, sent, paper, args),
        "takes_file": actor.has(*TAKERS),
        "sent": sent,
        "opened": opened,
        "paper": paper,
        "documents": documents.of_case(session, actor, case),
        "proposal": proposal(case),
        "evaluation": judgement.model(session, case),
        "floors": judgement.floor_rows(session, case),
        "rules": judgement.rule_links(session, case),
        "steps": told_steps(session, case),
        "linked": linked(session, case),
        "conflicts": conflicts(session, case) if position.conflicted else [],
        "in_conflict": actor.person in position.conflicted,
        "people": people(session, position) if case.status == "open" else [],
        "reminders": reminders(session, actor, case),
        "objections": objections(session, case),
        "notice": notice_of(session, case, position, actor),
        "panel": panel.model(session, case, position, actor),
        "titles": titles(session, case, actor),
        "round": place_of(session, case),
        **correction.model(session, actor, case, position),
        **choices(session, case, position, actor),
        **neighbours(session, actor, case),
    }


def around(session: ReadSession, case: Case) -> tuple[Any, ...]:
    """(entry, filer, county, authority, definitions) in two queries; while they are held, whoever asks for one asks nothing."""
    authority = aliased(Region)
    query = (
        select(Entry, Organisation, Region, authority)
        .join(Case, col(Case.entry_id) == col(Entry.id))
        .join(Region, col(Region.code) == col(Case.home_region))
        .join(authority, col(authority.code) == col(Case.authority_region))
        .join(Organisation, col(Organisation.id) == col(Case.filer_id), isouter=True)
        .where(Case.id == case.id)
    )
    return (*session.exec(query).one(), *pins(session, *sorted(set(case.pins.values()))))


def head(session: ReadSession, case: Case, entry: Entry) -> dict[str, Any]:
    """What stands above."""
    regions = common.Places(session)
    owner = owner_of(session, case)
    tasks = [t for t in open_tasks(session, case.id) if t.kind == "stage"]
    return {
        "id": case.id,
        "number": case.number,
        "name": entry.text,
        "fictitious": entry.fictitious,
        "procedure": common.PROCEDURES[case.procedure],
        "level": LEVEL_NAMES[case.level],
        "county": regions[case.home_region].text,
        "authority": regions[case.authority_region].text,
        "filer": owner.text if owner else None,
        "submitted_at": case.submitted_at,
        "due": common.chip(session, tasks[0]) if tasks else None,
        **register.standing(session, case),
    }


def proposal(case: Case) -> dict[str, Any] | None:
    """Why a revocation is proposed, and what the public will be told."""
    if case.procedure != "revoke":
        return None
    return {key: common.text_of(case.draft[key]) for key in ("reason", "public_reason")}


def told_steps(session: ReadSession, case: Case) -> list[dict[str, Any]]:
    """The steps so far: who, when, what, why."""
    workflow = workflow_of(session, case)
    made = []
    for step in steps_of(session, case.id):
        stage = workflow.stages[step.stage]
        made.append(
            {
                "stage": stage.names.staff,
                "what": stage.outcomes[step.outcome].label if step.outcome in stage.outcomes else STEP_TAKEN_BACK,
                "who": SAID_BY_SYSTEM if step.person == "system" else step.account_title,
                "at": step.at.astimezone(SHANGHAI).strftime("%H:%M"),
                "on": step.on,
                "reason": step.reason.split("\n") if step.reason else [],
                "given": given(step),
            }
        )
    return made


def given(step: CaseStep) -> list[dict[str, Any]]:
    """What else was given: numbers and dates; hashes are left to the record."""
    return [
        {"label": GIVEN_LABELS[key], "value": date.fromisoformat(value) if key in ("document_date", "began") else value}
        for key, value in step.given.items()
        if key in GIVEN_LABELS and key != "scan"
    ]


def linked(session: Session, case: Case) -> list[dict[str, Any]]:
    """The county's case of a city's one, and the other way round."""
    query = select(Case).where((col(Case.parent_id) == case.id) | (col(Case.id) == (case.parent_id or "")))
    return [
        {"text": common.PROCEDURES[c.procedure], "number": c.number, "url": common.case_url(c)}
        for c in session.exec(query)
    ]


def conflicts(session: Session, case: Case) -> list[str]:
    """Who has stepped out."""
    query = (
        select(Account.title)
        .join(Conflict, col(Conflict.person_id) == col(Account.person_id))
        .where(Conflict.case_id == case.id)
    )
    return sorted(session.exec(query))


def people(session: ReadSession, position: Position) -> list[dict[str, Any]]:
    """Who holds the office in charge, and whether they may act."""
    stage, region = position.at, office_region(position.at, position)
    if stage.role is None or region is None:
        return []
    query = (
        select(Account)
        .join(Appointment, col(Appointment.person_id) == col(Account.person_id))
        .where(Appointment.role == stage.role, Appointment.region == region, col(Account.disabled_at).is_(None))
        .order_by(Account.title)
    )
    actors = [actor_of(session, account, session.today) for account in session.exec(query).unique()]
    holders = [a for a in actors if a.holds(stage.role, region)]
    return [{"name": a.name, "role": ROLE_NAMES[stage.role], "why": may_take_part(position, a)} for a in holders]


def reminders(session: ReadSession, actor: Actor, case: Case) -> list[dict[str, Any]]:
    """The buttons that remind whoever must act in the stage; none of what waits for the actor themselves."""
    stage = [t for t in open_tasks(session, case.id) if t.kind == "stage" and not actor.holds(t.role, t.office_region)]
    return list(remind.buttons(session, actor, stage).values())


def objections(session: ReadSession, case: Case) -> list[dict[str, Any]]:
    """The objections to the case."""
    return [
        {"number": o.number, "state": o.status, "on": o.received_on, "url": url_for("desk.objection", number=o.number)}
        for o in objections_of(session, case.id)
    ]


def notice_of(session: ReadSession, case: Case, position: Position, actor: Actor) -> dict[str, Any] | None:
    """The notice that is running, or the way to publish one; None in another stage."""
    if position.at.duty != "notice":
        return None
    item = running_item(session, case.id)
    if item:
        notice = session.get_one(Notice, item.notice_id)
        return {
            "number": notice.number,
            "url": url_for("desk.notice", number=notice.number),
            "ends_on": notice.ends_on,
            "publish_url": None,
        }
    refusal = may_take_part(position, actor)
    return {"number": None, "publish_url": None if refusal else url_for("desk.notice_new", case=case.id)}


def titles(session: ReadSession, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """The titles that the case gave."""
    return [
        {
            "number": t.number,
            "url": url_for("desk.certificate", number=t.number) if t.status == "valid" else None,
            "again_url": url_for("desk.re_evaluate", number=t.number)
            if panel.re_evaluable(session, actor, t)
            else None,
        }
        for t in session.exec(select(Title).where(Title.case_id == case.id))
    ]


def choices(session: ReadSession, case: Case, position: Position, actor: Actor) -> dict[str, Any]:
    """The ways out: those open to the actor, the main one first, and those that are not, each with why not."""
    found = [] if case.status == "ended" else available(position, actor)
    found = [(name, o, why) for name, o, why in found if o.act != "withdraw" and position.at.duty != "edit"]
    found.sort(key=lambda one: not one[1].main)
    free = [{"label": o.label, "url": way(session, case, name, o), "main": o.main} for name, o, why in found if not why]
    barred: dict[Message, list[Any]] = {}
    for _, outcome, why in found:
        if why:
            barred.setdefault(why, []).append(outcome.label)
    return {"ways": free, "barred": [{"why": why, "labels": labels} for why, labels in barred.items()]}


def way(session: ReadSession, case: Case, name: str, outcome: Outcome) -> str:
    """Where an outcome is chosen; an objection is upheld by answering it."""
    if outcome.act == "uphold":
        first = session.exec(
            select(Objection.number).where(Objection.case_id == case.id, Objection.status == "open").limit(1)
        ).first()
        return url_for("desk.objection", number=first)
    return url_for("desk.act", id=case.id, outcome=name)


def neighbours(session: ReadSession, actor: Actor, case: Case) -> dict[str, Any]:
    """The next of the cases that wait for the actor, in the list that they came from."""
    after = next_after(session, actor, case.id, common.came_from())
    return {"next_url": url_for("desk.case", id=after) if after else None}
