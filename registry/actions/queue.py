"""What waits for somebody, for their colleagues and for applicants: open tasks, filtered, sorted and counted by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, literal, tuple_, type_coerce
from sqlalchemy import Text as SqlText
from sqlalchemy import case as sql_case
from sqlmodel import and_, col, false, func, or_, select

from registry.actions.panel import SEAT, SEATED
from registry.actions.position import positions_of
from registry.actions.reminders import last_reminded
from registry.base.i18n import Message
from registry.base.script import fold
from registry.rules.engine import Position, may_do
from registry.rules.permission import Actor, Role
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.notice import Objection
from registry.store.region import Organisation, Region
from registry.store.returns import SecondReturn
from registry.store.session import ReadSession

MINE, COLLEAGUES, APPLICANTS = "", "colleagues", "applicants"
"""Whom a task waits for, as the address says it."""
OBJECTION = "objection"
"""What the answering of an objection is filtered by; every other task by its stage."""
LONGEST, LONGEST_ADDRESS, AHEAD = 60, 400, 20
FAR = date(9999, 12, 31)
"""What is due on no known day stands after everything else."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see of it; each word as it stands in the address."""

    who: str = MINE
    stage: str = ""
    county: str = ""
    kind: str = ""
    late: str = ""
    q: str = ""
    sort: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Self:
        """From an address; what is too long or unknown there is left out."""
        asked = {key: args.get(key, "").strip()[:LONGEST] for key in cls.__dataclass_fields__}
        return cls(**asked | ({} if asked["who"] in (MINE, COLLEAGUES, APPLICANTS) else {"who": MINE}))

    @classmethod
    def parse(cls, words: str) -> Self:
        """From what `words` made."""
        return cls.of(dict(parse_qsl(words[:LONGEST_ADDRESS])))

    def given(self) -> dict[str, Any]:
        """What is asked for, without what is not."""
        return {key: value for key, value in asdict(self).items() if value}

    def words(self) -> str:
        """As one value of another page's address, which leads back to this list."""
        return urlencode(self.given())

    @property
    def narrows(self) -> bool:
        """Whether something is left out of the list."""
        return bool(self.given().keys() - {"who", "sort"})


def mine(actor: Actor) -> ColumnElement[bool]:
    """The tasks of an actor's offices, and those of the expert who was asked."""
    held = [
        and_(
            col(Task.role) == a.role,
            col(Task.office_region) == a.region,
            *([col(Task.case_id) == a.case] if a.case else []),
        )
        for a in actor.appointments
        if a.role != Role.APPLICANT
    ]
    return or_(and_(col(Task.kind) != "ballot", or_(false(), *held)), col(Task.subject) == f"{SEATED}{actor.person}")


def whose(actor: Actor) -> ColumnElement[str]:
    """Whom a task waits for."""
    return sql_case((mine(actor), MINE), (col(Task.role) == Role.APPLICANT, APPLICANTS), else_=COLLEAGUES)


def waiting(actor: Actor) -> ColumnElement[bool]:
    """The open tasks that are somebody's business: their own, and those of others in their regions."""
    others = and_(col(Task.office_region).in_(actor.regions), ~col(Task.subject).startswith(SEAT))
    return and_(col(Task.status) == "open", col(Case.number).is_not(None), or_(mine(actor), others))


def fits(asked: Asked, today: date) -> ColumnElement[bool]:
    """The tasks that are asked for, whomever they wait for."""
    found: list[ColumnElement[bool]] = []
    if asked.stage == OBJECTION:
        found.append(col(Task.kind) == OBJECTION)
    elif asked.stage:
        found.append(and_(col(Task.stage) == asked.stage, col(Task.kind) != OBJECTION))
    if asked.county:
        found.append(col(Case.home_region) == select(Region.code).where(Region.slug == asked.county).scalar_subquery())
    if asked.kind:
        found.append(col(Case.kind) == asked.kind)
    if asked.late:
        found.append(is_late(today))
    if asked.q:
        named = type_coerce(col(Entry.name), SqlText).contains(fold(asked.q), autoescape=True)
        found.append(or_(col(Case.number).contains(asked.q, autoescape=True), named))
    return and_(literal(True), *found)


def due_between(first: date, last: date) -> ColumnElement[bool]:
    """Due on one of these days."""
    return col(Task.due_on).between(first, last)


def is_late(today: date) -> ColumnElement[bool]:
    """Overdue on a day."""
    return func.coalesce(col(Task.due_on), FAR) < today


def order(by: str) -> tuple[Any, ...]:
    """Where a row stands: by what was asked for, then the earliest due; no two rows are alike."""
    first = {"name": col(Entry.slug), "stage": col(Task.stage), "county": col(Case.home_region)}.get(by)
    due = func.coalesce(col(Task.due_on), FAR)
    return (*(() if first is None else (first,)), due, col(Case.number), col(Task.id))


