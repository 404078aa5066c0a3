"""Opening a registry's database: read sessions, and write sessions that refuse a change without a record."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as BaseSession
from sqlmodel import Session

from registry.base.clock import Clock, local_date
from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.base.settings import Settings
from registry.rules.permission import SYSTEM, Actor
from registry.store.crypto import BlindIndex, Keyring
from registry.store.engine import READS, WRITES, make_engine
from registry.store.evidence import Storage
from registry.store.published import changed
from registry.store.record import RecordEntry, Signer, enter, outcome_of, row_key, sequence
from registry.store.remember import ASKED
from registry.store.scope import restrict
from registry.store.table import Tracked
from registry.store.trouble import told

log = logging.getLogger("registry.store")


class ReadSession(Session):
    """Reads one consistent state; sees what its actor may see (nobody: what is published)."""

    actor: Actor | None
    now: datetime
    host: Any
    """The registry that the store belongs to, for what is above the store."""

    @property
    def today(self) -> date:
        """The date in Shanghai."""
        return local_date(self.now)


class WriteSession(ReadSession):
    """One transaction of a verb. What it changes of a tracked table it must `record` before the end."""

    actor: Actor
    touched: dict[str, Tracked]
    tags: set[str]

    def record(self, verb: str, subject: str, **detail: Any) -> RecordEntry:
        """Write the record's row of this change: the verb, its subject, references, and what was touched since."""
        self.flush()
        state = {key: outcome_of(row) for key, row in self.touched.items()}
        self.touched.clear()
        entry = RecordEntry(
            at=self.now,
            verb=verb,
            subject=subject,
            account=self.actor.account,
            person=self.actor.person,
            detail=detail,
            state=state,
        )
        return enter(self, entry)

    def changes(self, *tags: str) -> None:
        """Public pages that show one of these tags are out of date."""
        self.tags.update(tags)


class Store:
    """The database, keys and evidence of one registry."""

    host: Any
    """The registry that this store belongs to, as whoever opened it says; the store itself does not ask."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.clock, self.host = clock, None
        self.engine = make_engine(settings.url)
        keyring = Keyring.parse(settings.field_keys.get_secret_value())
        self.engine.dialect.registry_keyring = keyring  # type: ignore[attr-defined]
        self.keyring, self.index = keyring, BlindIndex.parse(settings.index_key.get_secret_value())
        self.signer = Signer.parse(settings.record_key.get_secret_value())
        self.evidence = Storage(settings.data_dir / "evidence")

    @contextmanager
    def read(self, actor: Actor | None = None) -> Iterator[ReadSession]:
        """A session that only reads. Raises Unavailable when the database cannot be asked."""
        with told(), ReadSession(self.engine.execution_options(**READS), autoflush=False) as session:
            session.actor, session.now, session.host = actor, self.clock.now(), self.host
            session.info[ASKED] = {}
            restrict(session, actor)
            yield session

    @contextmanager
    def write(self, actor: Actor) -> Iterator[WriteSession]:
        """A transaction: commits at the end, rolls back on any error, then gives the record's rows their place.

        Raises Unavailable when database or disk cannot do it; but for a connection that broke in the commit, nothing
        was changed then.
        """
        with told(), WriteSession(self.engine.execution_options(**WRITES), expire_on_commit=False) as session:
            session.actor, session.now, session.host = actor, self.clock.now(), self.host
            session.touched, session.tags = {}, set()
            restrict(session, actor)
            event.listen(session, "before_flush", note_touched)
            event.listen(session, "do_orm_execute", refuse_bulk)
            yield session
            session.flush()
            if session.touched:
                raise Broken(msg("A change of {rows} was not recorded.", rows=", ".join(session.touched)))
            changed(session, session.tags)
            with told(committing=True):
                session.commit()
        try:
            self.sequence()
        except (InterfaceError, OperationalError):  # the change stands; its row gets its place with the next one
            log.warning("the record's newest rows wait for their place: the database cannot give it now")

    def sequence(self) -> None:
        """Give waiting rows of the record their place in the tree."""
        with WriteSession(self.engine.execution_options(**WRITES)) as session:
            sequence(session, self.signer, self.clock.now())
            session.commit()

    @contextmanager
    def system(self) -> Iterator[WriteSession]:
        """A transaction of the registry itself."""
        with self.write(SYSTEM) as session:
            yield session

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def note_touched(session: BaseSession, context: object, instances: object) -> None:
    """Before a flush: remember which tracked rows it changes."""
    assert isinstance(session, WriteSession)
    for row in session.new:
        if isinstance(row, Tracked):
            session.touched[row_key(row)] = row
    for row in session.dirty:
        if isinstance(row, Tracked) and any(
            inspect(row).attrs[name].history.has_changes() for name in row.told_columns()
        ):
            session.touched[row_key(row)] = row
    for row in session.deleted:
        if isinstance(row, Tracked):
            raise Broken(msg("{row} is told by the record and is never deleted.", row=row_key(row)))


def refuse_bulk(state: ORMExecuteState) -> None:
    """Refuse UPDATE and DELETE of many rows of a tracked table: nothing would notice which rows they touch."""
    if (state.is_update or state.is_delete) and any(issubclass(m.class_, Tracked) for m in state.all_mappers):
        raise Broken(msg("Rows that the record tells are changed one by one, so that each change is recorded."))
