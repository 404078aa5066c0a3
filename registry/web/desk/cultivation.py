"""The cultivation list (培育库) of a county: list, file, one brand, and what its officer does with it."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from sqlmodel import col, select
from werkzeug.datastructures import MultiDict

from registry.actions import cultivation as verbs
from registry.actions import cultivation_diary as diary
from registry.actions import cultivation_filing as filing
from registry.base.errors import BadInput, Fault, Refused, Stale
from registry.base.i18n import msg
from registry.host.resolve import kinds
from registry.store.cultivation import CultivationItem
from registry.store.entry import Entry
from registry.store.region import Organisation
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.apply import begin
from registry.web.context import registry, require_actor
from registry.web.desk import common, cultivation_item, cultivation_list
from registry.web.desk.cultivation_forms import (
    FOUND_NAMES,
    AboutForm,
    AimForm,
    ItemForm,
    NoteForm,
    class_choices,
    offer_choices,
)

blueprint = Blueprint("cultivation", __name__, url_prefix="/cultivation")


@blueprint.before_request
def readers_only() -> None:
    """The list is for the offices of the county and of the city. Raises Refused."""
    if not require_actor().has(*verbs.READERS):
        raise Refused(msg("The cultivation list is for the offices of the county and the city."))


@blueprint.get("/")
def home() -> Any:
    """The list."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        if exported.wanted():
            return exported.response(session, actor, cultivation_list.listing(session, request.args))
        return common.page("cultivation", **cultivation_list.model(session, actor, request.args))


