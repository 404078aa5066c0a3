"""Checking pages: templates that cannot be read, data that a page has not got, and scripts, each at its line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from registry.base.errors import Fault
from registry.base.i18n import Message, msg
from registry.rules.pack import SLOTS, Page
from registry.rules.wording import did_you_mean
from registry.rules.yamlfile import Source

Shape = Any
"""What a value holds: a dict of names, a list with the shape of its items, or None where nothing is known of it."""
Found = tuple[Message, int, str, Message | None]
"""What is wrong, in which line of the text (from 1), at which words, and what would be right."""

KEEPS = frozenset({"selectattr", "rejectattr", "select", "reject", "sort", "list", "reverse", "unique"})
"""Filters that give a list of the same things."""
SCRIPTS: tuple[tuple[re.Pattern[str], Message], ...] = (
    (
        re.compile(r"<\s*/?\s*(script|style|iframe|object|embed|form|link|meta|base|svg)\b", re.IGNORECASE),
        msg("A page is Markdown; “{words}” is not shown and does nothing."),
    ),
    (
        re.compile(r"(?<=\s)on[a-z]{3,}\s*=(?=[^<>]*>)", re.IGNORECASE),
        msg("A page runs no scripts; “{words}” does nothing."),
    ),
    (
        re.compile(
            r"(?<=[(<\"'=])\s*(javascript|vbscript|data)\s*:|(?<=\]:)\s*(javascript|vbscript|data)\s*:", re.IGNORECASE
        ),
        msg("A link leads to http:, https:, mailto: or tel:, not to “{words}”."),
    ),
)


def page_faults(page: Page, source: Source) -> Iterator[Fault]:
    """The faults of a page's text in each language."""
    shape = SLOTS.get(page.slot)
    if shape is None:
        words = msg(
            "There is no place “{slot}” for a page; there are: {slots}.", slot=page.slot, slots=", ".join(SLOTS)
        )
        yield source.fault(words, "slot", remedy=did_you_mean(page.slot, SLOTS))
    for lang, text in page.source.model_dump().items():
        if ("source", lang) not in source.values and lang != "zh-Hans":
            continue  # made by the registry, not written by the author
        loc = ("source", lang) if ("source", lang) in source.values else ("source",)
        for message, n, at, remedy in [*_template(text, shape), *_scripts(text)]:
            line, column = _place(source.at(*loc), text, n, at, source.lines)
            yield Fault(message, source.name, line, column, remedy=remedy)


def _place(at: tuple[int, int], text: str, n: int, words: str, written: Sequence[str]) -> tuple[int, int]:
    """Line and column in the file of words in line `n` of a text that begins at `at`."""
    is_block = "\n" in text.rstrip("\n") or (written and written[at[0] - 1][at[1] - 1 : at[1]] in ("|", ">"))
    expected = at[0] + n if is_block else at[0]
    for line in (expected, *range(at[0], len(written) + 1)):
        if line <= len(written) and (column := written[line - 1].find(words)) >= 0:
            return line, column + 1
    return expected, at[1]


def _scripts(text: str) -> Iterator[Found]:
    for n, line in enumerate(text.splitlines(), 1):
        for pattern, message in SCRIPTS:
            if found := pattern.search(line):
                words = found[0].strip()
                yield Message(message.id, words=words), n, words, None


def _template(text: str, shape: Mapping[str, Shape] | None) -> Iterator[Found]:
    environment = ImmutableSandboxedEnvironment()
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        yield msg("The page's template is not right: {error}", error=error.message or ""), error.lineno, "{", None
        return
    if shape is not None:
        yield from _Reader({**dict.fromkeys(environment.globals), **shape}, shape).read(tree)


class _Reader:
    """Reads a template for names that its data has not got; what it does not understand it says nothing of."""

    def __init__(self, known: Mapping[str, Shape], data: Mapping[str, Shape]) -> None:
        self.known, self.data = dict(known), data

    def read(self, tree: nodes.Node) -> Iterator[Found]:
        """What is wrong in a node and below it, in the order of the text."""
        if isinstance(tree, nodes.Test | nodes.Filter) and tree.name in ("defined", "undefined", "default", "d"):
            return  # it asks whether it is there
        if isinstance(tree, nodes.For):
            yield from self.read(tree.iter)
            items = self.shape(tree.iter)
            self.bind(tree.target, items[0] if isinstance(items, list) else None)
            self.known["loop"] = None
        elif isinstance(tree, nodes.Assign):
            yield from self.read(tree.node)
            self.bind(tree.target, self.shape(tree.node))
            return
        elif isinstance(tree, nodes.AssignBlock | nodes.Macro | nodes.CallBlock | nodes.Block | nodes.With):
            self.declare(tree)
        yield from self.unknown(tree)
        for child in tree.iter_child_nodes():
            if not (isinstance(tree, nodes.For) and child is tree.iter):
                yield from self.read(child)

    def declare(self, tree: nodes.Node) -> None:
        """Names that a block brings along: nothing is known of what they hold."""
        self.known |= dict.fromkeys(("caller", "varargs", "kwargs"))
        if isinstance(tree, nodes.Macro):
            self.known[tree.name] = None
        for name in tree.find_all(nodes.Name):
            if name.ctx in ("store", "param"):
                self.known.setdefault(name.name, None)

    def bind(self, target: nodes.Node, shape: Shape) -> None:
        """The names of a loop or of `set`."""
        if isinstance(target, nodes.Name):
            self.known[target.name] = shape
        else:
            self.known |= dict.fromkeys(n.name for n in target.find_all(nodes.Name))

    def unknown(self, tree: nodes.Node) -> Iterator[Found]:
        """A name, or a property of something known, that is not there."""
        if isinstance(tree, nodes.Name) and tree.ctx == "load" and tree.name not in self.known:
            yield (
                msg("This page has no “{name}”; it has: {names}.", name=tree.name, names=", ".join(self.data)),
                tree.lineno,
                tree.name,
                did_you_mean(tree.name, self.data),
            )
        if (key := _key(tree)) is not None and isinstance(tree, nodes.Getattr | nodes.Getitem):
            around = self.shape(tree.node)
            if isinstance(around, dict) and key not in around and not hasattr(dict, key):
                yield (
                    msg("There is no “{name}” here; there is: {names}.", name=key, names=", ".join(around)),
                    tree.lineno,
                    key,
                    did_you_mean(key, around),
                )

    def shape(self, tree: nodes.Node) -> Shape:
        """What an expression holds, as far as it is known."""
        if isinstance(tree, nodes.Name):
            return self.known.get(tree.name)
        if isinstance(tree, nodes.Filter) and tree.node is not None:
            inner = self.shape(tree.node)
            if isinstance(inner, list):
                return inner if tree.name in KEEPS else inner[0] if tree.name in ("first", "last") else None
            return None
        if isinstance(tree, nodes.Getattr | nodes.Getitem):
            around, key = self.shape(tree.node), _key(tree)
            if isinstance(around, dict):
                return around.get(key)
            return around[0] if isinstance(around, list) and isinstance(tree, nodes.Getitem) and key is None else None
        return None


def _key(tree: nodes.Node) -> str | None:
    """The property that a node asks for by name."""
    if isinstance(tree, nodes.Getattr):
        return tree.attr
    if isinstance(tree, nodes.Getitem) and isinstance(tree.arg, nodes.Const) and isinstance(tree.arg.value, str):
        return tree.arg.value
    return None
