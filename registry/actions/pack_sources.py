"""What a new pack in the browser can begin from: packs at hand, drafts, and what is published of a pack that is nowhere else."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from sqlmodel import col, select

from registry.actions.definitions import all_packs
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import Message, Text, msg
from registry.host.packs import Pack, files_of
from registry.host.registry import Registry
from registry.host.scaffold import new_pack
from registry.rules.pack import EXAMPLES, FOLDERS, MANIFEST, README, WORD, as_text, is_word
from registry.rules.yamlfile import decoded
from registry.store import pack as store
from registry.store.definition import Definition, Publication
from registry.store.region import Region
from registry.store.session import ReadSession

FOLDER, DRAFT, ROWS = "folder", "draft", "published"


@dataclass(frozen=True)
class Source:
    """A pack that can be copied."""

    key: str
    """`folder:PACK`, `draft:ID` or `published:PACK`."""
    pack: str
    region: str
    title: Text
    version: str
    state: Message


def sources(registry: Registry, session: ReadSession) -> list[Source]:
    """What there is, by region and name; of a draft that was published only the last one."""
    found = [folder_source(pack) for pack in all_packs(registry) if pack.manifest]
    drafted = set()
    for draft in store.drafts_seen(session):
        if draft.is_going or draft.pack not in drafted:
            found.append(draft_source(session, draft))
        drafted |= {draft.pack} if draft.state == "published" else set()
    there = {s.pack for s in found}
    found += [published_source(p) for p in last_publications(session) if p.pack not in there]
    return sorted(found, key=lambda s: (s.region, s.pack, s.key))


def folder_source(pack: Pack) -> Source:
    """A pack at hand."""
    assert pack.manifest is not None
    about = pack.manifest
    return Source(f"{FOLDER}:{pack.name}", pack.name, about.region, about.title, about.version, msg("at hand"))


def draft_source(session: ReadSession, draft: store.PackDraft) -> Source:
    """A draft: being written, or the one that was published."""
    title = session.get_one(Region, draft.region).text
    state = msg("draft") if draft.is_going else msg("published")
    return Source(f"{DRAFT}:{draft.id}", draft.pack, draft.region, title, draft.release or "", state)


def published_source(row: Publication) -> Source:
    """A pack of which only what was published is left."""
    title = Text.model_validate(row.title)
    return Source(f"{ROWS}:{row.pack}", row.pack, row.region, title, row.version, msg("published"))


def last_publications(session: ReadSession) -> list[Publication]:
    """The last publication of each pack, by region and name."""
    query = select(Publication).order_by(col(Publication.published_at), Publication.id)
    found = {row.pack: row for row in session.exec(query)}
    return sorted(found.values(), key=lambda row: (row.region, row.pack))


def files(registry: Registry, session: ReadSession, key: str) -> tuple[Source, dict[str, str]]:
    """A source with its files: path → text. Raises NotFound, BadInput when a file of a folder is no text."""
    source = next((s for s in sources(registry, session) if s.key == key), None)
    if source is None:
        raise NotFound(msg("There is no such pack to begin from."))
    kind, _, id = key.partition(":")
    if kind == DRAFT:
        return source, {path: row.text for path, row in store.files_of(session, id).items()}
    if kind == FOLDER:
        return source, texts(next(p.folder for p in all_packs(registry) if p.name == id))
    return source, written(session, source)


def texts(folder: Path) -> dict[str, str]:
    """The files of a pack's folder that a pack written in the browser may have."""
    found = [folder / MANIFEST, folder / README]
    for sub in (*FOLDERS, EXAMPLES):
        found += files_of(folder / sub)
    found += [file.with_suffix(WORD) for file in files_of(folder / "templates")]
    made = {}
    for file in found:
        if file.is_file():
            path = file.relative_to(folder).as_posix()
            made[path] = as_text(file.read_bytes()) if is_word(path) else decoded(path, file.read_bytes())[0]
    return made


def written(session: ReadSession, source: Source) -> dict[str, str]:
    """What is published of a pack as files again: the newest version of each definition; its comments are gone."""
    folders = {type: folder for folder, type in FOLDERS.items()}
    about: dict[str, Any] = {"id": source.pack, "version": source.version, "title": source.title.model_dump()}
    made = {MANIFEST: as_yaml(about | {"region": source.region, "requires_api": 1})}
    rows = select(Definition).where(Definition.pack == source.pack, col(Definition.withdrawn_at).is_(None))
    for d in session.exec(rows.order_by(Definition.ref, col(Definition.version))):
        if d.type in folders:
            name = d.ref.removeprefix(f"{source.pack}.").replace(".", "_")
            made[f"{folders[d.type]}/{name}.yaml"] = as_yaml({k: v for k, v in d.body.items() if k != "docx"})
            if d.type == "template":
                made[f"{folders[d.type]}/{name}{WORD}"] = d.body["docx"]
    return made


def as_yaml(data: dict[str, Any]) -> str:
    """A definition as an author would find it."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)


def blank(session: ReadSession, pack: str, region: str) -> dict[str, str]:
    """The files of a new pack that checks without a fault. Raises BadInput for a name that is none."""
    place = session.get_one(Region, region)
    names = (place.text.in_("zh-Hans"), place.text.in_("en"))
    with TemporaryDirectory(prefix="pack-") as made:
        folder = Path(made) / "new"
        try:
            new_pack(folder, name=pack, region=region, today=session.today, names=names)
        except BadInput as error:
            raise BadInput([Fault(f.message, field="pack") for f in error.faults]) from None
        return {path: text for path, text in texts(folder).items() if path != README}
