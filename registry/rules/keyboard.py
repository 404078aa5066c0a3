"""What a Chinese keyboard writes in the place of YAML's own signs, found where it is structure, never inside a text.

Full-width colons, commas, brackets and quotation marks, ideographic and no-break spaces, tabs. The scanner knows just
enough of YAML to say where a key ends, a value begins and a bracket closes; whether what it makes of a file is a
definition, and the only one, is for `reading` to try. Lines stay lines, and every sign knows the column it came from.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

BLANKS = " \t\u3000\u00a0"
DEEP, FAR = 40, 600
"""So many brackets in brackets, and so far along a line, are partners looked for: no file may take long to read."""
TABS, WIDES = (2, 4, 8), (2, 1)
"""How many columns a tab, and an ideographic space, may be meant to indent."""
_BLANK, _RUN = re.compile(f"[{BLANKS}]*"), re.compile(f"[{BLANKS}]+")
_ODD_INDENT = re.compile("^[ -]*[\t\u3000\u00a0]", re.MULTILINE)
_DASH = re.compile(f"[-－](?:[{BLANKS}]+|(?=\n|$))")
_NAME = r"[A-Za-z_][A-Za-z0-9_.@-]{0,99}"
_QUOTED = r"\"[^\"\n]{0,99}\"|'[^'\n]{0,99}'|[“”＂\"][^“”＂\"\n]{0,99}[“”＂\"]|[‘’＇'][^‘’＇'\n]{0,99}[‘’＇']"
_QUOTED += r"|[「『][^」』\n]{0,99}[」』]"
_PLAIN = r"[^\s\"'“”＂‘’＇「『【［｛（\[\]{}#&*!|>%@`:：,，、。；][^:：\n,，、。；#\[\]{}]{0,60}?"
_COLON = f"(?P<sign>：|:(?=[{BLANKS}\n]|$))"
_KEY = re.compile(f"(?P<key>{_QUOTED}|{_PLAIN})[{BLANKS}]{{0,9}}{_COLON}(?P<after>[{BLANKS}]*)")
_NAMED = re.compile(f"[{BLANKS}\n]{{0,99}}(?:{_NAME}|{_QUOTED})[{BLANKS}]{{0,9}}{_COLON}")
_SAID = re.compile(f"[{BLANKS}\n]{{0,99}}(?:{_PLAIN})[{BLANKS}]{{0,9}}{_COLON}")
_BLOCK = re.compile(f"[|>][-+0-9]*[{BLANKS}]*(?:#.*)?$", re.MULTILINE)
_ENDS = re.compile(f"[{BLANKS}]*(?:[,，、\\]}}］】｝）:：\n]|$|(?<=[{BLANKS}])#)")
_WORDS = re.compile("[\x20-\x7e０-９％．万亿年月日]+")
_ITEM = re.compile(f"[{BLANKS}\n]{{0,99}}[A-Za-z0-9_.%０-９-]{{1,99}}[{BLANKS}\n]{{0,99}}[,，、\\]］】）]")
_INNER = re.compile(
    f"[{BLANKS}\n]{{0,99}}(?:(?:{_NAME})[{BLANKS}]{{0,9}}{_COLON}.*|[\\[{{［｛【].*|[A-Za-z0-9_.%,，、\\s-]*)",
    re.DOTALL,
)
_VALUE = re.compile("[-0-9０-９\\[{［｛\"'“]|[A-Za-z_][A-Za-z0-9_]*$", re.MULTILINE)
_OPEN = {"{": "{", "｛": "{", "[": "[", "［": "[", "【": "[", "（": "["}
_CLOSE = {"{": "}", "[": "]"}
_CLOSERS = {"{": "}｝", "[": "]］】"}
_LEFT, _RIGHT = "{[｛［【（", "}]｝］】）"
_IN_TEXT_LEFT, _IN_TEXT_RIGHT = "（【「『《“‘［｛", "）】」』》”’］｝"
_FAMILIES = ('"“”＂', "'‘’＇", "「」", "『』")
_QUOTE = {sign: "'" if "'" in family else '"' for family in _FAMILIES for sign in family}


@dataclass(frozen=True)
class Line:
    """A line that was changed: what it became, the column each sign of that came from, where the first change is, and
    the signs that changed."""

    text: str
    columns: tuple[int, ...]
    first: int
    signs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Spelling:
    """A text with half-width signs where YAML wants them. `doubts` are lines in which they could mean something else."""

    text: str
    lines: dict[int, Line]
    doubts: frozenset[int]

    def origin(self, line: int, column: int) -> tuple[int, int]:
        """The place in the file of a place in this text; both count from 1."""
        changed = self.lines.get(line)
        return (line, changed.columns[min(column, len(changed.columns)) - 1] if changed else column)


def spellings(text: str) -> list[Spelling]:
    """What the text may be meant to be, if it is not YAML as it stands; several where a tab's width matters."""
    odd = _ODD_INDENT.search(text) is not None
    widths = [(tab, wide) for tab in TABS for wide in WIDES] if odd else [(TABS[0], WIDES[0])]
    found: dict[str, Spelling] = {}
    for tab, wide in widths:
        spelt = _Scan(text, tab, wide).spelling()
        if spelt.lines:
            found.setdefault(spelt.text, spelt)
    return list(found.values())


