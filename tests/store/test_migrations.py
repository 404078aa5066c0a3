"""Databases are made by migrations alone, and what they make is what the models say."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, MetaData, inspect

from registry.base.errors import Broken
from registry.base.paths import resource
from registry.base.settings import Settings, load, new_keys
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store import migrate
from registry.store.engine import make_engine
from registry.store.schema import APPEND_ONLY, metadata
from registry.store.table import new_id
from registry.store.verify import verify
from registry.testing import Kit, journey

from .. import databases
from .conftest import Forger

ROOT = Path(__file__).parents[2]
ASPECTS: dict[str, Callable[[Inspector, str], Any]] = {
    "columns": lambda i, t: {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in i.get_columns(t)},
    "primary key": lambda i, t: i.get_pk_constraint(t),
    "foreign keys": lambda i, t: sorted(map(str, i.get_foreign_keys(t))),
    "unique constraints": lambda i, t: sorted(map(str, i.get_unique_constraints(t))),
    "checks": lambda i, t: {c["name"]: " ".join(c["sqltext"].split()) for c in i.get_check_constraints(t)},
    "indexes": lambda i, t: sorted(
        (x["name"], x["column_names"], x["unique"], str(x["dialect_options"].get("sqlite_where")))
        for x in i.get_indexes(t)
    ),
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A database brought up from nothing."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('migrated')}/registry.db")
    assert migrate.upgrade(engine) == (None, migrate.newest())
    return engine


@pytest.fixture(scope="module")
def modelled(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """What the models alone would make."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('modelled')}/registry.db")
    metadata.create_all(engine)
    return engine


