"""The front page: what is new, how many, what is on notice now."""

from typing import Any

from flask import url_for
from sqlmodel import col, select

from registry.base.i18n import msg, nmsg
from registry.store.entry import Entry
from registry.store.region import Region
from registry.store.title import Title
from registry.web.public import counties, entries, notices
from registry.web.public.figures import status_on
from registry.web.stored import Shown

NEWEST = 3


def model(shown: Shown) -> dict[str, Any]:
    """Everything on it."""
    shown.shows("home", "list:notices", "list:titles")
    running, _ = notices.rows(shown)
    return {
        "figures": figures(shown, len(running)),
        "tiles": counties.tiles(shown),
        "newest": newest(shown),
        "notices": running[:3],
        "story": story(shown),
    }


def figures(shown: Shown, on_notice: int) -> list[dict[str, Any]]:
    """Counted here and now, so they stand verified; what is made up is not counted in silence."""
    session = shown.session
    kinds = entries.kinds_by_id(session)
    listed = list(session.exec(select(Entry.kind, Entry.fictitious).where(Entry.status == "listed")))
    titles = session.exec(select(Title, Entry.fictitious).join(Entry).where(Title.status == "valid"))
    made_up = [fictitious for t, fictitious in titles if status_on(t, session.today) == "valid"]

    def counted(label: Any, value: int, scope: Any = None) -> dict[str, Any]:
        return {
            "label": label,
            "value": value,
            "unit": None,
            "standing": "verified",
            "date": session.today,
            "source": msg("counted in this register"),
            "url": None,
            "illustrative": False,
            "scope": scope,
        }

    shown.says_today()
    real = [kinds[k].section for k, fictitious in listed if k in kinds and not fictitious]
    scope = nmsg("of them {n} fictitious", "of them {n} fictitious", sum(made_up)) if any(made_up) else None
    return [
        counted(msg("Labour brands in the register"), real.count("brands")),
        counted(msg("Startup bases in the register"), real.count("bases")),
        counted(msg("Titles in force"), len(made_up), scope),
        counted(msg("Notices open for objection"), on_notice),
    ]


def newest(shown: Shown) -> list[dict[str, Any]]:
    """The newest titles in force."""
    session = shown.session
    kinds = entries.kinds_by_id(session)
    rows = session.exec(
        select(Title, Entry)
        .join(Entry)
        .where(Title.status == "valid", Entry.status == "listed")
        .order_by(col(Title.valid_from).desc(), col(Title.number).desc())
    )
    live = [(t, e) for t, e in rows if e.kind in kinds and status_on(t, session.today) == "valid"]
    return [
        {
            "name": e.text,
            "url": url_for("public.entry", section=kinds[e.kind].section, slug=e.slug),
            "trade": entries.profile_text(e, "trade"),
            "title": t.scheme_text,
            "date": t.document_date,
            "fictitious": e.fictitious,
        }
        for t, e in live[:NEWEST]
    ]


def story(shown: Shown) -> dict[str, Any] | None:
    """The real entry that has the most to tell; where several have, another one each week."""
    session = shown.session
    kinds = entries.kinds_by_id(session)
    query = select(Entry).where(Entry.status == "listed", Entry.fictitious == False).order_by(Entry.slug)  # noqa: E712
    told = [
        (e, words)
        for e in session.exec(query)
        if e.kind in kinds and (words := entries.profile_text(e, "story") or entries.profile_text(e, "summary"))
    ]
    most = max((len(e.profile) for e, _ in told), default=0)
    told = [(e, words) for e, words in told if len(e.profile) == most]
    if not told:
        return None
    entry, words = told[session.today.isocalendar().week % len(told)]
    return {
        "title": entry.text,
        "trade": entries.profile_text(entry, "trade"),
        "lead": words,
        "url": entries.url_of(entry, kinds[entry.kind]),
        "place": session.get_one(Region, entry.region).text,
        "illustrative": entry.illustrative,
        "image": None,
    }
