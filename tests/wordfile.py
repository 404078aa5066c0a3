"""Word files for tests: made, altered part by part, and looked at by the rules of their format."""

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from docx import Document
from lxml import etree

HERE = Path(__file__).parent / "ooxml"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
SCHEMA = {"[Content_Types].xml": "opc-contentTypes.xsd", ".rels": "opc-relationships.xsd", "word/": "wml.xsd"}
Change = bytes | Callable[[bytes], bytes] | None


def word(*paragraphs: str, rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    """A document with these paragraphs, and a table with these rows."""
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(0, len(rows[0]))
        for cells in rows:
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """Name → bytes of every part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def altered(data: bytes, changes: Mapping[str, Change]) -> bytes:
    """The document with parts changed, added or (None) left out."""
    parts = parts_of(data)
    for name, change in changes.items():
        if change is None:
            del parts[name]
        else:
            parts[name] = change if isinstance(change, bytes) else change(parts[name])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def put(into: bytes, before: bytes = b"</w:body>") -> Callable[[bytes], bytes]:
    """A change: something put before a tag."""
    return lambda part: part.replace(before, into + before, 1)


def related(kind: str, target: str, external: bool = True) -> dict[str, Change]:
    """A change: a relation of the document."""
    mode = b' TargetMode="External"' if external else b""
    one = f'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    made = one.encode() + f'Target="{target}"'.encode() + mode + b"/>"
    return {"word/_rels/document.xml.rels": put(made, b"</Relationships>")}


@cache
def schema(name: str) -> etree.XMLSchema:
    """One of the schemas."""
    return etree.XMLSchema(file=str(HERE / name))


def broken_rules(data: bytes) -> Iterator[str]:
    """Where a document is not as its format says: schema, types of parts, relations that lead nowhere, ids given twice."""
    parts = parts_of(data)
    types = etree.fromstring(parts["[Content_Types].xml"])
    said = {one.get("PartName", "").lstrip("/") for one in types} | {f".{one.get('Extension')}" for one in types}
    for name, content in parts.items():
        if name != "[Content_Types].xml" and name not in said and f".{name.rpartition('.')[2]}" not in said:
            yield f"{name}: no content type"
        if name.endswith((".xml", ".rels")):
            tree = etree.fromstring(content)
            wanted = next((s for end, s in SCHEMA.items() if name.endswith(end) or name.startswith(end)), None)
            if wanted and "/theme/" not in name:
                plain(tree)
                checked = schema(wanted)
                if not checked.validate(tree):
                    yield from (f"{name}: {error.message}" for error in checked.error_log)
            yield from lost(name, tree, parts)
            ids = [e.get("id") for e in tree.iter("{*}docPr")]
            if len(ids) != len(set(ids)):
                yield f"{name}: ids of drawings twice"


def plain(tree: etree._Element) -> None:
    """Leave out what a reader that knows the standard alone has to leave out."""
    ignored = [tree.nsmap.get(prefix) for prefix in tree.attrib.pop(f"{COMPATIBILITY}Ignorable", "").split()]
    for element in list(tree.iter()):
        for key in [k for k in element.attrib if k[1:].partition("}")[0] in ignored]:
            del element.attrib[key]
        if element.tag[1:].partition("}")[0] in ignored:
            element.getparent().remove(element)


def lost(name: str, tree: etree._Element, parts: Mapping[str, bytes]) -> Iterator[str]:
    """Relations that lead nowhere, and ids of relations that are not there."""
    if name.endswith(".rels"):
        folder = posixpath.dirname(posixpath.dirname(name))
        for one in tree:
            target = posixpath.normpath(posixpath.join("/", folder, one.get("Target"))).lstrip("/")
            if one.get("TargetMode") == "External" or target not in parts:
                yield f"{name}: {one.get('Target')} leads nowhere"
        return
    beside = posixpath.join(posixpath.dirname(name), "_rels", f"{posixpath.basename(name)}.rels")
    there = {one.get("Id") for one in etree.fromstring(parts[beside])} if beside in parts else set()
    for element in tree.iter():
        for key, value in element.attrib.items():
            if key.startswith(RELATION) and value not in there:
                yield f"{name}: {value} is no relation"
