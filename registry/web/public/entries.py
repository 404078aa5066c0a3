"""Lists of brands and bases: rows, and a section filtered, sorted and paged by its address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, url_for
from sqlmodel import col, or_, select

from registry.base.i18n import Message, Text, msg
from registry.host.resolve import kinds
from registry.rules.header import LEVELS
from registry.rules.kind import Kind
from registry.store.cultivation import being_cultivated
from registry.store.entry import Entry
from registry.store.observation import observations
from registry.store.region import Region, of_county_level
from registry.store.session import ReadSession
from registry.store.title import Title, titles_of
from registry.web.public.figures import LEVEL_NAMES, NO_TITLE, STATUS_NAMES, figure, newest, status_on
from registry.web.stored import Shown
from registry.web.templating import section_name

PAGE = 20
FILTERS = ("kind", "county", "level", "status", "sort")
LIVE = {"valid": 2, "rectification": 1, "suspended": 1}


@dataclass(frozen=True)
class Found:
    """An entry of a list, with what lists sort by."""

    entry: Entry
    kind: Kind
    title: Title | None
    status: str | None


def kinds_by_id(session: ReadSession) -> dict[str, Kind]:
    """The kinds in force."""
    return {k.id: k for k in kinds(session, session.today)}


def best_title(titles: list[Title], today: date) -> Title | None:
    """The title to show first: in force before ended, the widest level before others."""
    return max(
        titles,
        key=lambda t: (LIVE.get(status_on(t, today), 0), LEVELS.index(t.level), t.valid_from),
        default=None,
    )


def url_of(entry: Entry, kind: Kind | None) -> str:
    """An entry's address."""
    return url_for("public.entry", section=kind.section if kind else "brands", slug=entry.slug)


def row(session: ReadSession, entry: Entry, kind: Kind | None) -> dict[str, Any]:
    """An entry in a list."""
    title = best_title(titles_of(session, entry.id), session.today)
    status = status_on(title, session.today) if title else None
    seen = observations(session, "entry", [entry.id])
    first = kind.headline[0] if kind and kind.headline else None
    top = newest(seen, first) if first else None
    return {
        "name": entry.text,
        "url": url_of(entry, kind),
        "trade": profile_text(entry, "trade"),
        "county": session.get_one(Region, entry.region).text,
        "level": LEVEL_NAMES[title.level] if title else None,
        "status": status,
        "status_label": STATUS_NAMES[status] if status else standing_words(entry),
        "cultivating": title is None and being_cultivated(session, entry.id),
        "fictitious": entry.fictitious,
        "illustrative": entry.illustrative,
        "figure": figure(top, kind.facts[first]) if kind and first and top else None,
    }


def standing_words(entry: Entry) -> Message | Text:
    """What is known of an entry without a title."""
    return Text.model_validate(entry.standing[0]["words"]) if entry.standing else NO_TITLE


def profile_text(entry: Entry, key: str) -> Text | None:
    """A published word of an entry."""
    value = entry.profile.get(key)
    return Text.model_validate(value) if value else None


SORTS: dict[str, tuple[Message, Callable[[Found], Any]]] = {
    "": (msg("Titles first"), lambda f: (f.entry.fictitious, LIVE.get(f.status or "", 0) == 0, f.entry.region)),
    "name": (msg("By name"), lambda f: ()),
    "newest": (msg("Newest title first"), lambda f: -f.title.valid_from.toordinal() if f.title else 0),
    "county": (msg("By county"), lambda f: f.entry.region),
}
"""Word of the address → (what it is called, what is compared before the name in pinyin)."""


