"""The page of one brand or base."""

from typing import Any

from flask import url_for
from sqlmodel import col, select

from registry.actions import showcase
from registry.base.clock import local_date
from registry.base.i18n import Text, language, msg
from registry.rules.kind import Kind
from registry.store.case import Case
from registry.store.cultivation import being_cultivated
from registry.store.definition import in_force
from registry.store.entry import Entry, EntryUnit
from registry.store.notice import NoticeItem
from registry.store.observation import Observation, observations
from registry.store.record import RecordEntry
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.store.title import Title, certificate_of, titles_of
from registry.web.public.counties import sheet
from registry.web.public.entries import best_title, profile_text, standing_words
from registry.web.public.figures import STATUS_NAMES, chart, figure, ladder, newest, status_on
from registry.web.stored import Shown
from registry.web.templating import section_name

OWNER_TYPES = {"regional": msg("regional public brand"), "enterprise": msg("enterprise brand")}
ACTS = {"recognise": msg("recognised"), "name": msg("named"), "list": msg("listed")}
HISTORY = {
    "entry.add": msg("Entered in the register"),
    "title.give": msg("Recognised"),
    "title.revoke": msg("Title revoked"),
}
FIRST = ("summary", "story")
"""Profile fields that come before the others."""
HEAD = ("trade", "contact")
"""Profile fields that stand elsewhere on the page than among its words."""


def model(shown: Shown, entry: Entry, kind: Kind) -> dict[str, Any]:
    """Everything on it."""
    session = shown.session
    shown.shows(f"entry:{entry.id}", f"region:{entry.region}", "list:notices")
    shown.says_today()
    seen, titles = observations(session, "entry", [entry.id]), titles_of(session, entry.id)
    region = session.get_one(Region, entry.region)
    section = {
        "key": kind.section,
        "name": section_name(kind),
        "url": url_for("public.section", section=kind.section),
    }
    return {
        "section": section,
        "here": kind.section,
        "entry": {
            **head(session, entry, kind, region, titles),
            **numbers(entry, kind, seen),
            "ladder": ladder(entry, titles, session.today, running_levels(session, entry)),
            "titles": [title_row(session, t) for t in titles],
            "documents": documents(entry),
            "doors": doors(session, entry, region),
            "history": history(session, entry, titles),
            "cover": None,
            "report_url": None,
        },
        "page_html": showcase.entry_html(session, entry),
        "stylesheet": sheet(session, region),
    }


def head(session: ReadSession, entry: Entry, kind: Kind, region: Region, titles: list[Title]) -> dict[str, Any]:
    """Who and what it is."""
    title = best_title(titles, session.today)
    status = status_on(title, session.today) if title else None
    original = entry.text.zh_hans if language() == "en" else None
    return {
        "name": entry.text,
        "original_name": original if original != str(entry.text) else None,
        "kind": kind.nouns.one,
        "trade": profile_text(entry, "trade"),
        "public_id": entry.public_id,
        "county": {"text": region.text, "url": url_for("public.county", slug=region.slug)},
        "status": status,
        "status_label": STATUS_NAMES[status] if status else standing_words(entry),
        "cultivating": title is None and being_cultivated(session, entry.id),
        "fictitious": entry.fictitious,
        "illustrative": entry.illustrative,
        "owner": owner(session, entry.owner_id),
        "owner_type": OWNER_TYPES[entry.owner_type],
        "units": units(session, entry),
        "contact": profile_text(entry, "contact"),
        "words": [
            {"label": field.label, "text": words}
            for key, field in sorted(kind.profile.items(), key=lambda item: (item[0] not in FIRST, item[0] != FIRST[0]))
            if key not in HEAD and (words := profile_text(entry, key))
        ],
    }


def numbers(entry: Entry, kind: Kind, seen: list[Observation]) -> dict[str, Any]:
    """The facts of the thirty-second read, and the first yearly fact of which two years are known."""
    charts = (chart(seen, fact, kind.facts[fact]) for fact in kind.chart)
    return {
        "facts": [figure(newest(seen, f), kind.facts[f]) for f in kind.headline],
        "chart": next((c for c in charts if c), None),
    }


def running_levels(session: ReadSession, entry: Entry) -> list[str]:
    """The levels at which a notice about the entry is running: what is not yet public is not told."""
    query = select(Case.level).join(NoticeItem).where(NoticeItem.entry_id == entry.id, NoticeItem.status == "running")
    return list(session.exec(query.execution_options(unscoped=True)))


def title_row(session: ReadSession, title: Title) -> dict[str, Any]:
    """A title with its proof."""
    certificate = certificate_of(session, title.id)
    status = status_on(title, session.today)
    return {
        "scheme": title.scheme_text,
        "number": title.number,
        "authority": Text.model_validate(title.authority_name),
        "act": ACTS[title.act],
        "basis": Text.model_validate(title.basis),
        "date": title.document_date,
        "valid_to": title.valid_to,
        "ended_on": title.ended_on,
        "status": status,
        "status_label": STATUS_NAMES[status],
        "reason": Text.model_validate(title.end_reason) if title.end_reason else None,
        "verify_url": url_for("public.verify_code", code=certificate.code if certificate else title.number),
        "document": {"name": title.document, "url": None, "note": None},
        "recorded": title.origin == "recorded",
    }


def documents(entry: Entry) -> list[dict[str, Any]]:
    """What is said of it elsewhere, by which document."""
    return [
        {"name": Text.model_validate(s["source"]), "url": s.get("url"), "note": Text.model_validate(s["words"])}
        for s in entry.standing
        if s.get("source")
    ]


def doors(session: ReadSession, entry: Entry, region: Region) -> list[dict[str, Any]]:
    """Where to go from here: how its kind is applied for in the county; the product's own guide where there is one."""
    found = in_force(session, "form", session.today, regions=region.with_parent, kind=entry.kind)
    forms = [d for d in found if d.kind == entry.kind and d.product in (None, entry.product)]
    best = max(forms, key=lambda d: (d.product is not None, d.region == region.code), default=None)
    if best is None:
        return []
    guide = url_for("public.guide", county=region.slug, form=best.ref)
    return [{"text": msg("How to apply for the like"), "url": guide}]


def owner(session: ReadSession, id: str | None) -> Text | None:
    """An organisation's name."""
    found = session.get(Organisation, id) if id else None
    return found.text if found else None


def units(session: ReadSession, entry: Entry) -> list[Text]:
    """The building units."""
    rows = session.exec(select(Organisation).join(EntryUnit).where(EntryUnit.entry_id == entry.id))
    return [o.text for o in rows]


def history(session: ReadSession, entry: Entry, titles: list[Title]) -> list[dict[str, Any]]:
    """What the record tells the public of an entry, the newest first."""
    subjects = [f"entry:{entry.id}", *(f"title:{t.id}" for t in titles)]
    rows = session.exec(
        select(RecordEntry).where(col(RecordEntry.subject).in_(subjects)).order_by(col(RecordEntry.id).desc())
    )
    return [{"date": local_date(r.at), "text": HISTORY[r.verb], "url": None} for r in rows if r.verb in HISTORY]
