"""Verbs of packs that are written in the browser: begun, changed, handed in, published by another person.

Officers and reviewers of a region write its packs; its leader publishes, who must not have written on the draft, under
whatever account. Where a wider place's floor says so, its leader agrees before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import select

from registry.actions import definitions, pack_sources
from registry.base.canonical import canonical, sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused, Stale
from registry.base.i18n import Message, Text, msg
from registry.host.archive import unpacked
from registry.host.check import Library, check, notices
from registry.host.copying import copied
from registry.host.library import library_for
from registry.host.packs import Pack, read_texts
from registry.host.registry import Registry
from registry.host.resolve import asks_for_agreement
from registry.host.scaffold import NAME
from registry.rules.pack import (
    EXAMPLES,
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    MOST_WORD_BYTES,
    WORD,
    as_text,
    is_word,
    path_fault,
)
from registry.rules.permission import Actor, Role
from registry.rules.yamlfile import MAX_BYTES
from registry.store.account import Account
from registry.store.definition import Publication
from registry.store.pack import PackDraft, PackFile, files_of, going
from registry.store.people import is_same
from registry.store.region import COUNTY_LEVEL, Region
from registry.store.session import ReadSession, WriteSession

WRITERS = (Role.COUNTY_OFFICER, Role.COUNTY_REVIEWER, Role.CITY_OFFICER, Role.CITY_REVIEWER)
PUBLISHERS = (Role.COUNTY_LEADER, Role.CITY_LEADER)
READERS = frozenset((*WRITERS, *PUBLISHERS, Role.SYSTEM_ADMIN))
"""Roles that open the section; whose drafts each sees says the scope."""
SHORTEST_REASON, LONGEST_REASON = 5, 1000


@dataclass(frozen=True)
class Examined:
    """A draft as it was read: its definitions, what it stands among, and every fault."""

    pack: Pack
    library: Library
    faults: list[Fault]
    notices: list[Fault]
    """What its author should know and nothing is refused for."""


def may_write(actor: Actor, region: str) -> bool:
    """Whether the actor writes packs of a region."""
    return any(actor.holds(role, region) for role in WRITERS)


def load(session: ReadSession, id: str) -> PackDraft:
    """A draft that the session's actor may see. Raises NotFound."""
    draft = session.exec(select(PackDraft).where(PackDraft.id == id)).one_or_none()
    if draft is None:
        raise NotFound(msg("There is no such draft, or it is not one of yours."))
    return draft


def texts_of(session: ReadSession, draft: PackDraft) -> dict[str, str]:
    """Path → text of a draft's files."""
    return {path: row.text for path, row in files_of(session, draft.id).items()}


def mark_of(text: str | None) -> str:
    """What tells a file's text from any other; empty for a file that is not there."""
    return "" if text is None else sha256(text)


def examined(session: ReadSession, draft: PackDraft, at_hand: Iterable[Pack]) -> Examined:
    """Read a draft and check it among the packs at hand and everything published."""
    pack = read_texts(draft.pack, texts_of(session, draft))
    library = library_for(session, at_hand, pack)
    faults = [*_renamed(draft, pack), *check(pack, library)]
    if not faults:
        faults = definitions.standing_faults(session, pack, definitions.rows_of(session, pack, library))
    faults.sort(key=lambda f: (f.file or "", f.line or 0, f.column or 0))
    return Examined(pack, library, faults, notices(pack, library))


def _renamed(draft: PackDraft, pack: Pack) -> Iterator[Fault]:
    """Where the manifest says it is another pack, or of another region."""
    if pack.manifest is None or pack.manifest_source is None:
        return
    for key, said, own in (("id", pack.manifest.id, draft.pack), ("region", pack.manifest.region, draft.region)):
        if said != own:
            words = msg(
                "This draft was begun with {own} here, and that stays; begin another one for {said}.",
                own=own,
                said=said,
            )
            yield pack.manifest_source.fault(words, key)


