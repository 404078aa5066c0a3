"""`registry export`."""

import csv
import json
import sys

import click
from sqlmodel import col, select

from registry.actions import plugged, plugins
from registry.cli.common import opened
from registry.host.plugged import seen
from registry.store.entry import Entry
from registry.store.region import Region
from registry.store.title import Title

COLUMNS = (
    "public_id",
    "slug",
    "kind",
    "name",
    "region",
    "fictitious",
    "title_number",
    "title_level",
    "title_status",
    "document",
    "valid_to",
)
"""What every registry exports; plugins add columns named `PLUGIN.ID`."""


@click.group()
def export() -> None:
    """Export the public register."""


@export.command()
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def entries(form: str) -> None:
    """The listed entries with their titles, one row a title."""
    with opened() as registry, registry.store.read() as session:
        query = (
            select(Entry, Region, Title)
            .select_from(Entry)
            .join(Region, col(Region.code) == Entry.region)
            .outerjoin(Title, col(Title.entry_id) == Entry.id)
            .where(Entry.status == "listed")
        )
        listed = session.exec(query.order_by(Entry.slug)).all()
        extra = list(plugged.columns(registry, [seen(e) for e in {e.id: e for e, _, _ in listed}.values()]))
        rows = [
            dict(
                zip(
                    COLUMNS,
                    (
                        e.public_id,
                        e.slug,
                        e.kind,
                        e.name["zh-Hans"],
                        r.name["zh-Hans"],
                        e.fictitious,
                        t and t.number,
                        t and t.level,
                        t and t.status,
                        t and t.document,
                        t and str(t.valid_to or ""),
                    ),
                    strict=True,
                )
            )
            | {name: values.get(e.id, "") for name, values in extra}
            for e, r, t in listed
        ]
        plugins.note_failures(registry)
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    sys.stdout.write("\ufeff")
    writer = csv.DictWriter(sys.stdout, [*COLUMNS, *(name for name, _ in extra)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {k: f"'{v}" if isinstance(v, str) and v[:1] in "=+-@" else v for k, v in row.items()} for row in rows
    )
