"""Word templates: what is unsafe, unknown or torn is told with its paragraph; what is filled stays a Word document."""

import io
import zipfile
from typing import Any

import pytest
from docx import Document

from registry.base import confined
from registry.base.errors import Broken
from registry.host import docx
from registry.host.docx_child import faults
from registry.rules.document import BLANK, sample, vocabulary
from registry.rules.pack import as_text
from tests.wordfile import altered, broken_rules, put, related, word

SHAPE = vocabulary("case", forms=[], facts=["practitioners"])
DOCUMENT = "word/document.xml"
TYPES = "[Content_Types].xml"
PLAIN = word("{{ case.number }}")
FIELD = '<w:p><w:fldSimple w:instr=" {} "><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>'


def told(data: bytes, shape: dict[str, Any] = SHAPE) -> list[str]:
    return [f.message.text("en") for f in faults(data, shape)]


def bomb() -> bytes:
    return altered(PLAIN, {"word/media/image1.png": b"\0" * (17 * 2**20)})


def wide() -> bytes:
    return altered(PLAIN, {f"word/media/{n}.png": b"x" for n in range(250)})


UNSAFE: dict[str, tuple[bytes, str]] = {
    "no Word document": (b"PK\x03\x04 and then nothing", "This is no Word document in the format .docx."),
    "an old one, or one with a password": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "This is no Word document in the"),
    "another ZIP": (altered(PLAIN, {DOCUMENT: None}), "This is no Word document in the format .docx."),
    "a part that unpacks to very much": (bomb(), "Unpacked it would be 18 MB"),
    "very many parts": (wide(), "at most 16 MB in 200 are allowed"),
    "a part outside": (altered(PLAIN, {"word/../../x.xml": b"<a/>"}), "leads out of the document"),
    "a picture elsewhere": (altered(PLAIN, related("image", "http://x.example/a.png")), "It loads something from elsewhere"),
    "a file of the author's disk": (altered(PLAIN, related("image", "file:///C:/a.png")), "It loads something from elsewhere"),
    "a link": (altered(PLAIN, related("hyperlink", "http://x.example")), "It links to http://x.example."),
    "a template elsewhere": (
        altered(PLAIN, {"word/_rels/settings.xml.rels": related("attachedTemplate", "http://x.example/t.dotm")[
            "word/_rels/document.xml.rels"](b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'  # type: ignore[operator,misc]
                                            b'relationships"></Relationships>')}),
        "It hangs on a template elsewhere: http://x.example/t.dotm.",
    ),
    "an embedded object": (
        altered(PLAIN, related("oleObject", "embeddings/o.bin", external=False) | {"word/embeddings/o.bin": b"x"}),
        "It embeds something of the kind “oleObject”.",
    ),
    "another file taken in": (altered(PLAIN, {DOCUMENT: put(b"<w:altChunk/>")}), "It takes in another file."),
    "macros under the name of a document": (
        altered(PLAIN, {TYPES: lambda x: x.replace(
            b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"application/vnd.ms-word.document.macroEnabled.main+xml")}),
        "It holds macros.",
    ),
    "macros beside it": (altered(PLAIN, {"word/vbaProject.bin": b"x"}), "It holds macros."),
    "a picture by a field": (altered(PLAIN, {DOCUMENT: put(FIELD.format("INCLUDEPICTURE x").encode())}),
                             "It has a Word field “INCLUDEPICTURE”."),
    "a command by a field": (altered(PLAIN, {DOCUMENT: put(FIELD.format("DDEAUTO cmd").encode())}),
                             "It has a Word field “DDEAUTO”."),
    "entities": (
        altered(PLAIN, {DOCUMENT: lambda x: x.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', 1)}),
        "The part “word/document.xml” is damaged.",
    ),
    "another encoding than it says": (
        altered(PLAIN, {DOCUMENT: lambda x: x.replace(b"{{", "编号".encode("gbk") + b"{{", 1)}),
        "The part “word/document.xml” is damaged.",
    ),
    "a part that is not there": (altered(PLAIN, related("image", "media/a.png", external=False)), "is missing."),
    "changes that are tracked": (
        altered(PLAIN, {DOCUMENT: put(b'<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>y</w:t></w:r></w:ins></w:p>')}),
        "There are tracked changes in it.",
    ),
    "comments": (altered(PLAIN, related("comments", "comments.xml", external=False) | {"word/comments.xml": b"<a/>"}),
                 "There are comments in it."),
}  # fmt: skip


@pytest.mark.parametrize("what", UNSAFE)
def test_template_is_refused_that_holds(what: str) -> None:
    data, words = UNSAFE[what]
    found = faults(data, SHAPE)
    assert len(found) == 1 and words in found[0].message.text("en"), [f.message.text("en") for f in found]


TAGS = {
    "{{ case.nummer }}": "There is no field “nummer”; there are: number, procedure,",
    "{{ secret }}": "There is no field “secret”",
    "{{ ''.__class__ }}": "There is no “__class__” here; there is nothing below plain words.",
    "{{ case.number.__class__ }}": "There is no “__class__” here",
    "{{ case.__class__ }}": "There is no field “__class__”",
    "{{ case }}": "“case” is a group; say what of it: number,",
    "{{ steps }}": "“steps” is a list.",
    "{{ steps.stage }}": "“stage” is in each item of a list; repeat over the list first.",
    "{{ case.number|upper }}": "Only fields, comparisons and and/or/not may stand in a template.",
    "{{ case.number * 99999999 }}": "Only fields, comparisons and and/or/not may stand in a template.",
    "{{ range(9) }}": "Only fields, comparisons and and/or/not may stand in a template.",
    "{{ case['number'] }}": "Only fields, comparisons and and/or/not may stand in a template.",
    "{{ case. }}": "“case.” is not understood.",
    "{{ case.number": "“{{ case.number” is not closed in its paragraph, or torn apart.",
    "case.number }}": "“}}” is not closed in its paragraph",
    "｛｛ case.number ｝｝": "“｛｛” are full-width braces, which are not read.",
    "{{r case.number }}": "Only plain fields are filled in.",
    "{% for i in range(10) %}{% endfor %}": "Only fields, comparisons and and/or/not may stand in a template.",
    "{% for s in case %}{% endfor %}": "“case” is no list; only lists are repeated: sections, figures, steps.",
    "{% for s in steps %}": "“{% for s in steps %}” is never ended.",
    "{% endfor %}": "“{% endfor %}” ends nothing that has begun.",
    "{% if case.number %}{% endfor %}{% endif %}": "“{% endfor %}” ends nothing that has begun.",
    "{% if case.number %}{% else %}{% else %}{% endif %}": "“{% else %}” ends nothing that has begun.",
    "{% include 'x' %}": "“{% include 'x' %}” is not understood.",
    "{% set x = 1 %}": "“{% set x = 1 %}” is not understood.",
    "{% macro m() %}{% endmacro %}": "“{% macro m() %}” is not understood.",
    "{% tr for s in steps %}": "“{% tr for s in steps %}” is not understood.",
    "{%p if case.number %} words": "“{%p if case.number %}” takes the place of its whole paragraph",
    "{%tr for s in steps %}": "“{%tr for s in steps %}” stands in no row of a table.",
}


@pytest.mark.parametrize("text", TAGS)
def test_tag_is_told_with_its_paragraph(text: str) -> None:
    found = faults(word("公示", text), SHAPE)
    assert found[0].paragraph == 2 and f"Paragraph 2 “{text}"[:30] in found[0].message.text("en")
    assert TAGS[text] in found[0].message.text("en")


def test_all_faults_are_told_at_once_and_what_would_be_right() -> None:
    data = altered(word("{{ case.numbr }}", "{{ entry.nam }}", "{% if x %}"), related("hyperlink", "http://x.example"))
    found = faults(data, SHAPE)
    assert [f.paragraph for f in found] == [None, 1, 2, 3, 3]
    assert [f.remedy.text("en") for f in found if f.remedy][1:3] == ["Did you mean “number”?", "Did you mean “name”?"]


def test_repetitions_have_a_depth() -> None:
    text = "".join("{% for s in steps %}" for _ in range(4)) + "{% endfor %}" * 4
    assert "There are more than 3 repetitions within one another." in told(word(text))[0]


def test_who_acted_is_for_templates_that_say_so() -> None:
    data = word("{% for s in steps %}{{ s.who }}{% endfor %}")
    assert "There is no field “who”" in told(data)[0]
    assert told(data, vocabulary("case", forms=[], facts=[], persons=True)) == []


def test_block_that_begins_in_a_row_and_ends_in_a_paragraph_is_told() -> None:
    rows = (("{%tr for s in steps %}", ""), ("{{ s.stage }}", ""))
    document = Document(io.BytesIO(word(rows=rows)))
    document.add_paragraph("{%p endfor %}")
    assert "“{%p endfor %}” does not fit “{%tr for s in steps %}”." in told(saved(document))[0]


def test_what_only_shows_when_it_is_filled_is_told() -> None:
    document = Document(io.BytesIO(word(rows=(("{% for s in steps %}",),))))
    document.add_paragraph("{% endfor %}")
    data = saved(document)
    assert "Filled in, it is no document that Word can open" in told(data)[0]


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pieces(*texts: str) -> bytes:
    """One paragraph laid down in several runs, as Word and WPS do after an edit."""
    document = Document()
    paragraph = document.add_paragraph()
    for n, text in enumerate(texts):
        paragraph.add_run(text).bold = bool(n % 2)
    return saved(document)


def filled(data: bytes, **given: Any) -> Document:
    made = docx.filled(as_text(data), sample(SHAPE, full=False) | given, title="题", author="示例局")
    assert list(broken_rules(made)) == [f for f in broken_rules(made) if "zoom" in f or "docId" in f]
    return Document(io.BytesIO(made))


@pytest.mark.slow
def test_field_in_pieces_is_joined() -> None:
    data = pieces("编号：", "{", "{ ca", "se.num", "ber }", "}。")
    assert told(data) == []
    assert filled(data, case={"number": "320830-1"}).paragraphs[0].text == "编号：320830-1。"


@pytest.mark.slow
def test_what_is_not_known_is_a_visible_blank_and_never_nought() -> None:
    data = word(
        "{{ case.number }}/{{ facts.practitioners }}/{{ award.amount }}",
        "{% if case.number %}有{% else %}无{% endif %}",
    )
    assert [p.text for p in filled(data).paragraphs] == [f"{BLANK}/{BLANK}/{BLANK}", "无"]


@pytest.mark.slow
def test_words_of_a_case_stay_words() -> None:
    hostile = "<w:p/>&amp;{{ case.kind }}\n第二行\x07\x0c"
    text = filled(PLAIN, case={"number": hostile, "kind": "不许"}).paragraphs[0].text
    assert text == "<w:p/>&amp;{{ case.kind }}\n第二行"


@pytest.mark.slow
def test_rows_repeat_and_the_table_keeps_its_form() -> None:
    data = word(
        rows=(
            ("环节", "日期"),
            ("{%tr for s in steps %}", ""),
            ("{{ s.stage }}", "{{ s.date }}"),
            ("{%tr endfor %}", ""),
        )
    )
    assert told(data) == []
    steps = [{"stage": "受理", "date": "2026年3月2日"}, {"stage": "审查", "date": None}]
    (table,) = filled(data, steps=steps).tables
    assert [[c.text for c in row.cells] for row in table.rows] == [
        ["环节", "日期"], ["受理", "2026年3月2日"], ["审查", BLANK]]  # fmt: skip


@pytest.mark.slow
def test_same_template_and_data_make_the_same_file() -> None:
    one, other = (docx.filled(as_text(PLAIN), {"case": {"number": "1"}}, title="题", author="局") for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        core = archive.read("docProps/core.xml").decode()
    assert "python-docx" not in core and "示例" not in core and "局" in core


# The child process, for what was not checked


NEVER_CHECKED = {
    "an attribute of Python": ("{{ ''.__class__.__mro__ }}", "SecurityError"),
    "a filter": ("{{ case|attr('__class__') }}", "No filter named 'attr'"),
    "a function": ("{{ range(9) }}", "'range' is undefined"),
    "a file": ("{% include '/etc/passwd' %}", "no loader"),
    "too much memory": ("{{ 'x' * 10**10 }}", "too much time or memory"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", NEVER_CHECKED)
def test_child_makes_no_document_of(what: str) -> None:
    text, said = NEVER_CHECKED[what]
    with pytest.raises(Broken) as error:
        docx.filled(as_text(word(text)), {"case": {}}, title="", author="")
    assert said in error.value.message.text("en")


@pytest.mark.slow
def test_endless_template_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "TIMEOUT", 3)
    deep = "".join(f"{{% for a{n} in x %}}" for n in range(9)) + "." + "{% endfor %}" * 9
    with pytest.raises(Broken, match="too much time or memory"):
        docx.filled(as_text(word(deep)), {"x": list(range(40))}, title="", author="")


@pytest.mark.slow
def test_document_that_grows_too_large_is_not_made() -> None:
    with pytest.raises(Broken, match="too large"):
        docx.filled(
            as_text(word("{% for a in x %}{{ a }}{% endfor %}")), {"x": ["长" * 100_000] * 300}, title="", author=""
        )


@pytest.mark.slow
def test_template_that_ends_the_child_takes_no_other_along(monkeypatch: pytest.MonkeyPatch) -> None:
    real = confined.ask

    def ask(module: str, asked: Any, data: bytes, *, timeout: int) -> Any:
        if any(one["docx"] == "killer" for one in asked["templates"]):
            raise confined.Failed
        return real(module, asked, data, timeout=timeout)

    monkeypatch.setattr(confined, "ask", ask)
    good = docx.Asked(as_text(word("{{ case.number }} 好")), SHAPE)
    made = docx.checked([docx.Asked("killer", SHAPE), good])
    assert [len(found) for found in made] == [1, 0]
