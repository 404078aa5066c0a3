"""Brands and bases: lists, pages, search results."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlmodel import Session, col, select

from registry.actions import showcase
from registry.base.clock import local_date
from registry.base.i18n import Text, language, msg
from registry.base.script import fold
from registry.host.resolve import kinds
from registry.rules.header import LEVELS
from registry.rules.kind import Kind
from registry.store.case import Case
from registry.store.entry import Entry, EntryUnit
from registry.store.notice import NoticeItem
from registry.store.observation import observations
from registry.store.record import RecordEntry
from registry.store.region import Organisation, Region
from registry.store.search import search
from registry.store.session import ReadSession
from registry.store.title import Title, certificate_of, titles_of
from registry.web.public.figures import LEVEL_NAMES, NO_TITLE, STATUS_NAMES, chart, figure, ladder, newest
from registry.web.stored import Shown
from registry.web.templating import SECTION_NAMES

PAGE = 20
OWNER_TYPES = {"regional": msg("regional public brand"), "enterprise": msg("enterprise brand")}


def kinds_by_id(session: ReadSession) -> dict[str, Kind]:
    """The kinds in force."""
    return {k.id: k for k in kinds(session, session.today)}


def best_title(titles: list[Title]) -> Title | None:
    """The title to show first: in force before ended, the widest level before others."""
    live = {"valid": 2, "rectification": 1, "suspended": 1}
    return max(titles, key=lambda t: (live.get(t.status, 0), LEVELS.index(t.level), t.valid_from), default=None)


def url_of(entry: Entry, kind: Kind | None) -> str:
    """An entry's address."""
    return url_for("public.entry", section=kind.section if kind else "brands", slug=entry.slug)


def row(session: ReadSession, entry: Entry, kind: Kind | None) -> dict[str, Any]:
    """An entry in a list."""
    title = best_title(titles_of(session, entry.id))
    seen = observations(session, "entry", [entry.id])
    first = kind.headline[0] if kind and kind.headline else None
    top = newest(seen, first) if first else None
    return {
        "name": entry.text,
        "url": url_of(entry, kind),
        "trade": profile_text(entry, "trade"),
        "county": session.get_one(Region, entry.region).text,
        "level": LEVEL_NAMES[title.level] if title else None,
        "status": title.status if title else None,
        "status_label": STATUS_NAMES[title.status] if title else standing_words(entry),
        "fictitious": entry.fictitious,
        "illustrative": entry.illustrative,
        "figure": figure(top, kind.facts[first]) if kind and first and top else None,
    }


def standing_words(entry: Entry) -> Any:
    """What is known of an entry without a title."""
    return Text.model_validate(entry.standing[0]["words"]) if entry.standing else NO_TITLE


def profile_text(entry: Entry, key: str) -> Text | None:
    """A published word of an entry."""
    value = entry.profile.get(key)
    return Text.model_validate(value) if value else None


