"""The child process that checks Word templates and fills them: no network, bounded time, memory and output.

Reads a line of JSON on stdin; writes JSON on stdout: for `check` what is wrong with each template, for `fill` the document
in base64, or what is wrong. Whatever goes wrong ends it with a status other than 0.
"""

import base64
import io
import sys
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from registry.base.confined import answering
from registry.base.i18n import msg
from registry.host.docx_parts import Found, opened, parsed, unsafe
from registry.host.docx_tags import TAG, TEXT_PARTS, tag_faults
from registry.rules.document import BLANK, sample

SECONDS, MEMORY = 20, 1024 * 2**20
MOST_XML, MOST_BYTES = 24 * 2**20, 8 * 2**20
"""Of the text of a filled document, and of its file."""
DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every part: what was filled from the same is the same file."""


class TooLarge(Exception):
    """What came out is larger than a document may be."""


class Template(DocxTemplate):
    """A template whose result must be well-formed: what a browser would forgive, Word does not open."""

    def fix_tables(self, xml: str) -> Any:
        """The tree of the body. Raises XMLSyntaxError, TooLarge."""
        if len(xml) > MOST_XML:
            raise TooLarge
        etree.fromstring(xml, etree.XMLParser(resolve_entities=False, huge_tree=True))
        return super().fix_tables(xml)

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """The properties are the registry's, not the template's."""


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja with nothing in it: no globals, no filters, no tests; what is not known is printed as a visible blank."""
    made = ImmutableSandboxedEnvironment(autoescape=True, finalize=printed)
    made.globals, made.filters, made.tests = {}, {"escape": made.filters["escape"], "e": made.filters["e"]}, {}
    return made


def printed(value: Any) -> Any:
    """A value as it stands in a document."""
    return BLANK if value is None or value == "" or isinstance(value, Undefined) else value


def filled(data: bytes, given: Mapping[str, Any]) -> bytes:
    """The document. Raises TemplateError, XMLSyntaxError, TooLarge."""
    template = Template(io.BytesIO(data))
    template.render({name: cleaned(value) for name, value in given.items()}, environment(), autoescape=True)
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()


def cleaned(value: Any) -> Any:
    """Data without signs that Word's format does not know."""
    if isinstance(value, Mapping):
        return {key: cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    if isinstance(value, str):
        return "".join(
            c
            for c in value
            if c in "\n\t" or (c >= " " and not 0xD800 <= ord(c) < 0xE000 and c < "\ufffe" or c > "\uffff")
        )
    return value


def signed(data: bytes, about: Mapping[str, str]) -> bytes:
    """The document with title, office and day as its properties, every part with the same time. Raises TooLarge."""
    template = DocxTemplate(io.BytesIO(data)).get_docx()
    properties = template.core_properties
    properties.title, properties.author = about["title"][:255], about["author"][:255]
    properties.last_modified_by, properties.revision, properties.comments = about["author"][:255], 1, ""
    out, made = io.BytesIO(), io.BytesIO()
    template.save(out)
    with zipfile.ZipFile(out) as parts, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts.namelist():
            archive.writestr(zipfile.ZipInfo(name, DAY), parts.read(name), zipfile.ZIP_DEFLATED)
    if made.tell() > MOST_BYTES:
        raise TooLarge
    return made.getvalue()


def faults(data: bytes, shape: Mapping[str, Any]) -> list[Found]:
    """Everything that is wrong with a template: unsafe parts, tags, and what shows only when it is filled."""
    parts, found = opened(data)
    trees, damaged = parsed(parts)
    found = [*found, *damaged, *unsafe(parts, trees), *tag_faults(trees, shape)]
    return found or list(torn(data)) or list(tried(data, shape))


def torn(data: bytes) -> Iterator[Found]:
    """Fields that Word or WPS has laid down in pieces which cannot be joined."""
    parts, _ = opened(data)
    template = Template(io.BytesIO(data))
    for name in (n for n in parts if TEXT_PARTS.fullmatch(n)):
        root = etree.fromstring(parts[name])
        written = "".join(t.text or "" for t in root.iter("{*}t"))
        joined = "".join(etree.fromstring(template.patch_xml(etree.tostring(root, encoding="unicode"))).itertext())
        there = "".join(joined.split())
        for tag in dict.fromkeys(one[0] for one in TAG.finditer(written)):
            plain = "".join(tag.split()).replace("{%tr", "{%").replace("{%p", "{%")
            if plain not in there.replace("{%tr", "{%").replace("{%p", "{%"):
                yield Found(
                    msg("The field “{tag}” is torn apart.", tag=tag[:60]),
                    remedy=msg("Type the whole field again in one go, in one paragraph."),
                )


def tried(data: bytes, shape: Mapping[str, Any]) -> Iterator[Found]:
    """What goes wrong when it is filled with everything, and with nothing."""
    for full in (True, False):
        try:
            filled(data, sample(shape, full=full))
        except TooLarge:
            yield Found(msg("Filled in, it is larger than a document may be."))
            return
        except (TemplateError, etree.XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
            yield Found(
                msg("Filled in, it is no document that Word can open: {error}", error=str(error)[:120]),
                remedy=msg(
                    "Begin and end what is repeated or left out in rows of one table with {row}, or in paragraphs of "
                    "their own with {paragraph}.",
                    row="{%tr … %}",
                    paragraph="{%p … %}",
                ),
            )
            return


def answer(asked: Mapping[str, Any], data: bytes) -> Any:
    """What was asked for."""
    if asked["do"] == "check":
        return [
            [
                [one.message.to_json(), one.paragraph, one.remedy and one.remedy.to_json()]
                for one in faults(base64.b64decode(each["docx"]), each["shape"])
            ]
            for each in asked["templates"]
        ]
    try:
        made = signed(filled(base64.b64decode(asked["docx"]), asked["data"]), asked["about"])
    except TooLarge:
        return {"error": "too large"}
    except (TemplateError, etree.XMLSyntaxError, TypeError, ValueError, ArithmeticError) as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"document": base64.b64encode(made).decode()}


if __name__ == "__main__":
    sys.exit(answering(answer, seconds=SECONDS, memory=MEMORY))
