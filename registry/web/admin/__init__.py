"""The administration: people, protection, the calendar, the ledger, the record. One module a section."""

from flask import Blueprint

from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.web.admin import (
    audit,
    backtest,
    calendar,
    ledger_titles,
    messages,
    pack_looks,  # noqa: F401 – its pages hang on the blueprint of packs
    packs_past,  # noqa: F401 – likewise
    packs_published,
    people,
    plugins,
    privacy,
    record,
    regions,
    signins,
)
from registry.web.admin.sections import Section, page
from registry.web.context import require_actor
from registry.web.signin import gate

SECTIONS: tuple[Section, ...] = (
    ledger_titles.SECTION,
    packs_published.SECTION,
    backtest.SECTION,
    people.SECTION,
    signins.SECTION,
    regions.SECTION,
    privacy.SECTION,
    calendar.SECTION,
    messages.SECTION,
    plugins.SECTION,
    audit.SECTION,
    record.SECTION,
)
"""In the order in which they are shown."""

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(gate)


@blueprint.get("/")
def home() -> str:
    """The sections that the person may open."""
    actor = require_actor()
    mine = [section for section in SECTIONS if actor.has(*section.roles)]
    if not mine:
        raise Refused(msg("These pages are for others; your role does not open them."))
    return page("home", sections=mine)
