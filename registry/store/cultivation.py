"""The cultivation list (培育库): brands before their first title, what is aimed at, what was seen, what was suggested."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, Session, col, select

from registry.store.entry import Entry
from registry.store.table import Encrypted, Tracked, id_field, new_code, one_of, only_one

STATUSES = ("cultivating", "ready", "filed", "dropped")
FOUND = ("survey", "suggestion", "policy")
OUTCOMES = ("open", "taken_up", "merged", "answered", "declined")


class CultivationItem(Tracked, table=True):
    """A brand or base that a county is bringing on. It is never a title, and shown in public only if it is `published`."""

    __table_args__ = (
        one_of("status", STATUSES),
        one_of("found", FOUND),
        CheckConstraint("(status = 'dropped') = (drop_reason IS NOT NULL)", name="dropped_with_reason"),
        CheckConstraint("status <> 'filed' OR case_id IS NOT NULL", name="filed_with_case"),
        only_one("uq_cultivation_item_one", "entry_id", where="status <> 'dropped'"),
    )
    __outcome__ = ("number", "entry_id", "region", "found", "builder_id", "status", "published", "case_id")
    __committed__ = ("plan", "tutor", "drop_reason")

    id: str = id_field()
    number: str = Field(unique=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    region: str = Field(foreign_key="region.code", index=True)
    found: str
    found_note: str = ""
    """The survey, or the policy document by its title."""
    builder_id: str | None = Field(default=None, foreign_key="organisation.id")
    plan: str = Field(default="", sa_column=Column(Encrypted("cultivation_item.plan"), nullable=False))
    tutor: str = Field(default="", sa_column=Column(Encrypted("cultivation_item.tutor"), nullable=False))
    """Unit and post of whoever guides the builder; kept like a personal word, because people write names."""
    status: str = "cultivating"
    drop_reason: str | None = Field(default=None, sa_column=Column(Encrypted("cultivation_item.drop_reason")))
    published: bool = False
    opened_entry: bool = False
    """The entry was made for this item, so it is in the public register only while the item is published."""
    case_id: str | None = Field(default=None, foreign_key="case.id")
    """The application that was opened from here."""
    prefilled: dict[str, dict[str, Any]] = Field(
        default_factory=dict, sa_column=Column(Encrypted("cultivation_item.prefilled"), nullable=False)
    )
    """Field of that application → what was filled in, and from where."""
    listed_on: date
    version: int = 1
    salt: str
    created_at: datetime


class CultivationAim(Tracked, table=True):
    """What a figure is to be in a year. Without a target it is an aim no more."""

    __table_args__ = (UniqueConstraint("item_id", "fact", "year"),)
    __outcome__ = ("item_id", "fact", "year", "target")

    id: str = id_field()
    item_id: str = Field(foreign_key="cultivation_item.id", index=True)
    fact: str
    year: int
    target: str | None = None
    """A decimal as text."""


class CultivationNote(Tracked, table=True):
    """A visit to the builder, or a word of an office about an item. Never changed."""

    __table_args__ = (one_of("kind", ("visit", "comment")),)
    __outcome__ = ("item_id", "kind", "on", "by")
    __committed__ = ("words",)

    id: str = id_field()
    item_id: str = Field(foreign_key="cultivation_item.id", index=True)
    kind: str
    on: date
    words: str = Field(sa_column=Column(Encrypted("cultivation_note.words"), nullable=False))
    by: str
    by_title: str
    at: datetime
    salt: str


class CultivationSuggestion(Tracked, table=True):
    """What somebody suggested in three fields. Everything written is encrypted: people put their telephone anywhere."""

    __table_args__ = (
        one_of("status", OUTCOMES),
        CheckConstraint("(status = 'open') = (handled_by IS NULL)", name="handled_by_somebody"),
        CheckConstraint("status NOT IN ('taken_up', 'merged') OR item_id IS NOT NULL", name="taken_to_item"),
        CheckConstraint("status NOT IN ('answered', 'declined') OR answer IS NOT NULL", name="answered_in_words"),
    )
    __outcome__ = ("region", "status", "item_id", "handled_by")
    __committed__ = ("name", "reason", "answer")

    id: str = id_field()
    code: str = Field(default_factory=new_code, unique=True)
    """Who suggested asks after it with this."""
    region: str = Field(foreign_key="region.code", index=True)
    by_station: bool = False
    sender: str = Field(index=True, max_length=32)
    """Blind index of the sender's address on that day: counts one sender's suggestions, leads to nobody."""
    name: str = Field(sa_column=Column(Encrypted("cultivation_suggestion.name"), nullable=False))
    reason: str = Field(sa_column=Column(Encrypted("cultivation_suggestion.reason"), nullable=False))
    contact: str | None = Field(default=None, sa_column=Column(Encrypted("cultivation_suggestion.contact")))
    status: str = "open"
    item_id: str | None = Field(default=None, foreign_key="cultivation_item.id")
    answer: str | None = Field(default=None, sa_column=Column(Encrypted("cultivation_suggestion.answer")))
    handled_by: str | None = None
    handled_at: datetime | None = None
    received_at: datetime = Field(index=True)
    salt: str


def item_by_number(session: Session, number: str) -> CultivationItem | None:
    """An item that the session's actor may see."""
    return session.exec(select(CultivationItem).where(CultivationItem.number == number)).one_or_none()


def items_with_entries() -> Any:
    """The query for the items that the session's actor may see, each with its entry."""
    return select(CultivationItem, Entry).join(Entry, col(Entry.id) == col(CultivationItem.entry_id))


def aims_of(session: Session, item_id: str) -> list[CultivationAim]:
    """The aims of an item that still hold."""
    query = select(CultivationAim).where(CultivationAim.item_id == item_id, col(CultivationAim.target).is_not(None))
    return list(session.exec(query.order_by(CultivationAim.fact, col(CultivationAim.year))))


def notes_of(session: Session, item_id: str) -> list[CultivationNote]:
    """The visits and words about an item, the newest first."""
    query = select(CultivationNote).where(CultivationNote.item_id == item_id)
    order = (col(CultivationNote.on).desc(), col(CultivationNote.at).desc(), CultivationNote.id)
    return list(session.exec(query.order_by(*order)))


def open_suggestions(session: Session) -> list[CultivationSuggestion]:
    """The suggestions not yet looked at that the session's actor may see, the oldest first."""
    query = select(CultivationSuggestion).where(CultivationSuggestion.status == "open")
    return list(session.exec(query.order_by(col(CultivationSuggestion.received_at), CultivationSuggestion.id)))


def being_cultivated(session: Session, entry_id: str) -> bool:
    """Whether the region says in public that it is bringing an entry on."""
    query = select(CultivationItem.id).where(
        CultivationItem.entry_id == entry_id,
        col(CultivationItem.published).is_(True),
        CultivationItem.status != "dropped",
    )
    return session.exec(query.execution_options(unscoped=True)).first() is not None


def prefilled_of(session: Session, case_id: str) -> dict[str, dict[str, Any]]:
    """What was filled in from the list when an application was opened from it; the case itself says who may see it."""
    query = select(CultivationItem).where(CultivationItem.case_id == case_id)
    found = session.exec(query.execution_options(unscoped=True)).first()
    return found.prefilled if found else {}
