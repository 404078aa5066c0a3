"""Suggestions for the cultivation list: those that wait, one of them with what is like it, and what becomes of it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlmodel import col, select

from registry.actions import suggestions as verbs
from registry.actions.cultivation import READERS, may_edit
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, msg
from registry.host.resolve import kinds
from registry.rules.permission import Actor, Role
from registry.store.cultivation import CultivationItem, CultivationSuggestion, items_with_entries
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.apply import begin
from registry.web.context import registry, require_actor
from registry.web.desk import common
from registry.web.desk.cultivation_forms import AdoptForm, class_choices, offer_choices
from registry.web.exported import Listing
from registry.web.public.suggest import suggestion_form

blueprint = Blueprint("suggestions", __name__, url_prefix="/cultivation/suggestions")
STATUS_NAMES: dict[str, tuple[str, Message]] = {
    "open": ("open", msg("Not looked at yet")),
    "taken_up": ("complete", msg("Taken up")),
    "merged": ("complete", msg("Already on the list")),
    "answered": ("complete", msg("Answered")),
    "declined": ("refused", msg("Not taken up")),
}


COLUMNS: dict[str, Message] = {
    "name": msg("Name"),
    "county": msg("County"),
    "status": msg("State"),
    "received": msg("Received on"),
    "by_station": msg("From a town or street station"),
}


@blueprint.before_request
def offices_only() -> None:
    """Suggestions are read by the offices of the county and the city; a station sends them. Raises Refused."""
    wanted = {*READERS, Role.STATION} if request.endpoint == "desk.suggestions.new" else READERS
    if not require_actor().has(*wanted):
        raise Refused(msg("The cultivation list is for the offices of the county and the city."))


@blueprint.get("/")
def home() -> Any:
    """What waits, and what was dealt with lately."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        query = select(CultivationSuggestion).order_by(col(CultivationSuggestion.received_at).desc())
        waiting = col(CultivationSuggestion.status) == "open"
        groups = {
            "waiting": [row(session, one) for one in session.exec(query.where(waiting).limit(200))],
            "done": [row(session, one) for one in session.exec(query.where(~waiting).limit(common.PAGE))],
        }
        if exported.wanted():
            rows = [*groups["waiting"], *groups["done"]]
            return exported.response(
                session, actor, Listing("suggestions", msg("Suggestions"), COLUMNS, rows, len(rows))
            )
    return common.page("suggestions", here="cultivation", **groups)


def row(session: ReadSession, one: CultivationSuggestion) -> dict[str, Any]:
    """A suggestion in the list."""
    sign, words = STATUS_NAMES[one.status]
    return {
        "name": one.name,
        "url": url_for("desk.suggestions.one", code=one.code),
        "county": session.get_one(Region, one.region).text,
        "by_station": one.by_station,
        "received": one.received_at,
        "state": sign,
        "status": words,
    }


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """A town station, or an officer for somebody at the counter, writes one down."""
    actor, faults = require_actor(), list[Fault]()
    with registry().store.read(actor) as session:
        form = suggestion_form(session, common.typed())
    if request.method == "POST":
        try:
            verbs.suggest(registry(), **form.given(), sender=actor.person, actor=actor)
            common.say(msg("The suggestion is with the county's officer."))
            return redirect(url_for(".new"), 303)
        except BadInput as error:
            faults = form.show(error)
        except Refused as error:
            faults = [Fault(error.message)]
    shown = common.page("suggestion_new", here="cultivation", form=form, faults=faults)
    return shown, 422 if faults else 200


@blueprint.route("/<code>", methods=["GET", "POST"])
def one(code: str) -> Any:
    """One suggestion; its officer takes it up, merges it, or answers."""
    actor, faults = require_actor(), list[Fault]()
    if request.method == "POST":
        try:
            common.say(handle(actor, code, request.form))
            return redirect(url_for(".one", code=code), 303)
        except BadInput as error:
            faults = list(error.faults)
    return suggestion_page(actor, code, faults)


def suggestion_page(actor: Actor, code: str, faults: list[Fault], contact: str | None = None) -> Any:
    """The page, with the way to reach somebody where it has just been opened."""
    with registry().store.read(actor) as session:
        found = verbs.find(session, code)
        shown = common.page("suggestion", faults=faults, contact=contact, **model(session, actor, found, request.form))
    return shown, 422 if faults else 200


def handle(actor: Actor, code: str, data: Mapping[str, str]) -> Message:
    """Do what was asked for; returns what to say. Raises BadInput, Refused, NotFound."""
    what = data.get("do")
    if what == "merge":
        verbs.merge(registry(), actor, code, number=data.get("number", ""))
        return msg("It is counted to the brand that is on the list.")
    if what in ("answer", "decline"):
        verbs.answer(registry(), actor, code, words=data.get("answer", ""), declined=what == "decline")
        return msg("The answer is written down; who suggested it reads it with the code.")
    with registry().store.read(actor) as session:
        offers = offers_of(session, verbs.find(session, code).region)
    offer = next((o for o in offers if o.value == data.get("what")), None)
    number = verbs.adopt(
        registry(),
        actor,
        code,
        name=data.get("name", ""),
        kind=offer.form.kind if offer else "",
        product=offer.product if offer else None,
        entry_class=data.get("class") or None,
        fictitious=registry().demonstration,
    )
    return msg("{number} is on the list.", number=number)


def offers_of(session: ReadSession, region: str) -> list[begin.Offer]:
    """What can be applied for in a region."""
    return begin.offers(session, Organisation(name={}, region=region))


def model(session: ReadSession, actor: Actor, found: CultivationSuggestion, data: Mapping[str, str]) -> dict[str, Any]:
    """The page of a suggestion."""
    offers = offers_of(session, found.region)
    form = AdoptForm(data=None if data.get("name") else {"name": found.name}, formdata=request.form or None)
    form.what.choices = offer_choices(offers)
    form.class_.choices = class_choices({k.id: k for k in kinds(session, session.today)}, offers)
    listed = session.exec(
        items_with_entries().where(CultivationItem.region == found.region, CultivationItem.status != "dropped")
    )
    on_list = [(item.number, entry.text) for item, entry in listed]
    item = session.get(CultivationItem, found.item_id) if found.item_id else None
    others = select(CultivationSuggestion).where(
        CultivationSuggestion.region == found.region,
        CultivationSuggestion.status == "open",
        CultivationSuggestion.id != found.id,
    )
    waiting = [(o.name, row(session, o)) for o in session.exec(others)]
    return {
        "here": "cultivation",
        "suggestion": {
            **row(session, found),
            "code": found.code,
            "reason": found.reason,
            "has_contact": found.contact is not None,
            "answer": found.answer,
            "item_url": url_for("desk.cultivation.item", number=item.number) if item else None,
            "handled": found.handled_at,
        },
        "may_handle": found.status == "open" and may_edit(actor, found.region),
        "may_open": may_edit(actor, found.region),
        "purposes": verbs.CONTACT_PURPOSES,
        "alike": [e.text for e in verbs.alike(found.name, verbs.known_names(session, found.region))],
        "alike_waiting": verbs.alike(found.name, waiting),
        "on_list": on_list,
        "form": form,
        "typed": {"number": data.get("number", ""), "answer": data.get("answer", "")[:4000], "do": data.get("do", "")},
    }


@blueprint.post("/<code>/contact")
def contact(code: str) -> Any:
    """Open how to reach who suggested it, which is recorded with its purpose."""
    actor = require_actor()
    words = verbs.open_contact(registry(), actor, code, purpose=request.form.get("purpose", ""))
    return suggestion_page(actor, code, [], contact=words)
