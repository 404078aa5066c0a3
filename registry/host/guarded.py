"""Calling plugins one by one, so that a failure is that plugin's alone, is named, and is not silent."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pluggy

log = logging.getLogger("registry.plugins")


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that failed in a hook."""

    plugin: str
    hook: str
    error: str


def call_each(
    manager: pluggy.PluginManager, hook: str, failures: list[Failure] | None = None, /, **kwargs: Any
) -> Iterator[tuple[str, Any]]:
    """(plugin's name, result) of each implementation, in the documented order: by name, built-ins first."""
    caller = getattr(manager.hook, hook)
    for implementation in sorted(
        caller.get_hookimpls(), key=lambda i: (not i.plugin_name.startswith("registry."), i.plugin_name)
    ):
        try:
            result = implementation.function(*(kwargs[name] for name in implementation.argnames))
            if isinstance(result, Iterator):  # a generator fails only when it is read: read it here
                result = list(result)
        except (Exception, SystemExit) as error:
            log.exception("plugin %s failed in %s", implementation.plugin_name, hook)
            if failures is not None:
                failures.append(Failure(implementation.plugin_name, hook, f"{type(error).__name__}: {error}"))
            continue
        yield implementation.plugin_name, result
