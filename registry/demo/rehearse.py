"""Publishing a pack that is being written into a demonstration, again and again, to see its pages with sample data."""

from collections.abc import Iterable

from registry.actions import definitions, versions
from registry.demo.control import start_over
from registry.host.check import Library
from registry.host.packs import Pack, Parsed
from registry.host.registry import Registry
from registry.rules.extension import Extension
from registry.rules.permission import SYSTEM
from registry.store.session import ReadSession


def rehearse(registry: Registry, pack: Pack, library: Library) -> definitions.Published:
    """Begin the demonstration again and publish the pack into it, whatever its author has published before.

    What is there under the same version with other content gets the next one, as it will when it is published in
    earnest; cases that are under way stay on theirs. Raises BadInput with every fault, Refused when this is no
    demonstration.
    """
    start_over(registry)
    with registry.store.read(SYSTEM) as session:
        renumbered = with_next_versions(session, pack, library)
    among = Library([renumbered if p is pack else p for p in library.packs])
    return definitions.publish(registry, SYSTEM, renumbered, among)


def with_next_versions(session: ReadSession, pack: Pack, library: Library) -> Pack:
    """The pack with higher versions wherever another content is published under its own."""
    assert pack.manifest is not None
    made = [(parsed, definitions.row_of(session, pack.name, parsed, library)) for parsed in pack.definitions]
    there = versions.published(session, made)
    raised: dict[tuple[str, int], int] = {}
    changed = list[Parsed]()
    for parsed, row in made:
        mine = there.get((row.type, row.ref), {})
        if mine and mine.get(row.version) != row.sha256 and row.version <= max(mine):
            raised[row.ref, row.version] = max(mine) + 1
            changed.append(numbered(parsed, max(mine) + 1))
        else:
            changed.append(parsed)
    last = versions.last_publication(session, pack.name)
    manifest = pack.manifest
    if last is not None:
        first, second, third = max(versions.number(last.version), versions.number(manifest.version))
        manifest = manifest.model_copy(update={"version": f"{first}.{second}.{third + 1}"})
    return Pack(
        pack.folder, manifest, pack.manifest_source, list(following(changed, raised)), pack.faults, pack.examples
    )


def numbered(parsed: Parsed, version: int) -> Parsed:
    """The same under another version."""
    return Parsed(parsed.type, parsed.model.model_copy(update={"version": version}), parsed.source)


def following(definitions_: Iterable[Parsed], raised: dict[tuple[str, int], int]) -> Iterable[Parsed]:
    """Workflows that extend one of the same pack go along with its new version."""
    for parsed in definitions_:
        if isinstance(parsed.model, Extension):
            ref, _, version = parsed.model.extends.partition("@")
            if (newer := raised.get((ref, int(version)))) is not None:
                model = parsed.model.model_copy(update={"extends": f"{ref}@{newer}"})
                parsed = Parsed(parsed.type, model, parsed.source)  # noqa: PLW2901
        yield parsed
