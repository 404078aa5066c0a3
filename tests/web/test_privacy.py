"""The pages about personal data: the notice, personal files drawn with the viewer's name, the administrator's page."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from PIL import Image
from sqlmodel import select

from registry.actions import cases, keys, privacy
from registry.cli.keys import keys as keys_command
from registry.rules.permission import SYSTEM
from registry.store.access import AccessLog
from registry.store.evidence import Evidence
from registry.store.record import RecordEntry
from registry.testing import CITY, PDF, Kit, add, journey

from ..browser import environment
from .conftest import token

pytestmark = pytest.mark.slow
PHONE = "13905170001"
WHY = "本人书面申请（示例）"
SignIn = Callable[[str], FlaskClient]


def sent(kit: Kit) -> tuple[str, dict[str, Evidence]]:
    """A case sent with a picture, a broken PDF and a table in the personal field: (case, name → file)."""
    id = journey.drafted(kit, answers={"contact_phone": PHONE})
    actor, picture = kit.who("applicant"), io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(picture, "PNG")
    for name, data in (("wages.png", picture.getvalue()), ("wages.pdf", PDF + b"another")):
        cases.attach(kit.registry, actor, id, field="wage_proof", name=name, data=data)
    cases.submit(kit.registry, actor, id, declared_true=True, key="s")
    with kit.registry.store.system() as session:
        found = {f.name: f for f in session.exec(select(Evidence).where(Evidence.case_id == id))}
    return id, found


def test_notice_lists_what_forms_and_the_registry_declare_in_each_language(visitor: FlaskClient) -> None:
    english, chinese = visitor.get("/en/privacy").text, visitor.get("/privacy").text
    assert "Evidence of the income" in english and "So that the declared income can be checked" in english
    assert "Name, ID number, telephone and second factor of people with an account" in english
    assert "收入证明材料" in chinese and 'href="/en/privacy"' in visitor.get("/en/").text


def test_personal_file_is_drawn_with_the_viewers_name_once_the_case_is_open(kit: Kit, signed_in: SignIn) -> None:
    id, files = sent(kit)
    officer, file = signed_in("xuyi-officer"), files["wages.png"]
    url = f"/desk/cases/{id}/files/{file.id}"
    page = officer.get(f"/desk/cases/{id}").text
    assert url not in page and "wages.png" not in page
    assert [officer.get(path).status_code for path in (url, f"{url}/pages/1.png")] == [403, 403]
    given = {"csrf_token": token(page), "purpose": "check"}
    assert officer.post(f"/desk/cases/{id}/personal", data=given).status_code == 303
    assert url in officer.get(f"/desk/cases/{id}").text
    shown = officer.get(url).text
    assert f"{url}/pages/1.png" in shown and f"{url}/pages/2.png" not in shown
    drawn = officer.get(f"{url}/pages/1.png")
    with Image.open(io.BytesIO(drawn.data)) as picture:
        assert picture.size == (300, 200) and len(picture.getcolors(60_000) or ()) > 5  # white no more
    assert officer.get(f"{url}/pages/2.png").status_code == 422
    broken = officer.get(f"/en/desk/cases/{id}/files/{files['wages.pdf'].id}")
    assert broken.status_code == 200 and "damaged" in broken.text
    original = officer.post(f"{url}/original", data=given)
    assert original.headers["Content-Disposition"].startswith("attachment") and original.data.startswith(b"\x89PNG")
    assert officer.post(f"{url}/original", data=given | {"purpose": ""}).status_code == 422
    with kit.registry.store.system() as session:
        assert [r.what for r in session.exec(select(AccessLog).order_by(AccessLog.at))] == [
            "file.page",
            "file.original",
        ]
        assert session.exec(select(RecordEntry).where(RecordEntry.verb == "evidence.original")).one().detail["purpose"]


def test_other_roles_and_neighbours_open_no_personal_file(kit: Kit, signed_in: SignIn) -> None:
    id, files = sent(kit)
    url = f"/desk/cases/{id}/files/{files['wages.png'].id}"
    add(kit, "auditor", "auditor", "320830", date(2026, 3, 2))
    for login, status in (("auditor", 403), ("lianshui-officer", 404)):
        client = signed_in(login)
        given = {"csrf_token": token(client.get("/desk/").text), "purpose": "check"}
        assert client.post(f"/desk/cases/{id}/personal", data=given).status_code == status
        for answer in (client.get(url), client.get(f"{url}/pages/1.png"), client.post(f"{url}/original", data=given)):
            assert answer.status_code == status and b"PNG" not in answer.data


def test_ordinary_file_is_shown_as_it_is_and_logged(kit: Kit, signed_in: SignIn) -> None:
    id, files = sent(kit)
    answer = signed_in("xuyi-officer").get(f"/desk/cases/{id}/files/{files['area_proof.pdf'].id}")
    assert answer.data.startswith(b"%PDF") and "sandbox" in answer.headers["Content-Security-Policy"]
    with kit.registry.store.system() as session:
        assert session.exec(select(AccessLog)).one().what == "file.view"


def test_security_administrator_finds_extracts_and_is_told_what_stands_in_the_way(kit: Kit, signed_in: SignIn) -> None:
    sent(kit)
    add(kit, "guardian", "security_admin", CITY, date(2026, 3, 2))
    client = signed_in("guardian")
    given = {"csrf_token": token(client.get("/admin/privacy/").text), "number": PHONE, "reason": WHY}
    found = client.post("/admin/privacy/person", data=given | {"do": "find"})
    assert found.status_code == 200 and "1" in re.findall(r'role="status">([^<]+)', found.text)[0]
    extract = client.post("/admin/privacy/person", data=given | {"do": "extract"})
    with zipfile.ZipFile(io.BytesIO(extract.data)) as archive:
        assert len(archive.namelist()) == 4 and PHONE in json.loads(archive.read("held.json")).__str__()
    asked = client.post("/admin/privacy/person", data=given | {"do": "erase"})
    assert asked.status_code == 200 and 'value="erase_now"' in asked.text
    erased = client.post("/admin/privacy/person", data=given | {"do": "erase_now"})
    assert erased.status_code == 403 and PHONE in erased.text  # what was typed is kept
    assert client.post("/admin/privacy/person", data=given | {"reason": ""}).status_code == 422
    wrong = {"csrf_token": given["csrf_token"], "case": "none", "field": "x", "value": "y", "reason": WHY}
    assert client.post("/admin/privacy/correction", data=wrong).status_code == 404
    assert signed_in("city-leader").get("/admin/privacy/").status_code == 403
    assert kit.health().fault is None


def test_command_rotates_and_says_what_remains(kit: Kit) -> None:
    env = environment(kit.registry.settings)
    told = CliRunner().invoke(keys_command, ["status", "--json"], env=env)
    assert json.loads(told.output)["remaining"] == 0
    other = env["REGISTRY_FIELD_KEYS"].replace("k1:", "k2:").replace("A", "B", 1).replace("a", "b", 1)
    env["REGISTRY_FIELD_KEYS"] = f"{other},{env['REGISTRY_FIELD_KEYS']}"
    done = CliRunner().invoke(keys_command, ["rotate"], env=env)
    assert done.exit_code == 0 and "Everything is encrypted with key k2." in done.output, done.output
    assert "k1" in done.output  # may be kept for the backups
    alone = env | {"REGISTRY_FIELD_KEYS": other}
    status = json.loads(CliRunner().invoke(keys_command, ["status", "--json"], env=alone).output)
    assert set(status["values"]) == {"k2"} and status["remaining"] == 0
    assert keys.status(kit.registry).counts == status["values"]


def test_record_of_a_search_holds_no_number(kit: Kit) -> None:
    sent(kit)
    privacy.locate(kit.registry, SYSTEM, PHONE, WHY)
    with kit.registry.store.system() as session:
        row = session.exec(select(RecordEntry).where(RecordEntry.verb == "privacy.find")).one()
    assert PHONE not in str(row) and WHY not in str(row.detail)
