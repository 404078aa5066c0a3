"""What commands share: opening the registry, and one way to print."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import click

from registry.base.errors import Fault
from registry.base.i18n import Message
from registry.base.settings import settings_here
from registry.host.registry import Registry, opened
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import account_by_login
from registry.store.people import actor_of

__all__ = ["actor_of_login", "faults_json", "json_option", "opened", "progress", "settings_here", "show"]

T = TypeVar("T")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def progress(items: Iterable[T], label: Message, length: int | None = None) -> Iterator[T]:
    """The items, with how many of how many on stderr while they are gone through; on a terminal only."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(items, length, label=str(label), show_pos=True, file=sys.stderr, hidden=hidden) as bar:
        yield from bar


def show(data: Any, as_json: bool, lines: list[str]) -> None:
    """The one JSON document, or lines for people."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str) if as_json else "\n".join(lines))


def faults_json(faults: list[Fault]) -> list[dict[str, Any]]:
    """Faults for `--json`."""
    return [f.to_json() for f in faults]


def actor_of_login(registry: Registry, login: str | None) -> Actor:
    """Who acts: the operator, or the person of a sign-in name. Raises UsageError."""
    if login is None:
        return SYSTEM
    with registry.store.read(SYSTEM) as session:
        account = account_by_login(session, login)
        if account is None:
            raise click.UsageError(f"There is no account “{login}”.")
        return actor_of(session, account, session.today)
