"""Scripts of Chinese: conversion between Simplified and Traditional, and folding for search."""

from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

from registry.base.i18n import Text

EXCEPTIONS = {"裡": "裏"}
"""Forms that the conversion gets wrong for a mainland reader."""


@lru_cache
def _converter(config: str) -> OpenCC:
    return OpenCC(config)


def to_traditional(text: str) -> str:
    """Simplified to Traditional glyphs, mainland words kept (s2tw changes glyph forms only)."""
    result = _converter("s2tw").convert(text)
    for wrong, right in EXCEPTIONS.items():
        result = result.replace(wrong, right)
    return result


def to_simplified(text: str) -> str:
    """Traditional to Simplified."""
    return _converter("t2s").convert(text)


def complete(text: Text) -> Text:
    """The text with its Traditional form filled in by conversion where an author gave none."""
    return text if text.zh_hant else Text.model_validate({**text.model_dump(), "zh-Hant": to_traditional(text.zh_hans)})


def fold(text: str) -> str:
    """For search: Simplified, lower case, single spaces.

    Character by character: the conversion of whole words looks at neighbours (乾 in 乾隆 stays as it is), and a part
    of a name must become the same part of the folded name.
    """
    return " ".join("".join(map(_simple, text)).lower().split())


@lru_cache(maxsize=10_000)
def _simple(character: str) -> str:
    """Its simplified form; a variant (缐) by way of the traditional form that it shares (線) with the common one (线)."""
    return to_simplified(to_traditional(to_simplified(character)))


def search_words(*names: str) -> str:
    """What a name can be found by: itself folded, its pinyin with and without spaces, its initials."""
    words = []
    for name in names:
        syllables = lazy_pinyin(" ".join(to_simplified(name).lower().split()), style=Style.NORMAL)
        words += [fold(name), " ".join(syllables), "".join(syllables), "".join(s[0] for s in syllables if s)]
    return " | ".join(dict.fromkeys(words))
