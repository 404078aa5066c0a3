"""What a pack is checked against before it is published: the packs at hand, and what is published although no folder has it."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlmodel import col, or_, select

from registry.base.errors import Broken
from registry.host.check import Library
from registry.host.packs import MODELS, Pack, Parsed
from registry.host.resolve import published_floors, read_as
from registry.rules.yamlfile import Source
from registry.store.definition import Definition
from registry.store.region import region_chain
from registry.store.session import ReadSession

log = logging.getLogger("registry.host")


def library_for(session: ReadSession, at_hand: Iterable[Pack], pack: Pack) -> Library:
    """The library in which a pack stands: published rules win over those of folders, the pack's own over both."""
    others = [p for p in at_hand if p.name != pack.name]
    return Library([*others, *published_packs(session, pack), pack], published_floors(session, session.today))


def published_packs(session: ReadSession, pack: Pack) -> list[Pack]:
    """What is published and may matter to a pack: every kind, what holds in its region and around it, what has its ids.

    What the pack itself published before stands in its own folder, so that nobody else owns its ids. Floors are left out:
    only those in force bind.
    """
    found: dict[str, Pack] = {}
    for d in rows_for(session, pack):
        folder = pack.folder if d.pack == pack.name else Path(d.pack)
        try:
            parsed = Parsed(d.type, read_as(MODELS[d.type], d), Source(f"{d.ref}@{d.version}", d.body))
        except Broken as error:  # what refers to it is then told where it does
            log.error("%s", error)
            continue
        found.setdefault(d.pack, Pack(folder)).definitions.append(parsed)
    return list(found.values())


def rows_for(session: ReadSession, pack: Pack) -> Iterator[Definition]:
    """The rows of it, older versions first, so that the newest is taken where one id is asked for."""
    around = [r.code for r in region_chain(session, pack.manifest.region)] if pack.manifest else []
    wanted = or_(
        col(Definition.type) == "kind",
        col(Definition.region).in_(around),
        col(Definition.ref).in_([d.ref for d in pack.definitions]),
    )
    types = col(Definition.type).in_([type for type in MODELS if type != "floor"])
    query = select(Definition).where(types, wanted, col(Definition.withdrawn_at).is_(None))
    yield from session.exec(query.order_by(Definition.ref, col(Definition.version)))
