"""The whole way in a real browser, each person in a context of their own: from the first line of the form to a citizen
who checks the certificate."""

import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, BrowserContext, Page, expect

from registry.testing import PDF, journey
from registry.web.templating import MONTHS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "盱眙示例稻虾技工（虚构）"
WORDS = "申报的种养面积与农业部门的统计不一致，请核查。"


class People:
    """The people of the story, each at a browser of their own."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.contexts: dict[str, BrowserContext] = {}

    def at(self, login: str, path: str) -> Page:
        """The page of somebody at an address; continues as them by the role switch, anew when the clock has moved."""
        if login not in self.contexts:
            self.contexts[login] = self.browser.new_context()
            if login != "citizen":
                self.become(login)
        context = self.contexts[login]
        page = context.pages[0] if context.pages else context.new_page()
        page.goto(f"{self.address}/en{path}")
        return page

    def become(self, login: str) -> None:
        """Continue as somebody."""
        page = self.contexts[login].new_page()
        page.goto(f"{self.address}/en/demo")
        with page.expect_navigation():
            page.locator(f"form:has(input[name=login][value='{login}']) button").evaluate("button => button.click()")
        page.close()

    def everybody_leaves(self) -> None:
        """After the clock has moved, sign-ins have ended."""
        for context in self.contexts.values():
            context.close()
        self.contexts.clear()


@pytest.fixture
def people(chromium: Browser, demonstration: str) -> People:
    """Nobody signed in yet."""
    return People(chromium, demonstration)


def send(page: Page, label: str) -> None:
    """Press the page's button."""
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).click()


def fill(page: Page, paper: Path) -> None:
    """Fill in every field of a section."""
    for name in page.eval_on_selector_all("main [name]", "all => [...new Set(all.map(one => one.name))]"):
        control = page.locator(f"main [name='{name}']").first
        kind = control.get_attribute("type")
        if kind == "file":
            control.set_input_files(paper)
        elif kind == "radio":
            page.locator(f"main [name='{name}'][value='{journey.RICE[name]}']").check()
        elif name in journey.RICE:
            control.fill(journey.RICE[name])


def act(page: Page, label: str, **given: str | Path) -> None:
    """Choose an outcome on a case's page and fill in what it needs."""
    page.get_by_role("link", name=label, exact=True).click()
    for name, value in given.items():
        control = page.locator(f"main [name='{name}']")
        control.set_input_files(value) if isinstance(value, Path) else control.fill(value)
    send(page, label)
    expect(page.get_by_role("status").first).to_contain_text(f"Done: {label}")


def case_of(people: People, login: str) -> Page:
    """The page of the case, found by its name."""
    page = people.at(login, f"/desk/cases?q={NAME}")
    page.get_by_role("link", name=re.compile(re.escape(NAME))).first.click()
    return page


def test_from_the_first_line_of_the_form_to_a_checked_certificate(people: People, tmp_path: Path) -> None:
    paper = tmp_path / "材料.pdf"
    paper.write_bytes(PDF)

    page = people.at("xuyi-centre", "/guides")
    page.get_by_role("link", name="Application for rice–crayfish growers").first.click()
    expect(page.locator("main")).to_contain_text("Free of charge")

    page = people.at("xuyi-centre", "/apply/start")
    page.get_by_label("Application for rice–crayfish growers").check()
    page.get_by_label("medium and high-end skills").check()
    page.get_by_label("Name of the brand or base").fill(NAME)
    send(page, "Start")
    page.get_by_role("link", name="Applicant, owner and building units").click()
    for _ in range(5):
        fill(page, paper)
        send(page, "Save and continue")
    expect(page.locator("h1")).to_have_text("Check your answers and send")
    page.locator("#declaration").check()
    send(page, "Send the application")
    expect(page.locator("h1")).to_contain_text("Receipt 320830-")

    act(case_of(people, "xuyi-officer"), "Accept")
    act(case_of(people, "xuyi-officer"), "Record the visit", visit_note="两人到场，抽查三块田。")
    act(case_of(people, "xuyi-reviewer"), "Recommend", opinion="材料齐全，符合示例标准。")
    act(case_of(people, "xuyi-leader"), "Recommend to the city", opinion="同意。")

    act(case_of(people, "city-officer"), "Accept")
    page = case_of(people, "city-reviewer")
    expect(page.locator("main")).to_contain_text("89.5 of 100 points")
    act(page, "Propose recognition", opinion="符合市级示例标准。")
    page = case_of(people, "city-reviewer")
    expect(page.locator(".actionbar")).to_contain_text("Only the city leader of the office in charge may do this.")
    act(case_of(people, "city-leader"), "Approve and publish", meeting="局长办公会（演示）", minutes="会纪〔2026〕9号")

    notice = publish(people)
    object_as_citizen(people, notice)
    move_past(people, notice)
    page = case_of(people, "city-officer")
    expect(page.locator(".actionbar")).to_contain_text("1 objection is not answered yet.")
    answer(people, notice)
    act(case_of(people, "city-officer"), "Nothing stands against it")
    today = people.at("citizen", "/demo").locator(".demobar").inner_text()
    act(
        case_of(people, "city-officer"),
        "Record number, date and scan",
        document="淮人社演示〔2026〕99号",
        document_date=iso(today),
        scan=paper,
    )

    page = case_of(people, "city-officer")
    link = page.get_by_role("link", name=re.compile("^Certificate ")).get_attribute("href")
    data = people.contexts["city-officer"].request.get(f"{people.address}{link}").body()
    address = check_certificate(data)
    page = people.at("citizen", urlsplit(address).path.removeprefix("/en"))
    first = page.locator("main .answer").first
    expect(first).to_contain_text(NAME)
    expect(first).to_contain_text("淮人社演示〔2026〕99号")
    page.get_by_role("link", name=NAME).first.click()
    expect(page.locator("h1")).to_contain_text("盱眙示例稻虾技工")

    page = people.at("xuyi-centre", "/apply/")
    page.get_by_role("link", name=NAME).click()
    expect(page.locator("main")).to_contain_text("Recognised")


