"""The page to which an invitation's link leads: the invited person says their name and sets a password."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from registry.actions import invitations
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.web.context import registry
from registry.web.signin import csrf
from registry.web.templating import frame

blueprint = Blueprint("invitation", __name__)


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
def accept(token: str) -> Any:
    """Take an invitation up."""
    faults = list[Fault]()
    name = request.form.get("name", "")[:60]
    if request.method == "POST":
        csrf.protect()
        try:
            invitations.accept_invitation(
                registry(), token=token, name=name, password=request.form.get("password", "")[:200]
            )
            flash(str(msg("Your account is ready. Sign in with it.")))
            return redirect(url_for("auth.sign_in"), 303)
        except BadInput as error:
            faults = list(error.faults)
    if why := invitations.invitation_fault(registry(), token):
        raise Refused(why)
    shown = render_template("auth/invitation.html", name=name, faults=faults, **frame())
    return shown, 422 if faults else 200
