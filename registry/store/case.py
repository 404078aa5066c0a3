"""Cases: one procedure on one entry before one authority, with its steps, submissions, tasks and evaluations."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from registry.store.remember import asked_once
from registry.store.table import Encrypted, Json, Row, Tracked, id_field, one_of, only_one

PROCEDURES = (
    "list",
    "recommend",
    "recognise",
    "name",
    "re_evaluate",
    "renew",
    "upgrade",
    "correct",
    "suspend",
    "revoke",
)


class Case(Tracked, table=True):
    """One procedure before one authority. It is in exactly one stage; `version` counts its moves."""

    __table_args__ = (
        one_of("procedure", PROCEDURES),
        one_of("status", ("open", "ended")),
        one_of("result", ("recommended", "recognised", "refused", "withdrawn", "revoked", "rectified", "concluded")),
        CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended_when_ended"),
        CheckConstraint("(status = 'ended') = (result IS NOT NULL)", name="ended_with_result"),
        CheckConstraint("(number IS NULL) = (submitted_at IS NULL)", name="numbered_when_submitted"),
        only_one("uq_case_one_open", "entry_id", "procedure", "authority_region", where="status = 'open'"),
    )
    __outcome__ = (
        "number",
        "procedure",
        "entry_id",
        "authority_region",
        "level",
        "status",
        "stage",
        "result",
        "pins",
        "parent_id",
    )
    __scoped__ = True

    id: str = id_field()
    number: str | None = Field(default=None, unique=True)
    """Receipt number (受理编号), given at the first submission."""
    procedure: str
    entry_id: str = Field(foreign_key="entry.id", index=True)
    title_id: str | None = None
    """The title that a revocation, renewal or re-evaluation is about. No foreign key: titles point here."""
    kind: str
    product: str | None = None
    entry_class: str | None = None
    level: str
    home_region: str = Field(foreign_key="region.code", index=True)
    authority_region: str = Field(foreign_key="region.code", index=True)
    parent_id: str | None = Field(default=None, foreign_key="case.id", index=True)
    """The recommending case that opened this one."""
    round_id: str | None = Field(default=None, foreign_key="round.id")
    filer_id: str | None = Field(default=None, foreign_key="organisation.id", index=True)
    filed_by: str | None = None
    """The person who filed."""
    status: str = "open"
    stage: str
    result: str | None = None
    version: int = 1
    pins: dict[str, str] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """The definitions it is judged by: type → definition id; floors and references as `floor:…`, `reference:…`."""
    draft: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Encrypted("case.draft"), nullable=False))
    defects: list[dict[str, str]] = Field(
        default_factory=list, sa_column=Column(Encrypted("case.defects"), nullable=False)
    )
    """What must be corrected, each tied to a field; empty unless returned."""
    opened_at: datetime
    submitted_at: datetime | None = None
    ended_at: datetime | None = None


class CaseStep(Tracked, table=True):
    """One move of a case. `key` makes a repeated click the same move."""

    __table_args__ = (UniqueConstraint("case_id", "n"), UniqueConstraint("case_id", "key"))
    __outcome__ = (
        "case_id",
        "n",
        "stage",
        "duty",
        "kind",
        "outcome",
        "act",
        "to_stage",
        "person",
        "account",
        "at",
        "on",
        "days",
        "substance",
        "given",
    )
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    n: int
    key: str
    stage: str
    duty: str
    kind: str
    outcome: str
    act: str
    to_stage: str
    person: str
    account: str
    account_title: str
    at: datetime
    on: date
    days: int | None = None
    substance: bool = False
    reason: str | None = Field(default=None, sa_column=Column(Encrypted("case_step.reason")))
    given: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """What the outcome needed and got, other than free words: meeting, numbers, dates, hashes, fields to correct."""
    defects: list[dict[str, str]] | None = Field(default=None, sa_column=Column(Encrypted("case_step.defects")))
    """What had to be corrected, each tied to a field; the case itself forgets it when it is sent again."""


class Submission(Tracked, table=True):
    """What the applicant sent, each time: answers and file hashes, never changed."""

    __table_args__ = (UniqueConstraint("case_id", "n"),)
    __outcome__ = ("case_id", "n", "files", "digest", "submitted_by", "submitted_at")
    __committed__ = ("answers",)
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    n: int
    answers: dict[str, Any] = Field(sa_column=Column(Encrypted("submission.answers"), nullable=False))
    files: dict[str, list[str]] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """Field id → SHA-256 of its files."""
    salt: str
    digest: str = Field(max_length=64)
    """Salted commitment of answers and files, as the record tells it."""
    submitted_by: str
    submitted_at: datetime


class Task(Tracked, table=True):
    """Who must do what by when. `counted_from` and `days` keep a deadline that cannot be counted yet."""

    __table_args__ = (
        one_of("status", ("open", "done", "cancelled")),
        one_of("kind", ("stage", "ballot", "objection")),
        CheckConstraint("(status = 'done') = (done_by IS NOT NULL)", name="done_by_somebody"),
        Index("ix_task_open", "office_region", "role", "status"),
        only_one("uq_task_one_open", "case_id", "stage", "kind", "subject", where="status = 'open'"),
    )
    __outcome__ = ("case_id", "stage", "kind", "status", "done_by", "due_on")
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    stage: str
    kind: str = "stage"
    subject: str = ""
    """What tells parallel tasks of a stage apart: the objection, or the seat of an expert."""
    role: str
    office_region: str
    status: str = "open"
    opened_at: datetime
    counted_from: date
    days: int | None = None
    due_on: date | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    result: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class Evaluation(Tracked, table=True):
    """An evaluation as it was made: definitions, observations, outcome and trace. Append-only; `n` counts from 1."""

    __table_args__ = (UniqueConstraint("case_id", "n"),)
    __outcome__ = ("case_id", "n", "criteria_id", "stage", "settled", "decision", "total", "evaluated_by")
    __digested__ = ("outcome", "observations")
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    n: int
    criteria_id: str = Field(foreign_key="definition.id")
    stage: str
    settled: bool
    decision: str
    total: str | None = None
    outcome: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    observations: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    evaluated_at: datetime
    evaluated_by: str


class Conflict(Row, table=True):
    """A conflict of interest that a person declared in a case (回避)."""

    __scoped__ = True

    case_id: str = Field(foreign_key="case.id", primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    declared_at: datetime
    reason: str = Field(sa_column=Column(Encrypted("conflict.reason"), nullable=False))


@asked_once
def steps_of(session: Session, case_id: str) -> list[CaseStep]:
    """The moves of a case in order."""
    return list(session.exec(select(CaseStep).where(CaseStep.case_id == case_id).order_by(col(CaseStep.n))))


def standing_steps(session: Session, case_id: str) -> list[CaseStep]:
    """The moves of a case that count: without those that were taken back, and without their taking back."""
    made: list[CaseStep] = []
    for step in steps_of(session, case_id):
        if step.act == "take_back":
            made.pop()
        else:
            made.append(step)
    return made


@asked_once
def tasks_of(session: Session, case_id: str) -> list[Task]:
    """Every task that a case has or had, whoever asks; what of it a page shows is the page's to say."""
    return list(session.exec(select(Task).where(Task.case_id == case_id).execution_options(unscoped=True)))


def open_tasks(session: Session, case_id: str) -> list[Task]:
    """The open tasks of a case, the earliest due first."""
    rows = (task for task in tasks_of(session, case_id) if task.status == "open")
    return sorted(rows, key=lambda t: (t.due_on or date.max, t.kind, t.subject))


@asked_once
def latest_submission(session: Session, case_id: str) -> Submission | None:
    """What was sent last."""
    return session.exec(
        select(Submission).where(Submission.case_id == case_id).order_by(col(Submission.n).desc()).limit(1)
    ).one_or_none()


@asked_once
def latest_evaluation(session: Session, case_id: str) -> Evaluation | None:
    """The last evaluation made."""
    return session.exec(
        select(Evaluation).where(Evaluation.case_id == case_id).order_by(col(Evaluation.n).desc()).limit(1)
    ).one_or_none()
