"""The one public surface that plugins import. What is not here may change without notice."""

from collections.abc import Iterator
from contextlib import contextmanager

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, Text
from registry.base.money import Money
from registry.host.hookspecs import hookimpl
from registry.host.plugged import Access, Column, Computed, PluginEntry, ShowcasePage, Shown, Transition, Veto
from registry.host.registry import opened
from registry.host.signon import AuthProvider, Begun, Identity, NotBegunHere, NotRecognised
from registry.rules.pack import API_VERSION

__all__ = [
    "API_VERSION",
    "Access",
    "AuthProvider",
    "BadInput",
    "Begun",
    "Column",
    "Computed",
    "Fault",
    "Identity",
    "Money",
    "NotBegunHere",
    "NotRecognised",
    "PluginEntry",
    "ShowcasePage",
    "Shown",
    "Text",
    "Transition",
    "Veto",
    "access",
    "hookimpl",
    "told",
]

PLAIN = "{words}"
"""A sentence that is nothing but what a plugin says; nobody translates it."""


@contextmanager
def access() -> Iterator[Access]:
    """The registry that the environment names, for a plugin's command."""
    with opened() as registry:
        yield Access(registry.store)


def told(words: dict[str, str], **params: object) -> Message:
    """A sentence of a plugin's own, by language (`zh-Hans`, `en`), with `{names}` filled in: for faults and refusals."""
    return Message(PLAIN, words=Text.model_validate({lang: line.format(**params) for lang, line in words.items()}))
