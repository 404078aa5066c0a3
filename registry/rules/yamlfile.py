"""Definitions as authors write them: YAML 1.2 with the place of every key and value, and every fault at once.

What YAML lets one write and nobody here needs is refused: anchors, aliases, merge keys, tags, a key said twice,
several documents, more than 256 kB or 40 levels. Numbers become `int` or `Decimal`; `on`, `no` and `yes`, dates and
digits that begin with 0 stay text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.base.written import Reread, WrittenNumber, WrittenText
from registry.rules.keyboard import Spelling
from registry.rules.wording import syntax, worded

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
MAX_SHOWN = 1000
"""Characters of a line up to which it is shown corrected."""

Loc = tuple[str | int, ...]
Place = tuple[int, int]
M = TypeVar("M", bound=BaseModel)

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,9}")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Source:
    """A file that was read: its plain tree, and where in the file each part of it stands (lines count from 1)."""

    name: str
    data: Any
    values: dict[Loc, Place] = field(repr=False, default_factory=dict)
    keys: dict[Loc, Place] = field(repr=False, default_factory=dict)
    faults: tuple[Fault, ...] = ()
    """What YAML allows and we do not (a key said twice, an alias, a tag); `validate` reports it with the rest."""
    lines: tuple[str, ...] = field(repr=False, default=())
    """The lines of the file, as written."""
    spelling: Spelling | None = field(repr=False, default=None)
    """What the file was taken for, if it was not read as written."""

    def _nearest(self, places: dict[Loc, Place], loc: Loc) -> Place | None:
        plain = tuple(p for p in loc if not (isinstance(p, str) and p[:1] in ("<", "[")))
        while plain and plain not in places:
            plain = plain[:-1]
        return places.get(plain) or self.values.get(plain)

    def at(self, *loc: str | int) -> Place:
        """Line and column of the value at `loc` or of the nearest thing around it; `<tags>` and `[key]` are skipped."""
        return self._nearest(self.values, loc) or (1, 1)

    def key_at(self, *loc: str | int) -> Place:
        """Line and column of the key at `loc`, or of the nearest key around it."""
        return self._nearest(self.keys, loc) or self.at(*loc)

    def get(self, *loc: str | int) -> Any:
        """The plain value at `loc`, or None."""
        value = self.data
        for part in loc:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def sub(self, *loc: str | int) -> "Source":
        """The part of the file at `loc` as a source of its own; places stay those of the file."""

        def inside(places: dict[Loc, Place]) -> dict[Loc, Place]:
            return {at[len(loc) :]: place for at, place in places.items() if at[: len(loc)] == loc}

        return replace(self, data=self.get(*loc), values=inside(self.values), keys=inside(self.keys), faults=())

    def fault(self, message: Message, *loc: str | int, remedy: Message | None = None, key: bool = False) -> Fault:
        """A fault at the value at `loc`, or with `key` at its key."""
        line, column = self.key_at(*loc) if key else self.at(*loc)
        return self.shown(Fault(message, self.name, line, column, remedy=remedy))

    def shown(self, fault: Fault, given: str = "", plain: str = "") -> Fault:
        """The fault with its line corrected: with half-width signs, and with `plain` in the place of `given`."""
        line, column = fault.line or 0, (fault.column or 1) - 1
        was = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        changed = self.spelling.lines.get(line) if self.spelling else None
        now = changed.text if changed else was
        if max(len(was), len(now)) > MAX_SHOWN:
            return fault
        if given and (at := now.find(given, bisect_left(changed.columns, column + 1) if changed else column)) >= 0:
            now = f"{now[:at]}{plain}{now[at + len(given) :]}"
        return fault if now == was else replace(fault, corrected=now)


class _Mapping(NamedTuple):
    """A mapping or list being read: where it goes, what is in it, and the key that waits for its value."""

    loc: Loc
    items: dict[str, Any] | list[Any]
    waiting: list[str]


ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030"}
"""What Windows Notepad saves, as it is called."""


def decoded(name: str, data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8 (with or without BOM), UTF-16 with BOM, else GB 18030. Raises BadInput."""
    if len(data) > MAX_BYTES:
        raise BadInput(Fault(msg("The file is larger than {limit} kB.", limit=MAX_BYTES // 1024), name))
    for encoding in ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]:
        try:
            text = data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
        if bad := _UNPRINTABLE.search(text):
            line, column = text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())
            code = f"{ord(bad[0]):04X}"
            message = msg("The character U+{code} may not stand in a definition.", code=code)
            raise BadInput(Fault(message, name, line, column))
        return text, ENCODINGS[encoding]
    raise BadInput(Fault(msg("The file is neither UTF-8, UTF-16 nor GB 18030."), name, remedy=msg("Save it as UTF-8.")))


def scalar(value: str, plain: bool) -> Any:
    """A scalar as YAML 1.2 reads it; quoted ones and blocks are text."""
    if not plain:
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _INT.fullmatch(value):
        return int(value)
    return Decimal(value) if _DECIMAL.fullmatch(value) else value


def _written(value: Any, place: Place) -> Any:
    """Plain text and what may be a region's digits, knowing where they stand."""
    if isinstance(value, str):
        text = WrittenText(value)
        text.line, text.column = place
        return text
    if type(value) is int and 99_999 < value < 1_000_000:
        number = WrittenNumber(value)
        number.line, number.column = place
        return number
    return value


class _Reader:
    """Builds the tree from the parser's events; never recursive, so that no file can exhaust the stack."""

    def __init__(self, name: str, text: str, spelling: Spelling | None) -> None:
        self.source = Source(name, None, lines=tuple(text.split("\n")), spelling=spelling)
        self.faults: list[Fault] = []
        self.open: list[_Mapping] = []
        self.root: Any = None

    def at(self, event: yaml.Event) -> Place:
        """Where an event stands in the file as written."""
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return self.source.spelling.origin(line, column) if self.source.spelling else (line, column)

    def fault(self, event: yaml.Event, message: Message, remedy: Message | None = None) -> None:
        line, column = self.at(event)
        self.faults.append(Fault(message, self.source.name, line, column, remedy=remedy))

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.DocumentStartEvent) and self.source.values:
            self.fault(event, msg("Only one document may stand in a file; remove the line “---”."))
            raise BadInput(self.faults)
        if isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.AliasEvent):
            self.fault(event, msg("Aliases (*) are not allowed."), msg("Write the value out."))
            self.put(event, None)
        elif isinstance(event, yaml.NodeEvent):
            self.node(event)

    def node(self, event: Any) -> None:
        """Take a scalar, or the beginning of a mapping or list."""
        if event.anchor is not None:
            self.fault(event, msg("Anchors (&) are not allowed."), msg("Write the value out where it is needed."))
        if event.tag is not None:
            self.fault(event, msg("Tags (!) are not allowed."), msg("Put text that begins with “!” in quotes."))
        if isinstance(event, yaml.ScalarEvent):
            if self.awaits_key():
                return self.key(event)
            value = scalar(event.value, event.implicit[0])
            return self.put(event, _written(value, self.at(event)) if event.implicit[0] else value)
        items: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if len(self.open) == MAX_DEPTH:
            self.fault(event, msg("More than {limit} levels deep.", limit=MAX_DEPTH))
            raise BadInput(self.faults)
        if self.awaits_key():
            self.fault(event, msg("A key must be a plain word."))
            raise BadInput(self.faults)
        loc = self.place(event)
        self.put(event, items)
        self.open.append(_Mapping(loc, items, []))

    def awaits_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].items, dict) and not self.open[-1].waiting

    def place(self, event: yaml.Event) -> Loc:
        """Where the coming value belongs; its place in the file is noted."""
        if not self.open:
            loc: Loc = ()
        else:
            top = self.open[-1]
            loc = (*top.loc, top.waiting[0] if isinstance(top.items, dict) else len(top.items))
        self.source.values.setdefault(loc, self.at(event))
        return loc

    def put(self, event: yaml.Event, value: Any) -> None:
        """Put a value where it belongs; a key said twice keeps its first value."""
        if self.awaits_key():
            return self.open[-1].waiting.append("")
        self.place(event)
        if not self.open:
            self.root = value
            return
        top = self.open[-1]
        if isinstance(top.items, dict):
            top.items.setdefault(top.waiting.pop(), value)
        else:
            top.items.append(value)

    def key(self, event: Any) -> None:
        """Take a key. Keys are text, whatever they look like."""
        top, key = self.open[-1], event.value
        first = self.source.keys.setdefault((*top.loc, key), self.at(event))
        if key in top.items:
            self.fault(event, msg("The key “{key}” is said twice (first at line {line}).", key=key, line=first[0]))
        if key == "<<" and event.implicit[0]:
            self.fault(event, msg("Merge keys (<<) are not allowed."), msg("Write the keys out."))
        top.waiting.append(key)


