"""The record tells everything: whoever alters, removes or reorders a row of it, or a row of today's tables, is named."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from registry.actions import cases, entries, notices, proof
from registry.base.clock import FixedClock
from registry.base.errors import Broken
from registry.base.i18n import Text
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store import merkle
from registry.store.entry import Entry
from registry.store.notice import Notice
from registry.store.record import RecordEntry
from registry.store.schema import APPEND_ONLY, tracked_models
from registry.store.title import Title
from registry.testing import Kit, journey

from ..conftest import open_copy


@pytest.fixture(scope="module")
def full(template_registry: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A registry in which something of everything has happened: a title, an objection answered, a revocation."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("full") / "registry", date(2026, 3, 2))
    id = journey.city(kit, "notice")
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
    row = notice.body["rows"][0]
    notices.object_to(
        kit.registry,
        notice_number=notice.number,
        public_id=row["public_id"],
        words="申报的种养面积与实际不符，请核查。",
        name="李示例",
        contact="0517-80000001",
    )
    answered_by = kit.who("city-officer2")
    number = f"{notice.number}-1"
    notices.answer_objection(kit.registry, answered_by, number=number, upheld=False, answer="经查不成立", key="a")
    journey.after_notice(kit, id)
    kit.act("city-officer", id, "clear")
    journey.forward(kit, id, journey.CITY_STEPS, None)
    with kit.registry.store.system() as session:
        title = session.exec(select(Title)).one()
        slug = session.get_one(Entry, title.entry_id).slug
    entries.observe(
        kit.registry,
        SYSTEM,
        fact="practitioners",
        value="12000",
        source="statistics",
        standing="documented",
        entry=slug,
    )
    why = Text.model_validate("提供虚假材料（示例）")
    reviewer = kit.who("city-reviewer")
    cases.propose_revocation(kit.registry, reviewer, number=title.number, reason=why, public_reason=why, key="r")
    assert kit.health().fault is None
    kit.registry.close()
    return kit


@pytest.fixture
def database(full: Kit, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy of its database, opened by somebody with the file in hand: no trigger, no constraint holds them."""
    shutil.copy(full.registry.settings.data_dir / "registry.db", tmp_path / "registry.db")
    with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def fault(full: Kit, folder: Path) -> str:
    """What verification says of the altered copy."""
    keys = {key: getattr(full.registry.settings, key) for key in ("secret_key", "field_keys", "record_key")}
    registry = Registry.open(load(data_dir=folder, **keys), FixedClock(date(2026, 4, 1)))
    try:
        health = Kit(registry, FixedClock(date(2026, 4, 1))).health()
        assert health.fault is not None
        return health.fault.text("en")
    finally:
        registry.close()


OUTCOMES = [(str(m.__tablename__), column) for m in tracked_models() for column in m.__outcome__]
UNUSED = {"round"}
"""Tables that nothing fills yet."""


@pytest.mark.parametrize(("table", "column"), [pair for pair in OUTCOMES if pair[0] not in UNUSED])
def test_altered_outcome_column_is_named(
    table: str, column: str, full: Kit, database: sqlite3.Connection, tmp_path: Path
) -> None:
    row, old = database.execute(f'SELECT rowid, "{column}" FROM "{table}" ORDER BY rowid LIMIT 1').fetchone()
    key = "code" if table == "region" else "year" if table == "calendar_year" else "id"
    name = database.execute(f'SELECT * FROM "{table}" WHERE rowid = ?', (row,))
    columns = [c[0] for c in name.description]
    id = dict(zip(columns, name.fetchone(), strict=True)).get(key)
    database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (other(old, column), row))
    said = fault(full, tmp_path)
    assert table in said and (column in said or column == key), said
    assert str(id) in said or column == key


def other(old: object, column: str) -> object:
    """A value that is not the old one, of the same kind."""
    if isinstance(old, int):
        return 0 if old else 1
    text = str(old or "")
    if text and text[0] in "{[":
        return json.dumps({"zh-Hans": "改"} if text[:1] == "{" else ["改"])
    if len(text) >= 19 and text[4:5] == "-" and text[10:11] in " T":
        return "2020" + text[4:]
    if len(text) == 10 and text[4:5] == "-" and text[7:8] == "-":
        return "2020-01-01"
    if column.endswith(("_on", "_date", "_from", "_to", "_day", "_at")):
        return "2020-01-01"
    return json.dumps(text + "x")


