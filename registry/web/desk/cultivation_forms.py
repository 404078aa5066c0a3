"""The forms of the cultivation list: a brand, an aim, a visit or word, and what becomes of a suggestion."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from registry.actions.cultivation import LONGEST, About
from registry.base.errors import Fault
from registry.base.i18n import Message, msg
from registry.rules.facts import FactDef
from registry.rules.kind import Kind
from registry.web.apply.begin import Offer

FOUND_NAMES: dict[str, Message] = {
    "survey": msg("found in a survey"),
    "suggestion": msg("suggested by the public"),
    "policy": msg("named in a policy document"),
}
Labels = Mapping[str, tuple[Message, Message | None]]


class ListForm(Form):
    """A form whose words are messages, in the reader's language."""

    LABELS: Labels = {}
    REQUIRED: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        for field in self:
            label, hint = self.LABELS[field.name]
            field.label.text, field.description = str(label), str(hint or "")
            field.flags.required = field.name in self.REQUIRED

    def show(self, faults: Sequence[Fault]) -> list[Fault]:
        """Put the faults beside their fields; returns them for the summary."""
        by_name = {field.name: field for field in self}
        for fault in faults:
            if fault.field in by_name:
                by_name[fault.field].errors = [str(fault.message)]
        return list(faults)


def select_field(**kw: Any) -> SelectField:
    """A choice whose values the verb checks."""
    return SelectField(validate_choice=False, **kw)


def text_field(name: str, rows: int = 0, **kw: Any) -> StringField:
    """A line, or an area, with the length that the verb allows."""
    about = {"maxlength": str(LONGEST[name]), "autocomplete": "off", **kw}
    return TextAreaField(render_kw={**about, "rows": str(rows)}) if rows else StringField(render_kw=about)


class AboutForm(ListForm):
    """How it was found, and who brings it on how."""

    found = RadioField(validate_choice=False)
    found_note = text_field("found_note")
    builder = text_field("builder", list="builders")
    plan = text_field("plan", rows=6)
    tutor = text_field("tutor")

    REQUIRED = ("found",)
    LABELS: Labels = {
        "found": (msg("How it was found"), None),
        "found_note": (msg("The survey or document"), msg("Its title and date.")),
        "builder": (
            msg("Builder"),
            msg("The organisation by its full name; one that files already is suggested as you type."),
        ),
        "plan": (msg("Plan"), msg("What is to be done by when, and who does it. No names of persons.")),
        "tutor": (msg("Tutor"), msg("Unit and post, such as “county agricultural station, training post”.")),
    }

    def about(self) -> About:
        """What was written."""
        return About(**{name: self._fields[name].data or "" for name in AboutForm.LABELS})


class ItemForm(AboutForm):
    """A brand to be put on the list."""

    entry = select_field()
    name = text_field("name")
    what = select_field()
    class_ = select_field(name="class")

    LABELS: Labels = {
        **AboutForm.LABELS,
        "entry": (msg("A brand of the register"), msg("Or leave this open and write a new name below.")),
        "name": (msg("Name of a new brand"), None),
        "what": (msg("What it would apply for"), msg("Only for a new name.")),
        "class": (msg("Class"), msg("Only for a new name, and only where the kind has classes.")),
    }
    ORDER = ("entry", "name", "what", "class_", *AboutForm.LABELS)


class AdoptForm(ListForm):
    """A suggestion that is taken up."""

    name = text_field("name")
    what = select_field()
    class_ = select_field(name="class")
    REQUIRED = ("name", "what")
    LABELS: Labels = {
        "name": (msg("Name on the list"), None),
        "what": (ItemForm.LABELS["what"][0], None),
        "class": (msg("Class"), msg("Where the kind has classes.")),
    }


class AimForm(ListForm):
    """What a figure is to be in a year."""

    fact = select_field()
    year = StringField(render_kw={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"})
    target = StringField(render_kw={"inputmode": "decimal", "maxlength": "24", "autocomplete": "off"})
    REQUIRED = ("fact", "year")
    LABELS: Labels = {
        "fact": (msg("Figure"), None),
        "year": (msg("Year"), None),
        "target": (msg("Aim"), msg("A rate in per cent. Leave it empty to give the aim up.")),
    }


class NoteForm(ListForm):
    """A visit, or a word about the brand."""

    kind = RadioField(validate_choice=False, default="comment")
    on = StringField(render_kw={"type": "date"})
    words = text_field("words", rows=4)
    REQUIRED = ("kind", "words")
    LABELS: Labels = {
        "kind": (msg("What it is"), None),
        "on": (msg("Day"), msg("Empty is today.")),
        "words": (msg("What was seen, said or asked"), msg("No names, telephones or identity numbers.")),
    }

    def day(self) -> date | None:
        """The day that was typed; one that is none lies far ahead, so that the verb tells it."""
        try:
            return date.fromisoformat(self.on.data) if self.on.data else None
        except ValueError:
            return date.max


NOTE_NAMES: dict[str, Message] = {"visit": msg("visit"), "comment": msg("comment or question")}


def offer_choices(offers: Sequence[Offer]) -> list[SelectChoice]:
    """What can be applied for, as options."""
    return [SelectChoice("", str(msg("Choose"))), *(SelectChoice(o.value, str(o.title)) for o in offers)]


def class_choices(by_id: Mapping[str, Kind], offers: Sequence[Offer]) -> list[SelectChoice]:
    """The classes of the kinds that have some."""
    found = {
        id: label
        for kind in dict.fromkeys(o.form.kind for o in offers)
        for id, label in (by_id[kind].classes.items() if kind in by_id else ())
    }
    return [SelectChoice("", str(msg("Choose"))), *(SelectChoice(id, str(label)) for id, label in found.items())]


def fact_choices(facts: Mapping[str, FactDef]) -> list[SelectChoice]:
    """The figures that can be aimed at."""
    return [SelectChoice(id, str(f.label)) for id, f in facts.items() if f.numeric]
