"""Workflows as data: stages, and the outcomes that lead from one to the next.

What a workflow must prove stands in `proof`, what it lets a person do in `engine`, how a county extends a wider
place's in `extension`; here are only the words.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

from pydantic import Field

from registry.base.i18n import Text
from registry.rules.header import Header, Level, Procedure
from registry.rules.model import Flag, Id, Model, Whole
from registry.rules.permission import Role

StageKind = Literal[
    "form",
    "task",
    "evidence_check",
    "joint_check",
    "site_visit",
    "expert_scoring",
    "collegiate",
    "notice",
    "wait",
    "automatic",
    "hearing",
    "end",
]
Duty = Literal["edit", "review", "decide", "notice", "work", "auto", "recognised", "ended"]
Act = Literal[
    "next",
    "return",
    "recommend",
    "approve",
    "clear",
    "uphold",
    "refuse",
    "withdraw",
    "timeout",
    "auto",
    "undo",
    "send_back",
]
Guard = Literal["criteria_met", "nothing_missing", "score_reached"]
Need = Literal[
    "reason",
    "remedy",
    "defects",
    "opinion",
    "meeting",
    "minutes",
    "document",
    "document_date",
    "scan",
    "statement",
    "visit_note",
]
Result = Literal["recommended", "recognised", "refused", "withdrawn", "revoked", "rectified", "concluded"]

FORWARD: frozenset[str] = frozenset({"next", "recommend", "approve", "clear"})
"""Acts by which a person moves a case on."""
DISTINCT: frozenset[str] = frozenset({"edit", "review", "decide"})
"""Duties that different people do, always: who files neither reviews nor decides, who reviews does not decide."""
MACHINE_ACTS: frozenset[str] = frozenset({"auto", "timeout", "undo"})
"""Acts that only the registry itself carries out."""


class Remedy(Model):
    """To whom the person concerned may turn, and within how many working days."""

    to: Text
    days: Whole = Field(ge=1)


class Outcome(Model):
    """One way out of a stage. `substance`: it changes what was applied for, so review and all after it begin anew."""

    to: str
    act: Act
    label: Text
    guard: Guard | None = None
    needs: list[Need] = []
    substance: Flag = False
    main: Flag = False
    """The one to offer first."""
    says: Text | None = None
    """What the person who chooses it is told before."""
    remedy: Remedy | None = None


class Names(Model):
    """What a stage is called: by the office, by the applicant, and while it is still to come."""

    staff: Text
    applicant: Text
    upcoming: Text


class Stage(Model):
    """Where a case can be. `duty` says what it earns, `kind` what it shows and asks for."""

    kind: StageKind
    duty: Duty
    names: Names
    role: Role | None = None
    office: str | None = Field(default=None, pattern=r"^(home|authority|applicant|department:\S+)$")
    """`home` (the entry's region), `authority` (the case's), `applicant`, or `department:UNIT` of the authority."""
    days: Whole | None = Field(default=None, ge=1)
    """Working days until it is due; of a notice, its length."""
    members: Whole | None = Field(default=None, ge=1)
    """How many people are asked (experts, departments, members of a panel)."""
    enough: Whole | None = Field(default=None, ge=1)
    """How many of them must have answered; all of them where it is not said."""
    max_returns: Whole | None = Field(default=None, ge=1)
    result: Result | None = None
    not_same_person_as: list[Id] = []
    """Stages whose people may not act here. Only ever stricter: review and decision differ without it."""
    outcomes: dict[Id, Outcome] = {}

    @property
    def is_end(self) -> bool:
        """Whether a case that comes here is over."""
        return self.duty in ("recognised", "ended")

    @property
    def is_silent(self) -> bool:
        """Whether the registry moves the case on from here, not a person."""
        return self.kind in ("wait", "automatic") or self.duty == "auto"

    @property
    def has_owner(self) -> bool:
        """Whether a person must act here."""
        return not (self.is_end or self.is_silent)

    @property
    def quorum(self) -> int:
        """How many different people must act here."""
        return self.enough or self.members or 1


class Scope(Header):
    """The head of a workflow: for which entries, which procedure and which level it is."""

    kind: str = Field(default="*", pattern=r"^(\*|[a-z][a-z0-9_]*)$")
    product: Id | None = None
    procedure: Procedure
    level: Level


class Workflow(Scope):
    """One procedure before one authority, from its first stage to its ends."""

    start: Id
    stages: dict[Id, Stage] = Field(min_length=1)

    def edges(self) -> Iterator[tuple[str, str, Outcome]]:
        """Every outcome, with its stage and its own name."""
        for name, stage in self.stages.items():
            for outcome_name, outcome in stage.outcomes.items():
                yield name, outcome_name, outcome

    def is_by_machine(self, stage: str, outcome: Outcome) -> bool:
        """Whether the registry itself takes this way, no person. Even while it waits, an applicant may withdraw."""
        return outcome.act in MACHINE_ACTS or (self.stages[stage].is_silent and outcome.act != "withdraw")

    @property
    def people_needed(self) -> int:
        """How many different people a case needs at least, when each does as much as the rules allow."""
        people = [name for name, stage in self.stages.items() if stage.has_owner for _ in range(stage.quorum)]
        count = 1
        while not _fits(people, self._apart, [], count):
            count += 1
        return count

    def unfilled(self, holders: Mapping[str, Collection[str]]) -> list[str]:
        """The stages that the people there are cannot fill when different people must act; empty: they can.

        `holders` says for each stage who may act in it; stages that it does not name are somebody else's concern. The
        fewest stages are left unfilled, the later ones first.
        """
        places = [n for n, s in self.stages.items() if s.has_owner and n in holders for _ in range(s.quorum)]
        few = [n for n in places if len(holders[n]) < len(places)]  # where there are more, somebody is always left
        return _left_open(few, self._apart, holders, [])

    def _apart(self, a: str, b: str) -> bool:
        """Whether different people must act in two stages; in a stage with itself: its members differ."""
        one, other = self.stages[a], self.stages[b]
        return (
            a == b
            or (one.duty != other.duty and {one.duty, other.duty} <= DISTINCT)
            or a in other.not_same_person_as
            or b in one.not_same_person_as
        )


def _fits(places: list[str], apart: Callable[[str, str], bool], given: list[int], count: int) -> bool:
    """Whether `count` people can fill the places, so that places `apart` go to different people."""
    if len(given) == len(places):
        return True
    here = places[len(given)]
    barred = {person for place, person in zip(places, given, strict=False) if apart(place, here)}
    used = max(given, default=-1) + 1
    return any(
        _fits(places, apart, [*given, person], count) for person in range(min(used + 1, count)) if person not in barred
    )


def _left_open(
    places: list[str],
    apart: Callable[[str, str], bool],
    holders: Mapping[str, Collection[str]],
    given: list[str | None],
) -> list[str]:
    """The fewest places that stay empty, when places `apart` go to different people."""
    if len(given) == len(places):
        return [place for place, person in zip(places, given, strict=True) if person is None]
    here = places[len(given)]
    barred = {person for place, person in zip(places, given, strict=False) if person and apart(place, here)}
    least: list[str] | None = None
    for person in [*sorted(set(holders[here]) - barred), None]:
        if person is None and least is not None and len(least) <= 1:
            break  # leaving one's own place empty is no better
        found = _left_open(places, apart, holders, [*given, person])
        if least is None or len(found) < len(least):
            least = found
        if not least:
            break
    return least or []
