"""Lists as workbooks: every list of the desk has the link, keeps filter and order, and holds what the page shows."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from registry.actions import cultivation, notices, suggestions
from registry.app import create_app
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.entry import Entry
from registry.testing import CITY, XUYI, Kit, add, journey
from registry.web import exported
from registry.web.desk import common

from ..conftest import Template, open_copy, throw_away
from .conftest import client_of

pytestmark = pytest.mark.slow

Client = Callable[[str], FlaskClient]
FORMULA = "=1+1（虚构）"
NOTICE = "320800-N-2026-001"


@pytest.fixture(scope="module")
def kit(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """A registry with something in each list; what is tried here only reads it."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("lists") / "registry", date(2026, 3, 2))
    id = journey.city(kit, "notice")
    with kit.registry.store.read(SYSTEM) as session:
        entry = session.get_one(Entry, session.get_one(Case, id).entry_id).public_id
    about = {"words": "人数与实际不符，请核查。", "name": "孙示例", "contact": "0517-80000009"}
    notices.object_to(kit.registry, notice_number=NOTICE, public_id=entry, **about)
    for name in (FORMULA, "盱眙虚构乙种养员"):
        journey.county(kit, "acceptance", name=name)
    cultivation.take_up(
        kit.registry,
        kit.who("xuyi-officer"),
        region=XUYI,
        about=cultivation.About(found="survey"),
        name="盱眙虚构丙种养员",
        kind="labour_brand",
        entry_class="skills",
        fictitious=True,
    )
    suggestions.suggest(kit.registry, name="-盱眙虚构丁", county="xuyi", reason="手艺好，带动就业多。", sender="x")
    add(kit, "security", "security_admin", CITY, date(2026, 3, 2))
    yield kit
    throw_away(kit)


@pytest.fixture(scope="module")
def desk(kit: Kit) -> Client:
    """A client signed in as a login."""
    return partial(client_of, create_app(kit.registry), kit)


def book(answer: Any) -> list[list[Any]]:
    """The rows of a workbook's only sheet; nothing in it is a formula."""
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"], answer.text[:500]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and 'state="frozen"' in sheet and "<col " in sheet
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def link(page: str) -> str:
    """Where the page's link leads."""
    found = re.search(r'href="([^"]*format=xlsx[^"]*)"', page)
    assert found, page[-3000:]
    return found[1].replace("&amp;", "&")


LISTS = {
    "/en/desk/": ("city-officer2", "盱眙虾稻共生种养员（虚构）"),
    "/en/desk/cases": ("xuyi-officer", FORMULA),
    "/en/desk/notices": ("city-officer", NOTICE),
    f"/en/desk/notices/{NOTICE}/objections": ("city-officer", f"{NOTICE}-1"),
    "/en/desk/cultivation/": ("xuyi-officer", "盱眙虚构丙种养员"),
    "/en/desk/cultivation/suggestions/": ("xuyi-officer", "-盱眙虚构丁"),
    "/en/admin/people/": ("security", "xuyi-officer"),
}


def test_each_list_leads_to_a_workbook_of_what_it_shows(desk: Client) -> None:
    for path, (who, shown) in LISTS.items():
        client = desk(who)
        page = client.get(path).text
        rows = book(client.get(link(page)))
        assert "2026-03-02" in rows[0][0] and who in rows[0][0], path
        assert all(head and isinstance(head, str) for head in rows[1]), path
        assert any(shown in row for row in rows[2:]), (path, rows)


def test_the_cases_are_told_with_dates_in_the_readers_words(desk: Client) -> None:
    rows = book(desk("xuyi-officer").get("/desk/cases?format=xlsx"))
    assert rows[1] == ["编号", "名称", "办理事项", "县区", "办理进度", "提交日期"]
    assert {row[5] for row in rows[2:]} == {date(2026, 3, 2)} and FORMULA in {row[1] for row in rows[2:]}


def test_filter_and_order_are_those_of_the_address_and_every_page_is_in_it(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "PAGE", 1)
    client = desk("xuyi-officer")
    page = client.get("/en/desk/cases?stage=acceptance&sort=number&page=2").text
    rows = book(client.get(address := link(page)))
    assert "stage=acceptance" in address and "sort=number" in address and "page" not in address
    numbers = [row[0] for row in rows[2:]]
    assert len(numbers) == 2 and numbers == sorted(numbers) and "Page 2" in page
    assert "cases-acceptance-2026-03-02.xlsx" in client.get(address).headers["Content-Disposition"]


def test_too_long_a_list_says_what_to_do(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported, "MOST", 1)
    answer = desk("xuyi-officer").get("/en/desk/cases?format=xlsx")
    assert answer.status_code == 422 and "Narrow the list by its filter" in answer.text


def test_a_workbook_holds_only_what_its_reader_sees(desk: Client) -> None:
    assert book(desk("lianshui-officer").get("/desk/cases?format=xlsx"))[2:] == []
    assert desk("applicant").get("/desk/cases?format=xlsx").status_code == 403
