"""A document of any length as PDF: cover, contents with page numbers, chapters of pairs, tables and paragraphs.

Its layout is `templates/document.typ`; the words come as data and are never read as markup.
"""

from dataclasses import asdict, dataclass
from datetime import date

from registry.base.approval import printable
from registry.base.i18n import Lang
from registry.base.pdf import SCRIPTS, compiled


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels with their values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table; `widths` are the shares of its columns."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Paragraphs."""

    lines: tuple[str, ...]


Part = Pairs | Rows | Lines


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading and what stands beneath it; `level` 1 begins a new page."""

    title: str
    parts: tuple[Part, ...] = ()
    level: int = 2


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says, in words ready to print. `dated` makes the same document the same bytes."""

    lang: Lang
    kicker: str
    title: str
    office: str
    about: Pairs
    contents: str
    chapters: tuple[Chapter, ...]
    foot: str
    mark: str
    address: str
    dated: date


def document_pdf(document: Document) -> bytes:
    """The document as a tagged PDF/A; a character that our font does not have is printed as 〓."""
    fields = printable(asdict(document) | {"dated": "", "address": ""})
    fields["lang"], fields["script"] = SCRIPTS[document.lang]
    return compiled("document.typ", fields, document.address, document.dated)
