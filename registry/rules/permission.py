"""Who acts, in which role and where. The one place that says whether somebody holds an office."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from registry.base.i18n import Message, msg
from registry.base.region import NATION


class Role(StrEnum):
    """Roles an appointment can give."""

    APPLICANT = "applicant"
    COUNTY_OFFICER = "county_officer"
    COUNTY_REVIEWER = "county_reviewer"
    COUNTY_LEADER = "county_leader"
    CITY_OFFICER = "city_officer"
    CITY_REVIEWER = "city_reviewer"
    CITY_LEADER = "city_leader"
    STATION = "station"
    EXPERT = "expert"
    DEPARTMENT = "department"
    FINANCE_OFFICER = "finance_officer"
    EDITOR = "editor"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_NAMES: dict[str, Message] = {
    Role.APPLICANT: msg("applicant"),
    Role.COUNTY_OFFICER: msg("county officer"),
    Role.COUNTY_REVIEWER: msg("county reviewer"),
    Role.COUNTY_LEADER: msg("county leader"),
    Role.CITY_OFFICER: msg("city officer"),
    Role.CITY_REVIEWER: msg("city reviewer"),
    Role.CITY_LEADER: msg("city leader"),
    Role.STATION: msg("town or street station"),
    Role.EXPERT: msg("expert"),
    Role.DEPARTMENT: msg("partner department"),
    Role.FINANCE_OFFICER: msg("finance officer"),
    Role.EDITOR: msg("editor"),
    Role.AUDITOR: msg("auditor"),
    Role.SYSTEM_ADMIN: msg("system administrator"),
    Role.SECURITY_ADMIN: msg("security administrator"),
    Role.AUDIT_ADMIN: msg("audit administrator"),
}

ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""The three administrators (三员): they exclude one another and every role in which cases are handled."""
CASE_ROLES = frozenset(Role) - ADMINS
"""Roles in which somebody files, handles, judges, shows or audits cases."""
STAFF = CASE_ROLES - {Role.APPLICANT}
"""Roles of who works for an office."""
COUNTY_HANDLERS = (Role.COUNTY_OFFICER, Role.COUNTY_REVIEWER, Role.COUNTY_LEADER)
CITY_HANDLERS = (Role.CITY_OFFICER, Role.CITY_REVIEWER, Role.CITY_LEADER)
HANDLERS = (*COUNTY_HANDLERS, *CITY_HANDLERS)
"""Roles that handle cases: accept, review, decide."""
TASKED = frozenset({Role.EXPERT, Role.DEPARTMENT})
"""Roles that see the cases in which their role has a task."""
OFFICES = STAFF - TASKED - {Role.STATION, Role.FINANCE_OFFICER}
"""Roles that see every case of their region. A station sees what it filed, a finance officer none."""


def excluding(held: Collection[str], new: str) -> Message | None:
    """Why a person with these roles may not have another one as well; None when they may.

    Separation of the three administrators (三员分立): each of them excludes the two others and every role of a case.
    """
    if new in ADMINS and (other := next((r for r in sorted(held) if r != new), None)):
        return msg("{new} cannot be somebody who is {held}.", new=ROLE_NAMES[new], held=ROLE_NAMES[other])
    if admin := next((r for r in sorted(held) if r in ADMINS and r != new), None):
        return msg("{held} cannot be {new} as well.", new=ROLE_NAMES[new], held=ROLE_NAMES[admin])
    return None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One role of a person: for a region, a unit of it, (applicants) an organisation, (the invited) a single case."""

    role: str
    region: str
    unit: str | None = None
    organisation: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting: the account signed in, the verified person behind it, and the appointments now in force."""

    account: str
    person: str
    appointments: tuple[Appointment, ...] = ()
    name: str = ""
    proved: bool = False
    """Whether a second factor was given in this sign-in."""
    organisations: frozenset[str] = field(init=False)
    regions: frozenset[str] = field(init=False)
    cases: frozenset[str] = field(init=False)
    """Single cases that an invited department may see."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "organisations",
            frozenset(a.organisation for a in self.appointments if a.role == Role.APPLICANT and a.organisation),
        )
        offices = (a.region for a in self.appointments if a.role in OFFICES and a.case is None)
        object.__setattr__(self, "regions", frozenset(offices))
        object.__setattr__(self, "cases", frozenset(a.case for a in self.appointments if a.case))

    def holds(self, role: str, region: str) -> bool:
        """Whether the actor has this role for exactly this region."""
        return any(a.role == role and a.region == region for a in self.appointments)

    def has(self, *roles: str) -> bool:
        """Whether the actor has one of the roles anywhere."""
        return any(a.role in roles for a in self.appointments)

    @property
    def is_staff(self) -> bool:
        """Whether the actor works for an office."""
        return self.has(*STAFF)


SYSTEM = Actor("system", "system", (Appointment(Role.SYSTEM_ADMIN, NATION),), name="system")
"""The registry itself: moves what no person moves, and never earns anything that a person must."""
