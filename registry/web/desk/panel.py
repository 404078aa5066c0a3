"""The experts of a stage on the page of its case: asked by the officer, scoring unseen by one another."""

from typing import Any

from flask import redirect, request, url_for
from sqlmodel import Session, select

from registry.actions import on_titles, panel
from registry.actions.position import position_of
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg, nmsg
from registry.host.resolve import resolve
from registry.rules.clause import Expert
from registry.rules.engine import Position, may_take_part
from registry.rules.permission import Actor, Role
from registry.store.account import Account
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.store.title import Title
from registry.web.context import registry, require_actor
from registry.web.desk import common


def model(session: ReadSession, case: Case, position: Position, actor: Actor) -> dict[str, Any] | None:
    """The experts of the stage, who has answered, and what is asked of the reader; None in another stage.

    What somebody gave is shown to others only when no answer is outstanding.
    """
    if position.at.kind != "expert_scoring":
        return None
    seats = panel.seats(session, case)
    names = {a.person_id: a.title for a in session.exec(select(Account))}
    left = sum(task.status == "open" for task in seats)
    officer = may_take_part(position, actor) is None
    return {
        "seats": [seat(task, names, actor, left > 0) for task in seats],
        "waiting": nmsg("{n} answer is still outstanding.", "{n} answers are still outstanding.", left)
        if left
        else None,
        "free_url": url_for("desk.free_seat", id=case.id) if officer else None,
        "ask_url": url_for("desk.experts", id=case.id) if officer and any(free(t) for t in seats) else None,
        "experts": [
            {"login": a.login, "name": a.title, "why": why}
            for a, why in (panel.experts_for(session, case, position) if officer else [])
        ],
        "score_url": url_for("desk.scores", id=case.id) if mine(session, case, actor) else None,
        "clauses": clauses(session, case),
    }


def free(task: Task) -> bool:
    """Whether nobody has been asked for a seat yet."""
    return task.subject.startswith(panel.SEAT)


def mine(session: Session, case: Case, actor: Actor) -> bool:
    """Whether the reader has been asked and has not answered."""
    task = panel.seat_of(session, case, actor)
    return task is not None and task.status == "open"


def seat(task: Task, names: dict[str, str], actor: Actor, hidden: bool) -> dict[str, Any]:
    """One seat: whose, and what was given, where the reader may know."""
    person = task.subject.removeprefix(panel.SEATED)
    show = task.status == "done" and (not hidden or person == actor.person)
    return {
        "id": task.id,
        "who": None if free(task) else names.get(person, person),
        "done": task.status == "done",
        "scores": task.result.get("scores") if show else None,
        "remark": task.result.get("remark") if show else None,
    }


def clauses(session: Session, case: Case) -> list[dict[str, Any]]:
    """What experts score: the criterion, its most points, and by what they should judge."""
    return [
        {
            "id": clause.id,
            "says": clause.says,
            "max": clause.max,
            "guidance": clause.scale.guidance if isinstance(clause.scale, Expert) else None,
        }
        for clause in panel.scored_by_experts(session, case)
    ]


def ask(id: str) -> Any:
    """Ask the chosen experts; back to the case."""
    panel.ask(registry(), require_actor(), id, logins=request.form.getlist("experts"))
    common.say(msg("The experts have been asked; the case is in their work."))
    return redirect(url_for("desk.case", id=id) + "#panel", 303)


def free_seat(id: str) -> Any:
    """Take a seat back; back to the case."""
    panel.free(registry(), require_actor(), id, seat=request.form.get("seat", ""))
    common.say(msg("The seat is free; ask somebody else."))
    return redirect(url_for("desk.case", id=id) + "#panel", 303)


def scores(id: str) -> Any:
    """Give one's scores, or the page again with what was typed and what is wrong."""
    actor, typed, faults = require_actor(), common.typed(), list[Fault]()
    if request.method == "POST":
        try:
            panel.give(registry(), actor, id, scores=typed, remark=typed.get("remark", ""))
            common.say(msg("Your scores are in. Nobody sees them until all have been given."))
            return redirect(url_for("desk.case", id=id), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        case = panel.loaded(session, id)
        panel.require_seat(session, case, actor)
        entry = session.get_one(Entry, case.entry_id)
        about = {"name": entry.text, "url": common.case_url(case), "number": case.number}
        stage = position_of(session, case).at.names.staff
        return (
            common.page(
                "scores",
                here="cases",
                case=about,
                stage=stage,
                clauses=clauses(session, case),
                typed=typed,
                faults=faults,
            ),
            422 if faults else 200,
        )


def re_evaluable(session: ReadSession, actor: Actor, title: Title) -> bool:
    """Whether the reader could open a re-evaluation of the entry that holds a title."""
    entry = session.get_one(Entry, title.entry_id)
    if title.status not in on_titles.IN_FORCE or not actor.holds(Role.COUNTY_OFFICER, entry.region):
        return False
    level = session.get_one(Region, entry.region).title_level
    return (
        resolve(
            session,
            "workflow",
            region=entry.region,
            on=session.today,
            level=level,
            procedure="re_evaluate",
            kind=entry.kind,
            product=entry.product,
            entry_class=entry.entry_class,
        )
        is not None
    )


def re_evaluate(number: str) -> Any:
    """Open the re-evaluation; to its case."""
    id = on_titles.re_evaluate(registry(), require_actor(), number=number)
    common.say(msg("The re-evaluation is open."))
    return redirect(url_for("desk.case", id=id), 303)
