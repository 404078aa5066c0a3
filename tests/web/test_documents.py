"""Word documents at the desk: offered where they fit, a file by one click; and as part of a pack in the browser."""

import html
import io
from collections.abc import Callable
from urllib.parse import quote

import pytest
from docx import Document
from flask.testing import FlaskClient

from registry.actions.documents import filename
from registry.host.archive import unpacked
from registry.rules.document import WORD_TYPE
from registry.rules.pack import as_text
from registry.testing import Kit, journey
from tests.web.conftest import token
from tests.web.test_admin_packs import begin, read, send
from tests.wordfile import altered, related, word

pytestmark = pytest.mark.slow
SignIn = Callable[[str], FlaskClient]
PATH = "templates/letter.docx"


def click(client: FlaskClient, page: str, url: str, **form: str) -> tuple[int, str, bytes]:
    """(status, file name, file) of a document's button, which must stand on the page."""
    stands = client.get(page).get_data(as_text=True)
    assert f'action="{url}"' in stands
    answer = client.post(url, data={"csrf_token": token(stands), **form})
    return answer.status_code, answer.headers.get("Content-Disposition", ""), answer.data


def test_case_offers_its_documents_and_one_click_saves_one(kit: Kit, signed_in: SignIn) -> None:
    id = journey.county(kit, "leader")
    officer = signed_in("xuyi-officer")
    status, name, data = click(officer, f"/desk/cases/{id}", f"/desk/cases/{id}/documents/huaian.recommendation_letter")
    assert (
        status == 200
        and quote("推荐函（示例）-盱眙虾稻共生种养员（虚构）.docx") in name
        and "filename*=UTF-8''" in name
    )
    assert "现予推荐" in "".join(p.text for p in Document(io.BytesIO(data)).paragraphs)
    answer = officer.post(f"/desk/cases/{id}/documents/huaian.recommendation_letter", data={})
    assert answer.status_code == 422, "without the token of the form nothing is made"
    assert "document filled" in read(officer, f"/en/admin/history/case/{id}")


def test_notice_and_list_offer_theirs(kit: Kit, signed_in: SignIn) -> None:
    id = journey.city(kit, "notice")
    officer = signed_in("city-officer")
    (number,) = {
        line.split("/")[0] for line in read(officer, "/desk/notices").split("/desk/notices/")[1:] if "-N-" in line[:30]
    }
    url = f"/desk/notices/{number}/documents/huaian.notice"
    for page in (f"/desk/notices/{number}/objections", f"/desk/cases/{id}"):
        status, name, data = click(officer, page, url)
        assert status == 200 and quote("公示（示例）") in name
        assert any("现将拟认定名单（共1项）" in p.text for p in Document(io.BytesIO(data)).paragraphs)
    assert "before several authorities" in read(officer, "/en/desk/cases")
    page = "/desk/cases?procedure=recognise"
    status, name, data = click(officer, page, "/desk/documents/huaian.summary_table", procedure="recognise")
    (table,) = Document(io.BytesIO(data)).tables
    assert status == 200 and [row.cells[0].text for row in table.rows] == ["序号", "1"]
    status, url, _ = click(officer, page, "/desk/documents/huaian.summary_table")[0], "", ""
    assert status == 303, "all cases together are before two authorities"


def test_applicant_saves_the_filled_form_from_their_own_page(kit: Kit, signed_in: SignIn) -> None:
    id = journey.filed(kit)
    applicant = signed_in("applicant")
    url = f"/apply/{id}/documents/huaian.application_form"
    status, name, data = click(applicant, f"/apply/{id}", url)
    assert status == 200 and quote("申报表（示例）") in name
    assert "张示例" in "".join(c.text for t in Document(io.BytesIO(data)).tables for r in t.rows for c in r.cells)


def test_name_of_a_file_holds_no_sign_that_a_disk_refuses() -> None:
    assert filename('推荐函/a\\b:"c"\n') == "推荐函_a_b__c__"


def test_word_template_is_put_into_a_draft_and_taken_out_again(kit: Kit, signed_in: SignIn) -> None:
    client = signed_in("xuyi-officer")
    url = begin(client)
    bad, good = word("{{ case.nummer }}"), word("编号：{{ case.number }}")
    status, file, page = send(client, url, do="word", word=(io.BytesIO(bad), "letter.docx"))
    assert status == 303, page[page.find("problems") :][:600]
    assert file.endswith("/files/templates/letter.yaml")
    assert "subject: case" in read(client, file)
    page = read(client, url)
    assert "Did you mean “number”?" in page and f"{PATH}:1" in page
    words = f"{url}/files/{PATH}"
    assert "<textarea" not in read(client, words)
    assert client.get(f"{url}/word/{PATH}?sample=yes").status_code == 403
    status, _, _ = send(client, words, do="word", word=(io.BytesIO(good), "another name.docx"))
    assert status == 303 and "Did you mean" not in read(client, url)
    saved = client.get(f"{url}/word/{PATH}")
    assert saved.data == good and saved.content_type == WORD_TYPE
    sample = client.get(f"{url}/word/{PATH}?sample=yes")
    assert [p.text for p in Document(io.BytesIO(sample.data)).paragraphs] == ["编号：示例"]
    status, _, page = send(client, words, text="typed", seen="")
    assert status == 403 and "changed in Word or WPS" in page
    archive = client.get(f"{url}/pack.zip").data
    assert unpacked(archive)[PATH] == as_text(good)
    status, _, page = send(client, url, do="archive", archive=(io.BytesIO(archive), "pack.zip"))
    assert status == 303 and client.get(f"{url}/word/{PATH}").data == good


def test_word_template_that_loads_from_elsewhere_is_told_in_the_browser(kit: Kit, signed_in: SignIn) -> None:
    client = signed_in("xuyi-officer")
    url = begin(client)
    data = altered(word("x"), related("image", "http://x.example/a.png"))
    send(client, url, do="word", word=(io.BytesIO(data), "letter.docx"))
    assert "It loads something from elsewhere: http://x.example/a.png." in read(client, url)
    status, _, page = send(client, url, do="word", word=(io.BytesIO(b"x" * 600_000), "large.docx"))
    assert status == 422 and "larger than 512 kB" in page
    status, _, page = send(client, url, do="word", word=(io.BytesIO(b"x"), "letter.doc"))
    assert status == 422 and html.unescape(page).count("Choose a Word document (.docx).")
