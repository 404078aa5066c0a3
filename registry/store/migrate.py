"""Databases are made by migrations only. One core head; foreign keys are off while they run and checked after."""

from collections.abc import Callable
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.base.paths import resource

Check = Callable[[Connection], None]
"""What must be true before a migration is committed; raises when it is not."""


def config(engine: Engine) -> Config:
    """Alembic's configuration for this engine."""
    result = Config()
    result.set_main_option("script_location", str(resource("migrations")))
    result.attributes["engine"] = engine
    return result


def upgrade(engine: Engine) -> tuple[str | None, str | None]:
    """Bring a database to the newest revision; returns (revision before, revision after)."""
    before = revision(engine)
    command.upgrade(config(engine), "head")
    return before, revision(engine)


def revision(engine: Engine) -> str | None:
    """The revision a database is at; None when it has no tables of ours."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest() -> str | None:
    """The revision that this installation's migrations lead to; they do not change while it runs."""
    script = Config()
    script.set_main_option("script_location", str(resource("migrations")))
    return ScriptDirectory.from_config(script).get_current_head()


def require_current(engine: Engine) -> None:
    """Raise Broken unless the database is at the newest revision."""
    if revision(engine) != newest():
        raise Broken(msg("The database is not up to date; run: registry db upgrade"))
