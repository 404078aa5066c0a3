"""Published definitions: written once, whole, as canonical JSON; the running system reads them only from here."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, UniqueConstraint
from sqlmodel import Field, Session, col, or_, select

from registry.store.table import Json, Row, Tracked, id_field, one_of

TYPES = ("kind", "criteria", "workflow", "form", "reference", "floor", "page", "template")


class Definition(Tracked, table=True):
    """One version of one definition. The unique constraint makes a version immutable."""

    __table_args__ = (
        UniqueConstraint("type", "ref", "version"),
        Index(None, "region", "type"),
        one_of("type", TYPES),
        one_of("standing", ("official", "example", "comment")),
    )
    __outcome__ = (
        "type",
        "ref",
        "version",
        "pack",
        "kind",
        "product",
        "entry_class",
        "level",
        "procedure",
        "region",
        "standing",
        "in_force_from",
        "in_force_to",
        "sha256",
        "withdrawn_at",
    )
    __digested__ = ("body",)

    id: str = id_field()
    type: str
    ref: str
    """The id that the pack's author gave."""
    version: int
    pack: str
    kind: str | None = None
    product: str | None = None
    entry_class: str | None = None
    level: str | None = None
    procedure: str | None = None
    region: str = Field(foreign_key="region.code")
    standing: str = "example"
    in_force_from: date
    in_force_to: date | None = None
    body: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    sha256: str = Field(max_length=64)
    published_at: datetime
    published_by: str
    withdrawn_at: datetime | None = None


class Publication(Row, table=True):
    """One publishing of one version of a pack."""

    id: str = id_field()
    pack: str = Field(index=True)
    version: str
    title: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    region: str = Field(foreign_key="region.code", index=True)
    published_at: datetime
    published_by: str
    definitions: int
    accent: str | None = None
    """The colour of the place's pages."""


def not_withdrawn(at: datetime) -> ColumnElement[bool]:
    """That a definition had not been withdrawn at a moment."""
    return or_(col(Definition.withdrawn_at).is_(None), col(Definition.withdrawn_at) > at)


def in_force(
    session: Session,
    type: str,
    on: date,
    *,
    regions: Collection[str] | None = None,
    kind: str | None = None,
    ref: str | None = None,
    known: datetime | None = None,
) -> list[Definition]:
    """The definitions of a type in force on a day, by id and the newest version first.

    `known`: as it stood at a moment, without what was published later, and with what was withdrawn later.

    Narrowed to those of some regions, to those for a kind (among them what is for every kind), or to one id. Whatever
    answers a request narrows it: the whole country's definitions are thousands.
    """
    query = select(Definition).where(
        Definition.type == type,
        Definition.in_force_from <= on,
        col(Definition.withdrawn_at).is_(None) if known is None else not_withdrawn(known),
        or_(col(Definition.in_force_to).is_(None), col(Definition.in_force_to) >= on),
    )
    if known is not None:
        query = query.where(Definition.published_at <= known)
    if regions is not None:
        query = query.where(col(Definition.region).in_(regions))
    if kind is not None:
        query = query.where(or_(col(Definition.kind).is_(None), col(Definition.kind).in_(("*", kind))))
    if ref is not None:
        query = query.where(Definition.ref == ref)
    # Put in order here: asked to, SQLite walks the index of ids through the whole country instead of the one of places.
    return sorted(session.exec(query), key=lambda d: (d.ref, -d.version))
