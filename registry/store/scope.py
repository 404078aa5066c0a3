"""Who may see which rows: the one place, applied to every query of a session."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Executable, TableClause, event, false
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlmodel import Session, SQLModel, col, or_, select, true

from registry.rules.permission import SYSTEM, Actor
from registry.store.case import Case
from registry.store.region import Region


def visible_cases(actor: Actor | None) -> ColumnElement[bool]:
    """The cases that an actor may see: of their organisation, of their office, and of the offices directly below."""
    if actor is None:
        return false()
    if actor == SYSTEM:
        return true()
    below = select(Region.code).where(col(Region.parent).in_(actor.regions))
    return or_(
        col(Case.filer_id).in_(actor.organisations),
        col(Case.filed_by) == actor.person,
        col(Case.authority_region).in_(actor.regions),
        col(Case.home_region).in_(actor.regions),
        col(Case.authority_region).in_(below),
    )


def scoped_models() -> list[type[SQLModel]]:
    """The tables whose rows belong to a case."""
    classes = (m.class_ for m in SQLModel._sa_registry.mappers)
    scoped = [c for c in classes if getattr(c, "__scoped__", False) and c is not Case]
    return sorted(scoped, key=lambda c: str(c.__tablename__))


def names(statement: Executable, tables: Collection[str]) -> bool:
    """Whether a statement names one of the tables anywhere: in a join, a count, a subquery.

    Asked of the statement's whole tree, because what it answers with does not say what it reads; and asked at all,
    because every other query is four times as quick without the criteria.
    """
    parts = visitors.iterate(statement)  # type: ignore[arg-type]  # each can be walked; `Executable` does not say so
    return any(isinstance(part, TableClause) and part.name in tables for part in parts)


def restrict(session: Session, actor: Actor | None) -> None:
    """Every ORM query of this session answers only what the actor may see."""
    own = visible_cases(actor)
    if actor == SYSTEM:
        return
    models = scoped_models()
    tables = {str(Case.__tablename__), *(str(model.__tablename__) for model in models)}

    def criteria(state: ORMExecuteState) -> None:
        if (
            not state.is_select
            or state.is_column_load
            or state.is_relationship_load
            or state.execution_options.get("unscoped")
        ):
            return
        if not names(state.statement, tables):
            return
        options: list[Any] = [with_loader_criteria(Case, own, include_aliases=True)]
        ids = select(Case.id).where(own)
        for model in models:
            theirs = col(model.case_id).in_(ids)  # type: ignore[attr-defined]
            options.append(with_loader_criteria(model, theirs, include_aliases=True))
        state.statement = state.statement.options(*options)

    event.listen(session, "do_orm_execute", criteria)
