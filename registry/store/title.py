"""Decisions, titles and certificates."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, select

from registry.base.i18n import Text
from registry.store.table import Json, Tracked, id_field, new_code, one_of, only_one

STATUSES = ("valid", "rectification", "suspended", "revoked", "expired", "superseded")


class Decision(Tracked, table=True):
    """A decision in a case: the meeting that took it, or the numbered document that makes it effective."""

    __table_args__ = (
        one_of("act", ("approve", "refuse", "recognise", "revoke")),
        CheckConstraint(
            "act <> 'recognise' OR (document IS NOT NULL AND document_date IS NOT NULL AND scan_sha256 IS NOT NULL)",
            name="recognised_by_document",
        ),
    )
    __outcome__ = (
        "case_id",
        "act",
        "document",
        "document_date",
        "scan_sha256",
        "meeting",
        "minutes",
        "decided_by",
        "taken_back_at",
    )
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    act: str
    document: str | None = None
    document_date: date | None = None
    scan_sha256: str | None = None
    meeting: str | None = None
    minutes: str | None = None
    decided_by: str
    decided_at: datetime
    taken_back_at: datetime | None = None
    """Who took the step that decided it took it back on the same day; it decides nothing."""


class Title(Tracked, table=True):
    """Entry × scheme × level × authority. `origin` says whether it was decided here or recorded from its document."""

    __table_args__ = (
        one_of("status", STATUSES),
        one_of("origin", ("case", "recorded")),
        one_of("level", ("county", "city", "province", "nation")),
        one_of("act", ("recognise", "name", "list")),
        CheckConstraint("origin <> 'case' OR case_id IS NOT NULL", name="decided_in_a_case"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="from_before_to"),
        only_one(
            "uq_title_one_live",
            "entry_id",
            "scheme",
            "level",
            "authority_region",
            where="status IN ('valid', 'rectification', 'suspended')",
        ),
    )
    __outcome__ = (
        "number",
        "entry_id",
        "scheme",
        "level",
        "authority_region",
        "act",
        "status",
        "origin",
        "document",
        "document_date",
        "valid_from",
        "valid_to",
        "case_id",
        "ended_on",
        "end_reason",
    )

    id: str = id_field()
    number: str = Field(unique=True)
    entry_id: str = Field(foreign_key="entry.id", index=True)
    scheme: str
    """The criteria set's id: under which rule it was given."""
    scheme_title: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    kind: str
    level: str
    authority_region: str = Field(foreign_key="region.code")
    authority_name: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    act: str = "recognise"
    status: str = "valid"
    origin: str = "case"
    case_id: str | None = Field(default=None, foreign_key="case.id")
    document: str
    document_date: date
    basis: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    valid_from: date
    valid_to: date | None = None
    ended_on: date | None = None
    end_reason: dict[str, str] | None = Field(default=None, sa_column=Column(Json))
    """Why it was revoked, in the words for the public."""

    @property
    def scheme_text(self) -> Text:
        """The scheme's title in three languages."""
        return Text.model_validate(self.scheme_title)


class Certificate(Tracked, table=True):
    """The printed form of a title; `code` is random and stands in the QR code."""

    __outcome__ = ("title_id", "code", "sha256")

    id: str = id_field()
    title_id: str = Field(foreign_key="title.id", index=True)
    code: str = Field(default_factory=new_code, unique=True)
    issued_at: datetime
    place: str | None = None
    data_key: str | None = None
    sha256: str | None = None


def titles_of(session: Session, entry_id: str) -> list[Title]:
    """The titles of an entry, the newest first."""
    return list(session.exec(select(Title).where(Title.entry_id == entry_id).order_by(col(Title.valid_from).desc())))


def title_by_code(session: Session, code: str) -> tuple[Title, Certificate | None] | None:
    """The title of a certificate's code, or of its own number."""
    found = session.exec(select(Title, Certificate).join(Certificate).where(Certificate.code == code.upper())).first()
    if found:
        return found[0], found[1]
    title = session.exec(select(Title).where(Title.number == code)).one_or_none()
    return (title, certificate_of(session, title.id)) if title else None


def certificate_of(session: Session, title_id: str) -> Certificate | None:
    """The newest certificate of a title."""
    return session.exec(
        select(Certificate).where(Certificate.title_id == title_id).order_by(col(Certificate.issued_at).desc()).limit(1)
    ).one_or_none()
