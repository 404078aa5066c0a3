"""Entries: one brand or base for its whole life, with its slugs, building units and profile revisions."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, Session, select

from registry.base.i18n import Text
from registry.store.table import Json, Row, Tracked, id_field, new_code, one_of


class Entry(Tracked, table=True):
    """One brand or base. `public_id` never changes; `slug` may, and the old one keeps leading here."""

    __table_args__ = (
        one_of("status", ("draft", "listed", "withdrawn")),
        one_of("owner_type", ("regional", "enterprise")),
    )
    __outcome__ = (
        "public_id",
        "slug",
        "kind",
        "product",
        "region",
        "status",
        "owner_id",
        "name",
        "profile",
        "fictitious",
    )

    id: str = id_field()
    public_id: str = Field(default_factory=lambda: new_code(10), unique=True, max_length=10)
    slug: str = Field(unique=True, max_length=80)
    kind: str = Field(index=True)
    product: str | None = None
    entry_class: str | None = None
    region: str = Field(foreign_key="region.code", index=True)
    name: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    owner_type: str = "regional"
    owner_id: str | None = Field(default=None, foreign_key="organisation.id")
    status: str = "draft"
    profile: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """Published words about the entry: field id → Text or plain value; changed by a decision or a reviewed edit."""
    standing: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """Standings stated elsewhere without a document on file: level, words, source. Never a title."""
    fictitious: bool = False
    illustrative: bool = False
    created_at: datetime

    @property
    def text(self) -> Text:
        """The name in three languages."""
        return Text.model_validate(self.name)


class EntrySlug(Row, table=True):
    """An earlier slug of an entry; it keeps leading there."""

    slug: str = Field(primary_key=True, max_length=80)
    entry_id: str = Field(foreign_key="entry.id", index=True)


class EntryUnit(Row, table=True):
    """A building unit (建设单位) of an entry."""

    entry_id: str = Field(foreign_key="entry.id", primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)


def entry_by_slug(session: Session, slug: str) -> Entry | None:
    """The entry of a present slug."""
    return session.exec(select(Entry).where(Entry.slug == slug)).one_or_none()


def current_slug(session: Session, old: str) -> str | None:
    """Where an earlier slug leads now."""
    return session.exec(select(Entry.slug).join(EntrySlug).where(EntrySlug.slug == old)).one_or_none()
