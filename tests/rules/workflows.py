"""Workflows made by hand, and people who play them through the engine."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from registry.base.i18n import Message
from registry.rules.calendar import NotCountable, WorkCalendar
from registry.rules.engine import Position, Step, may
from registry.rules.floors import Floors
from registry.rules.lawful import lawful
from registry.rules.permission import STAFF, SYSTEM, Actor, Appointment
from registry.rules.workflow import Workflow

COUNTY, CITY, ORGANISATION = "320830", "320800", "a training centre"
MONDAY = date(2024, 5, 6)
CALENDAR = WorkCalendar(range(2024, 2030), {})
FILER = Actor("filer", "filer", (Appointment("applicant", COUNTY, organisation=ORGANISATION),))
STAFF_PEOPLE = tuple(
    Actor(name, name, tuple(Appointment(role, region) for role in sorted(STAFF) for region in (COUNTY, CITY)))
    for name in ("ann", "ben", "cai", "dan", "eve")
)
"""Each holds every role everywhere, so that nothing but the rule of different people keeps them apart."""
ANN, BEN, CAI, *_ = STAFF_PEOPLE

ADVERSE = {"needs": ["reason"], "remedy": {"to": "市人社局", "days": 10}}
Stage = dict[str, Any]


def outcome(said: str, **more: Any) -> dict[str, dict[str, Any]]:
    """`submit next check`: the outcome `submit` with the act `next` leads to `check`."""
    name, act, to = said.split()
    adverse = ADVERSE if act in ("refuse", "return", "send_back") else {}
    return {name: {"act": act, "to": to, "label": name, **adverse, **more}}


def stage(duty: str, *outcomes: str | dict[str, Any], **more: Any) -> Stage:
    """A stage of a duty with what usually goes with it."""
    ways = [outcome(o) if isinstance(o, str) else o for o in outcomes]
    usual: dict[str, Any] = {
        "edit": {"kind": "form", "role": "applicant", "office": "applicant", "days": 10},
        "review": {"kind": "task", "role": "city_reviewer", "office": "authority", "days": 10},
        "decide": {"kind": "collegiate", "role": "city_leader", "office": "authority", "days": 10},
        "notice": {"kind": "notice", "role": "city_officer", "office": "authority", "days": 5},
        "work": {"kind": "task", "role": "city_officer", "office": "authority", "days": 3},
        "auto": {"kind": "automatic"},
    }[duty]
    words = f"stage of {duty}"
    return {
        "duty": duty,
        "names": {"staff": words, "applicant": words, "upcoming": words},
        **usual,
        "outcomes": {name: way for ways_of_one in ways for name, way in ways_of_one.items()},
        **more,
    }


def end(result: str) -> Stage:
    """An end with a result."""
    words = f"end {result}"
    return {
        "kind": "end",
        "duty": "recognised" if result == "recognised" else "ended",
        "result": result,
        "names": {"staff": words, "applicant": words, "upcoming": words},
    }


def workflow(stages: dict[str, Stage], start: str = "form", procedure: str = "recognise") -> Workflow:
    """A workflow of these stages."""
    return Workflow.model_validate(
        {
            "id": "test",
            "version": 1,
            "title": "测试流程",
            "region": CITY,
            "in_force": {"from": "2024-01-01"},
            "procedure": procedure,
            "level": "city",
            "start": start,
            "stages": stages,
        }
    )


RECOGNISE: dict[str, Stage] = {
    "form": stage("edit", "submit next check", "withdraw withdraw withdrawn"),
    "check": stage("review", "yes recommend decide", "no refuse refused", "back return form"),
    "decide": stage("decide", "yes approve notice", "no refuse refused", "back return check"),
    "notice": stage("notice", "clear clear document", "upheld uphold check"),
    "document": stage("work", "record next recognised"),
    "recognised": end("recognised"),
    "refused": end("refused"),
    "withdrawn": end("withdrawn"),
}
REVOKE: dict[str, Stage] = {
    "proposal": stage("review", "propose recommend hearing"),
    "hearing": stage("work", outcome("heard next decision", needs=["statement"]), kind="hearing"),
    "decision": stage("decide", outcome("revoke approve revoked", **ADVERSE), "keep refuse kept"),
    "revoked": end("revoked"),
    "kept": end("concluded"),
}
RECOMMEND: dict[str, Stage] = {
    "form": stage("edit", "submit next check"),
    "check": stage("review", "yes recommend leader", "no refuse refused"),
    "leader": stage("decide", "yes approve with_city", "no refuse refused"),
    "with_city": stage("work", "sent_back send_back form", "concluded auto ended", kind="wait"),
    "ended": end("concluded"),
    "refused": end("refused"),
}


def changed(base: dict[str, Stage], **stages: Stage | None) -> dict[str, Stage]:
    """A workflow's stages with some said anew, or (None) left out."""
    return {name: made for name, made in {**base, **stages}.items() if made is not None}


