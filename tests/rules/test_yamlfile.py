from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from registry.base.errors import BadInput
from registry.base.i18n import LANGUAGES
from registry.rules.criteria import CriteriaSet
from registry.rules.model import Day, Flag, Id, Model, Number, Whole, one_of
from registry.rules.wording import MESSAGES
from registry.rules.yamlfile import MAX_BYTES, load, read, validate
from tests.rules.criteria_sets import EVERY_FORM


class Fact(Model):
    fact: str
    over: str | None = None


class Growth(Model):
    growth: str


class Share(Model):
    reference: str
    times: Number = Decimal(1)


class Bound(Model):
    measure: Annotated[Fact | Growth, one_of(fact=Fact, growth=Growth)]
    at_least: Annotated[Decimal | Share, one_of(Number, reference=Share)]


class Set(Model):
    id: Id
    tests: tuple[Bound, ...] = ()
    on: Day | None = None
    held: Flag = True
    last: Whole = 1


def told(text: str, model: type[Model] = Set) -> list[str]:
    """Every fault of a file, in English."""
    try:
        _, faults = validate(model, read("set.yaml", text.encode()))
    except BadInput as error:
        faults = list(error.faults)
    return [fault.text("en") for fault in faults]


def test_scalars_are_read_as_yaml_1_2_promises_and_no_float_appears() -> None:
    text = "a: on\nb: no\nc: yes\nd: 0320812\ne: 1.10\nf: 2024-05-31\ng: true\n"
    text += "h: ~\ni: '12'\nj: 12\nk: 1e3\nl: .inf\nm: 0\nn: -2"
    assert read("x", text.encode()).data == {
        "a": "on",
        "b": "no",
        "c": "yes",
        "d": "0320812",
        "e": Decimal("1.10"),
        "f": "2024-05-31",
        "g": True,
        "h": None,
        "i": "12",
        "j": 12,
        "k": "1e3",
        "l": ".inf",
        "m": 0,
        "n": -2,
    }


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read("x", b"2: revoke\ntrue: 1\n0320812: 2").data == {"2": "revoke", "true": 1, "0320812": 2}


@pytest.mark.parametrize(
    "data", ["id: 淮安".encode(), b"\xef\xbb\xbf" + "id: 淮安".encode(), "id: 淮安".encode("gb18030")]
)
def test_utf_8_with_or_without_bom_and_gb_18030_are_read(data: bytes) -> None:
    assert read("x", data).data == {"id": "淮安"}


def test_places_are_those_of_keys_and_values() -> None:
    source = read("x", b"id: a\ntests:\n  - measure: {fact: b}\n    at_least: 3\n")
    assert (source.at("tests", 0, "at_least"), source.key_at("tests", 0, "at_least")) == ((4, 15), (4, 5))
    assert source.at("tests", 0, "<measure>", "measure", "<fact>", "fact", "[key]") == (3, 21)
    assert source.at("tests", 0, "measure", "not there") == (3, 14)
    assert source.sub("tests", 0).at("measure", "fact") == (3, 21)
    assert source.at("nowhere") == (1, 1)


