"""Floors: the closed list of what a wider place demands of every narrower one. Narrower may be stricter, never laxer.

Each key has its own composition (most, least, all together), and each composed value keeps the document that set it,
so that a refusal can name both documents.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from pydantic import Field

from registry.base.errors import Fault
from registry.base.i18n import Message, Text, msg, nmsg
from registry.rules.header import Header, Level
from registry.rules.model import Flag, Id, Model, Number, Whole
from registry.rules.workflow import DISTINCT, FORWARD, Duty, StageKind, Workflow
from registry.rules.yamlfile import Source

T = TypeVar("T")
Loc = tuple[str | int, ...]
CORE_NOTICE_DAYS = 5
"""Working days of a public notice that no place may go below."""
CORE = Text.model_validate({"zh-Hans": "系统内置底线", "zh-Hant": "系統內置底線", "en": "core"})


class Bound(Model):
    """A criterion that must be there, with the laxest threshold it may have."""

    id: Id
    at_least: Number | None = None
    at_most: Number | None = None


class FloorSet(Header):
    """What one document demands. `kind` and `title_level` say of which entries and titles; left out: of all."""

    kind: str = "*"
    title_level: Level | None = None
    notice_working_days: Whole | None = Field(default=None, ge=CORE_NOTICE_DAYS)
    distinct_persons: list[Annotated[list[Duty], Field(min_length=2)]] = []
    """Sets of duties that different people must do."""
    experts_min: Whole | None = Field(default=None, ge=1)
    required_stage_kinds: list[StageKind] = []
    vetoes: list[Id] = []
    required_criteria: list[Bound] = []
    validity_years: Whole | None = Field(default=None, ge=1)
    """The longest a title may be valid."""
    award_fen_ceiling: Whole | None = Field(default=None, ge=0)
    reply_working_days: Whole | None = Field(default=None, ge=1)
    """The longest an office may take for its first answer to what an applicant has sent."""
    packs_need_city: Flag | None = None
    """Whether rules that a narrower place writes in the browser are published only with the wider place's agreement."""

    @property
    def document(self) -> Text:
        """What to call the document that sets these floors."""
        return self.basis.title if self.basis else self.title


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A composed value, and the document that set it."""

    value: T
    document: Text


@dataclass(frozen=True, slots=True)
class Threshold:
    """The bounds of one criterion, as a floor demands them or as a criteria set has them."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None


