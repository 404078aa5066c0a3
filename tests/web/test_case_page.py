"""The case page: evidence drawn inside it, what is new since the last look, the whole file by one click, few queries."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import select

from registry.actions import cases
from registry.rules.permission import SYSTEM
from registry.store.access import AccessLog
from registry.store.evidence import Evidence
from registry.testing import Kit, journey

from .conftest import token

pytestmark = pytest.mark.slow

Client = Callable[[str], FlaskClient]


def two_pages() -> bytes:
    made, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    made.new_page(200, 300)
    made.new_page(300, 200)
    made.save(out)
    return out.getvalue()


@pytest.fixture
def case(kit: Kit) -> str:
    """A case in acceptance whose proof of the name has two pages."""
    id = journey.drafted(kit)
    applicant = kit.who("applicant")
    cases.detach(kit.registry, applicant, id, evidence_id=file_of(kit, "name_proof"))
    cases.attach(kit.registry, applicant, id, field="name_proof", name="商标证明.pdf", data=two_pages())
    cases.submit(kit.registry, applicant, id, declared_true=True, key="k")
    return id


def file_of(kit: Kit, field: str) -> str:
    with kit.registry.store.read(SYSTEM) as session:
        query = select(Evidence.id).where(Evidence.field == field, Evidence.removed_at == None)  # noqa: E711
        return session.exec(query).one()


def logged(kit: Kit) -> list[tuple[str, str]]:
    with kit.registry.store.read(SYSTEM) as session:
        return [(r.what, r.subject) for r in session.exec(select(AccessLog).order_by(AccessLog.at))]


@contextmanager
def counting(kit: Kit) -> Iterator[list[str]]:
    """The statements that the database is asked."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(kit.registry.store.engine, "before_cursor_execute", note)
    yield asked
    event.remove(kit.registry.store.engine, "before_cursor_execute", note)


def test_a_file_is_chosen_by_link_and_its_pages_are_drawn_inside_the_case(
    kit: Kit, case: str, signed_in: Client
) -> None:
    client, id = signed_in("xuyi-officer"), file_of(kit, "name_proof")
    page = client.get(f"/en/desk/cases/{case}?file={id}").text
    assert "page 1 of 2" in page and f"file={id}&amp;page=2#evidence" in page
    second = client.get(f"/en/desk/cases/{case}?file={id}&page=2").text
    source = re.search(r'<img src="([^"]+)"', second)
    assert source and source[1].endswith(f"{id}/pages/2.png") and "page 2 of 2" in second
    drawn = client.get(source[1])
    assert drawn.content_type == "image/png" and drawn.data.startswith(b"\x89PNG")
    assert logged(kit)[-1] == ("file.view", f"evidence:{id}")
    assert "page 2 of 2" in client.get(f"/en/desk/cases/{case}?file={id}&page=99").text
    assert client.get(f"/en/desk/cases/{case}?file=none&page=x").status_code == 200


def test_opening_a_case_opens_no_file_and_a_personal_one_stays_closed(kit: Kit, case: str, signed_in: Client) -> None:
    client, personal = signed_in("xuyi-officer"), file_of(kit, "wage_proof")
    page = client.get(f"/en/desk/cases/{case}?file={personal}").text
    assert logged(kit) == [] and f"files/{personal}" not in page and "<img src=" in page
    assert client.get(f"/en/desk/cases/{case}/files/{personal}/pages/1.png").status_code == 403
    assert signed_in("lianshui-officer").get(f"/en/desk/cases/{case}/files/{personal}/pages/1.png").status_code == 404


def test_what_others_did_since_my_last_look_is_named_with_links(kit: Kit, case: str, signed_in: Client) -> None:
    client = signed_in("xuyi-reviewer")
    assert "Since your last look" not in client.get(f"/en/desk/cases/{case}").text
    kit.clock.set(kit.clock.now() + timedelta(minutes=5))
    kit.act("xuyi-officer", case, "accept")
    page = client.get(f"/en/desk/cases/{case}").text
    assert "Since your last look on 2 March 2026:" in page and '<a href="#steps">1 step</a>' in page
    assert 'id="steps"' in page


def test_one_click_gives_the_archive_and_a_neighbour_finds_nothing(kit: Kit, case: str, signed_in: Client) -> None:
    client, address = signed_in("xuyi-officer"), f"/en/desk/cases/{case}/archive"
    form = token(client.get(f"/en/desk/cases/{case}").text)
    answer = client.post(address, data={"csrf_token": form})
    assert answer.status_code == 200 and "filename*=UTF-8''320830-2026-00001" in answer.headers["Content-Disposition"]
    assert "case.pdf" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert client.get(address).status_code == 405 and client.post(address).status_code == 422
    other = signed_in("lianshui-officer")
    form = token(other.get("/en/desk/cultivation/new").text)
    assert other.post(address, data={"csrf_token": form}).status_code == 404


def test_the_page_asks_few_queries(kit: Kit, case: str, signed_in: Client) -> None:
    client = signed_in("xuyi-officer")
    client.get(f"/en/desk/cases/{case}")
    with counting(kit) as asked:
        assert client.get(f"/en/desk/cases/{case}").status_code == 200
    asked = [one for one in asked if one.startswith("SELECT")]
    assert len(asked) <= 35, "\n".join(f"{n}: {' '.join(one.split())[:150]}" for n, one in enumerate(asked, 1))
