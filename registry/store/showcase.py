"""Rendered showcase pages: what a pack's page gave for a place or an entry, kept until a newer rendering succeeds."""

from datetime import datetime

from sqlmodel import Field, Session, select

from registry.store.table import Row


class RenderedPage(Row, table=True):
    """The HTML of one page for one subject in one language; `error` says why the last try failed, if it did."""

    page: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    """`region:CODE` or `entry:ID`."""
    lang: str = Field(primary_key=True)
    html: str = ""
    rendered_at: datetime
    error: str | None = None


def rendered(session: Session, subject: str, lang: str) -> str:
    """The good renderings of a subject's pages, by the pages' ids."""
    rows = session.exec(
        select(RenderedPage)
        .where(RenderedPage.subject == subject, RenderedPage.lang == lang)
        .order_by(RenderedPage.page)
    )
    return "\n".join(r.html for r in rows if r.html)