def test_every_fault_is_told_at_once_with_its_place() -> None:
    text = """\
id: Area
id: area
tests:
  - measure: {fact: a, ovr: b}
    at_leest: 3
  - measure: {fact: a, growth: b}
    at_least: eighty
  - measure: {fcat: a}
    at_least: {refrence: x}
on: 2024-02-30
held: maybe
last: 1.5
"""
    assert told(text) == [
        "set.yaml:1:5: “Area” is not a name; use small letters a–z, digits and _.",
        "set.yaml:2:1: The key “id” is said twice (first at line 1).",
        "set.yaml:4:5: The key “at_least” is missing.",
        "set.yaml:4:24: Unknown key “ovr”. Did you mean “over”?",
        "set.yaml:5:5: Unknown key “at_leest”. Did you mean “at_least”?",
        "set.yaml:6:14: Says two things at once: fact, growth.",
        "set.yaml:7:15: “eighty” must be a number, such as 3000, 0.8 or 3万.",
        "set.yaml:8:14: Exactly one of these keys is needed: fact, growth. Did you mean “fact”?",
        "set.yaml:9:15: Exactly one of these keys is needed: reference. Did you mean “reference”?",
        "set.yaml:10:5: “2024-02-30” is not a date; write it as 2024-05-31.",
        "set.yaml:11:7: “maybe” must be true or false.",
        "set.yaml:12:7: “1.5” must be a whole number.",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id: &x a\nb: *x", "set.yaml:1:5: Anchors (&) are not allowed. Write the value out where it is needed."),
        ("<<: {id: a}", "set.yaml:1:1: Merge keys (<<) are not allowed. Write the keys out."),
        (
            "id: !!python/object:os.system a",
            "set.yaml:1:5: Tags (!) are not allowed. Put text that begins with “!” in quotes.",
        ),
        ("id: a\n---\nid: b", "set.yaml:2:1: Only one document may stand in a file; remove the line “---”."),
        ("[a]: b", "set.yaml:1:1: A key must be a plain word."),
        ("", "set.yaml:1:1: The file is empty."),
        ("# nothing", "set.yaml:1:1: The file is empty."),
        ("[" * 900, "set.yaml:1:41: More than 40 levels deep."),
        ("id: \x00", "set.yaml:1:5: The character U+0000 may not stand in a definition."),
        (
            "a:\n\t- b",
            "set.yaml:2:1: This character may not stand here; indent with spaces, and put text that begins with it "
            "in quotes.",
        ),
        ("a: [1", "set.yaml:2:1: A bracket is not closed, or a comma is missing."),
        ('a: "1', "set.yaml:1:4: A quotation mark is not closed."),
        ("- a\nb: 1", "set.yaml:2:1: The indentation does not fit the lines above, or a bracket above is not closed."),
        (
            "id：a\ntests: []",
            "set.yaml:2:6: A “: ” may not stand here; is the line before it complete, and is the text in "
            "quotes? After a key write the half-width “: ” with a space, not “：”.",
        ),
    ],
)
def test_what_is_no_definition_is_refused_at_its_place(text: str, fault: str) -> None:
    assert told(text)[0] == fault


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = [f"{now}: &{now} [*{last}, *{last}]" for last, now in zip("abcdefghijk", "bcdefghijkl", strict=True)]
    assert len(read("x", "\n".join(["a: &a [x, x]", *lines]).encode()).faults) == 12 + 22


def test_a_file_too_large_or_in_no_known_encoding_is_refused() -> None:
    for data, fault in (
        (b"a" * (MAX_BYTES + 1), "x: The file is larger than 256 kB."),
        (b"\xff\xff\xff", "x: The file is neither UTF-8, UTF-16 nor GB 18030. Save it as UTF-8."),
    ):
        with pytest.raises(BadInput) as error:
            read("x", data)
        assert [f.text("en") for f in error.value.faults] == [fault]


def test_a_number_where_text_is_needed_is_told_how_to_write_it() -> None:
    assert told("measure: {fact: 320800}\nat_least: 1", Bound) == [
        'set.yaml:1:17: “320800” must be quoted text. Write it as "320800".'
    ]


def test_load_gives_the_part_asked_for_and_raises_with_its_places() -> None:
    source = read("x", b"one: {fact: a}\ntwo: {fact: a, ovr: b}")
    assert load(Fact, source, ("one",)) == Fact(fact="a")
    with pytest.raises(BadInput) as error:
        load(Fact, source, ("two",))
    assert [f.place for f in error.value.faults] == ["x:2:16"]


def test_names_of_fields_are_no_keys_of_files() -> None:
    text = EVERY_FORM.replace("class: 技能类", "class_: 技能类")
    assert told(text, CriteriaSet) == ["set.yaml:4:1: Unknown key “class_”. Did you mean “class”?"]


def mutants(value: Any) -> list[Any]:
    """The same tree with something odd at one place, for every place."""
    odd: list[Any] = [
        None,
        True,
        "",
        "x",
        "Ä ",
        "9" * 200,
        -1,
        0,
        Decimal("1.555"),
        [],
        [1],
        {},
        {"a": 1},
        {"zh-Hans": 1},
    ]
    found: list[Any] = list(odd)
    if isinstance(value, dict):
        found += [{**value, "unheard": 1}, *({k: v for k, v in value.items() if k != gone} for gone in value)]
        found += [{**value, key: mutant} for key, item in value.items() for mutant in mutants(item)]
    elif isinstance(value, list):
        found += [[*value[:i], mutant, *value[i + 1 :]] for i, item in enumerate(value) for mutant in mutants(item)]
    return found


def test_every_type_of_error_that_occurs_has_its_own_sentence_in_every_language() -> None:
    source, types = read("set.yaml", EVERY_FORM.encode()), set()
    for mutant in mutants(source.data):
        try:
            CriteriaSet.model_validate(mutant, by_alias=True, by_name=False)
        except ValidationError as error:
            if not (new := {e["type"] for e in error.errors()} - types):
                continue
            types |= new
            _, faults = validate(CriteriaSet, replace(source, data=mutant))
            assert faults and all(f.line and f.text(lang) for f in faults for lang in LANGUAGES)
    assert len(types) > 15 and types - set(MESSAGES) == set()
