"""Every table module, imported once, so that the metadata is whole. The one place that lists them."""

from sqlmodel import SQLModel

from registry.store import (  # noqa: F401 – their tables are what is wanted
    access,
    account,
    approval,
    calendar,
    case,
    cultivation,
    definition,
    desk,
    entry,
    evidence,
    job,
    ledger,
    look,
    message,
    meta,
    notice,
    observation,
    pack,
    people,
    plugin,
    published,
    record,
    region,
    returns,
    round,
    search,
    showcase,
    signin,
    title,
)
from registry.store.table import Tracked

metadata = SQLModel.metadata
APPEND_ONLY = (
    "record_entry",
    "record_key",
    "record_leaf",
    "record_head",
    "case_step",
    "submission",
    "evaluation",
    "access_log",
)
"""Tables whose rows are never changed or deleted; the database itself refuses."""


def tracked_models() -> list[type[Tracked]]:
    """The tables with outcome columns, by name."""
    classes = (m.class_ for m in SQLModel._sa_registry.mappers)
    return sorted((c for c in classes if issubclass(c, Tracked) and c.__outcome__), key=lambda c: str(c.__tablename__))
