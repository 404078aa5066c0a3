"""One value of a ledger as what it should be: a name, a day, a figure, a code, a level, a document's number.

Each reader answers the value, or a sentence that says what is wrong with it and what would be right.
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite

from registry.base.i18n import Message, msg
from registry.rules.facts import FactDef
from registry.rules.identifiers import credit_code_fault

Value = str | int | float | bool | date | None
LEVELS = {"县": "county", "区": "county", "市": "city", "省": "province", "国": "nation"}
SERIAL_ZERO = date(1899, 12, 30)
NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "十": 10}
UNITS = {"万": 10_000, "亿": 100_000_000}
ROUGHLY = re.compile(r"约|近|超|逾|余|多|左右|以上|以下|\+$")
NOTHING = ("", "无", "/", "\\", "-", "—", "——", "－", "暂无", "待定")
"""What people write into a cell that says nothing."""


def plain_text(value: object) -> str:
    """Half-width, without blanks around it."""
    return unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()


def squeezed(words: object) -> str:
    """Words as they are compared: half-width, without blanks, brackets' content and marks."""
    return re.sub(r"\(.*?\)|[\s*:：/、_\-·]", "", plain_text(words))


def says_nothing(value: Value) -> bool:
    """Whether a cell is as good as empty."""
    return value is None or str(value).strip() in NOTHING


