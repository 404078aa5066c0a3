"""The officials' pages: work waiting, cases, what is decided in them, notices."""

from flask import Blueprint

from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.web.context import require_actor
from registry.web.signin import gate

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.before_request(gate)


@blueprint.before_request
def staff_only() -> None:
    """These pages are for who works in an office. Raises Refused."""
    if not require_actor().is_staff:
        raise Refused(msg("These pages are for the offices that handle applications."))
