"""Rendered showcase pages: what a pack or plugin gave for a place or an entry, kept until a newer rendering succeeds."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, col, select

from registry.store.plugin import switched_off
from registry.store.table import Row


class RenderedPage(Row, table=True):
    """The HTML of one page for one subject in one language; `error` says why the last try failed, if it did."""

    page: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    """`region:CODE`, `entry:ID`, or `region:CODE/PATH` for a page of its own."""
    lang: str = Field(primary_key=True)
    html: str = ""
    rendered_at: datetime
    error: str | None = None
    title: str = ""
    """What a page of its own is called."""
    plugin: str = ""
    """The plugin whose hook gave it; empty for a page of a pack."""
    made_from: str | None = Field(default=None, max_length=64)
    """SHA-256 of the template and the data that were rendered."""


def rendered(session: Session, subject: str, lang: str) -> str:
    """The good renderings of a subject's pages, by the pages' ids."""
    return "\n".join(r.html for r in _good(session, RenderedPage.subject == subject, lang))


def pages_below(session: Session, subject: str, lang: str) -> list[RenderedPage]:
    """The pages of their own whose subjects begin so, by their addresses."""
    return _good(session, col(RenderedPage.subject).startswith(subject, autoescape=True), lang)


def _good(session: Session, which: Any, lang: str) -> list[RenderedPage]:
    rows = session.exec(
        select(RenderedPage)
        .where(which, RenderedPage.lang == lang, RenderedPage.html != "")
        .order_by(RenderedPage.subject, RenderedPage.page)
    ).all()
    off = switched_off(session) if any(row.plugin for row in rows) else frozenset()
    return [row for row in rows if row.plugin not in off]
