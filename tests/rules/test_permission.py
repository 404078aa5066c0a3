"""Who holds which office: asked of an actor alone, without a database."""

import pytest

from registry.rules.permission import ADMINS, CASE_ROLES, OFFICES, STAFF, SYSTEM, Actor, Appointment, Role, excluding

XUYI, LIANSHUI = "320830", "320826"


def actor(*held: Appointment) -> Actor:
    return Actor("account", "person", held)


def test_office_is_held_for_exactly_its_region() -> None:
    officer = actor(Appointment(Role.COUNTY_OFFICER, XUYI))
    assert officer.holds(Role.COUNTY_OFFICER, XUYI)
    assert not officer.holds(Role.COUNTY_OFFICER, LIANSHUI) and not officer.holds(Role.COUNTY_LEADER, XUYI)
    assert officer.regions == {XUYI} and officer.is_staff


def test_applicant_has_an_organisation_and_no_region() -> None:
    applicant = actor(Appointment(Role.APPLICANT, XUYI, organisation="o"))
    assert applicant.organisations == {"o"} and applicant.regions == set() and not applicant.is_staff


@pytest.mark.parametrize("role", sorted(STAFF - OFFICES))
def test_who_is_given_single_cases_sees_no_region(role: str) -> None:
    assert actor(Appointment(role, XUYI)).regions == set()


@pytest.mark.parametrize("role", sorted(OFFICES))
def test_office_sees_its_region(role: str) -> None:
    assert actor(Appointment(role, XUYI)).regions == {XUYI}


def test_department_invited_to_one_case_sees_that_one() -> None:
    invited = actor(Appointment(Role.DEPARTMENT, XUYI, unit="税务部门", case="c"))
    assert invited.cases == {"c"} and invited.regions == set()


@pytest.mark.parametrize("role", sorted(ADMINS))
def test_administrator_sees_no_case(role: str) -> None:
    admin = actor(Appointment(role, XUYI))
    assert admin.regions == admin.cases == admin.organisations == set() and not admin.is_staff


@pytest.mark.parametrize("admin", sorted(ADMINS))
@pytest.mark.parametrize("other", sorted(set(Role)))
def test_administrators_exclude_one_another_and_every_role_of_a_case(admin: str, other: str) -> None:
    assert (excluding([admin], other) is None) == (admin == other)
    assert (excluding([other], admin) is None) == (admin == other)


def test_roles_of_cases_do_not_exclude_one_another() -> None:
    assert not [r for r in CASE_ROLES if excluding(CASE_ROLES, r)]


def test_registry_itself_holds_no_office_of_a_case() -> None:
    assert not SYSTEM.has(*CASE_ROLES)
