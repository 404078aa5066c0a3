"""What comes on paper: applications entered for who files them, and approval sheets signed by hand."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from wtforms import MultipleFileField, SelectField, StringField

from registry.actions import approval, paper, uploads
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, Text, language, msg
from registry.host.resolve import kinds
from registry.rules.permission import HANDLERS, Actor
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.apply import begin
from registry.web.context import registry, require_actor
from registry.web.desk import common
from registry.web.desk.cultivation_forms import Labels, ListForm, class_choices, offer_choices, select_field
from registry.web.desk.register import standing
from registry.web.exported import Listing
from registry.web.forms import file_limit

ROLES = frozenset({*paper.ENTERERS, *HANDLERS})
blueprint = Blueprint("paper", __name__, url_prefix="/paper")


@blueprint.before_request
def handlers_only() -> None:
    """These pages are for who enters papers or signs them. Raises Refused."""
    if not require_actor().has(*ROLES):
        raise Refused(msg("These pages are for others; your role does not open them."))


def line(**kw: Any) -> StringField:
    """A line of text."""
    return StringField(render_kw={"autocomplete": "off", **kw})


COLUMNS: dict[str, Message] = {
    "number": msg("Number"),
    "name": msg("Name"),
    "filer": msg("Who files"),
    "stage": msg("State"),
    "at": msg("Entered on"),
}


class PaperForm(ListForm):
    """An application that came on paper."""

    filer = line(maxlength="80")
    credit_code = line(maxlength="18")
    what: SelectField = select_field()
    entry: SelectField = select_field()
    name = line(maxlength="60")
    class_: SelectField = select_field(name="class")
    scan = MultipleFileField(render_kw={"accept": ".pdf,.jpg,.jpeg,.png"})

    REQUIRED = ("filer", "what", "scan")
    LABELS: Labels = {
        "filer": (msg("Who files"), msg("The organisation, as its stamp on the paper says.")),
        "credit_code": (msg("Unified social credit code"), None),
        "what": (msg("What is applied for"), None),
        "entry": (msg("A brand or base of the register"), msg("Or leave this open and write a new name below.")),
        "name": (msg("Name of a new brand or base"), None),
        "class": (msg("Class"), msg("Only for a new name, and only where the kind has classes.")),
        "scan": (msg("Scan of the paper"), msg("All its pages: one PDF, or several pictures.")),
    }


@blueprint.get("/")
def home() -> Any:
    """Applications on paper that are still to be filled in or sent, and what can be done here."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        rows = [row(session, case) for case in paper.papers(session, actor)]
        if exported.wanted():
            return exported.response(session, actor, Listing("paper", msg("On paper"), COLUMNS, rows, len(rows)))
        enters = bool(paper.places(session, actor))
        return common.page("paper", here="paper", rows=rows, enters=enters, files=actor.has(*HANDLERS))


def row(session: ReadSession, case: Case) -> dict[str, Any]:
    """An application on paper."""
    filer = session.get(Organisation, case.filer_id)
    return {
        "name": session.get_one(Entry, case.entry_id).text,
        "filer": filer.text if filer else "",
        "number": case.number,
        "at": case.opened_at,
        "url": url_for("apply.tasks", id=case.id),
        "case_url": common.case_url(case) if case.number else None,
        **(standing(session, case) if case.number else {"state": "in_progress", "stage": msg("being entered")}),
    }


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Enter an application that came on paper."""
    actor, data, faults = require_actor(), common.typed(), list[Fault]()
    with registry().store.read(actor) as session:
        mine = [session.get_one(Region, code) for code in paper.places(session, actor)]
        if not mine:
            raise Refused(msg("Only the county's officer or a town's station enters what came on paper."))
        region = next((r for r in mine if r.slug == data.get("county")), mine[0])
        at_home = Organisation(name={}, region=region.code)
        offers = begin.offers(session, at_home)
        form = PaperForm(data)
        form.what.choices = offer_choices(offers)
        form.class_.choices = class_choices({k.id: k for k in kinds(session, session.today)}, offers)
        registered = begin.entries(session, at_home, offers)
        form.entry.choices = [("", str(msg("none of these"))), *((e.slug, str(e.text)) for e in registered)]
        form.scan.description += (
            f" {file_limit(registry().settings.upload_limit, several=True, kinds=uploads.SCAN_KINDS)}"
        )
    if request.method == "POST":
        try:
            id = entered(actor, form, offers, region.code)
            common.say(msg("The paper is kept. Now fill the application in as it says, and send it."))
            return redirect(url_for("apply.tasks", id=id), 303)
        except BadInput as error:
            faults = form.show(error.faults)
        except Refused as error:
            faults = form.show([Fault(error.message, field="entry")])
    fields = [form[name] for name in ("filer", "credit_code", "what", "entry", "name", "class_", "scan")]
    about = {"counties": common.choices(mine), "county": region}
    return common.page("paper_new", here="paper", fields=fields, faults=faults, **about), 422 if faults else 200


def entered(actor: Actor, form: PaperForm, offers: list[begin.Offer], region: str) -> str:
    """Enter what was typed; returns the case's id. Raises BadInput with every fault, Refused."""
    offer = next((o for o in offers if o.value == form.what.data), None)
    name = (form.name.data or "").strip()
    return paper.enter_paper(
        registry(),
        actor,
        scans=[(str(f.filename), f.read()) for f in request.files.getlist("scan") if f.filename],
        filer=form.filer.data or "",
        credit_code=(form.credit_code.data or "").strip().upper(),
        kind=offer.form.kind if offer else "",
        region=region,
        product=offer.product if offer else None,
        entry_class=form.class_.data or None,
        entry_slug=form.entry.data or None,
        name=Text.model_validate(name) if name else None,
        fictitious=registry().demonstration,
    )


@blueprint.route("/scan", methods=["GET", "POST"])
def scan() -> Any:
    """File the scan or photograph of signed approval sheets."""
    actor, faults, filed = require_actor(), list[Fault](), list[approval.Filed]()
    code = request.values.get("code", "")[:20]
    if request.method == "POST":
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise BadInput(Fault(msg("Choose the file."), field="file"))
            filed = approval.file_scan(registry(), actor, name=upload.filename, data=upload.read(), code=code)
        except BadInput as error:
            faults = list(error.faults)
        if filed and not any(one.fault for one in filed):
            for one in filed:
                common.say(msg("Filed to {number}, stage “{stage}”.", number=one.number, stage=one.stage))
            only = {one.case_id for one in filed}
            target = url_for("desk.case", id=only.pop()) if len(only) == 1 else url_for(".scan")
            return redirect(target, 303)
    results = [{"pages": one.pages, "number": one.number, "stage": one.stage, "fault": one.fault} for one in filed]
    limit = file_limit(registry().settings.upload_limit, several=False, kinds=uploads.SCAN_KINDS)
    shown = common.page("paper_scan", here="paper", code=code, faults=faults, results=results, limit=limit)
    return shown, 422 if faults or results else 200


@blueprint.post("/sheets")
def print_sheet() -> Any:
    """Print the approval sheet of a case as it stands."""
    code = approval.print_sheet(registry(), require_actor(), request.form.get("case", ""))
    return redirect(url_for(".sheet", code=code), 303)


@blueprint.get("/sheets/<code>.pdf")
def sheet(code: str) -> Response:
    """An approval sheet, to be printed."""
    response = Response(
        approval.sheet_file(registry(), require_actor(), code, language()), content_type="application/pdf"
    )
    response.headers.set("Content-Disposition", "inline", filename=f"{code}.pdf")
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response
