"""Whether a Word document holds nothing but words and pictures: run in the child process, on strangers' files.

Refused is what loads from elsewhere, runs, embeds another file, or would leave the office unseen (tracked changes, comments).
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from registry.base.i18n import Message, msg

MOST_ENTRIES, MOST_UNPACKED = 200, 16 * 2**20
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MAIN_PART = "word/document.xml"
KINDS = frozenset(
    ("officeDocument", "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "theme", "numbering")
    + ("footnotes", "endnotes", "header", "footer", "image", "customXml", "customXmlProps", "core-properties")
    + ("extended-properties", "custom-properties", "thumbnail", "people")
)
"""Last word of the relationships that a template may have."""
FIELDS = frozenset(
    ("PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "SEQ", "REF", "PAGEREF", "TOC", "STYLEREF", "EQ", "=", "SYMBOL")
)
"""Word's own fields that may stand in a template; others load from elsewhere, run, or change when it is opened."""
CHANGES = ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "trPrChange", "tcPrChange")


class Found(NamedTuple):
    """What is wrong with a template: in words, in which paragraph (from 1), and what would be right."""

    message: Message
    paragraph: int | None = None
    remedy: Message | None = None


Parts = Mapping[str, bytes]
Trees = Mapping[str, etree._ElementTree]


def opened(data: bytes) -> tuple[dict[str, bytes], list[Found]]:
    """(name → bytes of every part, what keeps it from being read as a package)."""
    save_as = msg("Save it in Word or WPS as “Word document (*.docx)”, without a password.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if found := list(_package_faults(infos)):
                return {}, found
            parts = {info.filename: archive.read(info) for info in infos if not info.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, OSError, ValueError):
        return {}, [Found(msg("This is no Word document in the format .docx."), remedy=save_as)]
    if not {"[Content_Types].xml", "_rels/.rels", MAIN_PART} <= parts.keys():
        return {}, [Found(msg("This is no Word document in the format .docx."), remedy=save_as)]
    return parts, []


def _package_faults(infos: list[zipfile.ZipInfo]) -> Iterator[Found]:
    total, names = sum(info.file_size for info in infos), [info.filename.casefold() for info in infos]
    if total > MOST_UNPACKED or len(infos) > MOST_ENTRIES:
        yield Found(
            msg(
                "Unpacked it would be {n} MB in {parts} parts; at most {most} MB in {most_parts} are allowed.",
                n=-(-total // 2**20),
                parts=len(infos),
                most=MOST_UNPACKED // 2**20,
                most_parts=MOST_ENTRIES,
            ),
            remedy=msg("Make its pictures smaller."),
        )
    for info in infos:
        if (
            info.filename.startswith("/")
            or ".." in info.filename.split("/")
            or names.count(info.filename.casefold()) > 1
        ):
            yield Found(msg("The part “{name}” leads out of the document, or is in it twice.", name=info.filename[:80]))


def parsed(parts: Parts) -> tuple[Trees, list[Found]]:
    """(name → tree of every part that is XML, those that cannot be read)."""
    trees, found = {}, list[Found]()
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")):
            try:
                trees[name] = _parsed(data)
            except (etree.XMLSyntaxError, ValueError):
                remedy = msg("Open the document in Word or WPS and save it anew.")
                found.append(Found(msg("The part “{name}” is damaged.", name=name[:80]), remedy=remedy))
    return trees, found


def unsafe(parts: Parts, trees: Trees) -> Iterator[Found]:
    """What a template may not hold."""
    if types := trees.get("[Content_Types].xml"):
        yield from _type_faults(types, parts)
    for name, tree in trees.items():
        if name.endswith(".rels"):
            yield from _relation_faults(name, tree, parts)
        elif name.startswith("word/"):
            yield from _content_faults(tree)


def _parsed(data: bytes) -> etree._ElementTree:
    """A part's tree. Raises ValueError where it declares entities, XMLSyntaxError where it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree = etree.ElementTree(etree.fromstring(data, parser))
    if tree.docinfo.doctype:
        raise ValueError("a document type")
    return tree


def _type_faults(types: etree._ElementTree, parts: Parts) -> Iterator[Found]:
    """Macros, and another kind of document under the name of one."""
    said = {one.get("PartName", ""): one.get("ContentType", "") for one in types.getroot() if one.get("PartName")}
    macros = any("macroenabled" in t.lower() or "vba" in t.lower() for t in said.values())
    if macros or any("vbaproject" in name.lower() for name in parts):
        yield Found(msg("It holds macros."), remedy=msg("Save it as “Word document (*.docx)”, which has none."))
    elif said.get(f"/{MAIN_PART}") != MAIN_TYPE:
        yield Found(
            msg("It is another kind of document: {type}.", type=said.get(f"/{MAIN_PART}", "")[-60:]),
            remedy=msg("Save it in Word or WPS as “Word document (*.docx)”, without a password."),
        )


def _relation_faults(name: str, tree: etree._ElementTree, parts: Parts) -> Iterator[Found]:
    """What it loads from elsewhere or embeds, and relations that lead nowhere."""
    folder = posixpath.dirname(posixpath.dirname(name))
    for one in tree.getroot():
        kind, target = one.get("Type", "").rpartition("/")[2], one.get("Target", "")
        if one.get("TargetMode") == "External":
            yield _external(kind, target[:80])
        elif kind == "comments" or kind.startswith("comments"):
            yield Found(
                msg("There are comments in it."), remedy=msg("Delete them: they would go out with every document.")
            )
        elif kind not in KINDS:
            yield Found(
                msg("It embeds something of the kind “{kind}”.", kind=kind[:40]),
                remedy=msg("Take it out, or put it in as a picture."),
            )
        elif posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/") not in parts:
            yield Found(
                msg("The part “{name}” is missing.", name=target[:80]),
                remedy=msg("Open the document in Word or WPS and save it anew."),
            )


def _external(kind: str, target: str) -> Found:
    if kind == "attachedTemplate":
        return Found(
            msg("It hangs on a template elsewhere: {target}.", target=target),
            remedy=msg("In Word: Developer, Document Template, attach Normal."),
        )
    if kind == "hyperlink":
        return Found(
            msg("It links to {target}.", target=target), remedy=msg("Remove the link and leave the address as words.")
        )
    return Found(
        msg("It loads something from elsewhere: {target}.", target=target),
        remedy=msg("Put it into the document instead of linking to it."),
    )


def _content_faults(tree: etree._ElementTree) -> Iterator[Found]:
    """Word's own fields that do more than count, parts put in from other files, and tracked changes."""
    said = ["".join(p.itertext(f"{W}instrText")) for p in tree.iter(f"{W}p")]
    said += [one.get(f"{W}instr", "") for one in tree.iter(f"{W}fldSimple")]
    for code in dict.fromkeys(word.upper() for text in said for word in re.findall(r"^\s*(\S+)", text)):
        if code not in FIELDS:
            yield Found(
                msg("It has a Word field “{code}”.", code=code[:40]),
                remedy=msg("Turn it into words: select it and press Ctrl+Shift+F9."),
            )
    if next(tree.iter(f"{W}altChunk", f"{W}object", f"{W}subDoc", f"{W}mailMerge"), None) is not None:
        yield Found(msg("It takes in another file."), remedy=msg("Take it out, or put it in as a picture."))
    if next(tree.iter(*(f"{W}{tag}" for tag in CHANGES)), None) is not None:
        yield Found(msg("There are tracked changes in it."), remedy=msg("Accept or reject them all."))
