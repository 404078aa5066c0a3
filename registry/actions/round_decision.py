"""Verbs of a round's decision: the county's order, prepared privately, released together, the reserve that moves up."""

from collections.abc import Iterable, Sequence

from registry.actions.follow import proceed
from registry.actions.move import Given
from registry.actions.position import workflow_of
from registry.actions.round_standing import Foreseen, Standing, fingerprint, foresee, next_in_line, standings
from registry.actions.rounds import LEADERS, OFFICERS, by_number, require_office, require_status, told
from registry.base.errors import BadInput, Fault, Refused, Stale
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.permission import Actor, Role
from registry.store.round import Round
from registry.store.session import ReadSession, WriteSession

ORDERERS = (Role.COUNTY_LEADER,)
"""Who says in which order a county recommends."""
NO_SEAT = msg("There was no seat left in this round.")
UNMET = msg("The criteria of this round are not met.")


def put_in_order(
    registry: Registry, actor: Actor, number: str, *, region: str, kind: str, case_ids: Sequence[str]
) -> None:
    """Say in which order a county recommends its cases of one kind: all of them, the first one first.

    By the county's leader, until the decision is prepared. Raises NotFound, Refused, BadInput.
    """
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        if not any(actor.holds(role, region) for role in ORDERERS):
            raise Refused(msg("The county's leader says in which order the county recommends."))
        require_status(round, "called")
        mine = {
            s.entrant.case_id: s.entrant
            for s in standings(session, round)
            if (s.entrant.region, s.entrant.kind) == (region, kind) and not s.is_over
        }
        if len(case_ids) != len(mine) or set(case_ids) != mine.keys():
            raise BadInput(Fault(msg("Give every case of the county its own place, each place once."), field="order"))
        for entrant in mine.values():
            entrant.recommended = None
        session.flush()  # the database keeps each place for one case, at every moment
        for n, id in enumerate(case_ids, start=1):
            mine[id].recommended = n
        session.record("round.order", f"round:{round.id}", region=region, kind=kind, cases=list(case_ids))


def prepare(registry: Registry, actor: Actor, number: str, *, chosen: Iterable[str] = ()) -> None:
    """Prepare the decision: what each case comes to is kept, and shown to nobody outside the office.

    By the office, after the last day and once every case waits for its decision. It can be prepared anew until it is
    released. Raises NotFound, Refused, BadInput while a tie is open.
    """
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, OFFICERS)
        require_status(round, "called", "prepared")
        require_all_ready(session, round)
        found = foresee(session, round, chosen)
        if found.ties:
            raise BadInput(
                [
                    Fault(
                        msg("{n} are equal and there is room for {room}: choose.", n=len(t.keys), room=t.room),
                        field="chosen",
                    )
                    for t in found.ties
                ]
            )
        for s in standings(session, round):
            write_place(session, s, found)
        round.status, round.prepared_by, round.prepared_at = "prepared", actor.person, session.now
        session.add(round)
        session.record(
            "round.prepare", f"round:{round.id}"
        )  # who has what stands on the rows, which counties do not read


def require_all_ready(session: ReadSession, round: Round) -> None:
    """Raise Refused while the round is open, or a case of it is still on its way."""
    if session.today <= round.closes_on:
        raise Refused(msg("The round is open until the end of {day}.", day=round.closes_on))
    late = [s for s in standings(session, round) if not (s.waits_for_decision or s.is_over or s.is_recognised)]
    if late:
        names = ", ".join(s.judged.number or "" for s in late[:10])
        raise Refused(msg("A round is decided as a whole; still on their way: {names}.", names=names))


def write_place(session: WriteSession, standing: Standing, found: Foreseen) -> None:
    """What a case came to, on its row of the round."""
    entrant, key = standing.entrant, standing.entrant.case_id
    place = found.places.get(key)
    entrant.rank = place.rank if place else None
    entrant.points = f"{place.points:f}" if place else None
    entrant.grade = place.grade if place else None
    entrant.result = found.results.get(key)
    entrant.reserve = found.reserve.get(key)
    entrant.version = standing.before.version if place and standing.before else None
    entrant.lines = [line.to_json() for line in found.lines.get(key, [])]
    session.add(entrant)


