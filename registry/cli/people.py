"""`registry user`."""

import secrets
from datetime import date

import click
from sqlmodel import select

from registry.actions import appointments, people
from registry.cli.common import json_option, opened, show
from registry.rules.permission import SYSTEM, Role
from registry.store.account import Account


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
@json_option
def list_(as_json: bool) -> None:
    """List the accounts."""
    with opened() as registry, registry.store.system() as session:
        rows = [
            {"login": a.login, "title": a.title, "disabled": bool(a.disabled_at)}
            for a in session.exec(select(Account).order_by(Account.login))
        ]
    show(rows, as_json, [f"{r['login']}\t{r['title']}{'  (disabled)' if r['disabled'] else ''}" for r in rows])


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