@pytest.mark.parametrize("column", ["at", "verb", "subject", "account", "person", "detail", "state"])
def test_altered_row_of_the_record_is_named(
    column: str, full: Kit, database: sqlite3.Connection, tmp_path: Path
) -> None:
    (old,) = database.execute(f'SELECT "{column}" FROM record_entry WHERE id = 9').fetchone()
    database.execute(f'UPDATE record_entry SET "{column}" = ? WHERE id = 9', (other(old, column),))
    assert fault(full, tmp_path).startswith("Row 8 of the record was altered (")


def test_removed_row_of_the_record_is_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("DELETE FROM record_entry WHERE id = 9")
    assert fault(full, tmp_path) == "Row 8 of the record was removed."


def test_row_removed_with_its_place_is_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("DELETE FROM record_leaf WHERE seq = 8")
    database.execute("DELETE FROM record_entry WHERE id = 9")
    assert fault(full, tmp_path) == "Row 8 of the record was removed or moved."


def test_end_cut_off_is_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    (last,) = database.execute("SELECT max(seq) FROM record_leaf").fetchone()
    database.execute("DELETE FROM record_leaf WHERE seq = ?", (last,))
    assert fault(full, tmp_path).startswith(f"Row {last} of the record was removed")


def test_reordered_rows_are_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    a, b = (database.execute("SELECT entry_id, leaf FROM record_leaf WHERE seq = ?", (n,)).fetchone() for n in (8, 9))
    database.execute("UPDATE record_leaf SET entry_id = -1 WHERE seq = 8")
    database.execute("UPDATE record_leaf SET entry_id = ?, leaf = ? WHERE seq = 9", a)
    database.execute("UPDATE record_leaf SET entry_id = ?, leaf = ? WHERE seq = 8", b)
    assert "of the record were altered or reordered" in fault(full, tmp_path)


def test_forged_head_is_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute(
        "UPDATE record_head SET at = '2020-01-01 00:00:00' WHERE size = (SELECT max(size) FROM record_head)"
    )
    assert "does not carry this registry's signature" in fault(full, tmp_path)


def test_deleted_state_and_unrecorded_state_are_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("PRAGMA foreign_keys=OFF")
    (id,) = database.execute("SELECT id FROM title").fetchone()
    database.execute("DELETE FROM title")
    assert fault(full, tmp_path) == f"title:{id} is in the record but no longer in the tables."


def test_unrecorded_state_is_named(full: Kit, database: sqlite3.Connection, tmp_path: Path) -> None:
    columns = [
        row[1] for row in database.execute("PRAGMA table_info(title)") if row[1] not in ("id", "number", "scheme")
    ]
    listed = ", ".join(f'"{c}"' for c in columns)
    database.execute(
        f"INSERT INTO title (id, number, scheme, {listed}) SELECT 'forged', 'F-1', 'forged', {listed} FROM title"
    )
    assert fault(full, tmp_path) == "title:forged stands in the tables but was never recorded."


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_tables_refuse_to_be_changed(table: str, full: Kit) -> None:
    with closing(sqlite3.connect(full.registry.settings.data_dir / "registry.db")) as connection:
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_change_without_a_record_is_refused(kit: Kit) -> None:
    id = journey.filed(kit)
    with pytest.raises(Broken, match="was not recorded"), kit.registry.store.system() as session:
        case = session.get_one(cases.Case, id)
        case.stage = "review"
        session.add(case)
    assert kit.case(id).stage == "acceptance"


def test_proof_of_a_title_is_checked_without_this_program(kit: Kit) -> None:
    journey.city(kit)
    with kit.registry.store.system() as session:
        number = session.exec(select(Title.number)).one()
        said = proof.title_proof(session, kit.registry.store.signer, number)
    at, size, node = said["index"], said["head"]["size"], said["leaf"]
    last = size - 1
    for sibling in said["path"]:
        if at % 2 or at == last:
            node = merkle.node_hash(sibling, node)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            node = merkle.node_hash(node, sibling)
        at, last = at // 2, last // 2
    assert node == said["head"]["root"]


def test_objectors_and_contacts_lie_nowhere_in_clear(full: Kit) -> None:
    folder = full.registry.settings.data_dir
    wanted = [
        words.encode(e)
        for words in ("李示例", "张示例", "0517-80000001", "0517-80000002")
        for e in ("utf-8", "utf-16-le")
    ]
    for file in (f for f in folder.rglob("*") if f.is_file()):
        data = file.read_bytes()
        assert not [w for w in wanted if w in data], file.name


def test_every_change_of_a_case_says_who(full: Kit) -> None:
    with full.registry.store.system() as session:
        rows = session.exec(select(RecordEntry).where(RecordEntry.verb == "case.move")).all()
    assert rows and all(row.person and row.account for row in rows)
