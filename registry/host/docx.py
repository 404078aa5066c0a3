"""Word templates checked and filled in a child process with limits: they come from strangers."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from registry.base import confined
from registry.base.canonical import canonical, sha256
from registry.base.errors import Broken
from registry.base.i18n import Message, msg
from registry.host.docx_parts import Found

CHILD = "registry.host.docx_child"
TIMEOUT = 30
"""Seconds on the clock; the child's own limit of processor time is lower."""
MOST_KEPT = 500
"""Templates whose check a process remembers; the same file among the same fields comes out the same."""
_checked: dict[str, tuple[Found, ...]] = {}


class Asked(NamedTuple):
    """A template to be checked: the Word document in base64, and the vocabulary it may read."""

    docx: str
    shape: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What tells it from any other."""
        return sha256(canonical([self.docx, dict(self.shape)]))


def checked(templates: Sequence[Asked]) -> list[tuple[Found, ...]]:
    """What is wrong with each template, in the order given. Each is opened once in a process."""
    unknown = {one.key: one for one in templates if one.key not in _checked}
    if len(_checked) + len(unknown) > MOST_KEPT:
        _checked.clear()
        unknown = {one.key: one for one in templates}
    _checked.update(zip(unknown, _ask(list(unknown.values())), strict=True))
    return [_checked[one.key] for one in templates]


def _ask(templates: list[Asked]) -> Iterator[tuple[Found, ...]]:
    """The child's answer; where it does not survive several at once, it is asked for each."""
    if not templates:
        return
    asked = {"do": "check", "templates": [one._asdict() for one in templates]}
    try:
        told = confined.ask(CHILD, asked, b"", timeout=TIMEOUT)
    except confined.Failed:
        if len(templates) > 1:
            for one in templates:
                yield from _ask([one])
            return
        yield (Found(msg("It needs too much time or memory, or is no Word document.")),)
        return
    for found in told:
        yield tuple(
            Found(Message.from_json(words), n, Message.from_json(remedy) if remedy else None)
            for words, n, remedy in found
        )


def filled(docx: str, data: Mapping[str, Any], *, title: str, author: str) -> bytes:
    """The document that a template (in base64) and its data make. Raises Broken when it cannot be made within its limits."""
    asked = {"do": "fill", "docx": docx, "data": dict(data), "about": {"title": title, "author": author}}
    try:
        told = confined.ask(CHILD, asked, b"", timeout=TIMEOUT)
    except confined.Failed:
        raise Broken(msg("The document needed too much time or memory and was not made.")) from None
    if "error" in told:
        raise Broken(msg("The document cannot be made: {error}", error=told["error"]))
    return base64.b64decode(told["document"])
