"""Public notices (公示) of what is proposed, and the objections to it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, select

from registry.store.remember import asked_once
from registry.store.table import Encrypted, Json, Tracked, id_field, new_code, one_of, only_one


class Notice(Tracked, table=True):
    """One published notice; immutable but for its end. Days count from the working day after posting."""

    __table_args__ = (
        CheckConstraint("working_days >= 1", name="some_days"),
        CheckConstraint("ends_on IS NULL OR ends_on > posted_on", name="ends_after_posting"),
    )
    __outcome__ = ("number", "authority_region", "posted_on", "working_days", "starts_on", "ends_on", "title", "body")

    id: str = id_field()
    number: str = Field(unique=True)
    authority_region: str = Field(foreign_key="region.code", index=True)
    title: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    """The frozen rows shown: entry, level, act, basis, and where to object."""
    working_days: int
    posted_on: date
    starts_on: date | None = None
    ends_on: date | None = None
    """The last day; empty while the calendar of its year is not published."""
    published_at: datetime


class NoticeItem(Tracked, table=True):
    """One entry of a notice: the case whose result it proposes."""

    __table_args__ = (
        one_of("status", ("running", "cleared", "upheld", "stopped")),
        only_one("uq_notice_item_one_running", "case_id", where="status = 'running'"),
    )
    __outcome__ = ("notice_id", "case_id", "status")

    id: str = id_field()
    notice_id: str = Field(foreign_key="notice.id", index=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    status: str = "running"


class Objection(Tracked, table=True):
    """An objection to one entry of a notice. Who objected is encrypted; the record tells a commitment only."""

    __table_args__ = (
        one_of("status", ("open", "dismissed", "upheld", "looked_into")),
        one_of("channel", ("form", "letter", "counter")),
        CheckConstraint("(status = 'open') = (answered_by IS NULL)", name="answered_by_somebody"),
    )
    __outcome__ = ("number", "item_id", "status", "received_on", "answered_by", "anonymous", "investigator")
    __committed__ = ("words", "answer", "name", "unit", "contact")
    __scoped__ = True

    id: str = id_field()
    number: str = Field(unique=True)
    code: str = Field(default_factory=new_code, unique=True)
    """What the objector asks after it with."""
    item_id: str = Field(foreign_key="notice_item.id", index=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    channel: str = "form"
    received_on: date
    anonymous: bool = False
    """Without a name it is a lead (线索): looked into, told to nobody, and it holds nothing up."""
    investigator: str | None = None
    """The person who looks into it and alone may see who objected."""
    name: str | None = Field(default=None, sa_column=Column(Encrypted("objection.name")))
    unit: str | None = Field(default=None, sa_column=Column(Encrypted("objection.unit")))
    contact: str | None = Field(default=None, sa_column=Column(Encrypted("objection.contact")))
    words: str = Field(sa_column=Column(Encrypted("objection.words"), nullable=False))
    answer: str | None = Field(default=None, sa_column=Column(Encrypted("objection.answer")))
    salt: str
    status: str = "open"
    answered_by: str | None = None
    answered_at: datetime | None = None


@asked_once
def running_item(session: Session, case_id: str) -> NoticeItem | None:
    """The notice entry of a case that is being shown now."""
    return session.exec(
        select(NoticeItem).where(NoticeItem.case_id == case_id, NoticeItem.status == "running")
    ).one_or_none()


def open_objections(session: Session, case_id: str, *, leads: bool = False) -> list[Objection]:
    """The objections of a case not yet answered; or its leads not yet looked into."""
    return [o for o in objections_of(session, case_id) if o.status == "open" and o.anonymous is leads]


@asked_once
def objections_of(session: Session, case_id: str) -> list[Objection]:
    """Every objection to a case, in the order in which they were received."""
    query = select(Objection).where(Objection.case_id == case_id)
    return list(session.exec(query.order_by(col(Objection.received_on), Objection.number)))


def notices(session: Session, limit: int = 100) -> list[Notice]:
    """The notices, the newest first."""
    return list(session.exec(select(Notice).order_by(col(Notice.posted_on).desc(), Notice.number).limit(limit)))


def items_of(session: Session, notice_id: str) -> list[NoticeItem]:
    """The entries of a notice."""
    return list(session.exec(select(NoticeItem).where(NoticeItem.notice_id == notice_id).order_by(NoticeItem.id)))
