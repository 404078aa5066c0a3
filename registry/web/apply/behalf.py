"""The applicant's pages of an application on paper, for the officer who enters it on behalf of who files."""

from dataclasses import replace

from flask import g, request

from registry.actions.paper import on_behalf
from registry.web.context import registry, signed

PAGES = frozenset(
    {"apply.tasks", "apply.section", "apply.check", "apply.receipt", "apply.receipt_code", "apply.file"},
)
"""What is done on behalf: filling in, sending, the receipt. Only the applicant withdraws."""


def act_on_behalf() -> None:
    """Before a page of one application: whoever enters it from paper acts for its filer, in this request alone."""
    found, id = signed(), (request.view_args or {}).get("id")
    if request.endpoint in PAGES and found is not None and id and found.actor.is_staff:
        acting = on_behalf(registry(), found.actor, id)
        if acting is not None:
            g.signed, g.on_paper = replace(found, actor=acting), True
