"""What a section of the administration is: who may open it, and where it begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from registry.base.errors import Refused
from registry.base.i18n import Message, msg
from registry.web import templating
from registry.web.context import require_actor
from registry.web.signin import gate


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its pages, what it is called and for, its first page, and the roles that may open it."""

    blueprint: Blueprint
    key: str
    name: Message
    what: Message
    first: str
    roles: frozenset[str]


def section_blueprint(key: str, import_name: str, roles: frozenset[str]) -> Blueprint:
    """A blueprint under `/admin/KEY` whose pages are for people with one of the roles."""
    made = Blueprint(f"admin_{key}", import_name, url_prefix=f"/admin/{key}")
    made.before_request(gate)
    made.before_request(only(roles))
    return made


def only(roles: frozenset[str]) -> Callable[[], None]:
    """A check that refuses whoever has none of the roles."""

    def check() -> None:
        if not require_actor().has(*roles):
            raise Refused(msg("These pages are for others; your role does not open them."))

    return check


def page(template: str, **context: Any) -> str:
    """A page of the administration: `templates/admin/TEMPLATE.html`."""
    return render_template(f"admin/{template}.html", **{**templating.frame(), **context})
