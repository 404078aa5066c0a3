"""Verbs about appointments: who holds which role, where and how long."""

from datetime import date

from registry.actions.people import known, require_admin
from registry.host.registry import Registry
from registry.rules.permission import Actor, Role
from registry.store.people import Appointment


def appoint(
    registry: Registry,
    actor: Actor,
    *,
    login: str,
    role: str,
    region: str,
    from_day: date,
    to_day: date | None = None,
    unit: str | None = None,
    organisation_id: str | None = None,
) -> str:
    """Give the person behind an account a role. Raises NotFound, Refused."""
    require_admin(actor)
    with registry.store.write(actor) as session:
        account = known(session, login)
        row = Appointment(
            person_id=account.person_id,
            role=Role(role),
            region=region,
            unit=unit,
            organisation_id=organisation_id,
            from_day=from_day,
            to_day=to_day,
        )
        session.add(row)
        session.record("account.appoint", f"account:{account.id}", role=role, region=region)
        return row.id
