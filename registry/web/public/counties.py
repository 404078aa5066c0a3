"""Counties: the map's tiles, a county's own page and colour."""

from datetime import date
from typing import Any

from flask import abort, url_for
from markupsafe import Markup
from sqlmodel import Session, col, select

from registry.actions import showcase
from registry.base.i18n import Text
from registry.host.resolve import JUDGES, forms_for, kinds, newest, read_as
from registry.rules.draw import along
from registry.rules.workflow import Workflow
from registry.store.definition import in_force
from registry.store.entry import Entry
from registry.store.observation import observations
from registry.store.region import Region, of_county_level
from registry.store.session import ReadSession
from registry.store.showcase import RenderedPage
from registry.web.public import entries
from registry.web.public.figures import figure
from registry.web.stored import Shown
from registry.web.templating import section_name

ORDER = ("huaiyin", "lianshui", "qingjiangpu", "huaian-district", "hongze", "xuyi", "jinhu")
"""How the seven lie to each other, row by row."""


def tiles(shown: Shown) -> list[dict[str, Any]]:
    """The seven tiles in their true order."""
    session = shown.session
    by_id = entries.kinds_by_id(session)
    shown.shows(*(f"list:{k}" for k in by_id))
    there = select(Region).where(col(Region.slug).in_(ORDER), of_county_level(session.today))
    regions = {r.slug: r for r in session.exec(there)}
    inside = col(Entry.region).in_([r.code for r in regions.values()])
    listed = list(session.exec(select(Entry.region, Entry.kind).where(Entry.status == "listed", inside)))
    return [
        tile(
            regions[slug],
            [by_id[kind].section for code, kind in listed if code == regions[slug].code and kind in by_id],
        )
        for slug in ORDER
        if slug in regions
    ]


def zones(session: ReadSession) -> list[dict[str, Any]]:
    """The functional zones, which have no tile of their own: they lie inside the counties."""
    return [
        {"name": r.text, "url": url_for("public.county", slug=r.slug)}
        for r in entries.counties(session, functional=True)
    ]


def tile(region: Region, sections: list[str]) -> dict[str, Any]:
    """One tile."""
    return {
        "name": region.text,
        "url": url_for("public.county", slug=region.slug),
        "brands": sections.count("brands"),
        "bases": sections.count("bases"),
    }


def by_slug(session: Session, slug: str) -> Region:
    """A county-level region. Aborts with 404."""
    region = session.exec(select(Region).where(Region.slug == slug, of_county_level())).one_or_none()
    return region or abort(404)


def model(shown: Shown, slug: str) -> dict[str, Any]:
    """One county."""
    session = shown.session
    region = by_slug(session, slug)
    shown.shows(f"region:{region.code}", "list:titles")
    shown.says_today()
    return {
        "county": {
            "name": region.text,
            "cover": None,
            "observations": stated(session, region),
            "sections": sections(session, region),
            "rules": guides(session, region),
            "comments": comments(session, region),
            "pages": [{"text": one.title, "url": own_url(region, one)} for one in showcase.own_pages(session, region)],
        },
        "page_html": showcase.county_html(session, region),
        "stylesheet": sheet(session, region),
        "here": "counties",
    }


def own_url(region: Region, one: RenderedPage) -> str:
    """The address of a page of its own."""
    return url_for("public.county_page", slug=region.slug, path=one.subject.partition("/")[2])


def own_model(shown: Shown, slug: str, path: str) -> dict[str, Any]:
    """One page of its own of a county. Aborts with 404."""
    region = by_slug(shown.session, slug)
    shown.shows(f"region:{region.code}")
    found = [p for p in showcase.own_pages(shown.session, region) if p.subject.partition("/")[2] == path]
    if not found:
        abort(404)
    return {
        "county": {"name": region.text, "url": url_for("public.county", slug=slug)},
        "title": found[0].title,
        "page_html": Markup("".join(one.html for one in found)),
        "stylesheet": sheet(shown.session, region),
        "here": "counties",
    }


def stated(session: ReadSession, region: Region) -> list[dict[str, Any]]:
    """What several sources say of the county, side by side, none of them preferred."""
    facts = {id: d for k in kinds(session, session.today) for id, d in k.facts.items()}
    groups: dict[str, list[Any]] = {}
    for row in observations(session, "region", [region.code]):
        if row.fact in facts:
            groups.setdefault(row.fact, []).append(figure(row, facts[row.fact]))
    return [
        {"label": facts[f].label, "figures": sorted(g, key=lambda one: one["date"] or date.min)}
        for f, g in groups.items()
    ]


def sections(session: ReadSession, region: Region) -> list[dict[str, Any]]:
    """The county's entries by section; a section without any says so."""
    by_id = entries.kinds_by_id(session)
    made: dict[str, dict[str, Any]] = {}
    for kind in by_id.values():
        url = url_for("public.section", section=kind.section)
        made.setdefault(kind.section, {"name": section_name(kind), "url": url, "rows": []})
    here = select(Entry).where(Entry.region == region.code, Entry.status == "listed")
    for entry in session.exec(here.order_by(col(Entry.fictitious), Entry.slug)):
        if found := by_id.get(entry.kind):
            made[found.section]["rows"].append(entries.row(session, entry, found) | {"county": None})
    return list(made.values())


def guides(session: ReadSession, region: Region) -> list[dict[str, Any]]:
    """The guides of what can be applied for in the county, its own first."""
    forms = forms_for(session, region.with_parent, session.today)
    return [
        {"text": Text.model_validate(d.body["title"]), "url": url_for("public.guide", county=region.slug, form=d.ref)}
        for d in sorted(forms, key=lambda d: d.region != region.code)
    ]


def comments(session: ReadSession, region: Region) -> list[dict[str, Any]]:
    """What is out for comment (征求意见) in the county or around it: shown until its last day, judging nothing."""
    here = [code for code in (region.code, region.parent) if code]
    rows = [d for type in JUDGES for d in newest(in_force(session, type, session.today, regions=here))]
    found = [d for d in rows if d.standing == "comment"]
    return [
        {
            "title": Text.model_validate(d.body["title"]),
            "until": d.in_force_to,
            "document": Text.model_validate(basis["title"]) if basis else None,
            "note": Text.model_validate(basis["note"]) if basis.get("note") else None,
            "clauses": [
                {"text": Text.model_validate(c["says"]), "citation": c.get("basis")}
                for section in ("eligible", "vetoes", "scored")
                for c in d.body.get(section, [])
            ],
            "stages": [s.names.staff for s in along(read_as(Workflow, d)).stages.values()]
            if d.type == "workflow"
            else [],
        }
        for d in found
        for basis in [d.body.get("basis") or {}]
    ]


def sheet(session: Session, region: Region) -> str | None:
    """The address of the county's own colour, where its pack sets one."""
    return url_for("public.county_style", slug=region.slug) if showcase.accent(session, region) else None


def style(session: Session, slug: str) -> str:
    """The county's accent as a style sheet; empty where its pack sets none."""
    accent = showcase.accent(session, by_slug(session, slug))
    return f":root{{--accent:{accent}}}\n" if accent else ""
