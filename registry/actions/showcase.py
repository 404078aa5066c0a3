"""Showcase pages of packs: rendered after publication and after what they show has changed; the last good one stays."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlmodel import Session, col, select

from registry import __version__
from registry.base.canonical import canonical, plain, sha256
from registry.base.errors import Broken
from registry.base.i18n import LANGUAGES, Lang, Text, language
from registry.base.region import prefix
from registry.host.guarded import failure
from registry.host.plugged import Access, PluginEntry, ShowcasePage, Shown, seen
from registry.host.registry import Registry
from registry.host.render import render_page
from registry.host.resolve import kinds, read_as
from registry.rules.facts import typed
from registry.rules.pack import Page
from registry.store.definition import Definition, Publication, in_force
from registry.store.entry import Entry
from registry.store.observation import Observation, observations
from registry.store.region import Region, of_county_level
from registry.store.session import ReadSession
from registry.store.showcase import RenderedPage, pages_below, rendered
from registry.store.title import titles_of


def entry_html(session: Session, entry: Entry) -> Markup | None:
    """The pages of an entry's product, in the reader's language."""
    return Markup(rendered(session, f"entry:{entry.id}", language())) or None


def county_html(session: Session, region: Region) -> Markup | None:
    """The pages of a county."""
    return Markup(rendered(session, f"region:{region.code}", language())) or None


@dataclass(frozen=True)
class Piece:
    """One page to render for one subject: its template and data by language. `plugin`: which hook gave it, if one did."""

    page: str
    subject: str
    source: Text
    data: Callable[[Lang], Mapping[str, Any]]
    plugin: str = ""
    title: Text | None = None


def render_all(registry: Registry) -> int:
    """Render every page for each of its subjects; returns how many failed. A failed page keeps its last HTML.

    One that is made from the same template and data as its last good rendering is left as it is: a title changes few of
    the pages of a whole country.
    """
    with registry.store.read() as session:
        work = [
            Piece(f"{d.pack}/{d.ref}", subject, read_as(Page, d).source, data)
            for d in newest_pages(session)
            for subject, data in subjects(session, read_as(Page, d))
        ]
        listed = [seen(e) for e in session.exec(select(Entry).where(Entry.status == "listed"))]
        places = [r.code for r in session.exec(select(Region).where(of_county_level()))]
        good = {(page, subject, lang): digest for page, subject, lang, digest in session.exec(GOOD)}
    forget(registry, {(piece.page, piece.subject) for piece in work})
    work += [*slots(registry, listed), *county_pages(registry, places)]
    changed = (
        (piece, lang)
        for piece in work
        for lang in LANGUAGES
        if (digest := made_from(piece, lang)) is None or digest != good.get((piece.page, piece.subject, lang))
    )
    return sum(not keep(registry, piece, lang) for piece, lang in changed)


def slots(registry: Registry, entries: Sequence[PluginEntry]) -> Iterator[Piece]:
    """What plugins add to the pages of entries; what one no longer adds is gone."""
    for entry in entries:
        subject, slot = f"entry:{entry.id}", "entry.figures"
        given = {"slot": slot, "entry": entry, "access": Access(registry.store)}
        for name, shown in registry.plugins.each("page_slot", given, region=entry.region):
            if isinstance(shown, Shown):
                yield Piece(f"{name}:{slot}", subject, shown.source, given_data(shown.data), plugin=name)
            elif shown is None:
                drop(registry, name, subject, keeping=())
            else:
                registry.plugins.wrong(name, "page_slot", "Shown", shown)


def county_pages(registry: Registry, places: Sequence[str]) -> Iterator[Piece]:
    """The pages of their own that plugins give to counties; what one no longer gives is gone."""
    for place in places:
        given = {"region": place, "access": Access(registry.store)}
        for name, pages in registry.plugins.each("showcase_pages", given, region=place):
            try:
                made = [page_piece(name, place, page) for page in pages or ()]
            except (AttributeError, TypeError, ValueError) as error:
                registry.plugins.failed(failure(name, "showcase_pages", error))
                continue
            drop(registry, name, f"region:{place}/%", keeping=[piece.subject for piece in made])
            yield from made


def page_piece(plugin: str, place: str, page: ShowcasePage) -> Piece:
    """A page of a county. Raises ValueError for a path that cannot stand in an address."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", page.path):
        raise ValueError(f"{page.path!r} is no path: small letters, digits and hyphens")
    return Piece(
        f"{plugin}:{page.path}",
        f"region:{place}/{page.path}",
        page.source,
        given_data(page.data),
        plugin=plugin,
        title=page.title,
    )


