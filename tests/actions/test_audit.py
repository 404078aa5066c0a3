"""What an auditor finds: the same sample for the same seed, and what is worth a second look; nothing can be changed."""

from datetime import date

import pytest
from sqlmodel import col, select

from registry.actions import audit, cases, personal
from registry.actions.audit import Wanted
from registry.actions.history import Differences, history, may_see, reader, told_before
from registry.actions.record import last_verified, verify_now
from registry.base.errors import BadInput, NotFound, Refused
from registry.rules.permission import SYSTEM, Actor
from registry.store.case import Case, Task
from registry.store.record import RecordEntry
from registry.store.title import Title
from registry.testing import CITY, LIANSHUI, XUYI, Kit, add, journey

pytestmark = pytest.mark.slow
TODAY = date(2026, 3, 2)
EVERYTHING = Wanted()


@pytest.fixture
def staffed(kit: Kit) -> Kit:
    """Auditors of the city and of two counties, and the three administrators."""
    for login, role, region in (
        ("city-auditor", "auditor", CITY),
        ("xuyi-auditor", "auditor", XUYI),
        ("lianshui-auditor", "auditor", LIANSHUI),
        ("system", "admin", CITY),
        ("security", "security_admin", CITY),
        ("audit", "audit_admin", CITY),
    ):
        add(kit, login, role, region, TODAY)
    return kit


def sampled(kit: Kit, login: str, seed: str = "7", n: int = 2, wanted: Wanted = EVERYTHING) -> list[str]:
    with audit.auditing(kit.registry, kit.who(login)) as session:
        return [case.id for case in audit.sample(session, wanted, seed=seed, n=n)]


def test_same_seed_gives_the_same_cases_and_goes_on_record(staffed: Kit) -> None:
    kit = staffed
    made = [journey.county(kit, "acceptance", name=f"盱眙示例{n}（虚构）") for n in "甲乙丙丁"]
    first = sampled(kit, "city-auditor")
    assert len(first) == 2 and first == sampled(kit, "audit") == sampled(kit, "xuyi-auditor")
    assert {tuple(sampled(kit, "city-auditor", seed)) for seed in "abcdefgh"} != {tuple(first)}
    assert sampled(kit, "lianshui-auditor") == []
    assert sampled(kit, "city-auditor", wanted=Wanted(region=LIANSHUI)) == []
    assert len(sampled(kit, "city-auditor", n=50, wanted=Wanted(XUYI, "labour_brand", TODAY, TODAY))) == len(made)
    assert sampled(kit, "city-auditor", wanted=Wanted(since=date(2026, 3, 3))) == []
    audit.draw(kit.registry, kit.who("city-auditor"), Wanted(), seed="7", n=2)
    with kit.registry.store.read() as session:
        [entry] = session.exec(select(RecordEntry).where(RecordEntry.verb == "audit.sample"))
    assert (entry.subject, entry.detail["n"], entry.detail["among"]) == ("audit:7", 2, 4)
    assert kit.health().fault is None


@pytest.mark.parametrize(("seed", "n"), [("", 1), ("a b", 1), ("x" * 41, 1), ("1", 0), ("1", 201)])
def test_sample_that_cannot_be_is_refused(staffed: Kit, seed: str, n: int) -> None:
    with pytest.raises(BadInput):
        audit.draw(staffed.registry, staffed.who("city-auditor"), Wanted(), seed=seed, n=n)


@pytest.mark.parametrize("login", ["xuyi-officer", "city-leader", "applicant", "system", "security"])
def test_nobody_else_audits(staffed: Kit, login: str) -> None:
    with pytest.raises(Refused):
        audit.draw(staffed.registry, staffed.who(login), Wanted(), seed="7", n=1)


@pytest.mark.parametrize("login", ["city-auditor", "audit"])
def test_auditor_moves_no_case(staffed: Kit, login: str) -> None:
    case = journey.county(staffed, "acceptance")
    with pytest.raises((Refused, NotFound)):
        staffed.act(login, case, "accept")
    assert staffed.case(case).stage == "acceptance"


def test_lists_name_what_is_worth_a_second_look(staffed: Kit) -> None:
    kit = staffed
    one = journey.city(kit, name="盱眙示例甲（虚构）")
    two = journey.city(kit, name="盱眙示例乙（虚构）")
    refused = journey.county(kit, "review", name="盱眙示例丙（虚构）")
    personal.open_personal(kit.registry, kit.who("xuyi-officer"), refused, purpose=next(iter(personal.PURPOSES)))
    kit.clock.forward(days=60)
    kit.act("xuyi-reviewer", refused, "refuse", reason="与县里的规划不符（示例）。")
    with audit.auditing(kit.registry, kit.who("city-auditor")) as session:
        found = audit.cases(session, Wanted())
        pairs = audit.pairs(session, found)
        reviewer, leader = kit.who("city-reviewer").person, kit.who("city-leader").person
        assert {(p.reviewer, p.decider, len(p.cases), p.share) for p in pairs} >= {(reviewer, leader, 2, 100)}
        assert {c.id for p in pairs for c in p.cases} >= {one, two}
        late = audit.overdue(session, found)
        assert refused in {one.case.id for one in late if one.task.stage == "review" and one.task.done_at}
        [opening] = audit.openings(session, found, privacy=False)
        assert opening.subject == f"case:{refused}" and opening.account == kit.who("xuyi-officer").account
        [override] = audit.overrides(session, found)
        assert (override.case.id, override.step.act, override.said) == (refused, "refuse", "met")
        assert {e.verb for e in audit.people_changes(session, Wanted())} >= {"account.add", "account.appoint"}
    with audit.auditing(kit.registry, kit.who("lianshui-auditor")) as session:
        assert audit.cases(session, Wanted()) == []
        persons = {s.get("person_id") for e in audit.people_changes(session, Wanted()) for s in e.state.values()}
        assert kit.who("xuyi-officer").person not in persons