def section_model(shown: Shown, section: str, args: Mapping[str, str]) -> dict[str, Any]:
    """The list of a section, filtered by the address."""
    session = shown.session
    mine = [k for k in kinds_by_id(session).values() if k.section == section]
    shown.shows(*(f"list:{k.id}" for k in mine), "list:titles")
    wanted = {key: args.get(key, "")[:40] for key in ("county", "level", "status", "kind")}
    found = filtered(session, mine, wanted)
    page = max(1, int(args.get("page", "1")) if args.get("page", "1").isdigit() else 1)
    rows = [row(session, e, k) for e, k in found[(page - 1) * PAGE : page * PAGE]]
    return {
        "section": {"key": section, "name": SECTION_NAMES[section], "lead": mine[0].intro if mine else None},
        "kinds": [{"value": k.id, "text": k.nouns.many} for k in mine],
        "filter": wanted,
        "counties": [{"value": r.slug, "text": r.text} for r in counties(session)],
        "levels": [{"value": level, "text": name} for level, name in LEVEL_NAMES.items()],
        "statuses": [{"value": s, "text": n} for s, n in STATUS_NAMES.items()],
        "count": len(found),
        "rows": rows,
        "pager": pager(page, -(-len(found) // PAGE), section, wanted),
        "clear_url": url_for("public.section", section=section),
    }


def counties(session: Session) -> list[Region]:
    """The county-level regions."""
    return list(session.exec(select(Region).where(Region.level == "county").order_by(Region.code)))


def filtered(session: ReadSession, mine: list[Kind], wanted: dict[str, str]) -> list[tuple[Entry, Kind]]:
    """The listed entries of some kinds that fit the filter: those with titles first, then by name."""
    by_id = {k.id: k for k in mine if wanted["kind"] in ("", k.id)}
    query = select(Entry).where(Entry.status == "listed", col(Entry.kind).in_(list(by_id)))
    if wanted["county"]:
        query = query.join(Region).where(Region.slug == wanted["county"])
    found = []
    for entry in session.exec(query):
        title = best_title(titles_of(session, entry.id))
        if wanted["level"] and (title is None or title.level != wanted["level"]):
            continue
        if wanted["status"] and (title is None or title.status != wanted["status"]):
            continue
        found.append((title is None, entry.fictitious, entry.region, entry.slug, entry))
    return [(e, by_id[e.kind]) for *_, e in sorted(found, key=lambda f: f[:4])]


def pager(page: int, pages: int, section: str, wanted: dict[str, str]) -> dict[str, Any] | None:
    """Links to the neighbouring pages."""
    if pages <= 1:
        return None
    asked: dict[str, Any] = {k: v for k, v in wanted.items() if v}
    return {
        "page": page,
        "pages": pages,
        "previous_url": url_for("public.section", section=section, page=page - 1, **asked) if page > 1 else None,
        "next_url": url_for("public.section", section=section, page=page + 1, **asked) if page < pages else None,
    }


def entry_model(shown: Shown, entry: Entry, section: str) -> dict[str, Any]:
    """A brand or base."""
    session = shown.session
    shown.shows(f"entry:{entry.id}", f"region:{entry.region}", "list:notices")
    kind = kinds_by_id(session).get(entry.kind)
    seen = observations(session, "entry", [entry.id])
    titles = titles_of(session, entry.id)
    title = best_title(titles)
    region = session.get_one(Region, entry.region)
    charts = [c for fact in (kind.chart if kind else []) if kind and (c := chart(seen, fact, kind.facts[fact]))]
    return {
        "section": {"key": section, "name": SECTION_NAMES[section], "url": url_for("public.section", section=section)},
        "entry": {
            "name": entry.text,
            "original_name": entry.text.zh_hans if language() != "zh-Hans" else None,
            "trade": profile_text(entry, "trade"),
            "public_id": entry.public_id,
            "county": {"text": region.text, "url": url_for("public.county", slug=region.slug)},
            "status": title.status if title else None,
            "status_label": STATUS_NAMES[title.status] if title else standing_words(entry),
            "fictitious": entry.fictitious,
            "illustrative": entry.illustrative,
            "cover": None,
            "facts": [figure(newest(seen, f), kind.facts[f]) for f in kind.headline] if kind else [],
            "ladder": ladder(entry, titles, running_levels(session, entry)),
            "titles": [title_row(session, t) for t in titles],
            "chart": charts[0] if charts else None,
            "owner": owner(session, entry.owner_id),
            "owner_type": OWNER_TYPES[entry.owner_type],
            "filer": None,
            "units": units(session, entry),
            "contact": profile_text(entry, "contact"),
            "overlap": None,
            "documents": [],
            "doors": [],
            "history": history(session, entry, titles),
            "report_url": None,
        },
        "page_html": showcase.entry_html(session, entry),
        "stylesheet": url_for("public.county_style", slug=region.slug),
    }


def running_levels(session: ReadSession, entry: Entry) -> list[str]:
    """The levels at which a notice about the entry is running: what is not yet public is not told."""
    query = select(Case.level).join(NoticeItem).where(NoticeItem.entry_id == entry.id, NoticeItem.status == "running")
    return list(session.exec(query.execution_options(unscoped=True)))


def title_row(session: ReadSession, title: Title) -> dict[str, Any]:
    """A title with its proof."""
    certificate = certificate_of(session, title.id)
    code = certificate.code if certificate else title.number
    return {
        "scheme": title.scheme_text,
        "number": title.number,
        "authority": Text.model_validate(title.authority_name),
        "act": ACTS[title.act],
        "basis": Text.model_validate(title.basis),
        "date": title.document_date,
        "valid_to": title.valid_to,
        "status": title.status,
        "status_label": STATUS_NAMES[title.status],
        "verify_url": url_for("public.verify_code", code=code),
        "document": {"name": title.document, "url": None, "note": None},
        "recorded": title.origin == "recorded",
    }


ACTS = {"recognise": msg("recognised"), "name": msg("named"), "list": msg("listed")}


def owner(session: ReadSession, id: str | None) -> Text | None:
    """An organisation's name."""
    found = session.get(Organisation, id) if id else None
    return found.text if found else None


def units(session: ReadSession, entry: Entry) -> list[Text]:
    """The building units."""
    rows = session.exec(select(Organisation).join(EntryUnit).where(EntryUnit.entry_id == entry.id))
    return [o.text for o in rows]


HISTORY = {
    "entry.add": msg("Entered in the register"),
    "title.give": msg("Recognised"),
    "title.revoke": msg("Title revoked"),
}


def history(session: ReadSession, entry: Entry, titles: list[Title]) -> list[dict[str, Any]]:
    """What the record tells the public of an entry."""
    subjects = [f"entry:{entry.id}", *(f"title:{t.id}" for t in titles)]
    rows = session.exec(
        select(RecordEntry).where(col(RecordEntry.subject).in_(subjects)).order_by(col(RecordEntry.id).desc())
    )
    return [{"date": local_date(r.at), "text": HISTORY[r.verb], "url": None} for r in rows if r.verb in HISTORY]


def search_model(session: ReadSession, q: str) -> dict[str, Any]:
    """What a query finds, by section."""
    by_id = kinds_by_id(session)
    clean = fold("".join(c for c in q if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF))
    found = search(session, clean)
    groups: dict[str, list[Any]] = {}
    for entry in found:
        kind = by_id.get(entry.kind)
        groups.setdefault(kind.section if kind else "brands", []).append(row(session, entry, kind))
    places = [
        r for r in counties(session) if clean and (clean in fold(r.text.zh_hans) or clean in (r.text.en or "").lower())
    ]
    return {
        "q": q,
        "count": len(found),
        "here": "search",
        "groups": [{"name": SECTION_NAMES[s], "rows": rows} for s, rows in groups.items()],
        "links": [{"text": r.text, "url": url_for("public.county", slug=r.slug)} for r in places],
        "suggestions": []
        if found
        else [{"text": SECTION_NAMES[s], "url": url_for("public.section", section=s)} for s in SECTION_NAMES],
    }
