"""Correction on the desk: differences, a second return that needs another officer, the last step taken back."""

from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient

from registry.actions import cases
from registry.store.evidence import files_of
from registry.testing import PDF, XUYI, Kit, add, journey

from .conftest import hidden, token

pytestmark = pytest.mark.slow
People = Callable[[str], FlaskClient]
AREA = {"field": "area_mu", "words": "与统计表不符"}
PROOF = {"field": "area_proof", "words": "缺公章"}


def page(client: FlaskClient, url: str) -> str:
    """A page in English."""
    answer = client.get(f"/en{url}")
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


@pytest.fixture
def again(kit: Kit) -> str:
    """A case that was returned for its area and the proof, came back with another proof, and stands in the review."""
    add(kit, "xuyi-reviewer2", "county_reviewer", XUYI, date(2026, 3, 2))
    id, applicant = journey.filed(kit), kit.who("applicant")
    kit.act("xuyi-officer", id, "return_for_correction", defects=(AREA, PROOF))
    with kit.registry.store.read(applicant) as session:
        old = files_of(session, id, "area_proof")[0].id
    cases.detach(kit.registry, applicant, id, evidence_id=old)
    cases.attach(kit.registry, applicant, id, field="area_proof", name="盖章的证明.pdf", data=PDF + b"stamped")
    kit.clock.forward(minutes=5)
    cases.submit(kit.registry, applicant, id, declared_true=True, key="again")
    return journey.forward(kit, id, journey.STEPS, "review")


def test_differences_stand_beside_what_had_to_be_corrected(kit: Kit, again: str, signed_in: People) -> None:
    reviewer = signed_in("xuyi-reviewer")
    url = f"/desk/cases/{again}/differences"
    assert f'href="/en{url}"' in page(reviewer, f"/desk/cases/{again}")
    shown = page(reviewer, url)
    assert "缺公章" in shown and '<del class="small">area_proof.pdf</del>' in shown
    assert '<ins class="small">盖章的证明.pdf</ins>' in shown
    assert "与统计表不符" in shown and "not changed" in shown  # asked for, and left as it was
    assert shown.count('<th scope="row">') == 2 and "Submission 2 of 2 March 2026 beside submission 1" in shown
    other = journey.filed(kit, name="盱眙示例乙（虚构）")
    assert "This was sent once" in page(reviewer, f"/desk/cases/{other}/differences")


def send(client: FlaskClient, url: str, form: str, **fields: str) -> int:
    """Send a form of a page."""
    answer = client.post(f"/en{url}", data={"csrf_token": token(form)} | fields)
    return answer.status_code


def test_second_return_waits_for_another_officer(kit: Kit, again: str, signed_in: People) -> None:
    first, second = signed_in("xuyi-reviewer"), signed_in("xuyi-reviewer2")
    url = f"/desk/cases/{again}/act/return_for_correction"
    form = page(first, url)
    assert "This application was returned before." in form and form.count("not changed since") > 5
    keep = {name: hidden(form, name) for name in ("stage", "version", "key")}
    assert send(first, url, form, defect="holders", **{"say-holders": "缺名册"}, **keep) == 303
    own = page(first, f"/desk/cases/{again}")
    assert "It takes effect when another officer of your office agrees." in own and "Take my proposal back" in own
    assert "Agree to the second return" not in own and kit.case(again).stage == "review"
    assert "a colleague proposes a second return" in page(second, "/desk/")
    theirs = page(second, f"/desk/cases/{again}")
    assert "缺名册" in theirs and "could have been said before" in theirs
    assert "Agree to the second return" not in page(signed_in("xuyi-officer"), f"/desk/cases/{again}")
    key = {"key": hidden(theirs, "key")}
    assert send(second, f"/desk/cases/{again}/second-return/agree", theirs, **key) == 303
    assert kit.case(again).stage == "draft"
    assert "You have agreed" in page(second, f"/desk/cases/{again}")


def test_last_step_is_taken_back_from_the_case_page(kit: Kit, signed_in: People) -> None:
    id = journey.filed(kit)
    officer, url = signed_in("xuyi-officer"), f"/desk/cases/{id}/take-back"
    assert "Take my last step back" not in page(officer, f"/desk/cases/{id}")
    kit.act("xuyi-officer", id, "accept")
    shown = page(officer, f"/desk/cases/{id}")
    assert "Take my last step back" in shown
    assert "Take my last step back" not in page(signed_in("xuyi-reviewer"), f"/desk/cases/{id}")
    seen = {"version": hidden(shown, "version"), "key": hidden(shown, "key")}
    assert send(officer, url, shown, version="1", key="x") == 303
    assert "was faster" in page(officer, f"/desk/cases/{id}") and kit.case(id).stage == "field_check"
    assert send(officer, url, shown, **seen) == 303
    after = page(officer, f"/desk/cases/{id}")
    assert kit.case(id).stage == "acceptance" and "Step taken back" in after and "Take my last step back" not in after
    assert page(signed_in("applicant"), f"/apply/{id}").count("Acceptance") <= 1
    assert signed_in("xuyi-officer").get(f"/en/history/case/{id}").status_code in (200, 404)
