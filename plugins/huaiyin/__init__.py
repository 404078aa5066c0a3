"""Huaiyin District: criteria for its domestic workers, a background check before it recommends, its pages."""

from pathlib import Path

from registry.api import hookimpl


@hookimpl
def register_definitions() -> list[Path]:
    """This folder is the pack."""
    return [Path(__file__).parent]
