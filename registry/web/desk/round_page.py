"""What the pages of a round show: who is in it, what it would come to, and what can be done with it now."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from registry.actions.round_decision import ORDERERS
from registry.actions.round_standing import Standing, next_in_line, standings
from registry.actions.rounds import LEADERS, OFFICERS, STATUS_NAMES, covered, holds
from registry.actions.staffing import WAYS_OUT, shortages
from registry.base.i18n import Message, Text, msg
from registry.host.resolve import codes_around, kinds
from registry.rules.permission import Actor
from registry.store.region import Region
from registry.store.round import Round, rounds_of, seats_of
from registry.store.session import ReadSession
from registry.web.desk import common
from registry.web.desk.round_forms import ORDERS, TIES
from registry.web.desk.round_outlook import RESULTS, decision

SIGNS = {
    "draft": "draft",
    "called": "open",
    "prepared": "in_progress",
    "released": "approved",
    "closed": "ended",
    "cancelled": "ended",
}


def list_model(session: ReadSession, actor: Actor) -> dict[str, Any]:
    """The rounds of my region and of those around it, by what is to be done."""
    around = {code for region in actor.regions for code in codes_around(session, region)}
    found = [row(session, round) for round in rounds_of(session, around)]
    drafts = any(a.role in OFFICERS.values() for a in actor.appointments)
    return {
        "here": "rounds",
        "going": [r for r in found if r["status"] in ("draft", "called", "prepared", "released")],
        "over": [r for r in found if r["status"] in ("closed", "cancelled")],
        "new_url": url_for("desk.rounds.new") if drafts else None,
    }


def row(session: ReadSession, round: Round) -> dict[str, Any]:
    """A round in a list."""
    return {
        "number": round.number,
        "title": Text.model_validate(round.title),
        "url": url_for("desk.rounds.one", number=round.number),
        "status": round.status,
        "state": SIGNS[round.status],
        "words": STATUS_NAMES[round.status],
        "opens_on": round.opens_on,
        "closes_on": round.closes_on,
        "region": session.get_one(Region, round.region).text,
    }


def model(session: ReadSession, actor: Actor, round: Round, typed: MultiDict[str, str] | None) -> dict[str, Any]:
    """The page of one round."""
    found = standings(session, round)
    officer, leader = holds(actor, round, OFFICERS), holds(actor, round, LEADERS)
    inside = round.region in actor.regions
    told = inside or round.status in ("released", "closed")
    names = {k.id: k.nouns.one for k in kinds(session, session.today)}
    model = {
        "here": "rounds",
        "round": row(session, round)
        | {
            "kinds": [names.get(k, Text.model_validate(k)) for k in round.kinds],
            "document": round.document,
            "document_date": round.document_date,
            "order": ORDERS[round.order_by],
            "ties": TIES[round.ties],
            "words_of": {key: Text.model_validate(value) for key, value in round.words.items()},
            "public_url": url_for("public.round", number=round.number) if round.status != "draft" else None,
            "history_url": url_for("history.row", table="round", id=round.id),
            "meeting": round.meeting,
            "minutes": round.minutes,
        },
        "seats": seat_rows(session, round, found, names, told),
        "cases": [case_row(s, names, told) for s in found],
        "orders": order_forms(actor, round, found, names, typed),
        "shortages": shortage_rows(session, round, names) if inside and round.status in ("draft", "called") else [],
        "ways_out": WAYS_OUT,
        "typed": {key: typed.get(key, "") if typed else "" for key in ("meeting", "minutes", "reason")},
        **offers(session, actor, round, officer, leader),
    }
    if inside and round.status in ("called", "prepared"):
        model |= decision(session, round, found, typed)
    if inside and round.status == "released":
        model["next_up"] = [case_row(s, names, True) for s in next_in_line(found)]
    return {"decision": None, "ready": None, "next_up": [], **model}


def offers(session: ReadSession, actor: Actor, round: Round, officer: bool, leader: bool) -> dict[str, Any]:
    """What the reader may do now, and why not what the office could."""
    at = {key: url_for(f"desk.rounds.{key}", number=round.number) for key in ("edit", "call", "cancel", "prepare")}
    at |= {key: url_for(f"desk.rounds.{key}", number=round.number) for key in ("release", "move_up", "close", "order")}
    draft, status = round.status == "draft", round.status
    own = round.drafted_by == actor.person
    return {
        "edit_url": at["edit"] if draft and officer else None,
        "call_url": at["call"] if draft and leader and not own else None,
        "call_wait": msg("The leader calls it; whoever drafted it does not.")
        if draft and not (leader and not own)
        else None,
        "cancel_url": at["cancel"] if (draft and officer) or (status == "called" and leader) else None,
        "prepare_url": at["prepare"] if status in ("called", "prepared") and officer else None,
        "release_url": at["release"] if status == "prepared" and leader and round.prepared_by != actor.person else None,
        "move_up_url": at["move_up"] if status == "released" and leader else None,
        "close_url": at["close"] if status == "released" and leader else None,
        "order_url": at["order"],
    }


def seat_rows(
    session: ReadSession, round: Round, found: list[Standing], names: Mapping[str, Text], told: bool
) -> list[dict[str, Any]]:
    """For each county and kind: seats, applications, how many have come to the office, how many have a seat."""
    seats = {(s.region, s.kind): s.seats for s in seats_of(session, round.id) if s.seats}
    limited = {kind for _, kind in seats}
    rows = []
    for region in covered(session, round.region):
        for kind in round.kinds:
            here = [s for s in found if (s.entrant.region, s.entrant.kind) == (region.code, kind)]
            if not here and not seats.get((region.code, kind)):
                continue
            rows.append(
                {
                    "county": region.text,
                    "kind": names.get(kind, Text.model_validate(kind)),
                    "seats": seats.get((region.code, kind), 0) if kind in limited else None,
                    "applied": len(here),
                    "before": sum(s.before is not None for s in here),
                    "given": sum(s.entrant.result == "seat" and not s.is_over for s in here) if told else None,
                }
            )
    return rows


def case_row(s: Standing, names: Mapping[str, Text], told: bool) -> dict[str, Any]:
    """A case of the round."""
    result = RESULTS.get(s.entrant.result or "") if told else None
    last = s.judged
    ended = common.RESULTS.get(last.result or "")
    return {
        "id": s.entrant.case_id,
        "number": last.number,
        "url": common.case_url(last),
        "name": s.entry.text,
        "fictitious": s.entry.fictitious,
        "kind": names.get(s.entrant.kind, Text.model_validate(s.entrant.kind)),
        "recommended": s.entrant.recommended,
        "rank": s.entrant.rank if told else None,
        "points": s.entrant.points if told else None,
        "result": result,
        "reserve": s.entrant.reserve if told and s.entrant.result == "reserve" else None,
        "lines": [Message.from_json(line) for line in s.entrant.lines] if told else [],
        "standing": ended if s.is_over or s.is_recognised else None,
        "waits": s.waits_for_decision,
    }


def order_forms(
    actor: Actor, round: Round, found: list[Standing], names: Mapping[str, Text], typed: Mapping[str, str] | None
) -> list[dict[str, Any]]:
    """The county's own order, where the reader may give it: one list for each kind."""
    if round.status != "called":
        return []
    made = []
    for region in sorted({s.entrant.region for s in found}):
        if not any(actor.holds(role, region) for role in ORDERERS):
            continue
        for kind in round.kinds:
            here = [s for s in found if (s.entrant.region, s.entrant.kind) == (region, kind) and not s.is_over]
            if here:
                rows = [
                    case_row(s, names, False)
                    | {"value": (typed or {}).get(f"place-{s.entrant.case_id}", s.entrant.recommended or n)}
                    for n, s in enumerate(here, start=1)
                ]
                made.append({"region": region, "kind": kind, "title": names.get(kind, kind), "rows": rows})
    return made


def shortage_rows(session: ReadSession, round: Round, names: Mapping[str, Text]) -> list[dict[str, Any]]:
    """The counties that lack people, said in words."""
    return [
        {
            "county": one.region.text,
            "kind": names.get(one.kind, Text.model_validate(one.kind)),
            "stages": one.stages,
            "roles": one.roles,
            "people": one.people,
            "needed": one.needed,
        }
        for one in shortages(session, round)
    ]
