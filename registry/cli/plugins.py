"""`registry plugin`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from registry.actions import definitions
from registry.base.clock import SystemClock, local_date
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.settings import PluginSettings
from registry.cli.common import faults_json, json_option, opened, progress, show
from registry.cli.dev import dev
from registry.cli.switching import commands_of, disable, enable, remove
from registry.host.check import Library, notices
from registry.host.check import check as check_pack
from registry.host.packs import Pack, outline, read_pack
from registry.host.plugins import Plugins
from registry.host.registry import Registry
from registry.host.scaffold import new_pack
from registry.rules.permission import SYSTEM


@click.group()
def plugin() -> None:
    """Packs and plugins."""


for command in (dev, enable, disable, remove):
    plugin.add_command(command)


def at_hand() -> tuple[Plugins, list[tuple[str, Pack]]]:
    """The plugins of this installation and their packs; needs no database."""
    plugins = installed()
    return plugins, [(name, read_pack(folder)) for name, folder in plugins.packs()]


def installed() -> Plugins:
    """The plugins that the settings allow; no registry need be there."""
    settings = PluginSettings()
    return Plugins.load(settings.plugin_dirs, settings.plugins)


@plugin.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the packs in the order in which they are asked, and plugins that failed to load."""
    plugins, packs = at_hand()
    library = Library(p for _, p in packs)
    rows = [
        {
            "pack": p.name,
            "version": p.manifest.version if p.manifest else None,
            "region": p.manifest.region if p.manifest else None,
            "plugin": name,
            "definitions": len(p.definitions),
            "faults": len(p.faults),
            "notices": faults_json(notices(p, library)),
            "folder": str(p.folder),
        }
        for name, p in packs
    ]
    failures = [{"plugin": f.plugin, "hook": f.hook, "error": f.error} for f in plugins.failures]
    lines = []
    for row, (_, pack) in zip(rows, packs, strict=True):
        lines.append(
            f"{row['pack']:<16} {row['version'] or '?':<8} {row['region'] or '?':<8} "
            f"{row['definitions']:>3} definitions  ({row['plugin']})"
        )
        lines += [f"  {line}" for line in notice_lines(pack, library)]
    lines += [f"FAILED {f['plugin']} in {f['hook']}: {f['error']}" for f in failures]
    show({"packs": rows, "failures": failures}, as_json, lines)


def found(where: str, packs: list[Pack]) -> Pack:
    """A pack by folder, or by name among those at hand. Raises BadInput."""
    if Path(where).is_dir():
        folder = Path(where).resolve()
        return next((p for p in packs if p.folder.resolve() == folder), None) or read_pack(folder)
    pack = next((p for p in packs if p.name == where), None)
    if pack is None:
        raise BadInput(Fault(msg("There is no folder and no pack “{where}”.", where=where)))
    return pack


def notice_lines(pack: Pack, library: Library) -> list[str]:
    """What the author should know, a line each."""
    return [str(msg("Notice: {notice}", notice=one.text())) for one in notices(pack, library)]


@plugin.command()
@click.argument("name")
@click.option("--region", required=True, help="The region's six digits.")
@click.option("--python", "as_python", is_flag=True, help="As a Python distribution with hooks and tests.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where; ./NAME unless said.")
@json_option
def new(name: str, region: str, as_python: bool, folder: Path | None, as_json: bool) -> None:
    """Begin a pack: files that check without a fault, to be rewritten line by line."""
    target = folder or Path(name)
    made = new_pack(target, name=name, region=region, today=local_date(SystemClock().now()), python=as_python)
    show(
        {"pack": name, "folder": str(target), "files": [str(file) for file in made]},
        as_json,
        [*map(str, made), str(msg("Next: registry plugin check {folder}", folder=str(target)))],
    )


