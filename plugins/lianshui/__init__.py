"""Lianshui County: criteria for its sewing workers, a shorter first answer, its page."""

from pathlib import Path

from registry.api import hookimpl


@hookimpl
def register_definitions() -> list[Path]:
    """This folder is the pack."""
    return [Path(__file__).parent]
