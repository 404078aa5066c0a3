"""Approval sheets: set by typst with a QR code on each page, and the codes read back from a scan or a photograph."""

import base64
import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from registry.base import confined
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Lang, msg
from registry.base.pdf import SCRIPTS, Labelled, compiled, covered

UNKNOWN = "〓"
"""Stands for a character that the font does not have: an inner sheet is printed all the same."""
CODE = re.compile(r"[?&]code=([2-9A-HJKMNP-Z]{12})(?:&|$)")
"""Where the address in a sheet's QR code has its code; any other QR code is none of ours."""
TIMEOUT = 60
"""Seconds on the clock for reading a file; the child's own limits are lower."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One step so far: stage, what was done, the words, who, when."""

    stage: str
    what: str
    lines: tuple[str, ...]
    who: str
    on: str


@dataclass(frozen=True, slots=True)
class SheetPage:
    """What an approval sheet says, in words ready to print. `address` is what its QR code leads to."""

    lang: Lang
    title: str
    office: str
    number: str
    code: str
    address: str
    about: tuple[Labelled, ...]
    opinions_title: str
    opinions: tuple[Opinion, ...]
    signatures: tuple[str, ...]
    sign: str
    hint: str
    dated: date


def sheet_pdf(page: SheetPage) -> bytes:
    """The sheet as a PDF."""
    fields = printable(asdict(page))
    fields["lang"], fields["script"] = SCRIPTS[page.lang]
    del fields["dated"], fields["address"]
    return compiled("approval.typ", fields, page.address, page.dated)


def printable(value: Any) -> Any:
    """The same with the characters that the font has."""
    if isinstance(value, str):
        return "".join(c if c in covered() or c in " \n" else UNKNOWN for c in value)
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    return [printable(one) for one in value] if isinstance(value, list | tuple) else value


def codes_of(data: bytes, media_type: str) -> list[list[str]]:
    """For each page of a scan or photograph the codes of our sheets on it. Raises BadInput for what cannot be read."""
    return [
        list(dict.fromkeys(found[1] for words in page if (found := CODE.search(words))))
        for page in _child(data, {"do": "read", "media_type": media_type})
    ]


def cut(data: bytes, pages: list[int]) -> bytes:
    """Some pages (from 1) of a PDF as a PDF of their own. Raises BadInput."""
    return base64.b64decode(_child(data, {"do": "cut", "pages": pages}))


def _child(data: bytes, asked: dict[str, Any]) -> Any:
    try:
        return confined.ask("registry.base.approval_child", asked, data, timeout=TIMEOUT)
    except confined.Failed:
        raise BadInput(
            Fault(msg("This file is damaged, or has more than 30 pages; scan it again, or in parts."), field="file")
        ) from None
