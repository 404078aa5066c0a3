"""Deadlines that draw near or have passed, told every working morning; and the reminder that one colleague sends another."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from registry.actions.messages import about, holders, responsible, tell, tell_of_task
from registry.actions.position import position_of
from registry.base.clock import SHANGHAI
from registry.base.errors import NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.calendar import NotCountable, WorkCalendar
from registry.rules.engine import Position
from registry.rules.permission import HANDLERS, SYSTEM, Actor, Role
from registry.store.account import Account
from registry.store.calendar import work_calendar
from registry.store.case import Case, Task
from registry.store.job import Job, enqueue
from registry.store.message import Message
from registry.store.region import Region
from registry.store.session import ReadSession, WriteSession

JOB = "remind"
MORNING = time(8)
"""When the day's reminders go out, in Shanghai."""
BATCH = 50
"""Tasks told of in one transaction: nobody else can write while it is open."""
LEADERS = frozenset({Role.COUNTY_LEADER, Role.CITY_LEADER})


def plan(registry: Registry) -> None:
    """Put the day's work into the outbox, once a day, whichever process is the first to look."""
    with registry.store.read(SYSTEM) as session:
        today, key = session.today, f"{JOB}:{session.today}"
        planned = session.exec(select(Job.id).where(Job.key == key)).first()
    if planned is None:
        try:
            with registry.store.system() as session:
                morning = datetime.combine(today, MORNING, SHANGHAI)
                enqueue(session, JOB, str(today), session.now, not_before=morning)
        except IntegrityError:  # another process was the first
            return


def remind_all(registry: Registry) -> None:
    """Tell of every deadline that is near or past. What was told already is not told again, however often this runs."""
    with registry.store.read(SYSTEM) as session:
        calendar, today = work_calendar(session), session.today
        if calendar.is_working_day(today) is False:
            return
        soon = calendar.add(today, registry.settings.remind_days)
        last = today if isinstance(soon, NotCountable) else soon
        query = (
            select(Task.id).where(Task.status == "open", col(Task.due_on) <= last).order_by(col(Task.due_on), Task.id)
        )
        ids = list(session.exec(query))
    for some in (ids[n : n + BATCH] for n in range(0, len(ids), BATCH)):
        with registry.store.system() as session:
            rows = session.exec(
                select(Task, Case).join(Case).where(col(Task.id).in_(some), Task.status == "open")
            ).all()
            told = set(session.exec(select(Message.event, Message.key).where(col(Message.task_id).in_(some))))
            for task, case in rows:
                wanted = events(task, calendar, today, registry.settings.escalate_days)
                if fresh := [e for e in wanted if (e, key_of(task)) not in told]:
                    remind_of(session, case, task, fresh)


def key_of(task: Task) -> str:
    """What is told once of a task: a deadline that is counted anew is told of anew."""
    return f"{task.id}:{task.due_on}"


def events(task: Task, calendar: WorkCalendar, today: date, escalate_days: int) -> list[str]:
    """What there is to tell of a task's deadline on a working day."""
    assert task.due_on is not None
    if today <= task.due_on:
        return ["due_soon"] if task.counted_from < today else []
    late = calendar.add(task.due_on, escalate_days)
    above = task.role != Role.APPLICANT and not isinstance(late, NotCountable) and late <= today
    return ["overdue", "escalated"] if above else ["overdue"]


def remind_of(session: WriteSession, case: Case, task: Task, wanted: list[str]) -> None:
    """Tell of a task's deadline: whoever must act, and when it has long passed whoever leads them."""
    position = position_of(session, case)
    for event in wanted:
        if event == "escalated":
            above = leaders(session, case, task, position)
            given = about(session, case, task, position)
            tell(session, event, above, key=key_of(task), case=case, task=task, **given)
        else:
            tell_of_task(session, event, case, task, position, key=key_of(task), everybody=True)


def leaders(session: ReadSession, case: Case, task: Task, position: Position) -> list[Account]:
    """Who leads the office that is late; where it is the leader who is late, who leads the office above."""
    region = session.get_one(Region, task.office_region)
    place = region.parent if task.role in LEADERS else region.code
    late = {account.person_id for account in responsible(session, case, task, position)}
    found = holders(session, LEADERS, place, case) if place else []
    return [account for account, _ in found if account.person_id not in late]


def remind(registry: Registry, actor: Actor, task_id: str) -> int:
    """Ask colleagues, or an applicant, to go on with what waits for them (催办); returns how many were told.

    By whoever handles cases, may see this one and is not the one who must act; once a working day for a task.
    Raises NotFound, Refused.
    """
    if not actor.has(*HANDLERS):
        raise Refused(msg("Only whoever handles cases may remind others."))
    with registry.store.write(actor) as session:
        found = session.exec(select(Task, Case).join(Case).where(Task.id == task_id)).one_or_none()
        if found is None:
            raise NotFound(msg("There is no such case, or it is not one of yours."))
        task, case = found
        if task.status != "open":
            raise Refused(msg("This is done already; load the page again."))
        position = position_of(session, case)
        must = responsible(session, case, task, position)
        if actor.person in {account.person_id for account in must}:
            raise Refused(msg("This waits for you yourself."))
        if not must:
            raise Refused(
                msg("Nobody could act on this now, so that nobody was reminded. The administrator gives roles.")
            )
        day = last_working_day(work_calendar(session), session.today)
        n = tell_of_task(session, "reminded", case, task, position, key=f"{task.id}:{day}")
        if not n:
            raise Refused(msg("They have been reminded today; once a working day is enough."))
        session.record("case.remind", f"case:{case.id}", task=task.id)
        return n


def last_working_day(calendar: WorkCalendar, day: date) -> date:
    """The working day that a day belongs to: itself, or the last one before."""
    while calendar.is_working_day(day) is False:
        day -= timedelta(days=1)
    return day


def last_reminded() -> ColumnElement[datetime | None]:
    """When the people of a query's task were last reminded by a colleague, whoever was told of it."""
    told = inspect(Message).local_table.c
    return (
        select(func.max(told.created_at))
        .where(told.event == "reminded", told.task_id == col(Task.id))
        .correlate(Task)
        .scalar_subquery()
    )


def reminded(session: ReadSession, tasks: list[str]) -> dict[str, datetime]:
    """Task → when that was; tasks whose people nobody has reminded are left out."""
    query = select(Task.id, last_reminded()).where(col(Task.id).in_(tasks))
    return {id: at for id, at in session.exec(query.execution_options(unscoped=True)) if at}
