"""A ledger as counties really keep it: two hundred rows on three sheets, with every kind of damage. Every name is invented."""

import io
import itertools
import random
import re
from datetime import date, datetime, timedelta

import xlsxwriter

from registry.rules.identifiers import credit_code_check

PLACES = ("盱眙", "龙山", "清溪", "白马", "古桑", "鲍集", "铁佛", "淮河", "桂五", "天泉", "管镇", "马坝")
TRADES = (
    "龙虾厨师", "稻虾种养员", "缝纫工", "家政员", "电焊工", "月嫂", "茶艺师", "河蟹养殖工", "面点师", "护理员", "瓦工",
    "园艺工", "柳编工", "快递员", "豆腐匠", "木工", "网店客服",
)  # fmt: skip
CLASSES = ("中高端技能类", "高品质服务类", "文化旅游类", "民生保障", "技能类")
HEADS = (
    "序号", "劳务品牌名称", "类别", "所属县区", "建设单位", "统一社会信用代码", "2024年从业人数（人）", "级别",
    "认定单位", "认定文号", "认定时间", "有效期至", "证书编号", "联系人", "联系电话", "备注",
)  # fmt: skip
AT = {words: n for n, words in enumerate(HEADS)}
NAME, COUNTY, CODE, PEOPLE, LEVEL, DOCUMENT, DAY, END = (
    AT[h]
    for h in ("劳务品牌名称", "所属县区", "统一社会信用代码", HEADS[6], "级别", "认定文号", "认定时间", "有效期至")
)
BATCH = 17
"""Rows that one document has recognised."""
DAMAGED = {
    "date without a day": 5,
    "impossible date": 3,
    "code with a wrong check character": 6,
    "code kept as a number": 4,
    "unknown level": 4,
    "title without a document": 5,
    "name missing": 3,
    "county of another city": 4,
    "no number": 5,
    "said twice": 4,
    "ends before it begins": 3,
}
"""Damage that somebody must put right → in how many rows."""


def code(n: int) -> str:
    """A credit code with its right check character, of a body that does not exist."""
    first = f"52320830{n:09d}"
    return first + credit_code_check(first)


def names(n: int) -> list[str]:
    """Names of brands, each once."""
    made = (
        f"{place}{trade}{f'第{turn}' if turn else ''}（虚构）"
        for turn in itertools.count()
        for trade in TRADES
        for place in PLACES
    )
    return list(itertools.islice(made, n))


