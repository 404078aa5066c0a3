"""Reading a pack's folder: every definition in it, and every fault of its files at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.base.errors import Fault
from registry.base.i18n import msg
from registry.rules.criteria import CriteriaSet
from registry.rules.document import DocumentTemplate
from registry.rules.example import Example, ExampleFile
from registry.rules.extension import model_of
from registry.rules.floors import FloorSet
from registry.rules.form import Form
from registry.rules.header import Header
from registry.rules.kind import Kind
from registry.rules.pack import API_VERSION, FOLDERS, MOST_WORD_BYTES, WORD, Manifest, Page, as_bytes, as_text
from registry.rules.reading import Understood, understood
from registry.rules.reference import ReferenceTable
from registry.rules.workflow import Workflow
from registry.rules.yamlfile import Source

MODELS: dict[str, type] = {
    "kind": Kind,
    "criteria": CriteriaSet,
    "workflow": Workflow,
    "form": Form,
    "reference": ReferenceTable,
    "floor": FloorSet,
    "page": Page,
    "template": DocumentTemplate,
}
NAMED = (Kind, CriteriaSet, Workflow, Form, ReferenceTable, FloorSet)
"""What one pack may name of another, or is bound by."""
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Parsed:
    """A definition as read from its file."""

    type: str
    model: Any
    source: Source

    @property
    def ref(self) -> str:
        """Its id."""
        return str(self.model.id)


@dataclass
class Pack:
    """A pack as read from its folder; with faults it cannot be published."""

    folder: Path
    manifest: Manifest | None = None
    manifest_source: Source | None = None
    definitions: list[Parsed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    examples: list[tuple[Example, Source, int]] = field(default_factory=list)
    """Worked examples, each with its file and its place in it."""
    notices: list[Fault] = field(default_factory=list)
    """What was read otherwise than it is written; each with the line as it would be right."""

    @property
    def name(self) -> str:
        """Its id, or its folder's name while the manifest cannot be read."""
        return self.manifest.id if self.manifest else self.folder.name


def read_pack(folder: Path) -> Pack:
    """Read a pack; never raises for what an author wrote."""
    pack = Pack(folder)
    file = folder / "plugin.yaml"
    if not file.is_file():
        pack.faults.append(
            Fault(
                msg("There is no plugin.yaml in this folder."),
                file=str(folder),
                remedy=msg("A pack's folder has plugin.yaml at its root; “registry plugin new” makes one."),
            )
        )
        return pack
    manifest, pack.manifest_source = _parse(pack, file, Manifest)
    if manifest is None:
        return pack
    pack.manifest = manifest
    if manifest.requires_api > API_VERSION and pack.manifest_source:
        message = msg(
            "This pack needs version {wanted} of the interface; this registry has {has}.",
            wanted=manifest.requires_api,
            has=API_VERSION,
        )
        pack.faults.append(pack.manifest_source.fault(message, "requires_api"))
    for sub, type_ in FOLDERS.items():
        for path in files_of(folder / sub):
            _read_definition(pack, type_, path)
    for path in files_of(folder / "examples"):
        model, source = _parse(pack, path, ExampleFile)
        if model is not None and source is not None:
            pack.examples += [(one, source, n) for n, one in enumerate(model.examples)]
    return pack


def read_texts(name: str, files: Mapping[str, str]) -> Pack:
    """Read a pack that lies in no folder: path → text; never raises for what an author wrote."""
    with TemporaryDirectory(prefix="pack-") as place:
        folder = Path(place) / name
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(as_bytes(path, text))
        return read_pack(folder)


def outline(pack: Pack) -> Pack:
    """What other packs are checked against: ids, and the models that another pack may name; a tenth of the memory.

    A whole country's packs with the place of every word are gigabytes.
    """
    return replace(pack, definitions=[_outline(d) for d in pack.definitions], faults=[], examples=[])


def _outline(d: Parsed) -> Parsed:
    head = d.model
    if not isinstance(head, NAMED):
        head = Header.model_construct(**{name: getattr(head, name) for name in Header.model_fields})
    return Parsed(d.type, head, Source(d.source.name, None))


def region_of(folder: Path) -> str | None:
    """The region of a pack, of which no more than the manifest is read; None where that has a fault."""
    file = folder / "plugin.yaml"
    manifest, _ = _parse(Pack(folder), file, Manifest) if file.is_file() else (None, None)
    return str(manifest.region) if manifest else None


def files_of(folder: Path) -> list[Path]:
    """The YAML files of a folder, by name."""
    return sorted(p for p in folder.glob("*") if p.suffix in SUFFIXES and p.is_file())


def _read_definition(pack: Pack, type_: str, path: Path) -> None:
    model, source = _parse(pack, path, MODELS[type_])
    if isinstance(model, DocumentTemplate) and source is not None:
        model = _with_word(pack, model, source, path.with_suffix(WORD))
    if model is not None and source is not None:
        pack.definitions.append(Parsed(type_, model, source))


def _with_word(pack: Pack, model: DocumentTemplate, source: Source, file: Path) -> DocumentTemplate:
    """The template with the Word document that lies beside it."""
    if not file.is_file():
        remedy = msg("Save the Word document in templates/ under this name.")
        pack.faults.append(source.fault(msg("There is no “{name}” beside it.", name=file.name), "id", remedy=remedy))
        return model
    if (size := file.stat().st_size) > MOST_WORD_BYTES:
        words = msg(
            "The Word document has {size} kB; at most {most} are allowed.",
            size=-(-size // 1024),
            most=MOST_WORD_BYTES // 1024,
        )
        where = file.relative_to(pack.folder).as_posix()
        pack.faults.append(Fault(words, where, remedy=msg("Make its pictures smaller.")))
        return model
    return model.model_copy(update={"docx": as_text(file.read_bytes())})


def _parse(pack: Pack, path: Path, model_class: type) -> tuple[Any, Source | None]:
    model_for = model_of if model_class is Workflow else lambda _: model_class
    read: Understood[Any] = understood(str(path.relative_to(pack.folder)), path.read_bytes(), model_for)
    pack.faults += read.faults
    pack.notices += read.notices
    return read.model, read.source
