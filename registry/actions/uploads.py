"""What may be uploaded: checked by size, by what the bytes are, and by what an archive inside would become.

Pictures are kept re-encoded, so that where and with what they were taken is gone; a PDF that does things is not taken.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

import puremagic

from registry.base import images
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg

TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Extension → media type of what is taken."""
SCANS = ("application/pdf", "image/jpeg", "image/png")
SCAN_KINDS = "PDF, JPG, PNG"
"""Media types of what can be scanned or photographed."""
KINDS = ", ".join(dict.fromkeys(t[1:].upper() for t in TYPES if t != ".jpeg"))
"""The same for people."""
MAX_RATIO, MAX_UNPACKED = 100, 200 * 1024 * 1024
DOES_THINGS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z0-9])")
"""Names in a PDF of what runs when it is opened, or of files hidden in it."""
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
MAX_INSIDE = 32 * 1024 * 1024
"""Bytes of a PDF's packed objects that are looked into."""


class Taken(NamedTuple):
    """A file as it is kept."""

    name: str
    media_type: str
    data: bytes


def taken(name: str, data: bytes, limit: int) -> Taken:
    """An upload as it is kept: checked, pictures re-encoded. Its hash is that of these bytes. Raises BadInput."""
    name, media_type = checked(name, data, limit)
    if media_type in images.FORMATS:
        data = images.reencoded(name, data, media_type)
    return Taken(name, media_type, data)


def scan(name: str, data: bytes, limit: int) -> Taken:
    """An upload that must be a scan or a photograph. Raises BadInput."""
    found = taken(name, data, limit)
    if found.media_type not in SCANS:
        raise bad(msg("A scan is a PDF, a JPG or a PNG."))
    return found


def clean_name(name: str) -> str:
    """The last part of a file's name, without paths or control characters."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "", last).strip(". ")[:120]


def checked(name: str, data: bytes, limit: int) -> tuple[str, str]:
    """(clean name, media type) of an upload. Raises BadInput that says what is wrong and what would be right."""
    name = clean_name(name)
    suffix = PurePosixPath(name).suffix.lower()
    media_type = TYPES.get(suffix)
    if not data:
        raise bad(msg("“{name}” is empty (0 bytes); choose the file again.", name=name))
    if len(data) > limit:
        raise bad(
            msg(
                "“{name}” has {size} MB; at most {limit} MB are taken. Make it smaller or split it.",
                name=name,
                size=-(-len(data) // 2**20),
                limit=limit // 2**20,
            )
        )
    if media_type is None:
        raise bad(msg("“{name}” is of a kind that is not taken; send one of: {kinds}.", name=name, kinds=KINDS))
    if media_type.startswith("application/vnd"):
        check_office(name, data, "word/" if suffix == ".docx" else "xl/")
    elif media_type not in found_types(data):
        raise bad(
            msg("“{name}” is not what its name says; save it again as {kind}.", name=name, kind=suffix[1:].upper())
        )
    if media_type == "application/pdf":
        check_pdf(name, data)
    return name, media_type


def check_pdf(name: str, data: bytes) -> None:
    """Raise BadInput for a PDF with a script, a program to start, or files inside."""
    for part in pdf_parts(data):
        plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), part)
        if DOES_THINGS.search(plain):
            raise bad(
                msg(
                    "“{name}” holds a script or another file inside; print it to a new PDF and send that.",
                    name=name,
                )
            )


def pdf_parts(data: bytes) -> Iterator[bytes]:
    """What a PDF says outside its streams, and what its packed objects (/ObjStm) say."""
    yield STREAM.sub(b"", data)
    left = MAX_INSIDE
    for match in STREAM.finditer(data):
        head = data[max(0, match.start() - 300) : match.start()]
        if b"/ObjStm" not in head.rpartition(b"endobj")[2]:
            continue
        try:
            inside = zlib.decompressobj().decompress(match[1], left)
        except zlib.error:
            continue
        left -= len(inside)
        yield inside
        if left <= 0:
            return


def found_types(data: bytes) -> set[str]:
    """What the bytes may be, the best guess only."""
    try:
        return {puremagic.magic_string(data[:4096] + data[-1024:])[0].mime_type}
    except puremagic.PureError:
        return set()


def check_office(name: str, data: bytes, folder: str) -> None:
    """Raise BadInput unless the bytes are an Office file that does not blow up when opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise bad(msg("“{name}” cannot be opened; save it again and send it again.", name=name)) from None
    unpacked = sum(i.file_size for i in infos)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(data), 1):
        raise bad(msg("“{name}” would unpack to far more than it should; it is not taken.", name=name))
    names = {i.filename for i in infos}
    if "[Content_Types].xml" not in names or not any(n.startswith(folder) for n in names):
        raise bad(
            msg(
                "“{name}” is not what its name says; save it again as {kind}.",
                name=name,
                kind="DOCX" if folder == "word/" else "XLSX",
            )
        )


def bad(message: object) -> BadInput:
    """The error for one file."""
    return BadInput(Fault(message, field="file"))  # type: ignore[arg-type]
