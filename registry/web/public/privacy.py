"""The privacy notice: what personal data is held, what for, on what basis and how long."""

from typing import Any

from registry.actions.held import HELD
from registry.host.resolve import read_as
from registry.rules.form import Form
from registry.store.definition import in_force
from registry.web.stored import Shown


def model(shown: Shown) -> dict[str, Any]:
    """What the registry itself holds, and what each form in force asks for."""
    forms = [read_as(Form, d) for d in in_force(shown.session, "form", shown.session.today)]
    return {
        "held": HELD,
        "forms": [
            {"title": form.title, "fields": fields}
            for form in forms
            if (fields := [{"label": f.label, "why": f.personal} for f in form.fields() if f.personal])
        ],
    }
