"""`registry user`."""

import secrets
from datetime import date
from typing import Any

import click

from registry.actions import accounts, appointments, lockout, people
from registry.cli.common import json_option, opened, show
from registry.rules.permission import SYSTEM, Role


@click.group()
def user() -> None:
    """Accounts."""


@user.command()
@click.argument("login")
@click.option("--title", required=True, help="What colleagues see, such as “盱眙县人社局 经办”.")
@click.option("--name", required=True, help="The person's name; it is kept encrypted.")
@click.option("--role", type=click.Choice([str(r) for r in Role]), required=True)
@click.option("--region", required=True, help="Six digits.")
@click.option("--organisation", help="For applicants: the organisation's id.")
def add(login: str, title: str, name: str, role: str, region: str, organisation: str | None) -> None:
    """Add an account with one role; its password is shown once."""
    password = secrets.token_urlsafe(12)
    with opened() as registry:
        people.add_account(registry, SYSTEM, login=login, name=name, title=title, password=password)
        appointments.appoint(
            registry, SYSTEM, login=login, role=role, region=region, from_day=date.today(), organisation_id=organisation
        )
    click.echo(f"Account {login} was added as {role} of {region}. Password, shown this once: {password}")


@user.command("list")
@click.option("--unused", type=click.IntRange(min=1), help="Only open accounts not used for so many days.")
@json_option
def list_(unused: int | None, as_json: bool) -> None:
    """List the accounts, the longest unused first."""
    with opened() as registry, registry.store.read(SYSTEM) as session:
        _, uses = accounts.uses(session, registry.store.index, unused_days=unused or 0)
    rows = [
        {
            "login": use.account.login,
            "title": use.account.title,
            "disabled": bool(use.account.disabled_at),
            "last_sign_in": use.last,
            "second_factor": bool(use.account.second_factor_at),
        }
        for use in uses
    ]
    show(rows, as_json, [listed(row) for row in rows])


def listed(row: dict[str, Any]) -> str:
    """One account on a line."""
    last = f"{row['last_sign_in']:%Y-%m-%d}" if row["last_sign_in"] else "never"
    return f"{row['login']}\t{last}\t{row['title']}{'  (disabled)' if row['disabled'] else ''}"


@user.command()
@click.argument("login")
def unlock(login: str) -> None:
    """Let an account that is locked after failed attempts be tried again."""
    with opened() as registry:
        lockout.unlock(registry, SYSTEM, login=login)
    click.echo(f"Account {login} can be tried again.")


@user.command()
@click.argument("login")
@click.argument("subject")
@click.option("--provider", default="oidc", show_default=True, help="The plugin for single sign-on.")
def link(login: str, subject: str, provider: str) -> None:
    """Say who an account is to the provider of single sign-on; an empty SUBJECT takes the link away."""
    with opened() as registry:
        accounts.link(registry, SYSTEM, login=login, provider=provider, subject=subject)
    click.echo(f"Account {login} is {'linked' if subject.strip() else 'not linked any more'}.")


@user.command()
@click.argument("login")
def disable(login: str) -> None:
    """Disable an account; its sessions end at once."""
    with opened() as registry:
        people.disable(registry, SYSTEM, login=login)
    click.echo(f"Account {login} is disabled.")


@user.command()
@click.argument("login")
def reset(login: str) -> None:
    """Give an account a new password, shown once; its sessions end."""
    password = secrets.token_urlsafe(12)
    with opened() as registry:
        people.reset_password(registry, SYSTEM, login=login, password=password)
    click.echo(f"Account {login} has a new password, shown this once: {password}")
