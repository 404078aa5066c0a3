"""What a Chinese keyboard writes: taken where one thing can be meant, asked about where two, never altered in a text."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.base.errors import Fault
from registry.base.i18n import LANGUAGES, Text
from registry.base.region import RegionCode
from registry.host.packs import MODELS
from registry.rules.example import ExampleFile
from registry.rules.extension import model_of
from registry.rules.model import Day, Flag, Id, Model, Number, Whole
from registry.rules.pack import FOLDERS, Manifest
from registry.rules.reading import Understood, understood


class Typed(Model):
    """One field of each kind that a Chinese keyboard writes in its own way."""

    id: Id | None = None
    number: Number | None = None
    whole: Whole | None = None
    day: Day | None = None
    flag: Flag | None = None
    region: RegionCode | None = None
    text: str | None = None
    words: Text | None = None
    names: tuple[Id, ...] = ()
    list: tuple[str, ...] = ()
    marks: dict[str, Number] = {}
    inner: "Typed | None" = None


def typed(text: str | bytes) -> Understood[Typed]:
    """What comes of a file."""
    return understood("x.yaml", text if isinstance(text, bytes) else text.encode(), lambda _: Typed)


def corrected(faults: list[Fault]) -> list[str | None]:
    return [fault.corrected for fault in faults]


TAKEN = [
    ("id：a", Typed(id="a"), "id: a"),
    ("id ： a", Typed(id="a"), "id : a"),
    ("id:\u3000a", Typed(id="a"), "id: a"),
    ("id: a\u00a0", Typed(id="a"), "id: a"),
    ("id: a\u3000# why", Typed(id="a"), "id: a # why"),
    ("“id”: a", Typed(id="a"), '"id": a'),
    ("inner：｛id：a，text：“b, c”｝", Typed(inner=Typed(id="a", text="b, c")), 'inner: {id: a,text: "b, c"}'),
    ("inner: {id: a， text: b}", Typed(inner=Typed(id="a", text="b")), "inner: {id: a, text: b}"),
    ("inner: （id: a）", Typed(inner=Typed(id="a")), "inner: {id: a}"),
    ("inner: 【id：a】", Typed(inner=Typed(id="a")), "inner: {id: a}"),
    ("names: 【a，b、c】", Typed(names=("a", "b", "c")), "names: [a,b,c]"),
    ("names: ［“a”, ‘b’, 「c」］", Typed(names=("a", "b", "c")), 'names: ["a", \'b\', "c"]'),
    ("marks: {技能类：3，服务类：４}", Typed(marks={"技能类": 3, "服务类": 4}), "marks: {技能类: 3,服务类: ４}"),
    ("inner:\n\tid: a", Typed(inner=Typed(id="a")), "  id: a"),
    ("inner:\n\u3000\u3000id: a", Typed(inner=Typed(id="a")), "    id: a"),
    ("inner:\n\u00a0\u00a0id: a", Typed(inner=Typed(id="a")), "  id: a"),
    ("names:\n－ a\n－ b", Typed(names=("a", "b")), "- a"),
    ('inner: {id: a， text: “say "b"”}', Typed(inner=Typed(id="a", text='say "b"')), None),
    ("number: ８０００", Typed(number=8000), "number: 8000"),
    ("number: 80%", Typed(number="0.8"), "number: 0.8"),
    ("number: ８０％  # so many", Typed(number="0.8"), "number: 0.8  # so many"),
    ("number：3万", Typed(number=30000), None),
    (
        "inner: {number: 1.5亿, id: a}",
        Typed(inner=Typed(number=150000000, id="a")),
        "inner: {number: 150000000, id: a}",
    ),
    ("whole: １０", Typed(whole=10), "whole: 10"),
    ("whole: 3万", Typed(whole=30000), "whole: 30000"),
    ("day: 2026年3月1日", Typed(day="2026-03-01"), "day: 2026-03-01"),
    ("flag: 是", Typed(flag=True), "flag: true"),
    ("flag: No", Typed(flag=False), "flag: false"),
    ("region: 320831", Typed(region="320831"), 'region: "320831"'),
    ("region: ３２０８３１", Typed(region="320831"), 'region: "320831"'),
]


@pytest.mark.parametrize(("written", "meant", "line"), TAKEN)
def test_what_can_only_mean_one_thing_is_taken_and_shown(written: str, meant: Typed, line: str | None) -> None:
    read = typed(written)
    assert (read.faults, read.model) == ([], meant)
    assert read.notices and all(notice.text(lang) for notice in read.notices for lang in LANGUAGES)
    assert line is None or line in corrected(read.notices)


@pytest.mark.parametrize(
    "written",
    [
        "text: 甲，乙：丙（丁）",
        "text: “甲”和“乙”",
        "text: 80%",
        "text: 是",
        "text: 2026年3月1日",
        "text: |\n  甲：乙\n  \u3000\u3000丙",
        'text: "甲，乙：丙\u3000”丁"',
        "words: {zh-Hans: 注意，以下：甲, en: a}",
        "words: {zh-Hans: （示例）甲【乙】, en: a}",
        "words: {zh-Hans: 甲（乙，丙）, en: a}  # 丁：戊",
        "list: [甲、乙, 丙]",
        "day: 2026-03-01",
        "number: 0.30",
        "region: '320831'",
    ],
)
def test_texts_keep_every_sign(written: str) -> None:
    read = typed(written)
    assert (read.faults, read.notices) == ([], [])
    assert read.model == Typed.model_validate(yaml.load(written, Loader=yaml.BaseLoader))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "id: a\ntext: “b”",
            "x.yaml:2:7: This line can be read in two ways. If it is part of a text, put the text in quotes; if not, "
            'write the line as below.\n    text: "b"',
        ),
        ("list: [甲，乙]", "x.yaml:1:9: This line can be read in two ways."),
        ("inner: {id: a，text: “b\\n”}", "x.yaml:1:14: This line can be read in two ways."),
        (
            "number: 1：3.5",
            "x.yaml:1:9: “1：3.5” can mean 3.5 and can mean 0.285714. Write 3.5 if it says how many come to one, "
            "0.285714 if it says a share.\n    number: 3.5",
        ),
        ("id: a\ninner：{numbr： 1}", "Unknown key “numbr”. Did you mean “number”?\n    inner: {numbr: 1}"),
        ("id： a\ninner：{id： a b: c}", "A bracket is not closed, or a comma is missing.\n    inner: {id: a b: c}"),
        ("number: 3千万", "“3千万” must be a number, such as 3000, 0.8 or 3万."),
        ("whole: 80%", "“80%” must be a whole number."),
        ("day: 2026年13月1日", "“2026年13月1日” is not a date; write it as 2024-05-31."),
    ],
)
def test_what_is_asked_about_is_told_with_the_line_as_it_would_be_right(written: str, told: str) -> None:
    read = typed(written)
    assert read.model is None
    assert told in "\n".join(fault.text("en") for fault in read.faults)


def test_how_far_a_tab_indents_is_asked_about_only_where_it_matters() -> None:
    assert typed("inner:\n    id: a\n\ttext: b").model == Typed(inner=Typed(id="a", text="b"))
    unclear = typed("inner:\n  inner:\n    id: a\n\ttext: b")
    assert [fault.line for fault in unclear.faults] == [4]


HOSTILE = {
    "brackets": "list: " + "［" * 40_000 + "］" * 40_000,
    "brackets in brackets": "list: [" + "［" * 40_000 + "］" * 40_000 + "]",
    "open brackets": "list: [" + "【" * 80_000,
    "quotation marks": "list: [" + "“a，" * 30_000 + "]",
    "quotation marks of another kind": "list: [" + "‘a, 'a”, " * 10_000 + "]",
    "commas": "marks: {a: " + "b，" * 60_000 + "}",
    "blanks": "id: a" + " " * 100_000 + "\u3000" * 50_000 + "b",
    "blanks in brackets": "list: [a" + "\u3000" * 60_000 + "#b]",
    "blanks before no colon": "id： a\na" + " " * 200_000 + "b",
    "percentages": "inner：{list: [" + "80%, " * 40_000 + "]}",
    "tabs": "\n".join("\t" * n + "a：" for n in range(300)),
    "quoted nothing": "id： " + "\"'" * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_takes_long_to_read(name: str) -> None:
    begun = time.process_time()
    typed(HOSTILE[name])
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("text: 淮安".encode("gb18030"), "GB 18030"),
        ("text: 淮安".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + "text: 淮安".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_other_encodings_of_windows_notepad_are_read_and_told(data: bytes, encoding: str) -> None:
    read = typed(data)
    assert read.model == Typed(text="淮安")
    assert [notice.text("en") for notice in read.notices] == [
        f"x.yaml: The file is read as {encoding}. Save it as UTF-8, so that no sign is taken for another."
    ]


@pytest.mark.parametrize("data", ["text: 淮安\r\nid: a\r\n".encode(), b"\xef\xbb\xbftext: " + "淮安".encode()])
def test_utf_8_with_bom_or_windows_line_ends_needs_no_word(data: bytes) -> None:
    read = typed(data)
    assert read.model is not None and read.model.text == "淮安"
    assert read.notices == []


ROOT = Path(__file__).parents[2]
WIDE = {":": "：", ",": "，、", "{": "｛", "}": "｝", "[": "［【", "]": "］】", '"': "“”＂", "'": "‘’"}
CLOSING = {'"': "”“＂", "'": "’"}
Sign = tuple[int, int, str]
"""Where a structural sign begins and ends in a text, and what may be written there instead."""


def model_for(file: Path) -> Any:
    """What `understood` asks for a bundled file."""
    if file.name == "plugin.yaml":
        return lambda _: Manifest
    if file.parent.name == "examples":
        return lambda _: ExampleFile
    type_ = FOLDERS[file.parent.name]
    return model_of if type_ == "workflow" else lambda _: MODELS[type_]


FILES = sorted(
    file
    for base in (ROOT / "plugins", ROOT / "registry/kinds")
    for file in base.rglob("*.yaml")
    if file.name == "plugin.yaml" or file.parent.name in {*FOLDERS, "examples"}
)


def signs(text: str) -> Iterator[Sign]:
    """Every structural sign of a text, as YAML itself sees it."""
    brackets = (
        yaml.FlowMappingStartToken,
        yaml.FlowMappingEndToken,
        yaml.FlowSequenceStartToken,
        yaml.FlowSequenceEndToken,
        yaml.FlowEntryToken,
        yaml.ValueToken,
    )
    inside = set[int]()
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        start, end = token.start_mark.index, token.end_mark.index
        if isinstance(token, brackets):
            yield start, start + 1, WIDE[text[start]]
            if isinstance(token, yaml.ValueToken) and text[start + 1 : start + 2] == " ":
                yield start + 1, start + 2, "\u3000\u00a0\t"
        elif isinstance(token, yaml.ScalarToken):
            inside |= set(range(token.start_mark.line + 1, token.end_mark.line + 1))
            if token.style in ("'", '"'):
                yield start, start + 1, WIDE[text[start]]
                yield end - 1, end, CLOSING[text[end - 1]]
            elif token.plain and text[start:end].isdigit():
                yield start, end, "".join(chr(ord(digit) + 0xFEE0) for digit in text[start:end])
    at = 0
    for number, line in enumerate(text.split("\n")):
        indent = len(line) - len(line.lstrip(" "))
        if number not in inside and indent < len(line):
            yield from ((at + i, at + i + 2, "\u3000\t") for i in range(0, indent - 1, 2))
        at += len(line) + 1


@cache
def known(file: Path) -> tuple[str, list[Sign], Any]:
    """A file's text, its signs, and the definition in it."""
    text = file.read_text()
    digits = "extends: " not in text  # what a county sets in another's workflow has no type of its own
    read = understood(file.name, text.encode(), model_for(file))
    assert read.faults == [] and read.notices == [], read
    found = sorted(sign for sign in signs(text) if digits or not text[sign[0]].isdigit())
    return text, found, read.model


