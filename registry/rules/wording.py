"""What is wrong with a definition, in words: pydantic's and YAML's errors as messages of our catalogue."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from registry.base.errors import Fault
from registry.base.i18n import Message, msg
from registry.rules.model import one_of

MESSAGES: dict[str, Message] = {
    "bool_parsing": msg("“{given}” must be true or false."),
    "bool_type": msg("“{given}” must be true or false."),
    "date_from_datetime_inexact": msg("“{given}” is not a date; write it as 2024-05-31."),
    "date_from_datetime_parsing": msg("“{given}” is not a date; write it as 2024-05-31."),
    "date_parsing": msg("“{given}” is not a date; write it as 2024-05-31."),
    "date_type": msg("“{given}” is not a date; write it as 2024-05-31."),
    "day": msg("“{given}” is not a date; write it as 2024-05-31."),
    "dict_type": msg("A group of “key: value” lines is expected here."),
    "extra_forbidden": msg("Unknown key “{key}”."),
    "greater_than": msg("“{given}” must be more than {gt}."),
    "greater_than_equal": msg("“{given}” must be at least {ge}."),
    "int_from_float": msg("“{given}” must be a whole number."),
    "int_parsing": msg("“{given}” must be a whole number."),
    "int_type": msg("“{given}” must be a whole number."),
    "less_than": msg("“{given}” must be less than {lt}."),
    "less_than_equal": msg("“{given}” must be at most {le}."),
    "list_type": msg("A list is expected here: lines that begin with “- ”."),
    "tuple_type": msg("A list is expected here: lines that begin with “- ”."),
    "set_type": msg("A list is expected here: lines that begin with “- ”."),
    "frozen_set_type": msg("A list is expected here: lines that begin with “- ”."),
    "literal_error": msg("“{given}” is not one of: {expected}."),
    "enum": msg("“{given}” is not one of: {expected}."),
    "missing": msg("The key “{key}” is missing."),
    "model_type": msg("A group of “key: value” lines is expected here."),
    "model_attributes_type": msg("A group of “key: value” lines is expected here."),
    "no_branch": msg("Exactly one of these keys is needed: {expected}."),
    "number": msg("“{given}” must be a number, such as 3000, 0.8 or 3万."),
    "ratio": msg("“{given}” can mean {many} and can mean {few}."),
    "region_code": msg("“{given}” is not a region code; it has six digits."),
    "string_pattern_mismatch": msg("“{given}” is not a name; use small letters a–z, digits and _."),
    "string_too_long": msg("Longer than {max_length} characters."),
    "string_too_short": msg("Text is missing here."),
    "string_type": msg("“{given}” must be quoted text."),
    "too_long": msg("At most {max_length} lines are allowed here."),
    "too_short": msg("At least {min_length} line is needed here."),
    "two_things": msg("Says two things at once: {said}."),
    "yuan": msg("“{given}” is not an amount in yuan with at most two decimals."),
    "value_error": msg("“{given}” cannot stand here."),
}
"""One sentence for each type of pydantic error that a definition can bring about; a test keeps it complete."""

_YAML = (
    (
        "character that cannot start",
        msg("This character may not stand here; indent with spaces, and put text that begins with it in quotes."),
    ),
    (
        "mapping values are not allowed",
        msg("A “: ” may not stand here; is the line before it complete, and is the text in quotes?"),
    ),
    ("expected ',' or", msg("A bracket is not closed, or a comma is missing.")),
    ("end of stream", msg("A quotation mark is not closed.")),
    ("did not find expected", msg("The indentation does not fit the lines above, or a bracket above is not closed.")),
    ("could not find expected ':'", msg("A “: ” is missing after the key.")),
)
_FULL_WIDTH_COLON = re.compile(r"^\s*(?:- *)?[A-Za-z_]+ *：", re.MULTILINE)


class Worded(NamedTuple):
    """An error in words, and whether its place is the key (else the value)."""

    message: Message
    remedy: Message | None
    at_key: bool


def did_you_mean(word: Any, known: Iterable[str]) -> Message | None:
    """The known word that looks most like this one, as a question."""
    near = get_close_matches(str(word), list(known), 1, 0.6)
    return msg("Did you mean “{word}”?", word=near[0]) if near else None


def worded(model: type[BaseModel], error: Mapping[str, Any]) -> Worded:
    """One item of `ValidationError.errors()` for a definition of `model`."""
    kind, loc, context = error["type"], error["loc"], dict(error.get("ctx", {}))
    params = {name: _shown(value) if name != "expected" else str(value) for name, value in context.items()}
    params.pop("error", None)
    if "expected" in params:
        params["expected"] = str(params["expected"]).replace("'", "").replace(" or ", ", ")
    message = MESSAGES.get(kind, MESSAGES["value_error"])
    key = loc[-1] if loc else ""
    remedy = _remedy(kind, error, known_keys(model, loc[:-1]), params)
    params = {"key": str(key), "given": _shown(error["input"]), **params}
    return Worded(Message(message.id, **params), remedy, kind == "extra_forbidden" or key == "[key]")


def _remedy(kind: str, error: Mapping[str, Any], known: Iterable[str], params: dict[str, str]) -> Message | None:
    if kind == "extra_forbidden":
        return did_you_mean(error["loc"][-1], known)
    if kind in ("literal_error", "enum"):
        return did_you_mean(error["input"], params["expected"].split(", "))
    if kind == "no_branch":
        words = (did_you_mean(given, params["expected"].split(", ")) for given in params["given"].split(", "))
        return next((w for w in words if w), None)
    if kind == "ratio":
        return msg("Write {many} if it says how many come to one, {few} if it says a share.", **params)
    if kind == "string_type" and isinstance(error["input"], int):
        return msg('Write it as "{value}".', value=str(error["input"]))
    return None


def _shown(value: Any) -> str:
    if isinstance(value, dict | list | tuple | BaseModel):
        return "…"
    text = {None: "", True: "true", False: "false"}.get(value, value) if isinstance(value, bool | NoneType) else value
    return str(text) if len(str(text)) <= 60 else str(text)[:59] + "…"


def known_keys(model: Any, loc: Iterable[str | int]) -> list[str]:
    """The keys that the model at `loc` of a definition knows (by the place pydantic gives, with its `<tags>`)."""
    here = model
    for part in loc:
        here = _step(here, part)
    here, _ = _bare(here)
    fields: dict[str, FieldInfo] = getattr(here, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _bare(annotation: Any) -> tuple[Any, one_of | None]:
    """An annotation without `Annotated` and `| None`, and the union's mark if it has one."""
    mark = None
    if isinstance(annotation, FieldInfo):
        mark = next((m for m in annotation.metadata if isinstance(m, one_of)), None)
        annotation = annotation.annotation
    if get_origin(annotation) is Annotated:
        mark = next((m for m in annotation.__metadata__ if isinstance(m, one_of)), mark)
        annotation = get_args(annotation)[0]
    parts = [a for a in get_args(annotation) if a is not NoneType]
    if mark is None and NoneType in get_args(annotation) and len(parts) == 1:
        return _bare(parts[0])
    return annotation, mark


