"""The working-day calendar: each year with its holidays and shifted workdays; a new year from the notice's text."""

import calendar as months
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import Form, StringField, TextAreaField

from registry.actions.calendar import publish_year, waiting, years_missing
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import Message, msg, nmsg
from registry.rules.calendar import HOLIDAYS
from registry.rules.holidays import Arrangement, read_any
from registry.rules.permission import SYSTEM, Role
from registry.store.calendar import CalendarYear, days_of, published_years
from registry.store.session import ReadSession
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import typed

KEY = "calendar"
ROLES = frozenset({Role.SYSTEM_ADMIN})
blueprint = section_blueprint(KEY, __name__, ROLES)
SECTION = Section(
    blueprint,
    KEY,
    msg("Working-day calendar"),
    msg("Holidays and shifted workdays of each year; deadlines are counted by them."),
    "admin_calendar.home",
    ROLES,
)
WEEKDAYS: tuple[Message, ...] = (
    msg("Mon"),
    msg("Tue"),
    msg("Wed"),
    msg("Thu"),
    msg("Fri"),
    msg("Sat"),
    msg("Sun"),
)
OFF, WORKED = msg("off"), msg("workday")


class NoticeForm(Form):
    """The notice and where it stands."""

    text = TextAreaField(render_kw={"rows": "14"})
    document = StringField(
        render_kw={"autocomplete": "off", "maxlength": "80", "data-example": "国办发明电〔2026〕6号"}
    )
    link = StringField(render_kw={"autocomplete": "off", "maxlength": "300", "inputmode": "url"})


LABELS = {
    "text": (
        msg("Text of the notice"),
        msg("The whole text of the State Council's notice; or its days as CSV (day,working,name) or JSON."),
    ),
    "document": (msg("Document number"), msg("Taken from the text where it stands there.")),
    "link": (msg("Where the notice can be read"), None),
}


def notice_form(data: Mapping[str, str]) -> Form:
    """The form with its words."""
    form = NoticeForm(data=dict(data))
    for field in form:
        label, hint = LABELS[field.name]
        field.label.text, field.description = str(label), str(hint or "")
    form.text.flags.required = True
    return form


@blueprint.get("/")
def home() -> str:
    """The years."""
    with registry().store.read(require_actor()) as session:
        years = [year_row(session, one) for one in published_years(session)]
        missing = years_missing(session)
    with registry().store.read(SYSTEM) as session:
        uncounted = waiting(session)
    return page("calendar", here=KEY, years=years, missing=missing, uncounted=uncounted)


def year_row(session: ReadSession, one: CalendarYear) -> dict[str, Any]:
    """A year in the list."""
    days = days_of(session, one.year)
    return {
        "year": one.year,
        "url": url_for(".year", year=one.year),
        "off": sum(not d.working for d in days),
        "worked": sum(d.working for d in days),
        "source": one.document or one.source,
        "link": one.link,
        "entered_at": one.entered_at,
    }


@blueprint.get("/<int:year>")
def year(year: int) -> str:
    """One year, month by month."""
    with registry().store.read(require_actor()) as session:
        one = session.get(CalendarYear, year)
        if one is None:
            raise NotFound(msg("The calendar of {year} is not published yet.", year=year))
        exceptions = {d.day: (d.working, d.name) for d in days_of(session, year)}
        return page(
            "calendar_year",
            here=KEY,
            about=year_row(session, one),
            weekdays=WEEKDAYS,
            months=grid(year, exceptions),
            days=[day_row(day, working, name) for day, (working, name) in sorted(exceptions.items())],
            history_url=url_for("history.row", table="calendar", id=str(year)),
        )


def grid(year: int, exceptions: Mapping[date, tuple[bool, str]]) -> list[dict[str, Any]]:
    """Twelve months as weeks of cells: the day, and in words what it is when the weekly rule does not hold."""
    made = []
    for month in range(1, 13):
        weeks = [
            [cell(day, month, exceptions.get(day)) for day in week]
            for week in months.Calendar().monthdatescalendar(year, month)
        ]
        made.append({"first": date(year, month, 1), "name": f"{year}-{month:02}", "weeks": weeks})
    return made


def cell(day: date, month: int, exception: tuple[bool, str] | None) -> dict[str, Any] | None:
    """One day of a month; None for a day of its neighbour."""
    if day.month != month:
        return None
    works = exception[0] if exception else day.weekday() < 5
    return {"day": day.day, "works": works, "word": (WORKED if works else OFF) if exception else None}


def day_row(day: date, working: bool, name: str) -> dict[str, Any]:
    """One day in words."""
    return {
        "day": day,
        "weekday": WEEKDAYS[day.weekday()],
        "works": working,
        "what": msg("shifted workday") if working else msg("holiday"),
        "name": HOLIDAYS.get(name) or name,
    }


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Enter a year: paste the notice, look at what was understood day by day, then publish."""
    actor, data = require_actor(), typed()
    form, faults, arrangement = notice_form(data), list[Fault](), None
    if request.method == "POST":
        try:
            arrangement = read_any(form.text.data or "")
            if "publish" in data:
                changed = publish_year(
                    registry(), actor, arrangement, document=form.document.data or "", link=form.link.data or ""
                )
                flash(str(published(arrangement.year, len(changed))))
                return redirect(url_for(".year", year=arrangement.year), 303)
            form.document.data = form.document.data or arrangement.document or ""
        except BadInput as error:
            faults = [in_line(fault) for fault in error.faults]
            for fault in faults:
                if fault.field in form._fields:
                    form[fault.field].errors = [*form[fault.field].errors, str(fault.message)]
    preview = understood(arrangement) if arrangement else None
    return page("calendar_new", here=KEY, form=form, faults=faults, preview=preview), 422 if faults else 200


def published(year: int, recounted: int) -> Message:
    """What is said afterwards."""
    return nmsg(
        "{year} is published; {n} deadline was counted anew.",
        "{year} is published; {n} deadlines were counted anew.",
        recounted,
        year=year,
    )


def in_line(fault: Fault) -> Fault:
    """The fault with its line in the words, because a text field shows no places."""
    if fault.line is None:
        return fault
    return Fault(msg("Line {line}: {words}", line=fault.line, words=fault.message), field=fault.field)


def understood(arrangement: Arrangement) -> dict[str, Any]:
    """What the notice says, day by day, and what it would replace."""
    with registry().store.read(require_actor()) as session:
        known = session.get(CalendarYear, arrangement.year)
        before = {d.day: d.working for d in days_of(session, arrangement.year)}
    after = {d.day: d.working for d in arrangement.exceptions}
    return {
        "year": arrangement.year,
        "days": [{**day_row(*day), "plain": not day.breaks_the_week} for day in arrangement.days],
        "replaces": known is not None,
        "differs": sorted(d for d in before.keys() | after.keys() if before.get(d) != after.get(d)),
    }
