"""People and their roles: accounts, what waits to be confirmed, roles in force and past."""

import secrets
from typing import Any

from flask import flash, redirect, request, url_for
from sqlmodel import col, func, or_, select
from wtforms import Form

from registry.actions import appointments, invitations, merging, people
from registry.base.errors import Fault, NotFound
from registry.base.i18n import msg
from registry.rules.permission import ADMINS, CASE_ROLES, Role
from registry.store.account import Account, account_by_login
from registry.store.people import Appointment, appointments_of
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.admin import roles
from registry.web.admin.forms import attempt, labelled
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import PAGE, page_number, pager

KEY = "people"
blueprint = section_blueprint(KEY, __name__, ADMINS)
SECTION = Section(
    blueprint,
    KEY,
    msg("People and roles"),
    msg("Accounts, roles and their terms; what waits for a second person."),
    "admin_people.home",
    ADMINS,
)
DECISIONS = {
    "confirm": (appointments.confirm, msg("The role is in force.")),
    "refuse": (appointments.refuse, msg("The proposal is turned down.")),
}
MERGE_DECISIONS = {
    "confirm": (merging.confirm_merge, msg("The two accounts are one person's now.")),
    "refuse": (merging.refuse_merge, msg("The proposal is turned down.")),
}


COLUMNS = {
    "login": msg("Sign-in name"),
    "title": msg("Who"),
    "roles": msg("Roles in force"),
    "disabled": msg("disabled at"),
}


def restricted(*wanted: str) -> None:
    """Raise Refused unless the actor is one of these administrators: the page leads to what only they may do."""
    appointments.require(require_actor(), *wanted)


@blueprint.get("/")
def home() -> Any:
    """What waits, and everybody."""
    wanted = {"q": request.args.get("q", "").strip()[:60]}
    number = page_number(request.args)
    with registry().store.read(require_actor()) as session:
        query = select(Account)
        if wanted["q"]:
            fits = (
                column.contains(wanted["q"], autoescape=True) for column in (col(Account.login), col(Account.title))
            )
            query = query.where(or_(*fits))
        count = session.exec(select(func.count()).select_from(query.subquery())).one()
        query = query.order_by(Account.login)
        if exported.wanted():
            rows = (account_row(session, a) for a in session.exec(query.limit(exported.MOST)))
            listed = exported.Listing("accounts", msg("Accounts"), COLUMNS, (r | told(r) for r in rows), count)
            return exported.response(session, require_actor(), listed)
        return page(
            "people",
            here=KEY,
            filter=wanted,
            count=count,
            waiting=roles.waiting(session),
            merges=roles.merges(session),
            rows=[account_row(session, a) for a in session.exec(query.limit(PAGE).offset((number - 1) * PAGE))],
            pager=pager("admin_people.home", number, count, wanted),
            may=powers(),
        )


