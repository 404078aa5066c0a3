"""Reading the fields and repetitions of a Word template, paragraph by paragraph: run in the child process.

Only this may stand in them: fields of the vocabulary, comparisons, and/or/not; `for … in a list`, `if`, `elif`, `else`
and their ends. No call, no filter, no arithmetic: a template cannot take longer than its lists are long.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from lxml import etree

from registry.base.i18n import Message, msg
from registry.host.docx_parts import Found, Trees, W
from registry.rules.document import LOOP
from registry.rules.wording import did_you_mean

Shape = Any
TEXT_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
TAG = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}", re.DOTALL)
LOOSE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
WIDE = re.compile(r"｛｛|｝｝|｛%|％}|\{％|%｝")
AROUND = re.compile(r"(p|tr)\s+(.*)", re.DOTALL)
"""`{%p …%}` stands for its whole paragraph, `{%tr …%}` for its whole row of a table."""
STATEMENT = re.compile(r"(for|endfor|if|elif|else|endif)\b\s*(.*)", re.DOTALL)
FOR = re.compile(r"([^\W\d]\w*)\s+in\s+(.+)", re.DOTALL)
MOST_NAMES = 40
"""Names that are told where another is wrong."""
DEEPEST = 3
"""Repetitions within one another."""
QUOTES = str.maketrans("“”‘’", "\"\"''")
NARROW = str.maketrans("｛｝％", "{}%")
ALLOWED = (nodes.Name, nodes.Getattr, nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not)
PARSER = Environment(autoescape=True)


@dataclass
class Open:
    """A repetition or condition that has begun: its tag, its paragraph, what its end must be like, the name it brings."""

    word: str
    tag: str
    paragraph: int
    around: str
    name: str = ""
    otherwise: bool = False


class Wrong(Exception):
    """A tag that cannot stand."""

    def __init__(self, message: Message, remedy: Message | None = None) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def tag_faults(trees: Trees, shape: Mapping[str, Shape]) -> Iterator[Found]:
    """What is wrong with the tags of every part that has words."""
    for name in sorted((n for n in trees if TEXT_PARTS.fullmatch(n)), key=lambda n: (n != "word/document.xml", n)):
        reader = Reader(shape)
        where = "" if name == "word/document.xml" else name.removeprefix("word/").removesuffix(".xml")
        for n, paragraph in enumerate(trees[name].iter(f"{W}p"), start=1):
            for found in reader.read(n, paragraph):
                yield Found(_placed(where, n, text_of(paragraph), found.message), found.paragraph, found.remedy)
        yield from reader.left_open(where)


def _placed(where: str, n: int, text: str, message: Message) -> Message:
    about = text if len(text) <= 40 else f"{text[:39]}…"
    if where:
        return msg("{part}, paragraph {number} “{text}”: {what}", part=where, number=n, text=about, what=message)
    return msg("Paragraph {number} “{text}”: {what}", number=n, text=about, what=message)


def text_of(paragraph: etree._Element) -> str:
    """The words of a paragraph, those of text boxes in it left out."""
    return "".join(t.text or "" for t in paragraph.iter(f"{W}t") if next(t.iterancestors(f"{W}p"), None) is paragraph)


class Reader:
    """Reads the tags of one part in order, and knows which names hold where."""

    def __init__(self, shape: Mapping[str, Shape]) -> None:
        self.shape, self.open = shape, list[Open]()
        self.known: list[dict[str, Shape]] = [dict(shape)]

    def read(self, n: int, paragraph: etree._Element) -> Iterator[Found]:
        """What is wrong in a paragraph."""
        text = text_of(paragraph)
        if wide := WIDE.search(text):
            yield Found(
                msg("“{signs}” are full-width braces, which are not read.", signs=wide[0]),
                n,
                msg("Type {signs} with the keyboard set to English.", signs=wide[0].translate(NARROW)),
            )
        for found in TAG.finditer(text):
            try:
                if found[1] is not None:
                    self.printed(found[1].translate(QUOTES))
                elif found[2] is not None:
                    self.statement(found[0], found[2].translate(QUOTES), n, paragraph, text)
            except Wrong as wrong:
                yield Found(wrong.message, n, wrong.remedy)
        if loose := LOOSE.search(TAG.sub("", text)):
            start = TAG.sub("", text)[loose.start() :][:24]
            yield Found(
                msg("“{tag}” is not closed in its paragraph, or torn apart.", tag=start),
                n,
                msg("Type the whole field again in one go, in one paragraph."),
            )

    def left_open(self, where: str) -> Iterator[Found]:
        """What was begun and never ended."""
        for one in self.open:
            what = msg("“{tag}” is never ended.", tag=one.tag)
            yield Found(
                _placed(where, one.paragraph, one.tag, what),
                one.paragraph,
                msg("Put {end} where it ends.", end=f"{{%{one.around} end{one.word} %}}"),
            )

    def printed(self, words: str) -> None:
        """A field. Raises Wrong."""
        if words[:2] in ("r ", "p "):
            words = words[2:]
            raise Wrong(msg("Only plain fields are filled in."), msg("Write {field}.", field=f"{{{{{words}}}}}"))
        shape = self.value(words)
        if isinstance(shape, Mapping):
            raise Wrong(
                msg("“{name}” is a group; say what of it: {names}.", name=words.strip(), names=", ".join(shape))
            )
        if isinstance(shape, list):
            raise Wrong(
                msg("“{name}” is a list.", name=words.strip()),
                msg("Repeat over it: {example}", example=f"{{%tr for x in {words.strip()} %}} … {{%tr endfor %}}"),
            )

    def statement(self, tag: str, words: str, n: int, paragraph: etree._Element, text: str) -> None:
        """A repetition, a condition, or its end. Raises Wrong."""
        around = ""
        if found := AROUND.match(words):
            around, words = found[1], found[2]
            self.alone(around, tag, paragraph, text)
        said = STATEMENT.fullmatch(words.strip())
        if not said:
            raise Wrong(
                msg("“{tag}” is not understood.", tag=tag),
                msg(
                    "There are: for … in …, if, elif, else, endfor, endif; before them p or tr without a blank: {example}",
                    example="{%tr for x in cases %}",
                ),
            )
        word, rest = said[1], said[2].strip()
        if word == "for":
            self.begin_for(tag, rest, n, around)
        elif word == "if":
            self.open.append(Open("if", tag, n, around))
            self.known.append(self.known[-1])
            self.value(rest)
        else:
            self.go_on(tag, word, rest, around)

    def alone(self, around: str, tag: str, paragraph: etree._Element, text: str) -> None:
        """Raise Wrong where words stand beside a tag that takes the place of the whole paragraph or row."""
        if around == "p" and text.strip() != tag:
            raise Wrong(msg("“{tag}” takes the place of its whole paragraph; give it one of its own.", tag=tag))
        if around == "tr":
            row = next(paragraph.iterancestors(f"{W}tr"), None)
            if row is None:
                remedy = msg("Write {tag}.", tag=tag.replace("{%tr", "{%p"))
                raise Wrong(msg("“{tag}” stands in no row of a table.", tag=tag), remedy)
            if "".join(text_of(p) for p in row.iter(f"{W}p")).strip() != tag:
                raise Wrong(msg("“{tag}” takes the place of its whole row; give it one of its own.", tag=tag))

    def begin_for(self, tag: str, rest: str, n: int, around: str) -> None:
        """A repetition begins. Raises Wrong, but knows from then on that it is open."""
        found = FOR.fullmatch(rest)
        self.open.append(Open("for", tag, n, around, found[1] if found else ""))
        self.known.append(self.known[-1] | {"loop": LOOP})
        if not found:
            raise Wrong(
                msg("“{tag}” is not understood.", tag=tag), msg("Write {example}.", example="{%tr for x in cases %}")
            )
        try:
            shape = self.value(found[2])
        except Wrong:
            self.known[-1][found[1]] = ...
            raise
        if shape is not ... and not isinstance(shape, list):
            self.known[-1][found[1]] = ...
            raise Wrong(
                msg("“{name}” is no list; only lists are repeated: {names}.", name=found[2], names=self.lists())
            )
        if sum(one.word == "for" for one in self.open) > DEEPEST:
            raise Wrong(msg("There are more than {n} repetitions within one another.", n=DEEPEST))
        self.known[-1][found[1]] = shape[0] if isinstance(shape, list) else ...

    def lists(self) -> str:
        """The names of the lists that there are here."""
        return ", ".join(name for name, shape in self.known[-1].items() if isinstance(shape, list))

    def go_on(self, tag: str, word: str, rest: str, around: str) -> None:
        """The middle or the end of what is open. Raises Wrong."""
        last = self.open[-1] if self.open else None
        wanted = "for" if word == "endfor" else "if"
        if last is None or last.word != wanted or (word in ("else", "elif") and last.otherwise):
            raise Wrong(msg("“{tag}” ends nothing that has begun.", tag=tag))
        if word in ("endfor", "endif"):
            self.open.pop()
            self.known.pop()
        last.otherwise = last.otherwise or word == "else"
        if last.around != around:
            raise Wrong(
                msg("“{tag}” does not fit “{begin}”.", tag=tag, begin=last.tag),
                msg("Begin and end alike: both with p, both with tr, or both without."),
            )
        if word == "elif":
            self.value(rest)

    def value(self, words: str) -> Shape:
        """What an expression holds; `...` where it was told already. Raises Wrong."""
        try:
            tree = PARSER.parse(f"{{{{ ({words}) }}}}")
            output = tree.body[0]
            assert isinstance(output, nodes.Output) and len(output.nodes) == 1 and len(tree.body) == 1
        except (TemplateSyntaxError, AssertionError, RecursionError):
            raise Wrong(msg("“{words}” is not understood.", words=words.strip()[:60])) from None
        return self.shape_of(output.nodes[0])

    def shape_of(self, tree: nodes.Node) -> Shape:
        """What a node holds. Raises Wrong for what may not stand there, and names that there are not."""
        if not isinstance(tree, ALLOWED):
            raise Wrong(
                msg("Only fields, comparisons and and/or/not may stand in a template."),
                msg("Leave out calls, filters (|), sums and brackets."),
            )
        if isinstance(tree, nodes.Name):
            return self.named(self.known[-1], tree.name)
        if isinstance(tree, nodes.Getattr):
            around = self.shape_of(tree.node)
            if isinstance(around, Mapping):
                return self.named(around, tree.attr)
            if around is ...:
                return ...
            if isinstance(around, list):
                raise Wrong(msg("“{name}” is in each item of a list; repeat over the list first.", name=tree.attr))
            raise Wrong(msg("There is no “{name}” here; there is nothing below plain words.", name=tree.attr))
        for child in tree.iter_child_nodes():
            self.shape_of(child)
        return None

    def named(self, among: Mapping[str, Shape], name: str) -> Shape:
        """What a name holds. Raises Wrong."""
        if name not in among:
            names = [n for n in among if n != "loop"]
            some = ", ".join(names if len(names) <= MOST_NAMES else [*names[:MOST_NAMES], "…"])
            raise Wrong(
                msg("There is no field “{name}”; there are: {names}.", name=name, names=some),
                did_you_mean(name, names),
            )
        return among[name]
