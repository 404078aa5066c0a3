"""The applicant's pages: my applications, beginning one, filling it in, checking, sending, and what became of it."""

from typing import Any

import segno
from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from registry.actions import cases, documents
from registry.actions.move import Given
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.i18n import msg
from registry.store.region import Organisation
from registry.web import context
from registry.web.apply import begin, behalf, drafts, status
from registry.web.apply.common import Application, application, page, say
from registry.web.context import registry, require_actor
from registry.web.download import named, word_file
from registry.web.parked import unparked
from registry.web.signin import gate

blueprint = Blueprint("apply", __name__, url_prefix="/apply")
LARGE = 5
"""So many times the largest file may be sent at once; each file is then checked by itself, beside its field."""


@blueprint.before_request
def roomy() -> None:
    """Take several files at once, and one that is too large, so that this is told without losing what was typed."""
    most = LARGE * registry().settings.upload_limit + 2**20
    if request.endpoint == "apply.section" and context.actor() and (request.content_length or 0) <= most:
        request.max_content_length = most


blueprint.before_request(gate)
blueprint.before_request(behalf.act_on_behalf)


def typed() -> MultiDict[str, str]:
    """What was typed into this page: now, or before the sign-in ended."""
    if request.method == "POST":
        return MultiDict(request.form)
    return MultiDict({key: values[-1] for key, values in unparked().items() if values})


@blueprint.get("/")
def home() -> str:
    """My applications."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        rows = [
            {
                "name": entry.text,
                "fictitious": entry.fictitious,
                "number": case.number,
                "url": url_for(".tasks", id=case.id),
                "standing": status.standing(session, application(session, actor, case.id)),
            }
            for case, entry in status.mine(session, actor)
        ]
        mine = begin.organisations(session, actor)
        calls = begin.calls(session, mine)
    return page("home", rows=rows, organisations=[o.text for o in mine], **calls)


@blueprint.route("/start", methods=["GET", "POST"])
def start() -> Any:
    """Begin an application."""
    actor, given, faults = require_actor(), typed(), []
    if request.method == "POST":
        try:
            with registry().store.read(actor) as session:
                id = begin.begin(session, actor, given)
            return redirect(url_for(".tasks", id=id), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        model = begin.model(session, actor, given, faults)
    return page("start", **model), 422 if faults else 200


def head(app: Application, filer: Organisation | None) -> dict[str, Any]:
    """What stands above every page of an application."""
    return {
        "id": app.case.id,
        "name": app.entry.text,
        "title": app.form.title,
        "number": app.case.number,
        "fictitious": app.entry.fictitious,
        "filer": filer.text if filer else None,
        "url": url_for(".tasks", id=app.case.id),
    }


@blueprint.get("/<id>")
def tasks(id: str) -> Any:
    """The task list while it is the applicant's turn, else what became of it."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
        about = head(app, session.get(Organisation, app.case.filer_id))
        if not app.open:
            answers = drafts.check_model(app, [])["sections"]
            return page("status", app=about, sections=answers, **status.model(session, actor, app))
        model = drafts.tasks_model(session, app) | status.model(session, actor, app)
        return page("tasks", app=about, returned=app.returned, defects=drafts.defects(app), **model)


@blueprint.route("/<id>/sections/<section>", methods=["GET", "POST"])
def section(id: str, section: str) -> Any:
    """One section."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
        part = drafts.section_of(app, section)
        about = head(app, session.get(Organisation, app.case.filer_id))
    given = typed()  # only now: what waits for whoever typed it is not used up by somebody who may not be here
    if request.method == "GET":
        return page("section", app=about, restored=bool(given), **drafts.section_model(app, part, given, []))
    faults = drafts.store(actor, app, part, given)
    if not faults:
        say(msg("Saved."))
        stays, comes_back = "stay" in given or "remove" in given, "back" in given
        here = url_for(".section", id=id, section=section)
        target = here if stays else url_for(".tasks", id=id) if comes_back else drafts.after(app, part)
        return redirect(target, 303)
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
    return page("section", app=about, restored=False, **drafts.section_model(app, part, given, faults)), 422


@blueprint.route("/<id>/check", methods=["GET", "POST"])
def check(id: str) -> Any:
    """Check the answers and send them."""
    actor, faults = require_actor(), []
    if request.method == "POST":
        given = typed()
        try:
            cases.submit(
                registry(), actor, id, declared_true=given.get("declaration") == "yes", key=given.get("key", "")[:64]
            )
            return redirect(url_for(".receipt", id=id), 303)
        except BadInput as error:
            faults = list(error.faults)
        except Refused as error:
            say(error.message)
            return redirect(url_for(".tasks", id=id), 303)
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
        about = head(app, session.get(Organisation, app.case.filer_id))
        if not app.open:
            return redirect(url_for(".tasks", id=id), 303)
        return page("check", app=about, **drafts.check_model(app, faults)), 422 if faults else 200


@blueprint.post("/<id>/documents/<ref>")
def document(id: str, ref: str) -> Response:
    """A Word document filled with what was sent."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        case_id = application(session, actor, id).case.id
    return word_file(documents.fill(registry(), actor, ref, case_id))


@blueprint.get("/<id>/receipt")
def receipt(id: str) -> str:
    """The receipt, to be printed or kept."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
        if app.case.number is None:
            raise NotFound(msg("This application has not been sent yet."))
        about = head(app, session.get(Organisation, app.case.filer_id))
        return page("receipt", app=about, sent_at=app.case.submitted_at, **status.model(session, actor, app))


@blueprint.get("/<id>/receipt.svg")
def receipt_code(id: str) -> Response:
    """The QR code on the receipt: the application's address."""
    with registry().store.read(require_actor()) as session:
        application(session, require_actor(), id)
    address = registry().settings.public_url + url_for(".tasks", id=id)
    code = segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=False)
    return Response(code.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1), content_type="image/svg+xml")


@blueprint.route("/<id>/withdraw", methods=["GET", "POST"])
def withdraw(id: str) -> Any:
    """Withdraw an application, after a confirmation."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
        outcome = status.withdrawal(session, actor, app)
        about = head(app, session.get(Organisation, app.case.filer_id))
    if outcome is None:
        raise Refused(msg("This application cannot be withdrawn any more."))
    if request.method == "POST":
        given = typed()
        version = given.get("version", "")
        cases.act(
            registry(),
            actor,
            id,
            outcome,
            version=int(version) if version.isdecimal() and len(version) < 9 else app.case.version,
            key=given.get("key", "")[:64],
            given=Given(words={"reason": given.get("reason", "")[:1000]}),
        )
        say(msg("The application is withdrawn."))
        return redirect(url_for(".tasks", id=id), 303)
    return page("withdraw", app=about, version=app.case.version)


@blueprint.get("/<id>/files/<evidence_id>")
def file(id: str, evidence_id: str) -> Response:
    """One's own file, to be saved."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        app = application(session, actor, id)
        found = next((f for files in app.files.values() for f in files if f.id == evidence_id), None)
        if found is None:
            raise NotFound(msg("There is no such file in this case."))
        data = registry().store.evidence.get(found.place, found.data_key, found.sha256)
    response = named(data, found.media_type, found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
