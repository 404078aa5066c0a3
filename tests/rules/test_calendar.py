"""The State Council's notice as text and as a table, and the law of counting on any calendar."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.base.errors import BadInput
from registry.host.seed import exceptions
from registry.rules.calendar import DAY, NotCountable, WorkCalendar
from registry.rules.holidays import read_any, read_notice

NOTICE = (Path(__file__).parents[1] / "holidays" / "2026.txt").read_text(encoding="utf-8")
"""The arrangement of 2026 as it was published."""
EXAMPLE = (Path(__file__).parents[1] / "holidays" / "2027-example.txt").read_text(encoding="utf-8")
"""An invented arrangement of 2027, with the sentences that such notices have."""


def faults(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(BadInput) as caught:
        read_any(text)
    return [(f.line, f.message.text("en")) for f in caught.value.faults]


def test_published_notice_gives_the_days_that_the_library_has() -> None:
    read = read_notice(NOTICE)
    assert (read.year, read.document) == (2026, "国办发明电〔2025〕7号")
    assert {tuple(d) for d in read.exceptions} == {(d.day, d.working, d.name) for d in exceptions(2026)}


def test_day_of_the_year_before_and_other_ways_to_write_it_are_read() -> None:
    text = """国务院办公厅关于2023年部分节假日安排的通知
1. 元旦：2022年12月31日(星期六)至2023年1月2日(星期一)放假调休，共3天。
2. 春节：1月21日—27日放假调休，共7天；1月28日（星期六）、29日（星期日）上班。"""
    read = read_notice(text)
    assert read.days[0].day == date(2022, 12, 31) and read.document is None
    assert [d.day for d in read.days if d.working] == [date(2023, 1, 28), date(2023, 1, 29)]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("1月1日（周五）", "1月1日（周四）", "2027-01-01 is a 周五, but the notice says “周四”."),
        ("共3天", "共4天", "The notice says 4 days, but names 3."),
        ("1月9日（周六）上班", "1月8日上班", "2027-01-08 is a working day anyway, so it cannot be a shifted workday."),
        ("2月20日（周六）上班", "2月8日上班", "2027-02-08 is named both as a holiday and as a workday."),
        ("4月3日", "4月31日", "There is no such day: “4月31日（周六）至5日（周一）”."),
        (
            "5月1日（周六）至5日（周三）放假调休",
            "5月1日（周六）至5日（周三）另行通知",
            "This sentence was not understood",
        ),
        ("至3日（周日）放假", "至2025年1月3日放假", "The span ends before it begins, or is too long"),
    ],
)
def test_what_cannot_be_is_a_fault_with_its_line(before: str, after: str, said: str) -> None:
    assert before in EXAMPLE
    changed = EXAMPLE.replace(before, after, 1)
    line = next(n for n, text in enumerate(changed.splitlines(), 1) if after in text)
    assert any(n == line and words.startswith(said) for n, words in faults(changed))


def test_all_faults_come_at_once() -> None:
    wrong = EXAMPLE.replace("1月1日（周五）", "1月1日（周四）").replace("共5天", "共6天")
    assert len(faults(wrong)) == 2


def test_notice_of_another_year_contradicts_its_weekdays() -> None:
    assert len(faults(EXAMPLE.replace("2027年", "2028年"))) > 5


@pytest.mark.parametrize(
    "text", ["", "通知", "国务院办公厅关于2027年部分节假日安排的通知\n一、元旦：另行通知。", "x" * 30_000]
)
def test_text_without_a_year_or_a_holiday_is_refused(text: str) -> None:
    assert faults(text)


def test_table_gives_the_same_as_the_notice() -> None:
    read = read_notice(EXAMPLE)
    rows = [f"{d.day},{'上班' if d.working else '放假'},{d.name}" for d in read.exceptions]
    table = read_any("\ufeffday,working,name\r\n" + "\r\n".join(rows))
    assert table.exceptions == read.exceptions and table.year == 2027
    listed = ",".join(f'{{"day":"{d.day}","working":{str(d.working).lower()},"name":"{d.name}"}}' for d in read.days)
    assert read_any(f'{{"year": 2027, "days": [{listed}]}}').exceptions == read.exceptions


def test_faulty_table_names_every_line() -> None:
    told = faults("day,working,name\n2027-13-01,no,元旦\n2027-01-04,maybe,元旦\n2027-01-05,yes,元旦\n")
    assert [line for line, _ in told] == [2, 3, 4]
    assert faults('{"day": 1}') and faults('{"days": [1, {"day": "x"}]}') and faults("{")


YEARS = (2030, 2031)
DAYS = st.dates(date(2030, 1, 1), date(2031, 12, 31))
CALENDARS = st.dictionaries(DAYS, st.booleans(), max_size=80).map(
    lambda days: WorkCalendar(YEARS, {d: w for d, w in days.items() if w != (d.weekday() < 5)})
)


@given(CALENDARS, DAYS, st.integers(0, 60))
def test_end_is_the_first_day_with_so_many_working_days(calendar: WorkCalendar, start: date, days: int) -> None:
    end = calendar.add(start, days)
    if isinstance(end, NotCountable):
        assert calendar.between(start, date(2031, 12, 31)) < days  # type: ignore[operator]
        return
    assert calendar.between(start, end) == days
    assert days == 0 or calendar.is_working_day(end)


@given(CALENDARS, DAYS, st.integers(0, 30), st.integers(0, 30))
def test_counting_in_two_parts_is_counting_at_once(calendar: WorkCalendar, start: date, a: int, b: int) -> None:
    half = calendar.add(start, a)
    if isinstance(half, date):
        whole, parts = calendar.add(start, a + b), calendar.add(half, b)
        assert isinstance(whole, NotCountable) == isinstance(parts, NotCountable)
        assert isinstance(whole, NotCountable) or whole == parts


@given(CALENDARS, DAYS, st.integers(1, 30))
def test_a_holiday_more_never_brings_the_end_nearer(calendar: WorkCalendar, start: date, days: int) -> None:
    off = WorkCalendar(YEARS, {**calendar.exceptions, start + DAY: False})
    before, after = calendar.add(start, days), off.add(start, days)
    assert isinstance(after, NotCountable) or (isinstance(before, date) and after >= before)


@given(CALENDARS, DAYS, st.integers(1, 30))
def test_what_is_told_and_the_ordinary_days_make_up_the_whole(calendar: WorkCalendar, start: date, days: int) -> None:
    end = calendar.add(start, days)
    told = calendar.explain(start, days)
    if isinstance(end, NotCountable):
        assert told[-1].works is None and told[-1].first == date(2032, 1, 1)
        return
    skipped = sum((one.last - one.first).days + 1 for one in told if not one.works)
    assert (end - start).days - skipped == days


def test_words_name_the_holiday_the_weekend_and_the_shifted_workday() -> None:
    read = read_notice(NOTICE).exceptions
    calendar = WorkCalendar((2026,), {d.day: d.working for d in read}, {d.day: d.name for d in read})
    told = [one.message.text("en") for one in calendar.explain(date(2026, 9, 30), 4)]
    assert told == [
        "2026-10-01 to 2026-10-07: National Day, not counted",
        "2026-10-10: a weekend day that is worked (shifted workday), counted",
        "2026-10-11: weekend, not counted",
    ]
    told = [one.message.text("en") for one in calendar.explain(date(2026, 12, 30), 4)]
    assert told == ["from 2027-01-01: the calendar of 2027 is not published yet"]
    assert calendar.explain(date(2026, 12, 31) + timedelta(days=3), 2)[0].first == date(2027, 1, 4)
