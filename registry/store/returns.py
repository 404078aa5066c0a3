"""Second returns to an applicant that one officer proposes and another one has to agree to."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, select

from registry.store.table import Encrypted, Json, Tracked, id_field, only_one


class SecondReturn(Tracked, table=True):
    """A return for something that could have been said at an earlier one; it takes effect when another officer agrees."""

    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="confirmed_by_another"),
        CheckConstraint("confirmed_by IS NULL OR ended_at IS NOT NULL", name="ended_when_confirmed"),
        only_one("uq_second_return_open", "case_id", where="ended_at IS NULL"),
    )
    __outcome__ = ("case_id", "stage", "version", "outcome", "fields", "proposed_by", "confirmed_by", "ended_at")
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    stage: str
    version: int
    """Of the case as the proposer saw it; when it moves otherwise, the proposal is over."""
    outcome: str
    fields: list[str] = Field(sa_column=Column(Json, nullable=False))
    """What could have been said before."""
    given: dict[str, Any] = Field(sa_column=Column(Encrypted("second_return.given"), nullable=False))
    """The words, and what must be corrected field by field."""
    proposed_by: str
    proposer_title: str
    proposed_at: datetime
    confirmed_by: str | None = None
    ended_at: datetime | None = None
    """Agreed to, turned down, or overtaken by another move."""


def open_return(session: Session, case_id: str) -> SecondReturn | None:
    """The proposal that waits in a case."""
    query = select(SecondReturn).where(SecondReturn.case_id == case_id, col(SecondReturn.ended_at).is_(None))
    return session.exec(query).one_or_none()


def end_proposal(session: Session, case_id: str, now: datetime) -> None:
    """A proposal is over when its case moves, in this way or in another."""
    if waiting := open_return(session, case_id):
        waiting.ended_at = now
        session.add(waiting)