def read(name: str, data: bytes) -> Source:
    """The file `name` with this content. Raises BadInput when it is no YAML at all; lesser faults wait in `faults`."""
    return parsed(name, decoded(name, data)[0])


def parsed(name: str, text: str, spelling: Spelling | None = None) -> Source:
    """The tree of a text, or of what it is taken for. Raises BadInput."""
    reader = _Reader(name, text, spelling)
    try:
        for event in yaml.parse(spelling.text if spelling else text, Loader=yaml.CSafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        fault = syntax(name, spelling.text if spelling else text, error)
        if spelling:
            line, column = spelling.origin(fault.line or 1, fault.column or 1)
            fault = replace(fault, line=line, column=column)
        raise BadInput([*reader.faults, reader.source.shown(fault)]) from None
    if not reader.source.values:
        raise BadInput(Fault(msg("The file is empty."), name, 1, 1))
    return replace(reader.source, data=reader.root, faults=tuple(reader.faults))


def validate(model: type[M], source: Source) -> tuple[M | None, list[Fault]]:
    """The definition in `source`, or None and every fault of its shape, in the order of the file."""
    return validated(model, source, [])


def validated(model: type[M], source: Source, notes: list[Reread]) -> tuple[M | None, list[Fault]]:
    """`validate`; what was read otherwise than written is appended to `notes`."""
    faults = list(source.faults)
    try:
        made = model.model_validate(source.data, by_alias=True, by_name=False, context=notes)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            words = worded(model, item)
            fault = source.fault(words.message, *item["loc"], remedy=words.remedy, key=words.at_key)
            many = item.get("ctx", {}).get("many")
            faults.append(source.shown(fault, str(item["input"]), many) if many else fault)
        return None, in_order(faults)
    return (None, in_order(faults)) if faults else (made, [])


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults as a reader meets them; one a place, the one found first, so that no fault is told in two ways."""
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.place, fault)
    return sorted(first.values(), key=lambda f: (f.file or "", f.line or 0, f.column or 0))


def load(model: type[M], source: Source, loc: Loc = ()) -> M:
    """The definition at `loc` of a source. Raises BadInput with every fault of its shape."""
    made, faults = validate(model, replace(source.sub(*loc), faults=source.faults) if loc else source)
    if made is None:
        raise BadInput(faults)
    return made
