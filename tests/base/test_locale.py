"""The catalogues: complete, in step with the sources, and in the right script."""

import ast
import gettext
import re
import shutil
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from opencc import OpenCC

from registry.app import create_app
from registry.base import i18n
from registry.base.i18n import LOCALES, Lang, msg, nmsg
from registry.locale import update
from registry.testing import Kit

CATALOGUES = (update.SIMPLIFIED, update.TRADITIONAL)
HAN = r"[\u3400-\u9fff]"
BOTH = frozenset("干准群吃")
"""Characters that OpenCC would change when they stand alone, and that are right in traditional words too."""
both = pytest.mark.parametrize("locale", CATALOGUES)


@cache
def catalogue(locale: str) -> Catalog:
    """A catalogue as it lies on disk."""
    with update.path(locale).open("rb") as file:
        return read_po(file, locale)


def entries(locale: str) -> list[Message]:
    """Its entries, the header left out."""
    return [entry for entry in catalogue(locale) if entry.id]


def translated(locale: str) -> list[Message]:
    """Its entries with a translation: what has none is the business of one test."""
    return [entry for entry in entries(locale) if all(forms(entry.string))]


def forms(words: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """All forms of a source or of a translation."""
    return (words,) if isinstance(words, str) else tuple(words)


def placeholders(text: str) -> set[str | None]:
    """The names that a sentence is filled with."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def plain(text: str) -> str:
    """A sentence without what it is filled with."""
    return "".join(literal for literal, *_ in Formatter().parse(text))


def unquoted(text: str) -> str:
    """A sentence without what it only quotes: code has its own punctuation."""
    return re.sub("“[^”]*”|`[^`]*`", "", text)


def run_time(lang: Lang) -> gettext.NullTranslations:
    """The catalogue as the program reads it, compiled from the `.po`: a `.mo` beside it may be older."""
    if lang == "en":
        return gettext.NullTranslations()
    out = BytesIO()
    write_mo(out, catalogue(LOCALES[lang]))
    out.seek(0)
    return gettext.GNUTranslations(out)


@pytest.mark.slow
def test_another_run_of_the_tool_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {locale: update.path(locale).read_text() for locale in CATALOGUES}
    shutil.copytree(update.HERE, tmp_path / "locale")
    monkeypatch.setattr(update, "HERE", tmp_path / "locale")
    update.update()
    assert {locale: update.path(locale).read_text() for locale in CATALOGUES} == ours, "run make messages"


def test_the_tool_sees_every_way_to_mark_a_source() -> None:
    marked = 'msg("a" "b", x=msg("c"))\nnmsg("one", "many", 3)\nf"{i18n.Message(\'in\')}"\nmsg(x)\nother("no")\nmsg()'
    assert sorted(update.in_python(ast.parse(marked)), key=str) == [("one", "many"), "ab", "c", "in"]


@pytest.mark.slow
def test_the_tool_keeps_translations_and_forgets_what_no_source_says() -> None:
    known = update.translations(update.SIMPLIFIED)
    sign_in = known["Sign in"]
    text = update.written(update.SIMPLIFIED, {"Sign in": sign_in, "Nobody says this.": "无"})
    assert f'msgid "Sign in"\nmsgstr "{sign_in}"\n' in text
    assert "Nobody says this." not in text
    assert text.count('msgid "') == len(known) + 1


@both
def test_catalogue_is_sorted_and_holds_nothing_that_changes_by_itself(locale: str) -> None:
    text = update.path(locale).read_text()
    assert not re.search(r"^#:|^#~|POT-Creation-Date|PO-Revision-Date|Generated-By", text, re.MULTILINE)
    sources = [forms(entry.id)[0] for entry in entries(locale)]
    assert sources == sorted(sources)


@both
def test_everything_is_translated(locale: str) -> None:
    assert [e.id for e in entries(locale) if e.fuzzy or not all(forms(e.string))] == []


@both
def test_chinese_has_one_form(locale: str) -> None:
    assert catalogue(locale).num_plurals == 1
    assert [e.id for e in entries(locale) if len(forms(e.string)) != 1] == []


@both
def test_every_translation_is_chinese(locale: str) -> None:
    worded = [e for e in translated(locale) if re.search("[A-Za-z]", plain(forms(e.id)[0]))]
    assert [e.id for e in worded if not re.search(HAN, plain(forms(e.string)[0]))] == []


@both
def test_translations_are_filled_with_the_same_things(locale: str) -> None:
    filled = [(e.id, [placeholders(form) for form in forms(e.id) + forms(e.string)]) for e in translated(locale)]
    assert [source for source, (first, *others) in filled if any(names != first for names in others)] == []


@both
def test_catalogue_compiles_without_complaint(locale: str) -> None:
    assert [(entry.id, errors) for entry, errors in catalogue(locale).check()] == []


@both
def test_punctuation_is_chinese(locale: str) -> None:
    beside = re.compile(rf"{HAN}\s?[,;:?!()]|[,;:?!()]\s?{HAN}|\.\.\.|{HAN}\.")
    texts = [plain(unquoted(forms(e.string)[0])) for e in entries(locale)]
    assert [text for text in texts if beside.search(text)] == []


def test_traditional_has_no_character_of_the_simplified_script_only() -> None:
    traditional = OpenCC("s2t")
    used = {char: entry.string for entry in entries(update.TRADITIONAL) for char in forms(entry.string)[0]}
    wrong = {char: text for char, text in used.items() if traditional.convert(char) != char}
    assert {char: text for char, text in wrong.items() if char not in BOTH} == {}


def test_simplified_has_no_character_of_the_traditional_script_only() -> None:
    simplified = OpenCC("t2s")
    texts = [forms(entry.string)[0] for entry in entries(update.SIMPLIFIED)]
    assert [text for text in texts if simplified.convert(text) != text] == []


def test_exceptions_put_right_what_the_conversion_gets_wrong() -> None:
    assert update.traditional("公布认定结果后，登录控制台复核") == "公布認定結果後，登錄控制臺複核"
    assert {word: right for word, right in update.exceptions().items() if update.to_traditional(word) == right} == {}


@pytest.mark.parametrize(
    ("lang", "due", "signed"),
    [("zh-Hans", "逾期 2 个工作日", "请先登录。"), ("zh-Hant", "逾期 2 個工作日", "請先登錄。")],
)
def test_messages_find_their_translation(lang: Lang, due: str, signed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "catalogue", run_time)
    assert nmsg("{n} working day overdue", "{n} working days overdue", 2).text(lang) == due
    assert msg("Please sign in.").text(lang) == signed


def english(page: str) -> list[str]:
    """Two English words or more in a row, in what a page shows or reads out."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    read_out = re.findall(r'\b(?:alt|aria-label|content|placeholder|title|value)="([^"]*)"', page)
    shown = re.sub(r"<[^>]+>", "\n", page)
    return re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]+)+", unescape("\n".join([shown, *read_out])))


def test_english_is_found_where_it_stands() -> None:
    assert english('<p title="No way">PDF、JPG 文件 <b>Sign in</b> English</p><script>var no thing</script>') == [
        "Sign in",
        "No way",
    ]


@pytest.mark.slow
def test_chinese_pages_say_nothing_in_english(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "catalogue", run_time)
    client = create_app(kit.registry).test_client()
    paths = ("/", "/sign-in", "/verify", "/verify/ABCD", "/notices", "/search?q=none", "/nothing-here")
    pages = {prefix + path: client.get(prefix + path).text for prefix in ("", "/zh-hant") for path in paths}
    assert {address: english(page) for address, page in pages.items()} == dict.fromkeys(pages, [])
