"""Versions go forward: what is published under one never changes, and none is published below it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlmodel import col, select

from registry.base.errors import Fault
from registry.base.i18n import msg
from registry.base.script import complete
from registry.host.packs import Pack, Parsed
from registry.rules.pack import Manifest
from registry.rules.yamlfile import in_order
from registry.store.definition import Definition, Publication
from registry.store.session import ReadSession

Made = Sequence[tuple[Parsed, Definition]]
"""Definitions as read, each with the row that it would be."""


Published = Mapping[tuple[str, str], Mapping[int, str]]
"""(type, id) → version → hash."""


def published(session: ReadSession, made: Made) -> Published:
    """What is published already of these definitions, in any version."""
    found: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    query = select(Definition.type, Definition.ref, Definition.version, Definition.sha256)
    for type_, ref, version, digest in session.exec(query.where(col(Definition.ref).in_({row.ref for _, row in made}))):
        found[type_, ref][version] = digest
    return found


def last_publication(session: ReadSession, pack: str) -> Publication | None:
    """The publishing of a pack's highest version."""
    found = session.exec(select(Publication).where(Publication.pack == pack).order_by(col(Publication.published_at)))
    return max(found, key=lambda publication: number(publication.version), default=None)


def is_overtaken(session: ReadSession, pack: Pack) -> bool:
    """Whether a higher version of a pack is published than the one at hand."""
    last = last_publication(session, pack.name)
    return bool(last and pack.manifest and number(pack.manifest.version) < number(last.version))


def faults(session: ReadSession, pack: Pack, made: Made, there: Published) -> list[Fault]:
    """Every version of a pack that goes backwards or says something else than before, at its line."""
    found, differs = list[Fault](), False
    for parsed, row in made:
        mine = there.get((row.type, row.ref), {})
        differs = differs or mine.get(row.version) != row.sha256
        found += _definition(parsed, row, mine)
    return in_order([*found, *_pack(session, pack, differs)])


def _definition(parsed: Parsed, row: Definition, there: Mapping[int, str]) -> Iterator[Fault]:
    if row.version in there:
        if there[row.version] != row.sha256:
            yield parsed.source.fault(
                msg(
                    "Version {version} of “{id}” is published already with other content; give this one a higher version.",
                    version=row.version,
                    id=row.ref,
                ),
                "version",
            )
    elif there and row.version < max(there):
        yield parsed.source.fault(
            msg(
                "Version {version} of “{id}” is lower than version {newest}, which is published; give this one a higher version.",
                version=row.version,
                id=row.ref,
                newest=max(there),
            ),
            "version",
        )


def _pack(session: ReadSession, pack: Pack, differs: bool) -> Iterator[Fault]:
    """The manifest's version against that of the last publishing; `differs`: a definition is not there like this."""
    manifest, last = pack.manifest, last_publication(session, pack.name)
    if manifest is None or last is None or pack.manifest_source is None:
        return
    if number(manifest.version) < number(last.version):
        message = msg(
            "Version {version} of this pack is lower than version {newest}, which is published; give it a higher version.",
            version=manifest.version,
            newest=last.version,
        )
        yield pack.manifest_source.fault(message, "version")
    elif manifest.version == last.version and (differs or said_of(manifest) != said_in(last)):
        message = msg(
            "Version {version} of this pack is published already with other content; give it a higher version.",
            version=manifest.version,
        )
        yield pack.manifest_source.fault(message, "version")


def number(version: str) -> tuple[int, ...]:
    """A pack's version to be compared: 1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in version.split("."))


def said_of(manifest: Manifest) -> tuple[object, ...]:
    """What a publication keeps of a manifest besides its version."""
    return complete(manifest.title).model_dump(), str(manifest.region), manifest.accent


def said_in(publication: Publication) -> tuple[object, ...]:
    """The same of a publication."""
    return publication.title, publication.region, publication.accent
