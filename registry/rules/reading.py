"""A definition read from a file, as written or as a Chinese keyboard may mean it.

Every reading is parsed and validated, the one as written among them. Where one meaning comes of them, it is taken, and
what was read otherwise than written is told as a notice with the corrected line; where two, it is asked about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.written import Reread
from registry.rules.keyboard import BLANKS, Spelling, spellings
from registry.rules.yamlfile import Source, decoded, in_order, parsed, validated

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Understood(Generic[M]):
    """What came of a file: the definition, or faults; and in `notices` what was read otherwise than written."""

    model: M | None
    source: Source | None
    faults: list[Fault]
    notices: list[Fault] = field(default_factory=list)

    @property
    def doubts(self) -> frozenset[int]:
        """Lines that could mean something else."""
        return self.source.spelling.doubts if self.source and self.source.spelling else frozenset()


def understood(name: str, data: bytes, model_of: Callable[[Any], type[M]]) -> Understood[M]:
    """The definition in a file, as written or as a Chinese keyboard may mean it; never raises for what was written.

    `model_of` tells from the tree which model it is of.
    """
    try:
        text, encoding = decoded(name, data)
    except BadInput as error:
        return Understood(None, None, list(error.faults))
    tries = [_tried(name, text, spelling, model_of) for spelling in (None, *spellings(text))]
    meant = [one for one in tries if one.model is not None]
    best = meant[0] if meant else _nearest(tries)
    if best.doubts or any(_meaning(one) != _meaning(best) for one in meant if one is not best):
        best = Understood(None, best.source, _asked(name, meant))
    if encoding != "UTF-8":
        message = msg("The file is read as {encoding}.", encoding=encoding)
        notice = Fault(message, name, remedy=msg("Save it as UTF-8, so that no sign is taken for another."))
        return replace(best, notices=[notice, *best.notices])
    return best


def _nearest(tries: list[Understood[M]]) -> Understood[M]:
    """Of several tries that all failed, the one with least to say; what is no YAML either way is told as respelt."""

    def failure(one: Understood[M]) -> tuple[bool, int, bool]:
        return one.source is None, len(one.faults), (one is tries[0]) == (one.source is None)

    return min(tries, key=failure)


def _tried(name: str, text: str, spelling: Spelling | None, model_of: Callable[[Any], type[M]]) -> Understood[M]:
    """What comes of a text with this spelling."""
    try:
        source = parsed(name, text, spelling)
    except BadInput as error:
        return Understood(None, None, in_order(error.faults))
    notes = list[Reread]()
    model, faults = validated(model_of(source.data), source, notes)
    notices = [*_respelt(source), *(_note(source, note) for note in notes)]
    return Understood(model, source, faults, sorted(notices, key=lambda f: (f.line or 0, f.column or 0)))


def _respelt(source: Source) -> list[Fault]:
    """A notice for each line that is read with other signs than it has."""
    found = []
    for number, line in source.spelling.lines.items() if source.spelling else ():
        message = msg("The blanks here are read as plain spaces.")
        if line.signs:
            given, meant = (" ".join(side) for side in zip(*line.signs, strict=True))
            message = msg("“{given}” is read as “{meant}”.", given=given, meant=meant)
        found.append(source.shown(Fault(message, source.name, number, line.first)))
    return found


def _note(source: Source, note: Reread) -> Fault:
    message = msg("“{given}” is read as “{meant}”.", given=note.given, meant=note.plain)
    return source.shown(Fault(message, source.name, note.line, note.column), note.given, note.plain)


def _asked(name: str, meant: list[Understood[M]]) -> list[Fault]:
    """A fault for each line of which something else can be meant than what is written."""
    sources = [one.source for one in meant if one.source and one.source.spelling]
    asked = {line: source for source in reversed(sources) for line in source.spelling.lines}  # type: ignore[union-attr]
    remedy = msg("If it is part of a text, put the text in quotes; if not, write the line as below.")
    return in_order(
        source.shown(Fault(msg("This line can be read in two ways."), name, line, changed.first, remedy=remedy))
        for line, source in asked.items()
        if source.spelling and (changed := source.spelling.lines[line])
    )


def _meaning(one: Understood[M]) -> Any:
    """A definition as plain values, by which two are compared; blanks around a text mean nothing."""
    return _trimmed(one.model.model_dump()) if one.model else None


def _trimmed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_trimmed(key): _trimmed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_trimmed(item) for item in value]
    return value.strip(BLANKS) if isinstance(value, str) else value
