"""Evidence: files encrypted at rest, each under its own data key, found by id, checked by SHA-256."""

import os
import secrets
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column
from sqlmodel import Field, Session, col, select

from registry.base.canonical import sha256
from registry.base.errors import Broken, NotFound
from registry.base.i18n import msg
from registry.store.remember import asked_once
from registry.store.table import Encrypted, Tracked, id_field

PAPER = "paper:application"
"""Field of the scan of an application that came on paper; no form has a field with a colon."""


class Evidence(Tracked, table=True):
    """One file of a case: what it is for, its hash, and where its encrypted bytes lie."""

    __outcome__ = ("case_id", "field", "size", "sha256", "place", "uploaded_by", "removed_at", "erased_at")
    __scoped__ = True

    id: str = id_field()
    case_id: str = Field(foreign_key="case.id", index=True)
    field: str
    name: str = Field(sa_column=Column(Encrypted("evidence.name"), nullable=False))
    media_type: str
    size: int
    sha256: str = Field(max_length=64)
    place: str
    """Random name in the evidence store; nothing can be guessed from it."""
    data_key: str = Field(sa_column=Column(Encrypted("evidence.data_key"), nullable=False))
    uploaded_by: str
    uploaded_at: datetime
    removed_at: datetime | None = None
    """Taken out of a draft; what was sent with it keeps it."""
    erased_at: datetime | None = None
    """Its data key was destroyed: name and bytes are gone, hash and size stay."""


class Storage:
    """A folder of encrypted files. Written under a temporary name and moved, so a killed process leaves none half."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> tuple[str, str]:
        """Encrypt and keep; returns (place, data key as hexadecimal digits)."""
        place, key, nonce = secrets.token_hex(16), secrets.token_bytes(32), secrets.token_bytes(12)
        self.bring(place, nonce + AESGCM(key).encrypt(nonce, data, place.encode()))
        return place, key.hex()

    def path(self, place: str) -> Path:
        """Where the encrypted bytes of a place lie."""
        return self.folder / place[:2] / place

    def bring(self, place: str, sealed: bytes) -> None:
        """Keep bytes that are encrypted already: whole, or not at all."""
        target = self.path(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(".part")
        try:
            with open(temporary, "wb") as out:
                out.write(sealed)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(target)
        finally:  # nothing half is left of what the disk had no room for
            temporary.unlink(missing_ok=True)

    def get(self, place: str, data_key: str, digest: str) -> bytes:
        """Decrypt and compare with the hash. Raises NotFound when it was erased, Broken when it is gone or another."""
        if not data_key:
            raise NotFound(msg("This file was erased; its hash alone is kept."))
        try:
            sealed = memoryview(self.path(place).read_bytes())  # its parts are not copied
            data = AESGCM(bytes.fromhex(data_key)).decrypt(bytes(sealed[:12]), sealed[12:], place.encode())
        except Exception as error:
            raise Broken(msg("The file {place} of the evidence store cannot be read.", place=place)) from error
        if sha256(data) != digest:
            raise Broken(msg("The file {place} of the evidence store is not the one that was recorded.", place=place))
        return data

    def erase(self, place: str) -> None:
        """Take the encrypted bytes away; without their data key they were nothing already."""
        self.path(place).unlink(missing_ok=True)


def erase(row: Evidence, at: datetime) -> None:
    """Destroy the data key and the name of a file. What was recorded of it (hash, size, place) stays."""
    row.data_key, row.name, row.erased_at = "", "", at


@asked_once
def evidence_of(session: Session, case_id: str, parent_id: str | None) -> list[Evidence]:
    """Every file of a case and of the one that recommended it, removed ones too, the oldest first."""
    query = select(Evidence).where(col(Evidence.case_id).in_([id for id in (case_id, parent_id) if id]))
    return list(session.exec(query.order_by(col(Evidence.uploaded_at), Evidence.id)))


def files_of(session: Session, case_id: str, field: str | None = None) -> list[Evidence]:
    """The present files of a case, the oldest first."""
    query = select(Evidence).where(Evidence.case_id == case_id, col(Evidence.removed_at).is_(None))
    if field is not None:
        query = query.where(Evidence.field == field)
    return list(session.exec(query.order_by(col(Evidence.uploaded_at), Evidence.id)))
