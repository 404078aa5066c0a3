"""Stored public pages: written once with the tags of what they show, deleted by tag in the transaction that changes it.

A page whose facts changed while it was being rendered is never stored: `remember` compares the generation it read
with the changes since (numbers of `page_change` follow the commit order, because one row hands them out).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Column, Field, Session, col, delete, select, update
from sqlmodel.sql.expression import Select

from registry.store.table import Row


class PublishedPage(Row, table=True):
    """A page as it is sent: by path, language and encoding."""

    path: str = Field(primary_key=True)
    lang: str = Field(primary_key=True)
    encoding: str = Field(primary_key=True)
    etag: str
    media_type: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    fresh_until: datetime | None = None


class PageTag(Row, table=True):
    """What a stored page shows."""

    tag: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    lang: str = Field(primary_key=True)


class PageChange(Row, table=True):
    """A change of what pages show, numbered in commit order."""

    seq: int = Field(primary_key=True)
    tag: str = Field(primary_key=True)


class Generation(Row, table=True):
    """One row: the number of the last change."""

    id: int = Field(default=1, primary_key=True)
    v: int = 0


def generation(session: Session) -> int:
    """The number of the last change as this transaction sees it."""
    return session.exec(select(Generation.v)).one()


def changed(session: Session, tags: Iterable[str]) -> None:
    """Delete every page that shows one of the tags, and number the change. Call it last in the transaction."""
    tags = sorted(set(tags))
    if not tags:
        return
    session.exec(update(Generation).values(v=Generation.v + 1))
    seq = generation(session)
    session.add_all(PageChange(seq=seq, tag=tag) for tag in tags)
    drop_pages(session, select(PageTag.path, PageTag.lang).where(col(PageTag.tag).in_(tags)))


def drop_pages(session: Session, which: Select[str, str]) -> None:
    """Delete the pages that a select of (path, lang) names."""
    for path, lang in set(session.exec(which)):
        session.exec(delete(PublishedPage).where(col(PublishedPage.path) == path, col(PublishedPage.lang) == lang))
        session.exec(delete(PageTag).where(col(PageTag.path) == path, col(PageTag.lang) == lang))


def drop_all(session: Session) -> None:
    """Forget every stored page (the demonstration's clock has moved, templates have changed)."""
    session.exec(update(Generation).values(v=Generation.v + 1))
    session.add(PageChange(seq=generation(session), tag="*"))
    session.exec(delete(PublishedPage))
    session.exec(delete(PageTag))


def find(session: Session, path: str, lang: str, encoding: str, now: datetime) -> PublishedPage | None:
    """A stored page that is still fresh."""
    page = session.get(PublishedPage, (path, lang, encoding))
    return page if page and (page.fresh_until is None or page.fresh_until > now) else None


def remember(session: Session, pages: list[PublishedPage], tags: Iterable[str], read_at: int) -> bool:
    """Store a page in its encodings unless something it shows has changed since generation `read_at`."""
    tags = {*tags}
    late = select(PageChange.seq).where(col(PageChange.seq) > read_at, col(PageChange.tag).in_([*tags, "*"])).limit(1)
    if session.exec(late).first() is not None:
        return False
    path, lang = pages[0].path, pages[0].lang
    session.exec(delete(PageTag).where(col(PageTag.path) == path, col(PageTag.lang) == lang))
    for page in pages:
        session.merge(page)
    session.add_all(PageTag(tag=tag, path=path, lang=lang) for tag in tags)
    return True
