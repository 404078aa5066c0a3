"""Databases are made by migrations alone, and what they make is what the models say."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, inspect

from registry.base.errors import Broken
from registry.base.settings import load, new_keys
from registry.host.registry import Registry
from registry.store import migrate
from registry.store.schema import APPEND_ONLY, metadata
from registry.store.session import make_engine

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
