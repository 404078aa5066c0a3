"""What a criteria set says that cannot be: unknown names, limits that are no limits, points nobody can reach.

Checked on the plain tree, beside the validation of its shape, so that an author sees every fault in one round.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from registry.base.errors import Fault
from registry.base.i18n import Message, msg
from registry.rules.facts import NUMERIC, OWNER_TYPES, SOURCES, FactDef
from registry.rules.header import LEVELS
from registry.rules.model import as_number
from registry.rules.wording import did_you_mean
from registry.rules.yamlfile import Loc, Source, in_order

SECTIONS = ("eligible", "vetoes", "scored", "duties", "money")
MEASURED = ("fact", "over", "growth")


class _Fact(NamedTuple):
    """What of a fact's definition matters here."""

    type: str
    per: str


class Names(NamedTuple):
    """What may be named beyond the set itself; None where that is not known, so that nothing is said of it."""

    titles: Collection[str] | None = None
    """Schemes and kinds of titles."""
    tables: Collection[str] | None = None
    classes: Collection[str] | None = None
    """Classes of the kind."""
    kind: bool = True
    """Whether the kind itself is known; else nothing is said of its facts."""


class _Tree:
    """A criteria set as it was written, whatever its shape."""

    def __init__(self, source: Source, known: Mapping[str, FactDef], names: Names) -> None:
        self.source, self.data = source, source.data if isinstance(source.data, dict) else {}
        self.names = names
        self.facts = {id: _Fact(fact.type, fact.per) for id, fact in known.items()}
        for id, fact in _dict(self.data.get("facts")).items():
            self.facts[id] = _Fact(str(_dict(fact).get("type")), str(_dict(fact).get("per", "entry")))
        self.references = [r for r in _list(self.data.get("references")) if isinstance(r, str)]

    def clauses(self) -> Iterator[tuple[Loc, dict[str, Any]]]:
        """Every clause and its place."""
        for section in SECTIONS:
            for i, clause in enumerate(_list(self.data.get(section))):
                if isinstance(clause, dict):
                    yield (section, i), clause

    def nodes(self) -> Iterator[tuple[Loc, dict[str, Any]]]:
        """Every group of keys within the clauses, and its place."""
        for loc, clause in self.clauses():
            yield from _groups(clause, loc)

    def fault(self, message: Message, *loc: str | int, remedy: Message | None = None) -> Fault:
        """A fault at a value."""
        return self.source.fault(message, *loc, remedy=remedy)


def faults(
    criteria: object, source: Source, known: Mapping[str, FactDef] | None = None, names: Names | None = None
) -> list[Fault]:
    """Faults of meaning in a criteria set, in the order of the file; `known` are facts its kind defines.

    Works on the plain tree: `criteria` may be None because the shape is wrong too.
    """
    tree = _Tree(source, known or {}, names or Names())
    return in_order(fault for check in CHECKS for fault in check(tree))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> Decimal | None:
    try:
        return as_number(value)
    except PydanticCustomError:
        return None


def _groups(value: Any, loc: Loc) -> Iterator[tuple[Loc, dict[str, Any]]]:
    if isinstance(value, dict):
        yield loc, value
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from _groups(item, (*loc, key))


def _unknown_names(tree: _Tree) -> Iterator[Fault]:
    for loc, node in tree.nodes():
        for key in (*MEASURED, "check"):
            if tree.names.kind and isinstance(name := node.get(key), str) and name not in tree.facts:
                yield tree.fault(
                    msg("Unknown fact “{name}”.", name=name), *loc, key, remedy=did_you_mean(name, tree.facts)
                )
        if isinstance(name := node.get("reference"), str) and name not in tree.references:
            yield tree.fault(
                msg("Unknown reference table “{name}”.", name=name),
                *loc,
                "reference",
                remedy=did_you_mean(name, tree.references) or msg("List it under “references”."),
            )


def _unknown_beyond(tree: _Tree) -> Iterator[Fault]:
    """Titles, tables, classes and sources that there are not. A typing error in a veto would let everybody through."""
    for loc, node in tree.nodes():
        if isinstance(name := node.get("title"), str):
            yield from _one_of(
                tree, name, tree.names.titles, msg("There is no title “{name}”.", name=name), *loc, "title"
            )
        by = str(node.get("by"))
        for key in _dict(node.get("values")) if by in ("level", "class", "type") else ():
            known = {"level": LEVELS, "class": tree.names.classes, "type": OWNER_TYPES}[by]
            words = {
                "level": msg("There is no level “{name}”.", name=key),
                "class": msg("The kind has no class “{name}”.", name=key),
                "type": msg("There is no type of owner “{name}”.", name=key),
            }[by]
            yield from _one_of(tree, key, known, words, *loc, "values", key)
        for n, name in enumerate(_list(node.get("from"))):
            words = msg("There is no source “{name}”.", name=str(name))
            yield from _one_of(tree, str(name), SOURCES, words, *loc, "from", n)
    for n, name in enumerate(tree.references):
        words = msg("There is no reference table “{name}”.", name=name)
        yield from _one_of(tree, name, tree.names.tables, words, "references", n)
    if isinstance(name := tree.data.get("class"), str):
        words = msg("The kind has no class “{name}”.", name=name)
        yield from _one_of(tree, name, tree.names.classes, words, "class")


