"""Floors: composed from several documents, each value with the one that set it."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from registry.base.i18n import Text
from registry.rules.floors import Floors, FloorSet, Threshold, compose
from registry.rules.workflow import Workflow
from registry.rules.yamlfile import load, read
from tests.rules.workflows import RECOGNISE, changed, stage, ways, workflow


def floor(title: str, **keys: Any) -> FloorSet:
    return FloorSet.model_validate(
        {
            "id": "floor",
            "version": 1,
            "title": "底线",
            "region": "320800",
            "in_force": {"from": "2024-01-01"},
            "basis": {"title": title},
            **keys,
        }
    )


NATION = floor(
    "国家文件",
    notice_working_days=5,
    vetoes=["safety"],
    validity_years=5,
    experts_min=3,
    required_criteria=[{"id": "jobs", "at_least": 100}, {"id": "exits", "at_most": "0.2"}],
    distinct_persons=[["work", "notice"]],
)
PROVINCE = floor(
    "省办法",
    notice_working_days=7,
    vetoes=["safety", "fraud"],
    validity_years=3,
    experts_min=5,
    award_fen_ceiling=20_000_000,
    reply_working_days=5,
    required_stage_kinds=["expert_scoring"],
    required_criteria=[{"id": "jobs", "at_least": 80}, {"id": "exits", "at_most": "0.1"}],
)
CITY = floor("市办法", notice_working_days=7, reply_working_days=3, required_criteria=[{"id": "jobs", "at_least": 300}])
ALL = compose([NATION, PROVINCE, CITY])
COUNTY = Text.model_validate("县细则")


def pair(said: Any) -> tuple[Any, str]:
    return said.value, said.document.in_("zh-Hans")


def test_one_document_that_wants_the_citys_agreement_is_enough() -> None:
    assert compose([NATION, CITY]).packs_need_city is None
    one, other = floor("市发布办法", packs_need_city=True), floor("另一办法", packs_need_city=True)
    lax = floor("不要求", packs_need_city=False)
    assert pair(compose([lax, one, other]).packs_need_city) == (True, "市发布办法")
    assert compose([lax]).packs_need_city is None


def test_core_alone_demands_five_days_and_different_people() -> None:
    floors = compose([])
    assert floors == Floors()
    assert floors.notice_working_days.document.in_("en") == "core"
    assert pair(floors.notice_working_days) == (5, "系统内置底线")
    assert [said.value for said in floors.distinct_persons] == [{"edit", "review", "decide"}]


def test_strictest_value_is_kept_with_the_first_document_that_said_it() -> None:
    assert pair(ALL.notice_working_days) == (7, "省办法")
    assert pair(ALL.experts_min) == (5, "省办法")
    assert pair(ALL.validity_years) == (3, "省办法")
    assert pair(ALL.award_fen_ceiling) == (20_000_000, "省办法")
    assert pair(ALL.reply_working_days) == (3, "市办法")
    assert {name: pair(said) for name, said in ALL.at_least.items()} == {"jobs": (300, "市办法")}
    assert {name: pair(said) for name, said in ALL.at_most.items()} == {"exits": (Decimal("0.1"), "省办法")}


def test_lists_are_united() -> None:
    assert [pair(said) for said in ALL.vetoes] == [("safety", "国家文件"), ("fraud", "省办法")]
    assert [pair(said) for said in ALL.required_stage_kinds] == [("expert_scoring", "省办法")]
    assert [pair(said) for said in ALL.required_criteria] == [("jobs", "国家文件"), ("exits", "国家文件")]
    assert [said.value for said in ALL.distinct_persons] == [{"edit", "review", "decide"}, {"work", "notice"}]


@pytest.mark.parametrize(
    "keys",
    [
        {"notice_working_days": 3},
        {"notice_hours": 3},
        {"distinct_persons": [["review"]]},
        {"required_stage_kinds": ["tea"]},
    ],
)
def test_floor_below_the_core_or_unknown_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        floor("市办法", **keys)


def test_laxer_workflow_is_refused_with_both_documents() -> None:
    experts = {
        **stage("review", "yes recommend decide", kind="expert_scoring", role="expert", members=4),
        "outcomes": RECOGNISE["check"]["outcomes"],
    }
    laxer = workflow(changed(RECOGNISE, check=experts))
    assert {fault.text("en") for fault in ALL.check_workflow(laxer)} == {
        "stages.notice.days: 测试流程 asks for a notice of 5 working days; 省办法 demands at least 7.",
        "stages.check.days: 测试流程 leaves the office 10 working days to answer; 市办法 allows at most 3.",
        "stages.check: 测试流程 is content with 4 experts; 省办法 demands at least 5.",
    }
    stricter = workflow(
        changed(RECOGNISE, check={**experts, "members": 5, "days": 3}, notice=ways(RECOGNISE, "notice", days=8))
    )
    assert ALL.check_workflow(stricter) == []


def test_missing_kind_of_stage_is_named() -> None:
    found = [fault.text("en") for fault in ALL.check_workflow(workflow(RECOGNISE))]
    assert "stages: 测试流程 has no stage of the kind “expert_scoring”; 省办法 demands one." in found


def test_short_notice_stands_at_its_line() -> None:
    text = """\
