"""The officials' pages: work waiting, cases, what is decided in them, notices."""

from typing import Any

from flask import Blueprint, Response, redirect, request, send_file, url_for

from registry.actions import cases as case_verbs
from registry.actions.case_file import case_file
from registry.actions.cases import load
from registry.actions.certificates import certificate_pdf
from registry.actions.looks import look
from registry.actions.personal import PURPOSES, open_objector, open_personal
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import language, msg
from registry.host.resolve import pinned
from registry.store.access import revealed
from registry.store.entry import Entry
from registry.web import exported
from registry.web.context import registry, require_actor, sitting
from registry.web.desk import act as acting
from registry.web.desk import case as case_page
from registry.web.desk import (
    common,
    correction,
    cultivation,
    documents,
    files,
    judgement,
    objections,
    overview,
    panel,
    paper,
    register,
    remind,
    rounds,
    suggestions,
    work,
)
from registry.web.desk import notices as notice_pages
from registry.web.signin import gate

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.register_blueprint(cultivation.blueprint)
blueprint.register_blueprint(suggestions.blueprint)
blueprint.register_blueprint(paper.blueprint)
blueprint.register_blueprint(rounds.blueprint)
remind.add_to(blueprint)
blueprint.register_blueprint(overview.blueprint)
blueprint.register_blueprint(correction.blueprint)
blueprint.register_blueprint(documents.blueprint)
blueprint.before_request(gate)
blueprint.url_defaults(common.keep_list)


@blueprint.before_request
def staff_only() -> None:
    """These pages are for who works in an office. Raises Refused."""
    if not require_actor().is_staff:
        raise Refused(msg("These pages are for the offices that handle applications."))


@blueprint.get("/")
def home() -> Any:
    """My work; with `?format=xlsx` as a workbook, as every list here."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        if exported.wanted():
            return exported.response(session, actor, work.listing(session, actor, request.args))
        return common.page("work", **work.model(session, actor, request.args))


@blueprint.get("/cases")
def cases() -> Any:
    """The register of cases."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        if exported.wanted():
            return exported.response(session, actor, register.listing(session, request.args))
        model = register.model(session, actor, request.args)
        model["documents"] = documents.of_list(session, actor, model.pop("found"), model["filter"])
        return common.page("cases", **model)


@blueprint.get("/cases/<id>")
def case(id: str) -> str:
    """One case."""
    return case_shown(id)


def case_shown(id: str) -> str:
    """The page of a case that has been sent. A draft is the applicant's own."""
    actor = require_actor()
    since = look(registry(), actor, id)
    with registry().store.read(actor) as session:
        found = load(session, id)
        if found.number is None:
            raise NotFound(msg("There is no such case, or it is not one of yours."))
        opened = bool(revealed(session, sitting(), f"case:{found.id}"))
        model = case_page.model(session, actor, found, opened, since, request.args)
        return common.page("case", purposes=PURPOSES, **model)


@blueprint.post("/cases/<id>/archive")
def case_archive(id: str) -> Any:
    """The file of a case as an archive, which is recorded."""
    made = case_file(registry(), require_actor(), id, lang=language(), sitting=sitting())
    return send_file(made.data, "application/zip", as_attachment=True, download_name=made.name, max_age=0)


@blueprint.post("/cases/<id>/personal")
def personal(id: str) -> Any:
    """Show the personal data of a case, which is recorded with its purpose."""
    open_personal(registry(), require_actor(), id, purpose=request.form.get("purpose", ""), sitting=sitting())
    return redirect(url_for(".case", id=id), 303)


@blueprint.route("/cases/<id>/act/<outcome>", methods=["GET", "POST"])
def act(id: str, outcome: str) -> Any:
    """Choose an outcome."""
    actor = require_actor()
    if request.method == "POST":
        one, again, status = acting.post(actor, id, outcome)
        return (common.page("act", **again), status) if again else redirect(acting.onward(actor, one), status)
    with registry().store.read(actor) as session:
        found = load(session, id)
        one = acting.asked(session, found, outcome, common.typed())
        if refusal := acting.refusal_of(session, actor, one):
            raise Refused(refusal)
        return common.page("act", **acting.page(session, one))


