"""The most local voice wins, the law speaks last: which definition holds for a kind, product, level and region."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, col, select

from registry.base.errors import Broken, NotFound
from registry.base.i18n import Text, msg
from registry.rules.floors import Floors, FloorSet, compose
from registry.rules.kind import Kind
from registry.rules.model import Model
from registry.rules.reference import ReferenceTable
from registry.store.definition import Definition, in_force
from registry.store.meta import DEMONSTRATION, mark
from registry.store.region import region_chain
from registry.store.remember import asked_once

M = TypeVar("M", bound=Model)
JUDGES = ("criteria", "workflow", "floor", "reference")
"""Types that decide something; kinds, forms and pages only say and ask."""


def nearness(d: Definition, product: str | None, entry_class: str | None) -> tuple[int, ...] | None:
    """How near a definition is to a product and class; None when it is for another one. Greater is nearer.

    What says its level or procedure is nearer than what is for all of them; the version decides last, because versions
    of different definitions cannot be compared.
    """
    if d.product not in (None, product) or d.entry_class not in (None, entry_class):
        return None
    own = (d.product, d.entry_class, d.level, d.procedure, None if d.kind == "*" else d.kind)
    return (*(word is not None for word in own), d.version)


def judging(
    session: Session,
    type: str,
    on: date,
    *,
    regions: Collection[str] | None = None,
    kind: str | None = None,
    known: datetime | None = None,
) -> list[Definition]:
    """The definitions in force that may judge: no draft for comment, and examples only in a demonstration.

    Those of some regions and for a kind only, and as it stood at a moment, where these are given.
    """
    standings = {"official", "example"} if mark(session, DEMONSTRATION) == "yes" else {"official"}
    found = in_force(session, type, on, regions=regions, kind=kind, known=known)
    return [d for d in found if type not in JUDGES or d.standing in standings]


def newest(rows: Iterable[Definition]) -> list[Definition]:
    """Of each definition its newest version; `in_force` gives it first."""
    found: dict[str, Definition] = {}
    for d in rows:
        found.setdefault(d.ref, d)
    return list(found.values())


def codes_around(session: Session, region: str) -> list[str]:
    """The codes of a region and of those around it, the nearest first."""
    return [place.code for place in region_chain(session, region)]


def resolve(
    session: Session,
    type: str,
    *,
    kind: str,
    region: str,
    on: date,
    level: str | None = None,
    product: str | None = None,
    entry_class: str | None = None,
    procedure: str | None = None,
    known: datetime | None = None,
) -> Definition | None:
    """The definition that holds, asked from the region outwards; a product's own one is nearer than the kind's.

    `known`: as it stood at a moment, whatever was published or withdrawn since.
    """
    places = codes_around(session, region)
    candidates = [
        d
        for d in judging(session, type, on, regions=places, kind=kind, known=known)
        if d.level in (None, level) and d.procedure in (None, procedure)
    ]
    for place in places:
        here = [
            (near, d)
            for d in candidates
            if d.region == place and (near := nearness(d, product, entry_class)) is not None
        ]
        if here:
            return max(here, key=lambda pair: pair[0])[1]
    return None


def floors_for(
    session: Session, region: str, level: str, kind: str, on: date, known: datetime | None = None
) -> tuple[Floors, list[Definition]]:
    """The floors that bind a region, composed from the core's and those of the places around it."""
    rows = newest(judging(session, "floor", on, regions=codes_around(session, region), kind=kind, known=known))
    rows = [d for d in rows if read_as(FloorSet, d).title_level in (None, level)]
    return compose([read_as(FloorSet, d) for d in rows]), rows


def asks_for_agreement(session: Session, region: str, on: date) -> Text | None:
    """The document of a wider place without whose agreement rules of this region are not published; None without one."""
    wider = {r.code for r in region_chain(session, region)[1:]}
    sets = [read_as(FloorSet, d) for d in newest(judging(session, "floor", on)) if d.region in wider]
    asked = compose(sets).packs_need_city
    return asked.document if asked else None


