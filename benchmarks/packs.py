"""The whole country's packs against ten: what starting and asking cost when each county has its own rules."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from benchmarks.country import Place, add_regions, counties, write_packs
from benchmarks.harness import ROOT, Row, measured, medians, spread
from registry.actions import cases, cultivation, entries
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.testing import PDF, Kit, add, new_registry
from registry.testing.journey import RICE

TODAY = date(2026, 3, 2)
GOAL = "<= 1.2"
SECRETS = ("secret_key", "field_keys", "index_key", "record_key")


@dataclass(frozen=True)
class Made:
    """A registry with so many counties: how it is opened, which county is asked, and what publishing took."""

    env: dict[str, str]
    county: Place
    packs: int
    publishing: float
    """Seconds of `registry plugin publish --all`, and its greatest memory in MB."""
    memory: float
    reading: float
    """Seconds in which the same packs are only read and validated."""

    def ask(self, repeats: int) -> dict[str, float]:
        """What a fresh process says of it."""
        return measured("benchmarks.pages", self.county.slug, TODAY.isoformat(), str(repeats), env=self.env)


def rows(work: Path, *, many: int, few: int, rounds: int, repeats: int) -> list[Row]:
    """Make both registries, or take those of an earlier run, and compare them."""
    ten, country = (made(work, n) for n in (few, many))
    asked: list[tuple[dict[str, float], dict[str, float]]] = []
    for n in range(rounds):
        say(f"round {n + 1} of {rounds}")
        theirs = ten.ask(repeats) if n % 2 else None  # whoever is first changes, so that a drift hits both
        ours = country.ask(repeats)
        asked.append((ours, theirs or ten.ask(repeats)))
    return [*publishing(country), *compared([a for a, _ in asked], [b for _, b in asked])]


def compared(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> list[Row]:
    """One row for each thing asked."""
    many, few = medians(ours), medians(theirs)
    made = []
    for name in many:
        note = f"each round: {spread(ours, name)} against {spread(theirs, name)}"
        if name == "rss":
            made.append(Row("packs: memory of a process that served these", many[name], few[name], "MB", None, note))
        else:
            what = "start-up (open, create_app)" if name == "start" else name
            made.append(Row(f"packs: {what}", many[name], few[name], "ms", GOAL, note))
    return made


def publishing(country: Made) -> list[Row]:
    """How fast packs are published, beside how fast they are only read and validated."""
    note = f"{country.packs} packs in one command, beside only reading and validating them; each once"
    note += f"; the command held {country.memory:.0f} MB at most"
    ours, theirs = country.packs / country.publishing, country.packs / country.reading
    return [Row("packs: published by one command", ours, theirs, "packs/s", None, note)]


def made(work: Path, n: int) -> Made:
    """A registry with `n` counties: the one that is there from an earlier run, or a new one."""
    file = work / f"made-{n}.json"
    if not file.exists():
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(make(work, n))))
    said = json.loads(file.read_text())
    return Made(**said | {"county": Place(**said["county"])})


def make(work: Path, n: int) -> Made:
    """A registry with `n` counties, each with its pack, and in the last one a case and a brand brought on."""
    say(f"making a registry of {n} counties")
    places = counties(n)
    folder, packs = work / f"registry-{n}", work / f"packs-{n}"
    for left in (folder, packs):  # of a run that was broken off
        shutil.rmtree(left, ignore_errors=True)
    kit = new_registry(folder, TODAY)
    write_packs(packs, places)
    keys = {key: getattr(kit.registry.settings, key).get_secret_value() for key in SECRETS}
    env = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
    env |= {f"REGISTRY_{key.upper()}": value for key, value in keys.items()}
    env |= {"REGISTRY_DATA_DIR": str(folder), "REGISTRY_PLUGIN_DIRS": str(packs), "REGISTRY_SECURE_COOKIES": "false"}
    with kit.registry.store.system() as session:
        add_regions(session, places)
    publishing, memory = command(env, "plugin", "publish", "--all")
    reading = measured("benchmarks.reading", str(packs), env=env)["seconds"]
    settle(kit, places[-1])
    kit.registry.close()
    return Made(env, places[-1], n + 1, publishing, memory, reading)


def command(env: Mapping[str, str], *args: str) -> tuple[float, float]:
    """(seconds, MB) that a command of the program `registry` takes."""
    began = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, "-m", "registry", *args], cwd=ROOT, env=dict(env), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(program.pid, 0)
    took = time.perf_counter() - began
    assert status == 0, args
    return took, used.ru_maxrss / 1024


def settle(kit: Kit, county: Place) -> None:
    """The people of one county, an application of theirs that waits for acceptance, and a brand on its list."""
    name = Text.model_validate("示例培训中心（虚构）")
    body = entries.add_organisation(kit.registry, SYSTEM, name=name, region=county.code, fictitious=True)
    add(kit, "bench-applicant", "applicant", county.code, TODAY, organisation_id=body)
    for role in ("county_officer", "county_reviewer", "county_leader"):
        add(kit, f"bench-{role.removeprefix('county_')}", role, county.code, TODAY)
    actor, about = kit.who("bench-applicant"), {"kind": "labour_brand", "product": "rice_crayfish"}
    id = cases.start(
        kit.registry,
        actor,
        **about,
        region=county.code,
        entry_class="skills",
        organisation_id=body,
        name=Text.model_validate("示例种养员（虚构）"),
        fictitious=True,
    )
    assert not cases.save(kit.registry, actor, id, RICE)
    with kit.registry.store.read(actor) as session:
        files = [f.id for f in cases.form_of(session, kit.case(id)).fields() if f.type == "file"]
    for field in files:
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key="bench")
    cultivation.take_up(
        kit.registry,
        kit.who("bench-officer"),
        region=county.code,
        about=cultivation.About(found="survey"),
        name="示例插秧手（虚构）",
        entry_class="skills",
        fictitious=True,
        **about,
    )


def say(line: str) -> None:
    """Progress, on a terminal only."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)
