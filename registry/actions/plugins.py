"""Verbs about plugins: switched off and on; their failures written down where every administrator sees them."""

from dataclasses import dataclass, field

from sqlmodel import col, select

from registry.base.canonical import sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused, Unavailable
from registry.base.i18n import msg
from registry.host import tables
from registry.host.guarded import Failure
from registry.host.packs import read_pack
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor, Role
from registry.store.definition import Definition
from registry.store.job import enqueue
from registry.store.plugin import PluginFailure, PluginState, failure_id, failures_of, state_of
from registry.store.session import ReadSession, WriteSession
from registry.store.showcase import RenderedPage
from registry.store.table import new_id


@dataclass
class Known:
    """A plugin, as the administrator sees it."""

    name: str
    version: str = ""
    regions: tuple[str, ...] = ()
    hooks: list[str] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    tables: str | None = None
    """Revision of its own tables; None where it has none."""
    loaded: bool = False
    """Whether it is in this installation and could be loaded."""
    state: PluginState | None = None
    failures: list[PluginFailure] = field(default_factory=list)

    @property
    def enabled(self) -> bool:
        """Whether it is not switched off."""
        return self.state is None or self.state.enabled


def known(registry: Registry, session: ReadSession) -> list[Known]:
    """Every plugin that is installed, was switched off, or has failed; in the order in which they are asked."""
    plugins = registry.plugins
    found = {name: Known(name, version) for name, version in plugins.versions.items()}
    own_tables = tables.folders(plugins)
    for name in plugins.distributions():
        one = found.setdefault(name, Known(name))
        folders = plugins.folders_of(name)
        one.loaded, one.hooks, one.packs = True, plugins.hooks_of(name), [folder.name for folder in folders]
        one.regions = plugins.regions_of(name)
        if name in own_tables:
            one.tables = tables.revision(registry.store.engine, name) or "–"
    for state in session.exec(select(PluginState)):
        found.setdefault(state.plugin, Known(state.plugin)).state = state
    for failure in failures_of(session):
        found.setdefault(failure.plugin, Known(failure.plugin)).failures.append(failure)
    return [found[name] for name in sorted(found)]


def switch(registry: Registry, actor: Actor, name: str, *, on: bool, reason: str) -> None:
    """Switch a plugin off or on, in every process at once. Its packs stay in force, its tables as they are.

    While it is off none of its hooks is called and none of its pages is shown. Raises Refused, BadInput, NotFound.
    """
    require_admin(actor)
    require_reason(reason)
    with registry.store.write(actor) as session:
        state = state_of(session, name)
        if state is None and name not in registry.plugins.versions and name not in registry.plugins.distributions():
            raise NotFound(msg("There is no plugin “{name}”.", name=name))
        if (state is None or state.enabled) == on:
            return
        set_state(session, name, on=on, reason=reason)
        session.record("plugin.enable" if on else "plugin.disable", f"plugin:{name}", reason=sha256(reason))
        session.changes("definitions")
        enqueue(session, "render", f"plugin:{name}:{new_id()}", session.now)


def remove(registry: Registry, actor: Actor, name: str, *, reason: str) -> list[str]:
    """Take a plugin out of use for good: its definitions out of force, its hooks off. Returns the definitions.

    Cases that are judged by them go on and stay readable; its tables stay until an operator drops them. Raises
    Refused, BadInput, NotFound.
    """
    require_admin(actor)
    require_reason(reason)
    plugins = registry.plugins
    packs = [pack.name for plugin, folder in plugins.packs() if name in ((pack := read_pack(folder)).name, plugin)]
    with registry.store.write(actor) as session:
        rows = session.exec(
            select(Definition)
            .where(col(Definition.pack).in_([*packs, name]), col(Definition.withdrawn_at).is_(None))
            .order_by(Definition.type, Definition.ref, col(Definition.version))
        ).all()
        pages = session.exec(select(RenderedPage).where(RenderedPage.plugin == name)).all()
        installed = name in plugins.versions
        if not rows and not installed and not packs and not pages:
            raise NotFound(msg("There is no plugin “{name}”.", name=name))
        for row in rows:
            row.withdrawn_at = session.now
            session.add(row)
        for page in pages:
            session.delete(page)
        if installed or pages:
            set_state(session, name, on=False, reason=reason)
        session.record("plugin.remove", f"plugin:{name}", reason=sha256(reason), definitions=len(rows))
        session.changes("definitions")
        enqueue(session, "render", f"plugin:{name}:{new_id()}", session.now)
        return [f"{row.ref}@{row.version}" for row in rows]


def require_admin(actor: Actor) -> None:
    """Raise Refused unless the system's administrator, or a command on the machine itself, asks."""
    if actor != SYSTEM and not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only an administrator may do this."))


def require_reason(reason: str) -> None:
    """Raise BadInput without a reason."""
    if not reason.strip():
        raise BadInput(Fault(msg("Say why."), field="reason"))


def set_state(session: WriteSession, name: str, *, on: bool, reason: str) -> None:
    """What is known of a plugin from now on."""
    state = state_of(session, name) or PluginState(plugin=name, enabled=on, reason="", by="", at=session.now)
    state.enabled, state.reason = on, reason.strip()
    state.by, state.at = session.actor.person, session.now
    session.add(state)


def note_failures(registry: Registry) -> None:
    """Write down what failed in this process since the last time; called when no transaction is open."""
    waiting, registry.plugins.failures[:] = list(registry.plugins.failures), []
    if not waiting:
        return
    try:
        _write_down(registry, waiting)
    except Unavailable:
        registry.plugins.failures[:0] = waiting  # the database is away just now; they are told the next time
        raise


def _write_down(registry: Registry, waiting: list[Failure]) -> None:
    with registry.store.system() as session:
        for one in waiting:
            id = failure_id(one.plugin, one.hook, one.error)
            row = session.get(PluginFailure, id) or PluginFailure(
                id=id,
                plugin=one.plugin,
                hook=one.hook,
                error=one.error.replace("\0", " "),
                traceback="",
                times=0,
                first_at=session.now,
                last_at=session.now,
            )
            row.times, row.last_at, row.traceback = row.times + 1, session.now, one.traceback.replace("\0", " ")
            session.add(row)
            session.flush()


def forget_failures(registry: Registry, actor: Actor, name: str) -> int:
    """Take the failures of a plugin from the list, once they are seen to; returns how many. Raises Refused."""
    require_admin(actor)
    with registry.store.write(actor) as session:
        rows = [f for f in failures_of(session) if f.plugin == name]
        for row in rows:
            session.delete(row)
        if rows:
            session.record("plugin.forget", f"plugin:{name}", failures=len(rows))
        return len(rows)
