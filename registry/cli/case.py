"""`registry case`."""

import os
import shutil
from pathlib import Path

import click
from sqlmodel import select

from registry.actions.case_file import case_file
from registry.base.errors import NotFound
from registry.base.i18n import language, msg
from registry.cli.common import actor_of_login, json_option, opened, show
from registry.store.case import Case


@click.group()
def case() -> None:
    """Cases."""


@case.command()
@click.argument("number")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it; else its own name here."
)
@click.option("--as", "login", help="Sign-in name of the officer who takes it; else the operator does.")
@json_option
def file(number: str, out: Path | None, login: str | None, as_json: bool) -> None:
    """Write the whole file of a case as a ZIP with a manifest; personal data stays masked. It goes on record."""
    with opened() as registry:
        actor = actor_of_login(registry, login)
        with registry.store.read(actor) as session:
            id = session.exec(select(Case.id).where(Case.number == number)).first()
        if id is None:
            raise NotFound(msg("There is no case “{number}”.", number=number))
        made = case_file(registry, actor, id, lang=language())
    out = out or Path(made.name)
    part = out.with_name(f"{out.name}.part")
    with made.data, open(part, "wb") as target:
        shutil.copyfileobj(made.data, target)
    os.replace(part, out)
    files = made.manifest["files"]
    words = msg("{out}: {n} files, {left} left out", out=str(out), n=len(files), left=sum(not f["path"] for f in files))
    show({"out": str(out), **made.manifest}, as_json, [str(words)])