@blueprint.route("/cases/<id>/conflict", methods=["GET", "POST"])
def conflict(id: str) -> Any:
    """Step out of a case."""
    actor, faults, reason = require_actor(), [], common.typed().get("reason", "")[: acting.LONGEST]
    if request.method == "POST":
        try:
            case_verbs.declare_conflict(registry(), actor, id, reason=reason)
            common.say(msg("You have stepped out of this case; a colleague goes on with it."))
            return redirect(url_for(".case", id=id), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        found = load(session, id)
        head = {
            "name": session.get_one(Entry, found.entry_id).text,
            "url": common.case_url(found),
            "number": found.number,
        }
    return common.page("conflict", here="cases", case=head, reason=reason, faults=faults), 422 if faults else 200


@blueprint.post("/cases/<id>/experts")
def experts(id: str) -> Any:
    """Ask experts."""
    return panel.ask(id)


@blueprint.post("/cases/<id>/experts/free")
def free_seat(id: str) -> Any:
    """Take a seat back from an expert who has not answered."""
    return panel.free_seat(id)


@blueprint.route("/cases/<id>/scores", methods=["GET", "POST"])
def scores(id: str) -> Any:
    """Give one's scores as an expert."""
    return panel.scores(id)


@blueprint.post("/titles/<number>/re-evaluate")
def re_evaluate(number: str) -> Any:
    """Open the re-evaluation of an entry."""
    return panel.re_evaluate(number)


@blueprint.get("/cases/<id>/files/<evidence_id>")
def file(id: str, evidence_id: str) -> Any:
    """A file of a case: as it is, or when it is personal a page with its drawn pages."""
    return files.view(require_actor(), id, evidence_id)


@blueprint.get("/cases/<id>/files/<evidence_id>/pages/<int:page>.png")
def file_page(id: str, evidence_id: str, page: int) -> Response:
    """One page of a personal file, drawn with the viewer's name across it."""
    return files.drawn_page(require_actor(), id, evidence_id, page)


@blueprint.post("/cases/<id>/files/<evidence_id>/original")
def file_original(id: str, evidence_id: str) -> Any:
    """The original of a personal file, saved for a purpose."""
    return files.original(require_actor(), id, evidence_id, request.form.get("purpose", ""))


@blueprint.get("/rules/<id>")
def rule(id: str) -> str:
    """A published definition, as a case is judged by it."""
    with registry().store.read(require_actor()) as session:
        return common.page("rule", **judgement.rule(pinned(session, id)))


@blueprint.get("/notices")
def notices() -> Any:
    """Notices to be published, running, ended."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        model = notice_pages.list_model(session, actor)
        if exported.wanted():
            return exported.response(session, actor, notice_pages.listing(model))
        return common.page("notices", **model)


@blueprint.route("/notices/new", methods=["GET", "POST"])
def notice_new() -> Any:
    """Publish a notice: choose, look at it, then publish."""
    actor, data = require_actor(), common.typed()
    with registry().store.read(actor) as session:
        form = notice_pages.new_form(session, actor, data)
        faults = notice_pages.new_faults(form) if request.method == "POST" else []
        ready = request.method == "POST" and not faults
        preview = notice_pages.preview(session, actor, form) if ready else None
    if preview and "publish" in data:
        number = notice_pages.publish(actor, form)
        common.say(msg("The notice {number} is published.", number=number))
        return redirect(url_for(".notice", number=number), 303)
    shown = common.page("notice_new", here="notices", form=form, preview=preview, faults=faults)
    return shown, 422 if faults else 200


@blueprint.route("/notices/<number>/objections", methods=["GET", "POST"])
def notice(number: str) -> Any:
    """One notice with its objections; one from a letter or the counter is entered here."""
    actor, faults = require_actor(), list[Fault]()
    form = objections.letter_form(common.typed())
    if request.method == "POST":
        with registry().store.read(actor) as session:
            notice_pages.notice_of(session, number)
        faults = objections.enter(actor, number, form)
        if not faults:
            common.say(msg("The objection is entered; the recognition of that entry waits until it is answered."))
            return redirect(url_for(".notice", number=number), 303)
    with registry().store.read(actor) as session:
        model = notice_pages.notice_model(session, actor, number, form, faults)
        if exported.wanted():
            return exported.response(session, actor, objections.listing(model["items"]))
    return common.page("notice", **model), 422 if faults else 200


@blueprint.route("/objections/<number>", methods=["GET", "POST"])
def objection(number: str) -> Any:
    """One objection and its answer."""
    actor, data, faults, status = require_actor(), common.typed(), list[Fault](), 200
    with registry().store.read(actor) as session:
        form = objections.answer_form(data, objections.find(session, number).anonymous)
    if request.method == "POST":
        faults, status = objections.answer(actor, number, form, data.get("key", "")[:64])
        if not faults:
            common.say(msg("The objection is answered."))
            return redirect(url_for(".objection", number=number), status)
    with registry().store.read(actor) as session:
        found = objections.find(session, number)
        model = objections.model(session, actor, found, form, faults, data.get("key", "")[:64], sitting())
    return common.page("objection", **model), status


@blueprint.post("/objections/<number>/objector")
def objector(number: str) -> Any:
    """Look into an objection: see who objected, for a purpose, which is recorded."""
    open_objector(registry(), require_actor(), number, purpose=request.form.get("purpose", ""), sitting=sitting())
    return redirect(url_for(".objection", number=number), 303)


@blueprint.get("/certificates/<number>.pdf")
def certificate(number: str) -> Response:
    """The certificate of a title."""
    response = Response(certificate_pdf(registry(), number, language()), content_type="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=f"{number}.pdf")
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
