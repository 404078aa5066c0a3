"""A ledger's way in through the pages: handed in, understood, corrected, entered, confirmed by somebody else."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import func, select

from registry.base.sheets import Sheet, annotated, read_sheets
from registry.store.entry import Entry
from registry.store.title import Title
from registry.testing import PDF, XUYI, Kit
from tests.ledgers import make
from tests.web.conftest import token

pytestmark = pytest.mark.slow
TITLES = "/admin/ledger/titles"


def hand_in(client: FlaskClient, data: bytes, name: str = "台账.xlsx") -> str:
    page = client.get("/admin/ledger/").get_data(as_text=True)
    form = {"csrf_token": token(page), "region": XUYI, "kind": "labour_brand", "file": (io.BytesIO(data), name)}
    answer = client.post("/admin/ledger/", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def post(client: FlaskClient, url: str, **form: object) -> tuple[int, str]:
    page = client.get(url).get_data(as_text=True)
    answer = client.post(url, data={"csrf_token": token(page), **form})
    return answer.status_code, answer.get_data(as_text=True)


def test_two_hundred_damaged_rows_are_in_the_register_after_one_correction(
    signed_in: Callable[[str], FlaskClient], kit: Kit
) -> None:
    officer, rows, right = signed_in("xuyi-officer"), make.good_rows(200), make.good_rows(200)
    spoilt = make.spoil(rows)
    url = hand_in(officer, make.workbook(rows))
    page = officer.get(url).get_data(as_text=True)
    assert "2023年5月" in page and "认定时间" in page and "0517-8000" not in page, "telephones are masked"
    copy = read_sheets(officer.get(f"{url}/copy.xlsx").data, "copy.xlsx")
    status, page = post(officer, url)
    assert status == 422 and registered(kit) == 0
    url = hand_in(officer, corrected(copy, rows, right, spoilt))
    page = officer.get(url).get_data(as_text=True)
    assert 'name="good_only"' not in page and "200" in page
    assert post(officer, url)[0] == 303 and registered(kit) == 200
    assert post(officer, url, throw_away="1")[0] == 303 and officer.get(url).status_code == 404
    assert shown(kit) == 0, "nobody outside sees a title's entry that one person alone has entered"
    assert 'name="title"' not in officer.get(TITLES).get_data(as_text=True), "recorded by the officer"
    reviewer = signed_in("xuyi-reviewer")
    status, page = post(reviewer, TITLES, do="confirm", title=choices(reviewer))
    assert status == 422 and 'class="problems"' in page, "there is no scan yet"
    page = officer.get(TITLES).get_data(as_text=True)
    for document in re.findall(r'<option value="([^"]+)"', page):
        scan = {"do": "scan", "document": document, "scan": (io.BytesIO(PDF), "文件.pdf"), "csrf_token": token(page)}
        assert officer.post(TITLES, data=scan).status_code == 303
    page = reviewer.get(TITLES).get_data(as_text=True)
    seen = re.search(r'href="([^"]+/scan)"', page)
    assert seen and reviewer.get(seen[1]).data == PDF
    hidden = re.findall(r'name="group:0" value="([^"]+)"', page)
    assert len(hidden) == make.BATCH and post(reviewer, TITLES, group="0", **{"group:0": hidden})[0] == 303
    assert titles(kit) == make.BATCH
    assert post(reviewer, TITLES, do="confirm", title=choices(reviewer))[0] == 303
    assert titles(kit) == shown(kit) == 200 and kit.health().fault is None


def corrected(copy: list[Sheet], rows: list[list[object]], right: list[list[object]], spoilt: dict[int, str]) -> bytes:
    """The marked copy, as the county puts it right: each row of which something is told is written anew."""
    by_number = {i + 1: [str(v) if v is not None else None for v in right[i]] for i in spoilt}
    for sheet in copy:
        for n, row in enumerate(sheet.rows):
            if row and row[0] in by_number and row[-1]:
                sheet.rows[n] = [row[0], *by_number[row[0]][1:]]  # type: ignore[index]
    return annotated(copy, {}, {})


def choices(client: FlaskClient) -> list[str]:
    return re.findall(r'name="title" value="([^"]+)"', client.get(TITLES).get_data(as_text=True))


def registered(kit: Kit) -> int:
    with kit.registry.store.system() as session:
        return session.exec(select(func.count()).select_from(Entry).where(Entry.region == XUYI)).one()


def shown(kit: Kit) -> int:
    """How many entries everybody sees."""
    with kit.registry.store.read() as session:
        return session.exec(select(func.count()).select_from(Entry).where(Entry.status == "listed")).one()


def titles(kit: Kit) -> int:
    with kit.registry.store.read() as session:
        return session.exec(select(func.count()).select_from(Title)).one()


def test_columns_are_chosen_again_and_nothing_chosen_is_told(signed_in: Callable[[str], FlaskClient]) -> None:
    officer = signed_in("xuyi-officer")
    url = hand_in(officer, "甲,名称,文号\n2023-05-08,盱眙虚构甲工（虚构）,示例人社发〔2023〕1号\n".encode(), "a.csv")
    status, _ = post(
        officer, url, **{"map": "1", "column:CSV:1": "name", "column:CSV:0": "document_date", "column:CSV:2": ""}
    )
    assert status == 303
    page = officer.get(url).get_data(as_text=True)
    assert re.search(r'value="document_date" selected', page)
    assert post(officer, url, map="1")[0] == 422
    assert post(officer, url, map="1", **{"column:CSV:1": "name", "column:CSV:2": "name"})[0] == 422


def test_ledger_of_unknown_words_asks_for_its_columns(signed_in: Callable[[str], FlaskClient], kit: Kit) -> None:
    officer = signed_in("xuyi-officer")
    url = hand_in(officer, "甲,乙\n盱眙虚构甲工（虚构）,市级\n".encode(), "a.csv")
    page = officer.get(url).get_data(as_text=True)
    assert "<details" in page and " open>" in page
    assert post(officer, url, map="1", **{"column:CSV:0": "name", "column:CSV:1": "level"})[0] == 303
    assert post(officer, url)[0] == 303 and registered(kit) == 1


def test_other_words_are_taken_only_when_the_box_is_ticked(signed_in: Callable[[str], FlaskClient], kit: Kit) -> None:
    officer = signed_in("xuyi-officer")
    post(officer, hand_in(officer, "品牌名称,类别\n盱眙虚构甲工,技能类\n".encode(), "a.csv"))
    url = hand_in(officer, "品牌名称,类别\n盱眙虚构甲工,文化旅游类\n".encode(), "b.csv")
    assert 'name="overwrite"' in officer.get(url).get_data(as_text=True)
    for form, expected in (({}, "skills"), ({"overwrite": "yes"}, "culture")):
        assert post(officer, url, **form)[0] == 303
        with kit.registry.store.read() as session:
            assert session.exec(select(Entry.entry_class).where(Entry.region == XUYI)).one() == expected


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", "只有一句话".encode()])
def test_what_is_no_ledger_is_told_beside_the_field(data: bytes, signed_in: Callable[[str], FlaskClient]) -> None:
    officer = signed_in("xuyi-officer")
    page = officer.get("/admin/ledger/").get_data(as_text=True)
    form = {"csrf_token": token(page), "region": XUYI, "kind": "labour_brand", "file": (io.BytesIO(data), "a.xlsx")}
    answer = officer.post("/admin/ledger/", data=form)
    assert answer.status_code == 422 and 'class="fault"' in answer.get_data(as_text=True)


def test_title_is_turned_down_with_a_reason_that_the_recorder_reads(signed_in: Callable[[str], FlaskClient]) -> None:
    officer, reviewer = signed_in("xuyi-officer"), signed_in("xuyi-reviewer")
    post(officer, hand_in(officer, make.workbook(make.good_rows(3))))
    first = choices(reviewer)[0]
    status, page = post(reviewer, TITLES, do="refuse", title=first)
    assert status == 422 and f'value="{first}" checked' in page, "what was chosen stays chosen"
    assert post(reviewer, TITLES, do="refuse", title=first, reason="文号与原件不符")[0] == 303
    assert "文号与原件不符" in officer.get(TITLES).get_data(as_text=True)
    assert "文号与原件不符" not in reviewer.get(TITLES).get_data(as_text=True)


def test_titles_of_others_are_not_ones_to_confirm(signed_in: Callable[[str], FlaskClient]) -> None:
    officer = signed_in("xuyi-officer")
    url = hand_in(officer, make.workbook(make.good_rows(6)))
    post(officer, url)
    assert "虚构" not in signed_in("lianshui-reviewer").get(TITLES).get_data(as_text=True)
    assert "虚构" in signed_in("city-leader").get(TITLES).get_data(as_text=True)
    assert signed_in("lianshui-officer").get(url).status_code == 404
    assert signed_in("applicant").get("/admin/ledger/").status_code == 403
