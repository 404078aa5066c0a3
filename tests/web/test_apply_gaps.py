"""What the applicant's pages must also hold: nothing internal shown, nothing typed lost, nothing sent or begun twice."""

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import cases, entries
from registry.base.errors import NotFound, Refused
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.case import Submission
from registry.store.entry import Entry
from registry.store.evidence import files_of
from registry.testing import LIANSHUI, PDF, XUYI, Kit, add, journey
from tests.web.conftest import token
from tests.web.test_apply import begun, post, section

pytestmark = pytest.mark.slow

SignedIn = Callable[[str], FlaskClient]
INTERNAL = "集体讨论的内部意见"


def test_a_note_between_officers_is_not_shown_to_the_applicant(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.county(kit, "leader")
    kit.act("xuyi-leader", id, "return_to_review", reason=INTERNAL)
    assert INTERNAL not in signed_in("applicant").get(f"/apply/{id}").text


def test_a_refusal_tells_its_reason_and_until_when_one_may_turn_to_whom(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.county(kit, "leader")
    kit.act("xuyi-leader", id, "refuse", reason="面积未达标准")
    page = signed_in("applicant").get(f"/apply/{id}").text
    assert "面积未达标准" in page and "申请复核" in page and "2026年3月16日" in page


def test_sending_again_without_a_key_is_really_sent(signed_in: SignedIn, kit: Kit) -> None:
    client, id = signed_in("applicant"), journey.drafted(kit)
    assert post(client, f"/apply/{id}/check", declaration="yes")[0] == 303
    kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "area_mu", "words": "不符"},))
    section(client, id, "income", area_mu="720000")
    assert post(client, f"/apply/{id}/check", declaration="yes")[0] == 303
    with kit.registry.store.system() as session:
        assert len(session.exec(select(Submission).where(Submission.case_id == id)).all()) == 2


def test_a_returned_question_opens_what_depends_on_its_answer(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = journey.drafted(kit, answers={"in_local_plan": "no"})
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="k")
    kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "in_local_plan", "words": "应为是"},))
    answers = {"in_local_plan": "yes", "plan_name": "示例规划第12页"}
    assert section(client, id, "brand", **answers)[0] == 303
    assert post(client, f"/apply/{id}/check", declaration="yes", key="again")[0] == 303


def test_text_that_counts_only_with_an_answer_is_not_lost(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    id = begun(client).rsplit("/", 1)[1]
    status, body, _ = section(client, id, "brand", plan_name="示例规划第12页")
    assert status == 422 and "示例规划第12页" in body and 'href="#plan_name"' in body
    assert section(client, id, "brand", plan_name="示例规划第12页", in_local_plan="yes")[0] == 303
    assert kit.case(id).draft["plan_name"] == "示例规划第12页"


def test_one_file_replaces_the_former(signed_in: SignedIn, kit: Kit) -> None:
    client, id = signed_in("applicant"), journey.drafted(kit)
    section(client, id, "materials", undertaking=(io.BytesIO(PDF + b"new"), "新承诺书.pdf"))
    with kit.registry.store.system() as session:
        assert [f.name for f in files_of(session, id, "undertaking")] == ["新承诺书.pdf"]


def test_a_file_too_large_is_told_at_its_field_and_the_text_is_kept(signed_in: SignedIn, kit: Kit) -> None:
    client, id = signed_in("applicant"), journey.drafted(kit)
    big = PDF + b"0" * (22 * 2**20)
    status, body, _ = section(client, id, "income", firms="31", wage_proof=(io.BytesIO(big), "big.pdf"))
    assert status == 422 and 'href="#wage_proof"' in body and "at most 20 MB" in body
    assert kit.case(id).draft["firms"] == "31"


def test_files_that_are_large_only_together_are_taken(signed_in: SignedIn, kit: Kit) -> None:
    client, id = signed_in("applicant"), journey.drafted(kit)
    big = PDF + b"0" * (12 * 2**20)
    both = [(io.BytesIO(big + n.encode()), f"{n}.pdf") for n in "12"]
    assert section(client, id, "income", wage_proof=both)[0] == 303


def test_double_click_begins_one_application(signed_in: SignedIn, kit: Kit) -> None:
    client = signed_in("applicant")
    assert begun(client) == begun(client)
    assert len(kit.cases()) == 1


def test_entries_of_another_county_and_others_drafts_cannot_be_taken(kit: Kit) -> None:
    lianshui = entries.add_entry(
        kit.registry,
        kit.who("lianshui-officer"),
        kind="labour_brand",
        region=LIANSHUI,
        name=Text.model_validate("涟水虚构缝纫工"),
        fictitious=True,
    )
    id = journey.drafted(kit)
    with kit.registry.store.system() as session:
        draft = session.get_one(Entry, kit.case(id).entry_id).slug
    name = Text.model_validate("盱眙虚构乙中心")
    other = entries.add_organisation(kit.registry, SYSTEM, name=name, region=XUYI, fictitious=True)
    add(kit, "other", "applicant", XUYI, kit.clock.now().date(), organisation_id=other)
    for login, organisation, slug in (("applicant", kit.training_centre, lianshui), ("other", other, draft)):
        about = {"kind": "labour_brand", "region": XUYI, "entry_slug": slug, "organisation_id": organisation}
        with pytest.raises((Refused, NotFound)):
            cases.start(kit.registry, kit.who(login), **about)


def test_enter_in_a_text_field_does_not_remove_a_file(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.drafted(kit)
    page = signed_in("applicant").get(f"/apply/{id}/sections/income").text
    form = page[page.index('enctype="multipart/form-data"') :]
    first = re.search(r'<button[^>]*type="submit"[^>]*>', form)
    assert first and 'name="remove"' not in first.group()


def test_stages_of_the_city_are_named_while_the_county_works(signed_in: SignedIn, kit: Kit) -> None:
    page = unescape(signed_in("applicant").get(f"/apply/{journey.county(kit, 'review')}").text)
    assert "集体研究决定" in page and "印发认定文件" in page


def test_what_was_sent_can_be_read_and_saved(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.county(kit, "review")
    page = signed_in("applicant").get(f"/apply/{id}").text
    assert "undertaking.pdf" in page and "725000" in page.replace(",", "").replace("72.5万", "725000")


def test_withdrawing_what_the_city_sent_back_leaves_nothing_open(signed_in: SignedIn, kit: Kit) -> None:
    id = journey.county(kit)
    child = kit.child(id).id
    kit.act("city-officer", child, "send_back", reason="县区材料不全")
    version = str(kit.case(id).version)
    assert post(signed_in("applicant"), f"/apply/{id}/withdraw", key="w", version=version)[0] == 303
    assert kit.case(id).status == "ended" and kit.case(child).status == "ended"


def test_parked_text_is_not_used_up_by_somebody_else(signed_in: SignedIn, kit: Kit) -> None:
    path = f"/apply/{journey.drafted(kit)}/sections/brand"
    client = signed_in("applicant")
    form = token(client.get(path).text)
    kit.clock.forward(minutes=90)
    client.post(path, data={"story": "只属于申报单位的文字", "csrf_token": form})
    parked = client.get_cookie("registry_parked")
    assert parked is not None
    officer = signed_in("xuyi-officer")
    officer.set_cookie("registry_parked", parked.value)
    assert officer.get(path).status_code == 404
    again = signed_in("applicant")
    again.set_cookie("registry_parked", parked.value)
    assert "只属于申报单位的文字" in again.get(path).text
