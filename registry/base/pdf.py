"""A certificate as PDF: one page, in our own font, with its QR code.

The page's layout is `templates/certificate.typ`. Its words come from the caller, already in the reader's language, and
reach the layout as data, so nothing in them is ever read as markup.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any, cast

import segno
import typst

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Lang, msg
from registry.base.paths import resource

QR_MASK = 4
"""One fixed mask: weighing all eight takes longer than the rest of the page, and every mask is valid."""

SCRIPTS: dict[Lang, tuple[str, str]] = {"zh-Hans": ("zh", "hans"), "zh-Hant": ("zh", "hant"), "en": ("en", "latn")}
"""Language and script as typst names them."""

_compiling = Lock()


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value and the word in front of it. An empty value is left out."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """What a certificate says, in words ready to print.

    Of `title`, `entry` and `act` the first line is the main one; the others stand beneath it, smaller (the same in a
    second language). `dated` is the day of the title; it makes the same page the same bytes at every printing.
    """

    lang: Lang
    title: tuple[str, ...]
    entry: tuple[str, ...]
    act: tuple[str, ...]
    level: str
    number: Labelled
    authority: Labelled
    issued_on: Labelled
    valid_to: Labelled
    document: Labelled
    basis: Labelled
    dated: date
    verify_url: str
    verify_hint: str
    watermark: str = ""


@lru_cache
def covered() -> frozenset[str]:
    """The characters that the certificate's font has."""
    return frozenset((resource("fonts") / "characters.txt").read_text(encoding="utf-8")) - {"\n"}


@lru_cache
def _compiler(name: str) -> typst.Compiler:
    """The one compiler of this process for a template. It knows our font only: a page must not depend on the machine."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[resource("fonts")])
    template = resource("templates") / name
    return typst.Compiler(template, root=template.parent, font_paths=fonts)


def compiled(template: str, page: dict[str, Any], qr: str, dated: date) -> bytes:
    """A template with what it says and the address in its QR code, as PDF; `dated` makes it the same bytes each time."""
    inputs = {"page": json.dumps(page, ensure_ascii=False), "qr": qr_svg(qr)}
    at = datetime.combine(dated, time(), UTC)
    with _compiling:
        pdf = _compiler(template).compile(format="pdf", sys_inputs=inputs, timestamp=at, pdf_standards=["a-2a"])
    return cast(bytes, pdf)


def _texts(value: Any) -> str:
    """All strings in a field, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _texts(tuple(value.values()))
    return "".join(map(_texts, value)) if isinstance(value, tuple) else ""


def _missing(fields: dict[str, Any]) -> list[Fault]:
    """A fault for each character that the font does not have, in the order in which they stand."""
    return [
        Fault(
            msg(
                "The certificate's font has no character “{character}” (U+{code}).",
                character=character if character.isprintable() else " ",
                code=f"{ord(character):04X}",
            ),
            field=name,
            remedy=msg("Write it another way, or have the font cut again with this character in it."),
        )
        for name, value in fields.items()
        for character in dict.fromkeys(_texts(value))
        if character not in covered()
    ]


def qr_svg(address: str) -> str:
    """The address as a QR code in SVG, at error level M so that a creased certificate still reads."""
    out = BytesIO()
    segno.make(address, error="m", boost_error=False, micro=False, mask=QR_MASK).save(
        out, kind="svg", border=0, dark="#000000", xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode()


def certificate(page: CertificatePage) -> bytes:
    """The certificate as a PDF.

    Raises BadInput that names each character which the font does not have: it is never printed as a box.
    """
    fields = asdict(page)
    dated = fields.pop("dated")
    if faults := _missing(fields):
        raise BadInput(faults)
    fields["lang"], fields["script"] = SCRIPTS[page.lang]
    return compiled("certificate.typ", fields, page.verify_url, dated)
