"""The record: one row for every change of state, append-only, sequenced into one signed Merkle tree.

A verb writes its row in its own transaction; the sequencer then gives it its place. Rows hold references, outcome
columns and salted commitments, never personal words.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, col, func, select

from registry.base.canonical import canonical, plain, sha256
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.store import merkle
from registry.store.crypto import commitment
from registry.store.table import Json, Row, Tracked


class RecordEntry(Row, table=True):
    """One change: who, when, by which verb, on what, with the outcome columns as they then stood."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    verb: str
    subject: str = Field(index=True)
    account: str
    person: str
    detail: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    state: dict[str, dict[str, Any]] = Field(sa_column=Column(Json, nullable=False))
    """`table:key` → outcome columns after the change."""

    def said(self) -> dict[str, Any]:
        """Everything it says: what its leaf hash is over, and what a proof must show."""
        return {
            "id": self.id,
            "at": self.at,
            "verb": self.verb,
            "subject": self.subject,
            "account": self.account,
            "person": self.person,
            "detail": self.detail,
            "state": self.state,
        }

    def leaf(self) -> str:
        """Its leaf hash."""
        return merkle.leaf_hash(canonical(self.said()))


class RecordKey(Row, table=True):
    """That a row of the record tells a row's state: what its history is found by. It says nothing that the row does not."""

    key: str = Field(primary_key=True)
    """`table:key`."""
    entry_id: int = Field(primary_key=True, foreign_key="record_entry.id")


class RecordLeaf(Row, table=True):
    """The place of a record row in the tree, counted from 0."""

    seq: int = Field(primary_key=True)
    entry_id: int = Field(unique=True, foreign_key="record_entry.id")
    leaf: str = Field(max_length=64)


class RecordHead(Row, table=True):
    """A signed head of the tree: size, root, time."""

    size: int = Field(primary_key=True)
    root: str = Field(max_length=64)
    at: datetime
    frontier: list[str] = Field(sa_column=Column(Json, nullable=False))
    signature: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs the heads (Ed25519); `public` is what others verify with."""

    key: Ed25519PrivateKey

    @classmethod
    def parse(cls, seed: str) -> "Signer":
        """From the base64 of the 32-byte seed. Raises BadInput when it is none."""
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True)))
        except ValueError:
            raise BadInput(
                Fault(msg("REGISTRY_RECORD_KEY must be base64 of 32 bytes."), field="REGISTRY_RECORD_KEY")
            ) from None

    @property
    def public(self) -> str:
        """Base64 of the public key."""
        return base64.b64encode(self.key.public_key().public_bytes_raw()).decode()

    def sign(self, size: int, root: str, at: datetime) -> str:
        """Signature of a head as base64."""
        return base64.b64encode(self.key.sign(head_bytes(size, root, at))).decode()

    def accepts(self, head: RecordHead) -> bool:
        """Whether a head carries our signature."""
        return signature_holds(self.key.public_key(), head)


def head_bytes(size: int, root: str, at: datetime) -> bytes:
    """What is signed."""
    return canonical({"tree": "labour-registry", "size": size, "root": root, "at": at})


def signature_holds(key: Ed25519PublicKey, head: RecordHead) -> bool:
    """Whether the signature of a head is by this key."""
    try:
        key.verify(base64.b64decode(head.signature), head_bytes(head.size, head.root, head.at))
    except (InvalidSignature, ValueError):  # ValueError: it is not even base64
        return False
    return True


def row_key(row: SQLModel) -> str:
    """`table:primary key` of a row."""
    return f"{row.__tablename__}:{row.id}"  # type: ignore[attr-defined]


def outcome_of(row: Tracked) -> dict[str, Any]:
    """The told columns of a row: words as commitments, long values as hashes, everything as JSON knows it."""
    told = {name: jsonable(getattr(row, name)) for name in row.__outcome__}
    for name in row.__committed__:
        value = getattr(row, name)
        told[name] = None if value is None else commitment(row.salt, canonical(value))  # type: ignore[attr-defined]
    for name in row.__digested__:
        told[name] = sha256(canonical(getattr(row, name)))
    return told


def jsonable(value: Any) -> Any:
    """A column's value as it reads back from JSON."""
    return value if isinstance(value, str | int | bool | list | dict | type(None)) else plain(value)


def enter(session: Session, entry: RecordEntry) -> RecordEntry:
    """Write a row of the record, and by which rows it is found."""
    session.add(entry)
    session.flush()
    session.add_all(RecordKey(key=key, entry_id=entry.id or 0) for key in entry.state)
    return entry


def unsequenced(session: Session) -> Iterable[RecordEntry]:
    """Rows that have no place in the tree yet, in the order they were written."""
    return session.exec(
        select(RecordEntry).where(col(RecordEntry.id).not_in(select(RecordLeaf.entry_id))).order_by(col(RecordEntry.id))
    )


def head(session: Session) -> RecordHead | None:
    """The newest head."""
    return session.exec(select(RecordHead).order_by(col(RecordHead.size).desc()).limit(1)).one_or_none()


def sequence(session: Session, signer: Signer, now: datetime) -> RecordHead | None:
    """Give every waiting row its place and sign the new head. One at a time: call it in a write session."""
    newest = head(session)
    size, frontier = (newest.size, list(newest.frontier)) if newest else (0, [])
    before = size
    for entry in unsequenced(session):
        leaf = entry.leaf()
        session.add(RecordLeaf(seq=size, entry_id=entry.id or 0, leaf=leaf))
        frontier = merkle.append(frontier, size, leaf)
        size += 1
    if size == before:
        return newest
    root = merkle.root(frontier)
    new = RecordHead(size=size, root=root, at=now, frontier=frontier, signature=signer.sign(size, root, now))
    session.add(new)
    return new


def leaves(session: Session) -> list[RecordLeaf]:
    """All leaves in order."""
    return list(session.exec(select(RecordLeaf).order_by(col(RecordLeaf.seq))))


def count(session: Session) -> int:
    """How many rows the record has."""
    return session.exec(select(func.count()).select_from(RecordEntry)).one()


def history(session: Session, subject: str) -> list[RecordEntry]:
    """Everything recorded of a subject, the oldest first."""
    return list(session.exec(select(RecordEntry).where(RecordEntry.subject == subject).order_by(col(RecordEntry.id))))
