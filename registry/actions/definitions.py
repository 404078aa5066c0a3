"""Verbs about definitions: publishing a pack, withdrawing a version."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from registry.actions import versions
from registry.base.canonical import canonical, plain, sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Text, msg
from registry.base.region import prefix
from registry.base.script import complete
from registry.host.check import Library, check, whole_criteria, whole_workflow
from registry.host.packs import Pack, Parsed, read_pack
from registry.host.registry import Registry
from registry.host.resolve import published_floors
from registry.rules.criteria import CriteriaSet
from registry.rules.extension import Extension
from registry.rules.permission import SYSTEM, Actor, Role
from registry.rules.workflow import Workflow
from registry.store.definition import Definition, Publication
from registry.store.job import enqueue
from registry.store.region import Region
from registry.store.session import ReadSession, WriteSession


@dataclass(frozen=True)
class Published:
    """What publishing did: the pack, its version, how many definitions are new and how many were there already."""

    pack: str
    version: str
    new: int
    unchanged: int


def all_packs(registry: Registry) -> list[Pack]:
    """Every pack at hand, read from its folder."""
    return [read_pack(folder) for _, folder in registry.plugins.packs()]


def publish(registry: Registry, actor: Actor, pack: Pack, library: Library) -> Published:
    """Write every definition of a pack into the registry, each version once. All or nothing.

    Raises BadInput with every fault (also of versions that go backwards or would get other content), Refused.
    """
    require_publisher(actor)
    return _publish(registry, actor, pack, with_those_in_force(registry, library))


def publish_each(
    registry: Registry, actor: Actor, packs: Iterable[Pack], library: Library
) -> Iterator[tuple[Pack, Published | BadInput]]:
    """Publish many packs against one library; a faulty one comes with its faults and keeps no other back.

    Each is all or nothing, in a transaction of its own. Raises Refused.
    """
    require_publisher(actor)
    library = with_those_in_force(registry, library)
    for pack in packs:
        try:
            yield pack, _publish(registry, actor, pack, library)
        except BadInput as error:
            yield pack, error


def require_publisher(actor: Actor) -> None:
    """Raise Refused unless the actor is the registry itself or an administrator."""
    if actor != SYSTEM and not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only an administrator may do this."))


def with_those_in_force(registry: Registry, library: Library) -> Library:
    """The library with the floors that are published, which bind although their folder is gone."""
    with registry.store.read() as session:
        return Library(library.packs, published_floors(session, session.today))


def wider_first(packs: Iterable[Pack]) -> list[Pack]:
    """Packs in the order in which they are published: the nation's before a province's, a city's before its counties'."""
    return sorted(packs, key=lambda p: (len(prefix(p.manifest.region)) if p.manifest else 0, p.name))


def _publish(registry: Registry, actor: Actor, pack: Pack, library: Library) -> Published:
    if faults := check(pack, library):
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        return write(session, pack, library)


def write(session: WriteSession, pack: Pack, library: Library) -> Published:
    """Write what is new of a pack that was checked: the one place where definitions are written. Part of a verb.

    Raises BadInput with every version that goes backwards or would get other content, and every id of another pack's.
    """
    assert pack.manifest is not None
    made = rows_of(session, pack, library)
    there = versions.published(session, made)
    if faults := standing_faults(session, pack, made):
        raise BadInput(faults)
    new = [row for _, row in made if row.version not in there.get((row.type, row.ref), {})]
    last = versions.last_publication(session, pack.name)
    if new or last is None or last.version != pack.manifest.version:
        session.add_all(new)
        publication = Publication(
            pack=pack.name,
            version=pack.manifest.version,
            title=complete(pack.manifest.title).model_dump(),
            region=pack.manifest.region,
            published_at=session.now,
            published_by=session.actor.person,
            definitions=len(new),
            accent=pack.manifest.accent,
        )
        session.add(publication)
        enqueue(session, "render", f"publication:{publication.id}", session.now)
        session.record("pack.publish", f"pack:{pack.name}", version=pack.manifest.version)
        session.changes(f"pack:{pack.name}", "definitions")
    return Published(pack.name, pack.manifest.version, len(new), len(pack.definitions) - len(new))


def rows_of(session: ReadSession, pack: Pack, library: Library) -> versions.Made:
    """The definitions of a pack without faults, each with the row that it would be."""
    return [(parsed, row_of(session, pack.name, parsed, library)) for parsed in pack.definitions]


def standing_faults(session: ReadSession, pack: Pack, made: versions.Made) -> list[Fault]:
    """What keeps a pack from being published beside what is published already."""
    taken = [*unknown_regions(session, pack), *ids_of_others(session, pack, made)]
    return taken or versions.faults(session, pack, made, versions.published(session, made))


def is_new(session: ReadSession, pack: Pack, made: versions.Made) -> bool:
    """Whether publishing a pack would write anything."""
    there, last = versions.published(session, made), versions.last_publication(session, pack.name)
    known = all(row.version in there.get((row.type, row.ref), {}) for _, row in made)
    return not known or last is None or pack.manifest is None or last.version != pack.manifest.version


def ids_of_others(session: ReadSession, pack: Pack, made: versions.Made) -> Iterator[Fault]:
    """Where an id belongs to another pack: whoever published it first has it, withdrawn or not."""
    query = select(Definition.type, Definition.ref, Definition.pack).where(Definition.pack != pack.name)
    found = session.exec(query.where(col(Definition.ref).in_([row.ref for _, row in made])).distinct())
    owners = {(type, ref): owner for type, ref, owner in found}
    for parsed, row in made:
        if owner := owners.get((row.type, row.ref)):
            words = msg(
                "The id “{id}” is taken by the pack “{owner}”; this is the pack “{pack}”.",
                id=row.ref,
                owner=owner,
                pack=pack.name,
            )
            yield parsed.source.fault(words, "id")


def unknown_regions(session: ReadSession, pack: Pack) -> Iterator[Fault]:
    """Where a pack makes rules for a place that this registry does not know."""
    assert pack.manifest is not None
    said = [(pack.manifest.region, pack.manifest_source), *((d.model.region, d.source) for d in pack.definitions)]
    known = {code: session.get(Region, code) is not None for code in {str(code) for code, _ in said}}
    for code, source in said:
        if source is not None and not known[str(code)]:
            yield source.fault(
                msg("This registry has no region {code}.", code=str(code)),
                "region",
                remedy=msg("An administrator adds it under “Regions”."),
            )


def row_of(session: ReadSession, pack: str, parsed: Parsed, library: Library) -> Definition:
    """The row of a definition as it would be published: whole, in three languages, with its hash."""
    model: Any = parsed.model
    if isinstance(model, Workflow | Extension):
        model = whole_workflow(model, library)
    elif isinstance(model, CriteriaSet):
        model = whole_criteria(model, library)
    body = in_three_languages(json.loads(canonical(plain(model))))
    return Definition(
        type=parsed.type,
        ref=model.id,
        version=model.version,
        pack=pack,
        kind=getattr(model, "kind", None),
        product=getattr(model, "product", None),
        entry_class=getattr(model, "class_", None),
        level=getattr(model, "level", None),
        procedure=getattr(model, "procedure", None),
        region=model.region,
        standing=model.standing,
        in_force_from=model.in_force.from_,
        in_force_to=model.in_force.to,
        body=body,
        sha256=sha256(canonical(body)),
        published_at=session.now,
        published_by=session.actor.person if session.actor else "",
    )


def in_three_languages(body: Any) -> Any:
    """The body with every text's Traditional form filled in: converted once, at publishing."""
    if isinstance(body, dict):
        if "zh-Hans" in body and body.keys() <= {"zh-Hans", "zh-Hant", "en"}:
            return complete(Text.model_validate(body)).model_dump()
        return {key: in_three_languages(value) for key, value in body.items()}
    return [in_three_languages(item) for item in body] if isinstance(body, list) else body


def withdraw(registry: Registry, actor: Actor, *, type: str, ref: str, version: int, reason: str) -> None:
    """Take a published version out of force by a recorded act; cases judged by it go on. Raises NotFound, Refused."""
    if not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only an administrator may do this."))
    if not reason.strip():
        raise BadInput(Fault(msg("Say why."), field="reason"))
    with registry.store.write(actor) as session:
        row = session.exec(
            select(Definition).where(Definition.type == type, Definition.ref == ref, Definition.version == version)
        ).one_or_none()
        if row is None or row.withdrawn_at:
            raise NotFound(
                msg("There is no {type} “{ref}” of version {version} in force.", type=type, ref=ref, version=version)
            )
        row.withdrawn_at = session.now
        if row.type == "page":
            enqueue(session, "render", f"definition:{row.id}", session.now)
        session.record("definition.withdraw", f"definition:{row.id}", reason=sha256(reason))
        session.changes("definitions")
