"""What the criteria of a draft would make of past cases, before anybody hands it in."""

from registry.actions import definitions, pack_drafts
from registry.actions.backtest import require_author
from registry.rules.criteria import CriteriaSet
from registry.web.admin.backtest import comparison
from registry.web.admin.packs import blueprint
from registry.web.context import registry, require_actor


@blueprint.get("/drafts/<id>/past-cases")
def past(id: str) -> str:
    """Choose a set of the draft; the decided cases are judged by it once more."""
    actor, at_hand = require_actor(), definitions.all_packs(registry())
    require_author(actor)
    with registry().store.read(actor) as session:
        found = pack_drafts.examined(session, pack_drafts.load(session, id), at_hand)
    sets = [d.model for d in found.pack.definitions if isinstance(d.model, CriteriaSet)]
    return comparison(actor, sets, found.library, "admin_packs.past", id=id)
