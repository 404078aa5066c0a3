"""Who may see which rows: the one place, applied to every query of a session.

Each table is of one class. *Case*: its rows belong to a case (`__scoped__`), and are seen by whoever sees the case.
*Regional*: a region's own work, seen by its offices and by those of the region around it.
*Own*: a person's own messages, seen by their account, and by who runs the registry. *Inner*: of no concern to anybody who is
not signed in. *Published*: what stands in it is public, in part of `entry`
and `observation` once the entry is listed. A test compares this with the tables that there are.
"""

from functools import lru_cache

from sqlalchemy import ColumnElement, Executable, TableClause, event, false
from sqlalchemy import select as sql_select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlmodel import Session, SQLModel, col, or_, select, true

from registry.rules.permission import SYSTEM, TASKED, Actor, Role
from registry.rules.permission import Appointment as Held
from registry.store.case import Case
from registry.store.cultivation import CultivationAim, CultivationItem, CultivationNote, CultivationSuggestion
from registry.store.entry import Entry
from registry.store.message import Delivery, Message, Reach
from registry.store.notice import NoticeItem
from registry.store.observation import Observation
from registry.store.pack import PackDraft, PackFile
from registry.store.region import Region
from registry.store.round import Round, RoundSeats


def visible_cases(actor: Actor | None) -> ColumnElement[bool]:
    """The cases that an actor may see: of their organisation, of their office, and of the offices directly below.

    A station sees what its unit filed; a partner department sees the cases with a task for its role, an expert those in
    which they were asked.
    """
    if actor is None:
        return false()
    if actor == SYSTEM:
        return true()
    below = select(Region.code).where(col(Region.parent).in_(actor.regions))
    return or_(
        col(Case.filer_id).in_(actor.organisations),
        col(Case.authority_region).in_(actor.regions),
        col(Case.home_region).in_(actor.regions),
        col(Case.authority_region).in_(below),
        col(Case.id).in_(actor.cases),
        *(_tasked(a, actor.person) for a in actor.appointments if a.role in TASKED and a.case is None),
        *(_filed_by_unit(a) for a in actor.appointments if a.role == Role.STATION),
    )


def _tasked(held: Held, person: str) -> ColumnElement[bool]:
    """The cases that have or had a task for a role; of an expert, those in which this very person was asked."""
    task = SQLModel.metadata.tables["task"].c  # the bare table: a case is not looked for among the cases seen
    mine = task.subject == f"expert:{person}" if held.role == Role.EXPERT else true()
    return col(Case.id).in_(
        sql_select(task.case_id).where(task.role == held.role, task.office_region == held.region, mine)
    )


def _filed_by_unit(held: Held) -> ColumnElement[bool]:
    """The cases that somebody of a station filed."""
    there = SQLModel.metadata.tables["appointment"].c
    colleagues = sql_select(there.person_id).where(
        there.role == held.role, there.region == held.region, there.unit.is_not_distinct_from(held.unit)
    )
    return col(Case.filed_by).in_(colleagues)


INNER = frozenset(
    {
        "access_log",
        "account",
        "account_request",
        "appointment",
        "counter",
        "invitation",
        "job",
        "ledger_file",
        "ledger_mapping",
        "ledger_name",
        "number_index",
        "parked_form",
        "password_used",
        "person",
        "person_merge",
        "plugin_failure",
        "privacy_act",
        "recorded_title",
        "recovery_code",
        "reveal",
        "second_factor",
        "sign_in_counter",
        "user_session",
        "work_look",
    }
)
"""Tables that a session without an actor finds empty."""
REGIONAL = frozenset(
    {"cultivation_aim", "cultivation_item", "cultivation_note", "cultivation_suggestion", "pack_draft", "pack_file"}
)
"""Tables of a region's own work."""
OWN = frozenset({"delivery", "message", "reach"})
"""Tables of what is one account's own."""
PUBLISHED = frozenset(
    {
        "calendar_day",
        "calendar_year",
        "certificate",
        "definition",
        "entry",
        "entry_slug",
        "entry_unit",
        "generation",
        "meta",
        "notice",
        "notice_item",
        "observation",
        "organisation",
        "page_change",
        "page_tag",
        "plugin_state",
        "publication",
        "published_page",
        "record_entry",
        "record_head",
        "record_key",
        "record_leaf",
        "region",
        "rendered_page",
        "round",
        "round_seats",
        "search_text",
        "title",
    }
)
"""Tables that everybody reads; the record holds no personal word."""


def models() -> list[type[SQLModel]]:
    """Every table's class."""
    return [m.class_ for m in SQLModel._sa_registry.mappers]


