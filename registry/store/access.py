"""Who opened what: the log of opened files, sittings in which personal data is open, and where a number occurs."""

import secrets
from datetime import datetime

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, Session, col, select

from registry.store.table import Encrypted, Row, Tracked, id_field


class AccessLog(Row, table=True):
    """One opening of a file. Append-only; not told by the record, which would grow with each page looked at."""

    __tablename__ = "access_log"

    id: str = id_field()
    at: datetime
    account: str
    person: str = Field(index=True)
    what: str
    """`file.view` (as it is), `file.page` (a rendering with the viewer's name on it), `file.original` (saved)."""
    subject: str = Field(index=True)
    """`evidence:ID`."""
    case_id: str = Field(index=True)
    purpose: str | None = None


class Reveal(Row, table=True):
    """Personal data of a case or an objection that somebody opened with a reason, until the sign-in ends."""

    __table_args__ = (UniqueConstraint("sitting", "subject"),)

    id: str = id_field()
    sitting: str = Field(max_length=64)
    """Hash of the sign-in's token: another sign-in opens nothing."""
    subject: str
    purpose: str
    person: str
    at: datetime


class PrivacyAct(Tracked, table=True):
    """What was done with a person's data and why: found, told, put right, erased. The reason may name somebody."""

    __tablename__ = "privacy_act"
    __outcome__ = ("what", "by", "at")
    __committed__ = ("reason",)

    id: str = id_field()
    what: str
    by: str
    at: datetime
    reason: str = Field(sa_column=Column(Encrypted("privacy_act.reason"), nullable=False))
    salt: str = Field(default_factory=lambda: secrets.token_hex(16))


class NumberIndex(Row, table=True):
    """Where a number or address of a person occurs, found by its blind index alone."""

    __tablename__ = "number_index"

    kind: str = Field(primary_key=True, max_length=16)
    digest: str = Field(primary_key=True, max_length=32)
    subject: str = Field(primary_key=True, max_length=64, index=True)
    """`case:ID`, `objection:ID`."""


def revealed(session: Session, sitting: str, subject: str) -> Reveal | None:
    """The opening of this sitting, if it was opened."""
    if not sitting:
        return None
    return session.exec(select(Reveal).where(Reveal.sitting == sitting, Reveal.subject == subject)).one_or_none()


def put_index(session: Session, subject: str, digests: set[tuple[str, str]]) -> None:
    """From now on exactly these (kind, digest) lead to a subject."""
    known = {
        (row.kind, row.digest): row for row in session.exec(select(NumberIndex).where(NumberIndex.subject == subject))
    }
    for gone in known.keys() - digests:
        session.delete(known[gone])
    for kind, digest in digests - known.keys():
        session.add(NumberIndex(kind=kind, digest=digest, subject=subject))


def subjects_of(session: Session, digests: set[tuple[str, str]]) -> list[str]:
    """Every subject that one of the (kind, digest) leads to, in order."""
    rows = session.exec(select(NumberIndex).where(col(NumberIndex.digest).in_([d for _, d in digests])))
    return sorted({row.subject for row in rows if (row.kind, row.digest) in digests})
