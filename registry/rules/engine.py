"""Who may take a case out of its stage by which outcome, and why not. `may` is the only gate.

The proof shows that every path earns what a title needs; here it is seen to that different people earn it, since the
last change of substance, without conflict of interest, in the right office, and not before a notice has run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from registry.base.i18n import Message, msg, nmsg
from registry.rules.calendar import NotCountable
from registry.rules.floors import Floors
from registry.rules.permission import ROLE_NAMES, SYSTEM, Actor, Role
from registry.rules.workflow import DISTINCT, Outcome, Stage, Workflow

GUARDS: dict[str, Message] = {
    "criteria_met": msg("The criteria are not met."),
    "nothing_missing": msg("Something is still missing."),
    "score_reached": msg("The score does not reach the mark."),
}
"""What a shut guard says."""
BEGINS_ANEW = frozenset({"uphold", "send_back", "undo"})
"""Acts after which the case is reviewed from the beginning, as after an edit."""
TAKE_BACK, TAKEN_BACK = "take_back", "taken_back"
"""The act by which the last step is taken back, and the act of a step that was: it earned nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way taken, or one ballot given (`act` is `ballot`), as the record has it. `person` of a machine: `system`."""

    stage: str
    duty: str
    kind: str
    outcome: str
    act: str
    person: str
    on: date
    substance: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case stands, and all that bears on what may happen next. Made by the verbs from what is stored."""

    workflow: Workflow
    stage: str
    today: date
    home_region: str
    authority_region: str
    steps: tuple[Step, ...] = ()
    """Oldest first."""
    filers: frozenset[str] = frozenset()
    """Persons: whoever filed, and who belongs to the filing office or organisation."""
    filing_organisation: str | None = None
    conflicted: frozenset[str] = frozenset()
    """Persons with a conflict of interest, declared or known."""
    corrected: frozenset[str] | None = None
    """Fields that the applicant has changed since the case was last returned to them; None: it never was."""
    open_objections: int = 0
    open_leads: int = 0
    """Messages without a name: they hold nothing up, and may still be upheld."""
    open_ballots: int = 0
    """Answers of members that are still outstanding in this stage."""
    notice_started: date | None = None
    notice_ends: date | NotCountable | None = None
    """The last day of the notice."""
    seat: bool | None = None
    """Of a case that its round's authority decides: whether the released decision gave it a seat. None: in no round."""
    guards: Mapping[str, bool] = field(default_factory=dict)
    floors: Floors = field(default_factory=Floors)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", standing(self.steps))

    @property
    def at(self) -> Stage:
        """The stage the case is in."""
        return self.workflow.stages[self.stage]

    @property
    def recent(self) -> tuple[Step, ...]:
        """The steps since the last change of substance."""
        last = max(
            (i for i, s in enumerate(self.steps) if s.duty == "edit" or s.substance or s.act in BEGINS_ANEW), default=-1
        )
        return self.steps[last + 1 :]

    def files(self, actor: Actor) -> bool:
        """Whether the actor filed this case, or belongs to who did."""
        return actor.person in self.filers or self.filing_organisation in actor.organisations


