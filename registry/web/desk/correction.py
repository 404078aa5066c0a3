"""Correction on the desk: the differences of two submissions, second returns, and the last step taken back."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for

from registry.actions import returns, taking_back
from registry.actions.cases import form_of, load
from registry.base.errors import BadInput, NotFound, Stale
from registry.base.i18n import Message, msg
from registry.rules.correction import may_return, may_take_back
from registry.rules.engine import Position, may
from registry.rules.permission import Actor
from registry.store.access import revealed
from registry.store.case import Case
from registry.store.returns import open_return
from registry.store.session import ReadSession
from registry.web.context import registry, require_actor, sitting
from registry.web.desk import common, differences

blueprint = Blueprint("correction", __name__)
LONGEST = 1000


@blueprint.get("/cases/<id>/differences")
def compare(id: str) -> str:
    """What the applicant changed since a return, beside what had to be corrected."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        case = load(session, id)
        if case.number is None:
            raise NotFound(msg("There is no such case, or it is not one of yours."))
        opened = bool(revealed(session, sitting(), f"case:{case.id}"))
        return common.page("differences", **differences.model(session, case, request.args.get("n", ""), opened))


@blueprint.post("/cases/<id>/second-return/agree")
def agree(id: str) -> Any:
    """Agree to a colleague's second return."""
    key = request.form.get("key", "")[:64]
    returned = msg("You have agreed: the case is returned to the applicant.")
    return done(id, lambda: returns.agree(registry(), require_actor(), id, key=key), returned)


@blueprint.post("/cases/<id>/second-return/turn-down")
def turn_down(id: str) -> Any:
    """Turn it down, or take one's own back."""
    reason = request.form.get("reason", "")[:LONGEST]
    refused = msg("The second return is turned down; the case stays where it is.")
    return done(id, lambda: returns.turn_down(registry(), require_actor(), id, reason=reason), refused)


@blueprint.post("/cases/<id>/take-back")
def take_back(id: str) -> Any:
    """Take back the last step."""
    version, key = request.form.get("version", ""), request.form.get("key", "")[:64]
    seen = int(version) if version.isdecimal() and len(version) < 9 else 0
    back = msg("The step is taken back; the case stands where it stood before.")
    return done(id, lambda: taking_back.take_back(registry(), require_actor(), id, version=seen, key=key), back)


def done(id: str, verb: Callable[[], object], said: Message) -> Any:
    """Do it, and show the case as it is then, with what was done or why not."""
    try:
        verb()
        common.say(said)
    except BadInput as error:
        common.say(error.faults[0].message)
    except Stale as error:
        common.say(error.message)
    return redirect(url_for("desk.case", id=id), 303)


def model(session: ReadSession, actor: Actor, case: Case, position: Position) -> dict[str, Any]:
    """What the case page is given: the second return that waits, and whether the last step can be taken back."""
    if case.status == "ended":
        return {"second_return": None, "take_back": None}
    free = may_take_back(position, actor) is None
    return {
        "second_return": proposal(session, actor, case, position),
        "take_back": {"url": url_for("desk.correction.take_back", id=case.id), "version": case.version}
        if free
        else None,
    }


def proposal(session: ReadSession, actor: Actor, case: Case, position: Position) -> dict[str, Any] | None:
    """The second return that waits for another officer."""
    row = open_return(session, case.id)
    if row is None:
        return None
    labels = {f.id: f.label for f in form_of(session, case).fields()} if "form" in case.pins else {}
    refusal = may(position, row.outcome, actor) or may_return(position, row.outcome, row.fields, row.proposed_by, actor)
    return {
        "who": row.proposer_title,
        "on": row.proposed_at,
        "own": row.proposed_by == actor.person,
        "why_not": refusal,
        "words": list(row.given["words"].values()),
        "defects": [
            {"label": labels.get(d["field"], d["field"]), "words": d.get("words", ""), "late": d["field"] in row.fields}
            for d in row.given["defects"]
        ],
        "agree_url": url_for("desk.correction.agree", id=case.id),
        "refuse_url": url_for("desk.correction.turn_down", id=case.id),
    }