def account_row(session: ReadSession, account: Account) -> dict[str, Any]:
    """An account in the list."""
    return {
        "login": account.login,
        "title": account.title,
        "disabled": account.disabled_at,
        "roles": roles.roles_now(session, account),
    }


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Its roles in words."""
    return {"roles": [f"{role['role']} · {role['region']}" for role in row["roles"]]}


def powers() -> dict[str, bool]:
    """What the actor may do here: the pages show no button that would be refused."""
    actor = require_actor()
    system, security = actor.has(Role.SYSTEM_ADMIN), actor.has(Role.SECURITY_ADMIN)
    return {"propose": system, "confirm": security, "end": system or security, "merge": security}


@blueprint.get("/roles")
def listing() -> str:
    """Every role in a state: in force, waiting, later, ended."""
    wanted = {"state": request.args.get("state", roles.IN_FORCE)}
    if wanted["state"] not in roles.STATES:
        raise NotFound(msg("There is no such page."))
    number = page_number(request.args)
    with registry().store.read(require_actor()) as session:
        query = select(Appointment).where(roles.in_state(wanted["state"], session.today))
        count = session.exec(select(func.count()).select_from(query.subquery())).one()
        ordered = query.order_by(Appointment.region, Appointment.role, col(Appointment.from_day).desc(), Appointment.id)
        rows = session.exec(ordered.limit(PAGE).offset((number - 1) * PAGE))
        return page(
            "people_roles",
            here=KEY,
            state=wanted["state"],
            states=roles.STATES,
            count=count,
            rows=[roles.shown(session, a) for a in rows],
            pager=pager("admin_people.listing", number, count, wanted),
        )


@blueprint.route("/accounts/<login>", methods=["GET", "POST"])
def person(login: str) -> Any:
    """One account: roles, and a new one."""
    faults = list[Fault]()
    with registry().store.read(require_actor()) as session:
        form = roles.role_form(session, request.form if request.method == "POST" else None)
    if request.method == "POST":
        about = {**form.data, "organisation_id": form.organisation_id.data or None}
        faults = attempt(form, lambda: appointments.appoint(registry(), require_actor(), login=login, **about))
        if not faults:
            flash(str(msg("The role is proposed; the security administrator confirms it.")))
            return redirect(url_for(".person", login=login), 303)
    return person_page(login, form, faults), 422 if faults else 200


def person_page(login: str, form: Form, faults: list[Fault], password: str | None = None) -> str:
    """The page of an account; with its new password, once."""
    with registry().store.read(require_actor()) as session:
        account = account_by_login(session, login)
        if account is None:
            raise NotFound(msg("There is no account “{login}”.", login=login))
        return page(
            "people_person",
            here=KEY,
            account={
                "login": account.login,
                "title": account.title,
                "disabled": account.disabled_at,
                "history_url": url_for("history.row", table="account", id=account.id),
            },
            others=[a.login for a in roles.accounts_of(session, account.person_id) if a.login != login],
            roles=[
                roles.shown(session, a) | {"may_delegate": may_delegate(session, a)}
                for a in appointments_of(session, account.person_id)
            ],
            form=form,
            faults=faults,
            password=password,
            may=powers(),
        )


def may_delegate(session: ReadSession, row: Appointment) -> bool:
    """Whether the security administrator may give a role to somebody else for a leave."""
    office = row.instead_of is None and row.role in CASE_ROLES - {Role.APPLICANT}
    return office and row.in_force(session.today) and require_actor().has(Role.SECURITY_ADMIN)


@blueprint.post("/appointments/<id>/<any(confirm, refuse):decision>")
def decide(id: str, decision: str) -> Any:
    """Confirm or refuse a role."""
    verb, said = DECISIONS[decision]
    verb(registry(), require_actor(), id)
    flash(str(said))
    login = request.form.get("login")
    return redirect(url_for(".person", login=login) if login else url_for(".home"), 303)


@blueprint.route("/appointments/<id>/end", methods=["GET", "POST"])
def end(id: str) -> Any:
    """End a role, and say why."""
    restricted(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
    form, faults, row = labelled(roles.EndForm(request.form), roles.LABELS), list[Fault](), one(id)
    if request.method == "POST":
        faults = attempt(form, lambda: appointments.end(registry(), require_actor(), id, **form.data))
        if not faults:
            flash(str(msg("The role has ended.")))
            return redirect(url_for(".person", login=row["login"]), 303)
    return page("people_end", here=KEY, role=row, form=form, faults=faults), 422 if faults else 200


@blueprint.route("/appointments/<id>/delegate", methods=["GET", "POST"])
def delegate(id: str) -> Any:
    """Give a role to somebody else for a leave."""
    restricted(Role.SECURITY_ADMIN)
    form, faults, row = labelled(roles.DelegateForm(request.form), roles.LABELS), list[Fault](), one(id)
    if request.method == "POST":
        faults = attempt(form, lambda: appointments.delegate(registry(), require_actor(), id, **form.data))
        if not faults:
            flash(str(msg("The role is delegated for this time.")))
            return redirect(url_for(".person", login=row["login"]), 303)
    return page("people_delegate", here=KEY, role=row, form=form, faults=faults), 422 if faults else 200


def one(id: str) -> dict[str, Any]:
    """An appointment for people. Raises NotFound."""
    with registry().store.read(require_actor()) as session:
        row = session.get(Appointment, id)
        if row is None:
            raise NotFound(msg("There is no such appointment."))
        return roles.shown(session, row)


@blueprint.post("/accounts/<login>/disable")
def disable(login: str) -> Any:
    """Disable an account; its sign-ins end."""
    people.disable(registry(), require_actor(), login=login)
    flash(str(msg("The account is disabled.")))
    return redirect(url_for(".person", login=login), 303)


@blueprint.post("/accounts/<login>/password")
def password(login: str) -> Any:
    """A new password, shown this once; its owner changes it at the next sign-in."""
    made = secrets.token_urlsafe(12)
    people.reset_password(registry(), require_actor(), login=login, password=made)
    with registry().store.read(require_actor()) as session:
        form = roles.role_form(session, None)
    return person_page(login, form, [], made)


@blueprint.route("/accounts/<login>/merge", methods=["GET", "POST"])
def merge(login: str) -> Any:
    """Say that another account is the same person's."""
    restricted(Role.SECURITY_ADMIN)
    form, faults = labelled(roles.MergeForm(request.form), roles.LABELS), list[Fault]()
    if request.method == "POST":
        faults = attempt(form, lambda: merging.merge_persons(registry(), require_actor(), keep=login, **form.data))
        if not faults:
            flash(str(msg("It is proposed; the system administrator confirms it.")))
            return redirect(url_for(".home"), 303)
    return page("people_merge", here=KEY, login=login, form=form, faults=faults), 422 if faults else 200


@blueprint.post("/merges/<id>/<any(confirm, refuse):decision>")
def decide_merge(id: str, decision: str) -> Any:
    """Make two persons one, or turn that down."""
    verb, said = MERGE_DECISIONS[decision]
    verb(registry(), require_actor(), id)
    flash(str(said))
    return redirect(url_for(".home"), 303)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """A new account."""
    restricted(Role.SYSTEM_ADMIN)
    form, faults = labelled(roles.AccountForm(request.form), roles.LABELS), list[Fault]()
    if request.method == "POST":
        about = {**form.data, "id_number": form.id_number.data or None}
        faults = attempt(form, lambda: people.add_account(registry(), require_actor(), **about))
        if not faults:
            flash(str(msg("The account is there; now propose its role.")))
            return redirect(url_for(".person", login=form.login.data), 303)
    return page("people_new", here=KEY, form=form, faults=faults), 422 if faults else 200


@blueprint.route("/invite", methods=["GET", "POST"])
def invite() -> Any:
    """Invite a partner department; the link is shown once."""
    restricted(Role.SYSTEM_ADMIN)
    form, faults, links = labelled(roles.InviteForm(request.form), roles.LABELS), list[Fault](), list[str]()
    with registry().store.read(require_actor()) as session:
        form.region.choices = roles.regions(session)
    if request.method == "POST":
        about = {**form.data, "case_number": form.case_number.data or ""}
        faults = attempt(form, lambda: links.append(invitations.invite(registry(), require_actor(), **about)))
    base = registry().settings.public_url.rstrip("/")
    link = base + url_for("invitation.accept", token=links[0]) if links else None
    return page("people_invite", here=KEY, form=form, faults=faults, link=link), 422 if faults else 200
