"""Values that know where in a file they were written, so that what is read otherwise than written can be shown."""

from typing import Any, NamedTuple

from pydantic import ValidationInfo


class WrittenText(str):
    """Text that stands in a file without quotation marks; line and column count from 1."""

    line: int = 1
    column: int = 1


class WrittenNumber(int):
    """A whole number as it stands in a file; line and column count from 1."""

    line: int = 1
    column: int = 1


class Reread(NamedTuple):
    """A value that was read otherwise than written, and what would say the same plainly."""

    line: int
    column: int
    given: str
    plain: str


def reread(info: ValidationInfo, given: Any, plain: str) -> None:
    """Note that `given` is read as `plain`, where the validation's context is a list for such notes."""
    if isinstance(info.context, list) and isinstance(given, WrittenText | WrittenNumber) and str(given) != plain:
        info.context.append(Reread(given.line, given.column, str(given), plain))
