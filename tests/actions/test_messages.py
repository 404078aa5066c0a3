"""Who is told what: in the transaction in which it happens, once, and nothing about people."""

import json
from collections.abc import Callable

import pytest
from sqlmodel import select

from registry.actions import appointments, cases, jobs, messages, notices, people, reminders
from registry.actions.move import Given
from registry.base.errors import NotFound, Refused
from registry.base.i18n import speaking
from registry.rules.message import EVENTS
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import Task
from registry.store.entry import Entry
from registry.store.message import Message, unread
from registry.store.notice import Notice
from registry.testing import XUYI, Kit, add, journey

pytestmark = pytest.mark.slow


def told(kit: Kit, login: str) -> list[str]:
    """The events that somebody was told, the oldest first."""
    with kit.registry.store.system() as session:
        account = account_by_login(session, login)
        assert account
        rows = session.exec(select(Message).where(Message.account_id == account.id))
        return [row.event for row in sorted(rows, key=lambda row: (row.created_at, list(EVENTS).index(row.event)))]


def words(kit: Kit, login: str) -> list[str]:
    """The same in words, the newest first."""
    with kit.registry.store.read(kit.who(login)) as session:
        return [str(row.words.says) for row in messages.inbox(session, kit.who(login).account)]


def everything(kit: Kit) -> list[Message]:
    with kit.registry.store.system() as session:
        return list(session.exec(select(Message)))


def task_of(kit: Kit, case: str) -> Task:
    """The open task of a case's stage."""
    with kit.registry.store.system() as session:
        return session.exec(select(Task).where(Task.case_id == case, Task.status == "open", Task.kind == "stage")).one()


def every_morning(kit: Kit, days: int) -> None:
    """So many calendar days pass, with the work of every morning."""
    for _ in range(days):
        kit.clock.forward(days=1)
        reminders.remind_all(kit.registry)


def test_a_case_tells_its_people_from_receipt_to_title(kit: Kit) -> None:
    id = journey.city(kit)
    assert sorted(told(kit, "applicant")) == sorted(["accepted", "accepted", "recommended", "noticed", "recognised"])
    assert set(told(kit, "xuyi-officer")) == {"new_task"} and set(told(kit, "xuyi-leader")) == {"new_task"}
    assert told(kit, "city-reviewer") == ["new_task"]
    assert set(told(kit, "lianshui-officer")) == set(), "the neighbour has nothing to do with it"
    number = kit.case(kit.case(id).parent_id or "").number
    assert all((number or "?") in line for line in words(kit, "applicant"))
    assert all(f"{number}-" not in line for line in words(kit, "applicant")), "applicants know their own number"


def test_who_has_acted_is_not_told_of_a_task_that_is_barred_to_them(kit: Kit) -> None:
    add(kit, "both", "county_officer", XUYI, kit.clock.now().date())
    for role in ("county_reviewer", "county_leader"):
        day = kit.clock.now().date()
        appointments.appoint(kit.registry, SYSTEM, login="both", role=role, region=XUYI, from_day=day)
    id = journey.county(kit, "review")
    kit.act("both", id, "recommend", opinion=journey.OPINION)
    assert told(kit, "both").count("new_task") == 3, (
        "acceptance, field check, review; never the decision on one's review"
    )


def test_applicant_is_told_what_is_due_when_it_must_be_corrected(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "area_mu", "words": "张三的面积不符"},))
    (line,) = words(kit, "applicant")
    due = task_of(kit, id).due_on
    assert "returned for correction" in line and str(due) in line and str(kit.case(id).number) in line
    assert "张三" not in json.dumps([row.params for row in everything(kit)], ensure_ascii=False)
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="again")
    with kit.registry.store.read(kit.who("applicant")) as session:
        assert unread(session, kit.who("applicant").account) == 0, "what is corrected waits for nobody"


def test_what_is_told_holds_nothing_about_people(kit: Kit) -> None:
    id = journey.city(kit, "notice")
    with kit.registry.store.system() as session:
        public_id = session.get_one(Entry, kit.case(id).entry_id).public_id
        number = session.exec(select(Notice.number)).one()
    notices.object_to(
        kit.registry,
        notice_number=number,
        public_id=public_id,
        words="李示例的人数与实际不符，电话13900000001。",
        name="李示例",
        contact="13900000001",
    )
    assert "objection" in told(kit, "city-officer") and "objection" in told(kit, "city-officer2")
    assert "objection" not in told(kit, "city-leader")
    stored = json.dumps([row.params for row in everything(kit)], ensure_ascii=False)
    for word in ("李示例", "13900000001", "不符", "张示例", "0517", "（演示）", "盱眙虾稻"):
        assert word not in stored, word