def scoped_models() -> list[type[SQLModel]]:
    """The tables whose rows belong to a case."""
    scoped = [c for c in models() if getattr(c, "__scoped__", False) and c is not Case]
    return sorted(scoped, key=lambda c: str(c.__tablename__))


Rules = dict[str, tuple[type[SQLModel], ColumnElement[bool]]]
"""Table → its class, and which of its rows are seen."""


def named(statement: Executable) -> set[str]:
    """The tables that a statement names anywhere: in a join, a count, a subquery.

    Asked of the statement's whole tree, because what it answers with does not say what it reads; and asked at all,
    because every other query is four times as quick without the criteria.
    """
    parts = visitors.iterate(statement)  # type: ignore[arg-type]  # each can be walked; `Executable` does not say so
    return {part.name for part in parts if isinstance(part, TableClause)}


@lru_cache(maxsize=256)
def rules_for(actor: Actor | None) -> Rules:
    """Which rows of which tables an actor sees. Made once for each, because a session is opened for every verb."""
    rules: Rules = {str(Case.__tablename__): (Case, visible_cases(actor))}
    ids = select(Case.id).where(visible_cases(actor))
    for model in scoped_models():
        rules[str(model.__tablename__)] = (model, col(model.case_id).in_(ids))  # type: ignore[attr-defined]
    rules |= regional(actor) | own(actor)
    return rules | unpublished() if actor is None else rules


def restrict(session: Session, actor: Actor | None) -> None:
    """Every ORM query of this session answers only what the actor may see."""
    if actor == SYSTEM:
        return
    rules = rules_for(actor)

    def narrow(state: ORMExecuteState) -> None:
        if (
            not state.is_select
            or state.is_column_load
            or state.is_relationship_load
            or state.execution_options.get("unscoped")
        ):
            return
        if found := named(state.statement) & rules.keys():
            options = [with_loader_criteria(*rules[table], include_aliases=True) for table in sorted(found)]
            state.statement = state.statement.options(*options)

    event.listen(session, "do_orm_execute", narrow)


def regional(actor: Actor | None) -> Rules:
    """A region's own work: its cultivation list, its rounds before they are called, and its packs before they are published
    (those every administrator sees)."""
    regions = actor.regions if actor else frozenset()
    near = select(Region.code).where(col(Region.code).in_(regions) | col(Region.parent).in_(regions))
    items = select(CultivationItem.id).where(col(CultivationItem.region).in_(near))
    keeps_all = actor is not None and actor.has(Role.SYSTEM_ADMIN)
    drafted = true() if keeps_all else col(PackDraft.region).in_(near)
    called = (col(Round.status) != "draft") | col(Round.region).in_(regions)
    rules: tuple[tuple[type[SQLModel], ColumnElement[bool]], ...] = (
        (CultivationItem, col(CultivationItem.region).in_(near)),
        (CultivationSuggestion, col(CultivationSuggestion.region).in_(near)),
        (CultivationAim, col(CultivationAim.item_id).in_(items)),
        (CultivationNote, col(CultivationNote.item_id).in_(items)),
        (PackDraft, drafted),
        (PackFile, col(PackFile.draft_id).in_(select(PackDraft.id).where(drafted))),
        (Round, called),
        (RoundSeats, col(RoundSeats.round_id).in_(select(Round.id).where(called))),
    )
    return {str(model.__tablename__): (model, rule) for model, rule in rules}


def own(actor: Actor | None) -> Rules:
    """What an account was told and where it is reached. Whoever runs the registry sees what did not arrive, no address."""
    account = actor.account if actor else ""
    mine = col(Message.account_id) == account
    told = true() if actor is not None and actor.has(Role.SYSTEM_ADMIN) else mine
    sent = true() if told is not mine else col(Delivery.message_id).in_(select(Message.id).where(mine))
    return {
        "message": (Message, told),
        "delivery": (Delivery, sent),
        "reach": (Reach, col(Reach.account_id) == account),
    }


def unpublished() -> Rules:
    """What somebody who is not signed in does not see: inner tables, drafts, and figures about them."""
    rules: Rules = {str(m.__tablename__): (m, false()) for m in models() if m.__tablename__ in INNER}
    on_notice = select(NoticeItem.entry_id)
    rules["entry"] = (Entry, (col(Entry.status) != "draft") | col(Entry.id).in_(on_notice))
    listed = select(Entry.id).where(Entry.status != "draft")
    rules["observation"] = (
        Observation,
        (col(Observation.subject_type) != "entry") | col(Observation.subject_id).in_(listed),
    )
    return rules