def release(registry: Registry, actor: Actor, number: str, *, seen: str, meeting: str, minutes: str) -> int:
    """Decide the round as it was prepared: who has a seat goes to the notice, who does not meet the criteria is refused.

    All together or none. By the leader, who has not prepared it; `seen` is the fingerprint of what was looked at. Whoever
    stands on the reserve list waits. Returns how many have a seat. Raises NotFound, Refused, Stale, BadInput.
    """
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, LEADERS)
        require_status(round, "prepared")
        if round.prepared_by == actor.person:
            raise Refused(msg("Whoever prepared the decision does not release it; another person does."))
        found = standings(session, round)
        require_as_prepared(round, found, seen)
        round.status, round.released_by, round.released_at = "released", actor.person, session.now
        round.meeting, round.minutes = meeting.strip() or None, minutes.strip() or None
        session.add(round)
        session.record("round.release", f"round:{round.id}", seen=seen)
        given = Given(meeting=round.meeting, minutes=round.minutes)
        for s in found:
            if s.waits_for_decision and s.entrant.result == "seat":
                settle_one(session, s, "approve", given)
            elif s.waits_for_decision and s.entrant.result == "none":
                settle_one(session, s, "refuse", given, UNMET)
        told(session, round)
        return sum(s.entrant.result == "seat" for s in found)


def require_as_prepared(round: Round, found: list[Standing], seen: str) -> None:
    """Raise Stale when a case has moved since the decision was prepared, or it was prepared anew since it was seen."""
    moved = [s for s in found if s.waits_for_decision and s.before and s.before.version != s.entrant.version]
    if moved:
        names = ", ".join(s.before.number or "" for s in moved[:10] if s.before)
        raise Stale(msg("Since the decision was prepared these have moved: {names}. Prepare it anew.", names=names))
    if seen != fingerprint(round, [s.entrant for s in found]):
        raise Stale(msg("The decision was prepared anew since you looked at it. Look at it again."))


def settle_one(
    session: WriteSession, standing: Standing, act: str, given: Given, reason: Message | None = None
) -> None:
    """Take one case out of its decision. Raises Refused with the case's number."""
    case = standing.before
    assert case
    outcomes = workflow_of(session, case).stages[case.stage].outcomes
    name = next(name for name, outcome in outcomes.items() if outcome.act == act)
    if reason:
        given = Given(words={"reason": reason.text("zh-Hans")}, meeting=given.meeting, minutes=given.minutes)
    try:
        proceed(session, case, name, key=f"round:{standing.entrant.round_id}:{case.version}", given=given)
    except Refused as error:
        raise Refused(msg("{number}: {why}", number=case.number or "", why=error.message)) from error


def move_up(registry: Registry, actor: Actor, number: str, *, case_id: str, meeting: str, minutes: str) -> None:
    """Give a seat that has become free to the first of the reserve list (递补). By the leader. Raises NotFound, Refused."""
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, LEADERS)
        require_status(round, "released")
        found = next_in_line(standings(session, round))
        first = next((s for s in found if s.entrant.case_id == case_id), None)
        if first is None:
            raise Refused(msg("No seat is free for this case, or another one stands before it on the reserve list."))
        first.entrant.result = "seat"  # its place on the list stays, as what it moved up from
        session.add(first.entrant)
        session.record("round.move_up", f"round:{round.id}", case=case_id)
        settle_one(session, first, "approve", Given(meeting=meeting, minutes=minutes))
        told(session, round)


def close(registry: Registry, actor: Actor, number: str, *, meeting: str, minutes: str) -> int:
    """End a round once every seat has its title: whoever still stands on the reserve list is refused. Returns how many.

    By the leader. Raises NotFound, Refused.
    """
    with registry.store.write(actor) as session:
        round = by_number(session, number)
        require_office(actor, round, LEADERS)
        require_status(round, "released")
        found = standings(session, round)
        running = [s for s in found if s.entrant.result == "seat" and not (s.is_over or s.is_recognised)]
        if running:
            names = ", ".join(s.before.number or "" for s in running[:10] if s.before)
            raise Refused(msg("These still have a seat and no title; one of them may fall out: {names}.", names=names))
        left = [s for s in found if s.waits_for_decision]
        for s in left:
            settle_one(session, s, "refuse", Given(meeting=meeting, minutes=minutes), NO_SEAT)
        round.status = "closed"
        session.add(round)
        session.record("round.close", f"round:{round.id}", refused=sorted(s.entrant.case_id for s in left))
        told(session, round)
        return len(left)
