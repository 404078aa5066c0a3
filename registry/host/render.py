"""Rendering a pack's page in a child process, never in a request."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from registry.base.errors import Broken
from registry.base.i18n import msg

TIMEOUT = 10
"""Seconds on the clock; the child's own limit of processor time is lower."""


def render_page(source: str, data: Mapping[str, Any]) -> str:
    """Clean HTML. Raises Broken with what the child said when it failed or took too long."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", "-m", "registry.host.render_child"],
            input=json.dumps({"source": source, "data": dict(data)}),
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Broken(msg("The page took longer than {n} seconds.", n=TIMEOUT)) from None
    if child.returncode < 0:  # the kernel ended it at its limit
        raise Broken(msg("The page needed too much time or memory and was stopped."))
    if child.returncode != 0:
        said = (child.stderr.strip().splitlines() or [f"status {child.returncode}"])[-1][:300]
        raise Broken(msg("The page cannot be rendered: {error}", error=said))
    return child.stdout
