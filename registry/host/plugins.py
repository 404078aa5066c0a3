"""Finding plugins: the built-in loader of pack folders and every installed distribution, all by the same door."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pluggy

from registry.base.paths import resource
from registry.base.region import is_within
from registry.host import hookspecs
from registry.host.guarded import Failure, call, failure
from registry.host.hookspecs import hookimpl
from registry.host.packs import region_of

log = logging.getLogger("registry.plugins")
GROUP = "registry.plugins"
BUILT_IN = "registry."
"""How the names of built-in plugins begin; no failure of theirs is a plugin's."""
SECONDS: dict[str, float] = {
    "before_transition": 2,
    "compute_fact": 2,
    "page_slot": 5,
    "showcase_pages": 5,
    "export_columns": 10,
    "after_transition": 30,
    "send_sms": 30,
}
"""How long a hook may take; those that run only at the start have no limit."""
IN_A_ROW, PAUSE = 3, 60.0
"""A hook that failed so often in a row is not called for so many seconds, so that nobody waits for it again and again."""


class KindPacks:
    """Built-in plugin: the kinds that come with the core."""

    @hookimpl
    def register_definitions(self) -> list[Path]:
        """The packs under `kinds/`."""
        return pack_folders(resource("kinds"))


@dataclass(frozen=True)
class FolderPacks:
    """Built-in plugin: the packs that lie in the folders of REGISTRY_PLUGIN_DIRS."""

    folders: tuple[Path, ...]

    @hookimpl
    def register_definitions(self) -> list[Path]:
        """Every folder with a `plugin.yaml`."""
        return [pack for folder in self.folders for pack in pack_folders(folder)]


@dataclass(frozen=True)
class WantedPacks:
    """Built-in plugin: packs that travel with the core and are wanted here."""

    folders: tuple[Path, ...]

    @hookimpl
    def register_definitions(self) -> list[Path]:
        """Their folders."""
        return list(self.folders)


def carried_packs() -> dict[str, Path]:
    """The packs without Python that travel with the core, by their folder's name; nobody publishes them unasked."""
    return {f.name: f for f in pack_folders(resource("packs")) if not (f / "pyproject.toml").exists()}


def pending(manager: pluggy.PluginManager) -> Iterator[tuple[str, str]]:
    """(plugin's name, hook) of implementations of hooks that do not exist; they are never called."""
    for caller in vars(manager.hook).values():
        if isinstance(caller, pluggy.HookCaller) and not caller.has_spec():
            yield from ((i.plugin_name, caller.name) for i in caller.get_hookimpls() if not i.optionalhook)


def pack_folders(folder: Path) -> list[Path]:
    """The packs directly inside a folder, by name."""
    return sorted(p.parent for p in folder.glob("*/plugin.yaml"))


