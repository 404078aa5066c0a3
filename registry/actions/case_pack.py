"""Packing the file of a case: a ZIP in a file without a name, one attachment at a time in memory, and its manifest."""

import csv
import io
import json
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from registry.base.canonical import sha256
from registry.base.clock import local_date
from registry.base.errors import Broken
from registry.base.i18n import Message, msg
from registry.base.images import pages_in
from registry.host.registry import Registry
from registry.rules.answer import YES_NO
from registry.rules.retention import SOURCE, Retention
from registry.store.evidence import Evidence

FIELDS: dict[str, Message] = {
    "path": msg("File"),
    "title": msg("Document title"),
    "case": msg("Case"),
    "date": msg("Date"),
    "pages": msg("Number of pages"),
    "bytes": msg("Bytes"),
    "sha256": msg("SHA-256"),
    "retention": msg("Retention"),
    "note": msg("Note"),
}
"""Columns of the manifest."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the case: where it lies in the archive, or why it is left out."""

    evidence: Evidence
    number: str
    path: str
    title: str
    left_out: Message | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the archive is packed from, read in one session."""

    number: str
    name: str
    on: date
    by: str
    retention: Retention
    made: dict[str, tuple[Message, bytes]]
    attachments: tuple[Attachment, ...]
    purpose: str | None


def packed(registry: Registry, gathered: Gathered) -> tuple[IO[bytes], dict[str, Any]]:
    """(the archive in a file without a name, its manifest). One attachment at a time is in memory. Raises Broken."""
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        out = stack.enter_context(tempfile.TemporaryFile())
        with zipfile.ZipFile(out, "w") as archive:
            for path, (title, data) in gathered.made.items():
                put(archive, path, data, gathered.on, zipfile.ZIP_DEFLATED)
                media_type = "application/pdf" if path.endswith(".pdf") else ""
                rows.append(manifest_row(gathered, path, str(title), gathered.number, gathered.on, data, media_type))
            for one in gathered.attachments:
                rows.append(put_attachment(registry, archive, gathered, one))
            manifest = manifest_of(gathered, rows)
            put(archive, "manifest.json", as_json(manifest), gathered.on, zipfile.ZIP_DEFLATED)
            put(archive, "manifest.csv", as_csv(rows), gathered.on, zipfile.ZIP_DEFLATED)
        out.seek(0)
        stack.pop_all()  # whole: it stays open for whoever gets it
    return out, manifest


def put_attachment(registry: Registry, archive: zipfile.ZipFile, gathered: Gathered, one: Attachment) -> dict[str, Any]:
    """Put an attachment into the archive; its row of the manifest. Raises Broken that names it."""
    row, on = one.evidence, local_date(one.evidence.uploaded_at)
    if one.left_out:
        left = {"path": "", "title": one.title, "case": one.number, "date": on.isoformat(), "pages": None}
        return left | {
            "bytes": row.size,
            "sha256": row.sha256,
            "retention": str(gathered.retention.words),
            "note": str(one.left_out),
        }
    try:
        data = registry.store.evidence.get(row.place, row.data_key, row.sha256)
    except Broken as error:
        words = msg(
            "“{path}” cannot be read from the evidence store, so the file was not made. {why}",
            path=one.path,
            why=error.message,
        )
        raise Broken(words) from error
    put(archive, one.path, data, on, zipfile.ZIP_STORED)
    return manifest_row(gathered, one.path, one.title, one.number, on, data, row.media_type)


def put(archive: zipfile.ZipFile, path: str, data: bytes, on: date, how: int) -> None:
    """One file of the archive, dated by its day: the same file is the same bytes."""
    info = zipfile.ZipInfo(path, (on.year, on.month, on.day, 0, 0, 0))
    info.compress_type, info.external_attr = how, 0o644 << 16
    archive.writestr(info, data)


def manifest_row(
    gathered: Gathered, path: str, title: str, number: str, on: date, data: bytes, media_type: str
) -> dict[str, Any]:
    """What the manifest says of a file. Pages are counted; of what has none they are empty."""
    return {
        "path": path,
        "title": title,
        "case": number,
        "date": on.isoformat(),
        "pages": pages_in(data, media_type),
        "bytes": len(data),
        "sha256": sha256(data),
        "retention": str(gathered.retention.words),
        "note": "",
    }


def manifest_of(gathered: Gathered, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest."""
    return {
        "title": gathered.name,
        "number": gathered.number,
        "taken_on": gathered.on.isoformat(),
        "taken_by": gathered.by,
        "personal": str(YES_NO[gathered.purpose is not None]),
        "retention": {
            "class": gathered.retention.key,
            "words": str(gathered.retention.words),
            "years": gathered.retention.years,
            "source": str(SOURCE),
        },
        "files": rows,
    }


def as_json(value: Any) -> bytes:
    """A JSON document for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """The manifest as CSV that WPS and Excel open as it is; no cell is a formula, because each path and title is ours."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([str(words) for words in FIELDS.values()])
    for row in rows:
        writer.writerow([row[key] for key in FIELDS])
    return b"\xef\xbb\xbf" + made.getvalue().encode()
