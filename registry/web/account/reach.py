"""Where one is told outside of the site: the e-mail address with its code, and the switches."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from wtforms import Form, StringField

from registry.actions import reach as verbs
from registry.actions.messages import set_up
from registry.base.errors import BadInput, NotFound
from registry.base.i18n import Message, msg
from registry.store.account import Account
from registry.store.people import Person
from registry.web.account.common import page, shown_faults
from registry.web.context import registry, require_actor

LABELS: dict[str, Message] = {"address": msg("E-mail address"), "code": msg("Code")}


class ReachForm(Form):
    """An address, or the code that was sent to it."""

    address = StringField(render_kw={"type": "email", "autocomplete": "email", "maxlength": "254"})
    code = StringField(render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"})


def add_to(blueprint: Blueprint) -> None:
    """This page on the account's blueprint."""
    blueprint.add_url_rule("/reach", view_func=reach, methods=["GET", "POST"])


def reach() -> Any:
    """The one page: what it offers depends on what is entered and confirmed."""
    actor, problem = require_actor(), None
    form = ReachForm(request.form)
    for field in form:
        field.label.text, field.flags.required = str(LABELS[field.name]), True
    if request.method == "POST":
        try:
            flash(str(done(request.form.get("do", ""), form)))
            return redirect(url_for("account.reach"), 303)
        except BadInput as error:
            problem = error
    with registry().store.read(actor) as session:
        by_email, by_sms = set_up(session)
        found = verbs.reach_of(session, actor.account)
        phone = session.get_one(Person, session.get_one(Account, actor.account).person_id).phone
    shown = page(
        "reach",
        form=form,
        faults=shown_faults(form, problem),
        reach=found,
        email=by_email,
        sms=by_sms,
        phone=f"*** {phone[-4:]}" if phone else None,
    )
    return shown, 422 if problem else 200


def done(do: str, form: Form) -> Message:
    """Do what the button says; returns what is to be told of it. Raises BadInput, NotFound."""
    actor = require_actor()
    if do == "address":
        verbs.set_address(registry(), actor, address=form.address.data or "")
        return msg("A code is on its way to this address. Enter it here within half an hour.")
    if do == "code":
        verbs.confirm_address(registry(), actor, code=form.code.data or "")
        return msg("The address is confirmed.")
    if do == "remove":
        verbs.remove_address(registry(), actor)
        return msg("The address is taken away.")
    if do == "choose":
        verbs.choose(registry(), actor, by_email="by_email" in request.form, by_sms="by_sms" in request.form)
        return msg("Your choice is kept.")
    raise NotFound(msg("There is no such page."))
