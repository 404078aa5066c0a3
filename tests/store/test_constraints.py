"""What the database itself refuses, whoever asks: each CHECK, each index for the rows that are open, every reference."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Connection, Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlmodel.sql.sqltypes import AutoString

from registry.store.people import CONFIRMED_OPEN
from registry.store.schema import APPEND_ONLY, metadata

from .conftest import Forger

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
"""That PostgreSQL has the same constraints is told by the comparison of migrations and models."""

CHECKS = {
    (table.name, str(check.name)): str(check.sqltext)
    for table in metadata.sorted_tables
    for check in sorted(table.constraints, key=lambda c: str(c.name))
    if isinstance(check, CheckConstraint)
}
BROKEN: dict[str, tuple[str, ...]] = {
    "ck_appointment_confirmed_by_another": ("proposed_by = 'x', confirmed_by = 'x'",),
    "ck_appointment_confirmed_by_no_holder": ("confirmed_by = person_id WHERE ended_at IS NULL",),
    "ck_appointment_delegation_ends": ("instead_of = id WHERE to_day IS NULL",),
    "ck_appointment_single_case_of_department": ("case_id = (SELECT id FROM \"case\") WHERE role <> 'department'",),
    "ck_cultivation_item_dropped_with_reason": ("drop_reason = 'x' WHERE status <> 'dropped'",),
    "ck_cultivation_item_filed_with_case": ("status = 'filed', case_id = NULL WHERE status <> 'dropped'",),
    "ck_cultivation_suggestion_answered_in_words": ("status = 'declined', handled_by = 'x', answer = NULL",),
    "ck_cultivation_suggestion_handled_by_somebody": ("handled_by = 'x' WHERE status = 'open'",),
    "ck_cultivation_suggestion_taken_to_item": ("status = 'taken_up', handled_by = 'x', item_id = NULL",),
    "ck_pack_draft_agreed_by_another": ("agreed_by = author",),
    "ck_pack_draft_handed_in_by_somebody": ("handed_in_by = 'y' WHERE state = 'open'",),
    "ck_pack_draft_published_by_another": (
        "state = 'published', handed_in_by = 'y', published_by = 'y'",
        "state = 'published', handed_in_by = 'y', published_by = author",
    ),
    "ck_pack_draft_published_by_somebody": ("published_by = 'y' WHERE state = 'open'",),
    "ck_person_merge_confirmed_by_another": ("confirmed_by = proposed_by",),
    "ck_person_merge_two_persons": ("drop_id = keep_id",),
    "ck_recorded_title_confirmed_by_another": ("confirmed_by = recorded_by, title_id = (SELECT id FROM title)",),
    "ck_recorded_title_confirmed_is_a_title": ("confirmed_by = 'y'",),
    "ck_recorded_title_from_before_to": ("valid_to = document_date",),
    "ck_second_return_confirmed_by_another": ("confirmed_by = proposed_by, ended_at = proposed_at",),
    "ck_second_return_ended_when_confirmed": ("confirmed_by = 'y', ended_at = NULL",),
    "ck_account_request_confirmed_by_another": ("confirmed_by = proposed_by",),
    "ck_appointment_applicant_of_organisation": (
        "organisation_id = NULL WHERE role = 'applicant'",
        "organisation_id = (SELECT id FROM organisation) WHERE role <> 'applicant'",
    ),
    "ck_appointment_from_before_to": ("to_day = date(from_day, '-1 day')",),
    "ck_case_ended_when_ended": (
        "ended_at = NULL WHERE status = 'ended'",
        "ended_at = opened_at WHERE status = 'open'",
    ),
    "ck_case_ended_with_result": ("result = NULL WHERE status = 'ended'", "result = 'refused' WHERE status = 'open'"),
    "ck_case_numbered_when_submitted": ("number = NULL WHERE number IS NOT NULL", "submitted_at = NULL"),
    "ck_decision_recognised_by_document": tuple(
        f"{column} = NULL WHERE act = 'recognise'" for column in ("document", "document_date", "scan_sha256")
    ),
    "ck_delivery_failed_for_a_reason": ("status = 'failed', error = NULL", "status = 'given_up', error = NULL"),
    "ck_delivery_sent_at_some_time": ("status = 'sent', sent_at = NULL", "sent_at = next_at WHERE status <> 'sent'"),
    "ck_notice_ends_after_posting": ("ends_on = posted_on",),
    "ck_notice_some_days": ("working_days = 0",),
    "ck_objection_answered_by_somebody": ("answered_by = NULL WHERE status <> 'open'", "status = 'open'"),
    "ck_observation_declared_is_declared": ("standing = 'verified' WHERE source = 'declared'",),
    "ck_round_called": ("called_at = NULL",),
    "ck_round_called_by_another": ("called_by = drafted_by",),
    "ck_round_entrant_recommended_from_one": ("recommended = 0",),
    "ck_round_prepared_by_somebody": ("status = 'prepared'",),
    "ck_round_released_by_another": ("prepared_by = 'x', released_by = 'x'",),
    "ck_round_seats_seats_not_negative": ("seats = -1",),
    "ck_round_opens_before_closes": ("closes_on = date(opens_on, '-1 day')",),
    "ck_task_done_by_somebody": ("done_by = NULL WHERE status = 'done'", "done_by = 'x' WHERE status = 'open'"),
    "ck_title_decided_in_a_case": ("case_id = NULL WHERE origin = 'case'",),
    "ck_title_from_before_to": ("valid_to = valid_from",),
}
"""What each CHECK that is no list of words must refuse."""
ALONE = {
    "ck_case_status_known": " WHERE status = 'open'",
    "ck_cultivation_suggestion_status_known": ", handled_by = 'x'",
    "ck_delivery_status_known": ", error = 'x'",
    "ck_observation_standing_known": " WHERE source <> 'declared'",
    "ck_task_status_known": " WHERE status = 'open'",
}
"""Where a word that is none breaks no other CHECK besides."""


def broken() -> Iterator[Any]:
    """(table, name, SET clause) of something that each CHECK refuses; of a list of words, one that is not in it."""
    for (table, name), condition in CHECKS.items():
        column = condition.partition(" IN ")[0]
        nonsense = f"{column} = 'nonsense'" + ALONE.get(name, "")
        words = [nonsense] if name.endswith("_known") else BROKEN[name]
        yield from (pytest.param(table, name, word, id=f"{name}-{n}") for n, word in enumerate(words))


@pytest.fixture
def connection(forger: Forger) -> Iterator[Connection]:
    """A transaction in which the constraints hold; only the triggers of the append-only tables are gone."""
    with forger.registry.store.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        for pragma in ("foreign_keys=ON", "ignore_check_constraints=OFF"):
            raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
        yield connection
        connection.rollback()


@pytest.mark.parametrize(("table", "name", "change"), list(broken()))
def test_check_refuses_what_it_names(table: str, name: str, change: str, connection: Connection) -> None:
    where = change.partition(" WHERE ")[2] or "1"
    assert connection.exec_driver_sql(f'SELECT count(*) FROM "{table}" WHERE {where}').scalar(), "nothing to change"
    with pytest.raises(IntegrityError, match=f"CHECK constraint failed: {name}"):
        connection.exec_driver_sql(f'UPDATE "{table}" SET {change}')


def copy(connection: Connection, table: Table, where: str = "1", **changed: str) -> None:
    """A second row like an existing one, but for its key and what is said (SQL)."""
    (key,) = table.primary_key.columns
    values = {c.name: f'"{c.name}"' for c in table.columns}
    for c in table.columns:
        if c.unique:
            values[c.name] = f"\"{c.name}\" || 'x'" if isinstance(c.type, AutoString) else f'"{c.name}" + 1000'
    values |= {key.name: "'copied'"} | changed
    names = ", ".join(f'"{name}"' for name in values)
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({names}) SELECT {", ".join(values.values())} FROM "{table.name}" WHERE {where} LIMIT 1'
    )
    assert connection.exec_driver_sql(f"SELECT count(*) FROM \"{table.name}\" WHERE id = 'copied'").scalar()


GIVEN = "proposed_by = 'p', confirmed_by = 'q'"
OPEN_ONES = {
    "uq_appointment_open": (f"{CONFIRMED_OPEN} AND unit IS NULL", {"ended_at": "'2026-03-02 00:00:00'"}),
    "uq_appointment_open_unit": (f"{CONFIRMED_OPEN} AND unit IS NOT NULL", {"ended_at": "'2026-03-02 00:00:00'"}),
    "uq_cultivation_item_one": ("status <> 'dropped'", {"status": "'dropped'", "drop_reason": "'x'"}),
    "uq_pack_draft_one_going": ("state = 'open'", {"state": "'dropped'"}),
    "uq_person_merge_open": ("confirmed_by IS NULL AND ended_at IS NULL", {"ended_at": "proposed_at"}),
    "uq_recorded_title_one_waiting": ("confirmed_by IS NULL AND refused_by IS NULL", {"refused_by": "'x'"}),
    "uq_account_request_open": ("confirmed_by IS NULL AND ended_at IS NULL", {"ended_at": "proposed_at"}),
    "uq_case_one_open": ("status = 'open'", {"status": "'ended'", "ended_at": "opened_at", "result": "'withdrawn'"}),
    "uq_notice_item_one_running": ("status = 'running'", {"status": "'stopped'"}),
    "uq_round_entrant_order": ("recommended IS NOT NULL", {"recommended": "recommended + 1"}),
    "uq_second_return_open": ("ended_at IS NULL", {"ended_at": "proposed_at"}),
    "uq_task_one_open": ("status = 'open'", {"status": "'cancelled'"}),
    "uq_title_one_live": ("status = 'valid'", {"status": "'expired'"}),
}
"""Index → which of its rows must be alone, and what makes a second one stand beside it all the same."""
OPENED = {"uq_appointment_open": GIVEN, "uq_appointment_open_unit": f"{GIVEN}, unit = id"}
"""How a row becomes one that must be alone, where the condition itself does not say it."""
FREE_CASE = '(SELECT id FROM "case" WHERE id NOT IN (SELECT case_id FROM round_entrant) LIMIT 1)'
BESIDES = {"uq_round_entrant_order": {"case_id": FREE_CASE}}
"""What else a second row must say otherwise, to meet no other rule."""
PARTIAL = {
    str(index.name): index
    for table in metadata.sorted_tables
    for index in sorted(table.indexes, key=lambda i: str(i.name))
    if index.unique and index.dialect_options["sqlite"]["where"] is not None
}


@pytest.mark.parametrize("name", PARTIAL)
def test_second_open_one_is_refused_and_a_closed_one_is_not(name: str, connection: Connection) -> None:
    index, (alone, closed) = PARTIAL[name], OPEN_ONES[name]
    table = index.table
    assert table is not None
    if not connection.exec_driver_sql(f'SELECT count(*) FROM "{table.name}" WHERE {alone}').scalar():
        connection.exec_driver_sql(f'UPDATE "{table.name}" SET {OPENED.get(name, alone)}')
    columns = ", ".join(f"{table.name}.{c.name}" for c in index.columns)
    with pytest.raises(IntegrityError, match=f"UNIQUE constraint failed: {columns}"):
        copy(connection, table, alone, **BESIDES.get(name, {}))
    copy(connection, table, alone, **BESIDES.get(name, {}), **closed)


OTHERWISE = {"uq_cultivation_item_number", "uq_reveal_sitting_subject", "uq_round_entrant_case_id"}
"""Uniques whose copied row meets another one first, or whose table is empty."""


def uniques() -> Iterator[Any]:
    for table in metadata.sorted_tables:
        for unique in sorted(table.constraints, key=lambda c: str(c.name)):
            if isinstance(unique, UniqueConstraint) and unique.name not in OTHERWISE:
                yield pytest.param(table, {c.name for c in unique.columns}, id=str(unique.name))


@pytest.mark.parametrize(("table", "columns"), list(uniques()))
def test_what_is_there_once_is_not_there_twice(table: Table, columns: set[str], connection: Connection) -> None:
    filled = " AND ".join(f'"{c}" IS NOT NULL' for c in columns)
    if not connection.exec_driver_sql(f'SELECT count(*) FROM "{table.name}" WHERE {filled}').scalar():
        (column,) = columns
        connection.exec_driver_sql(f"UPDATE \"{table.name}\" SET {column} = 'once' WHERE rowid = 1")
    key = next(iter(table.primary_key.columns)).name
    alone = {c.name for u in table.constraints if isinstance(u, UniqueConstraint) for c in u.columns} | {key}
    others = [c for c in table.columns if c.name in alone - columns]
    value = {c.name: f"\"{c.name}\" || 'x'" for c in others}
    value |= {c.name: f'"{c.name}" + 1000' for c in others if c.name in value and not isinstance(c.type, AutoString)}
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    values = ", ".join(value.get(c.name, f'"{c.name}"') for c in table.columns)
    with pytest.raises(IntegrityError, match="UNIQUE constraint failed: ") as error:
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM "{table.name}" WHERE {filled} LIMIT 1'
        )
    assert {name.rpartition(".")[2].strip() for name in str(error.value.orig).split(",")} == columns


FOREIGN = [
    pytest.param(table.name, column.name, id=f"{table.name}-{column.name}")
    for table in metadata.sorted_tables
    for column in table.columns
    if column.foreign_keys
]
EMPTY = {
    "work_look",
    "entry_slug",
    "entry_unit",
    "parked_form",
    "invitation",
    "ledger_file",
    "ledger_mapping",
    "ledger_name",
} | {"pack_file"}
"""Tables in which nothing stands yet; that they refer is told by the comparison of migrations and models."""


@pytest.mark.parametrize(("table", "column"), FOREIGN)
def test_nothing_refers_to_what_is_not_there(table: str, column: str, connection: Connection) -> None:
    row = connection.exec_driver_sql(f'SELECT rowid FROM "{table}" ORDER BY "{column}" IS NULL LIMIT 1').scalar()
    if row is None:
        assert table in EMPTY
        return
    with pytest.raises(IntegrityError, match="(FOREIGN KEY|CHECK) constraint failed"):
        connection.exec_driver_sql(f'UPDATE "{table}" SET "{column}" = \'1500\' WHERE rowid = {row}')


def test_every_table_of_history_has_something_to_lose(forger: Forger) -> None:
    assert all(forger.one(f"SELECT count(*) FROM {table}") > (0,) for table in APPEND_ONLY)
