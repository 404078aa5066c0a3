"""Pages beside my work: what has moved since I last looked, everything due in a month, and how far the targets are."""

from calendar import Calendar, monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlmodel import col, select

from registry.actions import changes, queue, targets
from registry.actions.cases import STEP_TAKEN_BACK
from registry.actions.queue import COLLEAGUES, MINE, Asked, Waiting
from registry.base.clock import SHANGHAI
from registry.base.i18n import Message, msg
from registry.host.resolve import pinned_all, read_as
from registry.rules.calendar import WorkCalendar
from registry.rules.permission import ROLE_NAMES, Actor
from registry.rules.reference import Target
from registry.rules.workflow import Workflow
from registry.store.calendar import work_calendar
from registry.store.case import Case
from registry.store.definition import Definition
from registry.store.notice import Notice
from registry.store.session import ReadSession
from registry.web.context import registry, require_actor
from registry.web.desk import common
from registry.web.desk.work import tabs
from registry.web.public.figures import LEVEL_NAMES

blueprint = Blueprint("overview", __name__)
MOST = 400
"""Lines of a month that are shown of each kind."""


@blueprint.get("/changes")
def moved() -> str:
    """What has moved since I last looked."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        return common.page("changes", **changes_model(session, actor))


@blueprint.post("/changes")
def seen() -> Any:
    """I have seen it, as far as the page that I looked at told it."""
    until = request.form.get("until", "")
    try:
        changes.look(registry(), require_actor(), datetime.fromisoformat(until))
    except (TypeError, ValueError):  # somebody else's form, or one without the day's zone
        return redirect(url_for(".moved"), 303)
    common.say(msg("What has moved until then is noted as seen."))
    return redirect(url_for("desk.home"), 303)


@blueprint.get("/month")
def month() -> str:
    """Everything due in a month, day by day."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        return common.page("month", **month_model(session, actor, month_asked(request.args, session.today)))


@blueprint.get("/targets")
def aims() -> str:
    """How far the policy's targets are reached."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        found = targets.compare(session, actor)
        return common.page(
            "targets",
            here="targets",
            today=session.today,
            targets=[aim(one) for one in found],
            places=places_of(found),
            mine=actor.regions,
        )


def places_of(found: list[targets.Compared]) -> list[Any]:
    """Every place of some targets once: the counties, and last what lies around them."""
    lines = [line for one in found for line in one.lines] + [one.whole for one in found]
    return list({line.place.code: line.place for line in lines}.values())


def changes_model(session: ReadSession, actor: Actor) -> dict[str, Any]:
    """The lines, the newest first."""
    since = changes.seen_until(session, actor)
    found = changes.moved(session, actor, since)
    flows = flows_of(session, [m.case for m in found])
    return {
        "here": "work",
        "tabs": tabs(session, actor, Asked(), moved=True),
        "since": since,
        "since_at": f"{since.astimezone(SHANGHAI):%H:%M}",
        "until": session.now.isoformat(),
        "rows": [change(m, flows) for m in found[: changes.MOST]],
        "more": len(found) > changes.MOST,
    }


def flows_of(session: ReadSession, cases: list[Case]) -> dict[str, Definition]:
    """The workflows of cases that were sent, by their row ids."""
    return pinned_all(session, {c.pins["workflow"] for c in cases})


def flow_of(case: Case, flows: Mapping[str, Definition]) -> Workflow:
    """The workflow of one of these cases."""
    return read_as(Workflow, flows[case.pins["workflow"]])


def change(moved: changes.Moved, flows: Mapping[str, Definition]) -> dict[str, Any]:
    """One step: what was done where, by whom, and where the case stands since."""
    step, flow = moved.step, flow_of(moved.case, flows)
    outcome = flow.stages[step.stage].outcomes.get(step.outcome)
    return {
        "name": moved.entry.text,
        "fictitious": moved.entry.fictitious,
        "number": moved.case.number,
        "url": common.case_url(moved.case),
        "what": outcome.label if outcome else STEP_TAKEN_BACK,
        "stage": flow.stages[step.stage].names.staff,
        "to": flow.stages[step.to_stage].names.staff,
        "who": msg("the registry") if step.person == "system" else step.account_title,
        "on": step.on,
        "at": f"{step.at.astimezone(SHANGHAI):%H:%M}",
    }


def month_asked(args: Mapping[str, str], today: date) -> date:
    """The first day of the month that an address asks for; this month where it asks for none."""
    try:
        return datetime.strptime(args.get("month", ""), "%Y-%m").date()
    except ValueError:
        return today.replace(day=1)


def month_model(session: ReadSession, actor: Actor, first: date) -> dict[str, Any]:
    """The page of a month: its calendar, what is overdue from before, and every day with what is due on it."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    calendar, this_month = work_calendar(session), first <= session.today <= last
    found = [
        row
        for who in (MINE, COLLEAGUES)
        for row in queue.tasks(session, actor, Asked(who=who), queue.due_between(date.min, last), limit=MOST)
    ]
    flows = flows_of(session, [row.case for row in found])
    lines = [task_line(row, actor, flows) for row in found] + notice_lines(session, actor, first, last)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for one in lines:
        by_day.setdefault(one["due"], []).append(one)
    late = [one for day in sorted(by_day) if day < first for one in by_day[day]]
    return {
        "here": "work",
        "month": first,
        "today": session.today,
        "weeks": weeks(calendar, first, by_day, session.today),
        "published": first.year in calendar.years,
        "working": sum(bool(calendar.is_working_day(first + timedelta(days=n))) for n in range(last.day)),
        "late": late if this_month else [],
        "days": [
            {"day": day, "rows": by_day[day], "late": day < session.today and any(r["who"] for r in by_day[day])}
            for day in sorted(by_day)
            if day >= first
        ],
        "previous_url": url_for(".month", month=f"{first - timedelta(days=1):%Y-%m}") if first.year > 2000 else None,
        "next_url": url_for(".month", month=f"{last + timedelta(days=1):%Y-%m}") if first.year < 9000 else None,
    }


