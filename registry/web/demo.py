"""The demonstration's own page."""

from flask import Blueprint

blueprint = Blueprint("demo", __name__)


@blueprint.route("/demo")
def home() -> str:
    """The way in."""
    return ""