def test_refusal_is_told_and_withdrawal_makes_nobody_read_what_is_over(kit: Kit) -> None:
    id = journey.county(kit, "review")
    kit.act("xuyi-reviewer", id, "refuse", reason="示例：不符合标准")
    assert told(kit, "applicant") == ["accepted", "refused"]
    other = journey.county(kit, "acceptance", name="盱眙虚构乙种养员")
    officer = kit.who("xuyi-officer")
    with kit.registry.store.read(officer) as session:
        before = unread(session, officer.account)
    version = kit.case(other).version
    cases.act(
        kit.registry, kit.who("applicant"), other, "withdraw", version=version, key="w", given=Given({"reason": "x"})
    )
    with kit.registry.store.read(officer) as session:
        assert unread(session, officer.account) == before - 1


def test_nothing_is_told_twice_and_not_to_closed_accounts(kit: Kit) -> None:
    add(kit, "xuyi-officer3", "county_officer", XUYI, kit.clock.now().date())
    people.disable(kit.registry, SYSTEM, login="xuyi-officer3")
    id = journey.county(kit, "acceptance")
    assert (told(kit, "xuyi-officer"), told(kit, "xuyi-officer3")) == (["new_task"], [])
    task = task_of(kit, id)
    with kit.registry.store.system() as session:
        case, account = kit.case(id), account_by_login(session, "xuyi-officer")
        assert account
        about = {"number": "1", "stage": "s", "due": "d"}
        assert messages.tell(session, "new_task", [account], key=task.id, case=case, task=task, **about) == 0
        assert messages.tell(session, "new_task", [account, account], key="other", case=case, **about) == 1


