"""The reader of the record, tested on rows alone: it knows no workflow."""

from datetime import date
from typing import Any

import pytest

from registry.rules.calendar import WorkCalendar
from registry.rules.lawful import lawful

CALENDAR = WorkCalendar([2024], {})
MONDAY, NEXT_MONDAY, NEXT_TUESDAY = date(2024, 5, 6), date(2024, 5, 13), date(2024, 5, 14)


def row(duty: str, act: str, person: str, on: date = MONDAY, **more: Any) -> dict[str, Any]:
    return {"stage": duty, "duty": duty, "kind": "task", "act": act, "person": person, "on": on, **more}


FILED, REVIEWED = row("edit", "next", "filer"), row("review", "recommend", "ann")
DECIDED, CLEARED = row("decide", "approve", "ben"), row("notice", "clear", "ann", NEXT_TUESDAY)
GOOD = [FILED, REVIEWED, DECIDED, CLEARED]


def verdict(*rows: dict[str, Any], floor_days: int = 5, calendar: WorkCalendar = CALENDAR) -> str:
    refusal = lawful(rows, floor_days=floor_days, working_days_between=calendar.between)
    return refusal.text("en") if refusal else "lawful"


def test_review_decision_and_notice_are_lawful() -> None:
    assert verdict(*GOOD) == "lawful"


NO_REVIEW = "The record shows no review since the last change of substance."
NO_DECISION = "The record shows no decision after the review since the last change of substance."
NO_NOTICE = "The record shows no public notice of at least 5 working days after the decision."
SAME = "The record shows the same person in review and decision."
FILER_JUDGED = "The record shows that who filed the application also reviewed or decided it."


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], NO_REVIEW),
        ([FILED, DECIDED, CLEARED], NO_REVIEW),
        ([FILED, REVIEWED, CLEARED], NO_DECISION),
        ([FILED, REVIEWED, DECIDED], NO_NOTICE),
        ([FILED, DECIDED, REVIEWED, CLEARED], NO_DECISION),
        ([FILED, REVIEWED, CLEARED, DECIDED], NO_NOTICE),
        ([FILED, REVIEWED, row("decide", "approve", "ann"), CLEARED], SAME),
        ([FILED, REVIEWED, row("review", "recommend", "ben"), DECIDED, CLEARED], SAME),
        ([FILED, row("review", "ballot", "ben"), REVIEWED, DECIDED, CLEARED], SAME),
        ([FILED, row("review", "recommend", "filer"), DECIDED, CLEARED], FILER_JUDGED),
        ([FILED, REVIEWED, row("decide", "approve", "filer"), CLEARED], FILER_JUDGED),
        ([*GOOD, FILED], NO_REVIEW),
        ([*GOOD, row("work", "next", "ann", substance=True)], NO_REVIEW),
        ([*GOOD, row("notice", "uphold", "cai")], NO_REVIEW),
        ([*GOOD, row("work", "undo", "system")], NO_REVIEW),
        ([*GOOD, row("review", "send_back", "ann")], NO_REVIEW),
        ([FILED, row("review", "recommend", "system"), DECIDED, CLEARED], NO_REVIEW),
        ([FILED, REVIEWED, row("decide", "approve", "system"), CLEARED], NO_DECISION),
        ([FILED, REVIEWED, row("decide", "timeout", "system"), CLEARED], NO_DECISION),
        ([FILED, REVIEWED, DECIDED, row("notice", "clear", "system", NEXT_TUESDAY)], NO_NOTICE),
        ([FILED, REVIEWED, DECIDED, row("notice", "clear", "cai", NEXT_MONDAY)], NO_NOTICE),
        ([FILED, REVIEWED, DECIDED, {**CLEARED, "began": date(2024, 5, 7)}], NO_NOTICE),
    ],
)
def test_unlawful_record_is_named(rows: list[dict[str, Any]], expected: str) -> None:
    assert verdict(*rows) == expected


def test_what_is_done_again_after_a_change_is_lawful() -> None:
    later = {**CLEARED, "on": date(2024, 5, 28)}
    again = [
        {**r, "on": NEXT_TUESDAY} for r in (FILED, row("review", "recommend", "ben"), row("decide", "approve", "ann"))
    ]
    assert verdict(*GOOD, *again, later) == "lawful"


def test_who_takes_an_application_back_has_judged_nothing() -> None:
    assert verdict(FILED, row("review", "withdraw", "filer"), REVIEWED, DECIDED, CLEARED) == "lawful"


def test_higher_floor_needs_a_longer_notice() -> None:
    assert verdict(*GOOD, floor_days=7).endswith("at least 7 working days after the decision.")
    assert verdict(FILED, REVIEWED, DECIDED, {**CLEARED, "on": date(2024, 5, 16)}, floor_days=7) == "lawful"


def test_days_that_cannot_be_counted_do_not_count() -> None:
    assert verdict(*GOOD, calendar=WorkCalendar([2023], {})) == NO_NOTICE


TAKEN = row("review", "take_back", "ann")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([FILED, REVIEWED, TAKEN, DECIDED, CLEARED], NO_REVIEW),
        ([FILED, REVIEWED, TAKEN, REVIEWED, DECIDED, CLEARED], "lawful"),
        ([FILED, REVIEWED, DECIDED, row("notice", "take_back", "ben"), DECIDED, CLEARED], "lawful"),
        ([FILED, REVIEWED, row("review", "ballot", "eva"), TAKEN, REVIEWED, DECIDED, CLEARED], "lawful"),
        ([FILED, REVIEWED, TAKEN, row("review", "recommend", "cai"), row("decide", "approve", "ann"), CLEARED], SAME),
        ([FILED, REVIEWED, DECIDED, row("notice", "take_back", "ann"), CLEARED], NO_REVIEW),  # not one's own
        ([FILED, REVIEWED, {**TAKEN, "on": NEXT_MONDAY}, DECIDED, CLEARED], NO_REVIEW),
        ([*GOOD, row("notice", "take_back", "ann", NEXT_TUESDAY)], NO_REVIEW),  # a notice is not taken back
        ([row("edit", "take_back", "filer"), *GOOD], "lawful"),
    ],
)
def test_step_taken_back_earns_nothing(rows: list[dict[str, Any]], expected: str) -> None:
    assert verdict(*rows) == expected
