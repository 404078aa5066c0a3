"""Money, periods, codes of regions and working days, each by the rule that holds for every value."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from registry.base.errors import BadInput
from registry.base.i18n import LANGUAGES, Lang
from registry.base.money import Money
from registry.base.period import Period
from registry.base.region import NATION, RegionCode, is_within
from registry.host.seed import FIRST_YEAR, LAST_YEAR, exceptions
from registry.rules.calendar import NotCountable, WorkCalendar

FEN = st.integers(0, 10**12)
DAYS = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
CODES = st.builds(
    lambda province, city, county: f"{province:02}{city:02}{county if city else 0:02}",
    st.integers(10, 82),
    st.integers(0, 30),
    st.integers(0, 99),
)
CODE = TypeAdapter(RegionCode)


@given(FEN)
def test_money_in_yuan_and_fen_is_the_same_money(fen: int) -> None:
    assert Money.yuan(Decimal(fen) / 100) == Money.yuan(str(Decimal(fen) / 100)) == fen


@given(FEN, st.integers(0, 99))
def test_fractions_of_a_fen_are_dropped_never_rounded_up(fen: int, rest: int) -> None:
    assert Money.yuan(Decimal(fen) / 100 + Decimal(rest) / 10000) == fen


@given(FEN, st.sampled_from(LANGUAGES))
def test_words_for_money_say_exactly_the_amount(fen: int, lang: Lang) -> None:
    words = Money(fen).text(lang)
    number = words.replace(",", "").strip("CNY 元万萬")
    assert Decimal(number) * (1_000_000 if words[-2] in "万萬" else 100) == fen


@pytest.mark.parametrize(
    ("fen", "words"),
    [(0, "0元"), (5, "0.05元"), (123450, "1,234.50元"), (20_000_000, "20万元"), (1_234_560_000, "1,234.56万元")],
)
def test_money_as_people_write_it(fen: int, words: str) -> None:
    assert Money(fen).text("zh-Hans").replace(",", "") == words.replace(",", "")


PERIODS = st.builds(Period, st.integers(1, 9999), st.none() | st.integers(1, 12))


@given(PERIODS)
def test_period_is_read_back_as_it_was_written(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(st.text(max_size=9))
def test_what_is_read_as_a_period_is_written_the_same(text: str) -> None:
    try:
        period = Period.parse(text)
    except BadInput as error:
        assert "2024-05" in str(error)
    else:
        assert str(period) == text


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2024-00", "2024-5", "２０２４", "2024 ", "2024-05-01", "2024\n"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Period.parse(text)


@given(st.integers(1, 60), st.dates(date(1900, 1, 1)))
def test_last_periods_are_whole_follow_each_other_and_end_before_the_day(n: int, day: date) -> None:
    years, months = Period.last_years(n, day), Period.last_months(n, day)
    assert [p.year for p in years] == list(range(day.year - 1, day.year - 1 - n, -1))
    counted = [p.year * 12 + (p.month or 0) for p in months]
    assert counted == list(range(day.year * 12 + day.month - 1, day.year * 12 + day.month - 1 - n, -1))
    assert all(1 <= (p.month or 0) <= 12 for p in months)


@given(CODES, CODES, CODES)
def test_lying_within_is_an_order_of_places(a: str, b: str, c: str) -> None:
    assert is_within(a, a) and is_within(a, NATION) and is_within(a, a[:2] + "0000") and is_within(a, a[:4] + "00")
    assert not (is_within(a, b) and is_within(b, c)) or is_within(a, c)
    assert not (is_within(a, b) and is_within(b, a)) or a == b


@pytest.mark.parametrize(
    ("code", "region", "within"),
    [("320830", "320800", True), ("320830", "320000", True), ("320830", "320826", False), ("320800", "320830", False)]
    + [("321000", "320800", False), ("321003", "321000", True), ("000000", "320800", False)],
)
def test_counties_lie_in_their_city_and_not_the_other_way_round(code: str, region: str, within: bool) -> None:
    assert is_within(code, region) is within


@given(st.text(max_size=8))
def test_code_is_six_digits_and_nothing_else(text: str) -> None:
    good = len(text) == 6 and all(c in "0123456789" for c in text)
    try:
        assert CODE.validate_python(text) == text and good
    except ValidationError:
        assert not good


@pytest.mark.parametrize("text", ["３２０８３０", "٣٢٠٨٣٠", "32083", "320830\n"])
def test_digits_of_other_scripts_are_no_code(text: str) -> None:
    with pytest.raises(ValidationError):
        CODE.validate_python(text)


CALENDAR = WorkCalendar(
    frozenset(range(FIRST_YEAR, LAST_YEAR + 1)),
    {d.day: d.working for year in range(FIRST_YEAR, LAST_YEAR + 1) for d in exceptions(year)},
)


@given(DAYS, st.integers(1, 60))
def test_so_many_working_days_after_a_day_are_so_many_in_between(start: date, days: int) -> None:
    end = CALENDAR.add(start, days)
    if isinstance(end, NotCountable):
        assert (end.start, end.days) == (start, days) and start.year == LAST_YEAR
        return
    assert CALENDAR.is_working_day(end) and end > start
    assert CALENDAR.between(start, end) == days and CALENDAR.between(end, start) == -days
    assert CALENDAR.between(start, end - timedelta(days=1)) == days - 1


@given(DAYS, st.integers(0, 40), st.integers(0, 40))
def test_days_counted_in_two_parts_are_the_days_counted_at_once(start: date, a: int, b: int) -> None:
    first = CALENDAR.add(start, a)
    if isinstance(first, date):
        both, once = CALENDAR.add(first, b), CALENDAR.add(start, a + b)
        assert isinstance(both, NotCountable) == isinstance(once, NotCountable)
        assert both == once or isinstance(both, NotCountable)


@given(DAYS, DAYS, DAYS)
def test_days_between_add_up(a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    ab, bc = CALENDAR.between(a, b), CALENDAR.between(b, c)
    assert ab is not None and bc is not None and ab + bc == CALENDAR.between(a, c)


@given(DAYS, st.integers(1, 30))
def test_what_is_explained_is_every_exception_on_the_way(start: date, days: int) -> None:
    end = CALENDAR.add(start, days)
    if isinstance(end, date):
        told = CALENDAR.explain(start, days)
        skipped = sum((x.last - x.first).days + 1 for x in told if not x.works)
        assert (end - start).days - skipped == days
        assert all(x.first.weekday() >= 5 for x in told if x.works)


def test_year_that_is_not_published_is_never_guessed() -> None:
    last = date(LAST_YEAR, 12, 31)
    assert CALENDAR.is_working_day(last + timedelta(days=1)) is None
    assert CALENDAR.between(last, last + timedelta(days=1)) is None
    assert isinstance(CALENDAR.add(last, 1), NotCountable) and CALENDAR.add(last, 0) == last
    assert not CALENDAR.covers(last, last + timedelta(days=1))
