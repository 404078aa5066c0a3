"""Where the cases of a round stand, and what the round comes to: read, never written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlmodel import col, select

from registry.actions.evaluation import material
from registry.actions.position import workflow_of
from registry.base.canonical import canonical, sha256
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, msg
from registry.host.resolve import pinned, read_as
from registry.rules.criteria import CriteriaSet
from registry.rules.round import Entrant, Place, RoundOutcome, Seating, Tie, decide, seat
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.round import Round, RoundEntrant, entrants_of, seats_of
from registry.store.session import ReadSession


@dataclass(frozen=True)
class Standing:
    """A case of a round: its region's own case, and the one before the round's authority once that is open."""

    entrant: RoundEntrant
    home: Case
    before: Case | None
    entry: Entry
    duty: str
    """What the authority's stage is for; empty before it has the case."""

    @property
    def judged(self) -> Case:
        """The case that the round's authority judges."""
        return self.before or self.home

    @property
    def criteria_id(self) -> str:
        """The set by which it is judged."""
        return self.judged.pins["criteria"]

    @property
    def is_over(self) -> bool:
        """Withdrawn, refused, or not recommended."""
        return self.judged.status == "ended" and self.judged.result not in ("recommended", "recognised")

    @property
    def is_recognised(self) -> bool:
        """Whether it has its title."""
        return self.before is not None and self.before.result == "recognised"

    @property
    def waits_for_decision(self) -> bool:
        """Whether it can be decided now."""
        return self.duty == "decide" and self.before is not None and self.before.status == "open"


def standings(session: ReadSession, round: Round) -> list[Standing]:
    """The cases of a round as far as the session sees them: by region, kind, order of recommendation, then number."""
    entrants = entrants_of(session, round.id)
    query = select(Case).where(Case.round_id == round.id).execution_options(unscoped=True)
    found = list(session.exec(query))
    by_id, by_parent = {c.id: c for c in found}, {c.parent_id: c for c in found if c.parent_id}
    entries = {e.id: e for e in session.exec(select(Entry).where(col(Entry.id).in_([c.entry_id for c in found])))}
    made = []
    for entrant in entrants:
        home = by_id[entrant.case_id]
        before = home if home.authority_region == round.region else by_parent.get(home.id)
        duty = workflow_of(session, before).stages[before.stage].duty if before else ""
        made.append(Standing(entrant, home, before, entries[home.entry_id], duty))
    return sorted(made, key=lambda s: (s.entrant.region, s.entrant.kind, s.entrant.recommended or 10**9, s.home.number))


@dataclass
class Foreseen:
    """What a round comes to as things stand: for each case its place, and the ties that wait for the leader."""

    places: dict[str, Place] = field(default_factory=dict)
    """Id of the region's case → its place by the criteria."""
    results: dict[str, str] = field(default_factory=dict)
    reserve: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[Message]] = field(default_factory=dict)
    ties: list[Tie] = field(default_factory=list)


def foresee(session: ReadSession, round: Round, chosen: Iterable[str] = ()) -> Foreseen:
    """What the round comes to; `chosen` are the cases taken out of ties. Raises Refused, BadInput for a wrong choice."""
    chosen, made = frozenset(chosen), Foreseen()
    ready = [s for s in standings(session, round) if s.waits_for_decision]
    if idle := chosen - {s.entrant.case_id for s in ready}:
        raise BadInput(Fault(msg("“{key}” stands in no tie for a seat.", key=min(idle)), field="chosen"))
    for kind in round.kinds:
        here = [s for s in ready if s.entrant.kind == kind]
        judged, fit, ties = judge_kind(session, here, chosen)
        made.ties += ties
        seats = {s.region: s.seats for s in seats_of(session, round.id) if s.kind == kind and s.seats}
        if seats and round.order_by == "points" and len({s.criteria_id for s in here}) > 1:
            raise Refused(
                msg(
                    "The cases of one kind are judged by different criteria; points of different sets are not compared."
                )
            )
        picks = seat_picks(chosen, judged, fit, ties)
        seating = seat(fit, seats or None, by=round.order_by, ties=round.ties, chosen=picks)
        made.ties += seating.ties
        keep(made, judged, seating)
    return made


