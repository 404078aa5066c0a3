"""Forms that were sent when the sign-in had ended: kept encrypted, given back once, to nobody but who had typed them."""

from datetime import timedelta

from flask import Response, g, request
from sqlmodel import col, delete
from werkzeug.wrappers import Response as BaseResponse

from registry.actions.sessions import owner_of
from registry.store.account import ParkedForm
from registry.web.context import COOKIE, actor, registry

PARKED = "registry_parked"
PARKED_FOR = timedelta(days=1)
NEVER_PARKED = frozenset({"csrf_token", "password", "old", "new", "again", "code", "key"})


def park(response: BaseResponse) -> None:
    """Keep what was typed until the person has signed in again.

    Whose it is says the cookie of the sign-in, ended or not. Without one nothing is kept: it could be anybody's.
    """
    fields = {k: v for k, v in request.form.to_dict(flat=False).items() if k not in NEVER_PARKED}
    with registry().store.system() as session:
        owner = owner_of(session, request.cookies.get(COOKIE, ""))
        if owner is None:
            return
        session.exec(delete(ParkedForm).where(col(ParkedForm.created_at) < session.now - PARKED_FOR))
        row = ParkedForm(path=request.path, fields=fields, account_id=owner, created_at=session.now)
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
    """What this person had typed on this page before the sign-in ended; taken once."""
    id, person = request.cookies.get(PARKED), actor()
    if not id or person is None or request.method != "GET":
        return {}
    with registry().store.system() as session:
        row = session.get(ParkedForm, id)
        mine = row is not None and row.account_id == person.account and row.path == request.path
        if row is None or not mine or session.now - row.created_at > PARKED_FOR:
            return {}
        fields = row.fields
        session.delete(row)
    g.forget_parked = True
    return fields


def forget_parked(response: Response) -> Response:
    """After each request: the cookie of a form that has been taken up is not needed any more."""
    if g.pop("forget_parked", False):
        response.delete_cookie(PARKED)
    return response
