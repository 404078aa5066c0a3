"""`registry document`."""

from pathlib import Path

import click
from sqlmodel import or_, select

from registry.actions import documents
from registry.base.errors import NotFound
from registry.base.i18n import msg
from registry.cli.common import actor_of_login, json_option, opened, show
from registry.store.case import Case
from registry.store.session import ReadSession

as_option = click.option("--as", "login", help="Sign-in name of the officer who fills it; the operator without.")


@click.group()
def document() -> None:
    """Word documents filled from a case."""


def case_of(session: ReadSession, number: str) -> Case:
    """A case by its receipt number, or by its id. Raises NotFound."""
    found = session.exec(select(Case).where(or_(Case.number == number, Case.id == number))).one_or_none()
    if found is None:
        raise NotFound(msg("There is no such case, or it is not one of yours."))
    return found


@document.command("list")
@click.argument("case")
@as_option
@json_option
def list_(case: str, login: str | None, as_json: bool) -> None:
    """List the documents that can be filled from a case as it stands."""
    with opened() as registry:
        actor = actor_of_login(registry, login)
        with registry.store.read(actor) as session:
            offers = documents.offered(session, actor, case_of(session, case))
    rows = [
        {"ref": one.definition.ref, "version": one.definition.version, "title": one.template.title} for one in offers
    ]
    show(rows, as_json, [f"{row['ref']}@{row['version']}  {row['title']}" for row in rows])


@document.command()
@click.argument("ref")
@click.argument("case")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@as_option
@json_option
def fill(ref: str, case: str, out: Path, login: str | None, as_json: bool) -> None:
    """Fill the template REF from CASE (its receipt number). Personal answers stay masked."""
    with opened() as registry:
        actor = actor_of_login(registry, login)
        with registry.store.read(actor) as session:
            id = case_of(session, case).id
        made = documents.fill(registry, actor, ref, id)
    out.write_bytes(made.data)
    show({"file": str(out), "name": made.name, "bytes": len(made.data)}, as_json, [f"{out}  {made.name}"])
