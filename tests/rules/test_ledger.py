"""A ledger's heading, columns and values: whatever programs and people write, and what is said of what cannot be read."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.base.i18n import Message, Text
from registry.rules.facts import FactDef
from registry.rules.identifiers import credit_code_check
from registry.rules.ledger import EXAMPLE, Reading, read_lines, skipped
from registry.rules.ledger_heading import COLUMNS, column_for, heading_of, is_personal, propose
from registry.rules.ledger_values import (
    read_code,
    read_day,
    read_document,
    read_end,
    read_figure,
    read_level,
    read_name,
    read_number,
    scale_of,
)

TODAY = date(2026, 3, 2)
FACTS = {
    "practitioners": FactDef(type="count", label=Text.model_validate("从业人员")),
    "monthly_wage": FactDef(type="amount", label=Text.model_validate("月均收入"), per="year"),
    "rate": FactDef(type="ratio", label=Text.model_validate("培训后就业率")),
}
HEADS = ["品牌名称", "级别", "文号", "认定时间", "有效期至", "从业人数", "认定单位"]
GOOD = ["盱眙虚构厨师", "市级", "示例发〔2023〕1号", "2023-05-08", "3年", "1200", "示例市人社局"]


def lines(*rows: list[object], heads: list[str] = HEADS) -> list[object]:
    sheet = [heads, *rows]
    heading = heading_of(sheet)
    assert heading
    return list(read_lines(sheet, Reading(heading, propose(heading.names, FACTS), FACTS, TODAY)))


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("品牌名称", "name"), ("劳务品牌", "name"), (" 名 称 ", "name"), ("劳务品牌名称（全称）", "name"), ("类别", "kind"),
        ("所属县（区）", "region"), ("县区", "region"), ("建设单位", "owner"), ("统一社会信用代码", "credit_code"),
        ("社会统一信用代码", "credit_code"), ("级别", "level"), ("认定单位", "authority"), ("认定部门名称", "authority"),
        ("文号", "document"), ("认定文件文号", "document"), ("认定日期", "document_date"), ("有效期至", "valid_to"),
        ("证书编号", "number"), ("序号", None), ("联系人", None), ("负责人电话", None), ("备注", None), ("", None),
        ("填报单位：示例县", None),
    ],
)  # fmt: skip
def test_heading_is_understood(heading: str, column: str | None) -> None:
    found = column_for(heading)
    assert (found.id if found else None) == column


def test_every_known_word_means_its_column_alone() -> None:
    words = [word for column in COLUMNS for word in column.words]
    assert len(words) == len(set(words))
    assert all((found := column_for(word)) and word in found.words for word in words)


def test_columns_of_persons_are_none_of_the_register() -> None:
    assert all(map(is_personal, ("联系人", "联系电话", "法定代表人", "负责人（电话）"))) and not is_personal("建设单位")


def test_figures_are_found_by_their_facts_labels() -> None:
    heads = ["名称", "2024年从业人数（人）", "月均收入（元）", "就业率", "联系电话"]
    assert propose(heads, FACTS) == {"name": 0, "practitioners": 1, "monthly_wage": 2, "rate": 3}


@pytest.mark.parametrize(
    ("rows", "last", "names"),
    [
        ([["示例台账"] * 4, ["名称", "级别", "文号", "备注"], ["甲"]], 1, ("名称", "级别", "文号", "备注")),
        (
            [["名称", "认定情况", "认定情况", "备注"], ["名称", "级别", "文号", "备注"], ["甲", "市级", "1号", None]],
            1,
            ("名称", "认定情况·级别", "认定情况·文号", "备注"),
        ),
        (
            [["名称", "认定情况", None, "备注"], [None, "级别", "文号", None], ["甲", "市级", "1号", None]],
            1,
            ("名称", "认定情况·级别", "认定情况·文号", "备注"),
        ),
        (
            [["名称", "级别", "从业人数", "从业人数"], ["名称", "级别", "2023年", "2024年"], ["甲", "市级", 1, 2]],
            1,
            ("名称", "级别", "从业人数·2023年", "从业人数·2024年"),
        ),
        ([["品牌名称", "级别", "文号"], ["盱眙龙虾劳务品牌", "市级", "1号"]], 0, ("品牌名称", "级别", "文号")),
    ],
    ids=["title above", "merged", "not told as merged", "years", "a value like a heading"],
)
def test_heading_is_found(rows: list[list[object]], last: int, names: tuple[str, ...]) -> None:
    heading = heading_of(rows)  # type: ignore[arg-type]
    assert heading and heading.known and (heading.last, heading.names) == (last, names)


def test_heading_of_unknown_words_is_one_to_be_chosen_by_hand() -> None:
    heading = heading_of([["甲", "乙"], ["1", "2"]])
    assert heading and not heading.known and heading.names == ("甲", "乙")
    assert heading_of([["只有一句话"]]) is None and heading_of([]) is None


@pytest.mark.parametrize(
    "value",
    [
        "2023-05-08", "2023.5.8", "2023/5/8", "2023年5月8日", "2023 年 5 月 8 号", "20230508", 20230508, 45054, "45054",
        45054.0, "２０２３．５．８", date(2023, 5, 8), "2023-05-08 00:00:00",
    ],
)  # fmt: skip
def test_day_is_read_however_it_is_written(value: object) -> None:
    assert read_day(value) == date(2023, 5, 8)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["2023年5月", "2023.2.30", "去年", 7, "23-5-8", "1949-10-01", True, 1e300, "202305"])
def test_what_is_no_day_is_told(value: object) -> None:
    assert isinstance(read_day(value), Message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("三年", 3),
        ("5年", 5),
        ("3年有效", 3),
        ("2023.5.8至2026.5.7", date(2026, 5, 7)),
        ("2026-05-07", date(2026, 5, 7)),
    ],
)
def test_end_is_a_day_or_some_years(value: str, read: object) -> None:
    assert read_end(value) == read


@pytest.mark.parametrize(
    ("value", "heading", "read"),
    [
        ("12,800人", "人数", "12800"), ("1.2万", "人数", "12000"), ("３５", "人数", "35"), (35, "人数", "35"),
        (3.5, "年人均收入（万元）", "35000"), ("3.5万元", "年人均收入（元）", "35000"), (2, "从业人数（万人）", "20000"),
        ("85%", "就业率", "0.85"), (85, "就业率（%）", "0.85"), ("约3000人", "人数", "3000"), ("1.2万余人", "人数", "12000"),
    ],
)  # fmt: skip
def test_figure_is_read_with_its_unit_or_the_headings(value: str | int | float, heading: str, read: str) -> None:
    assert read_figure(value, None, scale_of(heading)) == Decimal(read)


@pytest.mark.parametrize("value", ["若干", "-5", "1.5", True, date(2023, 5, 8), "五百", "", "12 800 a 3"])
def test_what_is_no_count_is_told(value: object) -> None:
    assert isinstance(read_figure(value, FACTS["practitioners"]), Message)  # type: ignore[arg-type]


def test_share_above_one_is_told() -> None:
    assert isinstance(read_figure("85", FACTS["rate"]), Message)


def test_code_must_have_its_check_character_and_be_kept_as_text() -> None:
    first = "52320830000000001"
    right = first + credit_code_check(first)
    assert read_code(f" {right.lower()} ") == right
    for wrong in (first + "?", right[:-1] + ("A" if right[-1] != "A" else "C"), 523208300000000123, "5.2E+17"):
        assert isinstance(read_code(wrong), Message)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("市级", "city"),
        ("省级劳务品牌", "province"),
        ("县（区）级", "county"),
        ("区级", "county"),
        ("国家级", "nation"),
    ],
)
def test_level_is_read(value: str, level: str) -> None:
    assert read_level(value) == level
    assert isinstance(read_level("优秀"), Message)


def test_document_number_gets_the_brackets_of_documents() -> None:
    assert {read_document(f"示例发{a}2023{b}1号") for a, b in ("〔〕", "[]", "【】", "()", "（）", "［］")} == {
        "示例发〔2023〕1号"
    }
    assert isinstance(read_document("见文件"), Message)


def test_row_number_is_no_title_number_and_a_latin_word_no_name() -> None:
    assert read_number(7) == "" and read_number("LP-2023-007") == "LP-2023-007"
    assert isinstance(read_name("n/a x"), Message)


@pytest.mark.parametrize(
    "row",
    [
        [None, None, None], ["合　计", 5, 9], [None, "总计", 9], ["注：本表由各股室汇总", None, None], [7, None, None],
        ["一、市级劳务品牌"] * 3, [1, 2, 3], ["序号", "品牌名称", "级别"], [1, f"{EXAMPLE}某某厨师", "市级"],
        [None, "审核人：", None], ["三、县级", "三、县级", None],
    ],
)  # fmt: skip
def test_row_that_is_none_of_the_ledger_is_passed_over(row: list[object]) -> None:
    assert skipped(row, {"name": 1, "level": 2})  # type: ignore[arg-type]


def test_row_of_a_name_alone_is_one() -> None:
    assert not skipped([None, "注塑工", None], {"name": 1, "level": 2})


def test_good_row_is_read_whole() -> None:
    (line,) = lines(list(GOOD))
    assert line.good and not line.notes and line.has_title and line.figures == {"practitioners": Decimal(1200)}
    assert line.values["valid_to"] == date(2026, 5, 8) and line.values["level"] == "city"


@pytest.mark.parametrize(
    ("change", "column", "fault"),
    [
        ({0: None}, 0, True), ({1: "优秀"}, 1, True), ({2: None}, 2, True), ({3: None}, 3, True), ({3: "2023.2.30"}, 3, True),
        ({3: "2027-01-01"}, 3, True), ({4: "2022-01-01"}, 4, True), ({5: "若干"}, 5, True), ({5: "约1200"}, 5, False),
        ({2: "示例发〔2021〕1号"}, 3, False), ({4: "2025-01-01"}, 4, False), ({6: "示例县人社局"}, 6, False),
    ],
)  # fmt: skip
def test_what_is_wrong_is_noted_at_its_column(change: dict[int, object], column: int, fault: bool) -> None:
    row = [change.get(n, value) for n, value in enumerate(GOOD)]
    (line,) = lines(row)
    assert [(note.column, note.fault) for note in line.notes if note.fault or not fault] == [(column, fault)]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    (line,) = lines([None, "优秀", "见文件", "去年", "明年", "若干", None])
    assert [note.column for note in line.notes] == [0, 1, 2, 3, 4, 5]


def test_yearly_figure_without_its_year_is_left_out_with_a_warning() -> None:
    (line,) = lines(["甲工", "市级", 5600], heads=["名称", "级别", "月均收入"])
    assert line.good and not line.figures and len(line.notes) == 1
    (line,) = lines(["甲工", "市级", 5600], heads=["名称", "级别", "2024年月均收入"])
    assert line.figures == {"monthly_wage": Decimal(5600)} and not line.notes


@given(
    st.lists(
        st.lists(st.none() | st.text(max_size=12) | st.integers() | st.floats() | st.dates(), max_size=8), max_size=6
    )
)
def test_nothing_that_stands_in_a_sheet_breaks_the_reading(rows: list[list[object]]) -> None:
    for sheet in ([HEADS, *rows], rows):
        if heading := heading_of(sheet):  # type: ignore[arg-type]
            read_lines(sheet, Reading(heading, propose(heading.names, FACTS), FACTS, TODAY))  # type: ignore[arg-type]
