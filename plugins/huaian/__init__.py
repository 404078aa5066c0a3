"""The city of Huai'an: its example criteria, workflows, forms and floors, and the demonstration's data."""

from pathlib import Path

from registry.api import hookimpl


@hookimpl
def register_definitions() -> list[Path]:
    """This folder is the pack."""
    return [Path(__file__).parent]
