"""A person's own account: roles, open sign-ins, password, second factor, a role delegated for a leave."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from wtforms import Form, PasswordField

from registry.actions import passwords, second_factor, sessions
from registry.actions.reach import reach_of
from registry.base.errors import BadInput
from registry.base.i18n import Message, msg
from registry.rules.permission import CASE_ROLES, ROLE_NAMES, Actor, Role
from registry.store.account import Account, UserSession
from registry.store.people import appointments_of
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.account import delegation, factor, messages, reach
from registry.web.account.common import page, require_signed, shown_faults
from registry.web.context import registry, require_actor
from registry.web.signed import moment, said_of, where
from registry.web.signin import gate, inside

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(gate)
factor.add_to(blueprint)
delegation.add_to(blueprint)
messages.add_to(blueprint)
reach.add_to(blueprint)
MAX = "200"
LABELS: dict[str, Message] = {
    "old": msg("Present password"),
    "new": msg("New password"),
    "again": msg("The new password again"),
}


class PasswordForm(Form):
    """Another password."""

    old = PasswordField(render_kw={"autocomplete": "current-password", "maxlength": MAX})
    new = PasswordField(render_kw={"autocomplete": "new-password", "maxlength": MAX})
    again = PasswordField(render_kw={"autocomplete": "new-password", "maxlength": MAX})


@blueprint.get("/")
def home() -> str:
    """Who I am here, since when, and where else I am signed in."""
    actor, found = require_actor(), require_signed()
    with registry().store.read(actor) as session:
        account = session.get_one(Account, actor.account)
        here = session.get_one(UserSession, found.sitting)
        return page(
            "home",
            account={
                "login": account.login,
                "title": account.title,
                "password_set_at": account.password_set_at,
                "has_password": account.password_hash is not None,
                "factor_since": account.second_factor_at,
                "codes_left": second_factor.codes_left(session, account.id),
            },
            said=said_of(session, here),
            reach=reach_of(session, actor.account),
            roles=roles(session, actor),
            sign_ins=[sign_in_row(row, found.sitting) for row in sessions.open_sign_ins(registry(), session, actor)],
        )


def roles(session: ReadSession, actor: Actor) -> list[dict[str, Any]]:
    """One's own roles that are in force; an office's can be delegated."""
    return [
        {
            "id": row.id,
            "role": ROLE_NAMES[row.role],
            "region": session.get_one(Region, row.region).text,
            "unit": row.unit,
            "to_day": row.to_day,
            "delegated": row.instead_of is not None,
            "may_delegate": row.instead_of is None and row.role in CASE_ROLES - {Role.APPLICANT},
        }
        for row in appointments_of(session, actor.person)
        if row.in_force(session.today)
    ]


def sign_in_row(row: UserSession, sitting: str) -> dict[str, Any]:
    """An open sign-in for people."""
    return {
        "name": row.name,
        "where": where(row),
        "since": moment(row.created_at),
        "seen": moment(row.seen_at),
        "this": row.token_hash == sitting,
    }


@blueprint.post("/sign-ins/<name>/end")
def end_sign_in(name: str) -> Any:
    """End one of the sign-ins."""
    sessions.end_one(registry(), require_actor(), name)
    flash(str(msg("This sign-in has ended.")))
    return redirect(url_for(".home"), 303)


@blueprint.post("/sign-ins/end-others")
def end_others() -> Any:
    """End all sign-ins but this one."""
    sessions.end_others(registry(), require_actor(), sitting=require_signed().sitting)
    flash(str(msg("Every other sign-in has ended.")))
    return redirect(url_for(".home"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> Any:
    """Change one's password."""
    found, problem = require_signed(), None
    form = password_form()
    if request.method == "POST":
        try:
            require_same(form)
            passwords.change_password(
                registry(), found.actor, old=form.old.data or "", new=form.new.data or "", sitting=found.sitting
            )
            flash(str(msg("Your password is changed; every other sign-in has ended.")))
            target = request.args.get("next")
            return redirect(inside(target) if target else url_for(".home"), 303)
        except BadInput as error:
            problem = error
    faults = shown_faults(form, problem)
    return page("password", form=form, faults=faults, must=found.new_password), 422 if faults else 200


def password_form() -> Form:
    """The form in the reader's language."""
    form = PasswordForm(request.form)
    for field in form:
        field.label.text = str(LABELS[field.name])
        field.flags.required = True
    form.new.description = str(
        msg(
            "At least {n} characters, without your sign-in name. A few words that only you put together are good.",
            n=registry().settings.password_min_length,
        )
    )
    return form


def require_same(form: Form) -> None:
    """Raise BadInput where the new password was typed in two ways."""
    if form.new.data != form.again.data:
        raise passwords.different()
