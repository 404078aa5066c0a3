"""What commands share: opening the registry, and one way to print."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from registry.base.errors import Fault
from registry.base.settings import Settings, load, load_demo
from registry.host.registry import Registry

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def settings_here() -> Settings:
    """The environment's settings; those of a demonstration when REGISTRY_DATA_DIR holds one with its keys."""
    folder = Path(os.environ.get("REGISTRY_DATA_DIR", "var"))
    return load_demo(folder) if (folder / "keys.json").exists() else load()


@contextmanager
def opened() -> Iterator[Registry]:
    """The registry of `settings_here`."""
    registry = Registry.open(settings_here())
    try:
        yield registry
    finally:
        registry.close()


def show(data: Any, as_json: bool, lines: list[str]) -> None:
    """The one JSON document, or lines for people."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str) if as_json else "\n".join(lines))


def faults_json(faults: list[Fault]) -> list[dict[str, Any]]:
    """Faults for `--json`."""
    return [f.to_json() for f in faults]
