"""Checking forms: fields that write nowhere, depend on nothing, are of another type than what they write, or stand twice."""

from collections.abc import Iterator, Mapping
from typing import get_args

from registry.base.errors import Fault
from registry.base.i18n import Message, msg
from registry.rules.facts import FactDef
from registry.rules.form import Field, Form
from registry.rules.header import Procedure
from registry.rules.kind import Kind
from registry.rules.wording import did_you_mean
from registry.rules.yamlfile import Loc, Source

TYPES: dict[str, frozenset[str]] = {
    "count": frozenset({"integer", "number"}),
    "amount": frozenset({"integer", "number"}),
    "ratio": frozenset({"number"}),
    "duration": frozenset({"integer", "number"}),
    "yes_no": frozenset({"yes_no"}),
    "choice": frozenset({"choice", "text"}),
    "date": frozenset({"date"}),
}
"""Type of a fact → the types of fields that can say it."""


def form_faults(form: Form, source: Source, kind: Kind | None, facts: Mapping[str, FactDef]) -> Iterator[Fault]:
    """The faults of a form; `facts` are those of its kind and of the criteria for it."""
    if form.procedure not in (known := get_args(Procedure)):
        words = msg("There is no procedure “{name}”.", name=form.procedure)
        yield source.fault(words, "procedure", remedy=did_you_mean(form.procedure, known))
    seen: dict[str, Field] = {}
    for i, section in enumerate(form.sections):
        for j, field in enumerate(section.fields):
            loc: Loc = ("sections", i, "fields", j)
            if field.id in seen:
                yield source.fault(msg("The field “{id}” stands twice.", id=field.id), *loc, "id")
            yield from _condition(field, seen, source, loc)
            yield from _writes(field, kind, facts, source, loc)
            seen[field.id] = field


def _condition(field: Field, above: Mapping[str, Field], source: Source, loc: Loc) -> Iterator[Fault]:
    """What decides whether a field is asked for stands above it and can have that answer."""
    if field.shown_when is None:
        return
    other, wanted = above.get(field.shown_when.field), field.shown_when.equals
    if other is None:
        words = msg("“{id}” is no field above this one.", id=field.shown_when.field)
        remedy = did_you_mean(field.shown_when.field, above)
        yield source.fault(words, *loc, "shown_when", "field", remedy=remedy)
    elif other.type == "choice" and wanted not in (values := [c.value for c in other.choices]):
        words = msg("“{id}” has no answer “{value}”.", id=other.id, value=_shown(wanted))
        yield source.fault(words, *loc, "shown_when", "equals", remedy=did_you_mean(wanted, values))
    elif (other.type == "yes_no") != isinstance(wanted, bool):
        words = msg("“{id}” has no answer “{value}”.", id=other.id, value=_shown(wanted))
        yield source.fault(words, *loc, "shown_when", "equals", remedy=_yes_or_no(other))


def _yes_or_no(field: Field) -> Message | None:
    return msg("Write true or false.") if field.type == "yes_no" else None


def _shown(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _writes(field: Field, kind: Kind | None, facts: Mapping[str, FactDef], source: Source, loc: Loc) -> Iterator[Fault]:
    """Where a field's answer goes is there, and takes it."""
    if name := field.writes.fact:
        fact = facts.get(name)
        if fact is None:
            words = msg("There is no fact “{fact}”.", fact=name)
            yield source.fault(words, *loc, "writes", "fact", remedy=did_you_mean(name, facts))
        elif field.type not in TYPES[fact.type]:
            words = msg("The fact “{fact}” cannot be said by a field of the type “{type}”.", fact=name, type=field.type)
            remedy = msg("Such as: type: {type}.", type=min(TYPES[fact.type]))
            yield source.fault(words, *loc, "type", remedy=remedy)
    if kind and field.writes.profile and field.writes.profile not in kind.profile:
        words = msg("The kind has no profile field “{field}”.", field=field.writes.profile)
        yield source.fault(words, *loc, "writes", "profile", remedy=did_you_mean(field.writes.profile, kind.profile))
