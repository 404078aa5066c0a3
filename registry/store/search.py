"""The search index: one row of searchable text for each listed entry; one function that searches it."""

from sqlmodel import Field, Session, col, select

from registry.store.entry import Entry
from registry.store.table import Row


class SearchText(Row, table=True):
    """Everything an entry can be found by: names in both scripts and English, pinyin, initials, trade, place."""

    entry_id: str = Field(primary_key=True, foreign_key="entry.id")
    words: str


def search(session: Session, query: str, limit: int = 50) -> list[Entry]:
    """Listed entries whose text holds every word of the query, names that begin with it first. `query` is folded."""
    terms = query.split()
    if not terms:
        return []
    rows = select(Entry).join(SearchText).where(Entry.status == "listed")
    for term in terms:
        rows = rows.where(col(SearchText.words).contains(term, autoescape=True))
    found = list(session.exec(rows.limit(limit * 4)))
    return sorted(found, key=lambda e: (query not in e.name.get("zh-Hans", "").lower(), e.slug))[:limit]
