"""Verbs about definitions: publishing a pack, withdrawing a version."""

import json
from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from registry.base.canonical import canonical, plain, sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Text, msg
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
from registry.store.session import WriteSession


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

    Raises BadInput with every fault (also when a published version would get other content), Refused.
    """
    if actor != SYSTEM and not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only an administrator may do this."))
    with registry.store.read() as session:
        library = Library(library.packs, published_floors(session, session.today))
    if faults := check(pack, library):
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        return write(session, pack, library)


def write(session: WriteSession, pack: Pack, library: Library) -> Published:
    """Write what is new of a pack that was checked: the one place where definitions are written. Part of a verb.

    Raises BadInput when an id is another pack's, or a published version would get other content.
    """
    assert pack.manifest is not None
    new = [row for parsed in pack.definitions if (row := _written(session, pack.name, parsed, library))]
    if new:
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


def _written(session: WriteSession, pack: str, parsed: Parsed, library: Library) -> Definition | None:
    """The row of a definition that is not there yet. Raises BadInput when its version says something else already."""
    model: Any = parsed.model
    if isinstance(model, Workflow | Extension):
        model = whole_workflow(model, library)
    elif isinstance(model, CriteriaSet):
        model = whole_criteria(model, library)
    body = in_three_languages(json.loads(canonical(plain(model))))
    digest = sha256(canonical(body))
    _require_own(session, pack, parsed)
    there = session.exec(
        select(Definition).where(
            Definition.type == parsed.type, Definition.ref == model.id, Definition.version == model.version
        )
    ).one_or_none()
    if there is not None:
        if there.sha256 != digest:
            raise BadInput(
                parsed.source.fault(
                    msg(
                        "Version {version} of “{id}” is published already with other content; give this one a higher version.",
                        version=model.version,
                        id=model.id,
                    ),
                    "version",
                )
            )
        return None
    row = Definition(
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
        sha256=digest,
        published_at=session.now,
        published_by=session.actor.person,
    )
    session.add(row)
    return row


def _require_own(session: WriteSession, pack: str, parsed: Parsed) -> None:
    """Raise BadInput when an id belongs to another pack: whoever published it first has it, withdrawn or not."""
    query = select(Definition.pack).where(Definition.type == parsed.type, Definition.ref == parsed.ref)
    if (owner := session.exec(query.limit(1)).first()) not in (None, pack):
        words = msg(
            "The id “{id}” is taken by the pack “{owner}”; this is the pack “{pack}”.",
            id=parsed.ref,
            owner=owner,
            pack=pack,
        )
        raise BadInput(parsed.source.fault(words, "id"))


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
