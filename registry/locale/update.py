"""Brings the catalogues up to date with the sources. A developer's tool, not run by the program and not in the wheel.

Sources are the English words in `msg("…")`, `nmsg("one", "many", n)` and the like of Python and `_("…")` of templates.
`zh_Hans_CN` is translated by hand: look for an empty `msgstr`. `zh_Hant_TW` is made from it and never edited: it has
the same words in the other script; what the conversion would get wrong stands in `traditional.tsv`.
Run `make messages`; a second run changes nothing. Nothing is guessed: a changed source is a new one to translate.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from registry.base.script import to_traditional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIMPLIFIED, TRADITIONAL = "zh_Hans_CN", "zh_Hant_TW"
KEYWORDS = {"_": (1,), "msg": (1,), "Message": (1,), "translate": (1,), "nmsg": (1, 2)}
"""What marks a source, and which of its arguments are words."""
TEMPLATES = ("html", "j2", "md", "txt", "xml")

HEADER = """\
# {about}
msgid ""
msgstr ""
"Language: {locale}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Without dates and names, so that the same words give the same bytes."""
ABOUT = {
    SIMPLIFIED: "Simplified Chinese. Translated here by hand; `make messages` adds new sources, takes out unused ones.",
    TRADITIONAL: "Traditional Chinese. Made from the simplified by `make messages`; mistakes go into traditional.tsv.",
}


@cache
def sources() -> tuple[str | tuple[str, ...], ...]:
    """Each marked source in the code and the templates, read once; with a plural, both forms."""
    return tuple(dict.fromkeys(found()))


def found() -> Iterator[str | tuple[str, ...]]:
    """The same as they are found; one may come more than once."""
    for file in sorted((ROOT / "registry").rglob("*.py")):
        yield from in_python(ast.parse(file.read_bytes()))
    methods = [(f"**.{kind}", "jinja2") for kind in TEMPLATES]
    strict = {pattern: {"silent": "false"} for pattern, _ in methods}
    for _, _, message, _, _ in extract_from_dir(ROOT / "templates", methods, strict, KEYWORDS):
        yield message


def in_python(tree: ast.Module) -> Iterator[str | tuple[str, ...]]:
    """The marked sources of a module, from its syntax tree: Babel's own reader sees no call inside an f-string."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            wanted = KEYWORDS.get(getattr(node.func, "id", getattr(node.func, "attr", "")), ())
            given = [getattr(arg, "value", None) for arg in node.args[: len(wanted)]]
            words = [word for word in given if isinstance(word, str)]
            if words and len(words) == len(wanted):
                yield tuple(words) if len(words) > 1 else words[0]


def path(locale: str) -> Path:
    """Where a catalogue lies."""
    return HERE / locale / "LC_MESSAGES" / "messages.po"


def translations(locale: str) -> dict[str, str]:
    """The catalogue on disk: source (its first form) and translation, "" where there is none yet."""
    if not path(locale).exists():
        return {}
    with path(locale).open("rb") as file:
        catalogue = read_po(file, locale)
    return {first(m.id): first(m.string) for m in catalogue if m.id and not m.fuzzy}


def first(forms: str | list[str] | tuple[str, ...] | None) -> str:
    """The first of several forms. Chinese has but one."""
    return (forms if isinstance(forms, str) else forms[0] if forms else "") or ""


def written(locale: str, words: dict[str, str]) -> str:
    """The catalogue of all sources as it shall stand on disk, sorted, with the translations that `words` has."""
    catalogue = Catalog(locale)
    for source in sources():
        catalogue.add(source)
    for message in catalogue:
        if message.id:
            text = words.get(first(message.id), "")
            message.string = (text,) if message.pluralizable else text
    out = BytesIO()
    write_po(out, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return HEADER.format(about=ABOUT[locale], locale=locale) + out.getvalue().decode()


@cache
def exceptions() -> dict[str, str]:
    """Simplified words that the conversion gets wrong, and what they are in traditional script."""
    lines = (HERE / "traditional.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


def traditional(text: str) -> str:
    """The same words in traditional script."""
    known = exceptions()
    pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    parts = re.split(f"({pattern})", text) if known else [text]
    return "".join(known.get(part) or to_traditional(part) for part in parts)


def update() -> list[str]:
    """Write both catalogues anew; returns the sources that still have no translation."""
    for locale in (SIMPLIFIED, TRADITIONAL):
        simplified = translations(SIMPLIFIED)
        words = simplified if locale == SIMPLIFIED else {s: traditional(text) for s, text in simplified.items()}
        path(locale).parent.mkdir(parents=True, exist_ok=True)
        path(locale).write_text(written(locale, words), encoding="utf-8")
    return [source for source, text in translations(SIMPLIFIED).items() if not text]


def main() -> None:
    """Update, and say what is left to do by hand."""
    for source in update():
        print(f"not translated yet: {source}")


if __name__ == "__main__":
    main()
