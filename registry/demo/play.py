"""`open_demo`: the demonstration of the installed plugins, made at the first start and kept afterwards.

It is made in a folder beside and renamed into place, so that a killed start leaves nothing half.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from registry.actions import jobs, setup
from registry.base.clock import FixedClock, SystemClock, local_date
from registry.base.errors import BadInput, Broken, Fault
from registry.base.i18n import Text, msg
from registry.base.script import complete
from registry.base.settings import Settings
from registry.demo.control import BEGINS, PEOPLE, START, TOUR, set_clock
from registry.demo.data import Demonstration
from registry.demo.days import STARTS_AT, at, first_day, published_calendar, working_day
from registry.demo.files import folders, read_folders
from registry.demo.player import SINCE, Player
from registry.host.plugins import Plugins, carried_packs
from registry.host.registry import DEMONSTRATION, Registry
from registry.store.meta import set_mark

DATABASE, KEYS = "registry.db", "keys.json"
OURS = frozenset({DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEYS, "evidence", START})
"""What may lie in a demonstration's folder; where anything else lies, nothing is thrown away."""
Say = Callable[[str], None]


def open_demo(settings: Settings, *, fresh: bool = False, say: Say) -> Registry:
    """The demonstration in the settings' data folder, made if there is none yet or a `fresh` one is wanted.

    Raises Broken when the folder holds something else, or when no installed plugin carries a demonstration.
    """
    folder = settings.data_dir
    if (folder / DATABASE).exists():
        registry = Registry.open(settings)
        if not registry.demonstration:
            registry.close()
            raise Broken(
                msg("{folder} holds a registry that is no demonstration; choose another folder.", folder=str(folder))
            )
        if not fresh:
            return registry
        registry.close()
    require_ours(folder)
    say("Making the demonstration; this takes a few seconds and happens once.")
    data = installed(settings)
    made = folder.parent / f".{folder.name}.being-made"
    shutil.rmtree(made, ignore_errors=True)
    try:
        build(settings.model_copy(update={"data_dir": made}), data, say)
        put_in_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Registry.open(settings)


def require_ours(folder: Path) -> None:
    """Raise Broken when a folder holds anything that is not a demonstration's."""
    other = sorted(p.name for p in folder.glob("*") if p.name not in OURS) if folder.exists() else []
    if other:
        raise Broken(
            msg(
                "{folder} holds other things ({names}); choose an empty folder for the demonstration.",
                folder=str(folder),
                names=", ".join(other[:5]),
            )
        )


def installed(settings: Settings) -> Demonstration:
    """What the installed plugins carry. Raises Broken when none does, BadInput for faults of the files."""
    found = folders(Plugins.load(settings.plugin_dirs, settings.plugins))
    if not found:
        raise Broken(
            msg("No installed plugin carries a demonstration. Install one, for example: pip install registry-huaian")
        )
    data = read_folders(found)
    if not data.cases:
        raise BadInput(Fault(msg("The demonstration has no cases."), file=str(found[0])))
    return data


def build(settings: Settings, data: Demonstration, say: Say) -> None:
    """Make the whole demonstration in a folder of its own."""
    calendar = published_calendar()
    first = first_day(calendar, local_date(SystemClock().now()))
    clock = FixedClock(working_day(calendar, first, SINCE - 1))
    registry = Registry.create(settings, clock)
    try:
        with registry.store.system() as session:
            set_mark(session, DEMONSTRATION, "yes")
        registry.demonstration = True
        carried = carried_packs()
        registry.plugins.want(carried[name] for name in data.packs)
        setup.set_up(registry)
        say(f"Playing {len(data.cases)} applications.")
        player = Player(registry, clock, data, calendar, first)
        player.play()
        clock.set(at(first, STARTS_AT))
        say("Rendering the counties' pages.")
        while jobs.run_waiting(registry):
            pass
        with registry.store.system() as session:
            set_mark(session, "site", json.dumps({k: in_three(v) for k, v in data.site.items()}, ensure_ascii=False))
            set_mark(session, BEGINS, clock.now().isoformat())
            set_mark(session, PEOPLE, json.dumps(shown_people(data), ensure_ascii=False))
            set_mark(session, TOUR, json.dumps(shown_tour(data, player.slugs), ensure_ascii=False))
        set_clock(registry, clock.now())
    finally:
        registry.close()
    keep_copy(settings.data_dir)


def shown_people(data: Demonstration) -> list[dict[str, Any]]:
    """The people as the demonstration's page shows them; those with a sentence come first."""
    rows = [
        {"login": p.login, "title": p.title, "role": p.role, "region": p.region, "does": in_three(p.does)}
        for p in data.people.values()
    ]
    return sorted(rows, key=lambda row: row["does"] is None)


def shown_tour(data: Demonstration, slugs: dict[str, str]) -> list[dict[str, Any]]:
    """The stops of the tour."""
    return [
        {"name": in_three(s.name), "says": in_three(s.says), "go": s.go, "slug": slugs[s.entry], "who": s.who}
        for s in data.tour
    ]


def in_three(text: Text | None) -> dict[str, str] | None:
    """A text with its Traditional form."""
    return complete(text).model_dump() if text else None


def keep_copy(folder: Path) -> None:
    """A copy of the freshly made data, to begin again from. The database's log is folded into it first."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (folder / START).mkdir()
    shutil.copy2(folder / DATABASE, folder / START / DATABASE)
    shutil.copytree(folder / "evidence", folder / START / "evidence")


def put_in_place(made: Path, folder: Path) -> None:
    """Put what was made into its place; the keys that it was made with go along. What was there is thrown away."""
    shutil.copy2(folder / KEYS, made / KEYS)
    old = folder.parent / f".{folder.name}.thrown-away"
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    made.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
