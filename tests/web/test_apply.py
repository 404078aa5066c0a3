"""An applicant's way by HTTP: from the first line of the form to the receipt, and everything that may go wrong on it."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import entries
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.case import Case, CaseStep
from registry.testing import PDF, XUYI, Kit, add, give_password, journey
from tests.web.conftest import hidden, token

pytestmark = pytest.mark.slow

RICE_FORM = "xuyi.rice_crayfish.application:rice_crayfish"
SignedIn = Callable[[str], FlaskClient]


def post(client: FlaskClient, path: str, **data: object) -> tuple[int, str, str]:
    """(status, body, Location) of sending a page's form, with the token of the page."""
    page = client.get(path).text
    answer = client.post(path, data={**data, "csrf_token": token(page)}, content_type="multipart/form-data")
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def begun(client: FlaskClient, form: str = RICE_FORM, name: str = "盱眙虚构甲种养员") -> str:
    """The address of a new application."""
    status, body, where = post(client, "/en/apply/start", form=form, name=name, **{"class": "skills"})
    assert status == 303, body
    return where


def section(client: FlaskClient, id: str, part: str, **data: object) -> tuple[int, str, str]:
    """What came of saving one section."""
    return post(client, f"/en/apply/{id}/sections/{part}", **data)


def test_from_start_to_receipt(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    app = begun(client)
    id = app.rsplit("/", 1)[1]
    assert client.get(app).text.count("Not started") == 6
    with kit.registry.store.system() as session:
        form = journey.cases.form_of(session, session.get_one(Case, id))
    for part in form.sections:
        texts = {f.id: journey.RICE[f.id] for f in part.fields if f.id in journey.RICE}
        files = {f.id: (io.BytesIO(PDF + f.id.encode()), f"{f.id}.pdf") for f in part.fields if f.type == "file"}
        status, body, _ = section(client, id, part.id, next="1", **texts, **files)
        assert status == 303, body
    assert client.get(app).text.count("Complete") == 5
    check = client.get(f"{app}/check").text
    assert "Still missing" not in check and "725,000" in check
    status, body, _ = post(client, f"{app}/check")
    assert status == 422 and "Confirm that what you send is true." in body
    status, _, where = post(client, f"{app}/check", declaration="yes", key="a-click")
    assert status == 303
    receipt = client.get(where).text
    assert "320830-2026-00001" in receipt and "3 working days" in receipt
    code = client.get(where.replace("/receipt", "/receipt.svg"))
    assert code.mimetype == "image/svg+xml" and b"<path" in code.data


def test_product_with_criteria_but_no_form_is_applied_for_with_the_form_of_its_kind(
    signed_in: SignedIn, kit: Kit
) -> None:
    client = signed_in("applicant")
    offered = re.findall(r'name="form" value="([^"]+)"', client.get("/en/apply/start").text)
    chef = next(value for value in offered if value.endswith(":crayfish_chef"))
    case = kit.case(begun(client, chef, "盱眙虚构丙厨师").rsplit("/", 1)[1])
    assert (case.product, case.entry_class) == ("crayfish_chef", "skills")


def test_double_click_sends_once_and_the_back_button_does_not_send_again(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = journey.drafted(kit)
    page = client.get(f"/en/apply/{id}/check").text
    data = {"declaration": "yes", "key": hidden(page, "key"), "csrf_token": token(page)}
    first, second = (client.post(f"/en/apply/{id}/check", data=data) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    again = client.post(f"/en/apply/{id}/check", data=data | {"key": "another"}, follow_redirects=True)
    assert "This application has been sent" in again.text
    with kit.registry.store.system() as session:
        assert len(session.exec(select(CaseStep).where(CaseStep.case_id == id)).all()) == 1


BAD_FIELDS = {
    "over-long": ("brand", "trade", "长" * 41, "This has 41 characters; at most 40 are possible."),
    "a word for a number": ("people", "practitioners", "许多", "“许多” is not a number"),
    "decimals for a count": ("people", "practitioners", "12.5", "Write a whole number"),
    "below zero": ("people", "practitioners", "-1", "This must be at least 0."),
    "wrong check digit": ("applicant", "owner_code", "51320830MJ0000000X", "it ends in “F”, not “X”"),
    "too short a code": ("applicant", "owner_code", "5132", "18 characters"),
    "control characters": ("brand", "trade", "种\x07稻", "characters that cannot be read"),
    "no telephone": ("materials", "contact_phone", "12", "telephone"),
    "none of the choices": ("applicant", "owner_type", "mine", "Choose one of the answers offered."),
}
BESIDE = {"brand": "summary", "people": "training", "applicant": "units", "materials": "contact_name"}


@pytest.mark.parametrize("case", BAD_FIELDS)
def test_bad_field_is_told_beside_it_and_the_rest_is_kept(case: str, signed_in: SignedIn, kit: Kit) -> None:
    part, field, value, message = BAD_FIELDS[case]
    id = journey.drafted(kit)
    before = kit.case(id).draft[field]
    status, body, _ = section(signed_in("applicant"), id, part, **{field: value, BESIDE[part]: "留着的字"})
    assert status == 422 and message in body, body
    assert f'href="#{field}"' in body and "<title>Error:" in body
    assert kit.case(id).draft[BESIDE[part]] == "留着的字"
    assert kit.case(id).draft[field] == before


def test_script_is_shown_as_text(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = journey.drafted(kit)
    section(client, id, "brand", summary="<script>alert(1)</script>")
    page = client.get(f"/en/apply/{id}/check").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_bytes_that_are_no_utf_8_are_told_and_nothing_is_saved(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = journey.drafted(kit)
    path = f"/en/apply/{id}/sections/brand"
    body = b"csrf_token=" + token(client.get(path).text).encode() + b"&trade=" + "种稻".encode("gb18030")
    answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422 and "characters that cannot be read" in answer.text
    assert kit.case(id).draft["trade"] == journey.RICE["trade"]


def bomb() -> bytes:
    """A DOCX that would unpack to a third of a gigabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"\0" * 300_000_000)
    return out.getvalue()


BAD_FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "wrong type": ("notes.txt", lambda: b"text", "is of a kind that is not taken"),
    "renamed executable": ("scan.pdf", lambda: b"MZ\x90\0" + b"\0" * 200, "is not what its name says"),
    "zip bomb": ("table.docx", bomb, "would unpack to far more than it should"),
    "empty": ("empty.pdf", lambda: b"", "is empty (0 bytes)"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_file_is_told_and_the_text_beside_it_is_kept(case: str, signed_in: SignedIn, kit: Kit) -> None:
    name, data, message = BAD_FILES[case]
    id = journey.drafted(kit)
    status, body, _ = section(signed_in("applicant"), id, "income", firms="31", wage_proof=(io.BytesIO(data()), name))
    assert status == 422 and message in body
    assert kit.case(id).draft["firms"] == "31"


def test_two_hundred_megabytes_are_refused_before_they_are_read(signed_in: SignedIn, kit: Kit) -> None:
    path = f"/en/apply/{journey.drafted(kit)}/sections/income"
    answer = signed_in("applicant").post(
        path, content_type="multipart/form-data; boundary=x", environ_overrides={"CONTENT_LENGTH": str(200 * 2**20)}
    )
    assert answer.status_code == 413 and "larger than this registry takes (20 MB)" in answer.text


def test_path_in_a_files_name_is_only_a_name(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = journey.drafted(kit)
    section(client, id, "income", stay="1", wage_proof=(io.BytesIO(PDF + b"x"), "../../etc/passwd.pdf"))
    page = client.get(f"/en/apply/{id}/sections/income").text
    assert "passwd.pdf" in page and "etc/passwd" not in page


def test_removed_file_is_gone_and_a_second_click_does_no_harm(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = journey.drafted(kit)
    file = re.findall(r'name="remove" value="([0-9a-f]+)"', client.get(f"/en/apply/{id}/sections/income").text)[0]
    for _ in range(2):
        assert section(client, id, "income", remove=file)[0] == 303
    assert file not in client.get(f"/en/apply/{id}/sections/income").text


def test_ended_sign_in_gives_the_text_back_in_its_field(signed_in: SignedIn, kit: Kit) -> None:
    path = f"/en/apply/{journey.drafted(kit)}/sections/brand"
    client = signed_in("applicant")
    page = client.get(path).text
    kit.clock.forward(minutes=90)
    long = "写了很久的品牌故事。" * 80
    answer = client.post(path, data={"story": long, "csrf_token": token(page)})
    assert answer.status_code == 302 and "/sign-in?next=" in answer.headers["Location"]
    give_password(kit, "applicant", "correct horse")
    where = answer.headers["Location"]
    entry = client.get(where).text
    assert "What you typed is kept" in entry
    back = client.post(where, data={"login": "applicant", "password": "correct horse", "csrf_token": token(entry)})
    assert back.headers["Location"].endswith(path)
    assert long in client.get(path).text
    assert long not in client.get(path).text, "given back once"


def test_returned_application_opens_only_what_was_returned(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "area_mu", "words": "与统计表不符"},))
    client = signed_in("applicant")
    page = client.get(f"/en/apply/{id}").text
    assert "与统计表不符" in page and page.count("Needs correction") == 1
    form = client.get(f"/en/apply/{id}/sections/income").text
    assert 'name="area_mu"' in form and 'name="firms"' not in form
    assert section(client, id, "income", area_mu="720000", firms="99")[0] == 303
    assert kit.case(id).draft["firms"] == "24"
    assert client.get(f"/en/apply/{id}/sections/brand").status_code == 404


def test_withdrawal_asks_first(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    client = signed_in("applicant")
    version = str(kit.case(id).version)
    status, body, _ = post(client, f"/en/apply/{id}/withdraw", key="w", version=version, reason="改日再报")
    assert status == 303, body
    assert kit.case(id).result == "withdrawn"
    assert client.get(f"/en/apply/{id}/withdraw").status_code == 403


def test_another_organisation_and_nobody_see_nothing(signed_in: SignedIn, visitor: FlaskClient, kit: Kit) -> None:
    id = journey.drafted(kit)
    name = Text.model_validate("盱眙虚构乙中心")
    other = entries.add_organisation(kit.registry, SYSTEM, name=name, region=XUYI, fictitious=True)
    add(kit, "other", "applicant", XUYI, kit.clock.now().date(), organisation_id=other)
    for path in ("", "/sections/brand", "/check", "/receipt", "/withdraw"):
        assert signed_in("other").get(f"/apply/{id}{path}").status_code == 404
        assert "/sign-in" in visitor.get(f"/apply/{id}{path}").headers["Location"]


def test_status_tells_one_way_over_both_cases(signed_in: SignedIn, kit: Kit) -> None:
    id = kit.case(journey.city(kit)).parent_id
    page = signed_in("applicant").get(f"/en/apply/{id}").text
    words = ("Check in the rice fields", "Collegiate decision", "Public notice", "Recognition document")
    order = [page.index(word) for word in words]
    assert order == sorted(order) and "320800-2026-0001" in page


def test_beginning_says_everything_that_is_wrong_at_once(signed_in: SignedIn) -> None:
    status, body, _ = post(signed_in("applicant"), "/en/apply/start", name="")
    assert status == 422
    assert "Choose what you apply for." in body and "Say what the brand or base is called" in body
