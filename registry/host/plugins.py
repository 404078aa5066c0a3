"""Finding plugins: the built-in loader of pack folders and every installed distribution, all by the same door."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

import pluggy

from registry.base.paths import resource
from registry.host import hookspecs
from registry.host.guarded import Failure, call_each
from registry.host.hookspecs import hookimpl

GROUP = "registry.plugins"


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
    """The plugins of this process: pluggy's manager, and what went wrong when they were loaded."""

    manager: pluggy.PluginManager
    failures: list[Failure] = field(default_factory=list)

    @classmethod
    def load(cls, plugin_dirs: Sequence[Path] = ()) -> "Plugins":
        """Register the built-ins and every entry point of the group `registry.plugins`."""
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        plugins = cls(manager)
        manager.register(KindPacks(), "registry.kinds")
        manager.register(FolderPacks(tuple(plugin_dirs)), "registry.folders")
        for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
            try:
                manager.register(point.load(), point.name)
            except (Exception, SystemExit) as error:
                plugins.failures.append(Failure(point.name, "load", f"{type(error).__name__}: {error}"))
        for plugin, hook in pending(manager):
            plugins.failures.append(Failure(plugin, hook, "there is no such hook"))
        return plugins

    def packs(self) -> list[tuple[str, Path]]:
        """(plugin's name, folder) of every pack at hand, built-ins first."""
        found = []
        for name, folders in call_each(self.manager, "register_definitions", self.failures):
            try:
                found += [(name, Path(folder)) for folder in folders]
            except TypeError as error:
                self.failures.append(Failure(name, "register_definitions", f"{type(error).__name__}: {error}"))
        return found

    def distributions(self) -> list[str]:
        """Names of the installed plugins other than the built-ins."""
        return sorted(name for name, _ in self.manager.list_name_plugin() if not name.startswith("registry."))
