"""The language in the address: `/zh-hant/…` and `/en/…`; without prefix Simplified Chinese.

The prefix moves to SCRIPT_NAME before Flask sees the request, so every `url_for` keeps the reader's language.
"""

from collections.abc import Callable, Iterable
from typing import Any

from registry.base.i18n import DEFAULT_LANGUAGE, LANGUAGES, PREFIXES, Lang, speaking

KEY = "registry.language"
NAMES: dict[Lang, str] = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}


class LanguageMiddleware:
    """WSGI middleware; also sets the language that messages are translated to."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request in its language."""
        lang, path = split(environ.get("PATH_INFO", ""))
        environ[KEY] = lang
        environ["PATH_INFO"] = path
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIXES[lang]
        with speaking(lang):
            return list(self.app(environ, start_response))


def split(path: str) -> tuple[Lang, str]:
    """(language, path without its prefix)."""
    for lang in LANGUAGES:
        prefix = PREFIXES[lang]
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            return lang, path[len(prefix) :] or "/"
    return DEFAULT_LANGUAGE, path
