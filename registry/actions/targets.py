"""What a policy aims at beside what the register holds: by place, what is on file and what is only said apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.host.resolve import targets_for
from registry.rules.permission import HANDLERS, Actor
from registry.rules.reference import ReferenceTable, Target
from registry.store.entry import Entry
from registry.store.observation import Observation, observations
from registry.store.region import Region, of_county_level
from registry.store.session import ReadSession
from registry.store.title import Title

LIVE = ("valid", "rectification", "suspended")
"""Titles that are held; one whose time is over is told by its last day."""


@dataclass(frozen=True)
class Line:
    """How far one place has come."""

    place: Region
    aim: Decimal | None
    """What the policy says of this very place."""
    filed: Decimal | None
    """On file: titles with a document; figures documented or verified. None: nothing is known."""
    said: Decimal | None
    """Only said: named by a policy without a document, or declared."""

    @property
    def reached(self) -> bool | None:
        """Whether what is on file reaches the aim; None where none is set."""
        return None if self.aim is None else (self.filed or 0) >= self.aim


@dataclass(frozen=True)
class Compared:
    """One target with its places: the counties that lie in it, and last the whole."""

    table: ReferenceTable
    lines: list[Line]
    whole: Line
    ended: bool
    """Its period is over."""
    year: int
    """The year that is shown of what is aimed at anew each year."""
    illustrative: bool
    """Whether some of the figures are examples."""

    @property
    def target(self) -> Target:
        """What it counts."""
        assert self.table.target is not None
        return self.table.target


def compare(session: ReadSession, actor: Actor) -> list[Compared]:
    """Every target of the actor's regions. Raises Refused for who neither leads nor handles there."""
    if not actor.has(*HANDLERS):
        raise Refused(msg("Only officers, reviewers and leaders read this."))
    tables = {t.id: t for region in sorted(actor.regions) for t in targets_for(session, region, session.today)}
    return [one(session, table) for table in tables.values()]


def one(session: ReadSession, table: ReferenceTable) -> Compared:
    """One target compared with what the register holds."""
    target = table.target
    assert target is not None
    near = select(Region).where(of_county_level(session.today), Region.parent == table.region)
    places = list(session.exec(near.order_by(Region.code)))
    by_place = titles_by_place if target.counts == "titles" else figures_by_place
    counted, illustrative = by_place(session, target, [p.code for p in places])
    aims = {str(row.place): row.value for row in table.rows}
    lines = [Line(p, aims.get(p.code), *counted.get(p.code, (None, None))) for p in places]
    around = session.get_one(Region, table.region)
    whole = Line(around, aims.get(around.code) or total(r.aim for r in lines), *(total(c) for c in columns(lines)))
    year = session.today.year
    return Compared(table, lines, whole, bool(target.last and target.last < year), year, illustrative)


def columns(lines: Iterable[Line]) -> tuple[list[Decimal | None], list[Decimal | None]]:
    """What is on file, and what is said, place by place."""
    rows = list(lines)
    return [r.filed for r in rows], [r.said for r in rows]


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    known = [v for v in values if v is not None]
    return sum(known, Decimal()) if known else None


Counted = tuple[dict[str, tuple[Decimal | None, Decimal | None]], bool]
"""Place → (on file, only said); and whether some of it are examples."""


def listed(session: ReadSession, target: Target, places: Iterable[str]) -> dict[str, Entry]:
    """The entries of the target's kinds in some places, by id; what is only being applied for is not among them."""
    query = select(Entry).where(
        col(Entry.kind).in_(target.kinds), col(Entry.region).in_(list(places)), Entry.status == "listed"
    )
    return {entry.id: entry for entry in session.exec(query)}


def titles_by_place(session: ReadSession, target: Target, places: list[str]) -> Counted:
    """Entries with a title of the levels; and those that a policy names without a document. An entry counts once."""
    entries = listed(session, target, places)
    query = select(Title).where(
        col(Title.entry_id).in_(entries), col(Title.level).in_(target.levels), col(Title.status).in_(LIVE)
    )
    held = {t.entry_id for t in session.exec(query) if counts(t, target, session)}
    named = {
        id
        for id, entry in entries.items()
        if id not in held and not target.yearly and any(s.get("level") in target.levels for s in entry.standing)
    }
    made: dict[str, tuple[Decimal | None, Decimal | None]] = {
        place: (
            Decimal(sum(entries[id].region == place for id in held)),
            Decimal(sum(entries[id].region == place for id in named)),
        )
        for place in places
    }
    return made, any(entries[id].illustrative or entries[id].fictitious for id in held)


def counts(title: Title, target: Target, session: ReadSession) -> bool:
    """Whether a title that is held counts: not expired, and where each year counts anew given in this one."""
    today = session.today
    return (title.valid_to is None or title.valid_to >= today) and (
        not target.yearly or title.valid_from.year == today.year
    )


def figures_by_place(session: ReadSession, target: Target, places: list[str]) -> Counted:
    """The greatest figure of one entry in each place: those of several may count the same people, and are not added."""
    entries = listed(session, target, places)
    rows = [r for r in observations(session, "entry", entries) if r.fact == target.fact]
    filed = greatest(entries, (r for r in rows if r.standing != "declared"))
    said = greatest(entries, (r for r in rows if r.standing == "declared"))
    made = {place: (filed.get(place), said.get(place)) for place in places}
    return made, any(r.source == "illustrative" for r in rows)


def greatest(entries: Mapping[str, Entry], rows: Iterable[Observation]) -> dict[str, Decimal]:
    """Place → the greatest of the newest figures of its entries; of one entry the latest day counts."""
    newest: dict[str, Any] = {}
    for row in rows:
        before = newest.get(row.subject_id)
        if before is None or (row.period or "", str(row.as_of or "")) >= (before.period or "", str(before.as_of or "")):
            newest[row.subject_id] = row
    made: dict[str, Decimal] = {}
    for id, row in newest.items():
        place = entries[id].region
        made[place] = max(made.get(place, Decimal()), Decimal(row.value))
    return made