def begin(
    registry: Registry, actor: Actor, *, pack: str, region: str, source: str = "", archive: bytes | None = None
) -> str:
    """Begin a draft: blank, as a copy of a `source` (see `pack_sources`), or from a ZIP. Returns its id.

    A copy of another pack gets the new one's ids and region. Raises BadInput with every fault, Refused, NotFound.
    """
    if not may_write(actor, region):
        raise Refused(msg("Packs of a region are written by its officers and reviewers."))
    at_hand = definitions.all_packs(registry)
    with registry.store.write(actor) as session:
        if faults := list(_name_faults(session, at_hand, pack, region)):
            raise BadInput(faults)
        begun_from = ""
        if archive is not None:
            files, begun_from = unpacked(archive), "ZIP"
        elif source:
            begun_from, files = _copied(registry, session, source, pack, region)
        else:
            files = pack_sources.blank(session, pack, region)
        draft = PackDraft(
            pack=pack,
            region=region,
            begun_from=begun_from,
            author=actor.person,
            writers=[actor.person],
            sha256=_digest(files),
            begun_at=session.now,
            changed_at=session.now,
        )
        session.add(draft)
        session.flush()
        _put(session, draft, files)
        session.record("pack.begin", f"pack_draft:{draft.id}", pack=pack, region=region)
        return draft.id


def _name_faults(session: WriteSession, at_hand: Iterable[Pack], pack: str, region: str) -> Iterator[Fault]:
    """Why a draft of this pack cannot be begun for this region."""
    if not NAME.fullmatch(pack):
        yield Fault(
            msg("“{name}” is no name for a pack: small letters, digits and “_”, such as jinhu.", name=pack),
            field="pack",
        )
        return
    owners: set[str] = {p.manifest.region for p in at_hand if p.manifest and p.name == pack}
    owners |= set(session.exec(select(Publication.region).where(Publication.pack == pack)))
    if other := next((code for code in sorted(owners) if code != region), None):
        place = session.get(Region, other)
        yield Fault(
            msg(
                "There is a pack “{name}” of {region}; choose another name.",
                name=pack,
                region=place.text if place else other,
            ),
            field="pack",
        )
    elif there := going(session, pack):
        own = there.region == region
        yield Fault(
            msg("A draft of “{name}” is being written already; go on with that one.", name=pack)
            if own
            else msg("The name “{name}” is taken; choose another.", name=pack),
            field="pack",
        )


def _copied(registry: Registry, session: WriteSession, key: str, pack: str, region: str) -> tuple[str, dict[str, str]]:
    """(what it was, the files) of a copy. A further draft of one's own pack stays as it is."""
    source, files = pack_sources.files(registry, session, key)
    if source.pack != pack:
        here, there = (session.get(Region, code) for code in (source.region, region))
        names = (
            here.text if here else Text.model_validate("\N{NO-BREAK SPACE}"),
            there.text if there else source.title,
        )
        files = copied(files, pack=source.pack, region=source.region, new_pack=pack, new_region=region, names=names)
    return " ".join((source.pack, source.version)).strip(), files


def _digest(files: Mapping[str, str]) -> str:
    return sha256(canonical(dict(files)))


def _put(session: WriteSession, draft: PackDraft, files: Mapping[str, str]) -> None:
    """Write files into a draft."""
    for path, text in files.items():
        row = session.get(PackFile, (draft.id, path)) or PackFile(
            draft_id=draft.id, path=path, text="", changed_by="", changed_at=session.now
        )
        row.text, row.changed_by, row.changed_at = text, session.actor.person, session.now
        session.add(row)


def to_write(session: WriteSession, id: str) -> PackDraft:
    """A draft that its actor is about to change. Raises NotFound, Refused."""
    draft = load(session, id)
    if why := bar_writing(session.actor, draft):
        raise Refused(why)
    return draft


def bar_writing(actor: Actor, draft: PackDraft) -> Message | None:
    """Why somebody may not change a draft's files; None when they may."""
    if not may_write(actor, draft.region):
        return msg("Packs of a region are written by its officers and reviewers.")
    if draft.state == "handed_in":
        return msg("This draft is handed in and is being looked at; take it back first to change it.")
    return None if draft.state == "open" else msg("This draft is closed; begin another one.")