def judge_kind(
    session: ReadSession, here: list[Standing], chosen: frozenset[str]
) -> tuple[list[Place], list[Place], list[Tie]]:
    """(places, those of them that may have a seat, ties): each case by the set it is pinned to, with the set's own grades.

    Where a set gives grades to a share of the round, only what has one may have a seat.
    """
    by_set: dict[str, list[Standing]] = {}
    for s in here:
        by_set.setdefault(s.criteria_id, []).append(s)
    places, fit, ties = list[Place](), list[Place](), list[Tie]()
    for id, group in by_set.items():
        criteria, entrants = read_as(CriteriaSet, pinned(session, id)), []
        for s in group:
            _, facts, context, _ = material(session, s.judged)
            entrants.append(Entrant(s.entrant.case_id, facts, context, s.entrant.recommended))
        outcome = settled(criteria, entrants, chosen)
        places += outcome.places
        fit += [p for p in outcome.places if p.rank is not None and not p.open and (p.grade or not criteria.round)]
        ties += outcome.ties
    return places, fit, ties


def settled(criteria: CriteriaSet, entrants: list[Entrant], chosen: frozenset[str]) -> RoundOutcome:
    """The round of one set, with the leader's choices given to the ties that they settle."""
    picks: dict[str, frozenset[str]] = {}
    while True:
        outcome = decide(criteria, entrants, picks)
        new = {t.grade: picks.get(t.grade, frozenset()) | (chosen & t.keys) for t in outcome.ties if chosen & t.keys}
        if not new:
            return outcome
        picks |= new


def seat_picks(chosen: frozenset[str], judged: list[Place], fit: list[Place], ties: list[Tie]) -> frozenset[str]:
    """Which of the leader's choices are about seats: those that no tie of a grade has used up."""
    graded = {p.entrant.key for p in judged if p.grade}
    by_grade = {key for tie in ties for key in tie.keys}
    return frozenset(k for k in chosen & {p.entrant.key for p in fit} if k not in graded) - by_grade


def keep(made: Foreseen, judged: list[Place], seating: Seating) -> None:
    """Note what the cases of a kind come to."""
    tied = {key for tie in seating.ties for key in tie.keys}
    made.reserve |= {key: n for key, n in seating.reserve.items() if key not in tied}
    for place in judged:
        key = place.entrant.key
        made.places[key] = place
        made.lines[key] = [*place.lines, *seating.lines.get(key, ())]
        made.results[key] = "none" if key not in seating.lines else "seat" if key in seating.taken else "reserve"


def fingerprint(round: Round, rows: Iterable[RoundEntrant]) -> str:
    """What stands for a prepared decision: the release names the one that was looked at."""
    told_ = [[e.case_id, e.result, e.reserve, e.rank, e.points, e.grade, e.version] for e in rows]
    return sha256(canonical([round.number, str(round.prepared_at), sorted(told_, key=lambda row: str(row[0]))]))


def vacancies(found: Iterable[Standing]) -> dict[tuple[str, str], int]:
    """(region, kind) → seats that were given and lost, and that nobody of the reserve list has taken yet."""
    free: dict[tuple[str, str], int] = {}
    for s in (s for s in found if s.entrant.result == "seat"):
        place = (s.entrant.region, s.entrant.kind)
        free[place] = free.get(place, 0) + s.is_over - (s.entrant.reserve is not None)
    return free


def next_in_line(found: list[Standing]) -> list[Standing]:
    """Of each region and kind with a vacancy the first on its reserve list; of equals every one, and the leader chooses."""
    free = vacancies(found)
    waiting = [s for s in found if s.entrant.result == "reserve" and s.waits_for_decision]
    first: dict[tuple[str, str], int] = {}
    for s in waiting:
        place, n = (s.entrant.region, s.entrant.kind), s.entrant.reserve or 10**9
        first[place] = min(n, first.get(place, n))
    return [
        s
        for s in waiting
        for place in [(s.entrant.region, s.entrant.kind)]
        if free.get(place, 0) > 0 and (s.entrant.reserve or 10**9) == first[place]
    ]
