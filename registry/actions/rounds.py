"""Verbs of a round's call (申报通知): drafted, changed, called by another person, cancelled; and how a case joins it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import col, select

from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, Text, msg
from registry.base.script import complete
from registry.host.registry import Registry
from registry.host.resolve import codes_around, kinds
from registry.rules.permission import HANDLERS, Actor, Role
from registry.store.case import Case
from registry.store.meta import next_number
from registry.store.region import Region, children
from registry.store.round import Round, RoundEntrant, RoundSeats, entrants_of, rounds_of, seats_of
from registry.store.session import ReadSession, WriteSession

OFFICERS = {"city": Role.CITY_OFFICER, "county": Role.COUNTY_OFFICER}
"""Level of the title → who drafts the call and prepares the decision."""
LEADERS = {"city": Role.CITY_LEADER, "county": Role.COUNTY_LEADER}
"""Level of the title → who calls the round and releases its decision."""
MEMBERS = (*HANDLERS, Role.AUDITOR)
"""Whose work rounds are."""
Seats = Mapping[tuple[str, str], int]
"""(region, kind) → how many."""


@dataclass(frozen=True)
class Call:
    """What a call says. Without `seats` there is room for everybody who meets the criteria."""

    title: Text | None
    kinds: tuple[str, ...]
    opens_on: date | None
    closes_on: date | None
    order_by: str = "points"
    ties: str = "leader_decides"
    document: str = ""
    document_date: date | None = None
    words: Mapping[str, Text] = field(default_factory=dict)
    """`contact`, `materials` and `where` papers are handed in."""
    seats: Seats = field(default_factory=dict)


def draft(registry: Registry, actor: Actor, region: str, call: Call) -> str:
    """Begin a round of a region's office; returns its number. Raises Refused, BadInput with every fault."""
    with registry.store.write(actor) as session:
        place = session.get(Region, region)
        if place is None or not actor.holds(OFFICERS.get(place.title_level, ""), region):
            raise Refused(msg("Only the office that decides drafts a round."))
        year = session.today.year
        number = f"{region}-R-{year}-{next_number(session, f'round:{region}:{year}'):02}"
        round = Round(
            number=number,
            title={},
            kinds=[],
            level=place.title_level,
            region=region,
            opens_on=session.today,
            closes_on=session.today,
            drafted_by=actor.person,
        )
        say(session, round, call)
        session.record("round.draft", f"round:{round.id}", number=number)
        return number


def change(registry: Registry, actor: Actor, number: str, call: Call) -> None:
    """Change a draft. Raises NotFound, Refused once it is called, BadInput with every fault."""
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, OFFICERS)
        require_status(round, "draft")
        say(session, round, call)
        round.drafted_by = actor.person
        session.record("round.change", f"round:{round.id}")


def say(session: WriteSession, round: Round, call: Call) -> None:
    """Write what the call says. Raises BadInput with every fault."""
    if faults := faults_of(session, round, call):
        raise BadInput(faults)
    assert call.title and call.opens_on and call.closes_on
    round.title = complete(call.title).model_dump()
    round.kinds = sorted(set(call.kinds))
    round.opens_on, round.closes_on = call.opens_on, call.closes_on
    round.order_by, round.ties = call.order_by, call.ties
    round.document, round.document_date = call.document.strip() or None, call.document_date
    round.words = {key: complete(words).model_dump() for key, words in call.words.items() if words.zh_hans}
    session.add(round)
    session.flush()
    known = {(s.region, s.kind): s for s in seats_of(session, round.id)}
    for place in sorted({*known, *call.seats}):
        row = known.get(place) or RoundSeats(round_id=round.id, region=place[0], kind=place[1], seats=0)
        row.seats = call.seats.get(place, 0)
        session.add(row)


def faults_of(session: ReadSession, round: Round, call: Call) -> list[Fault]:
    """Everything that is wrong with a call."""
    faults = []
    if call.title is None or not call.title.zh_hans.strip():
        faults.append(Fault(msg("Say what the round is called."), field="title"))
    known = {k.id for k in kinds(session, session.today)}
    if not call.kinds or not set(call.kinds) <= known:
        faults.append(Fault(msg("Choose what the round is for."), field="kinds"))
    for key, day in (("opens_on", call.opens_on), ("closes_on", call.closes_on)):
        if day is None:
            faults.append(Fault(msg("Say the day, such as 2026-03-01."), field=key))
    if call.opens_on and call.closes_on and call.closes_on < call.opens_on:
        faults.append(Fault(msg("The round closes before it opens."), field="closes_on"))
    if call.document_date and call.document_date > session.today:
        late = msg("This day is still to come; today is {today}.", today=session.today)
        faults.append(Fault(late, field="document_date"))
    inside = {r.code for r in covered(session, round.region)}
    if any(region not in inside or kind not in call.kinds or n < 0 for (region, kind), n in call.seats.items()):
        faults.append(
            Fault(msg("Seats are for the counties and kinds of this round, none less than 0."), field="seats")
        )
    return faults


def covered(session: ReadSession, region: str) -> list[Region]:
    """The regions whose applications a round takes: the counties of a city, or the county itself."""
    return [r for r in children(session, region) if not r.ended(session.today)] or [session.get_one(Region, region)]


def call_round(registry: Registry, actor: Actor, number: str) -> None:
    """Publish the call (申报通知); from now on nothing of it changes, and applications are judged by what is published now.

    By the leader, who has not drafted it. Raises NotFound, Refused, BadInput for what a call needs.
    """
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, LEADERS)
        require_status(round, "draft")
        if round.drafted_by == actor.person:
            raise Refused(msg("Whoever drafted the round does not call it; another person does."))
        if faults := lacking(session, round):
            raise BadInput(faults)
        round.status, round.called_at, round.called_by = "called", session.now, actor.person
        session.add(round)
        session.record("round.call", f"round:{round.id}", number=number)
        told(session, round)


