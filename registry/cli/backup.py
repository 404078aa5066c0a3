"""`registry backup`."""

import os
import sys
from pathlib import Path

import click

from registry.actions import backup as archives
from registry.actions import restore as restoring
from registry.base.i18n import Message, msg
from registry.cli.common import json_option, opened, settings_here, show
from registry.store.verify import Health

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def backup() -> None:
    """Backups: one file with everything but the keys."""


@backup.command()
@file_argument
@json_option
def create(file: Path, as_json: bool) -> None:
    """Write one state of the registry into FILE (a tar): every table, every file, never a key."""
    with opened() as registry:
        manifest = archives.create(registry, file, progress)
    lines = [
        msg("{file}: {what}", file=str(file), what=amount(manifest)),
        msg(
            "It holds no keys. Keep REGISTRY_FIELD_KEYS, REGISTRY_INDEX_KEY and REGISTRY_RECORD_KEY elsewhere, or it is lost."
        ),
    ]
    if absent := len(manifest["absent"]):
        lines.append(msg("{n} files that rows name are not there: erased, or lost.", n=absent))
    show(manifest, as_json, [str(line) for line in lines])


@backup.command()
@file_argument
@json_option
def verify(file: Path, as_json: bool) -> None:
    """Check a backup with the keys of the settings: every hash, every row, and the record in it."""
    manifest, health = restoring.check(settings_here(), file, progress)
    told(manifest, health, as_json, msg("The backup is whole and the record in it verifies."))


@backup.command()
@file_argument
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Bring a backup into the empty registry of the settings, on SQLite or PostgreSQL, whichever it came from."""
    manifest, health = restoring.restore(settings_here(), file, progress)
    same = msg("Restored. Count and SHA-256 of every table are those of the backup, and the record verifies.")
    told(manifest, health, as_json, same)


def told(manifest: archives.Manifest, health: Health, as_json: bool, verdict: Message) -> None:
    """What was found."""
    rows = msg("{rows} rows of the record under {heads} signed heads", rows=health.rows, heads=health.heads)
    summary = {"manifest": manifest, "record": {"rows": health.rows, "heads": health.heads}}
    show(summary, as_json, [str(verdict), str(amount(manifest)), str(rows)])


def amount(manifest: archives.Manifest) -> Message:
    """How much a backup holds."""
    return msg(
        "{tables} tables with {rows} rows and {files} files, as of {at}",
        tables=len(manifest["tables"]),
        rows=sum(table["rows"] for table in manifest["tables"].values()),
        files=len(manifest["files"]),
        at=manifest["at"],
    )


def progress(message: Message) -> None:
    """How far the work is: on a terminal only, each line over the one before."""
    if sys.stderr.isatty():
        width = os.get_terminal_size(sys.stderr.fileno()).columns - 1
        click.echo(f"\r{str(message)[:width]:<{width}}\r", err=True, nl=False)
