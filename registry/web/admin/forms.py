"""What the forms of the administration share: labels in the reader's language, faults in our words."""

from collections.abc import Callable, Mapping
from typing import Any

from wtforms import DateField, Form

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg


def labelled(form: Form, labels: Mapping[str, Message]) -> Form:
    """The form with its labels in the reader's language, and an example beside each date."""
    for field in form:
        field.label.text = str(labels[field.name])
        if isinstance(field, DateField):
            field.description = str(msg("For example: {example}", example="2026-03-01"))
    return form


def attempt(form: Form, do: Callable[[], Any]) -> list[Fault]:
    """Do what a form asks for; what is wrong with it, as the form or the verb finds."""
    if not form.validate():
        wrong = msg("Fill this in; a date is written 2026-03-01.")
        return [Fault(wrong, field=name) for name in form.errors]
    try:
        do()
    except BadInput as error:
        return list(error.faults)
    return []