def good_rows(n: int, seed: int = 7) -> list[list[object]]:
    """Rows as they should be, though each writes dates and numbers in its own way. Each document recognised several."""
    random_ = random.Random(seed)
    days = [date(2021, 1, 5) + timedelta(days=random_.randrange(1400)) for _ in range(n // BATCH + 1)]
    rows: list[list[object]] = []
    for i, name in enumerate(names(n)):
        day = days[i // BATCH]
        people = random_.randrange(80, 20_000)
        end = ["三年", "3年", date(day.year + 3, day.month, min(day.day, 28)).isoformat(), None][i % 4]
        rows.append(
            [
                i + 1, f" {name} " if i % 9 == 0 else name, CLASSES[i % 5], ["盱眙县", "盱眙", None][i % 3],
                f"{name[:2]}示例服务中心{i}（虚构）" + ("、示例合作社（虚构）" if i % 10 == 0 else ""), code(i),
                number(i, people), ["市级", "县级", "市级劳务品牌"][i % 3], ["示例市人社局", "示例县人社局"][i % 3 == 1],
                f"示例人社发{['〔', '[', '【', '('][i % 4]}{day.year}{['〕', ']', '】', ')'][i % 4]}{i // BATCH + 1}号",
                written(i, day), end, None, "张示例", f"0517-8000{i % 10000:04d}", None,
            ]
        )  # fmt: skip
    return rows


def written(i: int, day: date) -> object:
    """A day as people write it."""
    return [
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        day.strftime("%Y%m%d"),
        (day - date(1899, 12, 30)).days,
        datetime(day.year, day.month, day.day),
    ][i % 6]


def number(i: int, people: int) -> object:
    """A number as people write it."""
    wide = str(people).translate({48 + d: 0xFF10 + d for d in range(10)})
    return [people, str(people), f"{people}人", f"{people:,}人", f"{people / 10000:g}万人", f" {wide}　"][i % 6]


def spoil(rows: list[list[object]]) -> dict[int, str]:
    """Damage rows in place; returns which, and how."""
    spoilt: dict[int, str] = {}
    at = iter(range(3, len(rows), max(1, len(rows) // (sum(DAMAGED.values()) + 1))))
    for damage, times in DAMAGED.items():
        for _ in range(times):
            i = next(at)
            row, spoilt[i] = rows[i], damage
            match damage:
                case "date without a day":
                    row[DAY] = "2023年5月"
                case "impossible date":
                    row[DAY] = "2023.2.30"
                case "code with a wrong check character":
                    right = str(row[CODE])
                    row[CODE] = right[:17] + ("A" if right[17] != "A" else "C")
                case "code kept as a number":
                    row[CODE] = 523208300000000123
                case "unknown level":
                    row[LEVEL] = "优秀"
                case "title without a document":
                    row[DOCUMENT] = None
                case "name missing":
                    row[NAME] = None
                case "county of another city":
                    row[COUNTY] = "示例外地县"
                case "no number":
                    row[PEOPLE] = "若干"
                case "said twice":
                    rows[i] = [row[0], *rows[i - 1][1:]]
                case "ends before it begins":
                    row[DAY], row[END] = "2023-05-08", "2022-05-08"
    return spoilt


def workbook(rows: list[list[object]]) -> bytes:
    """The rows on three sheets with a title above, merged headings, totals, blank rows and remarks, as WPS writes them.

    On the second sheet a heading stands in two rows, and the cells of one document are merged.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy/m/d"})
    third = -(-len(rows) // 3)
    for n in range(3):
        page = book.add_worksheet(f"第{n + 1}批")
        page.merge_range(0, 0, 0, len(HEADS) - 1, f"示例县劳务品牌台账（第{n + 1}批）")
        page.write(1, 0, "填报单位：示例县人社局")
        top = 2
        if n == 1:  # the title's columns under one word, the others merged down
            for c, words in enumerate(HEADS):
                if LEVEL <= c <= END + 1:
                    page.write(3, c, words)
                else:
                    page.merge_range(2, c, 3, c, words)
            page.merge_range(2, LEVEL, 2, END + 1, "认定情况")
            top = 3
        else:
            page.write_row(2, 0, HEADS)
        mine = rows[n * third : (n + 1) * third]
        line = top + 1
        merged = merged_documents(mine[:20]) if n == 1 else {}
        for i, row in enumerate(mine):
            if i == 20:
                line += 1  # a blank row
            for c, value in enumerate(row):
                if c == DOCUMENT and i in merged:
                    if length := merged[i]:
                        page.merge_range(line, c, line + length - 1, c, value)
                elif isinstance(value, date):
                    page.write_datetime(line, c, datetime(value.year, value.month, value.day), day)
                elif value is not None:
                    page.write(line, c, value)
            line += 1
        page.write(line, 0, "合　计")
        page.write_formula(line, PEOPLE, f"=COUNTA(B{top + 2}:B{line})")
        page.write(line + 2, 0, "注：本表由各股室汇总。")
        page.write(line + 3, 1, "审核人：")
    book.close()
    return out.getvalue()


def merged_documents(rows: list[list[object]]) -> dict[int, int]:
    """Row → over how many rows its document's cell is merged (0: it lies inside the one before)."""
    merged: dict[int, int] = {}
    at = 0
    for document, run in itertools.groupby(rows, key=lambda row: re.sub(r"[^\d]", "-", str(row[DOCUMENT]))):
        length = len(list(run))
        if document.strip("-") and length > 1:
            merged |= {at: length} | dict.fromkeys(range(at + 1, at + length), 0)
        at += length
    return merged
