"""A person's own account: appointments, sign-ins, password."""

from flask import Blueprint, render_template

from registry.web import templating
from registry.web.context import require_actor
from registry.web.signin import gate

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(gate)


@blueprint.get("/")
def home() -> str:
    """Who I am here."""
    return render_template("account/home.html", **templating.frame(), person=require_actor())
