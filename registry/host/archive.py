"""A pack as one ZIP: made for whoever keeps a copy, and read from whoever has one, however it was made and meant."""

import io
import lzma
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.rules.pack import (
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    MOST_WORD_BYTES,
    as_bytes,
    as_text,
    is_word,
    path_fault,
)
from registry.rules.yamlfile import MAX_BYTES, decoded

MOST_ENTRIES = 1000
"""What a ZIP may list at all, folders and what systems leave behind included."""
LEFT_BEHIND = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._|~\$)", re.IGNORECASE)
"""What systems and office programs put beside one's files."""
UTF8_NAME, ENCRYPTED = 0x800, 0x1


def packed(files: Mapping[str, str]) -> bytes:
    """The files of a pack as a ZIP."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            made_on = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            archive.writestr(made_on, as_bytes(path, text), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unpacked(data: bytes) -> dict[str, str]:
    """Path → text of the pack in a ZIP; the folder that holds the pack, if one does, is left out.

    Raises BadInput with everything that keeps it from being taken; nothing is ever written to a disk.
    """
    if len(data) > MOST_BYTES:
        raise refused(
            msg("The ZIP is larger than {limit} MB; a pack is text and never that large.", limit=MOST_BYTES // 2**20)
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = list(named(archive))
            if faults := list(entry_faults(entries)):
                raise BadInput(faults)
            return texts(archive, inside(entries))
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ):
        raise refused(
            msg("This cannot be opened as a ZIP. In Windows: right-click the folder, “Send to”, “Compressed folder”.")
        ) from None


def refused(message: Message) -> BadInput:
    """The error of an archive as a whole."""
    return BadInput(Fault(message, field="archive"))


def named(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """(name, entry) of every file. Raises BadInput for too many."""
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise refused(
            msg("There are {n} files in this ZIP; a pack has {limit} at most.", n=len(infos), limit=MOST_FILES)
        )
    for info in infos:
        name = entry_name(info)
        if not name.endswith("/") and not LEFT_BEHIND.search(name):
            yield name, info


def entry_name(info: zipfile.ZipInfo) -> str:
    """What an entry is called: UTF-8 where it says so or it can be, else GB 18030, as a Chinese Windows writes names."""
    name = info.filename
    if not info.flag_bits & UTF8_NAME:
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return unicodedata.normalize("NFC", name).replace("\\", "/")


def entry_faults(entries: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[Fault]:
    """What no archive may hold, whatever is in it."""
    total = 0
    seen: set[str] = set()
    for name, info in entries:
        total += info.file_size
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "" in parts or ":" in name or any(ord(c) < 32 for c in name):
            yield fault(msg("“{name}” leads out of the pack's folder; it is not taken.", name=shown(name)))
        elif info.flag_bits & ENCRYPTED:
            yield fault(msg("“{name}” is locked with a password; send the ZIP without one.", name=shown(name)))
        elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            yield fault(msg("“{name}” is a link, not a file; it is not taken.", name=shown(name)))
        elif info.file_size > (limit := most_bytes(name)):
            yield fault(msg("“{name}” is larger than {limit} kB.", name=shown(name), limit=limit // 1024))
        if name.casefold() in seen:
            yield fault(msg("“{name}” is in this ZIP twice.", name=shown(name)))
        seen.add(name.casefold())
    if len(entries) > MOST_FILES:
        yield fault(
            msg("There are {n} files in this ZIP; a pack has {limit} at most.", n=len(entries), limit=MOST_FILES)
        )
    if total > MOST_BYTES:
        yield fault(
            msg(
                "Unpacked this would be {n} MB; a pack has {limit} MB at most.",
                n=-(-total // 2**20),
                limit=MOST_BYTES // 2**20,
            )
        )


def most_bytes(name: str) -> int:
    """How large a file may be."""
    return MOST_WORD_BYTES if is_word(name) else MAX_BYTES


def fault(message: Message) -> Fault:
    """A fault of the archive."""
    return Fault(message, field="archive")


def shown(name: str) -> str:
    """A name as it may stand in a sentence."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:80])


def inside(entries: list[tuple[str, zipfile.ZipInfo]]) -> dict[str, zipfile.ZipInfo]:
    """Path in the pack → entry. Raises BadInput without a `plugin.yaml`, or for files that a pack does not have."""
    roots = sorted((name[: -len(MANIFEST)] for name, _ in entries if name.rpartition("/")[2] == MANIFEST), key=len)
    if not roots:
        raise refused(msg("There is no plugin.yaml in this ZIP; pack the folder that holds it."))
    if outside := [name for name, _ in entries if not name.startswith(roots[0])]:
        raise refused(
            msg(
                "“{name}” lies beside the pack's folder in this ZIP; put it in, or leave it out.",
                name=shown(outside[0]),
            )
        )
    found = {name[len(roots[0]) :]: info for name, info in entries}
    if faults := [fault(words) for path in found if (words := path_fault(path))]:
        raise BadInput(faults)
    return found


def texts(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    """The texts, each read no further than it may be long; a Word template in base64.

    Raises BadInput with every file that is no text.
    """
    made, faults = {}, list[Fault]()
    for path, info in entries.items():
        with archive.open(info) as file:
            data = file.read(most_bytes(path) + 1)
        if is_word(path):
            made[path] = as_text(data)
            continue
        try:
            made[path], _ = decoded(path, data)
        except BadInput as error:
            faults += [
                Fault(f.message, f.file, f.line, f.column, field="archive", remedy=f.remedy) for f in error.faults
            ]
    if faults:
        raise BadInput(faults)
    return made
