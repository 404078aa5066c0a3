"""`registry calendar`."""

from datetime import date
from pathlib import Path

import click

from registry.actions.calendar import publish_year
from registry.base.errors import NotFound
from registry.base.i18n import msg
from registry.cli.common import json_option, opened, show
from registry.rules.holidays import Arrangement, read_any
from registry.rules.permission import SYSTEM
from registry.store.calendar import CalendarYear, days_of


@click.group()
def calendar() -> None:
    """The working-day calendar: show a year, import the State Council's notice."""


@calendar.command("show")
@click.argument("year", type=int)
@json_option
def show_(year: int, as_json: bool) -> None:
    """The days of a year that break the weekly rule."""
    with opened() as registry, registry.store.read() as session:
        row = session.get(CalendarYear, year)
        if row is None:
            raise NotFound(msg("The calendar of {year} is not published yet.", year=year))
        days = days_of(session, year)
    data = {
        "year": year,
        "source": row.source,
        "document": row.document,
        "link": row.link,
        "days": [{"day": d.day.isoformat(), "working": d.working, "name": d.name} for d in days],
    }
    show(data, as_json, [str(row.document or row.source), *(line(d.day, d.working, d.name) for d in days)])


def line(day: date, working: bool, name: str) -> str:
    """One day in words."""
    return f"{day} {'周' + '一二三四五六日'[day.weekday()]} {msg('workday') if working else msg('holiday')} {name}"


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--document", default="", help="Number of the notice, where the text does not name it.")
@click.option("--link", default="", help="Where the notice can be read.")
@click.option("--dry-run", is_flag=True, help="Say what was understood; change nothing.")
@json_option
def import_(file: Path, document: str, link: str, dry_run: bool, as_json: bool) -> None:
    """Import a year: the notice's text, or its days as CSV or JSON. Open deadlines are counted anew."""
    arrangement = read_any(file.read_text(encoding="utf-8-sig"))
    lines = [line(d.day, d.working, d.name) for d in arrangement.days]
    data = {"year": arrangement.year, "days": days_json(arrangement), "recounted": []}
    if not dry_run:
        with opened() as registry:
            changed = publish_year(registry, SYSTEM, arrangement, document=document, link=link)
        data["recounted"] = [
            {"subject": c.subject, "what": c.what, "before": str(c.before or ""), "after": str(c.after or "")}
            for c in changed
        ]
        lines.append(
            str(msg("{year} is published; {n} deadlines were counted anew.", year=arrangement.year, n=len(changed)))
        )
    show(data, as_json, lines)


def days_json(arrangement: Arrangement) -> list[dict[str, object]]:
    """Every day that was understood."""
    return [{"day": d.day.isoformat(), "working": d.working, "name": d.name} for d in arrangement.days]
