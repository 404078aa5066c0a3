"""Showcase pages of packs: rendered after publication and after what they show has changed; the last good one stays."""

from typing import Any

from markupsafe import Markup
from sqlmodel import Session, col, select

from registry.base.canonical import plain
from registry.base.errors import Broken
from registry.base.i18n import LANGUAGES, Lang, Text, language
from registry.host.registry import Registry
from registry.host.render import render_page
from registry.host.resolve import kinds, read_as
from registry.rules.facts import typed
from registry.rules.pack import Page
from registry.store.definition import Definition, Publication, in_force
from registry.store.entry import Entry
from registry.store.observation import Observation, observations
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.store.showcase import RenderedPage, rendered
from registry.store.title import titles_of


def entry_html(session: Session, entry: Entry) -> Markup | None:
    """The pages of an entry's product, in the reader's language."""
    return Markup(rendered(session, f"entry:{entry.id}", language())) or None


def county_html(session: Session, region: Region) -> Markup | None:
    """The pages of a county."""
    return Markup(rendered(session, f"region:{region.code}", language())) or None


def render_all(registry: Registry) -> int:
    """Render every page for each of its subjects; returns how many failed. A failed page keeps its last HTML."""
    failed = 0
    with registry.store.read() as session:
        work = [
            (d.ref, d.pack, read_as(Page, d), subject, data)
            for d in newest_pages(session)
            for subject, data in subjects(session, read_as(Page, d))
        ]
    forget(registry, {(f"{pack}/{ref}", subject) for ref, pack, _, subject, _ in work})
    for ref, pack, page, subject, data in work:
        for lang in LANGUAGES:
            failed += not keep(registry, f"{pack}/{ref}", subject, lang, page.source.in_(lang), data(lang))
    return failed


def forget(registry: Registry, shown: set[tuple[str, str]]) -> None:
    """Take away what was rendered of pages that are not in force any more, or no longer for this subject."""
    with registry.store.system() as session:
        for row in session.exec(select(RenderedPage)).all():
            if (row.page, row.subject) not in shown:
                session.delete(row)
                session.changes(row.subject)


def newest_pages(session: ReadSession) -> list[Definition]:
    """The pages in force, each in its newest version."""
    found: dict[str, Definition] = {}
    for d in in_force(session, "page", session.today):
        found.setdefault(d.ref, d)
    return list(found.values())


def subjects(session: ReadSession, page: Page) -> list[tuple[str, Any]]:
    """(subject, what gives its data in a language) of a page."""
    if page.slot == "county":
        region = session.get_one(Region, page.region)
        rows = observations(session, "region", [region.code])
        labels = fact_labels(session)
        return [(f"region:{region.code}", lambda lang: region_data(region, rows, labels, lang))]
    query = select(Entry).where(Entry.status == "listed", Entry.region == page.region)
    all_labels = fact_labels(session)
    made = []
    for entry in session.exec(query):
        if page.kind in (None, entry.kind) and page.product in (None, entry.product):
            made.append((f"entry:{entry.id}", entry_data(session, entry, all_labels)))
    return made


def sample(session: ReadSession, page: Page) -> Any:
    """What gives a page that is not published yet something to show, by language: its first subject, else a made-up one."""
    found = subjects(session, page)
    return found[0][1] if found else lambda lang: made_up(session, page, lang)


def made_up(session: ReadSession, page: Page, lang: Lang) -> dict[str, Any]:
    """An entry that is not there, with every property and every figure that its kind has."""
    kind = next((k for k in kinds(session, session.today) if k.id == page.kind), None)
    words = Text.model_validate({"zh-Hans": "示例", "en": "example"}).in_(lang)
    figures = [
        {"fact": id, "label": d.label.in_(lang), "unit": d.unit.in_(lang) if d.unit else "", "value": "100"}
        | {"period": str(session.today.year - 1), "as_of": "", "source": words, "standing": "declared"}
        | {"illustrative": True, "scope": ""}
        for id, d in (kind.facts if kind else {}).items()
    ]
    profile = {id: field.label.in_(lang) for id, field in (kind.profile if kind else {}).items()}
    about = {"name": words, "slug": "example", "profile": profile, "fictitious": True}
    return {"entry": about, "figures": figures, "titles": []}


def fact_labels(session: ReadSession) -> dict[str, tuple[Text, Text | None]]:
    """Fact → (label, unit)."""
    return {id: (d.label, d.unit) for k in kinds(session, session.today) for id, d in k.facts.items()}


def told(rows: list[Observation], labels: dict[str, tuple[Text, Text | None]], lang: Lang) -> list[dict[str, Any]]:
    """Figures as a page may show them: always with their source and date."""
    return [
        {
            "fact": r.fact,
            "label": labels[r.fact][0].in_(lang) if r.fact in labels else r.fact,
            "unit": unit.in_(lang) if r.fact in labels and (unit := labels[r.fact][1]) else "",
            "value": str(typed(r.value)),
            "period": r.period or "",
            "as_of": r.as_of.isoformat() if r.as_of else "",
            "source": r.source_text,
            "standing": r.standing,
            "illustrative": r.source == "illustrative",
            "scope": r.scope,
        }
        for r in rows
    ]


def region_data(
    region: Region, rows: list[Observation], labels: dict[str, tuple[Text, Text | None]], lang: Lang
) -> dict[str, Any]:
    """What a county's page may read."""
    return {"county": {"name": region.text.in_(lang), "code": region.code}, "figures": told(rows, labels, lang)}


def entry_data(session: ReadSession, entry: Entry, labels: dict[str, tuple[Text, Text | None]]) -> Any:
    """What an entry's page may read, by language."""
    rows, titles = observations(session, "entry", [entry.id]), titles_of(session, entry.id)

    def data(lang: Lang) -> dict[str, Any]:
        words = {k: Text.model_validate(v).in_(lang) if isinstance(v, dict) else v for k, v in entry.profile.items()}
        return {
            "entry": {
                "name": entry.text.in_(lang),
                "slug": entry.slug,
                "profile": words,
                "fictitious": entry.fictitious,
            },
            "figures": told(rows, labels, lang),
            "titles": [
                {
                    "number": t.number,
                    "level": t.level,
                    "status": t.status,
                    "document": t.document,
                    "valid_to": plain(t.valid_to) if t.valid_to else "",
                }
                for t in titles
            ],
        }

    return data


def keep(registry: Registry, page: str, subject: str, lang: Lang, source: str, data: dict[str, Any]) -> bool:
    """Render one page and keep it; on failure keep the last good one and write down why."""
    html: str | None
    try:
        html, error = render_page(source, data), None
    except Broken as problem:
        html, error = None, problem.message.text("en")
    with registry.store.system() as session:
        row = session.get(RenderedPage, (page, subject, lang)) or RenderedPage(
            page=page, subject=subject, lang=lang, rendered_at=session.now
        )
        if html is None or html != row.html:
            row.html = row.html if html is None else html
            session.changes(subject)
        row.error, row.rendered_at = error, session.now
        session.add(row)
    return error is None


def accent(session: Session, region: Region) -> str | None:
    """The colour that the county's pack set, as last published."""
    return session.exec(
        select(Publication.accent)
        .where(Publication.region == region.code, col(Publication.accent).is_not(None))
        .order_by(col(Publication.published_at).desc())
        .limit(1)
    ).first()
