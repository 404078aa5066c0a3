"""Opening the personal data of a case: shown masked, opened for a purpose, and every opening is on record."""

from registry.actions.cases import load
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.permission import Actor

PURPOSES: dict[str, Message] = {
    "contact": msg("to reach the applicant"),
    "check": msg("to check what was declared"),
    "visit": msg("to arrange a visit"),
    "objection": msg("to look into an objection"),
}
"""What it may be opened for; the record tells the purpose, never the data."""


def open_personal(registry: Registry, actor: Actor, case_id: str, *, purpose: str) -> None:
    """Record that somebody opens the personal data of a case. Raises NotFound, BadInput without a purpose."""
    if purpose not in PURPOSES:
        raise BadInput(Fault(msg("Say what you need it for."), field="purpose"))
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        session.record("personal.open", f"case:{case.id}", purpose=purpose, person=actor.person)
