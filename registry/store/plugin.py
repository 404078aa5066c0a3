"""Plugins as every process must see them: which are switched off, and how they have failed."""

from datetime import datetime

from sqlmodel import Field, Session, col, select

from registry.base.canonical import sha256
from registry.store.table import Row, Tracked, id_field


class PluginState(Tracked, table=True):
    """Whether a plugin is switched off, since when and why; one that has no row is on."""

    __outcome__ = ("plugin", "enabled")

    id: str = id_field()
    plugin: str = Field(unique=True, max_length=60)
    enabled: bool
    reason: str
    by: str
    at: datetime


class PluginFailure(Row, table=True):
    """One way in which a plugin failed, and how often; written down by whichever process saw it."""

    id: str = Field(primary_key=True, max_length=64)
    """Hash of plugin, hook and error."""
    plugin: str = Field(index=True)
    hook: str
    error: str
    traceback: str
    times: int = 1
    first_at: datetime
    last_at: datetime


def switched_off(session: Session) -> frozenset[str]:
    """The names of the plugins that are switched off."""
    return frozenset(session.exec(select(PluginState.plugin).where(col(PluginState.enabled).is_(False))))


def state_of(session: Session, plugin: str) -> PluginState | None:
    """What was said of a plugin last; None when nothing ever was."""
    return session.exec(select(PluginState).where(PluginState.plugin == plugin)).one_or_none()


def failures_of(session: Session) -> list[PluginFailure]:
    """What failed, the last first."""
    return list(session.exec(select(PluginFailure).order_by(col(PluginFailure.last_at).desc(), PluginFailure.id)))


def failure_id(plugin: str, hook: str, error: str) -> str:
    """By what a failure is known when it happens again."""
    return sha256("\n".join((plugin, hook, error)))
