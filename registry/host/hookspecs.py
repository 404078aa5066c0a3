"""The contract with plugins: every hook, when it is called, and what a return means.

A hook is called implementation by implementation through `host.guarded`, never by pluggy's own loop: one plugin's
failure costs that plugin's contribution and nothing else.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

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


@hookspec
def auth_provider() -> Any | None:
    """Let people sign in with another system's word instead of a password here.

    Called once in each process, when the sign-in page is first asked for. Settings are the plugin's own: it reads them
    from the environment.
    Return: a `registry.api.AuthProvider`, which gets a button on the sign-in page; None where the operator has not set
    the plugin up. Raise when it is set up wrongly: the failure is listed by `registry plugin list`, and people go on
    signing in with passwords. A provider opens accounts that are there; it never makes any.
    """