def publish(people: People) -> str:
    """The city's officer publishes the notice; its number."""
    page = people.at("city-officer", "/desk/notices/new")
    page.get_by_label(NAME).check()
    for box in page.locator("main textarea").all():
        box.fill("市人社局就业科（演示）")
    send(page, "Preview")
    expect(page.locator("main")).to_contain_text("It runs for 5 working days")
    send(page, "Publish")
    return page.url.split("/notices/")[1].split("/")[0]


def object_as_citizen(people: People, notice: str) -> None:
    """A citizen objects under a name; the form says first what would be taken as a lead."""
    page = people.at("citizen", f"/notices/{notice}")
    page.get_by_role("link", name=re.compile("Object")).first.click()
    expect(page.locator("main")).to_contain_text("With your name it is an objection; without, a lead.")
    page.locator("main [name=words]").fill("太短")
    send(page, "Send the objection")
    expect(page.get_by_role("alert")).to_contain_text("at least ten characters")
    page.locator("main [name=words]").fill(WORDS)
    page.locator("main input[value=named]").check()
    page.locator("main [name=name]").fill("李示例")
    page.locator("main [name=contact]").fill("0517-80000001")
    send(page, "Send the objection")
    expect(page.locator("h1")).to_contain_text("received")


def move_past(people: People, notice: str) -> None:
    """The clock is moved until the notice has run."""
    for _ in range(6):
        page = people.at("citizen", f"/notices/{notice}")
        if page.get_by_role("link", name=re.compile("Object")).count() == 0:
            break
        page = people.at("citizen", "/demo")
        send(page, "Advance to the end of the notice")
    people.everybody_leaves()


def answer(people: People, notice: str) -> None:
    """The uninvolved officer answers; who reviewed cannot."""
    page = people.at("city-reviewer", f"/desk/objections/{notice}-1")
    expect(page.locator("main")).to_contain_text("Only the city officer of the office in charge may do this.")
    page = people.at("city-officer2", f"/desk/objections/{notice}-1")
    page.locator("main input[value=dismissed]").check()
    page.locator("main textarea").fill("经核查，面积与统计表一致，异议不成立。")
    send(page, "Answer the objection")
    expect(page.get_by_role("status").first).to_contain_text("The objection is answered.")


def iso(bar: str) -> str:
    """The day that the demonstration's bar says."""
    day, month, year = re.search(r"(\d+) (\w+) (\d{4})", bar).groups()  # type: ignore[union-attr]
    return f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}"


def check_certificate(data: bytes) -> str:
    """The certificate's text can be selected and its QR code read; the address in it."""
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    text = document[0].get_textpage().get_text_bounded()
    assert NAME in text.replace("\r\n", "").replace("\n", ""), text
    found = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    assert len(found) == 1
    return str(found[0].text)


def test_two_officers_on_one_case_and_nothing_is_lost(people: People, demonstration: str) -> None:
    first = people.at("city-officer", "/desk/")
    with_accept = first.eval_on_selector_all(
        "main a[href*='/desk/cases/']", "links => links.map(link => link.getAttribute('href'))"
    )
    for link in with_accept:
        first.goto(f"{demonstration}{link}")
        if first.get_by_role("link", name="Send back to the county", exact=True).count():
            break
    second = people.at("city-officer2", link.removeprefix("/en"))
    for page in (first, second):
        page.get_by_role("link", name="Send back to the county", exact=True).click()
    first.locator("main textarea").fill("请补充培训台账。")
    second.locator("main textarea").fill("请补充面积证明，这一段写了很久。")
    send(first, "Send back to the county")
    send(second, "Send back to the county")
    expect(second.get_by_role("alert")).to_contain_text("was faster")
    expect(second.locator("main textarea")).to_have_value("请补充面积证明，这一段写了很久。")
