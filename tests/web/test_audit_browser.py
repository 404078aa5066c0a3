"""An auditor's walk in a real browser: who approved this title, on what, and was anything touched?"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..browser import fits
from .test_journey_browser import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def people(chromium: Browser, demonstration: str) -> People:
    """Nobody signed in yet."""
    return People(chromium, demonstration)


def valid_title(people: People) -> str:
    """The number of a title that a citizen can check."""
    page = people.at("city-auditor", "/desk/cases?procedure=recognise&status=ended")
    page.locator("main tbody th a").first.click()
    number = page.locator("main a[href*='/certificates/']").first.inner_text().split()[-1]
    page = people.at("citizen", f"/verify/{number}")
    expect(page.locator("main")).to_contain_text(number)
    return number


def test_who_approved_this_on_what_and_was_anything_touched(people: People) -> None:
    number = valid_title(people)
    page = people.at("city-auditor", "/admin/audit/")
    fits(page, "audit/audit")
    page.get_by_label("History of a title, case or notice, by its number").fill(number)
    page.get_by_role("button", name="Find").click()
    expect(page.locator("h1")).to_contain_text(number)
    expect(page.locator("main")).to_contain_text("title given")
    fits(page, "audit/title")

    page.locator("main p a[href*='/history/case/']").first.click()
    main = page.locator("main")
    expect(main).to_contain_text("市人社局 负责人（演示）")
    expect(main).to_contain_text(re.compile("number of the minutes"))
    expect(main).to_contain_text(re.compile("document number"))
    fits(page, "audit/case")

    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename.startswith("history-case-")

    page.get_by_role("link", name="Was anything touched?").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#health")).to_contain_text("all as recorded")
    fits(page, "audit/record")


def test_auditor_draws_a_sample_and_sees_each_list(people: People) -> None:
    page = people.at("xuyi-auditor", "/admin/audit/")
    with page.expect_navigation():
        page.get_by_role("button", name="Draw").click()
    assert "seed=" in page.url
    fits(page, "audit/sample")
    for key in ("overrides", "openings", "overdue", "pairs", "people", "returned"):
        page = people.at("xuyi-auditor", f"/admin/audit/{key}")
        fits(page, f"audit/{key}")


def test_calendar_is_read_at_any_width(people: People) -> None:
    page = people.at("system-admin", "/admin/calendar/")
    fits(page, "audit/calendar")
    page.get_by_role("link", name="2026").click()
    fits(page, "audit/calendar-2026")
    page = people.at("system-admin", "/admin/calendar/new")
    text = (Path(__file__).parents[1] / "holidays" / "2027-example.txt").read_text(encoding="utf-8")
    page.locator("textarea").fill(text)
    with page.expect_navigation():
        page.get_by_role("button", name="Read it").click()
    expect(page.locator("main")).to_contain_text("What was understood of 2027")
    fits(page, "audit/calendar-new")
