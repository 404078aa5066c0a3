"""The two forms of the public: an objection, and the self-check."""

from collections.abc import Mapping
from typing import Any

from wtforms import Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from registry.actions import notices as notice_verbs
from registry.base.errors import BadInput, Fault
from registry.base.i18n import LANGUAGES, Message, Text, msg
from registry.rules.facts import FactDef
from registry.rules.form import Field, read_value
from registry.web.templating import text

LONGEST = 200
"""Characters of a name, a unit or a way of contact."""
UNREADABLE = msg("This holds characters that cannot be read; type it again instead of pasting it.")
FILLS = {"name": "name", "unit": "organization", "contact": "tel"}
"""What the browser may fill in."""


def readable(words: str) -> bool:
    """Whether a person can have typed this."""
    return all(c in "\r\n\t" or ord(c) >= 32 and c != "\x7f" and c != "\ufffd" for c in words)


class ObjectionForm(Form):
    """What an objector is asked."""

    sort = RadioField(validate_choice=False)
    words = TextAreaField()
    name = StringField()
    unit = StringField()
    contact = StringField()

    LABELS = {
        "sort": (msg("How do you want to send it?"), None),
        "words": (msg("What is wrong?"), msg("Facts, dates, and where you know them from.")),
        "name": (msg("Your name"), msg("Kept encrypted; seen only by whoever answers.")),
        "unit": (msg("Your unit"), msg("If you write for one.")),
        "contact": (msg("Telephone or e-mail"), msg("So that you can be asked and answered.")),
    }

    def given(self) -> dict[str, str]:
        """What was written. Raises BadInput with every fault that can be seen before it is sent."""
        given = {f.name: f.data or "" for f in self}
        faults = [
            Fault(msg("This has {n} characters; at most {max} are possible.", n=len(words), max=LONGEST), field=name)
            for name, words in given.items()
            if name not in ("words", "sort") and len(words) > LONGEST
        ]
        faults += [Fault(UNREADABLE, field=name) for name, words in given.items() if not readable(words)]
        faults += sort_faults(given.pop("sort"), given)
        try:
            notice_verbs.check_words(given["words"], "", "")
        except BadInput as error:
            faults += error.faults
        if faults:
            raise BadInput(faults)
        return given

    def show(self, error: BadInput) -> list[Any]:
        """Put the faults beside their fields; returns them for the summary."""
        for fault in error.faults:
            if fault.field in self._fields:
                self._fields[fault.field].errors = [str(fault.message)]
        return list(error.faults)


def sort_faults(sort: str, given: Mapping[str, str]) -> list[Fault]:
    """What does not fit the way that was chosen: an objection carries a name, a lead carries none."""
    if sort not in SORTS:
        return [Fault(msg("Choose: an objection under your name, or a lead without it."), field="sort")]
    who = [name for name in ("name", "unit", "contact") if given[name].strip()]
    if sort == "lead":
        return [
            Fault(msg("A lead carries nothing about you: leave this empty, or choose the objection."), field=name)
            for name in who
        ]
    return [
        Fault(words, field=name)
        for name, words in (
            ("name", msg("An objection carries your name; or choose the lead.")),
            ("contact", msg("Say how the bureau can reach you; or choose the lead.")),
        )
        if name not in who
    ]


SORTS = {
    "named": msg("Objection under my name: this title waits until I am answered in writing"),
    "lead": msg("Lead without a name: it is looked into, holds nothing up, and nobody can answer me"),
}
"""实名异议 and 匿名线索, each with what follows from it."""


def objection_form(data: Any) -> ObjectionForm:
    """The form with its words in the reader's language."""
    form = ObjectionForm(data)
    for field in form:
        label, hint = form.LABELS[field.name]
        field.label.text, field.description = str(label), str(hint or "")
        if field.name == "sort":
            field.choices = [SelectChoice(key, str(words)) for key, words in SORTS.items()]
            continue
        field.render_kw = {"rows": "8"} if field.name == "words" else {"autocomplete": FILLS[field.name]}
    form.sort.flags.required = form.words.flags.required = True
    return form


def question(id: str, definition: FactDef, year: int) -> Field:
    """A fact as a question, so that the form's own reader checks it; yearly ones are asked for the last complete year."""
    kind = "yes_no" if definition.type == "yes_no" else "date" if definition.type == "date" else "number"
    return Field.model_validate(
        {
            "id": id,
            "label": definition.label,
            "type": kind,
            "required": False,
            "min": 0 if kind == "number" else None,
            "unit": definition.unit if definition.type != "ratio" else "%",
            "help": in_all(msg("The figure of {year}.", year=str(year))) if definition.per == "year" else None,
        }
    )


def in_all(words: Message) -> Text:
    """A message as the words of a definition."""
    return Text.model_validate({lang: words.text(lang) for lang in LANGUAGES})


def selfcheck_form(fields: list[Field], data: Mapping[str, Any]) -> Form:
    """A form of these questions; all of them may be left open."""
    made: dict[str, Any] = {}
    for field in fields:
        label, about = text(field.label), text(field.help) if field.help else ""
        kw = {"data-unit": text(field.unit)} if field.unit else {}
        if field.type == "yes_no":
            choices = [SelectChoice("yes", str(msg("yes"))), SelectChoice("no", str(msg("no")))]
            made[field.id] = RadioField(label, description=about, choices=choices, validate_choice=False, render_kw=kw)
        else:
            kw |= {"inputmode": "decimal", "maxlength": "24"}
            made[field.id] = StringField(label, description=about, render_kw=kw)
    return type("SelfCheck", (Form,), made)(data)


def read_selfcheck(fields: list[Field], form: Form) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(values, faults) of what was answered."""
    values, faults = {}, []
    for field in fields:
        value, fault = read_value(field, form[field.id].data or "")
        if fault:
            form[field.id].errors = [str(fault)]
            faults.append({"field": field.id, "message": fault})
        elif value is not None:
            values[field.id] = value
    return values, faults