@dataclass(frozen=True)
class Group:
    """How many tasks of one stage wait for somebody: all of them, those asked for, and the late ones of these."""

    who: str
    stage: str
    count: int
    fitting: int
    late: int
    pins: dict[str, str]
    """Those of one of the cases, whose workflow says what the stage is called."""


def groups(session: ReadSession, actor: Actor, asked: Asked) -> list[Group]:
    """Everything that waits, counted by whom it waits for and by stage."""
    wanted = fits(asked, session.today)
    stage = sql_case((col(Task.kind) == OBJECTION, OBJECTION), else_=col(Task.stage))
    query = (
        select(  # type: ignore[call-overload]
            whose(actor).label("for_whom"),
            stage.label("at_stage"),
            func.count(),
            func.sum(sql_case((wanted, 1), else_=0)),
            func.sum(sql_case((and_(wanted, is_late(session.today)), 1), else_=0)),
            func.min(col(Case.pins)),
        )
        .select_from(Task)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Entry, col(Entry.id) == col(Case.entry_id))
        .where(waiting(actor))
        .group_by("for_whom", "at_stage")
        .order_by("at_stage")
    )
    rows: Any = session.exec(query)
    return [Group(*row) for row in rows]


@dataclass(frozen=True)
class Waiting:
    """One task with all that a list says of it."""

    task: Task
    case: Case
    entry: Entry
    objection: str | None
    """The number of the objection that is to be answered."""
    filer: dict[str, str] | None
    """What the organisation that filed is called."""
    proposed_by: str | None = None
    """The person who proposed a second return, to which another officer has to agree."""
    reminded_at: datetime | None = None
    """When its people were last reminded by a colleague."""


def tasks(
    session: ReadSession,
    actor: Actor,
    asked: Asked,
    *conditions: ColumnElement[bool],
    limit: int,
    offset: int = 0,
    first: ColumnElement[bool] | None = None,
) -> list[Waiting]:
    """The tasks asked for, in order, those that are `first` before the others; `conditions` narrow them further."""
    before = [] if first is None else [sql_case((first, 0), else_=1)]
    query = (
        select(  # type: ignore[call-overload]
            Task,
            Case,
            Entry,
            col(Objection.number),
            col(Organisation.name),
            col(SecondReturn.proposed_by),
            last_reminded(),
        )
        .select_from(Task)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Entry, col(Entry.id) == col(Case.entry_id))
        .outerjoin(Objection, and_(col(Task.kind) == OBJECTION, col(Objection.id) == col(Task.subject)))
        .outerjoin(Organisation, col(Organisation.id) == col(Case.filer_id))
        .outerjoin(SecondReturn, and_(col(SecondReturn.case_id) == col(Case.id), col(SecondReturn.ended_at).is_(None)))
        .where(waiting(actor), whose(actor) == asked.who, fits(asked, session.today), *conditions)
        .order_by(*before, *order(asked.sort))
        .limit(limit)
        .offset(offset)
    )
    rows: Any = session.exec(query)
    return [Waiting(*row) for row in rows]


def refusal(position: Position, actor: Actor, task: Task) -> Message | None:
    """Why somebody may not do a task that waits for their office; None when they may."""
    return may_do(task.kind, position, actor)


def next_after(session: ReadSession, actor: Actor, case_id: str, asked: Asked) -> str | None:
    """The case that comes after one in the list of what waits for an actor and that they may act in; None: none is left.

    At the end of the list it begins again. What was never in the list is followed by the first.
    """
    here = key_of(session, actor, case_id, asked)
    after = tuple_(*order(asked.sort)) > tuple_(*here) if here else None
    rows = tasks(session, actor, asked, col(Case.id) != case_id, limit=AHEAD, first=after)
    positions = positions_of(session, unique(rows)) if rows else {}
    return next((r.case.id for r in rows if not refusal(positions[r.case.id], actor, r.task)), None)


def unique(rows: Sequence[Waiting]) -> list[Case]:
    """The cases of some rows, each once."""
    return list({row.case.id: row.case for row in rows}.values())


def key_of(session: ReadSession, actor: Actor, case_id: str, asked: Asked) -> list[ColumnElement[Any]]:
    """Where a case stands in an actor's list; empty when it does not wait for them."""
    columns = order(asked.sort)
    query = (
        select(*columns)
        .select_from(Task)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Entry, col(Entry.id) == col(Case.entry_id))
        .where(waiting(actor), mine(actor), col(Case.id) == case_id)
        .order_by(*columns)
        .limit(1)
    )
    rows: Any = session.exec(query)
    return [literal(value, column.type) for row in rows for value, column in zip(row, columns, strict=True)]


def waits_here(session: ReadSession, actor: Actor, case_id: str) -> bool:
    """Whether a case waits for an actor, and they may act in it."""
    rows = tasks(session, actor, Asked(), col(Case.id) == case_id, limit=AHEAD)
    positions = positions_of(session, unique(rows))
    return any(not refusal(positions[r.case.id], actor, r.task) for r in rows)
