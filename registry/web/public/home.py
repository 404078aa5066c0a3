"""The front page: what is new, how many, what is on notice now."""

from typing import Any

from flask import url_for
from sqlmodel import col, func, select

from registry.base.i18n import Text, msg
from registry.store.entry import Entry
from registry.store.title import Title
from registry.web.public import counties, entries, notices
from registry.web.stored import Shown


def model(shown: Shown) -> dict[str, Any]:
    """Everything on it."""
    shown.shows("home", "list:notices", "list:titles")
    running, _ = notices.rows(shown)
    return {
        "figures": figures(shown),
        "tiles": counties.tiles(shown),
        "newest": newest(shown),
        "notices": running[:3],
        "story": None,
    }


def figures(shown: Shown) -> list[dict[str, Any]]:
    """Counted here and now, so they stand verified; fictitious entries are not counted as real ones are."""
    session = shown.session
    kinds = entries.kinds_by_id(session)
    listed = list(session.exec(select(Entry.kind, Entry.fictitious).where(Entry.status == "listed")))
    titles = session.exec(select(func.count()).select_from(Title).where(Title.status == "valid")).one()

    def counted(label: Any, value: int) -> dict[str, Any]:
        return {
            "label": label,
            "value": value,
            "unit": None,
            "standing": "verified",
            "date": session.today,
            "source": msg("counted in this register"),
            "url": None,
            "illustrative": False,
            "scope": None,
        }

    shown.says_today()
    by_section = [kinds[k].section for k, fictitious in listed if k in kinds and not fictitious]
    return [
        counted(msg("Labour brands in the register"), by_section.count("brands")),
        counted(msg("Startup bases in the register"), by_section.count("bases")),
        counted(msg("Titles in force"), titles),
    ]


def newest(shown: Shown) -> list[dict[str, Any]]:
    """The three newest titles in force."""
    session = shown.session
    kinds = entries.kinds_by_id(session)
    rows = session.exec(
        select(Title, Entry).join(Entry).where(Title.status == "valid").order_by(col(Title.valid_from).desc()).limit(3)
    )
    return [
        {
            "name": e.text,
            "url": url_for("public.entry", section=kinds[e.kind].section, slug=e.slug),
            "trade": entries.profile_text(e, "trade"),
            "title": Text.model_validate(t.scheme_title),
            "date": t.document_date,
            "fictitious": e.fictitious,
        }
        for t, e in rows
        if e.kind in kinds
    ]
