"""A form definition as a web form, and an answer as people read it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wtforms import FileField, Form, MultipleFileField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField

from registry.actions import uploads
from registry.base.i18n import Message, Text, msg
from registry.rules.form import Field
from registry.rules.identifiers import masked

YES_NO: dict[bool, Message] = {True: msg("yes"), False: msg("no")}
NUMBERS = ("number", "integer")
INPUT_MODES = {"number": "decimal", "integer": "numeric", "phone": "tel", "email": "email"}
ACCEPTED = ",".join(uploads.TYPES)


def web_form(fields: Iterable[Field], data: Mapping[str, Any], *, limit: int, labels: Mapping[str, Text]) -> Form:
    """A form of these fields with what was typed or saved; `limit` is the largest file in bytes.

    `labels` are the labels of all fields: what another field must say for one to count is told beside it, so that the
    page needs no script.
    """
    asked = list(fields)
    form: Form = type("SectionForm", (Form,), {f.id: web_field(f, limit, labels) for f in asked})(data=data)
    for field in asked:
        form[field.id].flags.required = field.required
    return form


def web_field(field: Field, limit: int, labels: Mapping[str, Text]) -> UnboundField:
    """One field. Values are checked by the definition's own reader, never here."""
    label = str(field.label)
    kw: dict[str, Any] = {"autocomplete": "off"}
    if field.unit:
        kw["data-unit"] = str(field.unit)
    if field.example:
        kw["data-example"] = str(field.example)
    about: dict[str, Any] = {"description": hint(field, labels), "render_kw": kw}
    if field.type == "yes_no":
        options = [SelectChoice("yes", str(YES_NO[True])), SelectChoice("no", str(YES_NO[False]))]
        return RadioField(label, choices=options, validate_choice=False, **about)
    if field.type == "choice":
        options = [SelectChoice(c.value, str(c.label)) for c in field.choices]
        return RadioField(label, choices=options, validate_choice=False, **about)
    if field.type == "file":
        kw |= {"data-limit": str(file_limit(limit, field.several)), "accept": ACCEPTED}
        return MultipleFileField(label, **about) if field.several else FileField(label, **about)
    if field.type == "long_text":
        return TextAreaField(label, **about | {"render_kw": kw | {"rows": "6"}})
    if field.type == "date":
        kw.setdefault("data-example", "2026-03-01")
    if field.type in INPUT_MODES:
        kw["inputmode"] = INPUT_MODES[field.type]
    return StringField(label, **about)


def file_limit(limit: int, several: bool, kinds: str = uploads.KINDS) -> Message:
    """What may be uploaded, in words."""
    most = limit // 2**20
    if not several:
        return msg("{kinds}; at most {limit} MB. One file; a new one takes its place.", kinds=kinds, limit=most)
    return msg("{kinds}; at most {limit} MB each. Several files are possible.", kinds=kinds, limit=most)


def hint(field: Field, labels: Mapping[str, Text]) -> str:
    """The help, what a good file shows, and when the field counts at all."""
    parts: list[Any] = [part for part in (field.help, field.sample) if part]
    if field.shown_when:
        answer = field.shown_when.equals
        shown_as = YES_NO[answer] if isinstance(answer, bool) else answer
        label = labels[field.shown_when.field]
        parts.insert(0, msg("Only if “{question}” is answered with {answer}.", question=label, answer=shown_as))
    return " ".join(str(part) for part in parts)


def as_typed(value: Any) -> str:
    """A saved value as it is put back into its field."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def as_read(field: Field, value: Any, opened: bool = False) -> Any:
    """An answer as it is read; personal ones masked unless opened."""
    if value is None:
        return None
    if field.personal and not opened:
        return masked(str(value))
    if field.type == "choice":
        return next((c.label for c in field.choices if c.value == value), value)
    if field.type in NUMBERS:
        return Decimal(str(value))
    return YES_NO[value] if isinstance(value, bool) else value
