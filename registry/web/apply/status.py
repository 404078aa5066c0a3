"""What the applicant sees of an application that is sent: one timeline over the county's and the city's case."""

from datetime import date
from typing import Any

from flask import url_for
from sqlmodel import col, select

from registry.actions.documents import offered
from registry.actions.position import position_of, subject_of, workflow_of
from registry.base.i18n import Message, Text, msg
from registry.host.resolve import read_as, resolve
from registry.rules.calendar import NotCountable
from registry.rules.engine import may
from registry.rules.permission import SYSTEM, Actor
from registry.rules.workflow import FORWARD, Workflow
from registry.store.calendar import work_calendar
from registry.store.case import Case, CaseStep, Submission, open_tasks, standing_steps
from registry.store.entry import Entry
from registry.store.notice import Notice, running_item
from registry.store.region import region_chain
from registry.store.session import ReadSession
from registry.store.title import Title, titles_of
from registry.web.apply.common import Application
from registry.web.public.figures import STATUS_NAMES, due_chip
from registry.web.public.notices import chip
from registry.web.public.rounds import place_of

TOLD = ("refuse", "send_back", "uphold", "withdraw")
"""Acts whose reason the applicant reads; also a return to the applicant, but none between officers."""
RESULTS: dict[str, tuple[str, Message]] = {
    "recommended": ("approved", msg("Recommended")),
    "recognised": ("valid", msg("Recognised")),
    "refused": ("refused", msg("Refused")),
    "withdrawn": ("ended", msg("Withdrawn")),
    "concluded": ("ended", msg("Closed")),
}


def current(app: Application) -> Case:
    """The case that says where the application stands: the city's while it runs or when it decided."""
    return app.child if app.child and not app.open else app.case


def standing(session: ReadSession, app: Application) -> dict[str, Any]:
    """Where it stands: sign and words, and the next date."""
    case = current(app)
    stage = workflow_of(session, case).stages[case.stage]
    if case.result:
        sign, words = RESULTS.get(case.result, ("ended", msg("Closed")))
        return {"state": sign, "text": words, "stage": stage.names.applicant, "due": None}
    if app.open:
        sign = "needs_correction" if app.returned else "in_progress"
        words = msg("Returned for correction") if app.returned else msg("Draft, not sent yet")
        return {"state": sign, "text": words, "stage": stage.names.applicant, "due": due(session, case)}
    return {
        "state": "in_progress",
        "text": msg("In progress"),
        "stage": stage.names.applicant,
        "due": due(session, case),
    }


def due(session: ReadSession, case: Case) -> dict[str, Any] | None:
    """By when the present stage is to be done; of a public notice, until when it runs."""
    if item := running_item(session, case.id):
        return chip(session, session.get_one(Notice, item.notice_id))
    task = next((t for t in open_tasks(session, case.id) if t.kind == "stage" and t.days), None)
    return due_chip(session, session.today, task.due_on, task.counted_from, task.days) if task else None


def timeline(session: ReadSession, app: Application) -> list[dict[str, Any]]:
    """Steps done, the present one, and those to come."""
    cases = [app.case] + ([app.child] if app.child else [])
    made = [
        done(session, workflow_of(session, case), step)
        for case in cases
        for step in standing_steps(session, case.id)
        if step.person != SYSTEM.person  # what the registry does by itself only repeats the other case's step
    ]
    made.sort(key=lambda row: row["at"])
    case = current(app)
    workflow = workflow_of(session, case)
    if case.status == "open":
        stage = workflow.stages[case.stage]
        made.append({"state": "now", "text": stage.names.applicant, "on": None, "reason": None, "remedy": None})
        to_come = [workflow.stages[s].names.upcoming for s in ahead(workflow, case.stage)]
        if case.id == app.case.id:
            to_come += after_recommendation(session, case)
        made += [{"state": "upcoming", "text": t, "on": None, "reason": None, "remedy": None} for t in to_come]
    return made


