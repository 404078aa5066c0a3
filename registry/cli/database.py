"""`registry init`, `registry db`."""

import secrets
from datetime import date

import click

from registry.actions import plugins, setup
from registry.base.settings import load
from registry.cli.common import json_option, opened, show
from registry.host import tables
from registry.host.registry import Registry
from registry.rules.permission import ROLE_NAMES, Role
from registry.store import migrate
from registry.store.engine import make_engine


@click.command()
@click.option("--admin", default="admin", show_default=True, help="Sign-in name of the system administrator.")
@click.option("--security", default="security", show_default=True, help="Sign-in name of the security administrator.")
@click.option("--audit", default="audit", show_default=True, help="Sign-in name of the audit administrator.")
def init(admin: str, security: str, audit: str) -> None:
    """Make a new registry: tables, regions, calendar, kinds, and the three administrators, passwords shown once."""
    registry = Registry.create(load())
    setup.set_up(registry)
    logins = {Role.SYSTEM_ADMIN: admin, Role.SECURITY_ADMIN: security, Role.AUDIT_ADMIN: audit}
    passwords: dict[str, tuple[str, str]] = {role: (login, secrets.token_urlsafe(12)) for role, login in logins.items()}
    setup.first_administrators(registry, passwords=passwords, from_day=date.today())
    registry.close()
    click.echo("The registry is ready. Three people sign in as administrators; their passwords are shown this once:")
    for role, (login, password) in passwords.items():
        click.echo(f"  {login}  {password}  ({ROLE_NAMES[role].text('en')})")


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
    with opened() as registry:
        for name, had, has in tables.upgrade(registry.store.engine, registry.plugins):
            click.echo(f"The tables of {name} were at {had or 'nothing'} and are at {has or 'nothing'} now.")
        failed = [f for f in registry.plugins.failures if f.hook == tables.HOOK]
        plugins.note_failures(registry)
    for failure in failed:
        click.echo(f"FAILED {failure.plugin}: {failure.error}", err=True)
    if failed:
        click.echo("These plugins are not called until their tables are right; everything else goes on.", err=True)


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
