"""Who sees which cases: asked of every query of a session, however it is put."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, func, select

from registry.rules.permission import SYSTEM, Actor
from registry.store.case import Case, CaseStep, Task
from registry.store.entry import Entry
from registry.store.scope import scoped_models
from registry.testing import Kit

pytestmark = pytest.mark.slow

SEEN_BY = {
    "xuyi-officer": "its own county's cases, and the city's about its entries",
    "xuyi-leader": "the same",
    "city-officer": "the city's cases, and those of the counties below",
    "applicant": "what it filed, at both authorities",
}


@pytest.fixture
def opened(full: Kit) -> Kit:
    """The full registry again: two cases of Xuyi, one of the city, one revocation; all of them about entries of Xuyi."""
    return full


@pytest.mark.parametrize("login", SEEN_BY, ids=SEEN_BY.values())
def test_own_and_below_are_seen(login: str, opened: Kit) -> None:
    with opened.registry.store.read(opened.who(login)) as session:
        seen = sorted((c.procedure, c.authority_region) for c in session.exec(select(Case)))
    city = [("recognise", "320800"), ("recommend", "320830"), ("recommend", "320830")]
    assert seen == city + ([] if login == "applicant" else [("revoke", "320800")])


def neighbour(kit: Kit) -> Actor:
    return kit.who("lianshui-officer")


def nobody(kit: Kit) -> None:
    return None


OUTSIDERS = [pytest.param(neighbour, id="a neighbouring county"), pytest.param(nobody, id="nobody signed in")]
QUERIES: dict[str, Any] = {
    "whole rows": select(Case),
    "columns": select(Case.number),
    "a count": select(Case.number, func.count()).group_by(Case.number),
    "a join": select(Entry.slug).join(Case),
    "a join from the case's side": select(Entry.slug).select_from(Case).join(Entry),
    "an alias": select(aliased(Case)),
    "exists": select(Entry.slug).where(exists().where(col(Case.entry_id) == Entry.id)),
    "a list to be in": select(Entry.slug).where(col(Entry.id).in_(select(Case.entry_id))),
    "a subquery": select(select(Case.number).subquery()),
    "a common table": select(select(Case.number).cte()),
    "a union": select(Case.number).union(select(Case.number)),
    "steps beside tasks": select(CaseStep, Task).where(CaseStep.case_id == Task.case_id),
}


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_others_see_nothing_however_they_ask(query: Any, who: Callable[[Kit], Actor | None], opened: Kit) -> None:
    with opened.registry.store.read(SYSTEM) as session:
        assert session.exec(query).all()
    with opened.registry.store.read(who(opened)) as session:
        assert session.exec(query).all() == []


@pytest.mark.parametrize("who", OUTSIDERS)
def test_others_count_nothing(who: Callable[[Kit], Actor | None], opened: Kit) -> None:
    with opened.registry.store.read(who(opened)) as session:
        assert session.exec(select(func.count()).select_from(Case)).one() == 0
        assert session.exec(select(func.count(Case.id))).one() == 0


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("model", scoped_models(), ids=lambda m: m.__tablename__)
def test_nothing_that_belongs_to_a_case_is_seen_either(
    model: Any, who: Callable[[Kit], Actor | None], opened: Kit
) -> None:
    with opened.registry.store.read(SYSTEM) as session:
        id = session.exec(select(model)).first()
        assert id is not None
    with opened.registry.store.read(who(opened)) as session:
        assert session.exec(select(model)).all() == []
        assert session.exec(select(func.count()).select_from(model)).one() == 0
        if hasattr(model, "id"):
            assert session.get(model, id.id) is None


def test_scope_ends_with_the_appointment(opened: Kit) -> None:
    actor = opened.who("xuyi-officer")
    with opened.registry.store.read(Actor(actor.account, actor.person)) as session:
        assert session.exec(select(Case)).all() == []


def test_a_change_too_finds_only_what_its_actor_sees(opened: Kit) -> None:
    with opened.registry.store.write(neighbour(opened)) as session:
        assert session.exec(select(Case)).all() == []
