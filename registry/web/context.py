"""What a request has at hand: the registry, and who is signed in."""

from flask import current_app, g, request

from registry.actions.signin import who
from registry.base.errors import Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import Actor

COOKIE = "registry_session"


def registry() -> Registry:
    """The registry that this application serves."""
    return current_app.extensions["registry"]


def actor() -> Actor | None:
    """Who is signed in, looked up once a request."""
    if "actor" not in g:
        token = request.cookies.get(COOKIE)
        g.actor = who(registry(), token) if token else None
    return g.actor


def require_actor() -> Actor:
    """Who is signed in. Raises Refused; the blueprints' gate has sent everybody else to the sign-in page before."""
    found = actor()
    if found is None:
        raise Refused(msg("Please sign in."))
    return found