def test_a_change_that_fails_tells_nobody(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    before = len(everything(kit))
    with pytest.raises(ZeroDivisionError), kit.registry.store.write(kit.who("xuyi-officer")) as session:
        case = session.get_one(type(kit.case(id)), id)
        messages.tell_applicant(session, "accepted", case, key="x")
        _ = 1 / 0
    assert len(everything(kit)) == before


def test_every_event_has_its_words_in_each_language() -> None:
    filled = {"number": "1", "stage": "s", "due": "d", "authority": "a", "notice": "n", "until": "u"}
    for event in EVENTS:
        made = messages.Message(account_id="", event=event, key="", params=filled, created_at=None)
        for lang in ("zh-Hans", "zh-Hant", "en"):
            with speaking(lang):
                assert "1" in str(made.words.subject) and "{" not in str(made.words.says), event


def test_deadlines_are_told_before_when_they_pass_and_to_the_leader_later_each_once(kit: Kit) -> None:
    journey.county(kit, "acceptance")  # Monday 2 March, due on Thursday the 5th
    every_morning(kit, 2)
    assert told(kit, "xuyi-officer") == ["new_task", "due_soon"]
    every_morning(kit, 2)
    assert told(kit, "xuyi-officer") == ["new_task", "due_soon", "overdue"] and told(kit, "xuyi-leader") == []
    every_morning(kit, 3)
    assert told(kit, "xuyi-leader") == [], "the weekend is no working day"
    every_morning(kit, 7)
    assert told(kit, "xuyi-officer") == ["new_task", "due_soon", "overdue"]
    assert told(kit, "xuyi-leader") == ["escalated"] and told(kit, "city-leader") == []
    assert "Xuyi" in words(kit, "xuyi-leader")[0] and "overdue" in words(kit, "xuyi-leader")[0]


def test_a_leader_who_is_late_is_told_of_to_the_leader_above(kit: Kit) -> None:
    journey.county(kit, "leader")
    every_morning(kit, 20)
    assert told(kit, "xuyi-leader") == ["new_task", "due_soon", "overdue"]
    assert told(kit, "city-leader") == ["escalated"]


def test_daily_work_is_planned_once_a_day_and_does_nothing_on_a_weekend(kit: Kit) -> None:
    journey.county(kit, "acceptance")
    kit.clock.forward(days=5)  # Saturday, the task is overdue
    for _ in range(3):
        reminders.plan(kit.registry)
        jobs.run_waiting(kit.registry)
    assert told(kit, "xuyi-officer") == ["new_task"]
    with kit.registry.store.system() as session:
        planned = [j for j in session.exec(select(reminders.Job)) if j.name == "remind"]
    assert [(j.status, j.attempts) for j in planned] == [("done", 1)]


def test_early_in_the_morning_nobody_is_reminded_yet(kit: Kit) -> None:
    journey.county(kit, "acceptance")
    kit.clock.forward(days=2, hours=-3)  # six in the morning
    reminders.plan(kit.registry)
    jobs.run_waiting(kit.registry)
    assert told(kit, "xuyi-officer") == ["new_task"]
    kit.clock.forward(hours=2)
    jobs.run_waiting(kit.registry)
    assert told(kit, "xuyi-officer") == ["new_task", "due_soon"]


def test_a_colleague_reminds_once_a_working_day(kit: Kit) -> None:
    id = journey.county(kit, "review")
    task, leader = task_of(kit, id), kit.who("xuyi-leader")
    assert reminders.remind(kit.registry, leader, task.id) == 1
    assert told(kit, "xuyi-reviewer") == ["new_task", "reminded"]
    for again in ("xuyi-leader", "city-officer"):
        with pytest.raises(Refused, match="once a working day"):
            reminders.remind(kit.registry, kit.who(again), task.id)
    kit.clock.forward(days=4)  # Friday
    reminders.remind(kit.registry, leader, task.id)
    kit.clock.forward(days=1)
    with pytest.raises(Refused, match="once a working day"):
        reminders.remind(kit.registry, leader, task.id)
    kit.clock.forward(days=2)
    reminders.remind(kit.registry, leader, task.id)
    assert told(kit, "xuyi-reviewer").count("reminded") == 3
    assert kit.health().fault is None


NOT_SO: dict[str, tuple[str, type[Exception], str]] = {
    "whoever must act": ("xuyi-reviewer", Refused, "waits for you"),
    "a neighbour": ("lianshui-leader", NotFound, "not one of yours"),
    "the applicant": ("applicant", Refused, "Only whoever handles cases"),
}


@pytest.mark.parametrize(("who", "error", "says"), NOT_SO.values(), ids=NOT_SO)
def test_nobody_else_reminds(who: str, error: type[Exception], says: str, kit: Kit) -> None:
    task = task_of(kit, journey.county(kit, "review"))
    with pytest.raises(error, match=says):
        reminders.remind(kit.registry, kit.who(who), task.id)
    assert told(kit, "xuyi-reviewer") == ["new_task"]


def test_where_nobody_could_act_nobody_is_reminded_and_that_is_said(kit: Kit) -> None:
    id = journey.county(kit, "review")
    cases.declare_conflict(kit.registry, kit.who("xuyi-reviewer"), id, reason="亲属")
    with pytest.raises(Refused, match="gives roles"):
        reminders.remind(kit.registry, kit.who("xuyi-leader"), task_of(kit, id).id)


def test_messages_are_read_by_their_owner_alone(kit: Kit) -> None:
    journey.county(kit, "review")
    officer, applicant = kit.who("xuyi-officer"), kit.who("applicant")
    with kit.registry.store.read(officer) as session:
        mine = messages.inbox(session, officer.account)
        assert messages.inbox(session, applicant.account) == [], "the query itself is narrowed"
        assert unread(session, officer.account) == 0, "both of its tasks are done"
    with pytest.raises(NotFound):
        messages.read_one(kit.registry, applicant, mine[0].id)
    with kit.registry.store.read(applicant) as session:
        (row,) = messages.inbox(session, applicant.account)
    assert row.read_at is None
    assert messages.read_one(kit.registry, applicant, row.id).read_at == kit.clock.now()
    assert messages.read_all(kit.registry, kit.who("xuyi-reviewer")) == 1
    assert messages.read_all(kit.registry, kit.who("xuyi-reviewer")) == 0


def test_nobody_signed_in_and_no_colleague_sees_a_message(kit: Kit) -> None:
    journey.county(kit, "acceptance")
    readers: dict[str, Callable[[], object]] = {
        "nobody": lambda: None, "a colleague": lambda: kit.who("xuyi-leader"), "the city": lambda: kit.who("city-leader")
    }  # fmt: skip
    for who in readers.values():
        with kit.registry.store.read(who()) as session:  # type: ignore[arg-type]
            assert session.exec(select(Message)).all() == []
