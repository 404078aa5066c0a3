"""Workflows as data: their shape, extensions of them, and drawings."""

import itertools
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.base.canonical import canonical
from registry.base.errors import BadInput
from registry.rules.draw import along, as_mermaid, as_svg, as_text
from registry.rules.extension import Extension, apply, model_of
from registry.rules.proof import prove
from registry.rules.workflow import Workflow
from registry.rules.yamlfile import load, read, validate
from tests.rules.workflows import RECOGNISE, RECOMMEND, REVOKE, changed, outcome, stage, ways, workflow

HEAD: dict[str, Any] = {
    "id": "xuyi.recommend",
    "version": 2,
    "title": "盱眙推荐流程",
    "region": "320830",
    "in_force": {"from": "2024-06-01"},
    "procedure": "recommend",
    "level": "county",
    "product": "crayfish_chef",
    "extends": "test@1",
}
BASE = workflow(RECOMMEND, procedure="recommend")
BASE_PLUS_REVIEW = changed(
    RECOMMEND, review=stage("review", "recommend recommend leader", "back return form", not_same_person_as=["check"])
)
FIELD_CHECK = stage("work", "seen next NEXT", "back return form", kind="site_visit")


def extended(*edits: dict[str, Any], **head: Any) -> Workflow:
    return apply(BASE, Extension.model_validate({**HEAD, **head, "edits": list(edits)}))


def refused(*edits: dict[str, Any], **head: Any) -> list[str]:
    with pytest.raises(BadInput) as error:
        extended(*edits, **head)
    return [fault.text("en") for fault in error.value.faults]


def test_workflow_survives_canonical_json() -> None:
    made = workflow(RECOGNISE)
    assert Workflow.model_validate_json(canonical(made)) == made


@pytest.mark.parametrize(
    ("stages", "start", "people"),
    [
        (RECOGNISE, "form", 3),
        (REVOKE, "proposal", 2),
        (changed(RECOGNISE, check=ways(RECOGNISE, "check", members=7, enough=5)), "form", 7),
        (
            changed(RECOGNISE, document=ways(RECOGNISE, "document", not_same_person_as=["form", "check", "decide"])),
            "form",
            4,
        ),
    ],
)
def test_people_needed_counts_different_people(stages: dict[str, Any], start: str, people: int) -> None:
    assert workflow(stages, start).people_needed == people


@given(
    st.fixed_dictionaries(
        {name: st.sets(st.sampled_from("abcd"), max_size=3) for name in ("check", "review", "leader")}
    )
)
def test_stages_left_unfilled_are_the_fewest_that_any_choice_of_people_leaves(holders: dict[str, set[str]]) -> None:
    made = workflow(BASE_PLUS_REVIEW, procedure="recommend")
    left = made.unfilled(holders)
    least = min(
        sum(person is None for person in given)
        for given in itertools.product(*({*holders[name], None} for name in holders))
        if all(
            a is None or a != b or not made._apart(x, y)
            for (x, a), (y, b) in itertools.combinations(zip(holders, given, strict=True), 2)
        )
    )
    assert len(left) == least


def test_stage_that_everybody_could_fill_but_one_of_whom_is_needed_elsewhere_is_named() -> None:
    made = workflow(BASE_PLUS_REVIEW, procedure="recommend")
    assert made.unfilled({"review": {"a"}, "leader": {"b"}}) == []
    assert made.unfilled({"review": {"a"}, "leader": {"a"}}) == ["review"]  # the last in the workflow
    assert made.unfilled({"review": set(), "leader": {"a"}}) == ["review"]


def test_inserted_stage_stands_between_and_is_proved() -> None:
    made = extended({"insert_after": "form", "stage": "field_check", "as": FIELD_CHECK})
    assert list(made.stages) == ["form", "field_check", "check", "leader", "with_city", "ended", "refused"]
    assert made.stages["form"].outcomes["submit"].to == "field_check"
    assert made.stages["field_check"].outcomes["seen"].to == "check"
    assert made.stages["field_check"].outcomes["back"].to == "form"
    assert (made.id, made.version, made.product, made.region) == ("xuyi.recommend", 2, "crayfish_chef", "320830")
    assert prove(made) == []
    assert prove(BASE) == []


def test_dropped_stage_is_passed_by_and_the_proof_sees_it() -> None:
    made = extended({"drop": "leader"})
    assert made.stages["check"].outcomes["yes"].to == "with_city"
    assert [fault.trail for fault in prove(made)] == ["form --submit--> check --yes--> with_city --concluded--> ended"]


def test_dropped_start_hands_on_the_start() -> None:
    assert extended({"drop": "form"}).start == "check"


def test_replaced_stage_is_said_anew() -> None:
    made = extended({"replace": "check", "with": stage("review", "fine recommend leader")})
    assert list(made.stages["check"].outcomes) == ["fine"]


def test_set_changes_one_property_of_a_stage_or_outcome() -> None:
    made = extended(
        {"set": "stages.check.days", "to": 3},
        {"set": "stages.check.outcomes.yes.label", "to": {"zh-Hans": "同意", "en": "Yes"}},
    )
    assert made.stages["check"].days == 3
    assert made.stages["check"].outcomes["yes"].label.in_("en") == "Yes"
    assert BASE.stages["check"].days == 10


