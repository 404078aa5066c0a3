"""`registry record`."""

import click

from registry.actions import proof
from registry.base.i18n import msg
from registry.cli.common import json_option, opened, show
from registry.rules.permission import SYSTEM
from registry.store import record as records
from registry.store.verify import verify as verify_record


@click.group()
def record() -> None:
    """The append-only record of every change."""


@record.command()
@json_option
def verify(as_json: bool) -> None:
    """Check the whole record, and today's tables against it. Exit status 1 with the first fault when there is one."""
    with opened() as registry, registry.store.read(SYSTEM) as session:
        health = verify_record(session, registry.store.signer)
    lines = [
        str(health.fault)
        if health.fault
        else str(
            msg(
                "{rows} rows under {heads} signed heads, {compared} states compared: all as recorded.",
                rows=health.rows,
                heads=health.heads,
                compared=health.compared,
            )
        )
    ]
    show(
        {
            "good": health.fault is None,
            "rows": health.rows,
            "heads": health.heads,
            "compared": health.compared,
            "fault": str(health.fault) if health.fault else None,
        },
        as_json,
        lines,
    )
    if health.fault:
        raise click.exceptions.Exit(1)


@record.command()
@json_option
def head(as_json: bool) -> None:
    """Print the newest signed head, for keeping elsewhere."""
    with opened() as registry, registry.store.read() as session:
        newest = records.head(session)
        data = proof.head_json(newest, registry.store.signer)
    show(data, as_json, [f"{key}: {value}" for key, value in data.items()])


@record.command()
@click.argument("number")
@json_option
def prove(number: str, as_json: bool) -> None:
    """Print the proof that a title's row is in the tree: leaf, place, path, signed head."""
    with opened() as registry, registry.store.read() as session:
        data = proof.title_proof(session, registry.store.signer, number)
    show(data, as_json, [f"{key}: {value}" for key, value in data.items()])
