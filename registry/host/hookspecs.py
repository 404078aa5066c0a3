"""The contract with plugins: every hook, when it is called, and what a return means.

A hook is called implementation by implementation through `host.guarded`, never by pluggy's own loop: one plugin's
failure costs that plugin's contribution and nothing else.
"""

from collections.abc import Iterable
from pathlib import Path

import pluggy

PROJECT = "registry"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_definitions() -> Iterable[Path]:  # type: ignore[empty-body]
    """Say which packs this plugin carries.

    Called when packs are listed, checked or published; never during a request.
    Return: folders that each have a `plugin.yaml` at their root.
    """
