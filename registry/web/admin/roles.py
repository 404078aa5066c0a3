"""Roles and proposals as the administration's pages show them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, not_, or_, select
from wtforms import DateField, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from registry.base.i18n import Message, msg
from registry.rules.permission import ROLE_NAMES, Role
from registry.store.account import Account
from registry.store.people import Appointment, PersonMerge, appointments_of
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.web.admin.forms import labelled

WAITS, IN_FORCE, LATER, ENDED = "waits", "in_force", "later", "ended"
STATES: dict[str, Message] = {
    WAITS: msg("waits to be confirmed"),
    IN_FORCE: msg("in force"),
    LATER: msg("begins later"),
    ENDED: msg("ended"),
}
LABELS: dict[str, Message] = {
    "role": msg("Role"),
    "region": msg("Region"),
    "unit": msg("Office or unit"),
    "organisation_id": msg("Organisation (applicants only)"),
    "from_day": msg("From"),
    "to_day": msg("Until"),
    "login": msg("Sign-in name"),
    "name": msg("The person's name (kept encrypted)"),
    "title": msg("What colleagues see"),
    "password": msg("First password"),
    "id_number": msg("ID number (kept encrypted; tells whether the person is known)"),
    "case_number": msg("Receipt number, for one case only"),
    "reason": msg("Reason"),
    "drop": msg("Sign-in name of the other account"),
}


class RoleForm(Form):
    """A role for somebody."""

    role = SelectField(validators=[InputRequired()], validate_choice=False)
    region = SelectField(validators=[InputRequired()], validate_choice=False)
    unit = StringField(validators=[Length(max=100)])
    organisation_id = SelectField(validate_choice=False)
    from_day = DateField(validators=[InputRequired()])
    to_day = DateField(validators=[Optional()])


class AccountForm(Form):
    """A new account."""

    login = StringField(validators=[InputRequired(), Length(max=64)])
    name = StringField(validators=[InputRequired(), Length(max=60)])
    id_number = StringField(validators=[Length(max=18)])
    title = StringField(validators=[InputRequired(), Length(max=100)])
    password = StringField(validators=[InputRequired(), Length(max=200)])


class InviteForm(Form):
    """An invitation of a partner department."""

    login = StringField(validators=[InputRequired(), Length(max=64)])
    unit = StringField(validators=[InputRequired(), Length(max=100)])
    region = SelectField(validators=[InputRequired()], validate_choice=False)
    case_number = StringField(validators=[Length(max=60)])
    to_day = DateField(validators=[InputRequired()])


class EndForm(Form):
    """Why a role ends."""

    reason = StringField(validators=[InputRequired(), Length(max=300)])


class DelegateForm(Form):
    """Who stands in, and how long."""

    login = StringField(validators=[InputRequired(), Length(max=64)])
    from_day = DateField(validators=[InputRequired()])
    to_day = DateField(validators=[InputRequired()])


class MergeForm(Form):
    """Another account of the same person."""

    drop = StringField(validators=[InputRequired(), Length(max=64)])
    reason = StringField(validators=[InputRequired(), Length(max=300)])


def role_form(session: ReadSession, data: Mapping[str, str] | None) -> Form:
    """The form of a role with what may be chosen."""
    form = RoleForm(data, data=None if data else {"from_day": session.today})
    form.role.choices = [SelectChoice(r, str(ROLE_NAMES[r])) for r in Role]
    form.region.choices = regions(session)
    bodies = session.exec(select(Organisation).order_by(Organisation.region, Organisation.id))
    form.organisation_id.choices = [SelectChoice("", "—"), *(SelectChoice(o.id, str(o.text)) for o in bodies)]
    return labelled(form, LABELS)


def regions(session: ReadSession) -> list[SelectChoice]:
    """Every region that has not ended."""
    rows = session.exec(select(Region).where(col(Region.valid_to).is_(None)).order_by(Region.code))
    return [SelectChoice(r.code, f"{r.text} {r.code}") for r in rows]


def in_state(state: str, on: date) -> ColumnElement[bool]:
    """The appointments in a state on a day, as `state_of` says it of one."""
    over = col(Appointment.ended_at).is_not(None)
    proposed = col(Appointment.proposed_by).is_not(None) & col(Appointment.confirmed_by).is_(None)
    begun = col(Appointment.from_day) <= on
    lasts = or_(col(Appointment.to_day).is_(None), col(Appointment.to_day) >= on)
    return {
        WAITS: and_(not_(over), proposed),
        IN_FORCE: and_(not_(over), not_(proposed), begun, lasts),
        LATER: and_(not_(over), not_(proposed), not_(begun)),
        ENDED: or_(over, and_(not_(proposed), begun, not_(lasts))),
    }[state]


def state_of(row: Appointment, on: date) -> str:
    """What an appointment is on a day."""
    if row.waits:
        return WAITS
    if row.in_force(on):
        return IN_FORCE
    return LATER if row.ended_at is None and row.from_day > on else ENDED


def waiting(session: ReadSession) -> list[dict[str, Any]]:
    """The proposals that nobody has decided."""
    query = select(Appointment).where(in_state(WAITS, session.today))
    return [shown(session, a) for a in session.exec(query.order_by(col(Appointment.from_day), Appointment.id))]


def merges(session: ReadSession) -> list[dict[str, Any]]:
    """Persons said to be one, which nobody has decided."""
    query = select(PersonMerge).where(col(PersonMerge.ended_at).is_(None)).order_by(col(PersonMerge.proposed_at))
    return [
        {"id": m.id, "keep": accounts_of(session, m.keep_id), "drop": accounts_of(session, m.drop_id), "why": m.reason}
        for m in session.exec(query)
    ]


def accounts_of(session: ReadSession, person_id: str) -> list[Account]:
    """Every account of a person."""
    return list(session.exec(select(Account).where(Account.person_id == person_id).order_by(Account.login)))


def roles_now(session: ReadSession, account: Account) -> list[dict[str, Any]]:
    """The roles in force of an account's person."""
    return [shown(session, a) for a in appointments_of(session, account.person_id) if a.in_force(session.today)]


def shown(session: ReadSession, row: Appointment) -> dict[str, Any]:
    """An appointment for people."""
    account = next(iter(accounts_of(session, row.person_id)), None)
    organisation = session.get(Organisation, row.organisation_id) if row.organisation_id else None
    state = state_of(row, session.today)
    return {
        "id": row.id,
        "login": account.login if account else "",
        "title": account.title if account else "",
        "role": ROLE_NAMES[row.role],
        "region": session.get_one(Region, row.region).text,
        "unit": row.unit or (organisation.text if organisation else ""),
        "from_day": row.from_day,
        "to_day": row.to_day,
        "state": state,
        "state_text": STATES[state],
        "delegated": row.instead_of is not None,
        "one_case": row.case_id is not None,
        "end_reason": row.end_reason,
    }
