"""The contract with plugins: every hook, when it is called, and what a return means.

A hook is called implementation by implementation through `Plugins.each`, never by pluggy's own loop: one plugin's
failure costs that plugin's contribution and nothing else. Hooks about a place are called only for plugins whose packs'
region contains it. What takes longer than it may (`SECONDS` in `host.plugins`) counts as a failure.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import pluggy

from registry.host.plugged import Access, Column, Computed, PluginEntry, ShowcasePage, Shown, Transition, Veto

PROJECT = "registry"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_definitions() -> Iterable[Path]:  # type: ignore[empty-body]
    """Say which packs this plugin carries.

    Called when packs are listed, checked, tried or published: by a command, or on a page of the administration that does
    this; never while a page for the public is served.
    Return: folders that each have a `plugin.yaml` at their root.
    """


@hookspec
def compute_fact(entry: PluginEntry, access: Access) -> Iterable[Computed]:  # type: ignore[empty-body]
    """Work out facts that no form can ask, such as an income from wage rows by month.

    Called before a case on an entry of the plugin's region is judged, within two seconds.
    Return: what is known now; each becomes an observation with source `computed` that takes the place of the plugin's
    earlier one. What cannot be worked out is left out: it stays missing. A failure leaves the earlier one, with its date.
    """


@hookspec
def before_transition(transition: Transition, access: Access) -> Iterable[Veto]:  # type: ignore[empty-body]
    """Say why a case may not take this way out of its stage now.

    Called before a person moves a case on an entry of the plugin's region, within two seconds, and only where the core
    would let it pass; it can forbid, never allow. Only read.
    Return: nothing, or vetoes that the officer reads. A failure forbids the move, naming the plugin.
    """


@hookspec
def after_transition(transition: Transition, access: Access) -> None:
    """Do what follows from a move, in the plugin's own tables.

    Called from the outbox after the move has been committed: at least once, so that `transition.key` should make the
    second time harmless. A failure is tried again, with growing pauses, and then left.
    """


@hookspec
def page_slot(slot: str, entry: PluginEntry, access: Access) -> Shown | None:
    """Add a part to a public page: at present the slot `entry.figures`, below the figures of an entry.

    Called when pages are rendered after something changed, never during a request, within five seconds.
    Return: what is shown, or None. A failure keeps the last good rendering.
    """


@hookspec
def showcase_pages(region: str, access: Access) -> Iterable[ShowcasePage]:  # type: ignore[empty-body]
    """Give a county pages of its own, under `/counties/SLUG/…`, linked from the county's page.

    Called when pages are rendered after something changed, for each county in the plugin's region, within five seconds.
    Return: the pages. One that is no longer returned is gone; a failure keeps the last good rendering of all of them.
    """


@hookspec
def export_columns(entries: Sequence[PluginEntry], access: Access) -> Iterable[Column]:  # type: ignore[empty-body]
    """Add columns to `registry export entries`.

    Called once an export, with the entries of the plugin's region, within ten seconds.
    Return: the columns; they are named `NAME.ID` after the plugin. A failure leaves the plugin's columns out.
    """


@hookspec
def cli_commands() -> Iterable[click.Command]:  # type: ignore[empty-body]
    """Add commands below `registry NAME`, where NAME is the plugin's.

    Called when such a command or the help is asked for. Return: click commands, such as
    those of `registry.api.import_command`; `registry.api.access` opens the registry.
    """


@hookspec
def demonstrate(access: Access) -> None:
    """Fill the plugin's own tables with sample data.

    Called once, when `registry demo` has made its entries and before any case is judged; never in a real registry.
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


@hookspec
def send_sms(number: str, text: str, key: str) -> bool:  # type: ignore[empty-body]
    """Send a text message through an operator's gateway. None comes with the registry: that is a contract of the operator's.

    Called from the outbox, outside of any transaction, within 30 seconds, only to people who asked for it. `text` holds no
    personal data; `key` is the same whenever the same message is sent again (a worker may die before it is written down).
    Return: True when the gateway took it; anything else, and the next plugin is asked. A failure is tried again, with
    growing pauses, and then stands on the page of messages. Keep the number out of logs; in an error it is struck out.
    """
