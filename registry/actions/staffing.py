"""Whether a region has the different people that its workflow needs: asked before a round is called."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from registry.actions.rounds import covered
from registry.base.i18n import Message, Text, msg
from registry.host.resolve import read_as, resolve
from registry.rules.permission import ROLE_NAMES
from registry.rules.workflow import Stage, Workflow
from registry.store.people import Appointment, kept
from registry.store.region import Region
from registry.store.round import Round
from registry.store.session import ReadSession

WAYS_OUT: tuple[Message, ...] = (
    msg("Appoint somebody who holds none of the other offices of this procedure there."),
    msg("Let somebody of another office of the same bureau hold it for a time, with an end date."),
    msg("Where one person holds two offices, give one of them to a colleague: who reviews does not decide."),
)
"""What is lawful when people are missing. That one person does both is not."""


@dataclass(frozen=True)
class Shortage:
    """A region whose people cannot do a kind's procedure: the stages that stay empty, and how many people there are."""

    region: Region
    kind: str
    stages: tuple[Text, ...]
    roles: tuple[Message, ...]
    people: int
    needed: int


def shortages(session: ReadSession, round: Round) -> list[Shortage]:
    """The regions of a round with fewer different people than their workflow needs on the day that it opens."""
    regions = covered(session, round.region)
    held = holders(session, [r.code for r in regions], max(round.opens_on, session.today))
    found = []
    for region in regions:
        for kind in round.kinds:
            definition = resolve(
                session,
                "workflow",
                kind=kind,
                region=region.code,
                on=round.opens_on,
                level=region.title_level,
                procedure="recommend",
            )
            if definition is None:
                continue
            workflow = read_as(Workflow, definition)
            if one := shortage(workflow, region, kind, held):
                found.append(one)
    return found


def shortage(workflow: Workflow, region: Region, kind: str, held: dict[tuple[str, str], set[str]]) -> Shortage | None:
    """What one region lacks for one workflow; None when nothing."""
    own = {name: stage for name, stage in workflow.stages.items() if is_own(stage)}
    people = {name: held.get((stage.role or "", region.code), set()) for name, stage in own.items()}
    open_ = workflow.unfilled(people)
    if not open_:
        return None
    return Shortage(
        region,
        kind,
        tuple(own[name].names.staff for name in dict.fromkeys(open_)),
        tuple(ROLE_NAMES[own[name].role] for name in dict.fromkeys(open_) if own[name].role),  # type: ignore[index]
        len(set().union(*people.values())),
        workflow.people_needed,
    )


def is_own(stage: Stage) -> bool:
    """Whether the region's own people must act in a stage."""
    return stage.has_owner and stage.office in ("home", "authority") and stage.kind != "expert_scoring"


def holders(session: ReadSession, regions: list[str], on: date) -> dict[tuple[str, str], set[str]]:
    """(role, region) → the persons who hold it on a day; two accounts of one person are one."""
    now = kept(session)
    made: dict[tuple[str, str], set[str]] = {}
    for a in session.exec(select(Appointment).where(col(Appointment.region).in_(regions))):
        if a.in_force(on):
            made.setdefault((a.role, a.region), set()).add(now.get(a.person_id, a.person_id))
    return made
