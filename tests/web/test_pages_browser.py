"""Every main page in a real browser: accessible, narrow enough for a phone, and the same without a script."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PUBLIC = (
    "/",
    "/brands",
    "/bases",
    "/brands/xuyi-crayfish-chef",
    "/counties",
    "/counties/xuyi",
    "/notices",
    "/search?q=%E9%BE%99%E8%99%BE",
    "/verify",
    "/guides",
    "/guides/xuyi/xuyi.rice_crayfish.application",
    "/guides/xuyi/xuyi.rice_crayfish.application/self-check",
    "/sign-in",
    "/demo",
    "/no-such-page",
)
FOUND = {"notice": ("/notices", "/notices/"), "title": ("/brands?level=city", "/brands/")}
"""Pages whose address is not known before: name → (list, beginning of the link)."""
STAFF = {"xuyi-centre": ("/apply/", "/apply/start"), "xuyi-reviewer": ("/desk/", "/desk/cases", "/desk/notices")}


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A phone."""
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    yield context
    context.close()


def violations(page: Page) -> list[str]:
    """What axe finds, in a line each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]


def looked_at(page: Page, address: str) -> list[str]:
    """Everything that is wrong with a page."""
    page.goto(address)
    wrong = violations(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("scrolls sideways")
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} first headings")
    small = page.eval_on_selector_all(
        "main button, main input:not([type=hidden]), main select, nav a",
        "all => all.filter(e => e.offsetParent && e.type !== 'radio' && e.type !== 'checkbox'"
        " && e.getBoundingClientRect().height < 24 && !e.classList.contains('link-button')).map(e => e.outerHTML)",
    )
    return wrong + [f"too small to touch: {one[:120]}" for one in small]


@pytest.mark.parametrize("lang", ["", "/en", "/zh-hant"])
def test_public_pages_are_accessible_on_a_phone(lang: str, phone: BrowserContext, demonstration: str) -> None:
    page = phone.new_page()
    paths = PUBLIC if lang != "/zh-hant" else PUBLIC[:6]
    found = [link(page, demonstration, lang, *where) for where in FOUND.values()]
    wrong = {path: looked_at(page, f"{demonstration}{lang}{path}") for path in (*paths, *found)}
    page.close()
    assert {path: said for path, said in wrong.items() if said} == {}


def link(page: Page, address: str, lang: str, listed: str, beginning: str) -> str:
    """The first link of a list that begins so, without its language."""
    page.goto(f"{address}{lang}{listed}")
    links = page.eval_on_selector_all("main a", "all => all.map(a => new URL(a.href).pathname)")
    return next(one for one in links if one.startswith(lang + beginning)).removeprefix(lang)


@pytest.mark.parametrize("login", STAFF)
def test_inner_pages_are_accessible_on_a_phone(login: str, chromium: Browser, demonstration: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    page = context.new_page()
    page.goto(f"{demonstration}/demo")
    with page.expect_navigation():
        page.locator(f"form:has(input[value='{login}']) button").first.evaluate("button => button.click()")
    area = STAFF[login][0]
    case = link(page, demonstration, "", area, "/desk/cases/" if area == "/desk/" else "/apply/")
    wrong = {path: looked_at(page, f"{demonstration}{path}") for path in (*STAFF[login], case)}
    context.close()
    assert {path: said for path, said in wrong.items() if said} == {}


def test_public_pages_read_the_same_without_scripts(chromium: Browser, demonstration: str) -> None:
    texts = list[str]()
    for scripts in (True, False):
        context = chromium.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{demonstration}/brands/xuyi-crayfish-chef")
        texts.append(page.locator("main").inner_text())
        context.close()
    assert texts[0] == texts[1]
