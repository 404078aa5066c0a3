"""The outbox: work to be done after a commit, written in the same transaction, done at least once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, Session, col, or_, select

from registry.store.table import Json, Row, id_field, one_of


class Job(Row, table=True):
    """One piece of work. `key` is what a doer may use to do it once only."""

    __table_args__ = (one_of("status", ("waiting", "done", "failed")),)

    id: str = id_field()
    key: str = Field(unique=True)
    name: str
    data: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    status: str = "waiting"
    attempts: int = 0
    created_at: datetime
    not_before: datetime | None = None
    error: str | None = None


def enqueue(
    session: Session, name: str, key: str, at: datetime, *, not_before: datetime | None = None, **data: Any
) -> None:
    """Put work into the outbox of this transaction."""
    session.add(Job(name=name, key=f"{name}:{key}", data=data, created_at=at, not_before=not_before))


def waiting(session: Session, now: datetime, limit: int = 5000) -> list[Job]:
    """What is to be done now, the oldest first; as many as a whole country's packs leave when they are published."""
    return list(
        session.exec(
            select(Job)
            .where(Job.status == "waiting", or_(col(Job.not_before).is_(None), col(Job.not_before) <= now))
            .order_by(col(Job.created_at), Job.id)
            .limit(limit)
        )
    )
