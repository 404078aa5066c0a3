"""Verbs of the working-day calendar: entering a year, and counting every open deadline anew with a record of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import col, select

from registry.actions.move import due
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.calendar import WorkCalendar
from registry.rules.holidays import Arrangement
from registry.rules.permission import SYSTEM, Actor, Role
from registry.store.calendar import CalendarDay, CalendarYear, days_of, published_years, work_calendar
from registry.store.case import Case, Task
from registry.store.notice import Notice, NoticeItem
from registry.store.session import ReadSession, WriteSession

SOURCE = "State Council arrangement"
FIRST_YEAR, YEARS_AHEAD = 2004, 2


@dataclass(frozen=True, slots=True)
class Recount:
    """A deadline that was counted anew: of a case's stage, or of a notice (its last day)."""

    subject: str
    what: str
    """The stage; for a notice its number."""
    before: date | None
    after: date | None


def publish_year(
    registry: Registry, actor: Actor, arrangement: Arrangement, *, document: str = "", link: str = ""
) -> list[Recount]:
    """Enter a year's holidays, or replace them where the arrangement was amended; returns the deadlines that changed.

    Raises Refused, BadInput.
    """
    if actor != SYSTEM and not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only a system administrator may enter a calendar."))
    year, document, link = arrangement.year, document.strip() or arrangement.document or "", link.strip()
    with registry.store.system() as session:
        session.actor = actor
        require_sound(session.today, year, document, link)
        before, days = put_year(session, arrangement, document, link)
        session.record("calendar.publish", f"calendar:{year}", document=document, link=link, before=before, days=days)
        changed = recount(session)
        session.changes("list:notices", "home")
        return changed


def require_sound(today: date, year: int, document: str, link: str) -> None:
    """Raise BadInput for a year too far away, without a document, or with an address that is none."""
    faults = []
    if not FIRST_YEAR <= year <= today.year + YEARS_AHEAD:
        faults.append(Fault(msg("{year} is no year that can be entered now.", year=year), field="text"))
    if not document:
        faults.append(Fault(msg("Name the document, such as 国办发明电〔2026〕6号."), field="document"))
    if link and urlsplit(link).scheme not in ("http", "https"):
        faults.append(Fault(msg("The address must begin with https://."), field="link"))
    if faults:
        raise BadInput(faults)


Told = dict[str, str]
"""Day → `off` or `work`, as the record tells them."""


def put_year(session: WriteSession, arrangement: Arrangement, document: str, link: str) -> tuple[Told, Told]:
    """Write the year and its days; returns (before, after)."""
    old = days_of(session, arrangement.year)
    for row in old:
        session.delete(row)
    session.flush()
    for day in arrangement.exceptions:
        session.merge(CalendarDay(day=day.day, working=day.working, name=day.name))
    known = session.get(CalendarYear, arrangement.year)
    entered = known or CalendarYear(year=arrangement.year, source=SOURCE, entered_at=session.now)
    entered.source, entered.entered_at, entered.entered_by = SOURCE, session.now, session.actor.account
    entered.document, entered.link = document, link or None
    session.add(entered)
    session.flush()
    return told(old), told(days_of(session, arrangement.year))


def told(days: list[CalendarDay]) -> Told:
    """Days as the record tells them."""
    return {d.day.isoformat(): "work" if d.working else "off" for d in days}


def recount(session: WriteSession) -> list[Recount]:
    """Count every open deadline anew by the calendar as it is now; one row of the record for each that changes."""
    calendar = work_calendar(session)
    return [*recount_notices(session, calendar), *recount_tasks(session, calendar)]


def recount_tasks(session: WriteSession, calendar: WorkCalendar) -> list[Recount]:
    """The deadlines of open tasks."""
    query = select(Task).where(Task.status == "open", col(Task.days).is_not(None)).order_by(Task.case_id, Task.id)
    made = []
    for task in session.exec(query).all():
        after = due(calendar, task.counted_from, task.days)
        if after == task.due_on:
            continue
        one = Recount(f"case:{task.case_id}", task.stage, task.due_on, after)
        task.due_on = after
        session.add(task)
        keep(session, one, task=task.id, counted_from=task.counted_from.isoformat(), days=task.days)
        made.append(one)
    return made


def recount_notices(session: WriteSession, calendar: WorkCalendar) -> list[Recount]:
    """The last days of notices of which an entry is still being shown."""
    running = select(NoticeItem.notice_id).where(NoticeItem.status == "running")
    made = []
    for notice in session.exec(select(Notice).where(col(Notice.id).in_(running)).order_by(Notice.number)).all():
        starts = due(calendar, notice.posted_on, 1)
        ends = due(calendar, notice.posted_on, notice.working_days)
        if (starts, ends) == (notice.starts_on, notice.ends_on):
            continue
        one = Recount(f"notice:{notice.id}", notice.number, notice.ends_on, ends)
        notice.starts_on, notice.ends_on = starts, ends
        session.add(notice)
        keep(session, one, counted_from=notice.posted_on.isoformat(), days=notice.working_days)
        session.changes(f"notice:{notice.id}")
        made.append(one)
    return made


def keep(session: WriteSession, one: Recount, **how: Any) -> None:
    """The record's row of one deadline."""
    session.record(
        "deadline.recount",
        one.subject,
        what=one.what,
        before=one.before.isoformat() if one.before else None,
        after=one.after.isoformat() if one.after else None,
        **how,
    )


def waiting(session: ReadSession) -> int:
    """How many open deadlines of those that the session may see cannot be counted yet."""
    query = select(Task).join(Case, col(Case.id) == col(Task.case_id))
    rows = session.exec(query.where(Task.status == "open", col(Task.days).is_not(None), col(Task.due_on).is_(None)))
    return len(rows.all())


def years_missing(session: ReadSession) -> list[int]:
    """This year and the next, as far as they are not published."""
    known = {row.year for row in published_years(session)}
    return [year for year in (session.today.year, session.today.year + 1) if year not in known]
