"""Calls for applications (申报通知): what is open, what opens next, and one call with its dates, materials and seats."""

from typing import Any

from flask import abort, url_for
from sqlmodel import select

from registry.actions.rounds import of_case
from registry.actions.titles import authority_name
from registry.base.i18n import Message, Text, msg
from registry.host.resolve import forms_for, kinds, read_as
from registry.rules.form import Form
from registry.store.case import Case
from registry.store.region import Region, children
from registry.store.round import Round, seats_of
from registry.store.session import ReadSession
from registry.web.stored import Shown

SAYS = {
    "next": ("draft", msg("Opens soon")),
    "open": ("open", msg("Open for applications")),
    "deciding": ("in_progress", msg("Closed, being decided")),
    "decided": ("approved", msg("Decided")),
    "cancelled": ("ended", msg("Called off")),
}
CALLED = ("called", "prepared", "released", "closed", "cancelled")


def standing(session: ReadSession, round: Round) -> str:
    """Where a round stands, as the public is told; that a decision is prepared is not."""
    if round.status == "cancelled":
        return "cancelled"
    if round.status in ("released", "closed"):
        return "decided"
    if session.today < round.opens_on:
        return "next"
    return "open" if session.today <= round.closes_on else "deciding"


def row(session: ReadSession, round: Round) -> dict[str, Any]:
    """A call in a list."""
    key = standing(session, round)
    sign, words = SAYS[key]
    return {
        "number": round.number,
        "title": Text.model_validate(round.title),
        "url": url_for("public.round", number=round.number),
        "region": authority_name(session.get_one(Region, round.region)),
        "opens_on": round.opens_on,
        "closes_on": round.closes_on,
        "standing": key,
        "state": sign,
        "words": words,
    }


def place_of(session: ReadSession, case: Case) -> dict[str, Any] | None:
    """The round in which a case stands; once that is decided, what the case came to there and why."""
    found = of_case(session, case)
    if found is None:
        return None
    round, entrant = found
    told = round.status in ("released", "closed")
    return row(session, round) | {"lines": [Message.from_json(line) for line in entrant.lines] if told else []}


def all_rounds(session: ReadSession) -> list[Round]:
    """Every call, the last to open first."""
    found = session.exec(select(Round)).all()
    return sorted((r for r in found if r.status in CALLED), key=lambda r: (r.opens_on, r.number), reverse=True)


def list_model(shown: Shown) -> dict[str, Any]:
    """Every call by what one can do with it."""
    shown.shows("list:rounds")
    shown.says_today()
    rows = [row(shown.session, r) for r in all_rounds(shown.session)]
    return {
        "here": "rounds",
        "open": [r for r in rows if r["standing"] == "open"],
        "next": [r for r in rows if r["standing"] == "next"][::-1],
        "over": [r for r in rows if r["standing"] in ("deciding", "decided", "cancelled")],
    }


def model(shown: Shown, number: str) -> dict[str, Any]:
    """One call."""
    session = shown.session
    round = session.exec(select(Round).where(Round.number == number)).one_or_none()
    if round is None or round.status not in CALLED:
        abort(404)
    shown.shows(f"round:{round.id}")
    shown.says_today()
    names = {k.id: k.nouns.one for k in kinds(session, round.opens_on)}
    words = {key: Text.model_validate(value) for key, value in round.words.items()}
    return {
        "here": "rounds",
        "round": row(session, round)
        | {
            "document": round.document,
            "document_date": round.document_date,
            "kinds": [names.get(k, Text.model_validate(k)) for k in round.kinds],
            "by_points": round.order_by == "points",
            "leader_decides": round.ties == "leader_decides",
            "contact": words.get("contact"),
            "where": words.get("where"),
            "materials": words.get("materials"),
            "cancelled": words.get("cancelled"),
        },
        "seats": seats(session, round, names),
        "guides": guides(session, round),
    }


def seats(session: ReadSession, round: Round, names: dict[str, Text]) -> list[dict[str, Any]]:
    """The seats of each county and kind; empty where there is one for everybody."""
    return [
        {
            "county": session.get_one(Region, s.region).text,
            "kind": names.get(s.kind, Text.model_validate(s.kind)),
            "seats": s.seats,
        }
        for s in seats_of(session, round.id)
        if s.seats
    ]


def guides(session: ReadSession, round: Round) -> list[dict[str, Any]]:
    """The service guides of what is applied for, in each county: conditions, form, materials, steps."""
    made = []
    for place in children(session, round.region) or [session.get_one(Region, round.region)]:
        forms = [read_as(Form, d) for d in forms_for(session, [place.code, round.region], session.today)]
        links = [
            {"text": form.title, "url": url_for("public.guide", county=place.slug, form=form.id)}
            for form in forms
            if form.kind in round.kinds
        ]
        if links:
            made.append({"county": place.text, "links": links})
    return made
