"""Signing in and out, and the gate before the inner pages: who is not signed in, or must do something first, is led on."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from registry.actions import sessions
from registry.actions import signin as verbs
from registry.actions.lockout import Locked
from registry.actions.passwords import Busy
from registry.actions.sessions import Asking, SignedIn
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.i18n import msg
from registry.host.signon import AuthProvider, auth_providers
from registry.rules.permission import ADMINS
from registry.web import errors
from registry.web.context import COOKIE, registry, signed
from registry.web.parked import PARKED, forget_parked, park
from registry.web.signed import last_sign_in
from registry.web.templating import frame

blueprint = Blueprint("auth", __name__)
blueprint.after_app_request(forget_parked)
csrf = CSRFProtect()
log = logging.getLogger("registry.web")
STEP = "registry_step"
"""The cookie of a sign-in whose second factor is still to come."""
ELSEWHERE = "signing_in_by"
"""Where in the signed cookie of the forms it is kept what a sign-in elsewhere must bring back."""
BACK_WITHIN = timedelta(minutes=10)
FIRST = frozenset({"account.password", "account.second_factor", "account.second_factor_code", "account.qr"})
"""Pages that are open to who must do something first."""


def gate() -> BaseResponse | None:
    """Before every inner page: signed in, or parked and sent to sign in; then the form's token is checked."""
    found = signed()
    if found is None:
        return led_to("auth.sign_in")
    if request.method == "POST":
        csrf.protect()
    return led_to(first) if (first := to_do_first(found)) else None


def to_do_first(found: SignedIn) -> str | None:
    """The page where somebody must do something before this one opens; None when it is open."""
    if request.endpoint in FIRST:
        return None
    if found.new_password:
        return "account.password"
    return "account.second_factor" if found.needs_second_factor else None


def led_to(endpoint: str) -> BaseResponse:
    """The way to a page and back to this one; what was typed is kept."""
    here = request.script_root + request.full_path.rstrip("?")
    response = redirect(url_for(endpoint, next=here))
    if request.method == "POST" and request.form:
        park(response)
    return response


def inside(target: str | None) -> str:
    """Where to go after signing in: only to our own pages."""
    parts = urlsplit(target or "")
    good = (
        target
        and not parts.scheme
        and not parts.netloc
        and target.startswith("/")
        and not target.startswith(("//", "/\\"))
    )
    return str(target) if good else request.script_root + "/start"


def asking() -> Asking:
    """Where this request comes from."""
    return Asking(request.remote_addr or "", request.headers.get("User-Agent", "")[:500])


def providers() -> dict[str, AuthProvider]:
    """The plugins' providers of single sign-on, asked once in each process."""
    known = current_app.extensions.get("auth_providers")
    if known is None:
        known = current_app.extensions["auth_providers"] = auth_providers(registry().plugins)
    return known


@blueprint.app_errorhandler(Busy)
def busy(error: Busy) -> Any:
    """Too many people hash at once, wherever it was: no fault of ours to look for in the log."""
    return *errors.page(error.http_status, error.message), waiting_time(error)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """The sign-in page."""
    problem: Refused | None = None
    if request.method == "POST":
        csrf.protect()
        login, password = request.form.get("login", "")[:200], request.form.get("password", "")[:200]
        try:
            return entered(verbs.sign_in(registry(), login=login, password=password, asking=asking()))
        except Refused as error:
            problem = error
    return sign_in_page(problem)


def sign_in_page(problem: Refused | None) -> Any:
    """The page, with what went wrong."""
    faults = [{"field": "login", "message": problem.message}] if problem else []
    buttons = [
        {"name": one.name, "url": url_for(".begin_elsewhere", provider=key, next=request.args.get("next"))}
        for key, one in providers().items()
    ]
    shown = render_template(
        "auth/sign_in.html",
        faults=faults,
        login=request.form.get("login", "")[:200],
        parked=PARKED in request.cookies,
        elsewhere=buttons,
        **frame(),
    )
    return shown, status_of(problem), waiting_time(problem)


def status_of(problem: Refused | None) -> int:
    """401 for what is wrong, 429 for too many attempts, 503 for too many people."""
    if problem is None:
        return 200
    return problem.http_status if isinstance(problem, Locked | Busy) else 401


def waiting_time(problem: Refused | None) -> dict[str, str]:
    """The header that says when to try again."""
    if isinstance(problem, Locked):
        return {"Retry-After": str(max(1, round((problem.until - registry().now).total_seconds())))}
    return {"Retry-After": "60"} if isinstance(problem, Busy) else {}


