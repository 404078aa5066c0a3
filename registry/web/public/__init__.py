"""The public pages: no session, no sign-in; rendered once and stored."""

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Gone

from registry.actions import notices as notice_verbs
from registry.base.errors import BadInput, Fault
from registry.base.i18n import language, msg
from registry.store.entry import current_slug, entry_by_slug
from registry.web import templating
from registry.web.context import registry
from registry.web.public import counties as county_pages
from registry.web.public import entries, guides, suggest
from registry.web.public import entry as entry_page
from registry.web.public import home as home_page
from registry.web.public import notices as notice_pages
from registry.web.public import privacy as privacy_page
from registry.web.public import rounds as round_pages
from registry.web.public import search as search_page
from registry.web.public import verify as verify_page
from registry.web.public.forms import objection_form, selfcheck_form
from registry.web.signin import csrf
from registry.web.stored import Shown, stored

blueprint = Blueprint("public", __name__)
blueprint.register_blueprint(suggest.blueprint)
STALE = msg("This page had been open for too long. What you wrote is still here: send it again.")


def page(template: str, **context: Any) -> str:
    """A public page."""
    return render_template(f"public/{template}.html", **templating.frame(public=True), **context)


@blueprint.get("/")
@stored
def home(shown: Shown) -> str:
    """The front page."""
    return page("home", **home_page.model(shown))


@blueprint.get("/<section>")
@stored
def section(shown: Shown, section: str) -> str:
    """The list of a section: each kind says which is its own."""
    return page("section", here=section, **entries.section_model(shown, section, request.args))


@blueprint.get("/<section>/<slug>")
@stored
def entry(shown: Shown, section: str, slug: str) -> Any:
    """A brand or base. A former slug, or another section, leads to the present address; a withdrawn entry says so."""
    now = current_slug(shown.session, slug) or slug
    found = entry_by_slug(shown.session, now)
    kind = entries.kinds_by_id(shown.session).get(found.kind) if found else None
    if found is None or kind is None or found.status == "draft":
        abort(404)
    if found.status == "withdrawn":
        raise Gone
    if (section, slug) != (kind.section, now):
        return redirect(url_for(".entry", section=kind.section, slug=now), 301)
    return page("entry", **entry_page.model(shown, found, kind))


@blueprint.get("/counties")
@stored
def counties(shown: Shown) -> str:
    """All counties."""
    return page("counties", tiles=county_pages.tiles(shown), zones=county_pages.zones(shown.session))


@blueprint.get("/counties/<slug>")
@stored
def county(shown: Shown, slug: str) -> str:
    """One county."""
    return page("county", **county_pages.model(shown, slug))


@blueprint.get("/counties/<slug>/style.css")
def county_style(slug: str) -> Response:
    """The county's accent colour, as a style sheet of its own."""
    with registry().store.read() as session:
        sheet = Response(county_pages.style(session, slug), content_type="text/css; charset=utf-8")
    sheet.headers["Cache-Control"] = "no-cache"
    sheet.add_etag()
    sheet.make_conditional(request)
    return sheet


@blueprint.get("/counties/<slug>/<path>")
@stored
def county_page(shown: Shown, slug: str, path: str) -> str:
    """A page of its own that a plugin gives a county."""
    return page("county_page", **county_pages.own_model(shown, slug, path))


@blueprint.get("/notices")
@stored
def notices(shown: Shown) -> str:
    """Running and ended notices."""
    return page("notices", **notice_pages.list_model(shown, request.args))


@blueprint.get("/notices/<number>")
@stored
def notice(shown: Shown, number: str) -> str:
    """One notice."""
    return page("notice", here="notices", **notice_pages.model(shown, number))


@blueprint.get("/rounds")
@stored
def rounds(shown: Shown) -> str:
    """Calls for applications."""
    return page("rounds", **round_pages.list_model(shown))


@blueprint.get("/rounds/<number>")
@stored
def round(shown: Shown, number: str) -> str:
    """One call."""
    return page("round", **round_pages.model(shown, number))


@blueprint.route("/notices/<number>/<public_id>/objection", methods=["GET", "POST"])
def objection(number: str, public_id: str) -> Any:
    """Objecting to one entry: never stored, with a form token."""
    form, faults = objection_form(request.form), []
    if request.method == "POST":
        try:
            csrf.protect()
            given: dict[str, Any] = form.given()
            code = notice_verbs.object_to(registry(), notice_number=number, public_id=public_id, **given)
            return redirect(url_for(".objection_received", code=code), 303)
        except BadInput as error:
            faults = form.show(error)
        except CSRFError:
            faults = [Fault(STALE)]
    with registry().store.read() as session:
        model = notice_pages.objection_model(session, number, public_id)
    return page("objection", here="notices", form=form, faults=faults, **model), 422 if faults else 200


@blueprint.get("/objections")
def objections() -> Any:
    """The form to ask after an objection."""
    code = request.args.get("code", "").strip()[:40]
    return redirect(url_for(".objection_received", code=code)) if code else page("objection_ask", here="notices")


@blueprint.get("/objections/<code>")
def objection_received(code: str) -> str:
    """The receipt of an objection, and later its answer, by the code that the objector alone has."""
    with registry().store.system() as session:
        return page("objection_received", here="notices", **notice_pages.receipt_model(session, code))


@blueprint.get("/verify")
def verify() -> Any:
    """The form to check a certificate."""
    code = request.args.get("code", "").strip()[:64]
    return redirect(url_for(".verify_code", code=code)) if code else page("verify", **verify_page.form_model())


@blueprint.get("/verify/<code>")
@stored
def verify_code(shown: Shown, code: str) -> Any:
    """What a certificate's code or a title's number stands for. There is no end of unknown ones, so none is stored."""
    model = verify_page.model(shown, code[:64])
    if isinstance(model, str):
        return redirect(url_for(".verify_code", code=model), 301)
    return page("verify", **model), 404 if model["answer"]["state"] == "unknown" else 200


@blueprint.get("/verify/<code>/certificate.pdf")
def certificate(code: str) -> Response:
    """The certificate of a title in force, as it was issued."""
    data, number = verify_page.pdf(code[:64], language())
    return Response(
        data,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{number}.pdf"', "Content-Security-Policy": "sandbox"},
    )


@blueprint.get("/search")
def search() -> str:
    """Searching the register."""
    with registry().store.read() as session:
        return page("search", **search_page.model(session, request.args.get("q", "")))


@blueprint.get("/privacy")
@stored
def privacy(shown: Shown) -> str:
    """The privacy notice, made from what the forms and the registry itself declare."""
    return page("privacy", **privacy_page.model(shown))


@blueprint.get("/guides")
@stored
def guide_list(shown: Shown) -> str:
    """Every service guide."""
    return page("guides", here="guides", guides=guides.all_guides(shown))


@blueprint.get("/guides/<county>/<form>")
@stored
def guide(shown: Shown, county: str, form: str) -> str:
    """The service guide (办事指南) of an application, made from the definitions."""
    return page("guide", here="guides", **guides.model(shown, county, form))


@blueprint.route("/guides/<county>/<form>/self-check", methods=["GET", "POST"])
def selfcheck(county: str, form: str) -> Any:
    """The two-minute self-check. Nothing is stored, so the form needs no token."""
    with registry().store.read() as session:
        fields, model = guides.selfcheck_model(session, county, form)
        asked = selfcheck_form(fields, request.form)
        result, faults = guides.selfchecked(session, county, form, asked) if request.method == "POST" else (None, [])
        return page("selfcheck", here="guides", form=asked, faults=faults, result=result, **model), (
            422 if faults else 200
        )
