"""An answer as people read it."""

from decimal import Decimal
from typing import Any

from registry.base.i18n import Message, msg
from registry.rules.form import Field

YES_NO: dict[bool, Message] = {True: msg("yes"), False: msg("no")}
NUMBERS = ("number", "integer")


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


def masked(value: str) -> str:
    """The first character, and that there are more."""
    return value[:1] + "＊" * min(max(len(value) - 1, 1), 6)
