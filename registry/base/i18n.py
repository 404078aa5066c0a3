"""Languages, translatable messages, and `Text`, the three-language string of definitions.

Sources are English (`msg("…")`); catalogues in `registry/locale` hold zh-Hans (the default) and zh-Hant.
A `Message` stays untranslated until shown, so one finding can be read in three languages.
"""

import gettext as gettext_module
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from registry.base.paths import resource

Lang = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
DEFAULT_LANGUAGE: Lang = "zh-Hans"
LOCALES: dict[Lang, str] = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW", "en": "en"}
PREFIXES: dict[Lang, str] = {"zh-Hans": "", "zh-Hant": "/zh-hant", "en": "/en"}
"""What stands in front of an address in each language."""

_current: ContextVar[Lang] = ContextVar("language", default=DEFAULT_LANGUAGE)


def language() -> Lang:
    """The language of the reader now being served."""
    return _current.get()


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Everything translated inside the block is in `lang`."""
    token = _current.set(lang)
    try:
        yield
    finally:
        _current.reset(token)


@lru_cache
def catalogue(lang: Lang) -> gettext_module.NullTranslations:
    """The catalogue of a language; English is the source and needs none."""
    return gettext_module.translation("messages", resource("locale"), [LOCALES[lang]], fallback=True)


class Message:
    """A sentence to be translated when it is shown: an English source with `{named}` parameters.

    Parameters may be messages or `Text`; they are shown in the same language. With `plural` given,
    the parameter `n` chooses the form.
    """

    __slots__ = ("id", "params", "plural")

    def __init__(self, id: str, plural: str | None = None, /, **params: Any) -> None:
        self.id, self.plural, self.params = id, plural, params

    def text(self, lang: Lang | None = None) -> str:
        """The sentence in `lang`, or in the current reader's language."""
        lang = lang or language()
        cat = catalogue(lang)
        source = cat.ngettext(self.id, self.plural, int(self.params["n"])) if self.plural else cat.gettext(self.id)
        return source.format_map({k: show(v, lang) for k, v in self.params.items()}) if self.params else source

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Message({self.text('en')!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.id, self.params) == (other.id, other.params)

    def __hash__(self) -> int:
        return hash(self.id)

    def to_json(self) -> dict[str, Any]:
        """As stored: ids and parameters, never words."""
        data: dict[str, Any] = {"id": self.id}
        if self.plural:
            data["plural"] = self.plural
        if self.params:
            data["params"] = {k: pack(v) for k, v in self.params.items()}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Message":
        """The message that `to_json` stored."""
        return cls(data["id"], data.get("plural"), **{k: unpack(v) for k, v in data.get("params", {}).items()})


def pack(value: Any) -> Any:
    """A parameter as JSON: messages and texts are tagged, other things become plain values."""
    if isinstance(value, Message):
        return {"message": value.to_json()}
    if isinstance(value, Text):
        return {"text": value.model_dump()}
    return value if isinstance(value, int | bool | type(None)) else str(value)


def unpack(value: Any) -> Any:
    """The inverse of `pack`."""
    if isinstance(value, Mapping):
        return Message.from_json(value["message"]) if "message" in value else Text.model_validate(value["text"])
    return value


def show(value: Any, lang: Lang) -> Any:
    """A parameter as the reader of `lang` sees it."""
    if isinstance(value, Message):
        return value.text(lang)
    if isinstance(value, Text):
        return value.in_(lang)
    return value


def msg(id: str, /, **params: Any) -> Message:
    """A translatable sentence; the name marks it for extraction."""
    return Message(id, **params)


def nmsg(one: str, many: str, n: int, /, **params: Any) -> Message:
    """A translatable sentence with a number in it."""
    return Message(one, many, n=n, **params)


class Text(BaseModel):
    """Words of a definition: `zh-Hans`, and where given `zh-Hant` and `en`. A plain string is zh-Hans."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    zh_hans: str = Field(alias="zh-Hans", min_length=1)
    zh_hant: str | None = Field(default=None, alias="zh-Hant")
    en: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, data: Any) -> Any:
        return {"zh-Hans": data} if isinstance(data, str) else data

    @model_serializer
    def _to_mapping(self) -> dict[str, str]:
        pairs = {"zh-Hans": self.zh_hans, "zh-Hant": self.zh_hant, "en": self.en}
        return {k: v for k, v in pairs.items() if v is not None}

    def in_(self, lang: Lang | None = None) -> str:
        """The words in `lang`; where that is not given, the simplified Chinese original."""
        return {"zh-Hans": self.zh_hans, "zh-Hant": self.zh_hant, "en": self.en}[lang or language()] or self.zh_hans

    def __str__(self) -> str:
        return self.in_()
