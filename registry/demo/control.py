"""What the demonstration's page does: move the clock, continue as somebody, begin again. Never in a real registry."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlmodel import col, select, update

from registry.actions import signin
from registry.actions.position import workflow_of
from registry.base.clock import SystemClock
from registry.base.errors import NotFound, Refused
from registry.base.i18n import Text, msg
from registry.demo.days import at
from registry.host.registry import CLOCK_OFFSET, Registry
from registry.rules.calendar import DAY, NotCountable
from registry.rules.permission import SYSTEM
from registry.store.account import UserSession, account_by_login
from registry.store.calendar import work_calendar
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.meta import mark, set_mark
from registry.store.notice import Notice, NoticeItem
from registry.store.people import actor_of
from registry.store.published import Generation, drop_all, generation
from registry.store.session import ReadSession, WriteSession

BEGINS, PEOPLE, TOUR = "demonstration.begins", "demonstration.people", "demonstration.tour"
"""Marks of the database: the moment at which it begins, the people and the tour as the page shows them."""
START = "start"
"""The folder of the freshly made data, beside the database."""
OPENS = time(9)


def require_demonstration(registry: Registry) -> None:
    """Raise Refused unless this is a demonstration."""
    if not registry.demonstration:
        raise Refused(msg("This is a real registry; only a demonstration can do this."))


@dataclass(frozen=True)
class Next:
    """What comes next: the last day of a deadline or notice, what it is about, and the working day after it."""

    on: date
    what: Text
    """The entry."""
    stage: Text | None
    """What is to be done; for a notice none."""
    more: int
    """How many others end on the same day."""
    then: date


def next_deadline(session: ReadSession) -> Next | None:
    """The next deadline of any task that is open, today's included."""
    rows = session.exec(
        select(Task, Case, Entry)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Entry, col(Entry.id) == col(Case.entry_id))
        .where(Task.status == "open", col(Task.due_on) >= session.today)
        .order_by(col(Task.due_on), col(Case.number))
        .execution_options(unscoped=True)
    ).all()
    if not rows:
        return None
    task, case, entry = rows[0]
    assert task.due_on is not None
    stage = workflow_of(session, case).stages[task.stage].names.staff
    same = {c.id for t, c, _ in rows if t.due_on == task.due_on} - {case.id}
    return Next(task.due_on, entry.text, stage, len(same), day_after(session, task.due_on))


def next_notice_end(session: ReadSession) -> Next | None:
    """The next end of a running notice."""
    rows = session.exec(
        select(Notice, Entry)
        .join(NoticeItem, col(NoticeItem.notice_id) == col(Notice.id))
        .join(Entry, col(Entry.id) == col(NoticeItem.entry_id))
        .where(NoticeItem.status == "running", col(Notice.ends_on) >= session.today)
        .order_by(col(Notice.ends_on), Notice.number, col(NoticeItem.id))
    ).all()
    if not rows:
        return None
    notice, entry = rows[0]
    assert notice.ends_on is not None
    same = sum(n.ends_on == notice.ends_on for n, _ in rows) - 1
    return Next(notice.ends_on, entry.text, None, same, day_after(session, notice.ends_on))


NEXT = {"deadline": next_deadline, "notice": next_notice_end}


def day_after(session: ReadSession, day: date) -> date:
    """The working day after a day; the next day where the calendar does not reach."""
    found = work_calendar(session).add(day, 1)
    return day + DAY if isinstance(found, NotCountable) else found


def advance(registry: Registry, to: str = "deadline") -> date:
    """Move the clock to the morning after the next `deadline` or the end of the next `notice`; returns that day.

    Every stored page is dropped, for all of them may say a date; who is signed in stays so. Raises Refused.
    """
    require_demonstration(registry)
    with registry.store.system() as session:
        found = NEXT[to](session) if to in NEXT else None
        if found is None:
            raise Refused(msg("Nothing is due from here on; begin again to see more."))
        move_clock(session, at(found.then, OPENS))
    return found.then


def set_clock(registry: Registry, moment: datetime) -> None:
    """Let the demonstration's clock say this moment now."""
    with registry.store.system() as session:
        move_clock(session, moment)


def move_clock(session: WriteSession, moment: datetime) -> None:
    """The offset of the clock; sign-ins move along, stored pages go."""
    by = moment - session.now
    for row in session.exec(select(UserSession).where(col(UserSession.revoked_at).is_(None))):
        row.created_at, row.seen_at = row.created_at + by, row.seen_at + by
        session.add(row)
    set_mark(session, CLOCK_OFFSET, str((moment - SystemClock().now()).total_seconds()))
    drop_all(session)


def become(registry: Registry, login: str) -> str:
    """Open a session as one of the demonstration's people; returns its token. Raises Refused, NotFound."""
    require_demonstration(registry)
    with registry.store.read(SYSTEM) as session:
        account = account_by_login(session, login)
    if account is None or account.disabled_at:
        raise NotFound(msg("There is no account “{login}”.", login=login))
    return signin.open_session(registry, account.id)


def start_over(registry: Registry) -> None:
    """Back to the freshly made demonstration, while it is being served: sign-ins end, everything entered is gone.

    The database is written over as one transaction of its own, so that other processes see all of it or nothing.
    Raises Refused when this is no demonstration, or its copy is gone.
    """
    require_demonstration(registry)
    start, live = registry.settings.data_dir / START, registry.settings.data_dir
    if not (start / "registry.db").is_file():
        raise Refused(msg("The copy to begin again from is gone; start the program with --fresh."))
    with registry.store.read(SYSTEM) as session:
        seen = generation(session)
    missing = {p.relative_to(start) for p in (start / "evidence").rglob("*") if p.is_file()}
    for name in missing:
        if not (live / name).exists():
            (live / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(start / name, live / name)
    with (
        closing(sqlite3.connect(start / "registry.db")) as source,
        closing(sqlite3.connect(live / "registry.db", timeout=30)) as target,
    ):
        source.backup(target)
    with registry.store.system() as session:
        # a page that is being rendered from before must not be stored as if it showed what is now
        session.exec(update(Generation).values(v=seen + 1))
        begins = datetime.fromisoformat(mark(session, BEGINS) or datetime.now(UTC).isoformat())
        move_clock(session, begins)


def waiting_for(session: ReadSession, people_shown: list[dict[str, Any]]) -> dict[str, int]:
    """Login → how many tasks wait for this person: those of the office, or drafts and returned applications."""
    tasks = session.exec(
        select(Task.role, Task.office_region).where(Task.status == "open").execution_options(unscoped=True)
    ).all()
    found = {p["login"]: sum((p["role"], p["region"]) == (r, o) for r, o in tasks) for p in people_shown}
    return found | drafts(session, [p["login"] for p in people_shown if p["role"] == "applicant"])


def drafts(session: ReadSession, logins: list[str]) -> dict[str, int]:
    """Login of an applicant → how many applications wait to be sent or corrected."""
    found = {}
    open_cases = list(
        session.exec(
            select(Case).where(Case.status == "open", Case.procedure == "recommend").execution_options(unscoped=True)
        )
    )
    editing = [c for c in open_cases if workflow_of(session, c).stages[c.stage].duty == "edit"]
    for login in logins:
        account = account_by_login(session, login)
        mine = actor_of(session, account, session.today).organisations if account else frozenset()
        found[login] = sum(c.filer_id in mine for c in editing)
    return found
