"""A pack's manifest (`plugin.yaml`), the files that it may have, and the pages it shows."""

import base64
import binascii
import re
from typing import Any

from pydantic import Field

from registry.base.i18n import Message, Text, msg
from registry.base.region import RegionCode
from registry.rules.header import Header
from registry.rules.model import Model, Whole

API_VERSION = 1
"""The version of what packs and plugins build on; `requires_api` is compared with it."""

FOLDERS = {
    "kinds": "kind",
    "criteria": "criteria",
    "workflows": "workflow",
    "forms": "form",
    "references": "reference",
    "floors": "floor",
    "pages": "page",
    "templates": "template",
}
"""Folder of a pack → type of the definitions in it."""
MANIFEST, README, EXAMPLES = "plugin.yaml", "README.md", "examples"
WORD = ".docx"
"""Ending of a Word template; it lies in `templates/` beside the file that says what it is for."""
FILE_NAME, WORD_NAME = re.compile(r"\w[\w-]{0,59}\.ya?ml"), re.compile(r"\w[\w-]{0,59}\.docx")
MOST_WORD_BYTES = 512 * 1024
"""How large a Word template may be."""
MOST_FILES, MOST_BYTES = 200, 2 * 1024 * 1024
"""How much a pack that is written in the browser or comes as an archive may hold."""


def path_fault(path: str) -> Message | None:
    """Why a pack may not have a file of this path; None when it may."""
    if path in (MANIFEST, README):
        return None
    folder, slash, name = path.partition("/")
    if not slash or folder not in (*FOLDERS, EXAMPLES):
        return msg(
            "“{path}” is no place in a pack; beside plugin.yaml there may be files in: {folders}.",
            path=path,
            folders=", ".join(f"{f}/" for f in (*FOLDERS, EXAMPLES)),
        )
    if folder == "templates" and is_word(name):
        return (
            None
            if WORD_NAME.fullmatch(name)
            else msg(
                "“{name}” is no name for a file here: letters, digits, “-” and “_”, and .docx at the end.", name=name
            )
        )
    if not FILE_NAME.fullmatch(name):
        return msg(
            "“{name}” is no name for a file here: letters, digits, “-” and “_”, and .yaml at the end.", name=name
        )
    return None


def is_word(path: str) -> bool:
    """Whether a file of a pack is a Word document and no text."""
    return path.endswith(WORD)


def as_text(data: bytes) -> str:
    """A Word document as it stands among the texts of a pack: in base64."""
    return base64.b64encode(data).decode()


def as_bytes(path: str, text: str) -> bytes:
    """A file of a pack as it is written to a disk."""
    if not is_word(path):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()  # no Word document: the check says so


FIGURES = [
    dict.fromkeys(
        ("fact", "label", "unit", "value", "period", "as_of", "source", "standing", "illustrative", "scope"), None
    )
]
SLOTS: dict[str, dict[str, Any]] = {
    "county": {"county": {"name": None, "code": None}, "figures": FIGURES},
    "entry": {
        "entry": {"name": None, "slug": None, "profile": None, "fictitious": None},
        "figures": FIGURES,
        "titles": [dict.fromkeys(("number", "level", "status", "document", "valid_to"))],
    },
}
"""Place of a page → the data it is given: names, in lists the names of each item; a test compares it with what is given."""


class Manifest(Model):
    """Who a pack is."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: Text
    region: RegionCode
    requires_api: Whole = API_VERSION
    accent: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    demonstration: str | None = None
    """Folder with the data of the demonstration, if it carries one."""


class Page(Header):
    """A page of a place or a product: Markdown with Jinja over declared, published data."""

    slot: str = "county"
    """Where it is shown: `county` (the place's own page) or `entry` (pages of the product's entries)."""
    kind: str | None = None
    product: str | None = None
    source: Text
    """Markdown, rendered at publication and whenever what it shows changes."""
