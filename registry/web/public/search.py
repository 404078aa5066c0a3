"""Searching the register, and what is offered when nothing is found."""

from typing import Any

from flask import url_for
from sqlmodel import select

from registry.base.i18n import Text
from registry.base.script import fold
from registry.store.entry import Entry
from registry.store.notice import Notice
from registry.store.search import search
from registry.store.session import ReadSession
from registry.store.title import title_by_code
from registry.web.public import entries
from registry.web.templating import section_name

NEAR = 5
"""Entries offered when nothing is found."""


def model(session: ReadSession, asked: str) -> dict[str, Any]:
    """What a query finds, by section; pages besides; what is like it when nothing is found."""
    by_id = entries.kinds_by_id(session)
    readable = "".join(c for c in asked if c.isprintable()).strip()[:100]
    clean = fold(readable)
    found = search(session, clean)
    groups: dict[str, dict[str, Any]] = {}
    for entry in found:
        if kind := by_id.get(entry.kind):
            group = groups.setdefault(kind.section, {"name": section_name(kind), "rows": []})
            group["rows"].append(entries.row(session, entry, kind))
    links = pages(session, clean, readable) if clean else []
    return {
        "q": readable,
        "count": len(found) + len(links),
        "here": "search",
        "groups": list(groups.values()),
        "links": links,
        "near": [] if found or links else near(session, clean, by_id),
        "sections": [
            {"text": section_name(k), "url": url_for("public.section", section=k.section)}
            for k in {k.section: k for k in reversed(by_id.values())}.values()
        ][::-1],
    }


def pages(session: ReadSession, clean: str, readable: str) -> list[dict[str, Any]]:
    """Counties of that name; the title or notice of that number."""
    places = (
        {"text": r.text, "url": url_for("public.county", slug=r.slug)}
        for r in entries.counties(session)
        if clean in fold(r.text.zh_hans) or clean in (r.text.en or "").lower()
    )
    title = title_by_code(session, readable)
    notice = session.exec(select(Notice).where(Notice.number == readable)).one_or_none()
    return [
        *([{"text": title[0].number, "url": url_for("public.verify_code", code=readable)}] if title else []),
        *(
            [{"text": Text.model_validate(notice.title), "url": url_for("public.notice", number=notice.number)}]
            if notice
            else []
        ),
        *places,
    ]


def near(session: ReadSession, clean: str, by_id: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries that share a word or two neighbouring characters with what was asked."""
    letters = clean.replace(" ", "")
    pieces = [*clean.split(), *(letters[i : i + 2] for i in range(min(len(letters), 20) - 1) if not letters.isascii())]
    seen: dict[str, Entry] = {}
    for piece in dict.fromkeys(pieces):
        seen.update((e.id, e) for e in search(session, piece, NEAR) if len(piece) > 1)
    return [
        {"text": e.text, "url": entries.url_of(e, by_id.get(e.kind)), "fictitious": e.fictitious}
        for e in list(seen.values())[:NEAR]
    ]
