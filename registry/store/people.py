"""Persons and their appointments; an account's actor."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, or_, select

from registry.rules.permission import Actor, Role
from registry.rules.permission import Appointment as Held
from registry.store.account import Account
from registry.store.table import Encrypted, Row, Tracked, id_field, one_of


class Person(Row, table=True):
    """A verified human being; however many accounts, one person."""

    id: str = id_field()
    name: str = Field(sa_column=Column(Encrypted("person.name"), nullable=False))
    verified_at: datetime | None = None


class Appointment(Tracked, table=True):
    """A role of a person for a region, a unit of it, or an organisation, from a day to a day."""

    __table_args__ = (
        one_of("role", tuple(Role)),
        CheckConstraint("to_day IS NULL OR to_day >= from_day", name="from_before_to"),
        CheckConstraint("(role = 'applicant') = (organisation_id IS NOT NULL)", name="applicant_of_organisation"),
    )
    __outcome__ = ("person_id", "role", "region", "unit", "organisation_id", "from_day", "to_day")

    id: str = id_field()
    person_id: str = Field(foreign_key="person.id", index=True)
    role: str
    region: str = Field(foreign_key="region.code")
    unit: str | None = None
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id")
    from_day: date
    to_day: date | None = None


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
    appointments = tuple(Held(a.role, a.region, a.unit, a.organisation_id) for a in held)
    return Actor(account.id, account.person_id, appointments, account.title)


def persons_of_organisation(session: Session, organisation: str | None) -> frozenset[str]:
    """Everybody who has ever been appointed for an organisation; they may not judge what it files."""
    if organisation is None:
        return frozenset()
    return frozenset(session.exec(select(Appointment.person_id).where(Appointment.organisation_id == organisation)))