def entered(found: verbs.Entered, target: str | None = None) -> BaseResponse:
    """On to the page that was asked for (`target`, or the address says it), or to the second factor."""
    target = target or request.args.get("next")
    if found.waits_for_code:
        response = redirect(url_for(".code", next=target), 303)
        set_cookie(response, STEP, found.token)
        return response
    response = signed_in(redirect(inside(target), 303), found.token)
    response.delete_cookie(STEP)
    for words in last_sign_in(registry(), found.token):
        flash(str(words))
    return response


def signed_in(response: BaseResponse, token: str) -> BaseResponse:
    """The response with the session's cookie. Whatever was open in this browser before ends, its form tokens too."""
    if before := request.cookies.get(COOKIE):
        sessions.sign_out(registry(), token=before)
    session.clear()
    set_cookie(response, COOKIE, token)
    return response


def set_cookie(response: BaseResponse, name: str, value: str) -> None:
    """A cookie that no script reads and no other site sends along."""
    response.set_cookie(name, value, httponly=True, samesite="Lax", secure=registry().settings.secure_cookies)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
def code() -> Any:
    """The second factor, after the password."""
    faults: list[dict[str, Any]] = []
    problem: Refused | None = None
    token = request.cookies.get(STEP, "")
    if request.method == "POST":
        csrf.protect()
        try:
            return entered(
                verbs.give_code(registry(), token=token, code=request.form.get("code", "")[:40], asking=asking())
            )
        except Locked as error:
            problem = error
        except Refused as error:
            return sign_in_page(error)
        except BadInput as error:
            faults = [{"field": f.field, "message": f.message} for f in error.faults]
    elif not token:
        return redirect(url_for(".sign_in", next=request.args.get("next")))
    faults += [{"field": "code", "message": problem.message}] if problem else []
    shown = render_template("auth/code.html", faults=faults, **frame())
    return shown, status_of(problem) if problem else 401 if faults else 200, waiting_time(problem)


@blueprint.get("/sign-in/by/<provider>")
def begin_elsewhere(provider: str) -> Any:
    """To another system, which says who somebody is."""
    one = provider_of(provider)
    try:
        begun = one.begin(callback(provider))
    except Exception as error:  # a plugin's failure is told as one, whatever it is
        return sign_in_page(silent(provider, error))
    until = (datetime.now(UTC) + BACK_WITHIN).isoformat()
    session[ELSEWHERE] = {
        "provider": provider,
        "until": until,
        "keep": dict(begun.keep),
        "next": request.args.get("next"),
        "root": request.script_root,
    }
    return redirect(begun.address)


@blueprint.get("/sign-in/back/<provider>")
def back_from_elsewhere(provider: str) -> Any:
    """Back from there."""
    one, kept = provider_of(provider), session.pop(ELSEWHERE, None)
    if not kept or kept["provider"] != provider or datetime.fromisoformat(kept["until"]) < datetime.now(UTC):
        return sign_in_page(Refused(msg("This took too long. Please sign in again.")))
    try:
        identity = one.finish(callback(provider), request.args.to_dict(), kept["keep"])
    except Refused as error:
        return sign_in_page(error)
    except Exception as error:  # as above
        return sign_in_page(silent(provider, error))
    try:
        found = verbs.sign_in_by(registry(), provider, identity, asking())
    except Refused as error:
        return sign_in_page(error)
    return entered(found, kept["next"] or kept["root"] + "/start")


def provider_of(name: str) -> AuthProvider:
    """A plugin's provider. Raises NotFound."""
    if name not in providers():
        raise NotFound(msg("There is no such page."))
    return providers()[name]


def callback(provider: str) -> str:
    """The one address to which browsers come back; it must be known to the other system."""
    return registry().settings.public_url.rstrip("/") + f"/sign-in/back/{provider}"


def silent(provider: str, error: Exception) -> Refused:
    """What people read when the other system fails; the cause is in the log."""
    log.error("sign-in by %s failed: %s: %s", provider, type(error).__name__, error)
    return Refused(
        msg("The other system does not answer as it should. Sign in with your password, or try again later.")
    )


@blueprint.route("/sign-out", methods=["POST"])
def sign_out() -> Any:
    """End the session. Its cookie stays until the browser closes: it opens nothing, and says whose a late form is."""
    csrf.protect()
    if token := request.cookies.get(COOKIE):
        sessions.sign_out(registry(), token=token)
    session.clear()
    return redirect(url_for("public.home"))


@blueprint.route("/start")
def start() -> Any:
    """Where a person's work is: the desk, or the applications."""
    found = signed()
    if found is None:
        raise Refused(msg("Please sign in."))
    if found.actor.has(*ADMINS):
        return redirect(url_for("admin.home"))
    return redirect(url_for("desk.home" if found.actor.is_staff else "apply.home"))
