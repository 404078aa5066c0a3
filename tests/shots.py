"""Pictures of the main pages at two widths in three languages: `make shots` writes them into `shots/`.

Serves a fresh demonstration in a temporary folder, signs in by the role switch as a person would, takes whole pages.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[1]
WIDTHS = {"phone": 360, "desktop": 1440}
LANGUAGES = {"zh-hans": "", "zh-hant": "/zh-hant", "en": "/en"}
PORT = int(os.environ.get("PORT", "8765"))
BASE = f"http://127.0.0.1:{PORT}"
CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"]}


@contextmanager
def demonstration() -> Iterator[None]:
    """A fresh demonstration, served until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "registry", "demo", "--port", str(PORT), "--data", f"{folder}/demo"]
        server = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_until_served()
            yield
        finally:
            server.terminate()
            server.wait()


def wait_until_served(seconds: int = 120) -> None:
    """Return when the home page answers."""
    for _ in range(seconds * 2):
        try:
            urllib.request.urlopen(f"{BASE}/", timeout=2).read()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("the demonstration is not served")


def sign_in(context: BrowserContext, login: str) -> None:
    """Continue as somebody, by the button on /demo."""
    page = context.new_page()
    page.goto(f"{BASE}/demo")
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    page.locator(f"form:has(input[name=login][value='{login}']) button").first.click()
    page.wait_for_load_state()
    page.close()


def first_link(page: Page, path: str, pattern: str) -> str:
    """The address of the first link of a page that fits a pattern."""
    page.goto(BASE + path)
    links = page.eval_on_selector_all("main a[href]", "links => links.map(l => l.getAttribute('href'))")
    return next(link for link in links if re.fullmatch(pattern, link))


def addresses(browser: Browser) -> dict[str, tuple[str | None, str]]:
    """Name of a picture → (who looks at it, address without language)."""
    context = browser.new_context()
    page = context.new_page()
    notice = first_link(page, "/notices", r"/notices/[^/]+")
    title = first_link(page, "/brands?level=city", r"/brands/[^/?]+")
    verify = first_link(page, title, r"/verify/.+")
    sign_in(context, "xuyi-centre")
    tasks = first_link(page, "/apply/", r"/apply/[0-9a-f]{32}")
    sign_in(context, "city-reviewer")
    case = first_link(page, "/desk/", r"/desk/cases/[0-9a-f]{32}")
    context.close()
    return {
        "home": (None, "/"),
        "brand": (None, title),
        "county": (None, "/counties/xuyi"),
        "notice": (None, notice),
        "verify": (None, verify),
        "tasks": ("xuyi-centre", tasks),
        "review": ("city-reviewer", case),
        "demo": (None, "/demo"),
    }


def main() -> None:
    """Take every picture."""
    out = ROOT / "shots"
    out.mkdir(exist_ok=True)
    with demonstration(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        wanted = addresses(browser)
        for width_name, width in WIDTHS.items():
            for who in sorted({who or "" for who, _ in wanted.values()}):
                context = browser.new_context(viewport={"width": width, "height": 900}, device_scale_factor=1)
                if who:
                    sign_in(context, who)
                page = context.new_page()
                for name, (whose, path) in wanted.items():
                    for lang, prefix in LANGUAGES.items() if (whose or "") == who else ():
                        page.goto(BASE + prefix + path)
                        page.screenshot(path=out / f"{name}-{width_name}-{lang}.png", full_page=True)
                context.close()
        browser.close()
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")


if __name__ == "__main__":
    main()