def section_model(shown: Shown, section: str, args: Mapping[str, str]) -> dict[str, Any]:
    """The list of a section, as the address asks for it; a word that it does not know counts for nothing. Aborts with 404."""
    session = shown.session
    mine = [k for k in kinds_by_id(session).values() if k.section == section] or abort(404)
    shown.shows(*(f"list:{k.id}" for k in mine), "list:titles")
    shown.says_today()
    offered = choices(session, mine, args.get("county", ""))
    wanted = {key: args.get(key, "") for key in FILTERS}
    wanted = {key: v if v in {o["value"] for o in offered[key]} else "" for key, v in wanted.items()}
    found = filtered(session, mine, wanted)
    pages = max(1, -(-len(found) // PAGE))
    page = page_number(args, pages)
    return {
        "section": {"key": section, "name": section_name(mine[0]), "lead": mine[0].intro},
        "filter": wanted,
        "offered": offered,
        "filtered": any(v for k, v in wanted.items() if k != "sort"),
        "count": len(found),
        "rows": [row(session, f.entry, f.kind) for f in found[(page - 1) * PAGE : page * PAGE]],
        "pager": pager(page, pages, "public.section", section=section, **{k: v for k, v in wanted.items() if v}),
        "clear_url": url_for("public.section", section=section),
    }


def choices(session: ReadSession, mine: list[Kind], county: str) -> dict[str, list[dict[str, Any]]]:
    """What each filter offers; those with one choice only are not shown. `county`: the one that is asked for."""
    return {
        "kind": [{"value": k.id, "text": k.nouns.many} for k in mine],
        "county": [{"value": r.slug, "text": r.text} for r in with_entries(session, mine, county)],
        "level": [{"value": level, "text": name} for level, name in LEVEL_NAMES.items()],
        "status": [{"value": s, "text": n} for s, n in STATUS_NAMES.items()],
        "sort": [{"value": word, "text": name} for word, (name, _) in SORTS.items()],
    }


def with_entries(session: ReadSession, mine: list[Kind], asked: str) -> list[Region]:
    """The counties that have listed entries of these kinds, and the one asked for though it may have none."""
    listed = select(Entry.region).where(Entry.status == "listed", col(Entry.kind).in_([k.id for k in mine]))
    query = select(Region).where(
        of_county_level(session.today), or_(col(Region.code).in_(listed), Region.slug == asked)
    )
    return list(session.exec(query.order_by(Region.code)))


def counties(session: ReadSession, *, functional: bool = False) -> list[Region]:
    """The counties and functional zones that there are; or the zones alone."""
    query = select(Region).where(of_county_level(session.today)).order_by(Region.code)
    return list(session.exec(query.where(Region.functional) if functional else query))


def filtered(session: ReadSession, mine: list[Kind], wanted: dict[str, str]) -> list[Found]:
    """The listed entries of some kinds that fit the filter, in the order wished for."""
    by_id = {k.id: k for k in mine if wanted["kind"] in ("", k.id)}
    query = select(Entry).where(Entry.status == "listed", col(Entry.kind).in_(list(by_id)))
    if wanted["county"]:
        query = query.join(Region).where(Region.slug == wanted["county"])
    found = []
    for entry in session.exec(query):
        title = best_title(titles_of(session, entry.id), session.today)
        status = status_on(title, session.today) if title else None
        if wanted["level"] in ("", title and title.level) and wanted["status"] in ("", status):
            found.append(Found(entry, by_id[entry.kind], title, status))
    found.sort(key=lambda f: f.entry.slug)
    found.sort(key=SORTS[wanted["sort"]][1])
    return found


def page_number(args: Mapping[str, str], pages: int) -> int:
    """The page that an address asks for, brought into what there is; anything but a number is the first."""
    asked = args.get("page", "")
    return min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1


def pager(page: int, pages: int, endpoint: str, **asked: Any) -> dict[str, Any] | None:
    """Links to the neighbouring pages; None where there is one page only."""
    if pages <= 1:
        return None
    return {
        "page": page,
        "pages": pages,
        "previous_url": url_for(endpoint, page=page - 1, **asked) if page > 1 else None,
        "next_url": url_for(endpoint, page=page + 1, **asked) if page < pages else None,
    }