def years_after(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def read_words(value: Value) -> str | Message:
    """Words."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    return text if len(text) <= 500 else msg("These words are too long: at most 500 characters.")


def read_name(value: Value) -> str | Message:
    """An entry's name."""
    text = read_words(value)
    if isinstance(text, Message):
        return text
    if not re.search(r"[\u4e00-\u9fff]", text):
        return msg("“{value}” is no name: a name is written in Chinese.", value=text[:40])
    return text if len(text) <= 60 else msg("A name has at most 60 characters.")


def read_names(value: Value) -> list[str] | Message:
    """The names of one or several bodies, divided by 、 or ；."""
    text = read_words(value)
    if isinstance(text, Message):
        return text
    names = [part.strip() for part in re.split(r"[、;；\n]", text) if part.strip()]
    long = next((name for name in names if len(name) > 80), None)
    return msg("“{value}” is too long for a name.", value=long[:40]) if long else names


def read_day(value: Value) -> date | Message:
    """A day: a date, a serial number of a spreadsheet, or `2023.5.8`, `2023年5月8日`, `20230508`."""
    if isinstance(value, date):
        return value if 1990 <= value.year <= 2100 else wrong_day(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(int(value)) if isfinite(value) else str(value)
    text = plain_text(value)
    if re.fullmatch(r"\d{5}", text) and 30000 <= int(text) < 60000:
        return SERIAL_ZERO + timedelta(days=int(text))
    found = re.fullmatch(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?(?:\s+\d.*)?", text)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if found:
        try:
            day = date(*(int(part) for part in found.groups()[:3]))
        except ValueError:
            return wrong_day(value)
        return day if 1990 <= day.year <= 2100 else wrong_day(value)
    if re.fullmatch(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*月?|\d{6}|\d{4}年?", text):
        return msg("“{value}” says no day; look it up in the document, such as 2023-05-08.", value=text)
    return wrong_day(value)


def wrong_day(value: object) -> Message:
    """What to say of a date that is none."""
    return msg("“{value}” is no date; write it as 2023-05-08.", value=str(value)[:30])


def read_end(value: Value) -> date | int | Message:
    """The last day of a title, or for how many years it holds (`三年`, `3年`)."""
    text = plain_text(value)
    if text in ("长期", "长期有效", "无期限", "永久"):
        return msg("A title without an end says nothing here: leave the cell empty.")
    if found := re.fullmatch(r"([一二两三四五十]|\d{1,2})\s*年(有效|期)?", text):
        return NUMERALS.get(found[1]) or int(found[1])
    if len(text) > 12:
        return read_day(re.split(r"[至~]|\s-\s|--|—", text)[-1].strip())
    return read_day(value)


def scale_of(heading: str) -> Decimal:
    """What a heading multiplies its figures by: `从业人数（万人）`, `年人均收入（万元）`, `就业率（%）`."""
    unit = re.search(r"\((?:单位:?)?(.*?)\)", plain_text(heading))
    said = unit[1] if unit else plain_text(heading)[-2:]
    if "%" in said:
        return Decimal("0.01")
    return next((Decimal(n) for sign, n in UNITS.items() if re.search(f"{sign}[人元户亩家个]", said)), Decimal(1))


def read_figure(value: Value, fact: FactDef | None = None, scale: Decimal = Decimal(1)) -> Decimal | Message:
    """A number, whatever stands around it: `12,800人`, `1.2万`, `３５`, `85%`. A unit of its own counts, else the heading's."""
    if isinstance(value, bool | date):
        return msg("“{value}” is no number.", value=str(value))
    text = re.sub(r"[,\s]", "", plain_text(value))
    found = re.fullmatch(r"(?:约|近|超|逾)?(-?\d+(?:\.\d+)?)(万|亿|%)?[\u4e00-\u9fffA-Za-z²/]*\+?", text)
    if not found:
        return msg("“{value}” is no number.", value=str(value)[:30])
    try:
        number = Decimal(found[1])
    except InvalidOperation:
        return msg("“{value}” is no number.", value=str(value)[:30])
    own = Decimal("0.01") if found[2] == "%" else Decimal(UNITS[found[2]]) if found[2] else None
    number *= scale if own is None else own
    if number < 0:
        return msg("“{value}” is below zero.", value=str(value))
    if fact and fact.type == "count" and number != number.to_integral_value():
        return msg("“{value}” must be a whole number.", value=str(value)[:30])
    if fact and fact.type == "ratio" and number > 1:
        return msg("“{value}” is no share; write it as a decimal, such as 0.85.", value=str(value)[:30])
    return Decimal(format(number.normalize(), "f"))


def read_code(value: Value) -> str | Message:
    """A unified social credit code; a number of 18 digits has lost its last ones in the spreadsheet."""
    if isinstance(value, int | float) or re.fullmatch(r"\d(\.\d+)?E\+1[67]", str(value).strip(), re.IGNORECASE):
        return msg("This code was kept as a number, so its last digits are lost; enter it again as text.")
    text = re.sub(r"\s", "", plain_text(value)).upper()
    return credit_code_fault(text) or text


def read_level(value: Value) -> str | Message:
    """A level: `市级`, `省级劳务品牌`, `县（区）级`."""
    text = squeezed(value)
    for sign in ("国", "省", "市", "县", "区"):
        if text.startswith(sign) or f"{sign}级" in text:
            return LEVELS[sign]
    return msg("“{value}” is no level; write 县级, 市级, 省级 or 国家级.", value=str(value)[:30])


def read_document(value: Value) -> str | Message:
    """A document's number: 淮人社发〔2023〕12号; the brackets of any keyboard become those of documents."""
    text = re.sub(r"\s", "", plain_text(value))
    text = re.sub(r"[\[【(〔](\d{4})[\]】)〕]", r"〔\1〕", text)
    return text if re.search(r"\d", text) else msg("“{value}” is no document number.", value=str(value)[:40])


def read_number(value: Value) -> str | Message:
    """A title's number, or an entry's in the register; what only counts the rows is none."""
    text = re.sub(r"\s", "", plain_text(value))
    return "" if re.fullmatch(r"\d{1,4}", text) else text[:60]


READERS = {
    "public_id": read_number,
    "name": read_name,
    "owner": read_names,
    "credit_code": read_code,
    "level": read_level,
    "document": read_document,
    "document_date": read_day,
    "number": read_number,
    "valid_to": read_end,
}
"""How a column is read; every other holds words."""