def test_edits_apply_in_order() -> None:
    made = extended(
        {"insert_after": "form", "stage": "field_check", "as": FIELD_CHECK}, {"set": "stages.field_check.days", "to": 8}
    )
    assert made.stages["field_check"].days == 8


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"drop": "leeder"}, "edits.0.drop: There is no stage “leeder” to edit. Did you mean “leader”?"),
        (
            {"drop": "with_city"},
            "edits.0.drop: Stage “with_city” does not lead on to exactly one stage. Use `replace` and say its outcomes.",
        ),
        (
            {"insert_after": "form", "stage": "check", "as": FIELD_CHECK},
            "edits.0.stage: There is already a stage “check”. Use `replace` to say it anew.",
        ),
        (
            {"insert_after": "from", "stage": "x", "as": FIELD_CHECK},
            "edits.0.insert_after: There is no stage “from” to edit. Did you mean “form”?",
        ),
        ({"replace": "nothing", "with": FIELD_CHECK}, "edits.0.replace: There is no stage “nothing” to edit."),
        ({"set": "stages.check.dais", "to": 3}, "edits.0.set: Unknown key “dais”. Did you mean “days”?"),
        ({"set": "stages.check.days", "to": "soon"}, "edits.0.to: “soon” must be a whole number."),
        (
            {"set": "stages.check.outcomes.yess.label", "to": "好"},
            "edits.0.set: There is nothing at “stages.check.outcomes.yess.label”. Did you mean “yes”?",
        ),
    ],
)
def test_edit_that_does_not_fit_is_named(edit: dict[str, Any], expected: str) -> None:
    assert refused(edit) == [expected]


def test_all_faults_of_an_extension_come_at_once() -> None:
    assert refused({"drop": "x"}, {"drop": "y"}, extends="other@3", procedure="list") == [
        "extends: Extends other@3, but test@1 was found.",
        "procedure: Extends a workflow of another procedure (recommend).",
        "edits.0.drop: There is no stage “x” to edit.",
        "edits.1.drop: There is no stage “y” to edit.",
    ]


EXTENSION = """\
id: xuyi.recommend
version: 1
title: 盱眙推荐流程
region: "320830"
in_force: {from: 2024-01-01}
procedure: recommend
level: county
extends: test@1
edits:
  - set: stages.check.days
    to: 5
  - insert_after: chek
    stage: field_check
    as:
      kind: site_visit
      duty: work
      role: county_officer
      office: home
      days: 5
      names: {staff: 实地核查, applicant: 实地核查, upcoming: 实地核查}
      outcomes:
        seen: {act: next, to: NEXT, label: 核查完成}
"""


def test_fault_of_an_extension_stands_at_its_line() -> None:
    source = read("flow.yaml", EXTENSION.encode())
    assert model_of(source.data) is Extension
    with pytest.raises(BadInput) as error:
        apply(BASE, load(Extension, source), source)
    assert str(error.value.faults[0].place) == "flow.yaml:12:19"


def test_extension_read_from_a_file_is_applied() -> None:
    source = read("flow.yaml", EXTENSION.replace("chek", "check").encode())
    made = apply(BASE, load(Extension, source))
    assert made.stages["check"].outcomes["yes"].to == "field_check"
    assert made.stages["field_check"].outcomes["seen"].to == "leader"


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        ("act: next, to", "flow.yaml:22:21: “nex” is not one of: "),
        ("duty: work", "flow.yaml:16:13: “wrk” is not one of: edit, review"),
        ("- set:", "flow.yaml:10:5: Exactly one of these keys is needed: "),
    ],
)
def test_fault_of_shape_stands_at_its_line(spoilt: str, expected: str) -> None:
    wrong = {"act: next, to": "act: nex, to", "duty: work": "duty: wrk", "- set:": "- sett:"}[spoilt]
    _, faults = validate(Extension, read("flow.yaml", EXTENSION.replace(spoilt, wrong).encode()))
    assert [fault.text("en")[: len(expected)] for fault in faults] == [expected]


def test_text_drawing_names_people_days_and_ways() -> None:
    text = as_text(workflow(RECOGNISE), "en")
    assert "check  stage of review\n    review · city reviewer · 10 working days\n    --yes--> decide  yes\n" in text
    assert text.endswith("needs at least 3 different people\n")


def test_mermaid_drawing_cannot_be_broken_by_a_label() -> None:
    nasty = ways(RECOGNISE, "check", outcome("yes recommend decide", label='"] <script> #'))
    drawn = as_mermaid(workflow(changed(RECOGNISE, check=nasty)))
    assert '    s_check -->|"#quot;] #lt;script#gt; #35;"| s_decide' in drawn
    assert "<script>" not in drawn


def test_svg_drawing_is_well_formed_titled_and_without_style() -> None:
    drawn = as_svg(workflow(RECOGNISE), "notice", "en")
    root = ElementTree.fromstring(drawn)
    assert [child.text for child in root if child.tag.endswith("title")] == ["测试流程"]
    assert "style" not in drawn
    assert sum(element.tag.endswith("rect") for element in root) == len(RECOGNISE)
    assert [e.text for e in root if "(now)" in (e.text or "")] == ["stage of notice (now)"]


def test_published_workflow_is_drawn_in_the_order_of_its_way() -> None:
    made = workflow(RECOGNISE)
    by_name = Workflow.model_validate_json(canonical(made))
    assert list(by_name.stages) == sorted(by_name.stages)
    drawn = along(by_name)
    assert drawn.stages == made.stages and next(iter(drawn.stages)) == made.start
    way = [name for name in drawn.stages if name in ("form", "check", "decide", "notice", "document")]
    assert way == ["form", "check", "decide", "notice", "document"]
    ends = [drawn.stages[name].is_end for name in drawn.stages]
    assert ends == sorted(ends)
