"""What a request has at hand: the registry, and who is signed in."""

from flask import current_app, g, request

from registry.actions.sessions import SignedIn, look_up
from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.host.resolve import kinds
from registry.rules.kind import Kind
from registry.rules.permission import Actor
from registry.store.session import ReadSession

COOKIE = "registry_session"


def registry() -> Registry:
    """The registry that this application serves."""
    return current_app.extensions["registry"]


def signed() -> SignedIn | None:
    """The sign-in of this request, looked up once."""
    if "signed" not in g:
        token = request.cookies.get(COOKIE)
        g.signed = look_up(registry(), token) if token else None
    return g.signed


def kinds_now(session: ReadSession) -> list[Kind]:
    """The kinds in force, read once in a request."""
    if "kinds" not in g:
        g.kinds = kinds(session, session.today)
    return list(g.kinds)


def actor() -> Actor | None:
    """Who is signed in."""
    found = signed()
    return found.actor if found else None


def sitting() -> str:
    """What tells this sign-in from any other, without its token; empty when nobody is signed in."""
    found = signed()
    return found.sitting if found else ""


def require_actor() -> Actor:
    """Who is signed in. Raises Refused; the blueprints' gate has sent everybody else to the sign-in page before."""
    found = actor()
    if found is None:
        raise Refused(msg("Please sign in."))
    return found