def given_data(data: Mapping[str, Any]) -> Callable[[Lang], Mapping[str, Any]]:
    """The same data in every language."""
    return lambda lang: data


def drop(registry: Registry, plugin: str, subject: str, *, keeping: Collection[str]) -> None:
    """Take away what a plugin shows of a subject (`%` for any) but for what is kept."""
    with registry.store.read() as session:
        query = select(RenderedPage).where(RenderedPage.plugin == plugin, col(RenderedPage.subject).like(subject))
        gone = [row for row in session.exec(query) if row.subject not in keeping]
    if gone:
        with registry.store.system() as session:
            for row in gone:
                session.delete(session.merge(row))
                session.changes(row.subject.partition("/")[0])


GOOD = select(RenderedPage.page, RenderedPage.subject, RenderedPage.lang, RenderedPage.made_from).where(
    col(RenderedPage.error).is_(None)
)
"""(page, subject, language, what it was made from) of each good rendering."""


def made_from(piece: Piece, lang: Lang) -> str | None:
    """What tells one rendering from another: template, data, title, and the program; None for data that is no JSON."""
    said = {"source": piece.source.in_(lang), "title": piece.title.in_(lang) if piece.title else "", "by": __version__}
    try:
        return sha256(canonical(said | {"data": piece.data(lang)}))
    except (TypeError, ValueError):
        return None


def forget(registry: Registry, shown: set[tuple[str, str]]) -> None:
    """Take away what was rendered of packs' pages that are not in force any more, or no longer for this subject."""
    query = select(RenderedPage.page, RenderedPage.subject, RenderedPage.lang).where(RenderedPage.plugin == "")
    with registry.store.read() as session:
        gone = [key for key in session.exec(query) if key[:2] not in shown]
    if gone:
        with registry.store.system() as session:
            for key in gone:
                session.delete(session.get_one(RenderedPage, key))
                session.changes(key[1])


def newest_pages(session: ReadSession) -> list[Definition]:
    """The pages in force, each in its newest version."""
    found: dict[str, Definition] = {}
    for d in in_force(session, "page", session.today):
        found.setdefault(d.ref, d)
    return list(found.values())


def subjects(session: ReadSession, page: Page) -> list[tuple[str, Any]]:
    """(subject, what gives its data in a language) of a page."""
    if page.slot == "county":
        region = session.get(Region, page.region)
        if region is None:  # of a draft whose check says so
            return []
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
    """Fact → (label, unit); where kinds say it differently, as the widest place says it."""
    narrow_first = sorted(kinds(session, session.today), key=lambda k: -len(prefix(k.region)))
    return {id: (d.label, d.unit) for k in narrow_first for id, d in k.facts.items()}


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


def keep(registry: Registry, piece: Piece, lang: Lang) -> bool:
    """Render one page in one language and keep it; on failure keep the last good one and write down why."""
    html: str | None
    try:
        html, error = render_page(piece.source.in_(lang), piece.data(lang)), None
    except (Broken, TypeError, ValueError) as problem:  # data that is no JSON
        html, error = None, problem.message.text("en") if isinstance(problem, Broken) else str(problem)
        whose, _, what = piece.page.partition(":" if piece.plugin else "/")
        registry.plugins.failed(failure(whose, what, problem))
    with registry.store.system() as session:
        row = session.get(RenderedPage, (piece.page, piece.subject, lang)) or RenderedPage(
            page=piece.page, subject=piece.subject, lang=lang, rendered_at=session.now
        )
        title, row.plugin = piece.title.in_(lang) if piece.title else "", piece.plugin
        renamed, row.title = row.title != title, title
        if html is None or html != row.html or renamed:
            row.html = row.html if html is None else html
            session.changes(piece.subject.partition("/")[0])
        row.error, row.rendered_at, row.made_from = error, session.now, made_from(piece, lang)
        session.add(row)
    return error is None


def own_pages(session: Session, region: Region) -> list[RenderedPage]:
    """The pages of their own that plugins give a county, in the reader's language."""
    return pages_below(session, f"region:{region.code}/", language())


def accent(session: Session, region: Region) -> str | None:
    """The colour that the county's pack set, as last published."""
    return session.exec(
        select(Publication.accent)
        .where(Publication.region == region.code, col(Publication.accent).is_not(None))
        .order_by(col(Publication.published_at).desc())
        .limit(1)
    ).first()
