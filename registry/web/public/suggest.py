"""Suggesting a brand or base for a county's cultivation list, in three fields; and what became of it, by the code."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from wtforms import Form, SelectField, StringField, TextAreaField

from registry.actions import suggestions as verbs
from registry.actions.cultivation import LONGEST
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web import templating
from registry.web.context import registry
from registry.web.public.entries import counties, kinds_by_id, url_of
from registry.web.public.forms import UNREADABLE, readable
from registry.web.signin import csrf

blueprint = Blueprint("suggest", __name__, url_prefix="/suggest")
STALE = msg("This page had been open for too long. What you wrote is still here: send it again.")
HONEYPOT = "website"
"""A field that nobody sees; only a machine fills it in."""
BECAME: dict[str, tuple[str, Message]] = {
    "open": ("running", msg("It has been received and not been looked at yet.")),
    "taken_up": ("complete", msg("It is on the county's cultivation list now.")),
    "merged": ("complete", msg("The county is bringing this brand on already; your suggestion was added to it.")),
    "answered": ("complete", msg("The county has answered.")),
    "declined": ("ended", msg("It was not taken up.")),
}


class SuggestionForm(Form):
    """What, where, why; and, if one likes, how to be reached."""

    name = StringField(render_kw={"maxlength": str(LONGEST["name"]), "autocomplete": "off"})
    county = SelectField(validate_choice=False)
    reason = TextAreaField(render_kw={"maxlength": str(LONGEST["reason"]), "rows": "5"})
    contact = StringField(render_kw={"maxlength": str(verbs.LONGEST_CONTACT), "autocomplete": "tel"})

    LABELS = {
        "name": (msg("What is it called, or what do people do?"), msg("For example: straw weavers of our town.")),
        "county": (msg("Where?"), None),
        "reason": (
            msg("Why should it be brought on?"),
            msg("What they make or do, how many they are about, what makes it good. No names of persons."),
        ),
        "contact": (
            msg("Telephone or e-mail"),
            msg("Only if the county may ask you back. Kept encrypted; each reading is logged; never shown."),
        ),
    }

    def given(self) -> dict[str, Any]:
        """What was written. Raises BadInput for what no verb need see."""
        given = {f.name: f.data or "" for f in self}
        if faults := [Fault(UNREADABLE, field=name) for name, words in given.items() if not readable(words)]:
            raise BadInput(faults)
        return given

    def show(self, error: BadInput) -> list[Fault]:
        """Put the faults beside their fields; returns them for the summary."""
        for fault in error.faults:
            if fault.field in self._fields:
                self._fields[fault.field].errors = [str(fault.message)]
        return list(error.faults)


def suggestion_form(session: ReadSession, data: Any) -> SuggestionForm:
    """The form in the reader's language."""
    form = SuggestionForm(data)
    for field in form:
        label, hint = form.LABELS[field.name]
        field.label.text, field.description = str(label), str(hint or "")
        field.flags.required = field.name != "contact"
    form.county.choices = [("", str(msg("Choose"))), *((r.slug, str(r.text)) for r in counties(session))]
    return form


def page(template: str, **context: Any) -> str:
    """A public page that is never stored."""
    return render_template(f"public/{template}.html", here="brands", **templating.frame(public=True), **context)


@blueprint.route("", methods=["GET", "POST"])
def new() -> Any:
    """The form. Names that are alike are told once; who still means another one sends it again."""
    faults, alike = list[Fault](), list[dict[str, Any]]()
    with registry().store.read() as session:
        form = suggestion_form(session, request.form)
        if request.method == "GET" and request.args.get("county"):
            form.county.data = request.args["county"][:40]
        if request.method == "POST" and "anyway" not in request.form:
            alike = known_alike(session, form)
    if request.method == "POST":
        try:
            csrf.protect()
            if request.form.get(HONEYPOT):
                raise BadInput(Fault(msg("Leave the last field empty; it is there to keep machines out.")))
            given = form.given()
            with registry().store.read() as session:
                if wrong := verbs.checked(session, **given)[1]:
                    raise BadInput(wrong)
            if not alike:
                code = verbs.suggest(registry(), **given, sender=request.remote_addr or "")
                return redirect(url_for(".received", code=code), 303)
        except BadInput as error:
            faults = form.show(error)
        except Refused as error:
            faults = [Fault(error.message)]
        except CSRFError:
            faults = [Fault(STALE)]
    return page("suggest", form=form, faults=faults, alike=alike, honeypot=HONEYPOT), 422 if faults or alike else 200


def known_alike(session: ReadSession, form: SuggestionForm) -> list[dict[str, Any]]:
    """What the public register has in that county under a name like this one."""
    region = next((r for r in counties(session) if r.slug == form.county.data), None)
    if region is None or len((form.name.data or "").strip()) < 2:
        return []
    by_id = kinds_by_id(session)
    found = verbs.alike(form.name.data or "", verbs.known_names(session, region.code))
    return [{"text": e.text, "url": url_of(e, by_id.get(e.kind))} for e in found[:5]]


@blueprint.get("/<code>")
def received(code: str) -> str:
    """The receipt, and later what became of it. Nothing of what was written is shown again."""
    with registry().store.system() as session:
        try:
            found = verbs.find(session, code.strip().upper()[:40])
        except NotFound:
            abort(404)
        sign, words = BECAME[found.status]
        receipt = {
            "code": found.code,
            "received": found.received_at,
            "county": session.get_one(Region, found.region).text,
            "open": found.status == "open",
            "state": sign,
            "words": words,
            "answer": found.answer,
            "answered": found.handled_at,
        }
    return page("suggest_received", receipt=receipt)
