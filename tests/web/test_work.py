"""My work: how many queries it takes, what it says, and where one arrives after acting."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from registry.actions import cases
from registry.store.case import Case, open_tasks, steps_of
from registry.store.entry import Entry
from registry.store.table import new_id
from registry.testing import Kit, journey

from .conftest import hidden, token

pytestmark = pytest.mark.slow
People = Callable[[str], FlaskClient]
MOST = 12
"""Queries of a whole request: sign-in, frame and page."""


@contextmanager
def counted(kit: Kit) -> Iterator[list[str]]:
    """The queries that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(kit.registry.store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(kit.registry.store.engine, "before_cursor_execute", note)


def page(client: FlaskClient, url: str) -> str:
    """A page in English."""
    answer = client.get(f"/en{url}")
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def filed(kit: Kit, count: int) -> list[str]:
    """Several cases that wait for acceptance."""
    return [journey.filed(kit, name=f"盱眙示例{n}号（虚构）") for n in range(count)]


def copied(kit: Kit, case_id: str, count: int) -> None:
    """So many cases more like one, row by row: what a verb takes a third of a second for."""
    with kit.registry.store.system() as session:
        case = session.get_one(Case, case_id)
        entry = session.get_one(Entry, case.entry_id)
        belongs = [*steps_of(session, case_id), *open_tasks(session, case_id)]
        for n in range(count):
            brand = Entry(**entry.model_dump() | {"id": new_id(), "public_id": new_id()[:10], "slug": f"copy-{n}"})
            twin = Case(**case.model_dump() | {"id": new_id(), "number": f"{case.number}-{n}", "entry_id": brand.id})
            session.add(brand)
            session.flush()
            session.add(twin)
            session.flush()
            for row in belongs:
                session.add(type(row)(**row.model_dump() | {"id": new_id(), "case_id": twin.id}))
        session.record("case.open", f"case:{case_id}", copies=count)


@pytest.mark.both
def test_my_work_takes_as_many_queries_for_sixty_rows_as_for_three(kit: Kit, signed_in: People) -> None:
    first = filed(kit, 3)
    journey.forward(kit, first[0], journey.STEPS, "review")
    officer = signed_in("xuyi-officer")
    addresses = ("/desk/", "/desk/?who=colleagues", "/desk/?stage=acceptance&county=xuyi&kind=labour_brand&q=示例")
    few = {}
    for url in addresses:
        with counted(kit) as seen:
            page(officer, url)
        few[url] = len(seen)
        assert len(seen) <= MOST, "\n".join(seen)
    copied(kit, first[1], 58)
    for url in addresses:
        with counted(kit) as seen:
            shown = page(officer, url)
        assert len(seen) <= few[url], "\n".join(seen)
    assert shown.count('<th scope="row">') == 50 and "60 to do" in shown
    assert page(officer, "/desk/?page=2&stage=acceptance").count('<th scope="row">') == 10


def test_my_work_says_who_waits_for_whom_and_what_is_overdue(kit: Kit, signed_in: People) -> None:
    late, fresh = filed(kit, 1)[0], None
    kit.clock.set(date(2026, 3, 11))
    fresh = journey.filed(kit, name="盱眙示例新号（虚构）")
    journey.forward(kit, fresh, journey.STEPS, "review")
    officer = signed_in("xuyi-officer")
    mine = page(officer, "/desk/")
    assert late in mine and fresh not in mine
    assert (
        "4 working days overdue" in mine and "盱眙示例培训中心（虚构） waits" in mine and "since 2 March 2026" in mine
    )
    theirs = page(officer, "/desk/?who=colleagues")
    assert fresh in theirs and "waits for county reviewer" in theirs and "since 11 March 2026" in theirs
    assert "Nothing has been returned to an applicant" in page(officer, "/desk/?who=applicants")
    kit.act("xuyi-officer", late, "return_for_correction", defects=({"field": "area_mu", "words": "与统计表不符"},))
    assert "waits for 盱眙示例培训中心（虚构）" in page(officer, "/desk/?who=applicants")
    assert "Nothing waits for you." in page(officer, "/desk/")


def test_my_work_is_narrowed_by_its_address(kit: Kit, signed_in: People) -> None:
    late = filed(kit, 1)[0]
    kit.clock.set(date(2026, 3, 11))
    fresh = journey.filed(kit, name="涟水来盱缝纫（虚构）")
    officer = signed_in("xuyi-officer")
    for query, shown, _ in (
        ("late=1", [late], [fresh]),
        ("q=缝纫", [fresh], [late]),
        ("q=縫紉", [fresh], [late]),
        (f"q={kit.case(late).number}", [late], [fresh]),
        ("kind=labour_brand&county=xuyi&sort=name", [late, fresh], []),
        ("kind=micro_park", [], [late, fresh]),
        ("county=lianshui", [], [late, fresh]),
        ("who=nonsense&sort=nonsense&page=0", [late, fresh], []),
    ):
        found = page(officer, f"/desk/?{query}")
        assert [id for id in (late, fresh) if id in found] == shown, query
    assert "Nothing fits this filter; without it there would be 2." in page(officer, "/desk/?kind=micro_park")


NOTE = {"visit_note": "两人到场，抽查三块田，面积和虾沟与申报一致。"}


def acted(officer: FlaskClient, id: str, outcome: str, words: str = "", **given: str) -> str:
    """Take a case on by an outcome; where one is sent to."""
    url = f"/desk/cases/{id}/act/{outcome}{words}"
    form = page(officer, url)
    fields = {"csrf_token": token(form)} | {name: hidden(form, name) for name in ("stage", "version", "key")}
    answer = officer.post(f"/en{url}", data=fields | given)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix("/en")


def test_after_acting_one_arrives_at_the_next_case_of_the_list(kit: Kit, signed_in: People) -> None:
    first, second, third = filed(kit, 3)
    for id in (first, second, third):
        kit.act("xuyi-officer", id, "accept")
    officer = signed_in("xuyi-officer")
    listed = re.findall(r'href="(?:/en)?/desk/cases/(\w+)(\?queue=[^"]+)"', page(officer, "/desk/?q=虚构"))
    assert [id for id, _ in listed] == [first, second, third]
    words = listed[0][1]
    assert f"/act/visited{words}" in page(officer, f"/desk/cases/{second}{words}")
    assert acted(officer, second, "visited", words, **NOTE) == f"/desk/cases/{third}{words}"
    arrived = page(officer, f"/desk/cases/{third}{words}")
    assert f"Done: Record the visit – 盱眙示例1号（虚构）, {kit.case(second).number}." in arrived
    assert f'/desk/cases/{second}{words}">Back to that case' in arrived
    assert acted(officer, third, "visited", words, **NOTE) == f"/desk/cases/{first}{words}"
    assert acted(officer, first, "visited", words, **NOTE).startswith("/desk/?q=")
    assert "Nothing else in this list waits for you." in page(officer, "/desk/?q=虚构")


def test_who_has_to_go_on_with_the_same_case_stays_there(kit: Kit, signed_in: People) -> None:
    first, second = filed(kit, 2)
    officer = signed_in("xuyi-officer")
    assert acted(officer, first, "accept") == f"/desk/cases/{first}"
    assert acted(officer, first, "visited", **NOTE) == f"/desk/cases/{second}"


def test_a_case_in_which_one_may_not_act_is_passed_over(kit: Kit, signed_in: People) -> None:
    first, second, third = filed(kit, 3)
    cases.declare_conflict(kit.registry, kit.who("xuyi-officer"), second, reason="亲属在申报单位任职")
    officer = signed_in("xuyi-officer")
    assert "You have a conflict of interest in this case" in page(officer, "/desk/")
    acted(officer, first, "accept")
    assert acted(officer, first, "visited", **NOTE) == f"/desk/cases/{third}"


def test_what_others_moved_is_shown_until_it_is_noted_as_seen(kit: Kit, signed_in: People) -> None:
    first, second = filed(kit, 2)
    kit.act("xuyi-officer", first, "accept")
    reviewer, city = signed_in("xuyi-reviewer"), signed_in("city-officer")
    moved = page(reviewer, "/desk/changes")
    assert moved.count('<th scope="row">') == 3 and "Check in the rice fields" in moved and "xuyi-officer" in moved
    assert page(city, "/desk/changes").count('<th scope="row">') == 3
    assert page(signed_in("lianshui-officer"), "/desk/changes").count('<th scope="row">') == 0
    assert page(signed_in("xuyi-officer"), "/desk/changes").count('<th scope="row">') == 2  # not one's own steps
    until = hidden(moved, "until")
    kit.clock.set(kit.clock.now() + timedelta(minutes=5))
    kit.act("xuyi-officer", second, "accept")
    for wrong in ("", "yesterday", "2026-03-02"):
        assert reviewer.post("/desk/changes", data={"csrf_token": token(moved), "until": wrong}).status_code == 303
    assert page(reviewer, "/desk/changes").count('<th scope="row">') == 4
    reviewer.post("/desk/changes", data={"csrf_token": token(moved), "until": until})
    left = page(reviewer, "/desk/changes")
    assert left.count('<th scope="row">') == 1 and second in left  # what moved after the page was made is not lost
    reviewer.post("/desk/changes", data={"csrf_token": token(moved), "until": "2000-01-01T00:00:00+00:00"})
    assert page(reviewer, "/desk/changes").count('<th scope="row">') == 1  # never further back
    reviewer.post("/desk/changes", data={"csrf_token": token(moved), "until": "2999-01-01T00:00:00+00:00"})
    kit.clock.set(kit.clock.now() + timedelta(minutes=5))
    kit.act("xuyi-officer", second, "visited", **NOTE)
    assert page(reviewer, "/desk/changes").count('<th scope="row">') == 1  # never in days to come


def test_month_says_what_is_due_on_which_day_and_which_days_are_worked(kit: Kit, signed_in: People) -> None:
    first = filed(kit, 1)[0]
    officer = signed_in("xuyi-officer")
    march = page(officer, "/desk/month?month=2026-03")
    assert "Due in March 2026" in march and "22 working days in this month" in march
    assert march.index("5 March 2026") < march.index(first)
    assert 'href="#d5"' in march and 'id="d5"' in march and "month=2026-02" in march and "month=2026-04" in march
    assert "Nothing is due in this month." in page(officer, "/desk/month?month=2026-04")
    assert "county officer" in page(signed_in("xuyi-leader"), "/desk/month")  # a colleague's
    assert "is not published yet" in page(officer, "/desk/month?month=2031-02")
    for wrong in ("", "2026-13", "x", "0000-00"):
        assert "Due in March 2026" in page(officer, f"/desk/month?month={wrong}")
    kit.clock.set(date(2026, 4, 2))
    officer = signed_in("xuyi-officer")
    april = page(officer, "/desk/month")
    assert "Overdue from before" in april and first in april
    assert "worked" in page(officer, "/desk/month?month=2026-02")  # 14 February, for the Spring Festival