id: c.flow
version: 1
title: 县流程
region: "320830"
basis: {title: 县细则}
in_force: {from: 2024-01-01}
procedure: list
level: county
start: notice
stages:
  notice:
    kind: notice
    duty: notice
    days: 3
    names: {staff: 公示, applicant: 公示, upcoming: 公示}
"""
    source = read("flow.yaml", text.encode())
    found = compose([CITY]).check_workflow(load(Workflow, source), source)
    assert [fault.text("en") for fault in found] == [
        "flow.yaml:14:11: 县细则 asks for a notice of 3 working days; 市办法 demands at least 7."
    ]


def criteria(**changes: Any) -> list[str]:
    ours: dict[str, Any] = {
        "thresholds": {
            "jobs": Threshold(at_least=Decimal(300)),
            "exits": Threshold(at_most=Decimal("0.1")),
            "own": Threshold(),
        },
        "vetoes": {"safety", "fraud"},
        "validity_years": 3,
        "award_fen": 20_000_000,
        **changes,
    }
    return [laxer.message.text("en") for laxer in ALL.check_criteria(COUNTY, **ours)]


def test_criteria_as_strict_as_the_floor_pass() -> None:
    assert criteria() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"thresholds": {"jobs": Threshold(at_least=Decimal(120)), "exits": Threshold(at_most=Decimal("0.25"))}},
            [
                "县细则 asks for 120 at “jobs”; 市办法 demands at least 300.",
                "县细则 allows 0.25 at “exits”; 省办法 allows at most 0.1.",
            ],
        ),
        (
            {"thresholds": {"jobs": Threshold()}},
            [
                "县细则 has no criterion “exits”; 国家文件 demands it.",
                "县细则 asks for nothing at “jobs”; 市办法 demands at least 300.",
            ],
        ),
        ({"vetoes": {"safety"}}, ["县细则 lacks the veto “fraud”; 省办法 demands it."]),
        ({"validity_years": 4}, ["县细则 lets a title be valid for 4 years; 省办法 allows at most 3."]),
        ({"validity_years": None}, ["县细则 lets a title be valid without end; 省办法 allows at most 3 years."]),
        ({"award_fen": 30_000_000}, ["县细则 awards 300,000 yuan; 省办法 allows at most 200,000."]),
    ],
)
def test_laxer_criteria_are_refused_with_both_documents(changes: dict[str, Any], expected: list[str]) -> None:
    assert criteria(**changes) == expected


def test_laxer_criterion_is_placed_by_its_clause() -> None:
    laxer = ALL.check_criteria(COUNTY, thresholds={}, vetoes={"safety", "fraud"}, validity_years=3)
    assert [(item.key, item.id) for item in laxer] == [("required_criteria", "jobs"), ("required_criteria", "exits")]
