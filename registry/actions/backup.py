"""Backups: an archive of one state of the registry, whichever database it lies in. `restore` brings it back.

An archive is a plain tar: one file of lines for each table, the encrypted files of the evidence store as they lie, and
a manifest with the count and SHA-256 of each. Everything in it is one state of the registry. It never holds a key.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table

from registry import __version__
from registry.actions.proof import head_json
from registry.base.canonical import canonical
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store import migrate, neutral
from registry.store.record import head
from registry.store.trouble import told

FORMAT = 1
MANIFEST = "manifest.json"
PLACE = re.compile(r"[0-9a-f]{32}")
CHUNK = 1024 * 1024
Say = Callable[[Message], None]
"""Is told how far the work is."""
Manifest = dict[str, Any]


def quiet(message: Message) -> None:
    """Say nothing."""


def create(registry: Registry, target: Path, say: Say = quiet) -> Manifest:
    """Write an archive of one state of the registry; returns its manifest.

    Others go on reading and writing meanwhile. Raises Refused when the file is there already.
    """
    if target.exists():
        raise Refused(msg("{file} is there already; a backup never overwrites another.", file=str(target)))
    beside = target.with_name(target.name + ".part")
    try:
        with told(), os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                manifest = _write(registry, tar, say)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def _write(registry: Registry, tar: tarfile.TarFile, say: Say) -> Manifest:
    store, places = registry.store, set[str]()
    manifest: Manifest = {
        "format": FORMAT,
        "program": __version__,
        "revision": migrate.newest(),
        "at": registry.now.isoformat(),
        "field_keys": sorted(store.keyring.keys),
        "record_public_key": store.signer.public,
        "tables": {},
        "files": {},
        "absent": [],
    }
    with store.read(SYSTEM) as session:
        connection = session.connection()
        manifest["database"] = f"{connection.dialect.name} {'.'.join(map(str, _server_version(connection)))}"
        newest = head(session)
        manifest["head"] = head_json(newest, store.signer) if newest else None
        for table in neutral.tables(connection):
            say(msg("Table {name}", name=table.name))
            with tempfile.TemporaryFile() as lines:
                manifest["tables"][table.name] = _spool(connection, table, lines, places)
                _add(tar, f"tables/{table.name}.jsonl", lines)
    for n, place in enumerate(sorted(places)):
        say(msg("File {n} of {total}", n=n + 1, total=len(places)))
        try:
            with open(store.evidence.path(place), "rb") as file:
                manifest["files"][place] = {"size": _add(tar, f"evidence/{place}", file), "sha256": _digest(file)}
        except FileNotFoundError:
            manifest["absent"].append(place)
    _add(tar, MANIFEST, io.BytesIO(canonical(manifest)))
    return manifest


def _server_version(connection: Connection) -> tuple[Any, ...]:
    return connection.dialect.server_version_info or ()


def _spool(connection: Connection, table: Table, out: IO[bytes], places: set[str]) -> Manifest:
    """Write a table's lines; returns their count and digest. Where rows say that a file lies is added to `places`."""
    digest, rows = hashlib.sha256(), 0
    at = [n for n, column in enumerate(neutral.columns(table)) if column.name.endswith("place")]
    for line in neutral.lines(connection, table):
        out.write(line)
        digest.update(line)
        rows += 1
        if at:
            values = json.loads(line)
            places.update(values[n] for n in at if isinstance(values[n], str) and PLACE.fullmatch(values[n]))
    return {"rows": rows, "sha256": digest.hexdigest()}


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> int:
    """Add an open file; returns its size."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = file.seek(0, os.SEEK_END), 0o600
    file.seek(0)
    tar.addfile(info, file)
    return info.size


def _digest(file: IO[bytes]) -> str:
    """SHA-256 of an open file."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def opened(archive: Path) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    """An archive and its manifest. Raises NotFound, and BadInput when it is none or is not whole."""
    if not archive.exists():
        raise NotFound(msg("There is no file {file}.", file=str(archive)))
    try:
        with tarfile.open(archive, "r:") as tar:
            member = tar.extractfile(MANIFEST)
            manifest = json.loads(member.read()) if member else {}
            if manifest.get("format") != FORMAT:
                raise bad(archive, msg("It was made by another version of this program."))
            yield tar, manifest
    except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise bad(archive, msg("It is no backup of a registry, or not whole.")) from error


def bad(archive: Path, why: Message) -> BadInput:
    """The error for an archive that cannot be taken."""
    return BadInput(Fault(why, file=str(archive)))


def compare(tar: tarfile.TarFile, manifest: Manifest, archive: Path) -> None:
    """Raise BadInput that names every part that is missing, too many, or not as the manifest says."""
    said = {f"tables/{name}.jsonl": about["sha256"] for name, about in manifest["tables"].items()}
    said |= {f"evidence/{place}": about["sha256"] for place, about in manifest["files"].items()}
    there = [name for name in tar.getnames() if name != MANIFEST]
    wrong = sorted((said.keys() ^ set(there)) | {name for name in there if there.count(name) > 1})
    for name in sorted(said.keys() & set(there)):
        with part(tar, name) as file:
            if _digest(file) != said[name]:
                wrong.append(name)
    if wrong:
        faults = (Fault(msg("{name} is not as the manifest says.", name=name), file=str(archive)) for name in wrong)
        raise BadInput(faults)


@contextmanager
def part(tar: tarfile.TarFile, name: str) -> Iterator[IO[bytes]]:
    """One file of an archive. Raises KeyError when it is not there."""
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    with closing(file):
        yield file


def sums(connection: Connection, table: Table) -> Manifest:
    """Count and digest of a table as it stands in a database."""
    digest, rows = hashlib.sha256(), 0
    for line in neutral.lines(connection, table):
        digest.update(line)
        rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


def all_sums(registry: Registry) -> dict[str, Manifest]:
    """Count and digest of each table."""
    with registry.store.read(SYSTEM) as session:
        connection = session.connection()
        return {table.name: sums(connection, table) for table in neutral.tables(connection)}
