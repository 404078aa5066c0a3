"""Persons and their appointments; an account's actor."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, or_, select

from registry.rules.permission import Actor, Role
from registry.rules.permission import Appointment as Held
from registry.store.account import Account
from registry.store.remember import asked_once
from registry.store.table import Encrypted, Row, Tracked, id_field, one_of, only_one


class Person(Row, table=True):
    """A verified human being; however many accounts, one person."""

    id: str = id_field()
    name: str = Field(sa_column=Column(Encrypted("person.name"), nullable=False))
    id_number: str | None = Field(default=None, sa_column=Column(Encrypted("person.id_number")))
    id_index: str | None = Field(default=None, max_length=32, index=True, unique=True)
    """Blind index of the ID number (`store.index.of("id_number", …)`): one number is one person."""
    phone: str | None = Field(default=None, sa_column=Column(Encrypted("person.phone")))
    phone_index: str | None = Field(default=None, max_length=32, index=True)
    verified_at: datetime | None = None
    merged_into: str | None = Field(default=None, foreign_key="person.id")
    """The person this one turned out to be: what it did counts as theirs."""


CONFIRMED_OPEN = (
    "confirmed_by IS NOT NULL AND ended_at IS NULL AND to_day IS NULL AND organisation_id IS NULL AND case_id IS NULL"
)
"""A role that two people gave, without end: nobody has the same one twice."""


class Appointment(Tracked, table=True):
    """A role of a person for a region, a unit of it, or an organisation, from a day to a day."""

    __table_args__ = (
        one_of("role", tuple(Role)),
        CheckConstraint("to_day IS NULL OR to_day >= from_day", name="from_before_to"),
        CheckConstraint("(role = 'applicant') = (organisation_id IS NOT NULL)", name="applicant_of_organisation"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="confirmed_by_another"),
        CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> person_id OR ended_at IS NOT NULL", name="confirmed_by_no_holder"
        ),
        CheckConstraint("instead_of IS NULL OR to_day IS NOT NULL", name="delegation_ends"),
        CheckConstraint("case_id IS NULL OR role = 'department'", name="single_case_of_department"),
        only_one("uq_appointment_open", "person_id", "role", "region", where=f"{CONFIRMED_OPEN} AND unit IS NULL"),
        only_one("uq_appointment_open_unit", "person_id", "role", "region", "unit", where=CONFIRMED_OPEN),
    )
    __outcome__ = (
        "person_id",
        "role",
        "region",
        "unit",
        "organisation_id",
        "from_day",
        "to_day",
        "proposed_by",
        "confirmed_by",
        "ended_at",
        "instead_of",
        "case_id",
    )

    id: str = id_field()
    person_id: str = Field(foreign_key="person.id", index=True)
    role: str
    region: str = Field(foreign_key="region.code")
    unit: str | None = None
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id")
    from_day: date
    to_day: date | None = None
    proposed_by: str | None = None
    """The administrator (person) who proposed it; empty: the operator gave it at the terminal, and it is in force."""
    confirmed_by: str | None = None
    """The other administrator, without whom it is not in force."""
    ended_at: datetime | None = None
    """Ended before its time, or refused."""
    end_reason: str | None = Field(default=None, sa_column=Column(Encrypted("appointment.end_reason")))
    instead_of: str | None = Field(default=None, foreign_key="appointment.id")
    """The appointment that its holder has delegated for a time."""
    case_id: str | None = Field(default=None, foreign_key="case.id")
    """The only case that an invited department sees."""

    @property
    def waits(self) -> bool:
        """Proposed, and neither confirmed nor refused."""
        return self.proposed_by is not None and self.confirmed_by is None and self.ended_at is None

    def in_force(self, on: date) -> bool:
        """Whether it holds on a day."""
        begun = not self.waits and self.ended_at is None and self.from_day <= on
        return begun and (self.to_day is None or self.to_day >= on)


class PersonMerge(Tracked, table=True):
    """Two persons said to be one: proposed by one administrator, done when another one confirms it."""

    __table_args__ = (
        CheckConstraint("keep_id <> drop_id", name="two_persons"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="confirmed_by_another"),
        only_one("uq_person_merge_open", "drop_id", where="confirmed_by IS NULL AND ended_at IS NULL"),
    )
    __outcome__ = ("keep_id", "drop_id", "proposed_by", "confirmed_by", "ended_at")

    id: str = id_field()
    keep_id: str = Field(foreign_key="person.id")
    drop_id: str = Field(foreign_key="person.id")
    reason: str = Field(sa_column=Column(Encrypted("person_merge.reason"), nullable=False))
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    ended_at: datetime | None = None
    """Done, or turned down (then nobody confirmed it)."""


class Invitation(Row, table=True):
    """A link by which an invited person opens the account made for them: used once, for a week."""

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="account.id", index=True)
    expires_at: datetime
    used_at: datetime | None = None


def actor_of(session: Session, account: Account, on: date) -> Actor:
    """The account's person with the appointments in force on a day."""
    held = session.exec(
        select(Appointment)
        .where(
            Appointment.person_id == account.person_id,
            Appointment.from_day <= on,
            or_(col(Appointment.to_day).is_(None), col(Appointment.to_day) >= on),
        )
        .order_by(Appointment.role)
    )
    appointments = tuple(Held(a.role, a.region, a.unit, a.organisation_id, a.case_id) for a in held if a.in_force(on))
    return Actor(account.id, account.person_id, appointments, account.title)


@asked_once
def kept(session: Session) -> dict[str, str]:
    """Person → whom it turned out to be; one step, because merging moves earlier ones along."""
    rows = session.exec(select(Person.id, Person.merged_into).where(col(Person.merged_into).is_not(None)))
    return {dropped: into for dropped, into in rows if into}


def is_same(session: Session, actor: Actor, person_id: str | None) -> bool:
    """Whether a person who once did something is the one who acts now, under whatever account it was."""
    return person_id is not None and kept(session).get(person_id, person_id) == actor.person


def appointments_of(session: Session, person_id: str) -> list[Appointment]:
    """Every appointment of a person, the newest first."""
    query = select(Appointment).where(Appointment.person_id == person_id)
    return list(session.exec(query.order_by(col(Appointment.from_day).desc(), Appointment.role, Appointment.id)))
