"""Rounds on the desk: the list, the call, who is in it, the county's order, the decision and the reserve."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from registry.actions import round_decision as deciding
from registry.actions import rounds as verbs
from registry.actions.rounds import MEMBERS, OFFICERS
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, msg, nmsg
from registry.host.resolve import kinds
from registry.rules.permission import Actor
from registry.store.round import Round, seats_of
from registry.web.context import registry, require_actor
from registry.web.desk import common, round_page
from registry.web.desk.round_forms import CallForm, seat_fields, seats_typed

blueprint = Blueprint("rounds", __name__, url_prefix="/rounds")


@blueprint.before_request
def offices_only() -> None:
    """Rounds are handled by the offices of the county and the city. Raises Refused."""
    if not require_actor().has(*MEMBERS):
        raise Refused(msg("Rounds are for the offices of the county and the city."))


@blueprint.get("/")
def home() -> str:
    """The rounds that concern my region."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        return common.page("rounds", **round_page.list_model(session, actor))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Draft a round."""
    region = office(require_actor(), OFFICERS)
    return call_form(None, lambda call: verbs.draft(registry(), require_actor(), region, call), region)


@blueprint.route("/<number>/edit", methods=["GET", "POST"])
def edit(number: str) -> Any:
    """Change a draft."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        round = verbs.by_number(session, number)
        verbs.require_office(actor, round, OFFICERS)
        verbs.require_status(round, "draft")

    def change(call: verbs.Call) -> str:
        verbs.change(registry(), actor, number, call)
        return number

    return call_form(round, change, round.region)


def office(actor: Actor, offices: Any) -> str:
    """The region for which somebody holds one of the offices. Raises Refused."""
    held = next((a.region for a in actor.appointments if a.role in offices.values()), None)
    if held is None:
        raise Refused(msg("Only the office that decides drafts a round."))
    return held


def call_form(round: Round | None, keep: Callable[[verbs.Call], str], region: str) -> Any:
    """The page on which a call is written."""
    actor, data, faults = require_actor(), common.typed(), list[Fault]()
    with registry().store.read(actor) as session:
        offered = kinds(session, session.today)
        form = CallForm(MultiDict(data)).offer(offered)
        if round and not data:
            form.begin(round)
        rows = seat_fields(
            verbs.covered(session, region), offered, seats_of(session, round.id) if round else (), seats_typed(data)
        )
    if request.method == "POST":
        call, faults = form.given(seats_typed(data))
        if not faults:
            try:
                number = keep(call)
                common.say(msg("Saved."))
                return redirect(url_for(".one", number=number), 303)
            except BadInput as error:
                faults = list(error.faults)
        form.show(faults)
    shown = common.page(
        "round_form",
        here="rounds",
        form=form,
        seats=rows,
        faults=faults,
        number=round.number if round else None,
    )
    return shown, 422 if faults else 200


@blueprint.get("/<number>")
def one(number: str) -> Any:
    """One round."""
    return shown(number, [])


def shown(number: str, faults: list[Fault]) -> Any:
    """The page of a round, with what is wrong with what was asked."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        round = verbs.by_number(session, number)
        model = round_page.model(session, actor, round, request.form if faults else None)
    return common.page("round", faults=faults, **model), 422 if faults else 200


def done(number: str, verb: Callable[[], Any], said: Callable[[Any], Message]) -> Any:
    """Do something with a round and say so on its page; or show there what is wrong."""
    try:
        common.say(said(verb()))
    except BadInput as error:
        return shown(number, list(error.faults))
    return redirect(url_for(".one", number=number), 303)


@blueprint.post("/<number>/call")
def call(number: str) -> Any:
    """Call it."""
    return done(
        number,
        lambda: verbs.call_round(registry(), require_actor(), number),
        lambda _: msg("The round is called; the public reads it."),
    )


@blueprint.post("/<number>/cancel")
def cancel(number: str) -> Any:
    """Call it off."""
    reason = request.form.get("reason", "")[:500]
    return done(
        number,
        lambda: verbs.cancel(registry(), require_actor(), number, reason=reason),
        lambda _: msg("The round is called off."),
    )


@blueprint.post("/<number>/order")
def order(number: str) -> Any:
    """Give the county's own order."""
    form = request.form
    return done(
        number,
        lambda: deciding.put_in_order(
            registry(),
            require_actor(),
            number,
            region=form.get("region", "")[:12],
            kind=form.get("kind", "")[:60],
            case_ids=in_order(form),
        ),
        lambda _: msg("The order of recommendation is kept."),
    )


def in_order(form: MultiDict[str, str]) -> list[str]:
    """The cases by the numbers beside them. Raises BadInput unless these are 1, 2, 3 …"""
    typed = {key.removeprefix("place-"): value.strip() for key, value in form.items() if key.startswith("place-")}
    numbers = {id: int(value) for id, value in typed.items() if value.isdecimal() and len(value) < 5}
    if sorted(numbers.values()) != list(range(1, len(typed) + 1)):
        raise BadInput(Fault(msg("Number the cases 1, 2, 3 and so on, each number once."), field="order"))
    return sorted(numbers, key=lambda id: numbers[id])


@blueprint.post("/<number>/prepare")
def prepare(number: str) -> Any:
    """Prepare the decision."""
    chosen = request.form.getlist("chosen")
    return done(
        number,
        lambda: deciding.prepare(registry(), require_actor(), number, chosen=chosen),
        lambda _: msg("The decision is prepared. The leader looks at it and releases it."),
    )


@blueprint.post("/<number>/release")
def release(number: str) -> Any:
    """Release the decision."""
    return done(
        number,
        lambda: deciding.release(
            registry(), require_actor(), number, seen=request.form.get("seen", "")[:64], **meeting()
        ),
        lambda n: nmsg("Released: {n} entry has a seat.", "Released: {n} entries have a seat.", n),
    )


def meeting() -> dict[str, str]:
    """The meeting that decided, as it was typed."""
    return {key: request.form.get(key, "").strip()[:200] for key in ("meeting", "minutes")}


@blueprint.post("/<number>/move-up")
def move_up(number: str) -> Any:
    """Let the first of the reserve list move up."""
    return done(
        number,
        lambda: deciding.move_up(
            registry(), require_actor(), number, case_id=request.form.get("case", "")[:32], **meeting()
        ),
        lambda _: msg("It has moved up and goes to the notice."),
    )


@blueprint.post("/<number>/close")
def close(number: str) -> Any:
    """Close the round."""
    return done(
        number,
        lambda: deciding.close(registry(), require_actor(), number, **meeting()),
        lambda n: nmsg(
            "The round is closed; {n} entry was left on the reserve list.",
            "The round is closed; {n} entries were left on the reserve list.",
            n,
        ),
    )
