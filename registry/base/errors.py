"""What can go wrong, in words for the person who can put it right.

Every error that a user may meet is a `RegistryError` with a translatable message. `exit_status` is what the
program returns (2: bad input, 1: failure); `http_status` what the web answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from registry.base.i18n import Lang, Message, msg


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in what somebody gave us: where it is, what it is, and what would be right.

    `line` and `column` count from 1; `field` names a form field or, for a file without lines, a place in it.
    `corrected` is the line as it would be right, where that is known.
    """

    message: Message
    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    remedy: Message | None = None
    corrected: str | None = None

    @property
    def place(self) -> str:
        """`file:line:column`, as far as known."""
        parts = [str(p) for p in (self.file, self.line, self.column) if p is not None]
        return ":".join(parts) or (self.field or "")

    def text(self, lang: Lang | None = None) -> str:
        """The fault as one line: place, message, remedy; below it the corrected line, where it is known."""
        line = f"{self.place}: {self.message.text(lang)}" if self.place else self.message.text(lang)
        told = f"{line} {self.remedy.text(lang)}" if self.remedy else line
        return told if self.corrected is None else f"{told}\n    {self.corrected.strip()}"

    def to_json(self, lang: Lang | None = None) -> dict[str, Any]:
        """For `--json`."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "field": self.field,
            "message": self.message.text(lang),
            "remedy": self.remedy.text(lang) if self.remedy else None,
            "corrected": self.corrected,
        }


class RegistryError(Exception):
    """The base of every error that is told to a person."""

    exit_status = 1
    http_status = 500

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message.text()


class BadInput(RegistryError):
    """What was given cannot be taken; `faults` names every place at once. Nothing was changed."""

    exit_status = 2
    http_status = 422

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(self.faults[0].message if self.faults else msg("The input cannot be read."))

    def __str__(self) -> str:
        return "\n".join(f.text() for f in self.faults)


class Refused(RegistryError):
    """A rule does not allow this act of this person now."""

    exit_status = 2
    http_status = 403


class NotFound(RegistryError):
    """There is no such thing, or none that this person may see."""

    exit_status = 2
    http_status = 404


class Stale(RegistryError):
    """Somebody else was faster: the thing has changed since it was read. Nothing was changed."""

    exit_status = 1
    http_status = 409


class Unavailable(RegistryError):
    """The database or the disk cannot do it now; what would help is said. `unsure`: it may have been done all the same."""

    exit_status = 1
    http_status = 503

    def __init__(self, message: Message, *, unsure: bool = False) -> None:
        super().__init__(message)
        self.unsure = unsure


class Broken(RegistryError):
    """A part of the installation or of the data is not as it must be."""