def lacking(session: ReadSession, round: Round) -> list[Fault]:
    """What a call still needs."""
    faults = []
    if round.opens_on < session.today:
        faults.append(Fault(msg("The day on which it opens is over; it is called before."), field="opens_on"))
    if not (round.document and round.document_date):
        faults.append(Fault(msg("A call has a document number and date."), field="document"))
    if "contact" not in round.words:
        faults.append(Fault(msg("Say whom applicants can ask."), field="contact"))
    faults += [
        Fault(
            msg("{number} is under way for the same kind already; a case stands in one round.", number=other.number),
            field="kinds",
        )
        for other in rounds_of(session, [round.region], "called", "prepared")
        if set(other.kinds) & set(round.kinds)
    ]
    return faults


def cancel(registry: Registry, actor: Actor, number: str, *, reason: str) -> None:
    """Call a round off that nobody has applied for. Raises NotFound, Refused, BadInput."""
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, OFFICERS if round.status == "draft" else LEADERS)
        require_status(round, "draft", "called")
        if not reason.strip():
            raise BadInput(Fault(msg("Say why."), field="reason"))
        if entrants_of(session, round.id):
            raise Refused(msg("There are applications in this round already; decide them."))
        round.words = {**round.words, "cancelled": complete(Text.model_validate(reason.strip())).model_dump()}
        round.status = "cancelled"
        session.add(round)
        begun = select(Case).where(Case.round_id == round.id).execution_options(unscoped=True)
        for case in session.exec(begun):  # drafts: they are sent outside a round, or in the next one
            case.round_id = None
            session.add(case)
        session.record("round.cancel", f"round:{round.id}")
        told(session, round)


def told(session: WriteSession, round: Round) -> None:
    """The public pages that show a round are out of date."""
    session.changes("list:rounds", f"round:{round.id}", "home")


def by_number(session: ReadSession, number: str) -> Round:
    """A round that the session sees. Raises NotFound."""
    found = session.exec(select(Round).where(Round.number == number)).one_or_none()
    if found is None:
        raise NotFound(msg("There is no such round."))
    return found


def require_office(actor: Actor, round: Round, offices: Mapping[str, Role]) -> None:
    """Raise Refused unless the actor holds this office where the round is decided."""
    if not holds(actor, round, offices):
        raise Refused(msg("This is done by the office that decides the round."))


def holds(actor: Actor, round: Round, offices: Mapping[str, Role]) -> bool:
    """Whether somebody holds an office where the round is decided."""
    return actor.holds(offices.get(round.level, ""), round.region)


STATUS_NAMES: dict[str, Message] = {
    "draft": msg("Draft"),
    "called": msg("Called"),
    "prepared": msg("Decision prepared"),
    "released": msg("Decided"),
    "closed": msg("Closed"),
    "cancelled": msg("Called off"),
}


def require_status(round: Round, *wanted: str) -> None:
    """Raise Refused unless the round stands so."""
    if round.status not in wanted:
        raise Refused(
            msg(
                "This round is “{status}”; that is not done now. Load its page again.",
                status=STATUS_NAMES[round.status],
            )
        )


# How a case joins.


def at_hand(session: ReadSession, kind: str, region: str) -> Round | None:
    """The round that is under way or announced for a kind in a region, the nearest place's first; None outside one."""
    found = rounds_of(session, codes_around(session, region), "called", "prepared")
    return next((r for r in found if kind in r.kinds), None)


def require_open(session: ReadSession, case: Case) -> Round | None:
    """The round that takes a case today; None where none is under way. Raises Refused before and after its days."""
    round = session.get(Round, case.round_id) if case.round_id else at_hand(session, case.kind, case.home_region)
    if shut := outside_its_days(session, round):
        raise Refused(shut)
    return round


def outside_its_days(session: ReadSession, round: Round | None) -> Message | None:
    """Why a round takes no application today; None when it does, or where there is no round."""
    if round is None or round.takes(session.today):
        return None
    said = {"round": Text.model_validate(round.title), "opens": round.opens_on, "closes": round.closes_on}
    if session.today < round.opens_on:
        return msg("“{round}” opens on {opens}; applications are sent from then until {closes}.", **said)
    return msg("“{round}” was open until {closes}. Ask the office when the next one is called.", **said)


def enter_round(session: WriteSession, case: Case) -> None:
    """Put a case that is about to be sent for the first time into the round that takes it. Raises Refused."""
    round = require_open(session, case)
    if round is None:
        return
    case.round_id = round.id
    session.add(RoundEntrant(round_id=round.id, case_id=case.id, region=case.home_region, kind=case.kind))


def open_calls(session: ReadSession, region: str) -> tuple[list[Round], list[Round]]:
    """(open now, opening next): the rounds that somebody in a region can apply in."""
    found = rounds_of(session, codes_around(session, region), "called")
    now = [r for r in found if r.takes(session.today)]
    return now, sorted((r for r in found if r.opens_on > session.today), key=lambda r: r.opens_on)


def of_case(session: ReadSession, case: Case) -> tuple[Round, RoundEntrant] | None:
    """The round a case stands in, and what it came to there; None outside a round."""
    if case.round_id is None:
        return None
    own = [id for id in (case.parent_id, case.id) if id]
    query = select(RoundEntrant).where(col(RoundEntrant.case_id).in_(own)).execution_options(unscoped=True)
    entrant = session.exec(query).first()
    return (session.get_one(Round, case.round_id), entrant) if entrant else None
