"""Personal data of one person: find, extract, correct, erase; and the keys that it is encrypted with."""

import io
from typing import Any

from flask import flash, redirect, request, send_file, url_for
from wtforms import Form, StringField

from registry.actions import keys, privacy
from registry.actions.extract import extract as extract_of
from registry.base.errors import BadInput, Fault, RegistryError
from registry.base.i18n import msg
from registry.rules.permission import Role
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor

ROLES = frozenset({Role.SECURITY_ADMIN})
blueprint = section_blueprint("privacy", __name__, ROLES)
SECTION = Section(
    blueprint,
    "privacy",
    msg("Personal data"),
    msg("What is held of a person: find, extract, erase; keys."),
    "admin_privacy.home",
    ROLES,
)


class PersonForm(Form):
    """Whom it is about, and why; never in an address."""

    number = StringField(render_kw={"autocomplete": "off", "maxlength": "80"})
    reason = StringField(render_kw={"autocomplete": "off", "maxlength": "300"})


class CorrectForm(Form):
    """A personal answer to be put right."""

    case = StringField(render_kw={"autocomplete": "off", "maxlength": "60"})
    field = StringField(render_kw={"autocomplete": "off", "maxlength": "60"})
    value = StringField(render_kw={"autocomplete": "off", "maxlength": "200"})
    reason = StringField(render_kw={"autocomplete": "off", "maxlength": "300"})


LABELS = {
    "number": (msg("Telephone, ID number or e-mail address"), msg("Of the person who asks.")),
    "reason": (msg("Reason"), msg("Who asked for it, and when. Kept encrypted.")),
    "case": (msg("Number of the application"), None),
    "field": (msg("Field of the form"), msg("Its id, such as contact_phone.")),
    "value": (msg("What is right"), None),
}


def labelled(form: Form) -> Form:
    """The form with its words in the reader's language."""
    for field in form:
        label, hint = LABELS[field.name]
        field.label.text, field.description, field.flags.required = str(label), str(hint or ""), True
    return form


def shown(
    person: Form | None = None,
    put_right: Form | None = None,
    faults: list[Fault] | None = None,
    sure: bool = False,
    **more: Any,
) -> str:
    """The page with both forms; `sure`: with the question whether all that was found shall be erased."""
    return page(
        "privacy",
        form=person or labelled(PersonForm()),
        correction=put_right or labelled(CorrectForm()),
        use=keys.status(registry()),
        faults=faults or [],
        sure=sure,
        **more,
    )


def refused(form: Form, error: RegistryError) -> list[Fault]:
    """The faults of an error, put beside their fields."""
    faults = list(error.faults) if isinstance(error, BadInput) else [Fault(error.message)]
    for fault in faults:
        if fault.field in form._fields:
            form[fault.field].errors = [str(fault.message)]
    return faults


@blueprint.get("/")
def home() -> str:
    """The forms and the keys."""
    return shown()


@blueprint.post("/person")
def person() -> Any:
    """Find, extract or erase what a number leads to; before it erases, it says what and asks once more."""
    form, actor = labelled(PersonForm(request.form)), require_actor()
    words, reason = form.number.data or "", form.reason.data or ""
    try:
        match request.form.get("do"):
            case "extract":
                data = extract_of(registry(), actor, words, reason)
                return send_file(io.BytesIO(data), "application/zip", as_attachment=True, download_name="extract.zip")
            case "erase":
                held = privacy.locate(registry(), actor, words, reason)
                return shown(form, found=held, sure=bool(held))
            case "erase_now":
                privacy.erase_person(registry(), actor, words, reason)
                flash(str(msg("Erased. The record proves that it was, and holds none of it.")))
                return redirect(url_for(".home"), 303)
            case _:
                return shown(form, found=privacy.locate(registry(), actor, words, reason))
    except RegistryError as error:
        return shown(form, faults=refused(form, error)), error.http_status


@blueprint.post("/correction")
def correction() -> Any:
    """Put one personal answer right."""
    form = labelled(CorrectForm(request.form))
    try:
        privacy.correct(
            registry(),
            require_actor(),
            number=form.case.data or "",
            field=form.field.data or "",
            value=form.value.data or "",
            reason=form.reason.data or "",
        )
    except RegistryError as error:
        return shown(put_right=form, faults=refused(form, error)), error.http_status
    flash(str(msg("Put right in everything that was sent; on record.")))
    return redirect(url_for(".home"), 303)


@blueprint.post("/keys")
def rotate() -> Any:
    """Encrypt everything anew with the newest key, in the background."""
    keys.rotate_later(registry(), require_actor())
    flash(str(msg("The work waits in the outbox; this page says what remains.")))
    return redirect(url_for(".home"), 303)
