"""A change of what the record tells is recorded in its own transaction, or it is not made."""

import logging
import sqlite3
from contextlib import closing
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, delete, select, update

from registry.base.errors import Broken
from registry.rules.permission import SYSTEM
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.record import RecordEntry, RecordLeaf
from registry.store.round import Round
from registry.store.session import WriteSession
from registry.testing import CITY, Kit, journey

from ..conftest import open_copy

pytestmark = pytest.mark.slow


def a_round(**changed: Any) -> Round:
    day = date(2026, 5, 1)
    return Round(
        **{"number": "1", "title": {}, "kinds": ["labour_brand"], "level": "city", "region": CITY, "opens_on": day}
        | {"closes_on": day, "drafted_by": "somebody"}
        | changed
    )


def move_on(session: WriteSession, id: str) -> None:
    session.get_one(Case, id).stage = "review"


def add_row(session: WriteSession, id: str) -> None:
    session.add(a_round())


def delete_row(session: WriteSession, id: str) -> None:
    session.delete(session.exec(select(Task).where(Task.case_id == id)).first())
    session.record("task.delete", f"case:{id}")


def update_many(session: WriteSession, id: str) -> None:
    session.exec(update(Case).where(col(Case.id) == id).values(stage="review"))
    session.record("case.x", f"case:{id}")


def delete_many(session: WriteSession, id: str) -> None:
    session.exec(delete(Task).where(col(Task.case_id) == id))
    session.record("case.x", f"case:{id}")


def change_after_recording(session: WriteSession, id: str) -> None:
    move_on(session, id)
    session.record("case.x", f"case:{id}")
    session.get_one(Case, id).stage = "leader"


@pytest.fixture(scope="module")
def at_work(template_registry: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Kit, str]:
    """A registry with one case in it, which no refused change alters."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("sessions") / "registry", date(2026, 3, 2))
    return kit, journey.filed(kit)


REFUSED = {
    move_on: "was not recorded",
    add_row: "was not recorded",
    change_after_recording: "was not recorded",
    delete_row: "is never deleted",
    update_many: "one by one",
    delete_many: "one by one",
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_change_that_the_record_would_not_tell_is_refused(change: Any, at_work: tuple[Kit, str]) -> None:
    kit, id = at_work
    tasks = journey_tasks(kit, id)
    with pytest.raises(Broken, match=REFUSED[change]), kit.registry.store.system() as session:
        change(session, id)
    assert kit.case(id).stage == "acceptance" and journey_tasks(kit, id) == tasks
    assert kit.health().fault is None


def journey_tasks(kit: Kit, id: str) -> list[tuple[str, str]]:
    with kit.registry.store.system() as session:
        return [(t.id, t.status) for t in session.exec(select(Task).where(Task.case_id == id))]


def test_record_tells_every_row_that_was_touched_as_it_then_stood(kit: Kit) -> None:
    id = journey.filed(kit)
    with kit.registry.store.system() as session:
        case = session.get_one(Case, id)
        entry = session.get_one(Entry, case.entry_id)
        case.stage, entry.status = "review", "listed"
        row = session.record("case.x", f"case:{id}", why="test")
    assert row.state.keys() == {f"case:{id}", f"entry:{entry.id}"}
    assert (row.state[f"case:{id}"]["stage"], row.state[f"entry:{entry.id}"]["status"]) == ("review", "listed")
    assert (row.person, row.detail) == ("system", {"why": "test"})


def test_what_fails_leaves_neither_change_nor_row(kit: Kit) -> None:
    id = journey.filed(kit)
    before = kit.health()
    with pytest.raises(ZeroDivisionError), kit.registry.store.system() as session:
        move_on(session, id)
        session.record("case.x", f"case:{id}")
        _ = 1 / 0
    assert kit.case(id).stage == "acceptance" and kit.health() == before


@pytest.mark.sqlite
def test_change_stands_when_the_database_is_too_busy_to_place_its_row(
    kit: Kit, caplog: pytest.LogCaptureFixture
) -> None:
    store = kit.registry.store
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")  # this connection goes back to the pool
    file = kit.registry.settings.data_dir / "registry.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:

        @event.listens_for(WriteSession, "after_commit", once=True)
        def lock(session: object) -> None:
            other.execute("BEGIN IMMEDIATE")

        with caplog.at_level(logging.WARNING), store.write(SYSTEM) as session:
            session.add(a_round())
            session.record("round.open", "round:1")
    assert "wait for their place" in caplog.text
    assert kit.health().fault is None
    with store.system() as session:
        session.record("x", "y")
        assert session.exec(select(Round)).one().number == "1"
    with store.read(SYSTEM) as session:
        assert len(session.exec(select(RecordLeaf)).all()) == len(session.exec(select(RecordEntry)).all())