def _one_of(tree: _Tree, name: str, known: Collection[str] | None, words: Message, *loc: str | int) -> Iterator[Fault]:
    """A fault where a name is none of those known, with the likeliest one."""
    if known is not None and name not in known:
        yield tree.fault(words, *loc, remedy=did_you_mean(name, known))


def _unfit_facts(tree: _Tree) -> Iterator[Fault]:
    for loc, node in tree.nodes():
        for key in MEASURED:
            fact = tree.facts.get(str(node.get(key)))
            if fact and fact.type not in NUMERIC:
                yield tree.fault(msg("“{name}” is no number and cannot be measured.", name=node[key]), *loc, key)
        check = tree.facts.get(str(node.get("check")))
        if check and check.type != "yes_no":
            yield tree.fault(
                msg("“{name}” is no yes/no fact and cannot be checked off.", name=node["check"]), *loc, "check"
            )
        if (grown := tree.facts.get(str(node.get("growth")))) and grown.per != "year":
            yield tree.fault(
                msg("“{name}” is not counted per year, so its growth is not known.", name=node["growth"]),
                *loc,
                "growth",
            )
        if isinstance(window := node.get("window"), dict):
            yield from _unfit_window(tree, loc, node, window)


def _unfit_window(tree: _Tree, loc: Loc, node: dict[str, Any], window: dict[str, Any]) -> Iterator[Fault]:
    names = [node.get(key) for key in MEASURED] + [_dict(part).get("fact") for part in _list(node.get("weighted"))]
    counted = {fact.per for name in names if (fact := tree.facts.get(str(name)))}
    wanted = "month" if window.get("unit") == "months" else "year"
    if counted == {"entry"}:
        yield tree.fault(msg("A window needs a fact that is counted per year or month."), *loc, "window")
    elif counted - {"entry", wanted}:
        yield tree.fault(
            msg(
                "The window's unit is not that of the fact, which is counted per {per}.",
                per=msg("year") if "year" in counted else msg("month"),
            ),
            *loc,
            "window",
        )


def _unclear_bounds(tree: _Tree) -> Iterator[Fault]:
    for loc, node in tree.nodes():
        if "measure" not in node or "says" in node:
            continue
        said = [side for side in ("at_least", "at_most") if node.get(side) is not None]
        if len(said) != 1:
            yield tree.fault(msg("Exactly one of “at_least” and “at_most” is needed."), *loc)
            continue
        for i, relaxed in enumerate(_list(node.get("relaxed"))):
            if _not_laxer(node[said[0]], _dict(relaxed).get("to"), said[0] == "at_least"):
                yield tree.fault(msg("This is not laxer than the limit it relaxes."), *loc, "relaxed", i, "to")


def _not_laxer(limit: Any, to: Any, lower: bool) -> bool:
    """Whether a relaxed limit is known not to be laxer: both plain, or shares of the same table."""
    if isinstance(limit, dict) and isinstance(to, dict) and limit.get("reference") == to.get("reference"):
        limit, to = limit.get("times", 1), to.get("times", 1)
    strict, lax = _number(limit), _number(to)
    return strict is not None and lax is not None and (lax >= strict if lower else lax <= strict)


def _holes_in_tables(tree: _Tree) -> Iterator[Fault]:
    for loc, node in tree.nodes():
        by = node.get("by")
        served = tree.data.get(str(by)) if by in ("level", "class") else None
        if served is not None and isinstance(node.get("values"), dict) and served not in node["values"]:
            yield tree.fault(
                msg("There is no value for “{name}”, which these criteria serve.", name=served), *loc, "values"
            )


def _clause_ids(tree: _Tree) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for loc, clause in tree.clauses():
        if isinstance(id := clause.get("id"), str):
            line = seen.setdefault(id, tree.source.at(*loc, "id")[0])
            if line != tree.source.at(*loc, "id")[0]:
                yield tree.fault(
                    msg("The clause “{id}” stands twice (first at line {line}).", id=id, line=line), *loc, "id"
                )


def _vetoes(tree: _Tree) -> Iterator[Fault]:
    for i, clause in enumerate(_list(tree.data.get("vetoes"))):
        test = _dict(clause).get("test")
        if isinstance(test, dict) and "none_of" not in test:
            yield tree.fault(
                msg("A veto says what must not be."), "vetoes", i, "test", remedy=msg("Write “none_of” with a list.")
            )