class Laxer(NamedTuple):
    """Where a criteria set is laxer: the sentence, the floor's key, and the id of the clause concerned, if one is."""

    message: Message
    key: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Floors:
    """What all wider places and the core together demand."""

    notice_working_days: Sourced[int] = Sourced(CORE_NOTICE_DAYS, CORE)
    distinct_persons: tuple[Sourced[frozenset[str]], ...] = (Sourced(DISTINCT, CORE),)
    experts_min: Sourced[int] | None = None
    required_stage_kinds: tuple[Sourced[str], ...] = ()
    vetoes: tuple[Sourced[str], ...] = ()
    at_least: Mapping[str, Sourced[Decimal]] = field(default_factory=dict)
    """Criteria that must demand at least this much, by id."""
    at_most: Mapping[str, Sourced[Decimal]] = field(default_factory=dict)
    required_criteria: tuple[Sourced[str], ...] = ()
    validity_years: Sourced[int] | None = None
    award_fen_ceiling: Sourced[int] | None = None
    reply_working_days: Sourced[int] | None = None
    packs_need_city: Sourced[bool] | None = None

    def check_workflow(self, workflow: Workflow, source: Source | None = None) -> list[Fault]:
        """Where a workflow is laxer than a floor, with both documents named. That every *path* keeps them: `proof`."""
        document = workflow.basis.title if workflow.basis else workflow.title
        return [_fault(source, message, loc) for message, loc in self._workflow_faults(workflow, document)]

    def _workflow_faults(self, workflow: Workflow, document: Text) -> Iterator[tuple[Message, Loc]]:
        first_answers = {
            o.to for name, _, o in workflow.edges() if workflow.stages[name].office == "applicant" and o.act in FORWARD
        }
        for name, stage in workflow.stages.items():
            loc, reply = ("stages", name, "days"), self.reply_working_days
            if stage.duty == "notice" and stage.days is not None and stage.days < self.notice_working_days.value:
                yield (
                    nmsg(
                        "{document} asks for a notice of {n} working day; {floor} demands at least {least}.",
                        "{document} asks for a notice of {n} working days; {floor} demands at least {least}.",
                        stage.days,
                        document=document,
                        floor=self.notice_working_days.document,
                        least=self.notice_working_days.value,
                    ),
                    loc,
                )
            if reply and name in first_answers and stage.has_owner and (stage.days or 0) > reply.value:
                yield (
                    nmsg(
                        "{document} leaves the office {n} working day to answer; {floor} allows at most {most}.",
                        "{document} leaves the office {n} working days to answer; {floor} allows at most {most}.",
                        stage.days or 0,
                        document=document,
                        floor=reply.document,
                        most=reply.value,
                    ),
                    loc,
                )
            if self.experts_min and stage.kind == "expert_scoring" and stage.quorum < self.experts_min.value:
                yield (
                    nmsg(
                        "{document} is content with {n} expert; {floor} demands at least {least}.",
                        "{document} is content with {n} experts; {floor} demands at least {least}.",
                        stage.quorum,
                        document=document,
                        floor=self.experts_min.document,
                        least=self.experts_min.value,
                    ),
                    ("stages", name),
                )
        kinds = {stage.kind for stage in workflow.stages.values()}
        recognises = any(stage.duty == "recognised" for stage in workflow.stages.values())
        for required in self.required_stage_kinds:
            if recognises and required.value not in kinds:
                yield (
                    msg(
                        "{document} has no stage of the kind “{kind}”; {floor} demands one.",
                        document=document,
                        kind=required.value,
                        floor=required.document,
                    ),
                    ("stages",),
                )

    def check_criteria(
        self,
        document: Text,
        *,
        thresholds: Mapping[str, Threshold],
        vetoes: Collection[str],
        validity_years: int | None = None,
        award_fen: int | None = None,
    ) -> list[Laxer]:
        """Where a criteria set (its `document`) is laxer than a floor. Thresholds and vetoes by the ids of its clauses;
        `validity_years` None means without end."""
        return [
            *self._laxer_thresholds(document, thresholds),
            *self._laxer_vetoes(document, vetoes),
            *self._laxer_title(document, validity_years, award_fen or 0),
        ]

    def _laxer_thresholds(self, document: Text, thresholds: Mapping[str, Threshold]) -> Iterator[Laxer]:
        for required in self.required_criteria:
            if required.value not in thresholds:
                yield Laxer(
                    msg(
                        "{document} has no criterion “{criterion}”; {floor} demands it.",
                        document=document,
                        criterion=required.value,
                        floor=required.document,
                    ),
                    "required_criteria",
                    required.value,
                )
        for name, ours in thresholds.items():
            least, most = self.at_least.get(name), self.at_most.get(name)
            if least and (ours.at_least is None or ours.at_least < least.value):
                yield Laxer(
                    msg(
                        "{document} asks for {given} at “{criterion}”; {floor} demands at least {least}.",
                        document=document,
                        given=_shown(ours.at_least),
                        criterion=name,
                        floor=least.document,
                        least=_shown(least.value),
                    ),
                    "required_criteria",
                    name,
                )
            if most and (ours.at_most is None or ours.at_most > most.value):
                yield Laxer(
                    msg(
                        "{document} allows {given} at “{criterion}”; {floor} allows at most {most}.",
                        document=document,
                        given=_shown(ours.at_most),
                        criterion=name,
                        floor=most.document,
                        most=_shown(most.value),
                    ),
                    "required_criteria",
                    name,
                )

    def _laxer_vetoes(self, document: Text, vetoes: Collection[str]) -> Iterator[Laxer]:
        for veto in self.vetoes:
            if veto.value not in vetoes:
                yield Laxer(
                    msg(
                        "{document} lacks the veto “{veto}”; {floor} demands it.",
                        document=document,
                        veto=veto.value,
                        floor=veto.document,
                    ),
                    "vetoes",
                    veto.value,
                )

    def _laxer_title(self, document: Text, years: int | None, award_fen: int) -> Iterator[Laxer]:
        longest, ceiling = self.validity_years, self.award_fen_ceiling
        if longest and years is None:
            yield Laxer(
                msg(
                    "{document} lets a title be valid without end; {floor} allows at most {most} years.",
                    document=document,
                    floor=longest.document,
                    most=longest.value,
                ),
                "validity_years",
            )
        if longest and years and years > longest.value:
            yield Laxer(
                msg(
                    "{document} lets a title be valid for {given} years; {floor} allows at most {most}.",
                    document=document,
                    given=years,
                    floor=longest.document,
                    most=longest.value,
                ),
                "validity_years",
            )
        if ceiling and award_fen > ceiling.value:
            yield Laxer(
                msg(
                    "{document} awards {given} yuan; {floor} allows at most {most}.",
                    document=document,
                    given=_yuan(award_fen),
                    floor=ceiling.document,
                    most=_yuan(ceiling.value),
                ),
                "award_fen_ceiling",
            )