def _changed(session: WriteSession, draft: PackDraft, verb: str, **detail: str) -> None:
    """Count and record a change of a draft's files. Raises BadInput when there is too much in it now."""
    session.flush()
    files = texts_of(session, draft)
    if len(files) > MOST_FILES or sum(len(t.encode()) for t in files.values()) > MOST_BYTES:
        words = msg("A pack has {n} files and {size} MB at most.", n=MOST_FILES, size=MOST_BYTES // 2**20)
        raise BadInput(Fault(words, field="name"))
    draft.sha256 = _digest(files)
    _touched(session, draft)
    if session.actor.person not in draft.writers:
        draft.writers = [*draft.writers, session.actor.person]
    session.record(verb, f"pack_draft:{draft.id}", **detail)


def _touched(session: WriteSession, draft: PackDraft) -> None:
    draft.version += 1
    draft.changed_at = session.now
    session.add(draft)


def save(registry: Registry, actor: Actor, id: str, path: str, *, text: str, seen: str) -> None:
    """Save a file's text; `seen` is the mark of what the writer had before them (`mark_of`).

    Raises NotFound, Refused, BadInput, and Stale with who was faster: then nothing is changed.
    """
    if is_word(path):
        raise Refused(msg("A Word document is changed in Word or WPS and sent again, not written here."))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise BadInput(Fault(msg("The file is larger than {limit} kB.", limit=MAX_BYTES // 1024), field="text"))
    if "\0" in text:
        raise BadInput(
            Fault(msg("This holds characters that cannot be read; type it again instead of pasting it."), field="text")
        )
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        row = file_of(session, draft, path)
        if row.text == text:
            return
        if mark_of(row.text) != seen:
            raise Stale(
                msg(
                    "{who} has saved this file since you opened it. Nothing is lost: both texts stand below.",
                    who=who(session, row.changed_by),
                )
            )
        _put(session, draft, {path: text})
        _changed(session, draft, "pack.edit", file=path)


def file_of(session: ReadSession, draft: PackDraft, path: str) -> PackFile:
    """A file of a draft. Raises NotFound."""
    row = files_of(session, draft.id).get(path)
    if row is None:
        raise NotFound(msg("There is no file “{path}” in this draft (any more).", path=path))
    return row


def who(session: ReadSession, person: str) -> str:
    """What colleagues call somebody: the title of an account."""
    title = session.exec(select(Account.title).where(Account.person_id == person).order_by(Account.id)).first()
    return title or str(msg("the registry"))


def add_file(registry: Registry, actor: Actor, id: str, *, folder: str, name: str) -> str:
    """Add a file that begins with its head; returns its path. Raises NotFound, Refused, BadInput."""
    path = as_path(folder, name)
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        _require_free(session, draft, path)
        _put(session, draft, {path: skeleton(draft, path, session.today.isoformat())})
        _changed(session, draft, "pack.edit", file=path)
        return path


def put_word(registry: Registry, actor: Actor, id: str, *, name: str, data: bytes, seen: str = "") -> str:
    """Take a Word template, with a file that says what it is for where there is none; returns that file's path.

    One of the same name takes the place of the earlier one, if the writer had `seen` it. Raises NotFound, Refused,
    BadInput, Stale.
    """
    if not is_word(name):
        raise BadInput(Fault(msg("Choose a Word document (.docx)."), field="word"))
    path = f"templates/{name}"
    if words := path_fault(path):
        raise BadInput(Fault(words, field="word"))
    if len(data) > MOST_WORD_BYTES:
        raise BadInput(Fault(msg("The file is larger than {limit} kB.", limit=MOST_WORD_BYTES // 1024), field="word"))
    beside = path.removesuffix(WORD) + ".yaml"
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        files = files_of(session, draft.id)
        if path in files and seen and mark_of(files[path].text) != seen:
            raise Stale(
                msg("A colleague has changed this draft since you opened the page. Look at it again; nothing was done.")
            )
        _put(session, draft, {path: as_text(data)})
        if beside not in files:
            _put(session, draft, {beside: skeleton(draft, beside, session.today.isoformat())})
        _changed(session, draft, "pack.edit", file=path)
    return beside


def as_path(folder: str, name: str) -> str:
    """The path of a file by what was typed; `.yaml` may be left out. Raises BadInput."""
    name = name.strip()
    path = f"{folder}/{name}" if name.endswith((".yaml", ".yml", WORD)) else f"{folder}/{name}.yaml"
    if words := path_fault(path):
        raise BadInput(Fault(words, field="name"))
    return path


def skeleton(draft: PackDraft, path: str, today: str) -> str:
    """What a new file begins with."""
    folder, _, name = path.partition("/")
    if folder == EXAMPLES:
        return "examples:\n  - says: \n    criteria: \n    filed: \n    facts: {}\n    expect: met\n"
    title = name.rpartition(".")[0]
    stem = title.lower().replace("-", "_")
    stem = stem if stem.isascii() else "new"
    title = title if folder == "templates" else ""
    return (
        f'id: {draft.pack}.{stem}\nversion: 1\ntitle: {title}\nregion: "{draft.region}"\nstanding: example\n'
        f"in_force: {{from: {today}}}\n"
    ) + ("subject: case\n" if folder == "templates" else "")


def _require_free(session: WriteSession, draft: PackDraft, path: str) -> None:
    """Raise BadInput when there is such a file, whatever the case of its letters."""
    if path.casefold() in {p.casefold() for p in files_of(session, draft.id)}:
        raise BadInput(Fault(msg("There is a file “{path}” already.", path=path), field="name"))


def rename_file(registry: Registry, actor: Actor, id: str, path: str, *, folder: str, name: str) -> str:
    """Give a file another place or name; returns its path. Raises NotFound, Refused, BadInput."""
    target = as_path(folder, name)
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        row = _movable(session, draft, path)
        if target != path:
            if target.casefold() != path.casefold():
                _require_free(session, draft, target)
            text = row.text
            session.delete(row)
            session.flush()
            _put(session, draft, {target: text})
            _changed(session, draft, "pack.edit", file=target)
        return target


def _movable(session: WriteSession, draft: PackDraft, path: str) -> PackFile:
    """A file that may be renamed or deleted. Raises NotFound, Refused."""
    if path == MANIFEST:
        raise Refused(msg("A pack has plugin.yaml at its root; it can be changed, not renamed or deleted."))
    return file_of(session, draft, path)


def delete_file(registry: Registry, actor: Actor, id: str, path: str, *, seen: str) -> None:
    """Delete a file as it was seen. Raises NotFound, Refused, Stale."""
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        row = _movable(session, draft, path)
        if mark_of(row.text) != seen:
            raise Stale(
                msg(
                    "{who} has saved this file since you opened it; it was not deleted.",
                    who=who(session, row.changed_by),
                )
            )
        session.delete(row)
        _changed(session, draft, "pack.edit", file=path)


def replace_files(registry: Registry, actor: Actor, id: str, *, version: int, archive: bytes) -> int:
    """Put the files of a ZIP in the place of all files; returns how many. Raises NotFound, Refused, Stale, BadInput."""
    files = unpacked(archive)
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        _require_seen(draft, version)
        for path, row in files_of(session, draft.id).items():
            if path not in files:
                session.delete(row)
        session.flush()
        _put(session, draft, files)
        _changed(session, draft, "pack.edit", file="ZIP")
        return len(files)


def _require_seen(draft: PackDraft, version: int) -> None:
    """Raise Stale when the draft has changed since it was looked at."""
    if draft.version != version:
        raise Stale(
            msg("A colleague has changed this draft since you opened the page. Look at it again; nothing was done.")
        )


def hand_in(registry: Registry, actor: Actor, id: str, *, version: int) -> None:
    """Hand a draft without faults in, to be published by another person. Raises NotFound, Refused, Stale, BadInput."""
    at_hand = definitions.all_packs(registry)
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        _require_seen(draft, version)
        found = examined(session, draft, at_hand)
        if faults := found.faults or list(_nothing_new(session, found)):
            raise BadInput(faults)
        draft.state, draft.handed_in_by, draft.reason = "handed_in", actor.person, None
        _touched(session, draft)
        session.record("pack.hand_in", f"pack_draft:{draft.id}", pack=draft.pack)


def _nothing_new(session: ReadSession, found: Examined) -> Iterator[Fault]:
    """A fault when publishing would change nothing."""
    if not definitions.is_new(session, found.pack, definitions.rows_of(session, found.pack, found.library)):
        yield Fault(
            msg("Nothing in this pack is new: every rule is published already in its version."),
            file=MANIFEST,
            line=1,
            remedy=msg("Give what you have changed a higher “version”."),
        )


def take_back(registry: Registry, actor: Actor, id: str, *, version: int) -> None:
    """Take a draft back that was handed in, to write on. Raises NotFound, Refused, Stale."""
    with registry.store.write(actor) as session:
        draft = load(session, id)
        if not may_write(actor, draft.region) or draft.state != "handed_in":
            raise Refused(msg("This draft cannot be taken back."))
        _require_seen(draft, version)
        _reopened(session, draft, None)
        session.record("pack.take_back", f"pack_draft:{draft.id}", pack=draft.pack)


def _reopened(session: WriteSession, draft: PackDraft, reason: str | None) -> None:
    """Open a draft to its writers again; who agreed to it agreed to what it was."""
    draft.state, draft.handed_in_by, draft.agreed_by, draft.reason = "open", None, None, reason
    _touched(session, draft)


def drop(registry: Registry, actor: Actor, id: str, *, version: int) -> None:
    """Give a draft up; its files stay, and it is shown no more. Raises NotFound, Refused, Stale."""
    with registry.store.write(actor) as session:
        draft = to_write(session, id)
        _require_seen(draft, version)
        draft.state = "dropped"
        _touched(session, draft)
        session.record("pack.drop", f"pack_draft:{draft.id}", pack=draft.pack)


def wider(session: ReadSession, draft: PackDraft) -> str:
    """The region around that of a draft."""
    return session.get_one(Region, draft.region).parent or ""


def agreement(session: ReadSession, draft: PackDraft) -> Text | None:
    """The document of a wider place that asks for the city's agreement to what its counties write; None where none does."""
    if session.get_one(Region, draft.region).level not in COUNTY_LEVEL:
        return None
    return asks_for_agreement(session, draft.region, session.today)


def _wrote(session: ReadSession, actor: Actor, draft: PackDraft) -> bool:
    """Whether the person behind the account has written on the draft, or handed it in."""
    return any(is_same(session, actor, person) for person in (draft.author, draft.handed_in_by, *draft.writers))


def bar_agreeing(session: ReadSession, actor: Actor, draft: PackDraft) -> Message | None:
    """Why somebody may not agree to a draft for the wider place; None when they may."""
    if draft.state != "handed_in" or agreement(session, draft) is None or draft.agreed_by:
        return msg("Nothing waits for an agreement here.")
    if not actor.holds(Role.CITY_LEADER, wider(session, draft)):
        return msg("The city's leader agrees to it.")
    if _wrote(session, actor, draft):
        return msg("You have written on this draft; somebody else must agree to it.")
    return None


def bar_publishing(session: ReadSession, actor: Actor, draft: PackDraft) -> Message | None:
    """Why somebody may not publish a draft; None when they may."""
    if draft.state != "handed_in":
        return msg("This draft is not handed in.")
    if not any(actor.holds(role, draft.region) for role in PUBLISHERS):
        return msg("Only the leader of the region publishes its packs.")
    if _wrote(session, actor, draft):
        return msg("You have written on this draft; somebody else must publish it.")
    if document := agreement(session, draft):
        if draft.agreed_by is None:
            return msg("{document} asks for the city's agreement first.", document=document)
        if is_same(session, actor, draft.agreed_by):
            return msg("You have agreed to it for the city; somebody else must publish it.")
    return None


def bar_sending_back(session: ReadSession, actor: Actor, draft: PackDraft) -> Message | None:
    """Why somebody may not send a draft back; None when they may."""
    own = any(actor.holds(role, draft.region) for role in PUBLISHERS)
    asked = agreement(session, draft) is not None and actor.holds(Role.CITY_LEADER, wider(session, draft))
    if draft.state != "handed_in" or not (own or asked):
        return msg("This draft cannot be sent back by you.")
    return None


def agree(registry: Registry, actor: Actor, id: str, *, version: int) -> None:
    """Agree for the wider place. Raises NotFound, Refused, Stale."""
    with registry.store.write(actor) as session:
        draft = load(session, id)
        _require_seen(draft, version)
        if why := bar_agreeing(session, actor, draft):
            raise Refused(why)
        draft.agreed_by = actor.person
        _touched(session, draft)
        session.record("pack.agree", f"pack_draft:{draft.id}", pack=draft.pack)


def send_back(registry: Registry, actor: Actor, id: str, *, version: int, reason: str) -> None:
    """Send a draft back to its writers and say why. Raises NotFound, Refused, Stale, BadInput."""
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        words = msg(
            "Say in {least} to {most} characters what has to be changed.", least=SHORTEST_REASON, most=LONGEST_REASON
        )
        raise BadInput(Fault(words, field="reason"))
    with registry.store.write(actor) as session:
        draft = load(session, id)
        _require_seen(draft, version)
        if why := bar_sending_back(session, actor, draft):
            raise Refused(why)
        _reopened(session, draft, reason)
        session.record("pack.send_back", f"pack_draft:{draft.id}", pack=draft.pack, reason=sha256(reason))


def publish(registry: Registry, actor: Actor, id: str, *, version: int) -> definitions.Published:
    """Publish a draft: checked again against everything published by now, then written as one.

    Cases that run stay on the versions they were opened with. Raises NotFound, Refused, Stale, BadInput.
    """
    at_hand = definitions.all_packs(registry)
    with registry.store.write(actor) as session:
        draft = load(session, id)
        _require_seen(draft, version)
        if why := bar_publishing(session, actor, draft):
            raise Refused(why)
        found = examined(session, draft, at_hand)
        if faults := found.faults or list(_nothing_new(session, found)):
            raise BadInput(faults)
        assert found.pack.manifest is not None
        draft.state, draft.published_by, draft.release = "published", actor.person, found.pack.manifest.version
        _touched(session, draft)
        return definitions.write(session, found.pack, found.library)
