"""The program `registry`. Commands are loaded when they are called, so that `--version` and `--help` are quick.

This is the one place that imports inside a function.
"""

import importlib
import sys
from typing import Any

import click

from registry import __version__

COMMANDS = {
    "demo": ("serving:demo", "Serve an embedded registry with the demonstration of the installed plugins."),
    "serve": ("serving:serve", "Serve the registry of the settings."),
    "work": ("serving:work", "Do the work that waits in the outbox."),
    "init": ("database:init", "Make a new registry: tables, regions, calendar, kinds, first administrator."),
    "backup": ("backup:backup", "Backups: create, verify, restore into either database."),
    "db": ("database:db", "The database: upgrade, check."),
    "user": ("people:user", "Accounts: add, list, disable, reset."),
    "plugin": ("plugins:plugin", "Packs and plugins: list, new, check, dev, publish, enable, disable, remove."),
    "criteria": ("rules:criteria", "Criteria sets: list, show, score, backtest."),
    "workflow": ("rules:workflow", "Workflows: list, show, verify."),
    "document": ("documents:document", "Word documents: list those of a case, fill one."),
    "calendar": ("calendar:calendar", "The working-day calendar: show a year, import the notice."),
    "keys": ("keys:keys", "Keys of encrypted data: status, rotate."),
    "privacy": ("privacy:privacy", "Personal data of one person: find, extract, erase."),
    "record": ("record:record", "The record: verify, prove, head."),
    "case": ("case:case", "Cases: take the whole file of one."),
    "entries": ("entries:entries", "Entries: import an existing ledger."),
    "export": ("export:export", "Export the public register."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; a name that is none of ours may be a plugin's."""
        if cmd_name not in COMMANDS:
            found: click.Command | None = importlib.import_module("registry.cli.plugins").commands_of_plugin(cmd_name)
            return found
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(f"registry.cli.{module}"), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Plugins bring commands of their own: registry NAME --help.",
)
@click.version_option(__version__, prog_name="registry")
def group() -> None:
    """Certify labour brands and startup bases, and show them to the public."""


def main(args: list[str] | None = None) -> Any:
    """Run the program; a fault of the input exits with 2, a failure with 1, each with a sentence on stderr."""
    try:
        return group(args=args, standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2 if isinstance(error, click.UsageError) else 1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "exit_status"):
            raise
        click.echo(str(error), err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