@blueprint.get("/list.csv")
def export() -> Response:
    """The list as a file, as it is filtered on the page."""
    with registry().store.read(require_actor()) as session:
        name, text = cultivation_list.as_csv(session, request.args)
    response = Response(text, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Put a brand on the list."""
    actor, data, faults = require_actor(), common.typed(), list[Fault]()
    with registry().store.read(actor) as session:
        mine = cultivation_list.own_counties(session, actor)
        if not mine:
            raise Refused(msg("Only the county's officer changes its cultivation list."))
        region = next((r for r in mine if r.slug == data.get("county")), mine[0])
        offers = begin.offers(session, Organisation(name={}, region=region.code))
        form = ItemForm(data)
        form.found.choices = [(key, str(words)) for key, words in FOUND_NAMES.items()]
        form.what.choices = offer_choices(offers)
        form.class_.choices = class_choices({k.id: k for k in kinds(session, session.today)}, offers)
        form.entry.choices = [("", str(msg("none of these"))), *register_entries(session, region.code)]
        about = {"counties": common.choices(mine), "county": region, "builders": builders(session, region.code)}
    if request.method == "POST":
        offer = next((o for o in offers if o.value == form.what.data), None)
        try:
            number = verbs.take_up(
                registry(),
                actor,
                region=region.code,
                about=form.about(),
                name=form.name.data or "",
                kind=offer.form.kind if offer else "",
                product=offer.product if offer else None,
                entry_class=form.class_.data or None,
                entry_slug=form.entry.data or None,
                fictitious=registry().demonstration,
            )
            common.say(msg("{number} is on the list.", number=number))
            return redirect(url_for(".item", number=number), 303)
        except BadInput as error:
            faults = form.show(error.faults)
        except Refused as error:
            faults = form.show([Fault(error.message, field="entry")])
    fields = [form[name] for name in form.ORDER]
    shown = common.page("cultivation_new", here="cultivation", form=form, fields=fields, faults=faults, **about)
    return shown, 422 if faults else 200


def register_entries(session: ReadSession, region: str) -> list[tuple[str, str]]:
    """The brands of a region's register that are not on its list, as options."""
    listed = select(CultivationItem.entry_id).where(CultivationItem.status != "dropped")
    query = select(Entry).where(Entry.region == region, Entry.status == "listed", col(Entry.id).not_in(listed))
    return [(e.slug, str(e.text)) for e in session.exec(query.order_by(Entry.slug))]


def builders(session: ReadSession, region: str) -> list[str]:
    """The organisations of a region by name, to be suggested."""
    rows = session.exec(select(Organisation).where(Organisation.region == region).limit(500))
    return sorted(o.text.zh_hans for o in rows)


@blueprint.get("/<number>")
def item(number: str) -> str:
    """One brand."""
    return str(item_page(number, AimForm(), NoteForm(common.typed()), []))


def item_page(number: str, aim_form: AimForm, note_form: NoteForm, faults: list[Fault]) -> Any:
    """The page of one brand with what was typed."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        found = verbs.load(session, number)
        model = cultivation_item.model(session, actor, found, aim_form, note_form)
    return common.page("cultivation_item", faults=faults, **model)


@blueprint.route("/<number>/edit", methods=["GET", "POST"])
def edit(number: str) -> Any:
    """Builder, plan, tutor, and how it was found."""
    actor, data, faults = require_actor(), common.typed(), list[Fault]()
    with registry().store.read(actor) as session:
        found = verbs.load(session, number)
        verbs.require_editor(actor, found.region)
        builder = verbs.builder_of(session, found)
        name, known = session.get_one(Entry, found.entry_id).text, builders(session, found.region)
    stored = {
        "found": found.found,
        "found_note": found.found_note,
        "builder": builder.text.zh_hans if builder else "",
        "plan": found.plan,
        "tutor": found.tutor,
    }
    form = AboutForm(data or MultiDict(stored))
    form.found.choices = [(key, str(words)) for key, words in FOUND_NAMES.items()]
    version = data.get("version", str(found.version))
    if request.method == "POST":
        try:
            verbs.edit(registry(), actor, number, version=as_version(version), about=form.about())
            return saved(number)
        except BadInput as error:
            faults = form.show(error.faults)
        except Stale as error:
            faults, version = [Fault(error.message, remedy=msg("Compare, then save again."))], str(found.version)
    head = {"number": number, "name": name, "url": url_for(".item", number=number)}
    shown = common.page(
        "cultivation_edit", here="cultivation", item=head, form=form, faults=faults, version=version, builders=known
    )
    return shown, 422 if faults else 200


def as_version(text: str) -> int:
    """The version that a form was made of; one that is no number is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def saved(number: str) -> Any:
    """Back to the brand."""
    common.say(msg("Saved."))
    return redirect(url_for(".item", number=number), 303)


@blueprint.post("/<number>/aims")
def aims(number: str) -> Any:
    """Set an aim."""
    actor, form = require_actor(), AimForm(request.form)
    with registry().store.read(actor) as session:
        entry = session.get_one(Entry, verbs.load(session, number).entry_id)
        facts = filing.facts_of(session, entry, filing.gaps(session, entry))
    given = {name: str(form[name].data or "") for name in ("fact", "year", "target")}
    try:
        diary.aim(registry(), actor, number, facts=facts, **given)
    except BadInput as error:
        return item_page(number, form, NoteForm(), form.show(error.faults)), 422
    return saved(number)


@blueprint.post("/<number>/notes")
def notes(number: str) -> Any:
    """Write down a visit or a comment."""
    actor, form = require_actor(), NoteForm(request.form)
    kind = form.kind.data if form.kind.data in ("visit", "comment") else "comment"
    try:
        diary.note(registry(), actor, number, kind=kind, words=form.words.data or "", on=form.day())
    except BadInput as error:
        return item_page(number, AimForm(), form, form.show(error.faults)), 422
    return saved(number)


@blueprint.post("/<number>/move")
def move(number: str) -> Any:
    """Ready to be filed, or back to cultivating."""
    version = as_version(request.form.get("version", ""))
    verbs.move(registry(), require_actor(), number, version=version, to=request.form.get("to", ""))
    return saved(number)


@blueprint.post("/<number>/publish")
def publish(number: str) -> Any:
    """Show in public that it is being cultivated, or no more."""
    version, shown = as_version(request.form.get("version", "")), request.form.get("published") == "yes"
    verbs.publish(registry(), require_actor(), number, version=version, published=shown)
    return saved(number)


@blueprint.route("/<number>/drop", methods=["GET", "POST"])
def drop(number: str) -> Any:
    """Take it off the list, with the reason."""
    actor, data, faults = require_actor(), common.typed(), list[Fault]()
    with registry().store.read(actor) as session:
        found = verbs.load(session, number)
        verbs.require_editor(actor, found.region)
        name = session.get_one(Entry, found.entry_id).text
    version, reason = data.get("version", str(found.version)), data.get("reason", "")[:4000]
    if request.method == "POST":
        try:
            verbs.move(registry(), actor, number, version=as_version(version), to="dropped", reason=reason)
            return saved(number)
        except BadInput as error:
            faults = list(error.faults)
    head = {"number": number, "name": name, "url": url_for(".item", number=number), "version": version}
    shown = common.page("cultivation_drop", here="cultivation", item=head, reason=reason, faults=faults)
    return shown, 422 if faults else 200


@blueprint.post("/<number>/file")
def file(number: str) -> Any:
    """Open the builder's application, prefilled."""
    version = as_version(request.form.get("version", ""))
    try:
        filing.file_application(registry(), require_actor(), number, version=version)
    except (BadInput, Refused) as error:
        faults = list(error.faults) if isinstance(error, BadInput) else [Fault(error.message)]
        return item_page(number, AimForm(), NoteForm(), faults), 422
    common.say(msg("The application is open; the builder finds it among theirs, checks it and sends it."))
    return redirect(url_for(".item", number=number), 303)
