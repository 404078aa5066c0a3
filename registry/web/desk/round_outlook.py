"""What a round would come to, as its office sees it: each case's place, the ties, and whether it can be prepared."""

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from registry.actions.round_standing import Foreseen, Standing, fingerprint, foresee
from registry.base.errors import BadInput, Refused
from registry.base.i18n import Message, msg
from registry.rules.round import Tie
from registry.store.region import Region
from registry.store.round import Round, RoundEntrant
from registry.store.session import ReadSession
from registry.web.desk import common

RESULTS: dict[str, tuple[str, Message]] = {
    "seat": ("approved", msg("A seat")),
    "reserve": ("open", msg("Reserve list")),
    "none": ("refused", msg("Criteria not met")),
}


def decision(
    session: ReadSession, round: Round, found: list[Standing], typed: MultiDict[str, str] | None
) -> dict[str, Any]:
    """Who would get what as things stand, the ties to be settled, and whether it can be prepared yet."""
    try:
        first, seen, chosen = outlook(session, round, found, typed)
    except Refused as error:
        return {"ready": error.message, "decision": None}
    by_id = {s.entrant.case_id: s for s in found}
    rows = sorted(seen.places, key=lambda id: place_in_list(by_id[id].entrant, seen, id))
    late = [s.judged.number for s in found if not (s.waits_for_decision or s.is_over or s.is_recognised)]
    return {
        "ready": why_not(session, round, late),
        "decision": {
            "prepared": round.status == "prepared",
            "seen": fingerprint(round, [s.entrant for s in found]),
            "same": same_as_prepared(found, seen),
            "rows": [foreseen_row(session, by_id[id], seen, id) for id in rows],
            "ties": [tie_row(tie, by_id, chosen) for tie in [*first.ties, *seen.ties]],
            "seats": sum(result == "seat" for result in seen.results.values()),
        },
    }


def outlook(
    session: ReadSession, round: Round, found: list[Standing], typed: MultiDict[str, str] | None
) -> tuple[Foreseen, Foreseen, frozenset[str]]:
    """(before any choice, with the choices, the choices): those just typed, or those that were prepared."""
    first = foresee(session, round)
    tied = {key for tie in first.ties for key in tie.keys}
    kept = {s.entrant.case_id for s in found if s.entrant.result == "seat"} & tied
    chosen = frozenset(typed.getlist("chosen")) if typed and "chosen" in typed else frozenset(kept)
    try:
        seen = foresee(session, round, chosen) if chosen else first
    except BadInput:  # told beside the button; what would come of it is shown as it is without
        seen = first
    return first, Foreseen(**{**seen.__dict__, "ties": [t for t in seen.ties if t not in first.ties]}), chosen


def why_not(session: ReadSession, round: Round, late: list[str | None]) -> Message | None:
    """Why the decision cannot be prepared yet."""
    if session.today <= round.closes_on:
        return msg("The round is open until the end of {day}.", day=round.closes_on)
    if late:
        names = ", ".join(filter(None, late[:10]))
        return msg("A round is decided as a whole; still on their way: {names}.", names=names)
    return None


def place_in_list(entrant: RoundEntrant, seen: Foreseen, id: str) -> tuple[Any, ...]:
    """By county and kind; who has a seat first, then the reserve list, then the others."""
    order = {"seat": 0, "reserve": 1, "none": 2}[seen.results[id]]
    return entrant.region, entrant.kind, order, seen.reserve.get(id, 0), seen.places[id].rank or 10**9, id


def foreseen_row(session: ReadSession, s: Standing, seen: Foreseen, id: str) -> dict[str, Any]:
    """What one case would come to."""
    sign, words = RESULTS[seen.results[id]]
    place = seen.places[id]
    return {
        "name": s.entry.text,
        "number": s.judged.number,
        "url": common.case_url(s.judged),
        "county": session.get_one(Region, s.entrant.region).text,
        "rank": place.rank,
        "points": place.points,
        "grade": place.grade,
        "recommended": s.entrant.recommended,
        "state": sign,
        "words": words,
        "reserve": seen.reserve.get(id),
        "lines": seen.lines[id],
    }


def tie_row(tie: Tie, by_id: Mapping[str, Standing], chosen: Iterable[str]) -> dict[str, Any]:
    """Equals among whom the office chooses."""
    return {
        "room": tie.room,
        "rows": [
            {"id": key, "name": by_id[key].entry.text, "number": by_id[key].judged.number, "chosen": key in chosen}
            for key in sorted(tie.keys, key=lambda k: by_id[k].judged.number or "")
        ],
    }


def same_as_prepared(found: list[Standing], seen: Foreseen) -> bool:
    """Whether what was prepared is still what the round comes to; choices out of ties aside."""
    kept = {s.entrant.case_id: s.entrant for s in found if s.waits_for_decision}
    return bool(kept) and all(
        (e.rank, e.points) == (seen.places[id].rank, f"{seen.places[id].points:f}") for id, e in kept.items()
    )
