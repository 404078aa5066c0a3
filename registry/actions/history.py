"""The history of anything: what the record tells of it, who may read that, and what was before each change."""

from typing import Any, NamedTuple

from sqlalchemy import inspect
from sqlmodel import SQLModel, col, or_, select

from registry.actions.audit import AUDITORS, as_auditor
from registry.rules.permission import ADMINS, Actor, Role
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.record import RecordEntry, RecordKey
from registry.store.round import Round, RoundEntrant
from registry.store.scope import INNER, PUBLISHED, models
from registry.store.session import ReadSession

OPEN_SUBJECTS = frozenset({"calendar", "definition", "pack"})
"""Subjects without a row of their own that whoever works here may read."""
MOST = 500
"""Rows of one history; a case has some thirty."""


class Change(NamedTuple):
    """One column of one row: what it was (as the record told it last) and what it became."""

    row: str
    column: str
    before: Any
    after: Any
    new: bool
    """The row was not told before."""


def reader(actor: Actor) -> Actor:
    """Whose eyes a history is read with: an audit administrator's are those of an auditor of the region."""
    return as_auditor(actor) if actor.has(Role.AUDIT_ADMIN) else actor


def model_of(table: str) -> type[SQLModel] | None:
    """The class of a table."""
    return next((model for model in models() if model.__tablename__ == table), None)


def may_see(session: ReadSession, actor: Actor, key: str) -> bool:
    """Whether somebody may read the history of `table:id`: who may see the thing itself (the session's scope says so),
    and of accounts and roles the administrators and auditors."""
    table, _, id = key.partition(":")
    inside = actor.is_staff or actor.has(*ADMINS)
    model = model_of(table)
    if table in INNER or (model is None and table not in OPEN_SUBJECTS):
        return actor.has(*ADMINS, *AUDITORS)
    if model is None:
        return inside
    keys = inspect(model).primary_key
    if len(keys) != 1 or not inside:
        return False
    row = session.exec(select(model).where(keys[0] == id)).first()
    if isinstance(row, Entry):
        return may_see_entry(session, actor, row)
    if isinstance(row, Case):
        return row.number is not None
    if isinstance(row, RoundEntrant):  # what is prepared is the office's own until it is released
        return session.get_one(Round, row.round_id).region in actor.regions
    return row is not None and (table not in PUBLISHED or inside)


def may_see_entry(session: ReadSession, actor: Actor, entry: Entry) -> bool:
    """An entry that is not in the register yet concerns whoever sees its case, and its own county."""
    if entry.status != "draft" or entry.region in actor.regions:
        return True
    return session.exec(select(Case.id).where(Case.entry_id == entry.id)).first() is not None


def telling(key: str) -> Any:
    """The ids of the rows of the record that tell this row's state."""
    return select(RecordKey.entry_id).where(RecordKey.key == key)


def history(session: ReadSession, key: str) -> list[RecordEntry]:
    """Every row of the record whose subject is `table:id`, or which told its state; the oldest first."""
    query = select(RecordEntry).where(or_(RecordEntry.subject == key, col(RecordEntry.id).in_(telling(key))))
    return list(session.exec(query.order_by(col(RecordEntry.id)).limit(MOST)))


def told_before(session: ReadSession, key: str, id: int) -> dict[str, Any] | None:
    """A row's state as the record told it last before one of its rows."""
    query = select(RecordEntry.state).where(col(RecordEntry.id) < id, col(RecordEntry.id).in_(telling(key)))
    state = session.exec(query.order_by(col(RecordEntry.id).desc()).limit(1)).first()
    return state[key] if state else None


class Differences:
    """What each row of the record changed. Ask in the order of the record: what was seen need not be looked up."""

    def __init__(self, session: ReadSession, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self.seen: dict[str, dict[str, Any]] = {}
        self.allowed: dict[str, bool] = {}

    def may_see(self, key: str) -> bool:
        """Whether the reader may see this row."""
        if key not in self.allowed:
            self.allowed[key] = may_see(self.session, self.actor, key)
        return self.allowed[key]

    def of(self, entry: RecordEntry) -> list[Change]:
        """The changes that a row of the record tells, as far as the reader may see the rows changed."""
        made = []
        for key, after in entry.state.items():
            if not self.may_see(key):
                continue
            before = self.seen.get(key) or told_before(self.session, key, entry.id or 0)
            self.seen[key] = after
            for column, value in after.items():
                was = (before or {}).get(column)
                if was != value:
                    made.append(Change(key, column, was, value, before is None))
        return made
