"""Forms as data: sections of typed fields, each writing to one place; reading and checking what was entered.

One definition feeds the web form, check-answers, the service guide's materials, print and import.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import Field as PydanticField
from pydantic import model_validator

from registry.base.errors import Fault
from registry.base.i18n import Message, Text, msg
from registry.base.period import Period
from registry.rules.facts import OWNER_TYPES
from registry.rules.header import Header, Level
from registry.rules.identifiers import credit_code_fault, id_fault, phone_fault
from registry.rules.model import Model, Number, Whole

FieldType = Literal[
    "text",
    "long_text",
    "number",
    "integer",
    "date",
    "yes_no",
    "choice",
    "credit_code",
    "id_number",
    "phone",
    "email",
    "file",
]
OF_A_PERSON = ("id_number", "phone", "email")
"""Types whose answers lead to a person: such a field says why it asks."""
PeriodName = Literal["last_year", "year_before_last", "this_year"]
Bodies = Literal["owner_name", "owner_code", "owner_type", "units"]
BACK: dict[PeriodName, int] = {"this_year": 0, "last_year": 1, "year_before_last": 2}


class Choice(Model):
    """One choice of a field."""

    value: str
    label: Text


class Writes(Model):
    """Where a field's value goes: one of an answer, a declared fact, the entry's profile, or who stands behind it."""

    answer: bool = False
    fact: str | None = None
    period: PeriodName | None = None
    profile: str | None = None
    bodies: Bodies | None = None
    """The owner (by name, credit code, type) or the building units (one a line); entered with the recognition."""

    @model_validator(mode="after")
    def _one(self) -> "Writes":
        said = (self.fact, self.profile, self.bodies)
        if self.answer + sum(one is not None for one in said) != 1:
            raise ValueError("writes to exactly one of: answer, fact, profile, bodies")
        return self

    def period_on(self, filed_on: date) -> Period | None:
        """The period that a fact is declared for by somebody filing on a day."""
        return Period(filed_on.year - BACK[self.period]) if self.period else None


class Personal(Model):
    """Why a personal field is asked for, on what basis, and how long it is kept."""

    purpose: Text
    basis: Text
    retention: Text


class ShownWhen(Model):
    """The field is asked for only while another one has this value; the server enforces it."""

    field: str
    equals: str | bool


class Field(Model):
    """One question."""

    id: str = PydanticField(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    label: Text
    type: FieldType = "text"
    writes: Writes = Writes(answer=True)
    required: bool = True
    help: Text | None = None
    example: Text | None = None
    unit: Text | None = None
    choices: list[Choice] = []
    min: Number | None = None
    max: Number | None = None
    max_length: Whole = PydanticField(default=200, ge=1, le=5000)
    shown_when: ShownWhen | None = None
    sample: Text | None = None
    """For a file: what a good one shows."""
    several: bool = False
    personal: Personal | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Field":
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a choice needs choices, and only a choice has them")
        if self.type in OF_A_PERSON and self.personal is None:
            raise ValueError("a telephone, e-mail or ID number needs personal: purpose, basis, retention")
        if self.personal and not self.writes.answer:
            raise ValueError("what is personal is an answer: a fact or a profile would publish it")
        if self.type == "file" and not self.writes.answer:
            raise ValueError("a file is always an answer: it stays in the case as evidence")
        if self.writes.bodies == "owner_type" and {c.value for c in self.choices} != OWNER_TYPES:
            raise ValueError("an owner's type is chosen from: regional, enterprise")
        return self


class Section(Model):
    """One topic, one page."""

    id: str = PydanticField(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    title: Text
    intro: Text | None = None
    fields: list[Field] = PydanticField(min_length=1)


class Guide(Model):
    """What the service guide says beside what follows from the definitions."""

    who: Text
    contact: Text
    fee: Text = Text.model_validate({"zh-Hans": "免费", "zh-Hant": "免費", "en": "Free of charge"})
    questions: list[dict[Literal["ask", "answer"], Text]] = []
    updated: date


class Form(Header):
    """An application form."""

    kind: str
    product: str | None = None
    level: Level | None = None
    procedure: str = "recommend"
    guide: Guide
    declaration: Text
    sections: list[Section] = PydanticField(min_length=1)

    def fields(self) -> Iterator[Field]:
        """All fields in order."""
        for section in self.sections:
            yield from section.fields

    def field(self, id: str) -> Field | None:
        """A field by id."""
        return next((f for f in self.fields() if f.id == id), None)

    def section(self, id: str) -> Section | None:
        """A section by id."""
        return next((s for s in self.sections if s.id == id), None)


def shown(field: Field, answers: Mapping[str, Any]) -> bool:
    """Whether a field is asked for, given the other answers."""
    return field.shown_when is None or answers.get(field.shown_when.field) == field.shown_when.equals


def read_value(field: Field, raw: str) -> tuple[Any, Message | None]:
    """(value as JSON, fault) of what was typed. Empty is None; numbers become decimal text, dates ISO text."""
    raw = raw.strip().replace("\r\n", "\n")
    if not raw:
        return None, None
    if any(ord(c) < 32 and c not in "\n\t" or c == "\ufffd" for c in raw):
        return None, msg("This holds characters that cannot be read; type it again instead of pasting it.")
    reader = READERS.get(field.type)
    return reader(field, raw) if reader else _read_text(field, raw)


def _read_text(field: Field, raw: str) -> tuple[Any, Message | None]:
    if len(raw) > field.max_length:
        return None, msg("This has {n} characters; at most {max} are possible.", n=len(raw), max=field.max_length)
    return raw, None


def _read_number(field: Field, raw: str) -> tuple[Any, Message | None]:
    text = raw.translate(str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")).replace(",", "").replace(" ", "")
    try:
        value = Decimal(text)
        if not value.is_finite() or len(text) > 24:
            raise InvalidOperation
    except InvalidOperation:
        return None, msg("“{raw}” is not a number; write digits only, such as 1200.", raw=raw[:40])
    if field.type == "integer" and value != value.to_integral_value():
        return None, msg("Write a whole number, without decimals.")
    if field.min is not None and value < field.min:
        return None, msg("This must be at least {min}.", min=f"{field.min:f}")
    if field.max is not None and value > field.max:
        return None, msg("This must be at most {max}.", max=f"{field.max:f}")
    return f"{value:f}", None


def _read_date(field: Field, raw: str) -> tuple[Any, Message | None]:
    match = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", raw)
    try:
        if not match:
            raise ValueError
        return date(*map(int, match.groups())).isoformat(), None
    except ValueError:
        return None, msg("“{raw}” is not a date of the calendar; write it as 2026-03-01.", raw=raw[:40])


def _read_yes_no(field: Field, raw: str) -> tuple[Any, Message | None]:
    return (raw == "yes", None) if raw in ("yes", "no") else (None, msg("Choose yes or no."))


def _read_choice(field: Field, raw: str) -> tuple[Any, Message | None]:
    return (raw, None) if raw in {c.value for c in field.choices} else (None, msg("Choose one of the answers offered."))


def _read_credit_code(field: Field, raw: str) -> tuple[Any, Message | None]:
    code = raw.upper().replace(" ", "")
    fault = credit_code_fault(code)
    return (None, fault) if fault else (code, None)


def _read_id_number(field: Field, raw: str) -> tuple[Any, Message | None]:
    number = raw.upper().replace(" ", "")
    fault = id_fault(number)
    return (None, fault) if fault else (number, None)


def _read_phone(field: Field, raw: str) -> tuple[Any, Message | None]:
    fault = phone_fault(raw)
    return (None, fault) if fault else (raw, None)


def _read_email(field: Field, raw: str) -> tuple[Any, Message | None]:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}", raw):
        return None, msg("“{raw}” is not an e-mail address; it looks like name@example.cn.", raw=raw[:60])
    return _read_text(field, raw)


READERS = {
    "number": _read_number,
    "integer": _read_number,
    "date": _read_date,
    "yes_no": _read_yes_no,
    "choice": _read_choice,
    "credit_code": _read_credit_code,
    "id_number": _read_id_number,
    "phone": _read_phone,
    "email": _read_email,
}


def missing(form: Form, answers: Mapping[str, Any], files: Mapping[str, Any]) -> list[Fault]:
    """A fault for every field that must be answered and is not."""
    return [
        Fault(msg("“{label}” is still needed.", label=field.label), field=field.id)
        for field in form.fields()
        if field.required and shown(field, answers) and empty(field, answers, files)
    ]


def empty(field: Field, answers: Mapping[str, Any], files: Mapping[str, Any]) -> bool:
    """Whether nothing was entered for a field."""
    return not files.get(field.id) if field.type == "file" else answers.get(field.id) in (None, "")


def declared(form: Form, answers: Mapping[str, Any], filed_on: date) -> list[tuple[str, Period | None, str]]:
    """The facts that a submission declares: (fact, period, value as text)."""
    result = []
    for field in form.fields():
        value = answers.get(field.id)
        if field.writes.fact and value is not None and shown(field, answers):
            text = ("true" if value else "false") if isinstance(value, bool) else str(value)
            result.append((field.writes.fact, field.writes.period_on(filed_on), text))
    return result


def profile_of(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The profile words that a submission proposes."""
    return {
        f.writes.profile: answers[f.id] for f in form.fields() if f.writes.profile and answers.get(f.id) is not None
    }


def bodies_of(form: Form, answers: Mapping[str, Any]) -> dict[Bodies, str]:
    """Who stands behind the entry, as a submission says."""
    return {
        f.writes.bodies: str(answers[f.id]) for f in form.fields() if f.writes.bodies and answers.get(f.id) is not None
    }