@plugin.command()
@click.argument("where")
@json_option
def check(where: str, as_json: bool) -> None:
    """Check a pack (a folder or an installed one): every fault with file, line and column.

    Exit status 2 when there is one. Notices (a parent has a newer version, a file is not read) change nothing.
    """
    _, packs = at_hand()
    others = [p for _, p in packs]
    pack = found(where, others)
    library = Library([p for p in others if p.folder != pack.folder] + [pack])
    faults = check_pack(pack, library)
    verdict = "good" if not faults else "faulty"
    lines = [f.text() for f in faults] + [
        str(
            msg("{pack}: {n} definitions, no fault.", pack=pack.name, n=len(pack.definitions))
            if not faults
            else msg("{pack}: {n} faults; nothing can be published.", pack=pack.name, n=len(faults))
        )
    ]
    told = {"faults": faults_json(faults), "notices": faults_json(notices(pack, library))}
    show(
        {"pack": pack.name, "verdict": verdict, "definitions": len(pack.definitions), **told},
        as_json,
        [*notice_lines(pack, library), *lines],
    )
    if faults:
        raise click.exceptions.Exit(2)


@plugin.command()
@click.argument("where", required=False)
@click.option("--all", "every", is_flag=True, help="Every pack at hand, the wider regions' first.")
@json_option
def publish(where: str | None, every: bool, as_json: bool) -> None:
    """Publish a pack, or with --all every one at hand: write each definition once into the registry.

    Of many, one with faults keeps no other back; exit status 2 when there is one.
    """
    if every == bool(where):
        raise click.UsageError(str(msg("Name one pack, or say --all.")))
    with opened() as registry:
        read = map(read_pack, progress([folder for _, folder in registry.plugins.packs()], msg("Reading packs")))
        if where is None:
            publish_every(registry, [outline(pack) for pack in read], as_json)
            return
        packs = list(read)
        pack = found(where, packs)
        done = definitions.publish(
            registry, SYSTEM, pack, Library([p for p in packs if p.folder != pack.folder] + [pack])
        )
    show(published_json(done), as_json, [published_line(done)])


def publish_every(registry: Registry, outlines: list[Pack], as_json: bool) -> None:
    """Publish all of these, each read once more when it is its turn, and say what came of each."""
    packs = (read_pack(one.folder) for one in definitions.wider_first(outlines))
    outcomes = definitions.publish_each(registry, SYSTEM, packs, Library(outlines))
    done: list[definitions.Published] = []
    faulty: list[tuple[Pack, list[Fault]]] = []
    for pack, outcome in progress(outcomes, msg("Publishing packs"), len(outlines)):
        if isinstance(outcome, BadInput):
            faulty.append((pack, [fault_of(pack, f) for f in outcome.faults]))
        else:
            done.append(outcome)
    lines = [published_line(one) for one in done if one.new]
    lines += [f.text() for _, faults in faulty for f in faults]
    lines.append(
        str(
            msg(
                "{packs} packs: {new} definitions published, {unchanged} there already; {faulty} packs have faults.",
                packs=len(outlines),
                new=sum(one.new for one in done),
                unchanged=sum(one.unchanged for one in done),
                faulty=len(faulty),
            )
        )
    )
    data = {
        "published": [published_json(one) for one in done],
        "faulty": [{"pack": pack.name, "faults": faults_json(faults)} for pack, faults in faulty],
    }
    show(data, as_json, lines)
    if faulty:
        raise click.exceptions.Exit(2)


def fault_of(pack: Pack, fault: Fault) -> Fault:
    """A fault with the whole path of its file: among many packs, `plugin.yaml` alone says nothing."""
    return replace(fault, file=str(pack.folder / (fault.file or "")))


def published_json(done: definitions.Published) -> dict[str, Any]:
    """What publishing a pack did, for `--json`."""
    return {"pack": done.pack, "version": done.version, "new": done.new, "unchanged": done.unchanged}


def published_line(done: definitions.Published) -> str:
    """What publishing a pack did, for people."""
    return f"{done.pack} {done.version}: {done.new} definitions published, {done.unchanged} there already."


def commands_of_plugin(name: str) -> click.Group | None:
    """The commands that an installed plugin brings along; None when there is no such plugin, or it has none."""
    return commands_of(name, installed())
