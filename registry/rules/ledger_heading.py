"""The heading of a county's ledger (台账): where it stands, what its columns are called, what they most likely are."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.base.i18n import Message, msg
from registry.rules.facts import FactDef
from registry.rules.ledger_values import Value, plain_text, says_nothing, squeezed


@dataclass(frozen=True, slots=True)
class Column:
    """Something that a ledger may say of an entry or its title: what it is called, and the words it goes by."""

    id: str
    label: Message
    words: tuple[str, ...]
    required: bool = False


COLUMNS = (
    Column(
        "name",
        msg("name"),
        ("品牌名称", "劳务品牌", "劳务品牌名称", "品牌", "载体名称", "基地名称", "园区名称", "项目名称", "名称"),
        True,
    ),
    Column("kind", msg("kind or class"), ("类别", "类型", "种类", "品牌类别", "品牌类型", "载体类型")),
    Column("region", msg("region"), ("县区", "所属县区", "所在县区", "属地", "区县", "所在地区", "地区", "所属地区")),
    Column(
        "owner",
        msg("owner and building units"),
        (
            "建设单位",
            "培育建设主体",
            "申报单位",
            "运营单位",
            "牵头单位",
            "主体单位",
            "归属单位",
            "运营主体",
            "单位名称",
        ),
    ),
    Column(
        "credit_code",
        msg("unified social credit code"),
        ("统一社会信用代码", "信用代码", "社会信用代码", "机构代码", "统一信用代码"),
    ),
    Column("level", msg("level"), ("级别", "认定级别", "等级", "品牌级别", "层级")),
    Column("authority", msg("authority"), ("认定单位", "认定部门", "发文单位", "发文机关", "授予单位", "命名单位")),
    Column(
        "document",
        msg("document number"),
        ("文号", "认定文号", "发文文号", "文件号", "认定文件", "文件文号", "批文号", "发文字号"),
    ),
    Column(
        "document_date",
        msg("date of the document"),
        ("认定时间", "认定日期", "发文日期", "发文时间", "授牌时间", "命名时间", "成文日期"),
    ),
    Column("number", msg("number of the title"), ("证书编号", "牌匾编号", "证书号", "编号", "牌匾号")),
    Column("valid_to", msg("valid until"), ("有效期至", "有效期", "到期时间", "到期日期", "有效期限", "截止日期")),
    Column("summary", msg("what it is"), ("简介", "品牌简介", "主要内容", "基本情况")),
    Column("public_id", msg("number in the register"), ("登记编号", "登记号", "公开编号")),
)
BY_ID = {column.id: column for column in COLUMNS}
PERSONAL = ("联系人", "负责人", "法人", "法定代表人", "经办人", "电话", "手机", "身份证", "邮箱", "微信", "联系方式")
"""Words of headings above a person's name or number: shown masked, never taken into the register."""
NO_HEADING = ("填报", "填表", "制表")
"""How a line above the heading begins that says who made the sheet."""
LOOKED_INTO = 15
"""Rows in which a heading is looked for."""
SOUND = 0.72
"""How alike a heading and a known word must be to be proposed."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a sheet's heading ends (row from 0), what each column is headed, and whether its words were understood.

    Of a heading of two rows a name is `upper·lower`.
    """

    last: int
    names: tuple[str, ...]
    known: bool = True


def heading_of(rows: Sequence[Sequence[Value]]) -> Heading | None:
    """The heading among the first rows: the one that says most of the words we know; two rows when it is divided.

    Where none says two of them, the first row that could be one, so that its columns can be chosen by hand.
    """
    counted = [len(columns_in(row)) for row in rows[:LOOKED_INTO]]
    most = max(counted, default=0)
    if most >= 2:
        return _whole(rows, counted.index(most))
    found = next((n for n, row in enumerate(rows[:LOOKED_INTO]) if _could_head(row)), None)
    if found is None or found + 1 >= len(rows):
        return None
    return Heading(found, tuple(_words(v) for v in rows[found]), known=False)


def columns_in(row: Sequence[Value]) -> set[str]:
    """Which columns we know a row names."""
    return {c.id for v in row if isinstance(v, str) and (c := column_for(v))}


