"""What commands share: opening the registry, and one way to print."""

import json
from typing import Any

import click

from registry.base.errors import Fault
from registry.base.settings import settings_here
from registry.host.registry import opened

__all__ = ["faults_json", "json_option", "opened", "settings_here", "show"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def show(data: Any, as_json: bool, lines: list[str]) -> None:
    """The one JSON document, or lines for people."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str) if as_json else "\n".join(lines))


def faults_json(faults: list[Fault]) -> list[dict[str, Any]]:
    """Faults for `--json`."""
    return [f.to_json() for f in faults]
