"""A role delegated for a leave, by its holder."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from wtforms import Form, StringField

from registry.actions import appointments
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import Message, msg
from registry.rules.permission import CASE_ROLES, ROLE_NAMES, Role
from registry.store.people import Appointment
from registry.store.region import Region
from registry.web.account.common import page, shown_faults
from registry.web.context import registry, require_actor

DATE = {"type": "date"}
LABELS: dict[str, Message] = {
    "login": msg("Your colleague's sign-in name"),
    "from_day": msg("From"),
    "to_day": msg("Until"),
}


class DelegationForm(Form):
    """Who, from when, until when."""

    login = StringField(render_kw={"autocomplete": "off", "autocapitalize": "none", "maxlength": "64"})
    from_day = StringField(render_kw=DATE)
    to_day = StringField(render_kw=DATE)


def add_to(blueprint: Blueprint) -> None:
    """This page on the account's blueprint."""
    blueprint.add_url_rule("/roles/<id>/delegate", view_func=delegate, methods=["GET", "POST"])


def delegate(id: str) -> Any:
    """Delegate one of one's roles."""
    actor, form, problem = require_actor(), DelegationForm(request.form), None
    with registry().store.read(actor) as session:
        row = session.get(Appointment, id)
        mine = row and row.person_id == actor.person and row.in_force(session.today) and row.instead_of is None
        if row is None or not mine or row.role not in CASE_ROLES - {Role.APPLICANT}:
            raise NotFound(msg("There is no such appointment."))
        role = {"role": ROLE_NAMES[row.role], "region": session.get_one(Region, row.region).text}
    for field in form:
        field.label.text, field.flags.required = str(LABELS[field.name]), True
        if field.name != "login":
            field.description = str(msg("For example: {example}", example="2026-03-01"))
    if request.method == "POST":
        try:
            given = days(form)
            appointments.delegate(registry(), actor, id, login=(form.login.data or "").strip(), **given)
            flash(str(msg("The role is delegated for this time.")))
            return redirect(url_for("account.home"), 303)
        except BadInput as error:
            problem = error
        except NotFound as error:  # the colleague, whom the form names
            problem = BadInput(Fault(error.message, field="login"))
    faults = shown_faults(form, problem)
    return page("delegate", role=role, form=form, faults=faults), 422 if faults else 200


def days(form: Form) -> dict[str, date]:
    """The two days that were typed. Raises BadInput with each that is none."""
    read, faults = {}, []
    for name in ("from_day", "to_day"):
        try:
            read[name] = date.fromisoformat((form[name].data or "").strip())
        except ValueError:
            faults.append(Fault(msg("Fill this in; a date is written 2026-03-01."), field=name))
    if faults:
        raise BadInput(faults)
    return read