def task_line(row: Waiting, actor: Actor, flows: Mapping[str, Definition]) -> dict[str, Any]:
    """A task that is due."""
    stage = flow_of(row.case, flows).stages[row.task.stage]
    mine = row.task.kind == "ballot" or actor.holds(row.task.role, row.task.office_region)
    return {
        "due": row.task.due_on,
        "what": msg("Answer an objection") if row.objection else stage.names.staff,
        "name": row.entry.text,
        "number": row.case.number,
        "url": url_for("desk.objection", number=row.objection) if row.objection else common.case_url(row.case),
        "who": msg("me") if mine else ROLE_NAMES[row.task.role],
    }


def notice_lines(session: ReadSession, actor: Actor, first: date, last: date) -> list[dict[str, Any]]:
    """The notices of the actor's regions whose last day it is."""
    query = select(Notice).where(
        col(Notice.authority_region).in_(actor.regions), col(Notice.ends_on).between(first, last)
    )
    return [
        {
            "due": notice.ends_on,
            "what": msg("Last day of the public notice"),
            "name": common.text_of(notice.title),
            "number": notice.number,
            "url": url_for("desk.notice", number=notice.number),
            "who": None,
        }
        for notice in session.exec(query.order_by(Notice.number))
    ]


def weeks(
    calendar: WorkCalendar, first: date, by_day: Mapping[date, list[dict[str, Any]]], today: date
) -> list[list[dict[str, Any] | None]]:
    """The month week by week from Monday: which days are worked, and how much is due on each."""
    return [
        [
            {
                "day": day.day,
                "date": day,
                "works": calendar.is_working_day(day),
                "shifted": bool(calendar.exceptions.get(day)),
                "count": len(by_day.get(day, ())),
                "today": day == today,
            }
            if day.month == first.month
            else None
            for day in week
        ]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]


def aim(one: targets.Compared) -> dict[str, Any]:
    """One target as the page shows it."""
    target, basis = one.target, one.table.basis
    return {
        "title": one.table.title,
        "unit": one.table.unit,
        "period": period_words(one),
        "ended": one.ended,
        "illustrative": one.illustrative,
        "document": basis.title if basis else None,
        "article": basis.article if basis else None,
        "note": basis.note if basis else None,
        "counts": counted_words(target),
        "around": one.whole.place.code,
        "by_place": {line.place.code: line for line in (*one.lines, one.whole)},
    }


def period_words(one: targets.Compared) -> Message:
    """When it is to be reached."""
    target = one.target
    if target.yearly:
        return msg("in each year; shown: {year}", year=one.year)
    if target.last is None:
        return msg("the document names no period")
    if one.ended:
        return msg("until the end of {year}; this period has ended", year=target.last)
    return msg("until the end of {year}", year=target.last)


def counted_words(target: Target) -> Message:
    """What is counted, and why some of it is not added."""
    if target.counts == "fact":
        return msg(
            "Of each county the greatest figure of one entry, because those of several may count the same people. "
            "Counties are added."
        )
    levels = [LEVEL_NAMES[level] for level in target.levels]
    words: Any = levels[0]
    for level in levels[1:]:
        words = msg("{first}, {next}", first=words, next=level)
    return msg("Entries with a title in force ({levels}); an entry with several counts once.", levels=words)