def _could_head(row: Sequence[Value]) -> bool:
    filled = [v for v in row if not says_nothing(v)]
    return (
        len(filled) >= 2 and len(set(filled)) == len(filled) and all(isinstance(v, str) and len(v) < 30 for v in filled)
    )


def _words(value: Value) -> str:
    return re.sub(r"\s+", "", str(value if value is not None else ""))


def _whole(rows: Sequence[Sequence[Value]], at: int) -> Heading:
    """The heading whose richest row is known; its other row stands above it or below."""
    for top in (at - 1, at):
        if top >= 0 and top + 1 < len(rows) and (names := _divided(rows[top], rows[top + 1])):
            return Heading(top + 1, names)
    return Heading(at, tuple(_words(v) for v in rows[at]))


def _divided(top: Sequence[Value], below: Sequence[Value]) -> tuple[str, ...] | None:
    """The names of a heading of two rows: words of the first stand above several of the second, or are merged with it."""
    width = max(len(top), len(below))
    upper, lower = ([_words(v) for v in row] + [""] * (width - len(row)) for row in (top, below))
    if any(len(words) > 30 for words in (*upper, *lower)) or not all(isinstance(v, str | None) for v in (*top, *below)):
        return None
    groups: list[str] = []
    for words in upper:  # where the file tells no merged ranges, a group's words stand once, with blanks after them
        groups.append(words or (groups[-1] if groups else ""))
    pairs = list(zip(upper, groups, lower, strict=True))
    parts = [low for _, group, low in pairs if low and low != group and groups.count(group) > 1]
    whole = sum(bool(up) and low in ("", up) for up, _, low in pairs)
    says = bool(columns_in(parts)) or any(year_in(low) for low in parts)
    if len(parts) < 2 or not whole or not says or not columns_in(top):
        return None
    return tuple(f"{group}·{low}" if low in parts else low or up for up, group, low in pairs)


def column_for(heading: str) -> Column | None:
    """What a heading most likely means: a word we know, one that holds it, or one much like it."""
    group, _, last = heading.rpartition("·")
    if group and (found := column_for(last)):
        return found
    words = squeezed(heading)
    if not words or len(words) > 20 or words.startswith(NO_HEADING):
        return None
    for column in COLUMNS:
        if words in column.words:
            return column
    if is_personal(heading):
        return None
    known = sorted(((w, c) for c in COLUMNS for w in c.words), key=lambda pair: -len(pair[0]))
    for word, column in known:
        if len(word) > 2 and word in words:
            return column
    near = difflib.get_close_matches(words, [w for w, _ in known], n=1, cutoff=SOUND)
    return next((c for w, c in known if near and w == near[0]), None)


def is_personal(heading: str) -> bool:
    """Whether a heading stands above a person's name or number."""
    return any(word in squeezed(heading) for word in PERSONAL)


def propose(names: Sequence[str], figures: Mapping[str, FactDef]) -> dict[str, int]:
    """Column's id (or fact's id) → which column of the sheet; each is used once, the first that fits.

    A heading that is a fact's label, with a unit or a year perhaps, is that fact.
    """
    mapping: dict[str, int] = {}
    labels = {squeezed(fact.label.zh_hans): id for id, fact in figures.items()}
    for position, name in enumerate(names):
        column = column_for(name)
        exact = column is not None and squeezed(name.rpartition("·")[2]) in column.words
        target = column.id if column and exact else figure_for(name, labels) or (column.id if column else None)
        if target and target not in mapping:
            mapping[target] = position
    return mapping


def figure_for(heading: str, labels: Mapping[str, str]) -> str | None:
    """The fact that a heading names, by the labels of facts; None where its words are no fact's."""
    if is_personal(heading):
        return None
    words = re.sub(r"(19|20)\d\d年?度?|^截至|^累计(?=从业)", "", squeezed(heading))
    if words in labels:
        return labels[words]
    held = next((label for label in labels if len(label) > 2 and label in words), None)
    holding = [label for label in labels if len(words) > 2 and words in label]
    held = held or (holding[0] if len(holding) == 1 else None)
    near = difflib.get_close_matches(words, labels, n=1, cutoff=SOUND)
    return labels[held] if held else labels[near[0]] if near else None


def year_in(heading: str) -> int | None:
    """The year that a heading speaks of."""
    found = re.search(r"(20\d\d)\s*年", plain_text(heading))
    return int(found[1]) if found else None
