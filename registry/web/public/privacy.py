"""The privacy notice: what personal data is held, what for, on what basis and how long."""

from collections.abc import Iterator
from typing import Any

from registry.actions.held import HELD
from registry.base.i18n import Text
from registry.host.resolve import newest
from registry.rules.form import Personal
from registry.store.definition import in_force
from registry.web.stored import Shown


def model(shown: Shown) -> dict[str, Any]:
    """What the registry itself holds, and what each form in force asks for."""
    return {
        "held": HELD,
        "forms": [
            {"title": Text.model_validate(d.body["title"]), "fields": fields}
            for d in newest(in_force(shown.session, "form", shown.session.today))
            if (fields := list(personal(d.body)))
        ],
    }


def personal(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The personal fields of a published form. Taken from its body: thousands of forms are not kept for one page."""
    for section in form["sections"]:
        for field in section["fields"]:
            if "personal" in field:
                why = Personal.model_validate(field["personal"])
                yield {"label": Text.model_validate(field["label"]), "why": why}
