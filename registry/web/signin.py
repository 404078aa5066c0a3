"""Signing in and out, the gate before the inner pages, and forms parked when a sign-in has ended."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from registry.actions import signin as verbs
from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.store.account import ParkedForm
from registry.web.context import COOKIE, actor, registry
from registry.web.templating import frame

blueprint = Blueprint("auth", __name__)
csrf = CSRFProtect()
PARKED = "registry_parked"
PARKED_FOR = timedelta(days=1)
NEVER_PARKED = {"csrf_token", "password", "key"}


def gate() -> BaseResponse | None:
    """Before every inner page: signed in, or parked and sent to sign in; then the form's token is checked."""
    if actor() is None:
        response = redirect(url_for("auth.sign_in", next=request.script_root + request.full_path.rstrip("?")))
        if request.method == "POST" and request.form:
            park(response)
        return response
    if request.method == "POST":
        csrf.protect()
    return None


def park(response: BaseResponse) -> None:
    """Keep what was typed, encrypted, until the person has signed in again."""
    fields = {k: v for k, v in request.form.to_dict(flat=False).items() if k not in NEVER_PARKED}
    with registry().store.system() as session:
        row = ParkedForm(path=request.path, fields=fields, created_at=session.now)
        session.add(row)
    response.set_cookie(
        PARKED,
        row.id,
        max_age=int(PARKED_FOR.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=registry().settings.secure_cookies,
    )


def unparked() -> dict[str, list[str]]:
    """What was typed on this page before the sign-in ended; taken once."""
    id = request.cookies.get(PARKED)
    if not id or request.method != "GET":
        return {}
    with registry().store.system() as session:
        row = session.get(ParkedForm, id)
        if row is None or row.path != request.path or session.now - row.created_at > PARKED_FOR:
            return {}
        fields = row.fields
        session.delete(row)
    g.forget_parked = True
    return fields


@blueprint.after_app_request
def forget_parked(response: Response) -> Response:
    """The cookie of a parked form that has been taken up is not needed any more."""
    if g.pop("forget_parked", False):
        response.delete_cookie(PARKED)
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


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """The sign-in page."""
    problem = None
    if request.method == "POST":
        csrf.protect()
        try:
            token = verbs.sign_in(
                registry(), login=request.form.get("login", ""), password=request.form.get("password", "")
            )
            return signed_in(redirect(inside(request.args.get("next"))), token)
        except Refused as error:
            problem = error.message
    faults = [{"field": "login", "message": problem}] if problem else []
    parked = PARKED in request.cookies
    return render_template(
        "auth/sign_in.html", faults=faults, login=request.form.get("login", ""), parked=parked, **frame()
    ), 401 if problem else 200


def signed_in(response: BaseResponse, token: str) -> BaseResponse:
    """The response with the session's cookie."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=registry().settings.secure_cookies)
    return response


@blueprint.route("/sign-out", methods=["POST"])
def sign_out() -> Any:
    """End the session."""
    csrf.protect()
    if token := request.cookies.get(COOKIE):
        verbs.sign_out(registry(), token=token)
    response = redirect(url_for("public.home"))
    response.delete_cookie(COOKIE)
    return response


@blueprint.route("/start")
def start() -> Any:
    """Where a person's work is: the desk, or the applications."""
    found = actor()
    if found is None:
        raise Refused(msg("Please sign in."))
    return redirect(url_for("desk.home" if found.is_staff else "apply.home"))
