"""What may be put right: the last step, by who took it on the same day; and a second return, by two officers.

An applicant is told once what is wrong (一次性告知). What is found wrong at a later return in a field that they have not
changed since could have been said at the earlier one; for that two officers must agree.
"""

from collections.abc import Iterable

from registry.base.i18n import Message, msg
from registry.rules.engine import Position
from registry.rules.permission import Actor
from registry.rules.workflow import Outcome, Workflow

CAN_BE_TAKEN_BACK = frozenset({"next", "recommend", "approve", "return"})
"""Acts within the office, of which nobody outside hears before the case goes on."""


def may_take_back(position: Position, actor: Actor) -> Message | None:
    """None when the actor may take back the last step: their own, of today, within the office, nothing done since."""
    taken = [step for step in position.steps if step.act != "ballot"]
    last = taken[-1] if taken else None
    if last is None or last.person != actor.person or last.act not in CAN_BE_TAKEN_BACK or last.substance:
        return msg("Only the last step can be taken back, by who took it.")
    if last.on != position.today:
        return msg("A step can be taken back only on the day on which it was taken.")
    here = position.at
    seen = not here.has_owner or here.duty == "edit" or last.duty in ("edit", "notice") or here.office == "applicant"
    gone_on = position.notice_started or last.kind == "expert_scoring"
    if seen or gone_on or any(step.act == "ballot" and step.stage == position.stage for step in position.steps):
        return msg("This step can no longer be taken back: others have seen it, or have gone on from it.")
    if actor.person in position.conflicted:
        return msg("You have a conflict of interest in this case; somebody else must act.")
    return None


def said_too_late(position: Position, outcome_name: str, fields: Iterable[str]) -> frozenset[str]:
    """The fields of a return that the applicant left as they were when it was returned before: it could be said then."""
    outcome = position.at.outcomes.get(outcome_name)
    if outcome is None or position.corrected is None or not is_to_applicant(position.workflow, outcome):
        return frozenset()
    return frozenset(fields) - position.corrected


def is_to_applicant(workflow: Workflow, outcome: Outcome) -> bool:
    """Whether an outcome returns the case to the applicant for correction."""
    return outcome.act == "return" and workflow.stages[outcome.to].duty == "edit"


def may_return(
    position: Position, outcome_name: str, fields: Iterable[str], proposer: str | None, actor: Actor
) -> Message | None:
    """None when a return may name these fields: for what could have been said before two officers must agree.

    `proposer` is the person who proposed it, when the actor agrees to it. What `may` says comes first.
    """
    if not said_too_late(position, outcome_name, fields):
        return None
    if proposer is None:
        return msg("This could have been said when the case was returned before; another officer must agree to it.")
    if proposer == actor.person:
        return msg("Somebody else of the office must agree to it.")
    return None
