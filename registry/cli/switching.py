"""`registry plugin enable|disable|remove`, and the commands that plugins bring along."""

import click

from registry.actions import plugins as verbs
from registry.base.errors import Broken
from registry.base.i18n import Message, msg
from registry.cli.common import json_option, opened, show
from registry.host.guarded import Failure
from registry.host.plugins import Plugins
from registry.rules.permission import SYSTEM

reason_option = click.option("--reason", required=True, help="Why; it is kept.")


@click.command()
@click.argument("name")
@reason_option
@json_option
def disable(name: str, reason: str, as_json: bool) -> None:
    """Switch a plugin off: none of its hooks is called; its rules stay in force, its tables as they are."""
    with opened() as registry:
        verbs.switch(registry, SYSTEM, name, on=False, reason=reason)
    show({"plugin": name, "enabled": False}, as_json, [f"{name} is switched off."])


@click.command()
@click.argument("name")
@reason_option
@json_option
def enable(name: str, reason: str, as_json: bool) -> None:
    """Switch a plugin on again."""
    with opened() as registry:
        verbs.switch(registry, SYSTEM, name, on=True, reason=reason)
    show({"plugin": name, "enabled": True}, as_json, [f"{name} is switched on."])


@click.command()
@click.argument("name")
@reason_option
@json_option
def remove(name: str, reason: str, as_json: bool) -> None:
    """Take a plugin out of use: its rules out of force, its hooks off. Cases judged by them go on; tables stay."""
    with opened() as registry:
        gone = verbs.remove(registry, SYSTEM, name, reason=reason)
    show(
        {"plugin": name, "withdrawn": gone},
        as_json,
        [*gone, f"{name} is out of use; {len(gone)} definitions are out of force. Its package can be uninstalled now."],
    )


def commands_of(name: str, plugins: Plugins) -> click.Group | None:
    """The commands of a plugin as `registry NAME …`; None when it has none. Raises Broken when it fails to say them."""
    for plugin, commands in plugins.each("cli_commands"):
        if plugin == name and isinstance(commands, list | tuple):
            return click.Group(name, {c.name: c for c in commands if isinstance(c, click.Command) and c.name})
    if failed := next((f for f in plugins.failures if f.plugin == name), None):
        raise Broken(told(failed))
    return None


def told(failed: Failure) -> Message:
    """A failure in a sentence."""
    return msg(
        "The plugin “{plugin}” failed in {hook}: {error}", plugin=failed.plugin, hook=failed.hook, error=failed.error
    )