def _step(annotation: Any, part: str | int) -> Any:
    """The type of what lies at `part` of a value of this type."""
    bare, mark = _bare(annotation)
    if mark is not None:
        return mark.branch(str(part))
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return next((f for name, f in bare.model_fields.items() if part == (f.alias or name)), None)
    arguments = get_args(bare)
    return arguments[-1] if isinstance(part, str) else next(iter(arguments), None)


def _quote_before(lines: list[str], line: int, column: int) -> tuple[int, int] | None:
    """Where a quotation mark was opened that ended right before the error: it is the one that is not closed."""
    if line >= len(lines) or lines[line][column - 1 : column] != '"':
        return None
    return next(((n + 1, lines[n].rfind('"') + 1) for n in range(line - 1, -1, -1) if lines[n].count('"') % 2), None)


def syntax(name: str, text: str, error: yaml.MarkedYAMLError) -> Fault:
    """A fault of YAML itself, at its place, with the usual slip named."""
    mark = error.problem_mark or error.context_mark
    if "end of stream" in str(error.problem) and error.context_mark:
        mark = error.context_mark  # a quotation mark that is not closed is looked for where it opens
    line, column = (mark.line, mark.column) if mark else (0, 0)
    problem = str(error.problem)
    if opened := _quote_before(text.splitlines(), line, column):
        return Fault(msg("A quotation mark is not closed."), name, *opened)
    other = msg("This is not valid YAML: {problem}.", problem=problem)
    message = next((m for words, m in _YAML if words in problem), other)
    near = "\n".join(text.splitlines()[max(0, line - 1) : line + 1])
    half = msg("After a key write the half-width “: ” with a space, not “：”.")
    return Fault(message, name, line + 1, column + 1, remedy=half if _FULL_WIDTH_COLON.search(near) else None)
