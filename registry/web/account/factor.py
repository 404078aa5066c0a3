"""The second factor: setting it up with a picture to scan, giving it, new recovery codes, doing without it."""

import io
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, flash, redirect, request, url_for
from wtforms import Form, StringField

from registry.actions import second_factor as verbs
from registry.actions.sessions import NEED_SECOND_FACTOR, SignedIn, second_factor_required
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.i18n import msg
from registry.store.account import Account
from registry.web.account.common import page, require_signed, shown_faults
from registry.web.context import registry
from registry.web.signin import inside


class CodeForm(Form):
    """A code."""

    code = StringField(
        render_kw={"autocomplete": "one-time-code", "maxlength": "40", "autocapitalize": "none", "spellcheck": "false"}
    )


def add_to(blueprint: Blueprint) -> None:
    """These pages on the account's blueprint."""
    blueprint.add_url_rule("/second-factor", view_func=second_factor, methods=["GET", "POST"])
    blueprint.add_url_rule("/second-factor/qr.svg", view_func=qr)


def second_factor() -> Any:
    """The one page: what it offers depends on where the account stands."""
    found, form, problem = require_signed(), code_form(), None
    if request.method == "POST":
        try:
            return done(found, request.form.get("do", ""), form.code.data or "")
        except BadInput as error:
            problem = error
    faults = shown_faults(form, problem)
    with registry().store.read(found.actor) as session:
        account = session.get_one(Account, found.actor.account)
        left = verbs.codes_left(session, account.id)
    secret = None if account.second_factor_at else verbs.begin(registry(), found.actor)
    may_turn_off = not (second_factor_required(registry()) and found.actor.has(*NEED_SECOND_FACTOR))
    form.code.description = str(hint(account))
    shown = page(
        "second_factor",
        form=form,
        faults=faults,
        since=account.second_factor_at,
        given=found.second_factor,
        must=found.needs_second_factor,
        on_the_way="next" in request.args,
        left=left,
        secret=[secret[n : n + 4] for n in range(0, len(secret), 4)] if secret else None,
        may_turn_off=may_turn_off,
    )
    return shown, 422 if faults else 200


def code_form() -> Form:
    """The form in the reader's language."""
    form = CodeForm(request.form)
    form.code.label.text = str(msg("Code"))
    form.code.flags.required = True
    return form


def hint(account: Account) -> Any:
    """Which code is meant."""
    if account.second_factor_at:
        return msg("The six digits that your device shows now, or one of your recovery codes.")
    return msg("The six digits that your device shows now.")


def done(found: SignedIn, do: str, code: str) -> Any:
    """Do what the button says. Raises BadInput, Refused."""
    actor, target = found.actor, request.args.get("next")
    if do == "set_up":
        codes = verbs.confirm(registry(), actor, code=code, sitting=found.sitting)
        return page("recovery_codes", codes=codes, fresh=True, next_url=inside(target) if target else None)
    if do == "renew":
        return page("recovery_codes", codes=verbs.renew_codes(registry(), actor, code=code), fresh=False, next_url=None)
    if do == "step_up":
        verbs.step_up(registry(), actor, code=code, sitting=found.sitting)
        return redirect(inside(target), 303)
    if do == "turn_off":
        verbs.turn_off(registry(), actor, code=code)
        flash(str(msg("The second factor is off.")))
        return redirect(url_for("account.home"), 303)
    raise NotFound(msg("There is no such page."))


def qr() -> Response:
    """The picture that a device scans; only while it is being set up."""
    found = require_signed()
    try:
        secret = verbs.begin(registry(), found.actor)
    except Refused:
        raise NotFound(msg("There is no such page.")) from None
    with registry().store.read(found.actor) as session:
        login = session.get_one(Account, found.actor.account).login
    issuer = urlsplit(registry().settings.public_url).hostname or "registry"
    out = io.BytesIO()
    segno.make(verbs.address_of(secret, login=login, issuer=issuer), error="m").save(
        out, kind="svg", scale=6, border=4, light="#fff"
    )
    return Response(out.getvalue(), content_type="image/svg+xml")
