"""`registry privacy`. The number is asked for and never stands on the command line, where others could read it."""

from pathlib import Path

import click

from registry.actions import privacy as verbs
from registry.actions.extract import extract as extract_of
from registry.base.i18n import msg
from registry.cli.common import opened
from registry.rules.permission import SYSTEM

NUMBER = "Telephone, ID number or e-mail"


@click.group()
def privacy() -> None:
    """Personal data of one person."""


@privacy.command()
@click.option("--reason", required=True, help="Who asked for it, and when.")
def find(reason: str) -> None:
    """Say what is held under a number, without showing any of it."""
    number = click.prompt(NUMBER, hide_input=True, err=True)
    with opened() as registry:
        told(verbs.locate(registry, SYSTEM, number, reason))


@privacy.command()
@click.option("--reason", required=True, help="Who asked for it, and when.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The ZIP to write.")
def extract(reason: str, out: Path) -> None:
    """Write everything that is held under a number into a ZIP, for the person who asked."""
    number = click.prompt(NUMBER, hide_input=True, err=True)
    with opened() as registry:
        data = extract_of(registry, SYSTEM, number, reason)
    out.touch(mode=0o600)
    out.write_bytes(data)


@privacy.command()
@click.option("--reason", required=True, help="Who asked for it, and when.")
def erase(reason: str) -> None:
    """Erase what is held under a number, where nothing of it is in use any more."""
    number = click.prompt(NUMBER, hide_input=True, err=True)
    with opened() as registry:
        told(verbs.erase_person(registry, SYSTEM, number, reason))


def told(held: verbs.Holding) -> None:
    """How much it is."""
    line = msg(
        "{persons} persons, {cases} cases, {objections} objections",
        persons=len(held.persons),
        cases=len(held.cases),
        objections=len(held.objections),
    )
    click.echo(str(line))