def _scales(tree: _Tree) -> Iterator[Fault]:
    for loc, clause in tree.clauses():
        if not isinstance(scale := clause.get("scale"), dict):
            continue
        if "expert" in scale and "measure" in clause:
            yield tree.fault(msg("Experts give points without a measure."), *loc, "measure")
        if ("bands" in scale or "stepped" in scale) and "measure" not in clause:
            yield tree.fault(msg("This scale needs a “measure”."), *loc, "scale")
        window = _dict(_dict(clause.get("measure")).get("window"))
        if window.get("how", "each") == "each" and (_number(window.get("last")) or 0) > 1:
            yield tree.fault(
                msg("A scale needs one number; say how: average, sum or latest."), *loc, "measure", "window"
            )
        yield from _points(tree, (*loc, "scale"), scale, _number(clause.get("max")))


def _points(tree: _Tree, loc: Loc, scale: dict[str, Any], most: Decimal | None) -> Iterator[Fault]:
    cap = _dict(scale.get("stepped")).get("at_most")
    given: list[tuple[Loc, Any]] = [(("expert",), scale.get("expert")), (("stepped", "at_most"), cap)]
    last: Decimal | None = None
    for i, band in enumerate(_list(scale.get("bands"))):
        start = _number(_dict(band).get("from"))
        if start is not None and last is not None and start <= last:
            yield tree.fault(
                msg("Bands must rise: {this} follows {last}.", this=str(start), last=str(last)),
                *loc,
                "bands",
                i,
                "from",
            )
        last = start if start is not None else last
        given.append((("bands", i, "points"), _dict(band).get("points")))
    for place, value in given:
        if most is not None and (points := _number(value)) is not None and points > most:
            yield tree.fault(msg("More points than the clause can give ({max}).", max=str(most)), *loc, *place)


def _whole_set(tree: _Tree) -> Iterator[Fault]:
    mark = _number(tree.data.get("pass_mark"))
    scored = [_dict(clause) for clause in _list(tree.data.get("scored"))]
    most = sum((_number(c.get("max")) or Decimal() for c in scored if c.get("sign") != "deduction"), Decimal())
    if mark is not None and mark > most:
        yield tree.fault(
            msg("Nobody can reach {mark}: all criteria together give {most} points.", mark=str(mark), most=str(most)),
            "pass_mark",
        )
    if tree.data and not any(_list(tree.data.get(section)) for section in ("eligible", "vetoes", "scored", "duties")):
        yield tree.fault(msg("This set asks for nothing, so that everybody would meet it."), "id")
    span = _dict(tree.data.get("in_force"))
    if isinstance(first := span.get("from"), str) and isinstance(last := span.get("to"), str) and last < first:
        yield tree.fault(msg("The end lies before the beginning."), "in_force", "to")


def _rounds(tree: _Tree) -> Iterator[Fault]:
    """A grade of a round says how many, and a share what it is a share of and how it is rounded."""
    earlier: list[str] = []
    for i, rule in enumerate(_list(tree.data.get("round"))):
        rule, loc = _dict(rule), ("round", i)
        if "at_most" not in rule and "share" not in rule:
            yield tree.fault(msg("Say how many: “at_most” or “share”."), *loc)
        if "share" in rule and not {"share_of", "rounding"} <= rule.keys():
            yield tree.fault(
                msg("Say what it is a share of (“share_of”) and how it is rounded (“rounding”)."),
                *loc,
                "share",
                remedy=msg("Such as: share_of: met, rounding: down."),
            )
        for n, name in enumerate(_list(rule.get("counted_with"))):
            if name not in earlier:
                yield tree.fault(
                    msg("“{name}” is no grade that stands before this one.", name=name),
                    *loc,
                    "counted_with",
                    n,
                    remedy=did_you_mean(str(name), earlier),
                )
        earlier.append(str(rule.get("grade")))


def _sums(tree: _Tree) -> Iterator[Fault]:
    """A money clause says one sum: fixed, so much for each of something, or so much a point."""
    for i, clause in enumerate(_list(tree.data.get("money"))):
        keys = _dict(clause).keys()
        said = [name for name in ("fixed", "each", "per_point") if name in keys]
        if len(said) != 1:
            yield tree.fault(msg("Say one sum: “fixed”, “each” with “per”, or “per_point”."), "money", i)
        elif ("each" in keys) != ("per" in keys):
            yield tree.fault(msg("“each” and “per” belong together: so much for each of what is measured."), "money", i)


CHECKS: tuple[Callable[[_Tree], Iterator[Fault]], ...] = (
    _unknown_names,
    _unknown_beyond,
    _unfit_facts,
    _unclear_bounds,
    _holes_in_tables,
    _clause_ids,
    _vetoes,
    _scales,
    _whole_set,
    _rounds,
    _sums,
)