def test_autogenerate_finds_no_difference(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("aspect", ASPECTS)
def test_migrations_make_what_the_models_say(aspect: str, migrated: Engine, modelled: Engine) -> None:
    made, said = inspect(migrated), inspect(modelled)
    tables = set(said.get_table_names())
    assert set(made.get_table_names()) == tables | {"alembic_version"}
    for table in sorted(tables):
        assert ASPECTS[aspect](made, table) == ASPECTS[aspect](said, table), table


def test_every_constraint_has_the_name_that_the_convention_gives(migrated: Engine) -> None:
    made = inspect(migrated)
    for table in metadata.tables:
        names = [made.get_pk_constraint(table)["name"]]
        for found in (made.get_foreign_keys, made.get_unique_constraints, made.get_check_constraints, made.get_indexes):
            names += [x["name"] for x in found(table)]  # type: ignore[operator]
        assert all(name and re.match(rf"(pk|fk|uq|ck|ix)_{table}", name) for name in names), names


def test_append_only_tables_have_their_triggers(migrated: Engine) -> None:
    with migrated.connect() as connection:
        found = connection.exec_driver_sql("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    assert sorted(found) == sorted([*APPEND_ONLY, *APPEND_ONLY])


def test_there_is_one_head_and_one_beginning(migrated: Engine) -> None:
    script = ScriptDirectory.from_config(migrate.config(migrated))
    assert len(script.get_heads()) == len(script.get_bases()) == 1


def test_another_upgrade_changes_nothing(migrated: Engine) -> None:
    newest = migrate.newest()
    assert migrate.upgrade(migrated) == (newest, newest)


@pytest.mark.slow
@pytest.mark.sqlite  # PostgreSQL checks them always
def test_foreign_keys_hold_after_an_upgrade_and_nothing_dangles(migrated: Engine, forger: Forger) -> None:
    for engine in (migrated, forger.registry.store.engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with migrated.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_database_without_migrations_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="registry db upgrade"):
        Registry.open(load(data_dir=tmp_path, **new_keys()))


def test_nothing_but_migrations_makes_tables() -> None:
    for file in (ROOT / "registry").rglob("*.py"):
        assert "create_all" not in file.read_text(), file


def revisions() -> list[str]:
    """Every revision but the newest, the oldest first."""
    script = Config()
    script.set_main_option("script_location", str(resource("migrations")))
    found = [r.revision for r in ScriptDirectory.from_config(script).walk_revisions()]
    return found[:0:-1]


@pytest.fixture
def beginning(kit: Kit, database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """The settings of a database without tables, with the keys of a registry at work."""
    name = f"t_{new_id()[:12]}"
    url = request.getfixturevalue("cluster").create(name) if database == "postgresql" else ""
    yield kit.registry.settings.model_copy(update={"data_dir": tmp_path, "database_url": url})
    if url:
        databases.shared().drop(name)


LOOSE = {"sqlite": "PRAGMA foreign_keys=OFF", "postgresql": "SET session_replication_role = replica"}
TIGHT = {"sqlite": "PRAGMA foreign_keys=ON", "postgresql": "SET session_replication_role = origin"}


def fill(engine: Engine, source: Engine) -> dict[str, int]:
    """Give a database the rows of another, as far as it has such tables and columns; returns how many, by table."""
    there = MetaData()
    there.reflect(engine)
    counts, dialect = {}, engine.dialect.name
    mark = "?" if dialect == "sqlite" else "%s"
    with source.connect() as old, engine.connect() as new:
        raw = new.connection.dbapi_connection
        raw.execute(LOOSE[dialect])  # type: ignore[union-attr]
        raw.commit()  # type: ignore[union-attr]
        for table in there.sorted_tables:
            if table.name == "alembic_version":
                continue
            new.execute(table.delete())
            gone = {c.name for c in table.columns} - {c["name"] for c in inspect(source).get_columns(table.name)}
            if gone:  # a table that nothing was ever written into was made anew
                assert not old.exec_driver_sql(f'SELECT count(*) FROM "{table.name}"').scalar(), (table.name, gone)
                counts[table.name] = 0
                continue
            names = ", ".join(f'"{c.name}"' for c in table.columns)
            rows = old.exec_driver_sql(f'SELECT {names} FROM "{table.name}"').all()
            marks = ", ".join(mark for _ in table.columns)
            for row in rows:
                new.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(row))
            counts[table.name] = len(rows)
        new.commit()
        raw.execute(TIGHT[dialect])  # type: ignore[union-attr]
        raw.commit()  # type: ignore[union-attr]
    return counts


PLUGIN = (
    "CREATE TABLE p_test_note (id INTEGER PRIMARY KEY, words TEXT, entry_id VARCHAR(32) NOT NULL REFERENCES entry (id),"
    ' case_id VARCHAR(32) NOT NULL REFERENCES "case" (id) ON DELETE CASCADE,'
    " appointment_id VARCHAR(32) NOT NULL REFERENCES appointment (id) ON DELETE CASCADE)",
    "INSERT INTO p_test_note SELECT 1, 'a', c.entry_id, c.id, a.id FROM \"case\" c, appointment a LIMIT 1",
)
"""A plugin's table, whose rows a careless rebuild of a core table would take away."""


@pytest.mark.slow
@pytest.mark.parametrize("revision", revisions())
def test_upgrade_keeps_every_row_of_core_and_plugin(revision: str, beginning: Settings, kit: Kit) -> None:
    """The registry has done what there was at every revision: titles, corrections, files; nothing that came later."""
    journey.city(kit)
    journey.county(kit, "acceptance", name="盱眙虚构乙种养员")
    engine = make_engine(beginning.url)
    command.upgrade(migrate.config(engine), revision)
    counts = fill(engine, kit.registry.store.engine)
    with engine.begin() as connection:
        for statement in PLUGIN:
            connection.exec_driver_sql(statement)
    assert counts["case"] >= 3 and counts["record_entry"] > 40 and counts["appointment"] > 10
    assert migrate.upgrade(engine) == (revision, migrate.newest())
    with engine.connect() as connection:
        for table, n in {**counts, "p_test_note": 1}.items():
            assert connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar() == n, table
    engine.dispose()
    registry = Registry.open(beginning, kit.clock)
    with registry.store.read(SYSTEM) as session:
        assert verify(session, registry.store.signer).fault is None
    registry.close()


def test_both_databases_have_the_same_constraints(modelled: Engine, kit: Kit) -> None:
    made, said = inspect(kit.registry.store.engine), inspect(modelled)
    for table in said.get_table_names():
        for aspect in ("get_check_constraints", "get_unique_constraints", "get_foreign_keys", "get_indexes"):
            names = {c["name"] for c in getattr(made, aspect)(table) if not c.get("duplicates_constraint")}
            assert names == {c["name"] for c in getattr(said, aspect)(table)}, (table, aspect)
