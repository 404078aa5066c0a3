"""The search index: one row of searchable text for each listed entry; one function that searches it."""

from sqlmodel import Field, Session, col, select

from registry.store.entry import Entry
from registry.store.table import Row


class SearchText(Row, table=True):
    """Everything an entry can be found by: names in both scripts and English, pinyin, initials, trade, place."""

    entry_id: str = Field(primary_key=True, foreign_key="entry.id")
    words: str


def search(session: Session, query: str, limit: int = 50) -> list[Entry]:
    """Listed entries whose text holds every word of the query, names that begin with it first, then by slug.

    `query` is folded, as the text is, which begins with the name.
    """
    terms = query.split()
    if not terms:
        return []
    rows = select(Entry).join(SearchText).where(Entry.status == "listed")
    for term in terms:
        rows = rows.where(col(SearchText.words).contains(term, autoescape=True))
    begins = col(SearchText.words).startswith(query, autoescape=True)
    return list(session.exec(rows.order_by(begins.desc(), Entry.slug).limit(limit)))
