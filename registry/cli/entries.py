"""`registry entries`."""

from dataclasses import asdict
from pathlib import Path

import click

from registry.actions import ledger
from registry.actions.ledger_copy import annotated_copy
from registry.actions.ledger_known import DIFFERS, FAULTY, MORE, NEW, SAME
from registry.actions.ledger_plan import Plan
from registry.actions.ledger_take import import_ledger
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.cli.common import actor_of_login, faults_json, json_option, opened, show

STATES = {
    NEW: msg("new"),
    MORE: msg("there, and the ledger knows more"),
    SAME: msg("there already"),
    DIFFERS: msg("there with other words"),
    FAULTY: msg("with a fault"),
}


@click.group()
def entries() -> None:
    """Entries: import an existing ledger."""


@entries.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", help="Six digits: whose ledger it is. Else that of --as, else the city's.")
@click.option(
    "--kind", default="labour_brand", show_default=True, help="What the ledger holds, where no column says so."
)
@click.option("--as", "login", help="Sign-in name of the officer who hands it in; another person confirms its titles.")
@click.option("--dry-run", is_flag=True, help="Say what would be made; change nothing.")
@click.option("--good-only", is_flag=True, help="Take the faultless rows and leave the others out.")
@click.option("--overwrite", is_flag=True, help="Where the register says something else, the ledger is right.")
@click.option(
    "--annotated", type=click.Path(dir_okay=False, path_type=Path), help="Write a copy with the faults marked."
)
@json_option
def import_(
    file: Path,
    region: str | None,
    kind: str,
    login: str | None,
    dry_run: bool,
    good_only: bool,
    overwrite: bool,
    annotated: Path | None,
    as_json: bool,
) -> None:
    """Import an existing ledger (台账, XLSX or CSV) of brands or bases and their titles."""
    with opened() as registry:
        actor = actor_of_login(registry, login)
        with registry.store.read(actor) as session:
            region = region or ledger.home_region(session, actor)
        data = file.read_bytes()
        plan = ledger.look(registry, actor, name=file.name, data=data, region=region, kind=kind)
        if annotated:
            annotated.write_bytes(annotated_copy(plan))
        if dry_run:
            tell(plan, as_json)
            return
        if plan.faults and not good_only:
            raise BadInput(plan.faults)
        id = ledger.hand_in(registry, actor, name=file.name, data=data, region=region, kind=kind)
        made = import_ledger(registry, actor, id, good_only=good_only, overwrite=overwrite)
        ledger.throw_away(registry, actor, id)
    show(asdict(made), as_json, [str(made.said)])


def tell(plan: Plan, as_json: bool) -> None:
    """A dry run: what is wrong, what should be looked at, what becomes of the rows."""
    counts = plan.counted()
    lines = [told(fault) for fault in plan.faults]
    lines += [str(msg("to be looked at: {what}", what=told(warning))) for warning in plan.warnings]
    lines += [f"{row.sheet}:{row.line.row + 1}: {words}" for row in plan.rows for words in row.differences.values()]
    lines += [f"{counts[state]} {words}" for state, words in STATES.items() if counts[state]]
    document = {
        "rows": len(plan.rows),
        "states": counts,
        "unread": plan.unread,
        "faults": faults_json(plan.faults),
        "warnings": faults_json(plan.warnings),
    }
    show(document, as_json, lines)


def told(fault: Fault) -> str:
    """A fault with the cell as the spreadsheet calls it."""
    return f"{fault.file} {fault.field}: {fault.message}"