def published_floors(session: Session, on: date) -> list[FloorSet]:
    """Every floor in force, wherever it binds."""
    return [read_as(FloorSet, d) for d in newest(judging(session, "floor", on))]


def references_for(session: Session, region: str, on: date, known: datetime | None = None) -> list[Definition]:
    """The reference tables that can be asked from a region, the nearest first; not those of what is aimed at."""
    return [d for d in tables_for(session, region, on, known) if "target" not in d.body]


def targets_for(session: Session, region: str, on: date) -> list[ReferenceTable]:
    """What is aimed at in a region and in those around it, the nearest first."""
    return [read_as(ReferenceTable, d) for d in tables_for(session, region, on) if "target" in d.body]


def tables_for(session: Session, region: str, on: date, known: datetime | None = None) -> list[Definition]:
    """Every reference table of a region and of those around it, the nearest first."""
    places = codes_around(session, region)
    return sorted(
        newest(judging(session, "reference", on, regions=places, known=known)), key=lambda d: places.index(d.region)
    )


def asks_for(form: Definition) -> tuple[str | None, ...]:
    """What a form is for; of several for the same the nearest is filled in."""
    return form.kind, form.product, form.level, form.procedure


def forms_for(session: Session, places: Sequence[str], on: date) -> list[Definition]:
    """The forms to be filled in at a place (`places`: its code and those around it, the nearest first)."""
    found: dict[tuple[str | None, ...], Definition] = {}
    rows = newest(in_force(session, "form", on, regions=places))
    for d in sorted(rows, key=lambda d: places.index(d.region)):
        found.setdefault(asks_for(d), d)
    return list(found.values())


@asked_once
def kinds(session: Session, on: date) -> list[Kind]:
    """The kinds in force, in the order of the site."""
    return sorted((read_as(Kind, d) for d in newest(in_force(session, "kind", on))), key=lambda k: (k.order, k.id))


@asked_once
def pins(session: Session, *ids: str) -> list[Definition]:
    """Definitions by their row ids, in one query; a read session keeps them, so that asking for one asks nothing."""
    return list(session.exec(select(Definition).where(col(Definition.id).in_(ids))))


def pinned(session: Session, id: str) -> Definition:
    """A definition by its row id. Raises NotFound."""
    definition = session.get(Definition, id)
    if definition is None:
        raise NotFound(msg("A definition that this case is judged by is missing."))
    return definition


def pinned_all(session: Session, ids: Collection[str]) -> dict[str, Definition]:
    """Definitions by their row ids, in one query for what the session has not at hand. Raises NotFound."""
    at_hand = {id: session.identity_map.get(identity_key(Definition, id)) for id in ids}
    found: dict[str, Definition] = {id: d for id, d in at_hand.items() if d}
    if left := at_hand.keys() - found.keys():
        found |= {d.id: d for d in session.exec(select(Definition).where(col(Definition.id).in_(left)))}
    if len(found) < len(at_hand):
        raise NotFound(msg("A definition that this case is judged by is missing."))
    return found


_read: dict[str, Any] = {}
"""Models by type and hash; a published definition never changes."""
MOST_READ = 1000
"""How many models a process keeps, each some 100 kB; a whole country's are tens of thousands."""


def read_as(model_class: type[M], definition: Definition) -> M:
    """The model of a published definition. Raises Broken when it cannot be read: failure never falls through."""
    key = f"{definition.type}:{definition.sha256}"
    model = _read.get(key)
    if model is None:
        try:
            model = model_class.model_validate(definition.body)
        except ValueError as error:
            raise Broken(
                msg(
                    "The rule {ref}@{version} of {pack} cannot be read; nothing is decided by it.",
                    ref=definition.ref,
                    version=definition.version,
                    pack=definition.pack,
                )
            ) from error
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[key] = model
    return model