def ways(base: dict[str, Stage], name: str, *outcomes: str | dict[str, Any], **more: Any) -> Stage:
    """A stage of `base` with further (or other) outcomes, and other properties."""
    old = base[name]
    return {
        **old,
        **more,
        "outcomes": {
            **old["outcomes"],
            **{n: way for o in outcomes for n, way in (outcome(o) if isinstance(o, str) else o).items()},
        },
    }


@dataclass
class Play:
    """A case on its way through the engine. Every guard is open; a notice runs exactly as long as its stage says."""

    workflow: Workflow
    floors: Floors = field(default_factory=Floors)
    position: Position = field(init=False)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.position = Position(
            self.workflow,
            self.workflow.start,
            MONDAY,
            COUNTY,
            CITY,
            filers=frozenset({FILER.person}),
            filing_organisation=ORGANISATION,
            floors=self.floors,
            guards={"criteria_met": True, "nothing_missing": True, "score_reached": True},
        )
        self._arrive(self.workflow.start)

    def _arrive(self, name: str) -> None:
        arrived, today = self.workflow.stages[name], self.position.today
        days = arrived.days if arrived.duty == "notice" else None
        self.position = replace(
            self.position,
            stage=name,
            notice_started=today if days else None,
            notice_ends=CALENDAR.add(today, days) if days else None,
            open_objections=0,
        )

    def prepare(self, outcome_name: str) -> None:
        """What must be so before an outcome: the notice has run, or somebody has objected."""
        way, ends = self.position.at.outcomes[outcome_name], self.position.notice_ends
        if way.act == "uphold":
            self.position = replace(self.position, open_objections=1)
        if way.act == "clear" and ends and not isinstance(ends, NotCountable):
            self.position = replace(self.position, today=ends + timedelta(days=1))

    def take(self, outcome_name: str, actor: Actor) -> Message | None:
        """Take one way, if the engine lets this actor; else its refusal."""
        if refusal := may(self.position, outcome_name, actor):
            return refusal
        at, way = self.position.at, self.position.at.outcomes[outcome_name]
        step = Step(
            self.position.stage,
            at.duty,
            at.kind,
            outcome_name,
            way.act,
            actor.person,
            self.position.today,
            way.substance,
        )
        self.position = replace(self.position, steps=(*self.position.steps, step))
        self.rows.append(asdict(step))
        self._arrive(way.to)
        return None

    def who_may(self, outcome_name: str, people: Iterable[Actor] = (FILER, *STAFF_PEOPLE, SYSTEM)) -> list[Actor]:
        """Those whom the engine lets take this way."""
        return [person for person in people if may(self.position, outcome_name, person) is None]

    def follow(self, path: Sequence[tuple[str, str]]) -> None:
        """Follow a path from the start, each step by the first who may. AssertionError where nobody may."""
        for name, outcome_name in path:
            assert self.position.stage == name
            self.follow_from(outcome_name)

    def follow_from(self, outcome_name: str) -> None:
        """One step of `follow`."""
        self.prepare(outcome_name)
        able = self.who_may(outcome_name)
        assert able, f"{self.position.stage} --{outcome_name}-->: {may(self.position, outcome_name, STAFF_PEOPLE[-1])}"
        self.take(outcome_name, able[0])

    def verdict(self) -> Message | None:
        """What the independent reader of the record says of a recognition."""
        return lawful(self.rows, floor_days=5, working_days_between=CALENDAR.between)


def edges(path: str) -> list[tuple[str, str]]:
    """`form --submit--> check` as edges."""
    words = path.split()
    return [(words[i], words[i + 1].strip("->")) for i in range(0, len(words) - 1, 2)]
