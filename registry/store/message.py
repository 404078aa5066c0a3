"""What people were told, how it reached them outside of the site, and where they can be reached."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, Session, col, func, select

from registry.base.i18n import unpack
from registry.rules.message import CHANNELS, Event, worded
from registry.store.table import Encrypted, Json, Row, id_field, one_of

OPEN = ("waiting", "failed")
"""A delivery that is still to be tried."""
UNREAD = text("read_at IS NULL")
STILL_OPEN = text("status IN ('waiting', 'failed')")


class Message(Row, table=True):
    """One event told to one account. `key` says which event of its kind, so that nothing is told twice to anybody."""

    __table_args__ = (
        UniqueConstraint("account_id", "event", "key"),
        Index("ix_message_account_created", "account_id", "created_at"),
        Index("ix_message_unread", "account_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
    )

    id: str = id_field()
    account_id: str = Field(foreign_key="account.id")
    event: str = Field(max_length=40)
    key: str = Field(max_length=100)
    case_id: str | None = Field(default=None, foreign_key="case.id", index=True)
    """The case to look at; of an applicant the one that they filed."""
    task_id: str | None = Field(default=None, foreign_key="task.id", index=True)
    """The task that it is about: done, it need not be told any more."""
    params: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """Numbers, days, names of stages and offices, packed as in a message's `to_json`; never a person's data."""
    created_at: datetime
    read_at: datetime | None = None

    @property
    def words(self) -> Event:
        """What it says, in the language of whoever reads it."""
        return worded(self.event, {name: unpack(value) for name, value in self.params.items()})


class Delivery(Row, table=True):
    """A message on its way by one channel. `next_at` is when to try (again): taking it up moves it past the attempt."""

    __table_args__ = (
        one_of("channel", CHANNELS),
        one_of("status", ("waiting", "sent", "failed", "given_up")),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at_some_time"),
        CheckConstraint("status IN ('waiting', 'sent') OR error IS NOT NULL", name="failed_for_a_reason"),
        UniqueConstraint("message_id", "channel"),
        Index("ix_delivery_due", "next_at", sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
    )

    id: str = id_field()
    message_id: str = Field(foreign_key="message.id")
    channel: str
    status: str = "waiting"
    attempts: int = 0
    next_at: datetime
    sent_at: datetime | None = None
    error: str | None = None
    """Why the last attempt failed, as a word of `actions/deliveries.py`; never the server's own words."""


class Reach(Row, table=True):
    """Where the person of an account can be reached outside of the site, as they themselves say."""

    account_id: str = Field(foreign_key="account.id", primary_key=True)
    address: str | None = Field(default=None, sa_column=Column(Encrypted("reach.address")))
    """The e-mail address, confirmed."""
    confirmed_at: datetime | None = None
    pending: str | None = Field(default=None, sa_column=Column(Encrypted("reach.pending")))
    """One that is still to be confirmed, by `code`."""
    code: str | None = Field(default=None, sa_column=Column(Encrypted("reach.code")))
    code_at: datetime | None = None
    tries: int = 0
    by_email: bool = True
    by_sms: bool = False


def unread(session: Session, account_id: str) -> int:
    """How many messages an account has not read."""
    query = select(func.count()).select_from(Message)
    return session.exec(query.where(Message.account_id == account_id, col(Message.read_at).is_(None))).one()


def total(session: Session, account_id: str) -> int:
    """How many messages an account has."""
    return session.exec(select(func.count()).select_from(Message).where(Message.account_id == account_id)).one()


def due(session: Session, now: datetime, limit: int = 200) -> list[tuple[str, str]]:
    """(id, channel) of what is to be sent now, the longest waiting first."""
    query = select(Delivery.id, Delivery.channel).where(col(Delivery.status).in_(OPEN), Delivery.next_at <= now)
    return list(session.exec(query.order_by(col(Delivery.next_at), Delivery.id).limit(limit)))


def take_up(session: Session, delivery_id: str, now: datetime, lease: timedelta) -> Delivery | None:
    """A delivery that nobody else has taken up meanwhile, whose attempt begins now; None when somebody has.

    Writers come one after the other on either database, so that reading and moving `next_at` are one step. Whoever dies
    before saying how it went leaves it to be tried again after `lease`.
    """
    query = select(Delivery).where(Delivery.id == delivery_id).execution_options(unscoped=True, populate_existing=True)
    row = session.exec(query).one_or_none()
    if row is None or row.status not in OPEN or row.next_at > now:
        return None
    row.attempts, row.next_at = row.attempts + 1, now + lease
    session.add(row)
    return row
