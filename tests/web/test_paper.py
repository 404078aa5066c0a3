"""The desk's pages for what comes on paper."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import approval
from registry.store.evidence import Evidence
from registry.testing import PDF, Kit, journey
from tests.web.conftest import token

pytestmark = pytest.mark.slow


def post(client: FlaskClient, url: str, to: str | None = None, **form: object) -> tuple[int, str, str]:
    """(status, where it leads, page) of a form of a page."""
    page = client.get(url).get_data(as_text=True)
    answer = client.post(to or url, data={"csrf_token": token(page), **form})
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)


def test_paper_application_is_entered_filled_in_and_sent_by_the_officer(
    signed_in: Callable[[str], FlaskClient], kit: Kit
) -> None:
    officer = signed_in("xuyi-officer")
    assert "/desk/paper/" in officer.get("/desk/").get_data(as_text=True)
    about = {
        "filer": "盱眙纸上合作社（虚构）",
        "what": "xuyi.rice_crayfish.application:rice_crayfish",
        "name": "盱眙纸上种养员（虚构）",
        "class": "skills",
    }
    status, _, page = post(officer, "/desk/paper/new", **about)
    assert status == 422 and "盱眙纸上合作社" in page and 'class="fault"' in page
    status, url, _ = post(officer, "/desk/paper/new", **about, scan=(io.BytesIO(PDF), "申报表.pdf"))
    assert status == 303 and url.startswith("/apply/")
    page = officer.get(url).get_data(as_text=True)
    assert "/desk/paper/" in page, "it says that it is entered from paper"
    sections = re.findall(rf'href="({url}/sections/\w+)"', page)
    assert len(sections) > 3
    for section in sections:
        files = re.findall(r'<input[^>]*type="file"[^>]*>', officer.get(section).get_data(as_text=True))
        names = [m[1] for tag in files if (m := re.search(r'name="(\w+)"', tag))]
        uploads = {name: (io.BytesIO(PDF + name.encode()), f"{name}.pdf") for name in names}
        assert post(officer, section, **journey.RICE, **uploads)[0] == 303
    status, receipt, _ = post(officer, f"{url}/check", declaration="yes")
    assert status == 303 and officer.get(receipt).status_code == 200
    assert officer.get(f"{url}/withdraw").status_code == 404, "only the applicant withdraws"
    id = url.rpartition("/")[2]
    page = officer.get(f"/desk/cases/{id}").get_data(as_text=True)
    assert "纸质材料录入" in page or "Entered from paper" in page
    assert "申报表.pdf" not in page, "it is personal: shown when the personal data is open"
    listed = officer.get("/desk/paper/").get_data(as_text=True)
    assert str(kit.case(id).number) in listed
    for other in ("xuyi-reviewer", "lianshui-officer"):
        assert signed_in(other).get(url).status_code == 404
    assert kit.health().fault is None


def test_sheet_is_printed_from_the_case_and_its_scan_filed_to_it(
    signed_in: Callable[[str], FlaskClient], kit: Kit
) -> None:
    officer, id = signed_in("xuyi-officer"), journey.county(kit, "review")
    status, url, _ = post(officer, f"/desk/cases/{id}", "/desk/paper/sheets", case=id)
    assert status == 303
    pdf = officer.get(url)
    assert pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF")
    assert signed_in("lianshui-officer").get(url).status_code == 404
    status, to, _ = post(officer, "/desk/paper/scan", file=(io.BytesIO(pdf.data), "审批表.pdf"))
    assert (status, to) == (303, f"/desk/cases/{id}")
    page = officer.get(to).get_data(as_text=True)
    with kit.registry.store.system() as session:
        (kept,) = session.exec(select(Evidence).where(Evidence.field == f"{approval.FIELD}review"))
    assert f"/desk/cases/{id}/files/{kept.id}" in page
    assert officer.get(f"/desk/cases/{id}/files/{kept.id}").data == pdf.data


def test_what_cannot_be_filed_is_told_on_the_page(signed_in: Callable[[str], FlaskClient], kit: Kit) -> None:
    officer, id = signed_in("xuyi-officer"), journey.county(kit, "review")
    code = approval.print_sheet(kit.registry, kit.who("xuyi-officer"), id)
    pdf = approval.sheet_file(kit.registry, kit.who("xuyi-officer"), code, "zh-Hans")
    assert post(officer, "/desk/paper/scan")[0] == 422
    status, _, page = post(officer, "/desk/paper/scan", file=(io.BytesIO(b"x"), "a.txt"))
    assert status == 422 and 'class="fault"' in page
    status, _, page = post(signed_in("lianshui-officer"), "/desk/paper/scan", file=(io.BytesIO(pdf), "a.pdf"))
    assert status == 422 and code in page and str(kit.case(id).number) not in page
    assert code in officer.get(f"/desk/paper/scan?code={code}").get_data(as_text=True), "where the QR code leads"
    assert signed_in("applicant").get("/desk/paper/").status_code == 403