def test_against_the_evaluation_is_an_override() -> None:
    assert audit.against("recommend", "not_met") and audit.against("approve", "missing")
    assert audit.against("refuse", "met")
    assert not audit.against("approve", "met") and not audit.against("refuse", "missing")
    assert not audit.against("return", "not_met")


def test_case_returned_twice_is_listed(staffed: Kit) -> None:
    kit = staffed
    case = journey.county(kit, "acceptance")
    defect = ({"field": "training", "words": "请补充"},)
    kit.act("xuyi-officer", case, "return_for_correction", reason="材料不齐，请补充。", defects=defect)
    cases.submit(kit.registry, kit.who("applicant"), case, declared_true=True, key="again")
    with audit.auditing(kit.registry, kit.who("xuyi-auditor")) as session:
        found = audit.cases(session, Wanted())
        assert audit.returned_often(session, found) == []
        assert [(c.id, n) for c, n in audit.returned_often(session, found, least=1)] == [(case, 1)]


def sees(kit: Kit, login: str, key: str) -> bool:
    actor: Actor = reader(kit.who(login))
    with kit.registry.store.read(actor) as session:
        return may_see(session, actor, key)


def test_history_is_read_by_who_sees_the_thing(staffed: Kit) -> None:
    kit = staffed
    case = journey.city(kit)
    with kit.registry.store.read(SYSTEM) as session:
        task = session.exec(select(Task.id).where(Task.case_id == case)).first()
        parent = session.get_one(Case, case).parent_id
        title = session.exec(select(Title.id).where(Title.case_id == case)).one()
    inside = {"xuyi-officer", "city-reviewer", "city-auditor", "xuyi-auditor", "audit"}
    outside = {"lianshui-officer", "lianshui-auditor", "system", "security", "applicant"}
    for key in (f"case:{case}", f"case:{parent}", f"task:{task}"):
        assert {who for who in inside | outside if sees(kit, who, key)} == inside, key
    assert {who for who in inside | outside if sees(kit, who, f"title:{title}")} == (inside | outside) - {"applicant"}
    account = f"account:{kit.who('xuyi-officer').account}"
    auditors = {"city-auditor", "xuyi-auditor", "lianshui-auditor", "audit", "system", "security"}
    assert {who for who in inside | outside if sees(kit, who, account)} == auditors
    assert not sees(kit, "xuyi-officer", "case:nothing") and not sees(kit, "xuyi-officer", "privacy:person")


def test_history_says_what_was_before_and_after(staffed: Kit) -> None:
    kit = staffed
    case = journey.county(kit)
    actor = kit.who("xuyi-auditor")
    with kit.registry.store.read(actor) as session:
        entries = history(session, f"case:{case}")
        differences = Differences(session, actor)
        changes = {e.id: differences.of(e) for e in entries}
        moves = [c for e in entries for c in changes[e.id] if c.row == f"case:{case}" and c.column == "stage"]
        assert [c.after for c in moves][:3] == ["draft", "acceptance", "field_check"]
        assert all(a.after == b.before for a, b in zip(moves, moves[1:], strict=False))
        last = session.exec(select(RecordEntry).order_by(col(RecordEntry.id).desc()).limit(1)).one()
        assert told_before(session, f"case:{case}", last.id or 0) is not None
    lianshui = kit.who("lianshui-officer")
    with kit.registry.store.read(lianshui) as session:
        differences = Differences(session, lianshui)
        rows = {c.row.partition(":")[0] for e in entries for c in differences.of(e)}
        assert rows & {"case", "task", "case_step", "submission", "evaluation"} == set()


def test_result_of_verification_is_kept_with_its_time(staffed: Kit) -> None:
    kit = staffed
    with kit.registry.store.read() as session:
        assert last_verified(session) is None
    assert verify_now(kit.registry, kit.who("xuyi-auditor"))
    with kit.registry.store.read() as session:
        found = last_verified(session)
    assert found is not None and found.fault is None and found.rows > 0 and found.at == kit.clock.now()
    with pytest.raises(Refused):
        verify_now(kit.registry, kit.who("xuyi-officer"))
