"""The desk in a real browser: from my work through a case to the next one, and a second return that two officers make."""

from collections.abc import Callable, Iterator
from datetime import date
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from registry.actions import cases, signin
from registry.app import create_app
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.testing import XUYI, Kit, add, journey
from registry.web.context import COOKIE

from ..browser import fits, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]
At = Callable[[str, str], Page]


@pytest.fixture
def at(kit: Kit, chromium: Browser) -> Iterator[At]:
    """The page of somebody at an address, each in a browser context of their own."""
    add(kit, "xuyi-reviewer2", "county_reviewer", XUYI, date(2026, 3, 2))
    server = make_server("127.0.0.1", 0, create_app(kit.registry), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    contexts = {}

    def page(login: str, path: str) -> Page:
        if login not in contexts:
            with kit.registry.store.read(SYSTEM) as session:
                account = account_by_login(session, login)
            assert account
            contexts[login] = chromium.new_context()
            token = signin.open_session(kit.registry, account.id)
            contexts[login].add_cookies([{"name": COOKIE, "value": token, "url": address}])
        found = contexts[login].pages or [contexts[login].new_page()]
        found[0].goto(f"{address}/en{path}")
        return found[0]

    yield page
    for context in contexts.values():
        context.close()
    server.shutdown()


def test_from_my_work_through_a_case_to_the_next(kit: Kit, at: At) -> None:
    for n in range(3):
        journey.county(kit, "review", name=f"盱眙示例{n}号（虚构）")
    page = at("xuyi-reviewer", "/desk/?q=示例")
    expect(page.locator("main tbody tr")).to_have_count(3)
    fits(page, "desk/work")
    page.get_by_role("link", name="盱眙示例1号（虚构）").click()
    for done, then in ((1, "盱眙示例2号"), (2, "盱眙示例0号")):
        page.get_by_role("link", name="Recommend", exact=True).click()
        page.locator("main textarea").fill(journey.OPINION)
        press(page, "Recommend")
        expect(page.get_by_role("status").first).to_contain_text(f"Done: Recommend – 盱眙示例{done}号")
        expect(page.locator("h1")).to_contain_text(then)
    page.get_by_role("link", name="Back to that case").click()
    expect(page.locator("h1")).to_contain_text("盱眙示例2号")
    press(page, "Take my last step back")
    expect(page.get_by_role("status").first).to_contain_text("The step is taken back")
    page.locator("a[accesskey='1']").click()
    expect(page.locator("main tbody tr")).to_have_count(2)
    for path in ("changes", "month", "targets"):
        fits(at("xuyi-reviewer", f"/desk/{path}"), path)


def test_second_return_needs_another_officer(kit: Kit, at: At) -> None:
    id = journey.filed(kit)
    kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "area_mu", "words": "与统计表不符"},))
    cases.save(kit.registry, kit.who("applicant"), id, {"area_mu": "700000"})
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="again")
    journey.forward(kit, id, journey.STEPS, "review")

    page = at("xuyi-reviewer", f"/desk/cases/{id}/differences")
    expect(page.locator("main tbody tr")).to_have_count(1)
    fits(page, "desk/differences")
    page = at("xuyi-reviewer", f"/desk/cases/{id}/act/return_for_correction")
    page.locator("#say-holders").fill("缺名册")
    fits(page, "desk/return-again")
    press(page, "Return to the applicant")
    expect(page.get_by_role("status").first).to_contain_text("another officer of your office agrees")
    assert kit.case(id).stage == "review"

    page = at("xuyi-reviewer2", "/desk/")
    expect(page.locator("main tbody")).to_contain_text("a colleague proposes a second return")
    page.locator("main tbody a").first.click()
    fits(page, "desk/second-return")
    press(page, "Agree to the second return")
    expect(page.get_by_role("status").first).to_contain_text("You have agreed")
    assert kit.case(id).stage == "draft"