def standing(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps as they count: who took one that was taken back has still acted, and earned nothing by it."""
    made: list[Step] = []
    for step in steps:
        last = max((i for i, before in enumerate(made) if before.act != "ballot"), default=None)
        if step.act != TAKE_BACK:
            made.append(step)
        elif last is not None:
            made[last] = replace(made[last], act=TAKEN_BACK)
    return tuple(made)


def may(position: Position, outcome_name: str, actor: Actor) -> Message | None:
    """None when the actor may now take the case this way; else why not."""
    outcome = position.at.outcomes.get(outcome_name)
    if outcome is None:
        return msg(
            "“{stage}” has no outcome “{outcome}”. The case may have moved on; load the page again.",
            stage=position.at.names.staff,
            outcome=outcome_name,
        )
    by_machine = position.workflow.is_by_machine(position.stage, outcome)
    if by_machine != (actor.person == SYSTEM.person):
        return msg("The registry does this itself.") if by_machine else msg("A person must do this.")
    refusal = None
    if outcome.act == "withdraw":
        refusal = None if position.files(actor) else msg("Only the applicant may withdraw the application.")
    elif not by_machine:
        refusal = may_take_part(position, actor)
    return refusal or _too_early(position, outcome, actor) or _guard(position, outcome)


def available(position: Position, actor: Actor) -> list[tuple[str, Outcome, Message | None]]:
    """Every way out that people can take, with None where the actor may take it now, else with why not."""
    return [
        (name, outcome, may(position, name, actor))
        for name, outcome in position.at.outcomes.items()
        if not position.workflow.is_by_machine(position.stage, outcome)
    ]


def may_take_part(position: Position, actor: Actor) -> Message | None:
    """None when the actor may act in this stage at all: move it on, give a ballot, write its visit note."""
    return _office(position, actor) or _conflict(position, actor) or _other_person(position, actor)


def may_score(position: Position, actor: Actor) -> Message | None:
    """None when the actor may be asked as an expert, and give scores: neither conflicted nor concerned."""
    if position.at.kind != "expert_scoring":
        return msg("No experts are asked at this stage.")
    if position.files(actor):
        return msg("Whoever filed an application does not score it.")
    if any(s.person == actor.person for s in position.steps):
        return msg("Whoever has acted in a case does not score it as an expert.")
    return _conflict(position, actor)


def may_answer(position: Position, actor: Actor) -> Message | None:
    """None when the actor may answer an objection in this stage: in office, and uninvolved until now."""
    return may_take_part(position, actor) or _involved(position, actor)


def may_do(kind: str, position: Position, actor: Actor) -> Message | None:
    """None when the actor may do a task of a kind in this stage: the stage's own, an objection's answer, a ballot."""
    return {"objection": may_answer, "ballot": may_score}.get(kind, may_take_part)(position, actor)


def office_region(stage: Stage, position: Position) -> str | None:
    """The region whose people act in a stage; None for the applicant's own."""
    if stage.office in (None, "applicant"):
        return None
    return position.home_region if stage.office == "home" else position.authority_region


def tokens(position: Position) -> frozenset[str]:
    """What has been done since the last change of substance, for display: reviewed, heard, decided, noticed."""
    done = set[str]()
    for step in position.recent:
        if step.person == SYSTEM.person:
            continue
        if step.duty == "review" and step.act == "recommend":
            done.add("reviewed")
        elif step.kind == "hearing" and step.act == "next":
            done.add("heard")
        elif step.duty == "decide" and step.act == "approve" and "reviewed" in done:
            done.add("decided")
        elif step.duty == "notice" and step.act == "clear" and "decided" in done:
            done.add("noticed")
    return frozenset(done)


def _office(position: Position, actor: Actor) -> Message | None:
    stage = position.at
    if stage.office == "applicant":
        return None if position.files(actor) else msg("Only the applicant may do this.")
    region = office_region(stage, position)
    if stage.role is None or region is None:
        return msg("Nobody is in charge here; the workflow names no office.")
    unit = (stage.office or "").removeprefix("department:") if stage.role == Role.DEPARTMENT else None
    if unit is None and actor.holds(stage.role, region):
        return None
    if unit and any(a.role == stage.role and a.region == region and a.unit == unit for a in actor.appointments):
        return None
    return msg("Only the {role} of the office in charge may do this.", role=ROLE_NAMES[stage.role])


def _conflict(position: Position, actor: Actor) -> Message | None:
    if actor.person in position.conflicted:
        return msg("You have a conflict of interest in this case; somebody else must act.")
    return None


def _other_person(position: Position, actor: Actor) -> Message | None:
    """Different people: by duty as the floors demand, by stage as the workflow demands more. Who withdraws judges nothing."""
    stage = position.at
    if stage.duty in ("review", "decide") and position.files(actor):
        return msg("Whoever filed an application, or belongs to the office that did, may neither review nor decide it.")
    apart = [DISTINCT, *(distinct.value for distinct in position.floors.distinct_persons)]
    duties = {duty for together in apart if stage.duty in together for duty in together} - {stage.duty}
    if stage.duty in ("review", "decide") and any(
        step.act == "ballot" and step.person == actor.person for step in position.steps
    ):
        return msg("Whoever has scored a case as an expert neither reviews nor decides it.")
    edited = [step for step in position.steps if step.duty == "edit"]
    for step in (*edited, *(step for step in position.recent if step.act != "withdraw")):
        if step.person == actor.person and (step.duty in duties or step.stage in stage.not_same_person_as):
            acted = position.workflow.stages.get(step.stage)
            return msg(
                "You have acted at “{stage}” in this case; here another person must act.",
                stage=acted.names.staff if acted else step.stage,
            )
    return None


def _involved(position: Position, actor: Actor) -> Message | None:
    if position.files(actor) or any(
        s.person == actor.person and s.duty in ("review", "decide") for s in position.recent
    ):
        return msg("An objection is answered by somebody who has neither filed nor reviewed nor decided.")
    return None


def _too_early(position: Position, outcome: Outcome, actor: Actor) -> Message | None:
    """What the case itself must wait for."""
    if outcome.act in ("next", "recommend", "approve", "refuse") and position.open_ballots:
        return nmsg("{n} answer is still outstanding.", "{n} answers are still outstanding.", position.open_ballots)
    if outcome.act == "return" and position.at.max_returns:
        returned = sum(step.stage == position.stage and step.act == "return" for step in position.steps)
        if returned >= position.at.max_returns:
            return nmsg(
                "This was returned {n} time already, as often as is allowed; decide on what is there.",
                "This was returned {n} times already, as often as is allowed; decide on what is there.",
                returned,
            )
    if outcome.act == "uphold":
        open_at_all = position.open_objections or position.open_leads
        return _involved(position, actor) if open_at_all else msg("No objection is open.")
    if outcome.act == "approve" and position.seat is False:
        return msg("This case is decided together with its round, by who has a seat there.")
    return _notice(position) if outcome.act == "clear" else None


def _notice(position: Position) -> Message | None:
    if position.open_objections:
        return nmsg(
            "{n} objection is not answered yet.", "{n} objections are not answered yet.", position.open_objections
        )
    if position.notice_started is None or position.notice_ends is None:
        return msg("The notice has not been published yet.")
    if isinstance(position.notice_ends, NotCountable):
        return msg(
            "The working-day calendar of the year in which the notice ends is not published yet; this step waits for it."
        )
    if position.today <= position.notice_ends:
        return msg("The notice runs until the end of {day}.", day=position.notice_ends)
    return None


def _guard(position: Position, outcome: Outcome) -> Message | None:
    return GUARDS[outcome.guard] if outcome.guard and not position.guards.get(outcome.guard, False) else None