@dataclass
class Plugins:
    """The plugins of this process: pluggy's manager, what is known of each, and what went wrong."""

    manager: pluggy.PluginManager
    failures: list[Failure] = field(default_factory=list)
    """What went wrong in this process and is not written down yet."""
    versions: dict[str, str] = field(default_factory=dict)
    """Plugin's name → version of its distribution."""
    regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Plugin's name → the regions of its packs; hooks about a place are called only for places inside them."""
    not_allowed: set[str] = field(default_factory=set)
    """Installed, and not loaded because the settings name others."""
    without_tables: set[str] = field(default_factory=set)
    """Plugins whose own tables are not what they expect; nothing of theirs is called."""
    switched_off: Callable[[], frozenset[str]] = frozenset
    """The plugins that are switched off just now, in every process."""
    _in_a_row: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def load(cls, plugin_dirs: Sequence[Path] = (), allowed: Sequence[str] = ()) -> "Plugins":
        """Register the built-ins and every entry point of the group `registry.plugins`.

        `allowed`: only those named so, as `name` or `name==version`; without any, all that are installed.
        """
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        plugins = cls(manager)
        manager.register(KindPacks(), "registry.kinds")
        manager.register(FolderPacks(tuple(plugin_dirs)), "registry.folders")
        for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
            version = plugins.versions[point.name] = point.dist.version if point.dist else ""
            if allowed and not {point.name, f"{point.name}=={version}"} & set(allowed):
                plugins.not_allowed.add(point.name)
                continue
            try:
                manager.register(point.load(), point.name)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                plugins.failures.append(failure(point.name, "load", error))
        for plugin, hook in pending(manager):
            plugins.failures.append(Failure(plugin, hook, "there is no such hook"))
        return plugins

    def want(self, folders: Iterable[Path]) -> None:
        """Have these packs at hand, too."""
        self.manager.register(WantedPacks(tuple(folders)), "registry.wanted")

    def each(
        self,
        hook: str,
        given: Mapping[str, Any] = {},
        *,
        region: str | None = None,  # noqa: B006
    ) -> Iterator[tuple[str, Any]]:
        """(plugin's name, result) of each implementation, in the documented order: by name, built-ins first.

        `region`: only plugins of packs that this place lies in are asked. A failure is named in `failures`, and the
        plugin left out.
        """
        for implementation in self.asked(hook, region):
            name = implementation.plugin_name
            try:
                yield name, self.call(hook, implementation, given)
            except FailedError:
                continue

    def asked(self, hook: str, region: str | None = None) -> list[pluggy.HookImpl]:
        """The implementations that are asked about a place, in order."""
        found = getattr(self.manager.hook, hook).get_hookimpls()
        if not found:
            return []
        off = self.switched_off() | self.without_tables
        return sorted(
            (i for i in found if i.plugin_name not in off and (region is None or self.speaks_for(i, region))),
            key=_order,
        )

    def call(self, hook: str, implementation: pluggy.HookImpl, given: Mapping[str, Any], *, hidden: str = "") -> Any:
        """What one implementation returns. Raises FailedError, with the failure noted and logged.

        `hidden`: what must not be read in the words of its error, such as somebody's telephone number.
        """
        name = implementation.plugin_name
        count, until = self._in_a_row.get((name, hook), (0, 0.0))
        if count >= IN_A_ROW and time.monotonic() < until:
            raise FailedError(name)
        try:
            result = call(
                implementation.function, {key: given[key] for key in implementation.argnames}, SECONDS.get(hook)
            )
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and hook not in SECONDS:  # not the plugin's, but Ctrl-C
                raise
            self._in_a_row[name, hook] = (count + 1, time.monotonic() + PAUSE)
            self.failed(failure(name, hook, error, hidden))
            raise FailedError(name) from (None if hidden else error)
        self._in_a_row.pop((name, hook), None)
        return result

    def failed(self, what: Failure) -> None:
        """Note and log a failure."""
        log.error("plugin %s failed in %s: %s\n%s", what.plugin, what.hook, what.error, what.traceback)
        self.failures.append(what)
        del self.failures[:-100]

    def wrong(self, plugin: str, hook: str, wanted: str, got: Any) -> None:
        """Note that a hook returned what it must not."""
        self.failed(Failure(plugin, hook, f"TypeError: {wanted} is wanted, not {type(got).__name__}"))

    def speaks_for(self, implementation: pluggy.HookImpl, region: str) -> bool:
        """Whether a place lies in a region of the plugin; one without packs speaks for every place."""
        own = self.regions_of(implementation.plugin_name)
        return not own or any(is_within(region, place) for place in own if place)

    def regions_of(self, name: str) -> tuple[str, ...]:
        """The regions of a plugin's packs; an empty one of a pack that cannot be read, so that it speaks for nobody."""
        if name not in self.regions:
            found = tuple(region_of(folder) or "" for folder in self.folders_of(name))
            if not found and "register_definitions" in self.hooks_of(name):
                return ("",)  # it failed to say them just now: it is asked again the next time
            self.regions[name] = found
        return self.regions[name]

    def folders_of(self, name: str) -> list[Path]:
        """The packs of one plugin."""
        found = [i for i in self.manager.hook.register_definitions.get_hookimpls() if i.plugin_name == name]
        return [folder for i in found for folder in self._packs_of(i)]

    def packs(self) -> list[tuple[str, Path]]:
        """(plugin's name, folder) of every pack at hand, built-ins first."""
        found = self.manager.hook.register_definitions.get_hookimpls()
        return [(i.plugin_name, folder) for i in sorted(found, key=_order) for folder in self._packs_of(i)]

    def _packs_of(self, implementation: pluggy.HookImpl) -> list[Path]:
        hook = "register_definitions"
        try:
            return [Path(folder) for folder in self.call(hook, implementation, {})]
        except FailedError:
            return []
        except TypeError as error:
            self.failed(failure(implementation.plugin_name, hook, error))
            return []

    def distributions(self) -> list[str]:
        """Names of the installed plugins other than the built-ins."""
        return sorted(name for name, _ in self.manager.list_name_plugin() if not name.startswith(BUILT_IN))

    def hooks_of(self, name: str) -> list[str]:
        """The hooks that a plugin implements, by name."""
        plugin = self.manager.get_plugin(name)
        return sorted(c.name for c in (self.manager.get_hookcallers(plugin) or ())) if plugin else []

    def place_of(self, name: str) -> Path | None:
        """The folder in which a plugin's module lies."""
        file = getattr(self.manager.get_plugin(name), "__file__", None)
        return Path(file).parent if file else None


def _order(implementation: pluggy.HookImpl) -> tuple[bool, str]:
    name = implementation.plugin_name
    return not name.startswith(BUILT_IN), name


class FailedError(Exception):
    """A plugin failed; it has been noted. Carries the plugin's name."""
