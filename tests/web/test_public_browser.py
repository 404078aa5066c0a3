"""The public's forms and answers in a real browser: accessible, usable without a script, on a very narrow phone and on paper."""

import io
from collections.abc import Iterator

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page

from tests.web.test_pages_browser import PUBLIC, link, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GUIDE = "/guides/xuyi/xuyi.rice_crayfish.application"
WORDS = "申报的种养面积与农业部门的统计不一致，请核查。"


@pytest.fixture(scope="module")
def plain(chromium: Browser) -> Iterator[Page]:
    """The narrowest phone, without scripts."""
    context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def narrow(chromium: Browser) -> Iterator[Page]:
    """The narrowest phone, with the large text that its owner chose."""
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    context.add_init_script("localStorage.setItem('large-text', '1')")
    yield context.new_page()
    context.close()


def wrong_with(page: Page) -> list[str]:
    """What axe finds, and whether it scrolls sideways."""
    wide = page.evaluate("[...document.querySelectorAll('main *')].find(e => e.getBoundingClientRect().right > innerWidth + 1"
                         " && !e.closest('.scroll'))?.outerHTML")  # fmt: skip
    sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*violations(page), *([f"scrolls sideways: {str(wide)[:200]}"] if sideways else [])]


def objection_address(page: Page, address: str, lang: str) -> str:
    """The form to object to the first entry of the running notice."""
    page.goto(f"{address}{lang}" + link(page, address, lang, "/notices", "/notices/"))
    return page.locator("a[href$='/objection']").first.get_attribute("href") or ""


@pytest.mark.parametrize("lang", ["", "/en"])
def test_pages_keep_to_the_narrowest_phone_in_large_text(lang: str, narrow: Page, demonstration: str) -> None:
    wrong = {}
    for path in PUBLIC:
        narrow.goto(f"{demonstration}{lang}{path}")
        assert narrow.evaluate("document.documentElement.classList.contains('large')")
        wrong[path] = [said for said in wrong_with(narrow) if "sideways" in said]
    assert {path: said for path, said in wrong.items() if said} == {}


@pytest.mark.parametrize("lang", ["", "/en"])
def test_answers_and_faults_are_accessible(lang: str, narrow: Page, demonstration: str) -> None:
    wrong, page = {}, narrow
    page.goto(f"{demonstration}{lang}{GUIDE}/self-check")
    page.fill("#area_mu", "90000")
    page.click("main form button")
    wrong["result"] = wrong_with(page)
    page.fill("#area_mu", "许多")
    page.click("main form button")
    wrong["faults"] = wrong_with(page)
    assert page.evaluate("document.activeElement.className") == "problems"
    page.goto(demonstration + objection_address(page, demonstration, lang))
    wrong["objection"] = wrong_with(page)
    page.fill("#words", "短")
    page.click("main form button")
    wrong["objection refused"] = wrong_with(page)
    assert {a.get_attribute("href") for a in page.locator(".problems a").all()} == {"#sort", "#words"}
    page.goto(f"{demonstration}{lang}/brands?status=revoked")
    page.click("main .rules a")
    page.click("a[href*='/verify/']")
    assert page.locator(".answer.s-revoked").count() == 1
    wrong["revoked"] = wrong_with(page)
    page.goto(f"{demonstration}{lang}/verify/NOBODYS")
    wrong["unknown"] = wrong_with(page)
    assert {path: said for path, said in wrong.items() if said} == {}


def test_every_form_works_without_scripts(plain: Page, demonstration: str) -> None:
    page = plain
    page.goto(f"{demonstration}/en/")
    page.fill("#home-q", "龙虾")
    page.click("main form button")
    page.click("main .rules a")
    assert "Crayfish" in page.locator("h1").inner_text()
    page.locator(".grounds summary").first.click()
    assert page.locator(".grounds p").first.is_visible()
    page.goto(f"{demonstration}/en/brands")
    page.select_option("#f-county", "lianshui")
    page.click("main form button")
    assert "county=lianshui" in page.url and page.locator("main .rules > li").count() >= 1
    page.goto(demonstration + objection_address(page, demonstration, "/en"))
    page.fill("#words", WORDS)
    page.check("input[value=lead]")
    page.click("main form button")
    code = page.url.rpartition("/")[2]
    page.goto(f"{demonstration}/en/objections")
    page.fill("#code", code)
    page.click("main form button")
    assert code in page.locator("main").inner_text()
    page.goto(f"{demonstration}/en/verify")
    page.fill("#code", "nobodys")
    page.click("main form button")
    assert "There is no certificate" in page.locator("h1").inner_text()


def test_a_notice_prints_on_one_sheet(chromium: Browser, demonstration: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demonstration + link(page, demonstration, "", "/notices", "/notices/"))
    sheets = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    words = sheets[0].get_textpage().get_text_range()
    context.close()
    assert len(sheets) == 1
    assert "公示" in words and "淮安市人力资源和社会保障局" in words and "登录" not in words
