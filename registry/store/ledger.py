"""A county's own ledger on its way in: the files, what their columns were taken for, titles that wait for a second person."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, select

from registry.store.table import Encrypted, Json, Row, Tracked, id_field, only_one


class LedgerFile(Row, table=True):
    """A ledger that was handed in: kept encrypted until it is imported or thrown away."""

    id: str = id_field()
    region: str = Field(foreign_key="region.code", index=True)
    kind: str
    name: str
    place: str
    data_key: str = Field(sa_column=Column(Encrypted("ledger_file.data_key"), nullable=False))
    sha256: str = Field(max_length=64)
    mapping: dict[str, dict[str, int]] = Field(sa_column=Column(Json, nullable=False))
    """Sheet → column's or fact's id → position."""
    handed_in_by: str
    handed_in_at: datetime
    imported_at: datetime | None = None


class LedgerName(Row, table=True):
    """Which entry a row of a ledger is, by kind, region and name as written there. Two rows of one name are one entry:
    also when two people bring the same ledger in at the same time, and when the entry is called otherwise later.
    """

    kind: str = Field(primary_key=True)
    region: str = Field(primary_key=True, foreign_key="region.code")
    name: str = Field(primary_key=True, max_length=80)
    """Folded, so that a blank or a Traditional character makes no other entry."""
    entry_id: str = Field(foreign_key="entry.id", index=True)


class LedgerMapping(Row, table=True):
    """What the columns of a heading were taken for in a region, remembered for the next file with the same heading."""

    region: str = Field(primary_key=True, foreign_key="region.code")
    signature: str = Field(primary_key=True, max_length=64)
    mapping: dict[str, int] = Field(sa_column=Column(Json, nullable=False))


class RecordedTitle(Tracked, table=True):
    """A title that was given before this system, or by an outside authority (补录): it waits for a second person."""

    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> recorded_by", name="confirmed_by_another"),
        CheckConstraint("(confirmed_by IS NULL) = (title_id IS NULL)", name="confirmed_is_a_title"),
        CheckConstraint("valid_to IS NULL OR valid_to > document_date", name="from_before_to"),
        only_one(
            "uq_recorded_title_one_waiting",
            "entry_id",
            "level",
            "document",
            where="confirmed_by IS NULL AND refused_by IS NULL",
        ),
    )
    __outcome__ = (
        "entry_id",
        "level",
        "authority_region",
        "document",
        "document_date",
        "valid_to",
        "number",
        "scan_sha256",
        "recorded_by",
        "confirmed_by",
        "refused_by",
        "title_id",
    )

    id: str = id_field()
    entry_id: str = Field(foreign_key="entry.id", index=True)
    region: str = Field(foreign_key="region.code", index=True)
    """Whose ledger it stands in: the region whose officers confirm it."""
    level: str
    authority_region: str = Field(foreign_key="region.code")
    authority_words: str = ""
    """Who gave it, as the ledger has it."""
    number: str | None = None
    document: str
    document_date: date
    valid_to: date | None = None
    scan_place: str | None = None
    scan_key: str | None = Field(default=None, sa_column=Column(Encrypted("recorded_title.scan_key")))
    scan_sha256: str | None = None
    scan_type: str | None = None
    recorded_by: str
    recorded_at: datetime
    confirmed_by: str | None = None
    refused_by: str | None = None
    refusal: str | None = Field(default=None, sa_column=Column(Encrypted("recorded_title.refusal")))
    """Why it was turned down, for whoever recorded it."""
    decided_at: datetime | None = None
    title_id: str | None = Field(default=None, foreign_key="title.id")


def waiting_titles(session: Session, regions: frozenset[str]) -> list[RecordedTitle]:
    """The titles of these regions that wait for a second person, by document."""
    query = select(RecordedTitle).where(
        col(RecordedTitle.confirmed_by).is_(None),
        col(RecordedTitle.refused_by).is_(None),
        col(RecordedTitle.region).in_(regions),
    )
    return list(session.exec(query.order_by(RecordedTitle.document, RecordedTitle.entry_id, RecordedTitle.id)))


def refused_titles(session: Session, person: str) -> list[RecordedTitle]:
    """What a person recorded and another turned down, the newest first."""
    query = select(RecordedTitle).where(RecordedTitle.recorded_by == person, col(RecordedTitle.refused_by).is_not(None))
    return list(session.exec(query.order_by(col(RecordedTitle.decided_at).desc()).limit(50)))