def retyped(text: str, found: list[Sign], dice: random.Random) -> tuple[str, set[int]]:
    """The text with some of its signs written in another way, and the lines in which there are any."""
    share, wanted = dice.choice([0.005, 0.02, 0.2, 1.0]), dice.sample(sorted(WIDE) + [" ", "0"], dice.randint(1, 6))
    lines, made, at = set[int](), "", 0
    for start, end, instead in found:
        sign = "0" if text[start].isdigit() else text[start]
        if start >= at and sign in wanted and dice.random() < share:
            made += text[at:start] + (instead if sign == "0" else dice.choice(instead))
            at = end
            lines.add(text.count("\n", 0, start) + 1)
    return made + text[at:], lines


@pytest.mark.slow
def test_what_is_retyped_on_another_keyboard_means_the_same_or_is_asked_about_at_its_line() -> None:
    count: Counter[str] = Counter()

    @settings(max_examples=200, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(FILES), st.integers(0, 2**32))
    def check(file: Path, seed: int) -> None:
        text, found, definition = known(file)
        other, lines = retyped(text, found, random.Random(seed))
        read = understood(file.name, other.encode(), model_for(file))
        if read.faults:
            count["asked"] += 1
            near = {line + more for line in lines for more in (0, 1)}
            assert near & {fault.line for fault in read.faults}, (lines, read.faults)
        else:
            count["taken"] += bool(lines)
            count["shown"] += len(read.notices)
            assert read.model == definition

    check()
    assert count["taken"] > 4 * count["asked"] > 0, count
