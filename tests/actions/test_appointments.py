"""Who may do what: two people for every role, three administrators apart, leave, invitations, persons merged."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from registry.actions import appointments, cases, invitations, merging, people
from registry.base.errors import BadInput, NotFound, Refused
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import Case
from registry.store.people import Appointment, appointments_of, is_same
from registry.testing import CITY, LIANSHUI, XUYI, Kit, add, journey

pytestmark = pytest.mark.slow

TODAY = date(2026, 3, 2)


@pytest.fixture
def office(kit: Kit) -> Kit:
    """With the three administrators, and somebody new who has no role yet."""
    for role in ("admin", "security_admin", "audit_admin"):
        add(kit, role, role, CITY, TODAY)
    people.add_account(kit.registry, SYSTEM, login="new", name="新示例", title="新来的")
    return kit


def propose(kit: Kit, login: str = "new", role: str = "county_officer", region: str = XUYI, **more: object) -> str:
    terms = {"from_day": TODAY, **more}
    return appointments.appoint(kit.registry, kit.who("admin"), login=login, role=role, region=region, **terms)  # type: ignore[arg-type]


def roles(kit: Kit, login: str = "new") -> list[str]:
    return [a.role for a in kit.who(login).appointments]


def test_role_is_in_force_when_a_second_person_has_confirmed_it(office: Kit) -> None:
    id = propose(office)
    assert roles(office) == []
    appointments.confirm(office.registry, office.who("security_admin"), id)
    assert roles(office) == ["county_officer"]
    assert office.health().fault is None


def test_nobody_grants_alone(office: Kit) -> None:
    id = propose(office)
    with pytest.raises(Refused, match="Only security administrator"):
        appointments.confirm(office.registry, office.who("admin"), id)
    with pytest.raises(Refused, match="Only system administrator"):
        appointments.appoint(
            office.registry,
            office.who("security_admin"),
            login="new",
            role="county_officer",
            region=XUYI,
            from_day=TODAY,
        )
    other = propose(office, "security_admin", "security_admin", LIANSHUI)
    with pytest.raises(Refused, match="it is for you"):
        appointments.confirm(office.registry, office.who("security_admin"), other)


def test_database_refuses_one_person_as_both(office: Kit) -> None:
    id = propose(office)
    with pytest.raises(IntegrityError, match="confirmed_by_another"), office.registry.store.system() as session:
        row = session.get_one(Appointment, id)
        row.confirmed_by = row.proposed_by
        session.add(row)
        session.record("x", f"appointment:{id}")


def test_what_is_refused_or_decided_cannot_be_confirmed(office: Kit) -> None:
    id = propose(office)
    appointments.refuse(office.registry, office.who("security_admin"), id)
    with pytest.raises(Refused, match="decided already"):
        appointments.confirm(office.registry, office.who("security_admin"), id)
    with pytest.raises(NotFound):
        appointments.confirm(office.registry, office.who("security_admin"), "0" * 32)
    assert roles(office) == []


def test_second_account_of_a_person_does_not_get_around_it(office: Kit) -> None:
    person = office.who("admin").person
    people.add_account(office.registry, SYSTEM, login="admin2", name="", title="同一个人", person_id=person)
    with pytest.raises(Refused, match="system administrator cannot be county officer"):
        propose(office, "admin2")


def test_it_is_checked_again_when_it_is_confirmed(office: Kit) -> None:
    id = propose(office)
    with office.registry.store.system() as session:  # an operator at the terminal does not ask
        row = Appointment(
            person_id=session.get_one(Appointment, id).person_id, role="admin", region=CITY, from_day=TODAY
        )
        session.add(row)
        session.record("account.appoint", f"appointment:{row.id}")
    with pytest.raises(Refused, match="cannot be"):
        appointments.confirm(office.registry, office.who("security_admin"), id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"role": "king"}, "role"),
        ({"region": "999999"}, "region"),
        ({"to_day": TODAY - timedelta(days=1)}, "to_day"),
        ({"role": "applicant"}, "organisation_id"),
    ],
)
def test_wrong_terms_are_told_at_their_field(wrong: dict[str, object], field: str, office: Kit) -> None:
    with pytest.raises(BadInput) as error:
        propose(office, **wrong)  # type: ignore[arg-type]
    assert [fault.field for fault in error.value.faults] == [field]


def test_role_ended_in_the_middle_of_a_task_lets_a_colleague_go_on(office: Kit) -> None:
    id = journey.county(office, "acceptance")
    actor = office.who("xuyi-officer")
    (mine,) = held(office, "xuyi-officer")
    appointments.end(office.registry, office.who("security_admin"), mine.id, reason="调离")
    with pytest.raises(NotFound):
        cases.act(office.registry, office.who("xuyi-officer"), id, "accept", version=office.case(id).version, key="k")
    assert actor.holds("county_officer", XUYI) and roles(office, "xuyi-officer") == []
    appointments.confirm(office.registry, office.who("security_admin"), propose(office))
    office.act("new", id, "accept")
    assert office.health().fault is None


def held(kit: Kit, login: str) -> list[Appointment]:
    with kit.registry.store.read(SYSTEM) as session:
        account = account_by_login(session, login)
        assert account
        return appointments_of(session, account.person_id)


def delegate(kit: Kit, by: str = "xuyi-officer", to: str = "new", days: int = 10, **more: date) -> str:
    (given, *_) = held(kit, "xuyi-officer")
    terms = {"from_day": TODAY, "to_day": TODAY + timedelta(days=days), **more}
    return appointments.delegate(kit.registry, kit.who(by), given.id, login=to, **terms)


def test_delegate_acts_for_the_time_of_the_leave(office: Kit) -> None:
    delegate(office)
    assert roles(office) == ["county_officer"]
    id = journey.county(office, "acceptance")
    office.act("new", id, "accept")
    office.clock.set(TODAY + timedelta(days=11))
    assert roles(office) == [] and roles(office, "xuyi-officer") == ["county_officer"]


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"days": 61}, BadInput),
        ({"days": -1}, BadInput),
        ({"to": "xuyi-officer"}, BadInput),
        ({"to": "nobody"}, NotFound),
        ({"to": "audit_admin"}, Refused),
        ({"by": "xuyi-reviewer"}, Refused),
    ],
)
def test_delegation_has_its_limits(terms: dict[str, object], error: type[Exception], office: Kit) -> None:
    with pytest.raises(error):
        delegate(office, **terms)  # type: ignore[arg-type]


def test_delegated_role_ends_with_its_own_and_is_not_passed_on(office: Kit) -> None:
    (given,), passed_on = held(office, "xuyi-officer"), delegate(office)
    with pytest.raises(Refused, match="cannot be delegated"):
        appointments.delegate(
            office.registry, office.who("new"), passed_on, login="xuyi-leader", from_day=TODAY, to_day=TODAY
        )
    appointments.end(office.registry, office.who("security_admin"), given.id, reason="调离")
    assert roles(office) == []


def test_reviewer_who_stands_in_for_the_leader_still_may_not_decide_what_they_reviewed(office: Kit) -> None:
    (given, *_) = held(office, "xuyi-leader")
    appointments.delegate(
        office.registry,
        office.who("xuyi-leader"),
        given.id,
        login="xuyi-reviewer",
        from_day=TODAY,
        to_day=TODAY + timedelta(days=30),
    )
    id = journey.county(office, "leader")
    with pytest.raises(Refused, match="different|another|reviewed"):
        office.act("xuyi-reviewer", id, "approve", opinion="同意")
    office.act("xuyi-leader", id, "approve", opinion="同意")


@pytest.fixture
def invited(office: Kit) -> Callable[..., tuple[str, str]]:
    """Invite the tax office to one case; (the link's token, the case)."""

    def invite(days: int = 30) -> tuple[str, str]:
        id = journey.county(office, "acceptance")
        token = invitations.invite(
            office.registry,
            SYSTEM,
            login="tax",
            unit="税务部门（演示）",
            region=XUYI,
            to_day=TODAY + timedelta(days=days),
            case_number=office.case(id).number or "",
        )
        return token, id

    return invite


def test_invited_department_sees_its_case_alone_and_for_a_time(
    office: Kit, invited: Callable[..., tuple[str, str]]
) -> None:
    token, id = invited()
    journey.county(office, "acceptance", name="盱眙虚构丙种养员")
    assert (
        invitations.accept_invitation(office.registry, token=token, name="王示例", password="correct horse 9") == "tax"
    )
    with office.registry.store.read(office.who("tax")) as session:
        assert [c.id for c in session.exec(select(Case))] == [id]
    office.clock.set(TODAY + timedelta(days=31))
    with office.registry.store.read(office.who("tax")) as session:
        assert session.exec(select(Case)).all() == []


def test_link_is_used_once_and_for_a_week(office: Kit, invited: Callable[..., tuple[str, str]]) -> None:
    token, _ = invited()
    again = {"token": token, "name": "王示例", "password": "correct horse 9"}
    with pytest.raises(Refused, match="not one of ours"):
        invitations.accept_invitation(office.registry, **{**again, "token": "guessed"})
    with pytest.raises(BadInput):
        invitations.accept_invitation(office.registry, **{**again, "password": "short"})
    invitations.accept_invitation(office.registry, **again)
    with pytest.raises(Refused, match="used already"):
        invitations.accept_invitation(office.registry, **again)
    later = invitations.invite(
        office.registry, SYSTEM, login="bank", unit="银行（演示）", region=XUYI, to_day=TODAY + timedelta(days=60)
    )
    office.clock.set(TODAY + timedelta(days=8))
    with pytest.raises(Refused, match="expired"):
        invitations.accept_invitation(office.registry, token=later, name="李示例", password="correct horse 9")


def merge(kit: Kit, keep: str, drop: str) -> None:
    """Two administrators make two accounts one person's."""
    id = merging.merge_persons(kit.registry, kit.who("security_admin"), keep=keep, drop=drop, reason="同一身份证号")
    merging.confirm_merge(kit.registry, kit.who("admin"), id)


def test_persons_merged_are_one_person_for_every_rule(office: Kit) -> None:
    add(office, "xuyi-other", "county_leader", XUYI, TODAY)
    id = journey.county(office, "leader")
    merge(office, keep="xuyi-reviewer", drop="xuyi-other")
    assert office.who("xuyi-other").person == office.who("xuyi-reviewer").person
    with pytest.raises(Refused):
        office.act("xuyi-other", id, "approve", opinion="同意")
    office.act("xuyi-leader", id, "approve", opinion="同意")
    assert office.health().fault is None


def test_what_the_dropped_person_had_done_counts_for_the_kept_one(office: Kit) -> None:
    add(office, "xuyi-other", "county_leader", XUYI, TODAY)
    id = journey.county(office, "leader")
    merge(office, keep="xuyi-other", drop="xuyi-reviewer")
    with pytest.raises(Refused):
        office.act("xuyi-other", id, "approve", opinion="同意")


def test_person_merged_twice_is_still_found(office: Kit) -> None:
    for login in ("a", "b"):
        people.add_account(office.registry, SYSTEM, login=login, name="示例", title=login)
    dropped = office.who("b").person
    merge(office, keep="a", drop="b")
    merge(office, keep="new", drop="a")
    assert office.who("a").person == office.who("b").person == office.who("new").person
    with office.registry.store.read(SYSTEM) as session:
        assert is_same(session, office.who("new"), dropped)


def test_nobody_merges_alone(office: Kit) -> None:
    security, admin = office.who("security_admin"), office.who("admin")
    pair = {"keep": "xuyi-officer", "drop": "xuyi-reviewer"}
    id = merging.merge_persons(office.registry, security, **pair, reason="同名")
    assert office.who("xuyi-officer").person != office.who("xuyi-reviewer").person
    with pytest.raises(Refused, match="Only system administrator"):
        merging.confirm_merge(office.registry, security, id)
    with pytest.raises(Refused, match="waits to be confirmed already"):
        merging.merge_persons(office.registry, security, **pair, reason="同名")
    with pytest.raises(BadInput):
        merging.merge_persons(office.registry, security, **pair, reason=" ")
    merging.refuse_merge(office.registry, admin, id)
    with pytest.raises(Refused, match="decided already"):
        merging.confirm_merge(office.registry, admin, id)
    assert office.who("xuyi-officer").person != office.who("xuyi-reviewer").person
    assert office.health().fault is None


def test_merging_does_not_get_around_the_three_administrators(office: Kit) -> None:
    security = office.who("security_admin")
    with pytest.raises(Refused, match="cannot be"):
        merging.merge_persons(office.registry, security, keep="audit_admin", drop="xuyi-officer", reason="同名")
    with pytest.raises(Refused, match="Only security administrator"):
        merging.merge_persons(
            office.registry, office.who("admin"), keep="xuyi-officer", drop="xuyi-reviewer", reason="同名"
        )
    (gone,) = held(office, "xuyi-officer")
    appointments.end(office.registry, security, gone.id, reason="调离")
    merge(office, keep="audit_admin", drop="xuyi-officer")
    assert roles(office, "xuyi-officer") == ["audit_admin"]


def test_role_that_both_had_is_held_once(office: Kit) -> None:
    add(office, "xuyi-second", "county_officer", XUYI, TODAY)
    merge(office, keep="xuyi-officer", drop="xuyi-second")
    assert roles(office, "xuyi-second") == ["county_officer"]


def test_role_needs_a_reason_to_end_and_leave_is_cut_short_by_who_gave_it(office: Kit) -> None:
    passed_on = delegate(office)
    for reason in ("", "  "):
        with pytest.raises(BadInput):
            appointments.end(office.registry, office.who("security_admin"), passed_on, reason=reason)
    with pytest.raises(Refused):
        appointments.end(office.registry, office.who("xuyi-reviewer"), passed_on, reason="提前回来")
    appointments.end(office.registry, office.who("xuyi-officer"), passed_on, reason="提前回来")
    assert roles(office) == [] and held(office, "new")[0].end_reason == "提前回来"


def test_database_itself_refuses_the_same_confirmed_role_twice(office: Kit) -> None:
    id = propose(office)
    appointments.confirm(office.registry, office.who("security_admin"), id)
    with pytest.raises(IntegrityError), office.registry.store.system() as session:
        row = session.get_one(Appointment, id)
        terms = {"person_id": row.person_id, "role": row.role, "region": row.region, "from_day": TODAY}
        session.add(Appointment(**terms, proposed_by="x", confirmed_by="y"))
        session.flush()


def test_invitation_to_a_case_that_is_not_there_is_refused(office: Kit) -> None:
    with pytest.raises(BadInput) as error:
        invitations.invite(
            office.registry,
            office.who("admin"),
            login="tax",
            unit="",
            region=XUYI,
            to_day=TODAY + timedelta(days=400),
            case_number="none",
        )
    assert sorted(str(fault.field) for fault in error.value.faults) == ["case_number", "to_day", "unit"]


def test_whoever_files_stands_in_for_no_office(office: Kit) -> None:
    with pytest.raises(BadInput) as error:
        delegate(office, to="applicant")
    assert [fault.field for fault in error.value.faults] == ["login"]