def compose(sets: Iterable[FloorSet]) -> Floors:
    """What the core and all these documents demand together. Where two demand the same, the first is named."""
    sets, core = list(sets), Floors()
    bounds = _each(sets, "required_criteria")
    return Floors(
        notice_working_days=max([core.notice_working_days, *_said(sets, "notice_working_days")], key=_value),
        distinct_persons=_united(
            [
                *core.distinct_persons,
                *(Sourced(frozenset(duties.value), duties.document) for duties in _each(sets, "distinct_persons")),
            ]
        ),
        experts_min=max(_said(sets, "experts_min"), key=_value, default=None),
        required_stage_kinds=_united(_each(sets, "required_stage_kinds")),
        vetoes=_united(_each(sets, "vetoes")),
        at_least=_by_id(bounds, "at_least", max),
        at_most=_by_id(bounds, "at_most", min),
        required_criteria=_united(Sourced(bound.value.id, bound.document) for bound in bounds),
        validity_years=min(_said(sets, "validity_years"), key=_value, default=None),
        award_fen_ceiling=min(_said(sets, "award_fen_ceiling"), key=_value, default=None),
        reply_working_days=min(_said(sets, "reply_working_days"), key=_value, default=None),
        packs_need_city=next((said for said in _said(sets, "packs_need_city") if said.value), None),
    )


def _value(said: Sourced[Any]) -> Any:
    return said.value


def _said(sets: Iterable[FloorSet], key: str) -> list[Sourced[Any]]:
    """What each document says under a key with one value."""
    return [Sourced(value, floor.document) for floor in sets if (value := getattr(floor, key)) is not None]


def _each(sets: Iterable[FloorSet], key: str) -> list[Sourced[Any]]:
    """What each document lists under a key with several values."""
    return [Sourced(value, floor.document) for floor in sets for value in getattr(floor, key)]


def _united(said: Iterable[Sourced[T]]) -> tuple[Sourced[T], ...]:
    """Each value once, with the first document that says it."""
    first: dict[T, Sourced[T]] = {}
    for item in said:
        first.setdefault(item.value, item)
    return tuple(first.values())


def _by_id(bounds: Iterable[Sourced[Bound]], side: str, strictest: Callable[..., Any]) -> dict[str, Sourced[Decimal]]:
    """The strictest bound of each criterion on one side."""
    made: dict[str, Sourced[Decimal]] = {}
    for bound in bounds:
        if (value := getattr(bound.value, side)) is not None:
            said = Sourced(value, bound.document)
            made[bound.value.id] = strictest(made.get(bound.value.id, said), said, key=_value)
    return made


def _shown(value: Decimal | None) -> Message | str:
    return msg("nothing") if value is None else format(value, "f")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,f}"


def _fault(source: Source | None, message: Message, loc: Loc) -> Fault:
    return source.fault(message, *loc) if source else Fault(message, field=".".join(map(str, loc)))
