"""Bringing a backup back, into the same database or into the other one, with proof that nothing differs."""

import json
import re
import tarfile
import tempfile
from pathlib import Path

from alembic import command
from alembic.util.exc import CommandError
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session

from registry.actions.backup import PLACE, Manifest, Say, bad, compare, opened, part, quiet, sums
from registry.base.clock import Clock, SystemClock
from registry.base.errors import Broken, Refused
from registry.base.i18n import msg
from registry.base.settings import Settings
from registry.host import tables
from registry.host.plugins import Plugins
from registry.store import migrate, neutral
from registry.store.engine import WRITES
from registry.store.session import Store
from registry.store.trouble import told
from registry.store.verify import Health, verify

SEEDED = re.compile(r"generation|p_\w+_version")
"""Tables in which migrations put a row."""


def check(settings: Settings, archive: Path, say: Say = quiet) -> tuple[Manifest, Health]:
    """Verify an archive with the keys of the settings: every hash, every row in a trial database, and the record.

    Raises NotFound, BadInput, Broken with the first thing that is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="registry-") as folder:
        trial = settings.model_copy(update={"data_dir": Path(folder), "database_url": ""})
        return restore(trial, archive, say, files=False)


def restore(
    settings: Settings, archive: Path, say: Say = quiet, *, files: bool = True, clock: Clock | None = None
) -> tuple[Manifest, Health]:
    """Bring an archive into an empty registry, of either database; returns its manifest and the record's health.

    Counts and digests of every table are taken again from the database and must be the archive's; the record must
    verify; all of it is one transaction, so that nothing stands when anything is wrong. An archive of an earlier
    revision is brought up afterwards. Raises NotFound, BadInput, Refused, Broken.
    """
    with opened(archive) as (tar, manifest):
        compare(tar, manifest, archive)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        plugins = Plugins.load(settings.plugin_dirs, settings.plugins)
        store = Store(settings, clock or SystemClock())
        try:
            with told():
                return manifest, _restore(store, plugins, tar, manifest, archive, say, files)
        except (DataError, IntegrityError) as error:
            raise bad(archive, msg("It holds rows that the database refuses: {why}", why=str(error.orig))) from error
        finally:
            store.close()


def _restore(
    store: Store, plugins: Plugins, tar: tarfile.TarFile, manifest: Manifest, archive: Path, say: Say, files: bool
) -> Health:
    require_keys(store, manifest)
    revision = str(manifest["revision"])
    found = migrate.revision(store.engine)
    if found not in (None, revision):
        raise Refused(
            msg(
                "The database is at {found}, the backup at {revision}; restore into a new database.",
                found=found,
                revision=revision,
            )
        )
    try:
        command.upgrade(migrate.config(store.engine), revision)
        _plugin_tables(store, plugins, tar, manifest)
    except CommandError as error:
        raise bad(archive, msg("It was made by another version of this program.")) from error
    current = revision == migrate.newest()
    with store.engine.connect().execution_options(**WRITES) as connection, connection.begin():
        _fill(connection, tar, manifest, archive, say)
        if files:
            for place in manifest["files"]:
                _bring_file(store, tar, place)
        health = _verified(connection, store) if current else None
    if health is None:
        migrate.upgrade(store.engine)
        with store.engine.connect() as connection:
            health = _verified(connection, store)
    list(tables.upgrade(store.engine, plugins))
    return health


def _plugin_tables(store: Store, plugins: Plugins, tar: tarfile.TarFile, manifest: Manifest) -> None:
    """Make the tables of the installed plugins as they were when the archive was made."""
    for name, folder in tables.folders(plugins).items():
        if (version := tables.version_table(name)) in manifest["tables"]:
            with part(tar, f"tables/{version}.jsonl") as rows:
                (at,) = json.loads(next(iter(rows)))
            command.upgrade(tables.config(store.engine, name, folder), at)


def require_keys(store: Store, manifest: Manifest) -> None:
    """Raise Refused when the settings do not hold the keys that the backup was made with."""
    missing = sorted(set(manifest["field_keys"]) - store.keyring.keys.keys())
    if missing:
        raise Refused(
            msg(
                "The backup needs key {kids}; a backup never holds keys. Set REGISTRY_FIELD_KEYS.",
                kids=", ".join(missing),
            )
        )
    if manifest["record_public_key"] != store.signer.public:
        raise Refused(msg("The backup's record was signed with another key. Set REGISTRY_RECORD_KEY to that one."))


def _fill(connection: Connection, tar: tarfile.TarFile, manifest: Manifest, archive: Path, say: Say) -> None:
    """Put all rows in, and compare what then stands in the database with the manifest."""
    there = {table.name: table for table in neutral.tables(connection)}
    for name, table in there.items():
        if not SEEDED.fullmatch(name) and connection.execute(select(func.count()).select_from(table)).scalar():
            raise Refused(
                msg("The registry is not empty ({table} has rows); a backup is restored into a new one.", table=name)
            )
    if unknown := sorted(manifest["tables"].keys() - there.keys()):
        raise bad(
            archive, msg("Nothing here makes the tables {names}; install their plugins.", names=", ".join(unknown))
        )
    neutral.references_later(connection)
    for name in manifest["tables"]:
        say(msg("Table {name}", name=name))
        if SEEDED.fullmatch(name):
            connection.execute(there[name].delete())
        with part(tar, f"tables/{name}.jsonl") as rows:
            neutral.fill(connection, there[name], rows)
        neutral.continue_numbers(connection, there[name])
    neutral.references_now(connection)
    for name, about in manifest["tables"].items():
        if sums(connection, there[name]) != about:
            raise Broken(msg("Table {name} is not what the backup says once it is restored.", name=name))


def _bring_file(store: Store, tar: tarfile.TarFile, place: str) -> None:
    if not PLACE.fullmatch(place):
        raise KeyError(place)
    with part(tar, f"evidence/{place}") as file:
        store.evidence.bring(place, file.read())


def _verified(connection: Connection, store: Store) -> Health:
    """The health of the record. Raises Broken when it has a fault."""
    with Session(connection, autoflush=False) as session:
        health = verify(session, store.signer)
    if health.fault:
        raise Broken(msg("The record does not verify: {fault}", fault=health.fault))
    return health
