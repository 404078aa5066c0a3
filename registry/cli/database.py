"""`registry init`, `registry db`."""

import secrets
from datetime import date

import click

from registry.actions import setup
from registry.base.settings import load
from registry.cli.common import json_option, opened, show
from registry.host.registry import Registry
from registry.store import migrate
from registry.store.engine import make_engine


@click.command()
@click.option("--admin", "login", default="admin", show_default=True, help="Sign-in name of the first administrator.")
def init(login: str) -> None:
    """Make a new registry: tables, regions, calendar, kinds, and a first administrator with a password shown once."""
    registry = Registry.create(load())
    password = secrets.token_urlsafe(12)
    setup.set_up(registry)
    setup.first_administrator(registry, login=login, password=password, from_day=date.today())
    registry.close()
    click.echo(f"The registry is ready. Sign in as {login} with the password {password} (shown this once).")


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest revision."""
    settings = load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, after = migrate.upgrade(make_engine(settings.url))
    click.echo(
        f"The database was at {before or 'nothing'} and is at {after} now."
        if before != after
        else f"The database is at {after}."
    )


@db.command()
@json_option
def check(as_json: bool) -> None:
    """Say whether the database fits this installation, and which years its calendar knows."""
    with opened() as registry, registry.store.read() as session:
        state = setup.state(session)
        lines = [
            f"Revision {state['revision']}",
            f"Calendar {state['calendar'][0]}–{state['calendar'][1]}",
            f"{state['definitions']} definitions published",
        ]
        show(state, as_json, lines)
