"""One opened registry: its settings, clock, database and plugins. Verbs, views, commands and tests are handed it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.base.clock import Clock, SystemClock
from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.base.settings import Settings, settings_here
from registry.host import tables
from registry.host.plugins import Plugins
from registry.store import migrate
from registry.store.keycheck import require_keys
from registry.store.meta import DEMONSTRATION, mark
from registry.store.plugin import switched_off
from registry.store.session import Store
from registry.store.trouble import told

__all__ = ["CLOCK_OFFSET", "DEMONSTRATION", "Registry", "ShiftedClock"]
CLOCK_OFFSET = "clock_offset_seconds"


@dataclass
class ShiftedClock:
    """The demonstration's clock: the machine's, moved by what the database says, so that every process agrees."""

    store: Store

    def now(self) -> datetime:
        """The demonstration's time."""
        with self.store.engine.connect() as connection:
            value = connection.exec_driver_sql(f"SELECT value FROM meta WHERE key = '{CLOCK_OFFSET}'").scalar()
        return SystemClock().now() + timedelta(seconds=float(value or 0))


@dataclass
class Registry:
    """What everything above the host works with."""

    settings: Settings
    store: Store
    plugins: Plugins
    demonstration: bool = False

    @classmethod
    def open(cls, settings: Settings, clock: Clock | None = None) -> "Registry":
        """Open a registry whose database is up to date. Raises Broken when it is not, or when a key is missing."""
        store = Store(settings, clock or SystemClock())
        with told():
            migrate.require_current(store.engine)
        require_keys(store)
        registry = cls(settings, store, Plugins.load(settings.plugin_dirs, settings.plugins))
        store.host = registry
        registry.plugins.switched_off = registry.switched_off
        tables.require_current(store.engine, registry.plugins)
        with store.read() as session:
            registry.demonstration = mark(session, DEMONSTRATION) == "yes"
        if registry.demonstration and clock is None:
            store.clock = ShiftedClock(store)
        return registry

    @classmethod
    def create(cls, settings: Settings, clock: Clock | None = None) -> "Registry":
        """Make or bring up to date the database, then open it."""
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        store = Store(settings, clock or SystemClock())
        try:
            migrate.upgrade(store.engine)
            plugins = Plugins.load(settings.plugin_dirs, settings.plugins)
            list(tables.upgrade(store.engine, plugins))
        finally:
            store.close()
        registry = cls.open(settings, clock)
        registry.plugins.failures += [f for f in plugins.failures if f.hook == tables.HOOK]
        return registry

    def refuse_demonstration(self) -> None:
        """Raise Broken when this is a demonstration's database: production never serves one."""
        if self.demonstration:
            raise Broken(
                msg(
                    "This database is a demonstration and is not served as a real registry; "
                    "use “registry demo”, or set REGISTRY_DATA_DIR to another folder."
                )
            )

    def switched_off(self) -> frozenset[str]:
        """The plugins that are switched off just now."""
        with self.store.read() as session:
            return switched_off(session)

    @property
    def now(self) -> datetime:
        """The time."""
        return self.store.clock.now()

    def close(self) -> None:
        """Give the connections back."""
        self.store.close()


@contextmanager
def opened() -> Iterator[Registry]:
    """The registry that the environment names, for a command."""
    registry = Registry.open(settings_here())
    try:
        yield registry
    finally:
        registry.close()
