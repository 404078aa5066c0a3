"""The base of every definition: frozen, no unknown keys, no floats, and unions by the key that is present."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    Strict,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from registry.base.written import WrittenText, reread

_NUMBER = re.compile(r"([-+]?(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,9})?) ?([%万亿]?)")
_PLAIN = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
_TIMES = {"": Decimal(1), "%": Decimal("0.01"), "万": Decimal(10**4), "亿": Decimal(10**8)}
_DAY = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2})|年([0-9]{1,2})月([0-9]{1,2})日|[/.]([0-9]{1,2})[/.]([0-9]{1,2}))"
)
_RATIO = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?: ?([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_FLAGS = {"是": True, "有": True, "yes": True, "否": False, "无": False, "no": False}


class Model(BaseModel):
    """What a definition is made of. In Python, fields go by their names; in files, by their keys (`class`, `from`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    @classmethod
    def keys(cls) -> dict[str, str]:
        """The keys that a file may use, each with the name of its field."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}


def as_number(value: Any) -> Decimal:
    """A whole number, a decimal, or text that is one, as people write it: full-width, `80%`, `3万`, `8,000`.

    Raises PydanticCustomError.
    """
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and (read := _NUMBER.fullmatch(half_width(value))):
        return Decimal(read[1].replace(",", "")) * _TIMES[read[2]]
    if (
        isinstance(value, str)
        and (read := _RATIO.fullmatch(half_width(value)))
        and Decimal(read[1])
        and Decimal(read[2])
    ):
        one, other = Decimal(read[1]), Decimal(read[2])
        many, few = plain(max(one, other) / min(one, other)), plain(min(one, other) / max(one, other))
        raise PydanticCustomError("ratio", "can mean two numbers", {"many": many, "few": few})
    raise PydanticCustomError("number", "must be a number")


def plain(value: Decimal) -> str:
    """A number as it is written plainly: `80%` is 0.8, `3万` is 30000; at most six decimals."""
    return format(round(value, 6).normalize(), "f")


def half_width(text: str) -> str:
    """Text without the full-width forms that a Chinese keyboard makes of digits, signs and blanks."""
    return unicodedata.normalize("NFKC", text).strip()


def number(value: Any, info: ValidationInfo) -> Decimal:
    """`as_number`, noted where it was not written plainly."""
    read = as_number(value)
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        reread(info, value, plain(read))
    return read


def _whole(value: Any, info: ValidationInfo) -> Any:
    """Unquoted in a file, `１０`, `3万` and `8,000` are whole numbers; other text is none."""
    if isinstance(value, WrittenText) and (read := _NUMBER.fullmatch(half_width(value))) and read[2] != "%":
        whole = as_number(value)
        if whole == int(whole):
            reread(info, value, str(int(whole)))
            return int(whole)
    return value


def _flag(value: Any, info: ValidationInfo) -> Any:
    flag = _FLAGS.get(half_width(value).lower()) if isinstance(value, str) else None
    if flag is None:
        return value
    reread(info, value, str(flag).lower())
    return flag


def _day(value: Any, info: ValidationInfo) -> date:
    if type(value) is date:
        return value
    try:
        if isinstance(value, str) and (read := _DAY.fullmatch(half_width(value))):
            day = date(*(int(part) for part in read.groups() if part))
            reread(info, value, day.isoformat())
            return day
    except ValueError:
        pass
    raise PydanticCustomError("day", "must be a date")


Number = Annotated[Decimal, BeforeValidator(number)]
"""An exact number; text is taken when it is one (canonical JSON writes decimals as text). Never `int | Decimal`."""
Whole = Annotated[int, Strict(), BeforeValidator(_whole)]
"""A whole number; neither a truth value nor quoted text."""
Flag = Annotated[bool, Strict(), BeforeValidator(_flag)]
"""`true` or `false`; `是`, `否`, `yes` and `no` are taken where a truth value is asked for, and stay words elsewhere."""
Day = Annotated[date, BeforeValidator(_day)]
"""A date as `2024-05-31`, `2024年5月31日` or `2024/5/31`; never a number."""
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""The name of a fact, clause, stage or field: small letters, digits and `_`."""


class one_of:
    """Marks a union whose branch is chosen by *the key that is present*; two keys of two branches are refused.

    `Measure = Annotated[Fact | Growth, one_of(fact=Fact, growth=Growth)]`. With `otherwise` given, whatever
    is not a group of keys is read as that type: `Annotated[Decimal | Share, one_of(Number, reference=Share)]`.
    """

    def __init__(self, otherwise: Any = None, /, **branches: type[BaseModel]) -> None:
        self.otherwise, self.branches = otherwise, branches

    def branch(self, tag: str) -> Any:
        """The type behind a tag `<key>` in the place of an error."""
        return self.branches.get(tag.strip("<>"), self.otherwise)

    def _tag(self, value: Any) -> str:
        for key, model in self.branches.items():
            if isinstance(value, model) or (isinstance(value, Mapping) and key in value):
                return f"<{key}>"
        return "<otherwise>"

    def _check(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            present = [key for key in self.branches if key in value]
            if len(present) > 1:
                raise PydanticCustomError("two_things", "says two things at once", {"said": ", ".join(present)})
            if not present:
                raise PydanticCustomError(
                    "no_branch",
                    "says nothing",
                    {"expected": ", ".join(self.branches), "given": ", ".join(map(str, value))},
                )
        elif self.otherwise is None and not isinstance(value, tuple(self.branches.values())):
            raise PydanticCustomError("no_branch", "says nothing", {"expected": ", ".join(self.branches), "given": ""})
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {f"<{key}>": handler.generate_schema(model) for key, model in self.branches.items()}
        if self.otherwise is not None:
            choices["<otherwise>"] = handler.generate_schema(self.otherwise)
        union = core_schema.tagged_union_schema(choices, discriminator=self._tag)
        return core_schema.no_info_before_validator_function(self._check, union)


def nodes(value: Any) -> Iterator[Model]:
    """Every model inside a definition, itself included, depth first."""
    if isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from nodes(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from nodes(item)
