"""Who signs in and who does not: unused and locked accounts, links to single sign-on, lost second factors."""

from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from registry.actions import accounts, lockout
from registry.actions.accounts import REASONS, Use
from registry.base.errors import BadInput, NotFound
from registry.base.i18n import Message, msg
from registry.rules.permission import ADMINS, Actor, Role
from registry.store.account import Account, account_by_login
from registry.store.session import ReadSession
from registry.store.signin import open_requests
from registry.web.account.common import shown_faults
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import PAGE, page_number, pager
from registry.web.signed import moment
from registry.web.signin import providers

KEY = "signins"
blueprint = section_blueprint(KEY, __name__, ADMINS)
SECTION = Section(
    blueprint,
    KEY,
    msg("Sign-ins"),
    msg("Accounts that nobody uses, that are locked, or whose second factor is lost."),
    "admin_signins.home",
    ADMINS,
)
DAYS: dict[str, Message] = {
    "": msg("all accounts"),
    "30": msg("not used for 30 days"),
    "90": msg("not used for 90 days"),
    "180": msg("not used for 180 days"),
}


class LinkForm(Form):
    """Who an account is to a provider of single sign-on."""

    provider = SelectField(validate_choice=False)
    subject = StringField(render_kw={"autocomplete": "off", "maxlength": "250", "spellcheck": "false"})


class DisableForm(Form):
    """Why an account is closed."""

    reason = SelectField(validate_choice=False)


@blueprint.get("/")
def home() -> str:
    """The accounts, the longest unused first, and what waits for a second person."""
    wanted = {"unused": request.args.get("unused", ""), "q": request.args.get("q", "").strip()[:60]}
    wanted["unused"] = wanted["unused"] if wanted["unused"] in DAYS else ""
    number = page_number(request.args)
    with registry().store.read(require_actor()) as session:
        count, rows = accounts.uses(
            session,
            registry().store.index,
            unused_days=int(wanted["unused"] or 0),
            words=wanted["q"],
            limit=PAGE,
            offset=(number - 1) * PAGE,
        )
        return page(
            "signins",
            here=KEY,
            filter=wanted,
            choices=DAYS,
            count=count,
            rows=[use_row(use) for use in rows],
            waiting=waiting(session),
            pager=pager("admin_signins.home", number, count, wanted),
        )


def use_row(use: Use) -> dict[str, Any]:
    """An account and its use, for people."""
    account = use.account
    return {
        "login": account.login,
        "title": account.title,
        "last": moment(use.last) if use.last else None,
        "days": use.days,
        "factor": account.second_factor_at is not None,
        "locked": moment(use.locked_until) if use.locked_until else None,
        "disabled": account.disabled_at is not None,
        "must_change": account.must_change_password,
        "url": url_for(".account", login=account.login),
    }


def waiting(session: ReadSession) -> list[dict[str, Any]]:
    """The proposals that nobody has decided."""
    found = []
    for row in open_requests(session):
        account = session.get_one(Account, row.account_id)
        if session.now - row.proposed_at <= accounts.REQUEST_HOLDS:
            about = {"id": row.id, "login": account.login, "title": account.title, "on": row.proposed_at}
            found.append(about | {"mine": require_actor().person in (row.proposed_by, account.person_id)})
    return found


@blueprint.get("/accounts/<login>")
def account(login: str) -> str:
    """One account."""
    return account_page(login)


def account_page(login: str, form: Form | None = None, problem: BadInput | None = None) -> str:
    """The page of one account, with what was typed into one of its forms."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        found = account_by_login(session, login)
        if found is None:
            raise NotFound(msg("There is no account “{login}”.", login=login))
        _, uses = accounts.uses(session, registry().store.index, words=login)
        row = use_row(next(use for use in uses if use.account.id == found.id))
        asked = [one for one in waiting(session) if one["login"] == login]
    link = form if isinstance(form, LinkForm) else link_form(found)
    disable = form if isinstance(form, DisableForm) else disable_form()
    faults = shown_faults(form, problem) if form else []
    return page(
        "signins_account",
        here=KEY,
        account=row,
        waiting=asked,
        faults=faults,
        link=link if providers() else None,
        linked=found.external_id is not None,
        disable=disable,
        **may(actor, found),
    )


def may(actor: Actor, found: Account) -> dict[str, bool]:
    """What this administrator may do with an account."""
    security = actor.has(Role.SECURITY_ADMIN) and found.person_id != actor.person
    propose = actor.has(Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN) and found.second_factor_at is not None
    return {"may_guard": security, "may_propose": propose}


def link_form(found: Account | None = None) -> Form:
    """The form for the link in the reader's language."""
    form = LinkForm(request.form)
    form.provider.label.text, form.subject.label.text = str(msg("System")), str(msg("Who this is there"))
    form.subject.description = str(msg("The lasting identifier (sub) that the other system gives; empty: no link."))
    form.provider.choices = [SelectChoice(key, str(one.name)) for key, one in providers().items()]
    form.provider.flags.required = True
    if found and found.external_id and request.method == "GET":
        form.provider.data, _, form.subject.data = found.external_id.partition(":")
    return form


def disable_form() -> Form:
    """The form for the reason in the reader's language."""
    form = DisableForm(request.form)
    form.reason.label.text, form.reason.flags.required = str(msg("Reason")), True
    form.reason.choices = [SelectChoice("", "—"), *(SelectChoice(key, str(words)) for key, words in REASONS.items())]
    return form


def back(login: str, said: Message) -> Any:
    """To the account, with a line that says what was done."""
    flash(str(said))
    return redirect(url_for(".account", login=login), 303)


@blueprint.post("/accounts/<login>/unlock")
def unlock(login: str) -> Any:
    """Let it be tried again."""
    lockout.unlock(registry(), require_actor(), login=login)
    return back(login, msg("The account can be tried again."))


@blueprint.post("/accounts/<login>/disable")
def disable(login: str) -> Any:
    """Close it."""
    form = disable_form()
    try:
        accounts.disable(registry(), require_actor(), login=login, reason=form.reason.data or "")
    except BadInput as error:
        return account_page(login, form, error), 422
    return back(login, msg("The account is disabled."))


@blueprint.post("/accounts/<login>/link")
def link(login: str) -> Any:
    """Link it to a provider of single sign-on, or take the link away."""
    form = link_form()
    if form.provider.data not in providers():
        raise NotFound(msg("There is no such page."))
    try:
        accounts.link(
            registry(), require_actor(), login=login, provider=form.provider.data, subject=form.subject.data or ""
        )
    except BadInput as error:
        return account_page(login, form, error), 422
    return back(login, msg("The link is kept."))


@blueprint.post("/accounts/<login>/reset")
def propose(login: str) -> Any:
    """Propose to take the second factor away."""
    accounts.propose_reset(registry(), require_actor(), login=login)
    return back(login, msg("It is proposed; another administrator confirms it."))


DECISIONS = {
    "confirm": (accounts.confirm_reset, msg("The second factor is gone; the account's sign-ins have ended.")),
    "refuse": (accounts.refuse_reset, msg("The proposal is turned down.")),
}


@blueprint.post("/requests/<id>/<decision>")
def decide(id: str, decision: str) -> Any:
    """Confirm or turn down what another administrator has proposed."""
    if decision not in DECISIONS:
        raise NotFound(msg("There is no such page."))
    verb, said = DECISIONS[decision]
    verb(registry(), require_actor(), id)
    flash(str(said))
    return redirect(url_for(".home"), 303)
