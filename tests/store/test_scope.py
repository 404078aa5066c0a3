"""Who sees which cases: asked of every query of a session, however it is put."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, func, select

from registry.base.errors import Refused
from registry.base.paths import PACKAGE
from registry.rules.permission import SYSTEM, Actor, Appointment
from registry.store.case import Case, CaseStep, Task
from registry.store.entry import Entry
from registry.store.observation import Observation
from registry.store.schema import metadata
from registry.store.scope import INNER, OWN, PUBLISHED, REGIONAL, models, scoped_models
from registry.testing import LIANSHUI, XUYI, Kit, add, journey

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


def test_every_table_is_of_one_class() -> None:
    cases_own = {"case", *(str(m.__tablename__) for m in scoped_models())}
    classes = (cases_own, INNER, OWN, PUBLISHED, REGIONAL)
    assert sum(map(len, classes)) == len(set[str]().union(*classes))
    assert set[str]().union(*classes) == set(metadata.tables)


@pytest.mark.parametrize("table", sorted(INNER))
def test_nobody_signed_in_finds_inner_tables_empty(table: str, opened: Kit) -> None:
    model = next(m for m in models() if m.__tablename__ == table)
    with opened.registry.store.read() as session:
        assert session.exec(select(model)).all() == []
        assert session.exec(select(func.count()).select_from(model)).one() == 0


def test_nobody_signed_in_finds_no_draft_and_no_figure_of_one(opened: Kit) -> None:
    with opened.registry.store.read(SYSTEM) as session:
        drafts = {e.id for e in session.exec(select(Entry).where(Entry.status == "draft"))}
        figures = {o.id for o in session.exec(select(Observation)) if o.subject_id in drafts}
    assert drafts and figures
    with opened.registry.store.read() as session:
        assert not drafts & set(session.exec(select(Entry.id)))
        seen = set(session.exec(select(Observation.id)))
        assert seen and not figures & seen


def seen_by(kit: Kit, *held: Appointment) -> list[str]:
    """The cases that somebody with these appointments sees."""
    with kit.registry.store.read(Actor("account", "person", held)) as session:
        return [c.id for c in session.exec(select(Case))]


def test_expert_who_was_asked_and_department_see_what_has_a_task_for_them(kit: Kit) -> None:
    id, _other = journey.county(kit, "acceptance"), journey.county(kit, "acceptance", name="盱眙虚构丙种养员")
    roles = ("expert", "department")
    assert [seen_by(kit, Appointment(role, XUYI)) for role in roles] == [[], []]
    with kit.registry.store.system() as session:
        for role in roles:
            session.add(
                Task(
                    case_id=id,
                    stage="acceptance",
                    kind="ballot",
                    subject="expert:person" if role == "expert" else role,
                    role=role,
                    office_region=XUYI,
                    opened_at=session.now,
                    counted_from=session.today,
                )
            )
        session.record("test.tasks", f"case:{id}")
    assert [seen_by(kit, Appointment(role, XUYI)) for role in roles] == [[id], [id]]
    assert [seen_by(kit, Appointment(role, LIANSHUI)) for role in roles] == [[], []]
    assert seen_by(kit, Appointment("department", XUYI, case="another")) == []
    with kit.registry.store.read(Actor("account", "another expert", (Appointment("expert", XUYI),))) as session:
        assert session.exec(select(Case)).all() == []


def test_station_sees_what_its_unit_filed(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    add(kit, "station", "station", XUYI, kit.registry.now.date())
    station = kit.who("station")
    with kit.registry.store.system() as session:
        case = session.get_one(Case, id)
        case.filed_by = station.person
    assert seen_by(kit, Appointment("station", XUYI)) == [id]
    assert (
        seen_by(kit, Appointment("station", XUYI, unit="另一街道"))
        == seen_by(kit, Appointment("station", LIANSHUI))
        == []
    )


@pytest.mark.parametrize("role", ["admin", "security_admin", "audit_admin", "finance_officer"])
def test_who_handles_no_cases_sees_none(role: str, opened: Kit) -> None:
    assert seen_by(opened, Appointment(role, XUYI)) == seen_by(opened, Appointment(role, "320800")) == []


def test_auditor_sees_the_region_and_below_and_may_act_on_nothing(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    for login, region in (("auditor", XUYI), ("city-auditor", "320800")):
        add(kit, login, "auditor", region, kit.registry.now.date())
        with kit.registry.store.read(kit.who(login)) as session:
            assert [c.id for c in session.exec(select(Case))] == [id]
        for outcome in ("accept", "return_for_correction"):
            with pytest.raises(Refused):
                kit.act(login, id, outcome, reason="材料齐全，予以受理。")


BARE = re.compile(r"__table__|metadata\.tables|^from sqlalchemy import [^\n]*\bselect\b", re.MULTILINE)


@pytest.mark.parametrize("floor", ["actions", "api", "demo", "web"])
def test_no_verb_or_page_asks_a_bare_table(floor: str) -> None:
    """Only queries of the mapped classes are narrowed; `restore.py` moves whole databases, and nobody signs in to it."""
    files = [f for f in (PACKAGE / floor).rglob("*.py") if f.name != "restore.py"]
    assert files and not [f.name for f in files if BARE.search(f.read_text())]
