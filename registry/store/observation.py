"""Observations of facts: never updated, only superseded; several of one fact may stand side by side."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, Session, col, select

from registry.rules.facts import SOURCES, STANDINGS
from registry.store.table import Tracked, id_field, one_of


class Observation(Tracked, table=True):
    """One figure or yes/no about a subject, for a period and scope, with its date, source and standing."""

    __table_args__ = (
        one_of("subject_type", ("entry", "region", "round")),
        one_of("standing", tuple(STANDINGS)),
        one_of("source", tuple(SOURCES)),
        CheckConstraint("source <> 'declared' OR standing = 'declared'", name="declared_is_declared"),
        Index("ix_observation_subject", "subject_type", "subject_id", "fact"),
    )
    __outcome__ = (
        "fact",
        "subject_type",
        "subject_id",
        "period",
        "scope",
        "value",
        "source",
        "standing",
        "as_of",
        "supersedes",
    )

    id: str = id_field()
    fact: str
    subject_type: str
    subject_id: str
    case_id: str | None = Field(default=None, foreign_key="case.id")
    """The case that declared it, if one did."""
    period: str | None = None
    scope: str = ""
    value: str
    """Decimal, `true`/`false`, a date or a word, as text: exact in every database."""
    source: str
    standing: str
    source_text: str = ""
    source_url: str | None = None
    as_of: date | None = None
    recorded_at: datetime
    recorded_by: str
    supersedes: str | None = Field(default=None, foreign_key="observation.id")


NOTHING = ""
"""The value that takes the place of a figure which is no longer known; it is never read as one."""


def observations(
    session: Session,
    subject_type: str,
    subject_ids: Iterable[str],
    known_at: datetime | None = None,
) -> list[Observation]:
    """What stands of the subjects, as known at a moment: everything not superseded by then, oldest first."""
    rows = select(Observation).where(
        Observation.subject_type == subject_type, col(Observation.subject_id).in_(list(subject_ids))
    )
    later = select(Observation.supersedes).where(col(Observation.supersedes).is_not(None))
    if known_at is not None:
        rows = rows.where(Observation.recorded_at <= known_at)
        later = later.where(Observation.recorded_at <= known_at)
    rows = rows.where(col(Observation.id).not_in(later), Observation.value != NOTHING)
    return list(session.exec(rows.order_by(col(Observation.recorded_at), Observation.id)))


def known_at(rows: Iterable[Observation], moment: datetime) -> list[Observation]:
    """The same of rows that were read already, those superseded included; for many subjects, each at its own moment."""
    there = [row for row in rows if row.recorded_at <= moment]
    superseded = {row.supersedes for row in there}
    return sorted(
        (row for row in there if row.id not in superseded and row.value != NOTHING),
        key=lambda row: (row.recorded_at, row.id),
    )
