"""Entering a year counts every open deadline anew, with a record of it; and the first days of a year not published."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from registry.actions.calendar import publish_year, waiting, years_missing
from registry.base.errors import BadInput, Refused
from registry.rules.holidays import Arrangement, read_any, read_notice
from registry.rules.permission import SYSTEM
from registry.store.calendar import CalendarYear, work_calendar
from registry.store.case import Task
from registry.store.notice import Notice
from registry.store.record import RecordEntry
from registry.testing import CITY, Kit, add, journey

pytestmark = pytest.mark.slow

EXAMPLE = (Path(__file__).parents[1] / "holidays" / "2027-example.txt").read_text(encoding="utf-8")
FIRST_WORKDAY = date(2027, 1, 4)


def arrangement() -> Arrangement:
    return read_notice(EXAMPLE)


def open_task(kit: Kit, case: str) -> Task:
    with kit.registry.store.read(SYSTEM) as session:
        return session.exec(select(Task).where(Task.case_id == case, Task.status == "open")).one()


def recorded(kit: Kit, verb: str) -> list[RecordEntry]:
    with kit.registry.store.read() as session:
        query = select(RecordEntry).where(RecordEntry.verb == verb).order_by(col(RecordEntry.id))
        return list(session.exec(query))


def notice_of(kit: Kit, number: str) -> Notice:
    with kit.registry.store.read(SYSTEM) as session:
        return session.exec(select(Notice).where(Notice.number == number)).one()


def test_year_is_entered_with_its_document_and_its_days_on_record(kit: Kit) -> None:
    publish_year(kit.registry, SYSTEM, arrangement(), link="https://www.gov.cn/example")
    with kit.registry.store.read() as session:
        year = session.get_one(CalendarYear, 2027)
        assert (year.document, year.link) == ("国办发明电〔2026〕0号", "https://www.gov.cn/example")
        calendar = work_calendar(session)
    assert calendar.is_working_day(date(2027, 1, 9)) is True and calendar.is_working_day(date(2027, 2, 5)) is False
    [entry] = recorded(kit, "calendar.publish")
    assert entry.subject == "calendar:2027" and entry.detail["before"] == {}
    assert entry.detail["days"]["2027-01-09"] == "work"


def test_open_deadlines_over_the_new_year_are_counted_once_it_is_published(kit: Kit) -> None:
    kit.clock.set(date(2026, 12, 29))
    case = journey.county(kit, "acceptance")
    task = open_task(kit, case)
    assert task.days and task.due_on is None and task.counted_from == date(2026, 12, 29)
    with kit.registry.store.read(SYSTEM) as session:
        assert waiting(session) == 1 and years_missing(session) == [2027]
    [changed] = publish_year(kit.registry, SYSTEM, arrangement())
    expected = {1: date(2026, 12, 30), 2: date(2026, 12, 31), 3: date(2027, 1, 4), 5: date(2027, 1, 6)}
    assert open_task(kit, case).due_on == changed.after == expected.get(task.days, changed.after)
    [entry] = recorded(kit, "deadline.recount")
    assert (entry.subject, entry.detail["before"], entry.detail["days"]) == (f"case:{case}", None, task.days)
    assert entry.state[f"task:{task.id}"]["due_on"] == changed.after.isoformat()
    assert kit.health().fault is None
    assert publish_year(kit.registry, SYSTEM, arrangement()) == [], "the same again changes nothing"


def test_amended_year_moves_a_running_notice_and_what_ended_stays(kit: Kit) -> None:
    ended = journey.city(kit, name="盱眙示例甲（虚构）")
    case = journey.city(kit, "notice", name="盱眙示例乙（虚构）")
    with kit.registry.store.read(SYSTEM) as session:
        numbers = list(session.exec(select(Notice.number).order_by(col(Notice.posted_on), Notice.number)))
        today = session.today
        calendar = work_calendar(session)
        kept = [d for d in calendar.exceptions if d.year == today.year]
    before = notice_of(kit, numbers[-1])
    extra = calendar.add(today, 2)
    assert isinstance(extra, date)
    rows = [(d, calendar.exceptions[d], "国庆节") for d in kept] + [(extra, False, "国庆节")]
    table = "day,working,name\n" + "\n".join(f"{d},{'yes' if w else 'no'},{n}" for d, w, n in rows)
    changed = publish_year(kit.registry, SYSTEM, read_any(table), document="补充通知（示例）")
    after = notice_of(kit, numbers[-1])
    assert before.ends_on is not None and after.ends_on == calendar.add(before.ends_on, 1)
    assert {c.subject for c in changed} == {f"notice:{after.id}", f"case:{case}"}
    assert kit.case(ended).status == "ended" and kit.health().fault is None


def test_only_a_system_administrator_enters_a_year(kit: Kit) -> None:
    add(kit, "system", "admin", CITY, date(2026, 3, 2))
    for login in ("city-leader", "xuyi-officer"):
        with pytest.raises(Refused):
            publish_year(kit.registry, kit.who(login), arrangement())
    publish_year(kit.registry, kit.who("system"), arrangement())
    [entry] = recorded(kit, "calendar.publish")
    assert entry.person == kit.who("system").person


def test_year_without_document_or_too_far_away_is_refused_with_all_faults(kit: Kit) -> None:
    far = read_any("day,working,name\n2040-01-02,no,元旦\n")
    with pytest.raises(BadInput) as caught:
        publish_year(kit.registry, SYSTEM, far, link="javascript:alert(1)")
    assert {f.field for f in caught.value.faults} == {"text", "document", "link"}


def test_on_4_january_2027_work_goes_on_and_only_the_irreversible_waits(kit: Kit) -> None:
    kit.clock.set(FIRST_WORKDAY)
    case = journey.city(kit, "notice")
    task = open_task(kit, case)
    assert task.due_on is None and task.counted_from == FIRST_WORKDAY
    kit.clock.set(date(2027, 2, 26))
    with pytest.raises(Refused) as caught:
        kit.act("city-officer", case, "clear")
    assert "calendar of the year" in caught.value.message.text("en")
    changed = publish_year(kit.registry, SYSTEM, arrangement())
    assert {c.after for c in changed} >= {date(2027, 1, 9)}, "five working days, the shifted Saturday counted"
    kit.act("city-officer", case, "clear")
    kit.act(
        "city-officer", case, "record", document="淮人社示例〔2027〕1号", document_date=date(2027, 2, 26), scan=True
    )
    assert kit.case(case).result == "recognised" and kit.health().fault is None
