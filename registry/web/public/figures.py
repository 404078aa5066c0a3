"""Figures as the public sees them: the value with its standing, date and source; the ladder; due chips."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from sqlmodel import Session

from registry.base.i18n import Message, Text, msg, nmsg
from registry.rules.calendar import WorkCalendar
from registry.rules.facts import SOURCES, FactDef, typed
from registry.rules.header import LEVELS
from registry.store.calendar import work_calendar
from registry.store.entry import Entry
from registry.store.observation import Observation
from registry.store.title import Title
from registry.web.templating import show_date

LEVEL_NAMES: dict[str, Message] = {
    "county": msg("county level"),
    "city": msg("city level"),
    "province": msg("provincial level"),
    "nation": msg("national level"),
}
STATUS_NAMES: dict[str, Message] = {
    "valid": msg("Valid"),
    "rectification": msg("Under rectification"),
    "suspended": msg("Suspended"),
    "revoked": msg("Revoked"),
    "expired": msg("Expired"),
    "superseded": msg("Superseded"),
}
MOST_YEARS = 10
"""Columns of a chart that a phone can show."""
NO_TITLE = msg("No title on file")


def status_on(title: Title, today: date) -> str:
    """A title's status on a day: one whose time is over has expired, whether or not somebody has noted it."""
    return "expired" if title.status == "valid" and title.valid_to and title.valid_to < today else title.status


def figure(row: Observation | None, definition: FactDef) -> dict[str, Any]:
    """One figure; without an observation it says so."""
    if row is None:
        return {
            "label": definition.label,
            "value": None,
            "unit": definition.unit,
            "standing": "declared",
            "date": None,
            "source": None,
            "url": None,
            "illustrative": False,
            "scope": None,
        }
    value, unit = shown(typed(row.value), definition)
    source = (
        msg("{source}: {title}", source=SOURCES[row.source], title=row.source_text)
        if row.source_text
        else SOURCES[row.source]
    )
    return {
        "label": msg("{label} ({period})", label=definition.label, period=row.period)
        if row.period
        else definition.label,
        "value": value,
        "unit": unit,
        "standing": row.standing,
        "date": row.as_of,
        "source": source,
        "url": row.source_url,
        "illustrative": row.source == "illustrative",
        "scope": row.scope or None,
    }


def shown(value: Any, definition: FactDef) -> tuple[Any, Any]:
    """(value, unit): a ratio as a percentage, yes and no as words."""
    if isinstance(value, bool):
        return (msg("yes") if value else msg("no")), None
    if definition.type == "ratio" and isinstance(value, Decimal):
        return (value * 100).normalize(), "%"
    return (value.isoformat() if isinstance(value, date) else value), definition.unit


def newest(rows: Iterable[Observation], fact: str) -> Observation | None:
    """The observation of a fact to show first: the latest period, then the best standing, then the latest date."""
    order = {"verified": 2, "documented": 1, "declared": 0}
    found = [r for r in rows if r.fact == fact]
    return max(found, key=lambda r: (r.period or "", order[r.standing], r.as_of or date.min), default=None)


def chart(rows: Sequence[Observation], fact: str, definition: FactDef) -> dict[str, Any] | None:
    """A fact year by year; None when fewer than two years are known."""
    years = sorted({r.period for r in rows if r.fact == fact and r.period})
    if len(years) < 2:
        return None
    points = []
    for period in with_gaps(years):
        one = figure(newest((r for r in rows if r.period == period), fact), definition)
        points.append({k: one[k] for k in ("value", "standing", "source", "illustrative")} | {"label": period})
    sources = list(dict.fromkeys(str(p["source"]) for p in points if p["value"] is not None))
    return {
        "caption": definition.label,
        "rows": points,
        "source": sources[0] if len(sources) == 1 else msg("several sources, named in the table"),
        "unit": definition.unit,
    }


def with_gaps(periods: list[str]) -> list[str]:
    """The years from the first to the last, those without a figure too; other periods as they are."""
    if all(len(p) == 4 and p.isdigit() for p in periods) and int(periods[-1]) - int(periods[0]) < MOST_YEARS:
        return [str(year) for year in range(int(periods[0]), int(periods[-1]) + 1)]
    return periods


def ladder(entry: Entry, titles: Iterable[Title], today: date, running: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Four steps: held by a title, in progress, named by a policy without a document, or none."""
    held = {t.level: t for t in titles if status_on(t, today) in ("valid", "rectification", "suspended")}
    named = {s["level"]: s for s in entry.standing if s.get("level")}
    steps: list[dict[str, Any]] = []
    for level in LEVELS:
        step: dict[str, Any] = {
            "level": LEVEL_NAMES[level],
            "state": "none",
            "year": None,
            "document": None,
            "url": None,
        }
        if title := held.get(level):
            step |= {
                "state": "held",
                "year": title.valid_from.year,
                "document": title.document,
                "url": url_for("public.verify_code", code=title.number),
            }
        elif level in running:
            step["state"] = "in_progress"
        elif claim := named.get(level):
            step |= {"state": "named", "document": Text.model_validate(claim["words"])}
        steps.append(step)
    return steps


def due_chip(
    session: Session, today: date, end: date | None, start: date | None = None, days: int | None = None
) -> dict[str, Any]:
    """How long there is still time, in working days, and how that was counted."""
    return due_in(work_calendar(session), today, end, start, days)


def due_in(
    calendar: WorkCalendar, today: date, end: date | None, start: date | None = None, days: int | None = None
) -> dict[str, Any]:
    """The same by a calendar that was read already."""
    explain: list[Any] = [one.message for one in calendar.explain(start, days)] if start and days else []
    if start and days:
        explain.insert(
            0,
            nmsg(
                "{n} working day, counted from the day after {start}",
                "{n} working days, counted from the day after {start}",
                days,
                start=show_date(start),
            ),
        )
    if end is None:
        return {
            "text": msg("Not yet countable: next year's calendar is not published"),
            "state": "not_countable",
            "date": None,
            "explain": explain,
        }
    left = days_left(calendar, today, end)
    if left < 0:
        return {
            "text": nmsg("{n} working day overdue", "{n} working days overdue", -left),
            "state": "overdue",
            "date": end,
            "explain": explain,
        }
    text = msg("Last day today") if left == 0 else nmsg("{n} working day left", "{n} working days left", left)
    return {"text": text, "state": "running", "date": end, "explain": explain}


def days_left(calendar: WorkCalendar, today: date, end: date) -> int:
    """Working days from today to a day; at least one when it is later, negative when it is past."""
    between = calendar.between(today, end)
    if between is None:
        return (end - today).days
    return between if today <= end else min(between, -1)
