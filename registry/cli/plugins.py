"""`registry plugin`."""

from pathlib import Path

import click

from registry.actions import definitions
from registry.base.clock import SystemClock, local_date
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.settings import load
from registry.cli.common import faults_json, json_option, opened, show
from registry.cli.dev import dev
from registry.host.check import Library, notices
from registry.host.check import check as check_pack
from registry.host.packs import Pack, read_pack
from registry.host.plugins import Plugins
from registry.host.scaffold import new_pack
from registry.rules.permission import SYSTEM


@click.group()
def plugin() -> None:
    """Packs and plugins."""


plugin.add_command(dev)


def at_hand() -> tuple[Plugins, list[tuple[str, Pack]]]:
    """The plugins of this installation and their packs; needs no database."""
    plugins = Plugins.load(plugin_dirs())
    return plugins, [(name, read_pack(folder)) for name, folder in plugins.packs()]


def plugin_dirs() -> tuple[Path, ...]:
    """REGISTRY_PLUGIN_DIRS, also where the other settings are not made yet."""
    try:
        return load().plugin_dirs
    except BadInput:
        return ()


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
@click.argument("where")
@json_option
def publish(where: str, as_json: bool) -> None:
    """Publish a pack: write each definition once into the registry."""
    with opened() as registry:
        packs = definitions.all_packs(registry)
        pack = found(where, packs)
        done = definitions.publish(
            registry, SYSTEM, pack, Library([p for p in packs if p.folder != pack.folder] + [pack])
        )
    show(
        {"pack": done.pack, "version": done.version, "new": done.new, "unchanged": done.unchanged},
        as_json,
        [f"{done.pack} {done.version}: {done.new} definitions published, {done.unchanged} there already."],
    )