@dataclass
class _Flow:
    """A bracket that is open: `{` or `[`, the signs that close it, what may come now, and how its keys are written."""

    kind: str
    closers: str
    awaits: str
    chinese: bool = False


@dataclass
class _Scan:
    text: str
    tab: int
    wide: int
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    doubts: set[int] = field(default_factory=set)
    pending: bool = True
    """Whether a value is still to come: the line before ended with its key or with a dash."""
    block: int | None = None
    """In a block of text: the column of its key."""
    plain: int | None = None
    """After a plain value: the column of its key; deeper lines continue it."""
    chinese: dict[int, bool] = field(default_factory=dict)
    """By column: whether the last key there was a Chinese word."""

    def spelling(self) -> Spelling:
        """Scan all of it."""
        at = 0
        while at < len(self.text):
            at = self.line(at)
        return _spelt(self.text, sorted(self.edits), self.doubts)

    def edit(self, start: int, end: int, new: str) -> None:
        if self.text[start:end] != new:
            self.edits.append((start, end, new))

    def end(self, at: int) -> int:
        """Where the line ends."""
        found = self.text.find("\n", at)
        return found if found >= 0 else len(self.text)

    def near(self, at: int) -> int:
        """Where the line ends, or what is too far along it to be looked at."""
        found = self.text.find("\n", at, at + FAR)
        return found if found >= 0 else min(at + FAR, len(self.text))

    def indented(self, start: int, end: int, column: int) -> int:
        """The column after blanks that begin at `column`."""
        for sign in self.text[start:end]:
            column += self.tab - column % self.tab if sign == "\t" else self.wide if sign == "\u3000" else 1
        return column

    def blanks(self, start: int, end: int, now: str = " ") -> None:
        """Wide blanks between two things become a space."""
        if set(self.text[start:end]) & set("\u3000\u00a0"):
            self.edit(start, end, now)

    def line(self, start: int) -> int:
        """One line outside brackets, with all that begins on it; gives where the next begins."""
        text, end = self.text, self.end(start)
        at = _blank(text, start)
        if at >= end or text[at] == "#":
            return end + 1
        column = self.indented(start, at, 0)
        if self.block is not None and column > self.block:
            return end + 1
        self.block = None
        self.edit(start, at, " " * column)
        outer, value = column, self.pending
        while dash := _DASH.match(text, at):
            outer, value = column, True
            self.plain = None
            self.edit(at, at + 1, "-")
            column = self.indented(at + 1, dash.end(), column + 1)
            self.edit(at + 1, dash.end(), " " * (column - outer - 1))
            at = dash.end()
        if self.plain is not None and column > self.plain:
            self.trailing(at, end)
            return end + 1
        if (key := _KEY.match(text, at, end)) and self.is_key(key, column):
            self.key(key, column)
            at, outer, value = key.end(), column, True
        return self.value(at, end, outer) if value else end + 1

    def is_key(self, key: re.Match[str], column: int) -> bool:
        """Whether a word before a full-width colon is a key. A Chinese word is one beside others, or before a number."""
        if key["sign"] == ":" or re.fullmatch(f"{_NAME}|{_QUOTED}", key["key"]):
            return True
        return self.chinese.get(column, False) or _VALUE.match(self.text, key.end()) is not None

    def key(self, key: re.Match[str], column: int) -> None:
        said = key["key"]
        self.chinese = {at: was for at, was in self.chinese.items() if at < column}
        self.chinese[column] = not said.isascii()
        if said[0] in _QUOTE:
            self.edit(key.start("key"), key.start("key") + 1, _QUOTE[said[0]])
            self.edit(key.end("key") - 1, key.end("key"), _QUOTE[said[0]])
        self.blanks(key.end("key"), key.start("sign"))
        ends = key.end() >= len(self.text) or self.text[key.end()] == "\n"
        self.edit(key.start("sign"), key.end("sign"), ":")
        if key["after"].strip(" ") or not key["after"]:
            self.edit(key.start("after"), key.end(), "" if ends else " ")

    def value(self, at: int, end: int, column: int) -> int:
        """A value outside brackets, or what begins it; gives where the next line begins."""
        self.pending = at >= end or self.text[at] == "#"
        self.plain = None
        if self.pending:
            return end + 1
        if _BLOCK.match(self.text, at):
            self.block = column
            return end + 1
        if self.opens(at):
            return self.end(self.flow(at)) + 1
        if after := self.quoted(at):
            return self.end(after) + 1
        self.plain = column
        self.trailing(at, end)
        return end + 1

    def trailing(self, start: int, end: int) -> None:
        """Wide blanks behind a plain value, or before a comment."""
        for found in _RUN.finditer(self.text, start, end):
            if found.end() == end or self.text[found.end()] == "#":
                self.blanks(found.start(), found.end(), "" if found.end() == end else " ")

    def quoted(self, at: int) -> int | None:
        """Where a value in quotation marks ends, whichever they are; None: they belong to a text."""
        sign = self.text[at]
        if sign not in _QUOTE:
            return None
        family = next(f for f in _FAMILIES if sign in f)
        close = self.half_quoted(at, family) if sign in "\"'" else self.wide_quoted(at, family)
        if close is None:
            return None
        self.edit(at, at + 1, _QUOTE[sign])
        self.edit(close, close + 1, _QUOTE[sign])
        return close + 1

    def half_quoted(self, at: int, family: str) -> int | None:
        """The end of a text that a half-width mark opens; on its line a full-width one may close it."""
        text, own, depth, line = self.text, self.text[at], 0, self.near(at)
        at += 1
        while at < len(text):
            sign = text[at]
            if sign == "\\" and own == '"':
                at += 1
            elif sign == own:
                if own == '"' or text[at + 1 : at + 2] != own:
                    return at
                at += 1
            elif at < line and sign == family[1]:
                if _ENDS.match(text, at + 1) and not set(family) & set(text[at + 1 : line]):
                    return at
                depth += 1
            elif at < line and sign in family[2:]:
                if not depth and _ENDS.match(text, at + 1):
                    return at
                depth = max(0, depth - 1)
            at += 1
        return None

    def wide_quoted(self, start: int, family: str) -> int | None:
        """The end of a text that a full-width mark opens, if the value ends with its partner."""
        text, close = self.text, self.closing(start, family)
        if close is None or not _ENDS.match(text, close + 1):
            return None
        own = _QUOTE[text[start]]
        inside = text[start + 1 : close]
        if "\\" in inside if own == '"' else own * 2 in inside:
            self.doubts.add(start)
        for at in range(start + 1, close):
            if text[at] == own or (own == '"' and text[at] == "\\"):
                self.edit(at, at + 1, ("\\" if own == '"' else "'") + text[at])
        return close

    def closing(self, start: int, family: str) -> int | None:
        """The partner of a full-width quotation mark on its line; also a half-width one, or one typed the wrong way."""
        text, half = self.text, family[0] + family[-1] if family[0] in "\"'" else ""
        left, right = (family[1], family[2]) if half else (family[0], family[1])
        marks = [at for at in range(start + 1, self.near(start)) if text[at] in family]
        if text[start] != left:
            ending = [at for at in marks if _ENDS.match(text, at + 1)]
            alike = [at for at in ending if text[at] in text[start] + half]
            return next(iter(alike or ending), None)
        depth = 1
        for at in marks:
            ends = _ENDS.match(text, at + 1) is not None
            if text[at] in half and ends:
                if any(text[later] == right for later in marks if later > at):
                    self.doubts.add(start)
                return at
            if text[at] == left and ends and at == marks[0]:
                return at
            depth += (text[at] == left) - (text[at] == right)
            if depth == 0:
                return at
        if not marks or not _ENDS.match(text, marks[-1] + 1):
            return None
        self.doubts.add(start)
        return marks[-1]

    def opens(self, at: int) -> bool:
        """Whether a bracket at the beginning of a value is structure: its partner ends the value."""
        sign = self.text[at]
        if sign in "{[":
            return True
        if sign not in _OPEN:
            return False
        close = self.partner(at)
        if close is None or not _ENDS.match(self.text, close + 1):
            return False
        return sign in "｛［" or _INNER.fullmatch(self.text, at + 1, close) is not None

    def partner(self, at: int) -> int | None:
        depth = 0
        for i in range(at, len(self.text)):
            depth += (self.text[i] in _LEFT) - (self.text[i] in _RIGHT)
            if depth == 0:
                return i
        return None

    def flow(self, at: int) -> int:
        """All that stands in brackets; gives where they are closed."""
        text, stack = self.text, list[_Flow]()
        while at < len(text):
            sign, top = text[at], stack[-1] if stack else _Flow("", "", "value")
            if sign == "\n" or sign in BLANKS:
                after = max(_blank(text, at), at + 1)
                self.blanks(at, after)
                at = after
            elif sign == "#" and text[at - 1] in BLANKS + "\n":
                at = self.end(at)
            elif sign in top.closers:
                self.edit(at, at + 1, _CLOSE[top.kind])
                stack.pop()
                at += 1
                if not stack:
                    return at
                stack[-1].awaits = "end"
            elif top.awaits in ("value", "key") and len(stack) < DEEP and self.opens(at):
                stack.append(self.open(at))
                at += 1
            elif sign in ",，" or (sign == "、" and top.awaits == "end"):
                self.edit(at, at + 1, ",")
                top.awaits = "key" if top.kind == "{" else "value"
                at += 1
            elif sign in ":：" and top.awaits == "end":
                self.edit(at, at + 1, ":")
                if sign == "：" and text[at + 1 : at + 2] not in BLANKS:
                    self.edits.append((at + 1, at + 1, " "))
                top.awaits = "value"
                at += 1
            elif after_quote := self.quoted(at):
                at, top.awaits = after_quote, "end"
            else:
                at = self.flow_plain(at, top)
                top.awaits = "end"
        return at

    def open(self, at: int) -> _Flow:
        """A bracket is opened, of a kind that its content shows where its sign does not."""
        sign = self.text[at]
        named = sign in "【（" and _NAMED.match(self.text, at + 1)
        kind = "{" if named else _OPEN[sign]
        self.edit(at, at + 1, kind)
        closers = _CLOSERS[kind] + {"（": "）", "【": "】"}.get(sign, "")
        return _Flow(kind, closers, "key" if kind == "{" else "value")

    def flow_plain(self, start: int, top: _Flow) -> int:
        """A plain value or key in brackets; gives where it ends."""
        text, at, depth = self.text, start, 0
        while at < len(text):
            sign = text[at]
            if sign in ",[]{}" or (sign == ":" and text[at + 1 : at + 2] in [*BLANKS, *"\n,[]{}", ""]):
                break
            if sign == "#" and text[at - 1] in BLANKS:
                break
            if sign in _IN_TEXT_RIGHT and depth:
                depth -= 1
            elif not depth and self.ends_plain(start, at, top):
                break
            depth += sign in _IN_TEXT_LEFT
            at += 1
        if at == start:
            return at + 1
        said = text[start:at]
        if top.awaits == "key":
            top.chinese = not said.isascii()
        self.blanks(start + len(said.rstrip(BLANKS)), at)
        return at

    def ends_plain(self, start: int, at: int, top: _Flow) -> bool:
        """Whether a full-width sign ends a plain value or key in brackets."""
        sign = self.text[at]
        if sign in top.closers:
            return _ENDS.match(self.text, at + 1) is not None
        return (sign == "：" and top.awaits == "key") or (sign in "，、" and self.separates(start, at, top))

    def separates(self, start: int, at: int, top: _Flow) -> bool:
        """Whether a full-width comma ends a plain value in brackets, and is not one of its words' own."""
        text, worded = self.text, at - start < FAR and _WORDS.fullmatch(self.text, start, at) is not None
        if top.kind == "[":
            return text[at] == "，" or (worded and _ITEM.match(text, at + 1) is not None)
        if top.awaits == "key":
            return False
        if _NAMED.match(text, at + 1):
            return True
        if text[at] == "、" and not worded:
            return False
        said = _SAID.match(text, at + 1)
        return said is not None and (said["sign"] == ":" or worded or top.chinese)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _spelt(text: str, edits: list[tuple[int, int, str]], doubts: set[int]) -> Spelling:
    """The text with these edits, none of which crosses a line."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    by_line: dict[int, list[tuple[int, int, str]]] = {}
    for start, end, new in edits:
        by_line.setdefault(bisect_right(starts, start), []).append((start, end, new))
    lines = text.split("\n")
    changed = {}
    for number, here in by_line.items():
        changed[number] = _line(
            lines[number - 1], [(s - starts[number - 1], e - starts[number - 1], n) for s, e, n in here]
        )
        lines[number - 1] = changed[number].text
    return Spelling("\n".join(lines), changed, frozenset(bisect_right(starts, at) for at in doubts))


def _line(was: str, edits: list[tuple[int, int, str]]) -> Line:
    now, columns, at = "", list[int](), 0
    for start, end, new in edits:
        now += was[at:start] + new
        columns += [*range(at + 1, start + 1), *(min(start + 1 + i, max(end, start + 1)) for i in range(len(new)))]
        at = end
    now, columns = now + was[at:], [*columns, *range(at + 1, len(was) + 2)]
    signs = dict.fromkeys((was[s:e], new) for s, e, new in edits if was[s:e].strip(BLANKS))
    return Line(now, tuple(columns), edits[0][0] + 1, tuple(signs))
