"""What the pages of one's own account share."""

from typing import Any

from flask import render_template
from wtforms import Form

from registry.actions.sessions import SignedIn
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.web import templating
from registry.web.context import signed


def page(template: str, **context: Any) -> str:
    """A page of the account: `templates/account/TEMPLATE.html`."""
    return render_template(f"account/{template}.html", **{**templating.frame(), "here": "account", **context})


def require_signed() -> SignedIn:
    """The sign-in at hand. Raises Refused; the gate has sent everybody else to the sign-in page before."""
    found = signed()
    if found is None:
        raise Refused(msg("Please sign in."))
    return found


def shown_faults(form: Form, problem: BadInput | None) -> list[Fault]:
    """The faults of an input, each also beside its field."""
    faults = list(problem.faults) if problem else []
    for fault in faults:
        if fault.field in form._fields:
            form[fault.field].errors = [*form[fault.field].errors, str(fault.message)]
    return faults