def after_recommendation(session: ReadSession, case: Case) -> list[Text]:
    """The stages before the next authority outwards, by the workflow that is in force there."""
    chain = region_chain(session, case.authority_region)
    if len(chain) < 2:
        return []
    about = subject_of(case) | {"procedure": "recognise", "level": chain[1].level}
    found = resolve(session, "workflow", **about, region=chain[1].code, on=session.today)
    if found is None:
        return []
    workflow = read_as(Workflow, found)
    return [workflow.stages[s].names.upcoming for s in (workflow.start, *ahead(workflow, workflow.start))]


def until(session: ReadSession, step: CaseStep, days: int) -> date | None:
    """The last day of so many working days after a step; None while its year's calendar is not published."""
    counted = work_calendar(session).add(step.on, days)
    return None if isinstance(counted, NotCountable) else counted


def done(session: ReadSession, workflow: Workflow, step: CaseStep) -> dict[str, Any]:
    """A step as the applicant reads it."""
    stage = workflow.stages[step.stage]
    outcome = stage.outcomes[step.outcome]
    told = step.act in TOLD or (step.act == "return" and workflow.stages[outcome.to].duty == "edit")
    remedy = outcome.remedy if told else None
    return {
        "state": "done",
        "text": stage.names.upcoming,
        "what": outcome.label,
        "on": step.on,
        "at": step.at,
        "reason": step.reason if told else None,
        "remedy": {"to": remedy.to, "days": remedy.days, "until": until(session, step, remedy.days)}
        if remedy
        else None,
    }


def ahead(workflow: Workflow, at: str) -> list[str]:
    """The stages on the straight way on from one."""
    found: list[str] = []
    while not workflow.stages[at].is_silent:
        onward = [o.to for o in workflow.stages[at].outcomes.values() if o.act in FORWARD]
        if not onward or onward[0] in found or workflow.stages[onward[0]].is_end:
            break
        at = onward[0]
        found.append(at)
    return found


def model(session: ReadSession, actor: Actor, app: Application) -> dict[str, Any]:
    """The page of an application that is sent."""
    titles = [t for t in titles_of(session, app.entry.id) if app.child and t.case_id == app.child.id]
    return {
        "standing": standing(session, app),
        "steps": timeline(session, app),
        "titles": [title_row(t) for t in titles],
        "round": place_of(session, app.case),
        "documents": papers(session, actor, app.case),
        "withdraw_url": url_for("apply.withdraw", id=app.case.id) if withdrawal(session, actor, app) else None,
        "sent": [
            {"n": s.n, "on": s.submitted_at}
            for s in session.exec(
                select(Submission).where(Submission.case_id == app.case.id).order_by(col(Submission.n))
            )
        ],
        "receipt_url": url_for("apply.receipt", id=app.case.id) if app.case.number else None,
    }


def papers(session: ReadSession, actor: Actor, case: Case) -> list[dict[str, Any]]:
    """The Word documents that the applicant may fill from what was sent."""
    return [
        {
            "title": one.template.title,
            "url": url_for("apply.document", id=case.id, ref=one.definition.ref),
            "about": None,
        }
        for one in offered(session, actor, case)
    ]


def title_row(title: Title) -> dict[str, Any]:
    """A title that came of it."""
    return {
        "number": title.number,
        "text": Text.model_validate(title.scheme_title),
        "status": title.status,
        "status_label": STATUS_NAMES[title.status],
        "url": url_for("public.verify_code", code=title.number),
    }


def withdrawal(session: ReadSession, actor: Actor, app: Application) -> str | None:
    """The outcome by which the applicant may withdraw now."""
    position = position_of(session, app.case)
    outcomes = position.at.outcomes.items()
    return next((n for n, o in outcomes if o.act == "withdraw" and may(position, n, actor) is None), None)


def mine(session: ReadSession, actor: Actor) -> list[tuple[Case, Entry]]:
    """The actor's applications, the newest first."""
    rows = session.exec(select(Case, Entry).join(Entry).where(Case.procedure == "recommend"))
    return sorted(
        ((c, e) for c, e in rows if c.filer_id in actor.organisations), key=lambda pair: pair[0].opened_at, reverse=True
    )
