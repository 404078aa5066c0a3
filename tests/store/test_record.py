"""The record tells everything: whoever alters, removes or reorders a row of it, or a row of today's tables, is named."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Date, Integer
from sqlmodel import select
from sqlmodel.sql.sqltypes import UTCDateTime

from registry.base.canonical import canonical
from registry.rules.permission import SYSTEM
from registry.store.record import RecordEntry, RecordLeaf, enter, sequence
from registry.store.schema import APPEND_ONLY, metadata, tracked_models
from registry.store.session import WriteSession
from registry.store.table import Encrypted, Json
from registry.testing import Kit, journey

from .conftest import Forger

pytestmark = pytest.mark.slow

TOLD = [
    pytest.param(model, column, id=f"{model.__tablename__}-{column}")
    for model in tracked_models()
    for column in model.told_columns()
]


@pytest.mark.parametrize(("model", "column"), TOLD)
def test_altered_column_is_named_with_its_table_and_row(model: Any, column: str, forger: Forger) -> None:
    table, kind = model.__tablename__, model.__table__.c[column].type
    id, old = forger.one(f'SELECT id, "{column}" FROM "{table}" ORDER BY "{column}" IS NULL, rowid LIMIT 1')
    new = other(forger, kind, old)
    assert new != old
    said = forger.named((f'UPDATE "{table}" SET "{column}" = ? WHERE id = ?', new, id))
    assert said == f"{table}:{id} disagrees with the record in {column}."


def other(forger: Forger, kind: Any, old: Any) -> Any:
    """A value that may well stand in such a column, other than the old one; of encrypted ones by who has the key."""
    if isinstance(kind, Encrypted):
        return forger.registry.store.engine.dialect.registry_keyring.seal(canonical("另一句话"), kind.place)  # type: ignore[attr-defined]
    if isinstance(kind, Json):
        return json.dumps(["改"]) if (old or "").startswith("[") else json.dumps({"zh-Hans": "改"})
    if isinstance(kind, UTCDateTime):
        return f"2019{str(old)[4:]}" if old else "2019-01-01 00:00:00.000000"
    if isinstance(kind, Date):
        return "2019-01-01"
    if isinstance(old, bool):
        return not old
    if isinstance(old, int) or isinstance(kind, Integer):
        return 7 if old is None else 1 - old if old < 2 else old + 1
    return ("y" if (old or "").startswith("x") else "x") + (old or "")[1:]


def kinds_of_columns() -> dict[str, tuple[Any, str]]:
    """One told column of each table and type, of the types that not everything can be read as."""
    told = [p.values for p in TOLD]
    kind = {(m, c): type(m.__table__.c[c].type).__name__ for m, c in told}
    return {f"{m.__tablename__}-{kind[m, c]}": (m, c) for m, c in told if kind[m, c] not in ("AutoString", "Boolean")}


@pytest.mark.sqlite  # PostgreSQL takes nothing that it could not read
@pytest.mark.parametrize(("model", "column"), kinds_of_columns().values(), ids=kinds_of_columns())
def test_column_that_can_no_longer_be_read_is_named_too(model: Any, column: str, forger: Forger) -> None:
    table = model.__tablename__
    (id,) = forger.one(f'SELECT id FROM "{table}" ORDER BY "{column}" IS NULL, rowid LIMIT 1')
    said = forger.named((f'UPDATE "{table}" SET "{column}" = ? WHERE id = ?', "\x00{", id))
    assert said.startswith(f"{table}:{id} "), said


@pytest.mark.parametrize("column", ["at", "verb", "subject", "account", "person", "detail", "state"])
def test_altered_row_of_the_record_is_named(column: str, forger: Forger) -> None:
    (old,) = forger.one(f'SELECT "{column}" FROM record_entry WHERE id = 9')
    new = other(forger, RecordEntry.__table__.c[column].type, old)  # type: ignore[attr-defined]
    assert forger.named((f'UPDATE record_entry SET "{column}" = ? WHERE id = 9', new)).startswith(
        "Row 8 of the record was altered ("
    )


@pytest.mark.sqlite
@pytest.mark.parametrize("column", ["at", "detail", "state"])
def test_row_of_the_record_that_can_no_longer_be_read_is_named(column: str, forger: Forger) -> None:
    said = forger.named((f'UPDATE record_entry SET "{column}" = ? WHERE id = 9', "}"))
    assert said == "Row 8 of the record cannot be read: it was altered."


def test_of_two_altered_rows_the_first_is_named(forger: Forger) -> None:
    said = forger.named(("UPDATE record_entry SET person = 'x' WHERE id IN (20, 12)",))
    assert said.startswith("Row 11 of the record was altered (")


def test_removed_row_of_the_record_is_named(forger: Forger) -> None:
    assert forger.named(("DELETE FROM record_entry WHERE id = 9",)) == "Row 8 of the record was removed."


@pytest.mark.parametrize(
    "forged",
    ["DELETE FROM record_key WHERE entry_id = 9", "UPDATE record_key SET entry_id = 10 WHERE entry_id = 9"],
    ids=["gone", "moved"],
)
def test_row_that_no_history_would_find_is_named(forged: str, forger: Forger) -> None:
    said = forger.named(("DELETE FROM record_key WHERE entry_id = 10",), (forged,))
    assert said == "Row 8 of the record is not found by what it tells: its keys were altered."


def test_row_removed_with_its_place_is_named(forger: Forger) -> None:
    both = ("DELETE FROM record_leaf WHERE seq = 8",), ("DELETE FROM record_entry WHERE id = 9",)
    assert forger.named(*both) == "Row 8 of the record was removed or moved."


def test_row_removed_and_the_others_moved_up_is_named(forger: Forger) -> None:
    said = forger.named(
        ("DELETE FROM record_leaf WHERE seq = 8",),
        ("DELETE FROM record_entry WHERE id = 9",),
        ("UPDATE record_leaf SET seq = -seq WHERE seq > 8",),
        ("UPDATE record_leaf SET seq = -seq - 1 WHERE seq < 0",),
    )
    assert "of the record were altered or reordered: they do not give the signed head." in said
    assert said.startswith("Rows 8 to ")


def test_end_cut_off_is_named(forger: Forger) -> None:
    (last,) = forger.one("SELECT max(seq) FROM record_leaf")
    said = forger.named(("DELETE FROM record_leaf WHERE seq = ?", last))
    assert said.startswith(f"Row {last} of the record was removed")


def test_end_cut_off_with_its_head_disagrees_with_the_tables(forger: Forger) -> None:
    (last,) = forger.one("SELECT max(seq) FROM record_leaf")
    said = forger.named(
        ("DELETE FROM record_head WHERE size > ?", last - 8),
        ("DELETE FROM record_leaf WHERE seq >= ?", last - 8),
        ("DELETE FROM record_entry WHERE id > ?", last - 8),
    )
    assert "the record" in said or "never recorded" in said


def test_reordered_rows_are_named(forger: Forger) -> None:
    a, b = (forger.one("SELECT entry_id, leaf FROM record_leaf WHERE seq = ?", n) for n in (8, 9))
    said = forger.named(
        ("UPDATE record_leaf SET entry_id = -1 WHERE seq = 8",),
        ("UPDATE record_leaf SET entry_id = ?, leaf = ? WHERE seq = 9", *a),
        ("UPDATE record_leaf SET entry_id = ?, leaf = ? WHERE seq = 8", *b),
    )
    assert said.startswith("Rows 8 to ") and "were altered or reordered" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("at = '2020-01-01 00:00:00'", "does not carry this registry's signature"),
        ("signature = 'AAAA'", "does not carry this registry's signature"),
        ("root = substr(root, 2) || '0'", "does not carry this registry's signature"),
        ("frontier = '[]'", "would lead to wrong heads after it"),
        ("frontier = 'x'", "cannot be read"),
        ("signature = 'ä'", "does not carry this registry's signature"),
    ],
)
def test_forged_head_is_named(change: str, said: str, forger: Forger) -> None:
    forged = f"UPDATE record_head SET {change} WHERE size = (SELECT max(size) FROM record_head)"
    assert said in forger.named((forged,))


def test_state_deleted_from_the_tables_is_named(forger: Forger) -> None:
    (id,) = forger.one("SELECT id FROM title")
    assert forger.named(("DELETE FROM title",)) == f"title:{id} is in the record but no longer in the tables."


@pytest.mark.parametrize("model", tracked_models(), ids=lambda m: m.__tablename__)
def test_state_that_nobody_recorded_is_named(model: Any, forger: Forger) -> None:
    table = model.__tablename__
    unique = {c.name for c in model.__table__.columns if c.unique} | {"n", "key", "kind", "version", "scheme", "fact"}
    columns = [c.name for c in model.__table__.columns if c.name != "id"]
    counted = {c.name for c in model.__table__.columns if isinstance(c.type, Integer)}
    short = {c.name for c in model.__table__.columns if getattr(c.type, "length", None)}
    another = {c: f"'0' || substr(\"{c}\", 2)" if c in short else f"'0' || \"{c}\"" for c in unique}
    another |= {c: f'"{c}" + 90' for c in unique & counted}
    copied = ", ".join(another.get(c, f'"{c}"') for c in columns)
    listed = ", ".join(f'"{c}"' for c in columns)
    drop = [(f'DROP INDEX "{index.name}"',) for index in model.__table__.indexes if index.unique]
    insert = (f'INSERT INTO "{table}" (id, {listed}) SELECT \'forged\', {copied} FROM "{table}" LIMIT 1',)
    assert forger.named(*drop, insert) == f"{table}:forged stands in the tables but was never recorded."


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "sql", ["DELETE FROM {t}", "UPDATE {t} SET {c} = {c}", "TRUNCATE {t} CASCADE", "REPLACE INTO {t} SELECT * FROM {t}"]
)
def test_append_only_tables_refuse_to_be_changed(sql: str, table: str, full: Kit) -> None:
    if sql.startswith("TRUNCATE" if full.registry.store.engine.dialect.name == "sqlite" else "REPLACE"):
        return  # there is no such statement
    column = next(iter(metadata.tables[table].columns)).name
    with full.registry.store.engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
        with pytest.raises(Exception, match=f"{table} is append-only"):
            connection.exec_driver_sql(sql.format(t=table, c=column))


@pytest.mark.sqlite  # on PostgreSQL the statements above are those of any other program
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_tables_refuse_other_programs_too(table: str, full: Kit) -> None:
    with closing(sqlite3.connect(full.registry.settings.data_dir / "registry.db")) as connection:
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_rows_that_still_wait_for_their_place_are_no_fault_and_get_it_with_the_next_change(kit: Kit) -> None:
    id = journey.filed(kit)
    store = kit.registry.store
    with WriteSession(store.engine) as session:  # a process that was killed between its commit and the sequencer
        case = session.get_one(journey.Case, id)
        case.level = "city"
        state = {f"case:{id}": {**journey_state(session, id), "level": "city"}}
        session.add(case)
        said = {"at": kit.clock.now(), "verb": "x", "subject": f"case:{id}", "account": "a", "person": "p"}
        enter(session, RecordEntry(**said, detail={}, state=state))
        session.commit()
    assert kit.health().fault is None
    store.sequence()
    with store.read(SYSTEM) as session:
        assert len(session.exec(select(RecordLeaf)).all()) == kit.health().rows
    assert kit.health().fault is None


def journey_state(session: WriteSession, id: str) -> dict[str, Any]:
    """What the record told of a case last."""
    rows = session.exec(select(RecordEntry).order_by(RecordEntry.id)).all()  # type: ignore[arg-type]
    return [row.state[f"case:{id}"] for row in rows if f"case:{id}" in row.state][-1]


def test_every_change_of_a_case_says_who(full: Kit) -> None:
    with full.registry.store.system() as session:
        rows = session.exec(select(RecordEntry).where(RecordEntry.verb == "case.move")).all()
        assert sequence(session, full.registry.store.signer, session.now)
    assert rows and all(row.person and row.account for row in rows)
