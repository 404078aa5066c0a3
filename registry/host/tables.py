"""Tables of plugins: each plugin with a `migrations/` folder keeps its own history, in tables named `p_NAME_…`.

They point to the core's tables and never cascade. A plugin whose migration fails, or has not been run, is not called;
the core, and every other plugin, go on.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.host.guarded import failure
from registry.host.plugins import Plugins
from registry.store import migrate

HOOK = "tables"
"""What a failure of a plugin's tables is told as."""


def folders(plugins: Plugins) -> dict[str, Path]:
    """Plugin's name → the folder of its migrations, of those that have one."""
    found = {name: place / "migrations" for name in plugins.distributions() if (place := plugins.place_of(name))}
    return {name: folder for name, folder in found.items() if folder.is_dir()}


def version_table(name: str) -> str:
    """Where a plugin's revision stands."""
    return f"p_{name}_version"


def upgrade(engine: Engine, plugins: Plugins) -> Iterator[tuple[str, str | None, str | None]]:
    """Bring the tables of every plugin up to date, one by one; (plugin, revision before, revision after) of each.

    A plugin that fails is left as it was, noted among the failures, and not called.
    """
    for name, folder in folders(plugins).items():
        before = revision(engine, name)
        plugins.without_tables.discard(name)
        plugins.failures[:] = [f for f in plugins.failures if (f.plugin, f.hook) != (name, HOOK)]
        try:
            command.upgrade(config(engine, name, folder), "head")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            plugins.failed(failure(name, HOOK, error))
            plugins.without_tables.add(name)
        yield name, before, revision(engine, name)


def require_current(engine: Engine, plugins: Plugins) -> None:
    """Note each plugin whose tables are not what it expects; it is not called."""
    for name, folder in folders(plugins).items():
        try:
            newest = ScriptDirectory.from_config(config(engine, name, folder)).get_current_head()
            if revision(engine, name) != newest:
                raise Broken(msg("The tables of {plugin} are not up to date; run: registry db upgrade", plugin=name))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            plugins.failed(failure(name, HOOK, error))
            plugins.without_tables.add(name)


def revision(engine: Engine, name: str) -> str | None:
    """The revision that a plugin's tables are at; None where there are none."""
    with engine.connect() as connection:
        return MigrationContext.configure(
            connection, opts={"version_table": version_table(name)}
        ).get_current_revision()


def config(engine: Engine, name: str, folder: Path) -> Config:
    """Alembic's configuration for one plugin's history: the core's environment, the plugin's versions."""
    made = migrate.config(engine)
    made.set_main_option("version_locations", str(folder))
    made.set_main_option("path_separator", "os")
    made.attributes.update(version_table=version_table(name), check=checker(engine, name))
    return made


def checker(engine: Engine, name: str) -> migrate.Check:
    """What must be true after a plugin's migration: it made tables of its own name, and they cascade nowhere."""
    before = set(inspect(engine).get_table_names())

    def check(connection: Connection) -> None:
        seen = inspect(connection)
        own = re.compile(rf"p_{name}_\w+")
        now = set(seen.get_table_names())
        if strange := sorted((now - before) | (before - now), key=str):
            strange = [table for table in strange if not own.fullmatch(table)]
        if strange:
            raise Broken(
                msg(
                    "The tables of {plugin} must be named p_{plugin}_…; it made or took away: {names}.",
                    plugin=name,
                    names=", ".join(strange),
                )
            )
        for table in filter(own.fullmatch, now):
            for key in seen.get_foreign_keys(table):
                to, options = key["referred_table"], {str(v).upper() for v in key.get("options", {}).values()}
                if not own.fullmatch(to) and options & {"CASCADE", "SET NULL", "SET DEFAULT"}:
                    raise Broken(
                        msg("{table} must not follow {to} when a row of it goes (no ON DELETE).", table=table, to=to)
                    )

    return check
