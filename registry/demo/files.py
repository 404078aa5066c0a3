"""Reading the demonstration's files: every fault of every file at once, with line and column, and what may not be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.demo.data import CaseRow, DataFile, Demonstration, EntryRow
from registry.host.plugins import Plugins, carried_packs
from registry.rules.pack import Manifest
from registry.rules.yamlfile import Loc, Source, load, read, validate

MADE_UP = "虚构"
HARMLESS = frozenset(
    {"apply", "submit", "accept", "visited", "recommend", "approve", "publish_notice", "clear", "record"}
)
"""What may be played about an entry that is not made up: nothing that speaks against it."""
KEYED = {"organisations": "id", "people": "login", "entries": "id", "answers": "id", "ways": "id", "cases": "id"}
"""The lists whose rows are found by a key."""
Wrong = Iterator[tuple[Message, Loc]]


def folders(plugins: Plugins) -> list[Path]:
    """The demonstrations' folders of the packs at hand. Raises BadInput for a manifest that cannot be read."""
    found = []
    for _, folder in plugins.packs():
        file = folder / "plugin.yaml"
        manifest = load(Manifest, read(str(file), file.read_bytes()))
        if manifest.demonstration:
            found.append(folder / manifest.demonstration)
    return found


def read_folders(where: list[Path]) -> Demonstration:
    """The demonstration in these folders. Raises BadInput with every fault of every file."""
    files, faults = [], list[Fault]()
    for path in (p for folder in where for p in sorted(folder.glob("*.yaml"))):
        try:
            source = read(f"{path.parent.name}/{path.name}", path.read_bytes())
        except BadInput as error:
            faults += error.faults
            continue
        made, wrong = validate(DataFile, source)
        faults += wrong
        if made:
            files.append((source, made))
    if faults:
        raise BadInput(faults)
    demo, faults = merged(files)
    if faults:
        raise BadInput(faults)
    return demo


def merged(files: list[tuple[Source, DataFile]]) -> tuple[Demonstration, list[Fault]]:
    """All files together, and what is said twice or about nothing."""
    demo, faults = Demonstration(), list[Fault]()
    for source, file in files:
        demo.packs += file.packs
        demo.figures += file.figures
        demo.tour += file.tour
        demo.cultivation += file.cultivation
        demo.suggestions += file.suggestions
        demo.rounds += file.rounds
        demo.site |= file.site
        for name, key in KEYED.items():
            known: dict[str, Any] = getattr(demo, name)
            for i, row in enumerate(getattr(file, name)):
                id = getattr(row, key)
                if id in known:
                    faults.append(source.fault(msg("“{id}” is said twice.", id=id), name, i, key))
                known[id] = row
    for source, file in files:
        faults += [source.fault(message, *loc) for message, loc in wrong_in(demo, file)]
    return demo, faults


def wrong_in(demo: Demonstration, file: DataFile) -> Wrong:
    """(what is wrong, where) of one file, as to the others."""
    carried = carried_packs() if file.packs else {}
    for i, name in enumerate(file.packs):
        if name not in carried:
            yield msg("No pack “{name}” travels with the core.", name=name), ("packs", i)
    for i, person in enumerate(file.people):
        yield from unknown(person.organisation, demo.organisations, "people", i, "organisation")
    for i, entry in enumerate(file.entries):
        yield from wrong_in_entry(demo, entry, i)
    for i, figure in enumerate(file.figures):
        yield from unknown(figure.entry, demo.entries, "figures", i, "entry")
    for i, answers in enumerate(file.answers):
        yield from unknown(answers.like, demo.answers, "answers", i, "like")
    for i, stop in enumerate(file.tour):
        yield from unknown(stop.entry, demo.entries, "tour", i, "entry")
        yield from unknown(stop.who, demo.people, "tour", i, "who")
    for i, row in enumerate(file.cultivation):
        yield from unknown(row.entry, demo.entries, "cultivation", i, "entry")
        yield from unknown(row.builder, demo.organisations, "cultivation", i, "builder")
        for n, note in enumerate(row.notes):
            yield from unknown(note.who, demo.people, "cultivation", i, "notes", n, "who")
    for i, case in enumerate(file.cases):
        yield from wrong_in_case(demo, case, i)


def wrong_in_entry(demo: Demonstration, entry: EntryRow, i: int) -> Wrong:
    """What is wrong with a brand or base."""
    yield from unknown(entry.owner, demo.organisations, "entries", i, "owner")
    for n, unit in enumerate(entry.units):
        yield from unknown(unit, demo.organisations, "entries", i, "units", n)
    if entry.fictitious != (MADE_UP in entry.name.zh_hans):
        yield msg("An entry is made up if and only if its name says so ({mark}).", mark=MADE_UP), ("entries", i, "name")


def wrong_in_case(demo: Demonstration, case: CaseRow, i: int) -> Wrong:
    """What is wrong with a case."""
    lost = [
        *unknown(case.entry, demo.entries, "cases", i, "entry"),
        *unknown(case.applicant, demo.people, "cases", i, "applicant"),
        *unknown(case.like, demo.answers, "cases", i, "like"),
        *(w for n, taken in enumerate(case.ways) for w in unknown(taken.way, demo.ways, "cases", i, "ways", n, "way")),
    ]
    yield from lost
    if lost:
        return
    steps = list(demo.steps_of(case))
    harmful = [step.do for step in steps if step.do not in HARMLESS]
    if harmful and not demo.entries[case.entry].fictitious:
        yield msg("“{do}” may be played about made-up entries only.", do=harmful[0]), ("cases", i, "entry")
    if any(step.day > 0 for step in steps):
        yield msg("A step of this case lies after the first day of the demonstration."), ("cases", i)


def unknown(id: str | None, known: dict[str, Any], *loc: str | int) -> Wrong:
    """A fault unless an id is known."""
    if id is not None and id not in known:
        yield msg("There is no “{id}” in the demonstration's files.", id=id), loc
