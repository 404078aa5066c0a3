"""The outcome of an evaluation: decision, points, and for each clause a finding that explains itself when asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from registry.base.i18n import Message, Text, msg

State = Literal["met", "not_met", "missing"]
Section = Literal["eligible", "veto", "scored", "duty"]

STATES: dict[str, Message] = {"met": msg("met"), "not_met": msg("not met"), "missing": msg("still missing")}
SECTIONS: dict[str, Message] = {
    "eligible": msg("Conditions"),
    "veto": msg("What must not be"),
    "scored": msg("Points"),
}
DECISIONS: dict[str, Message] = {
    "met": msg("The criteria are met"),
    "not_met": msg("The criteria are not met"),
    "missing": msg("Something is still missing"),
}
VETO_STATES: dict[str, Message] = {**STATES, "met": msg("nothing against it"), "not_met": msg("stands against it")}


@dataclass(frozen=True, eq=False)
class Finding:
    """What came of one clause.

    A veto that is `met` has nothing against the entry; points of a deduction are negative.
    """

    id: str
    section: Section
    says: Text
    basis: str | None
    state: State
    points: Decimal | None
    max: Decimal | None
    told: Callable[[], list[Message]] = field(repr=False)
    asked: Callable[[], list[Message]] = field(repr=False)
    worst: Decimal = Decimal()
    """The points if whatever is missing goes against the entry."""

    def lines(self) -> list[Message]:
        """How it came about: which observation, from which source and date, against which line, gave what."""
        return self.told()

    def missing(self) -> list[Message]:
        """What is still missing, by name; empty when nothing that matters is."""
        return self.asked()

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        return {
            "id": self.id,
            "section": self.section,
            "says": self.says.model_dump(),
            "basis": self.basis,
            "state": self.state,
            "points": _text(self.points),
            "max": _text(self.max),
            "worst": _text(self.worst),
            "lines": [line.to_json() for line in self.lines()],
            "missing": [m.to_json() for m in self.missing()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Finding":
        """The finding that `to_json` stored."""
        lines = [Message.from_json(line) for line in data["lines"]]
        missing = [Message.from_json(m) for m in data["missing"]]
        return cls(
            data["id"],
            data["section"],
            Text.model_validate(data["says"]),
            data["basis"],
            data["state"],
            _number(data["points"]),
            _number(data["max"]),
            lambda: lines,
            lambda: missing,
            Decimal(data["worst"]),
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What an evaluation came to. `total` is None while points are missing or when nothing is scored."""

    set_id: str
    version: int
    decision: State
    total: Decimal | None
    settled: bool
    make: Callable[[], tuple[Finding, ...]] = field(repr=False)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """A finding for each clause, in the order of the set."""
        return self.make()

    def missing(self) -> list[Message]:
        """Everything that is still missing, each once."""
        return list(dict.fromkeys(m for finding in self.findings for m in finding.missing()))

    def to_json(self) -> dict[str, Any]:
        """As stored: message ids with parameters."""
        return {
            "set": self.set_id,
            "version": self.version,
            "decision": self.decision,
            "total": _text(self.total),
            "settled": self.settled,
            "findings": [f.to_json() for f in self.findings],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outcome":
        """The outcome that `to_json` stored."""
        findings = tuple(Finding.from_json(f) for f in data["findings"])
        return cls(
            data["set"], data["version"], data["decision"], _number(data["total"]), data["settled"], lambda: findings
        )


def settle(outcome: Outcome) -> Outcome:
    """The outcome at the decision: what is missing is not proved and goes against the entry.

    A condition counts as not met, a veto as not cleared, points as not earned and a deduction as made in full.
    """
    findings = tuple(_settled(f) for f in outcome.findings)
    scored = [f.points or Decimal() for f in findings if f.section == "scored"]
    return replace(
        outcome,
        decision="not_met" if outcome.decision == "missing" else outcome.decision,
        total=sum(scored, Decimal()) if scored else None,
        settled=True,
        make=lambda: findings,
    )


def _settled(finding: Finding) -> Finding:
    if finding.state != "missing":
        return finding
    lines = [*finding.lines(), msg("Not proved at the decision, so it counts as not met.")]
    return replace(
        finding, state="not_met", points=finding.worst if finding.section == "scored" else None, told=lambda: lines
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
