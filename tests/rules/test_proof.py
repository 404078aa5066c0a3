"""The proof: bad workflows are refused with the exact path, good ones accepted, and neither is a matter of luck."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.base.i18n import Text, speaking
from registry.rules import engine
from registry.rules.floors import Floors, FloorSet, Sourced, compose
from registry.rules.permission import SYSTEM
from registry.rules.proof import faults, prove, unlawful
from registry.rules.workflow import Workflow
from registry.rules.yamlfile import load, read
from tests.rules.bad_workflows import PAIRS, VISIT_FIRST, VISIT_SKIPPED, Pair
from tests.rules.workflows import (
    RECOGNISE,
    RECOMMEND,
    REVOKE,
    STAFF_PEOPLE,
    Play,
    Stage,
    changed,
    edges,
    end,
    outcome,
    stage,
    ways,
    workflow,
)

NAMES = [pair.name for pair in PAIRS]


def said(made: Workflow, floors: Floors | None = None) -> list[str]:
    """What the proof says, in English."""
    with speaking("en"):
        return [fault.message.text("en") for fault in prove(made, floors)]


@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_bad_workflow_is_refused_with_the_exact_path(pair: Pair) -> None:
    ends = pair.path.split()[-1]
    assert said(pair.bad)[0] == (
        f"“{ends}” can be reached without {pair.missing} since the last change of substance: {pair.path}"
    )
    assert prove(pair.bad)[0].trail == pair.path


@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_path_of_a_bad_workflow_is_played_to_its_end_in_the_engine(pair: Pair) -> None:
    play = Play(pair.bad)
    play.follow(edges(pair.path))
    assert play.position.stage == pair.path.split()[-1]
    if play.position.at.result == "recognised":
        assert play.verdict() is not None


@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_good_twin_is_accepted(pair: Pair) -> None:
    assert said(pair.twin) == []


@pytest.mark.parametrize(
    ("stages", "start", "procedure"),
    [(RECOGNISE, "form", "recognise"), (REVOKE, "proposal", "revoke"), (RECOMMEND, "form", "recommend")],
)
def test_hand_made_workflows_are_accepted(stages: dict[str, Stage], start: str, procedure: str) -> None:
    assert said(workflow(stages, start, procedure)) == []


def test_required_kind_of_stage_cannot_be_passed_by() -> None:
    floors = Floors(required_stage_kinds=(Sourced("site_visit", Text.model_validate("省办法")),))
    assert said(VISIT_SKIPPED) == []
    assert said(VISIT_SKIPPED, floors) == [
        "“recognised” can be reached without a stage of the kind “site_visit” since the last change of substance: "
        "form --submit--> check --yes--> decide --yes--> notice --clear--> document --record--> recognised"
    ]
    assert said(VISIT_FIRST, floors) == []


SEVEN_DAYS = FloorSet.model_validate(
    {
        "id": "f",
        "version": 1,
        "title": "市办法",
        "region": "320800",
        "in_force": {"from": "2024-01-01"},
        "notice_working_days": 7,
    }
)


def test_floor_of_seven_days_makes_five_too_short() -> None:
    floors = compose([SEVEN_DAYS])
    assert "a public notice of at least 7 working days" in said(workflow(RECOGNISE), floors)[0]
    assert said(workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", days=7))), floors) == []


SHAPES = {
    "unknown target": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", "yes recommend decied")),
        "There is no stage “decied”: form --submit--> check --yes--> decied",
    ),
    "unreachable": (changed(RECOGNISE, lost=stage("work", "on next check")), "“lost” can never be reached."),
    "trap behind a guard": (
        changed(RECOGNISE, decide=stage("decide", outcome("yes approve notice", guard="criteria_met"))),
        "“decide” is a trap: no way from it to an end is always open: form --submit--> check --yes--> decide",
    ),
    "trap in a circle": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", "ask next asked"), asked=stage("work", "again next asked")),
        "“asked” is a trap: no way from it to an end is always open: form --submit--> check --ask--> asked",
    ),
    "no way out": (
        changed(RECOGNISE, document=stage("work")),
        "“document” is a trap: no way from it to an end is always open: "
        "form --submit--> check --yes--> decide --yes--> notice --clear--> document",
    ),
    "cleared without a notice": (
        changed(RECOGNISE, document=ways(RECOGNISE, "document", "clear clear recognised")),
        "Only a notice can be cleared, and “document” is none: "
        "form --submit--> check --yes--> decide --yes--> notice --clear--> document --clear--> recognised",
    ),
    "no deadline": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", days=None)),
        "“check”: a person acts here, so it needs `days`.",
    ),
    "no owner": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", role=None)),
        "“check”: a person acts here, so it needs `role`.",
    ),
    "refusal without remedy": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", outcome("no refuse refused", remedy=None))),
        "“refuse” needs a remedy: to whom one may turn, within how many working days: form --submit--> check --no--> refused",
    ),
    "return without reason": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", outcome("back return form", needs=[]))),
        "“return” needs a written reason (`needs: [reason]`): form --submit--> check --back--> form",
    ),
    "refused by a time-out": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", "late timeout refused")),
        "Nobody is refused by a time-out; a person must give the reason: form --submit--> check --late--> refused",
    ),
    "silent approval": (
        changed(RECOGNISE, decide=stage("decide", "yes approve notice", kind="automatic")),
        "“decide” has the duty `decide`, but no person can `approve` there; silence is not consent.",
    ),
    "no objection": (
        changed(RECOGNISE, notice=stage("notice", "clear clear document")),
        "“notice”: an objection leads nowhere; the notice needs an outcome with the act `uphold`.",
    ),
    "objection in a circle": (
        changed(RECOGNISE, notice=ways(RECOGNISE, "notice", "upheld uphold notice")),
        "An upheld objection leads nowhere, neither to a review nor to an end: "
        "form --submit--> check --yes--> decide --yes--> notice --upheld--> notice",
    ),
    "applicant reviews": (
        changed(RECOGNISE, check=ways(RECOGNISE, "check", role="applicant")),
        "“check”: the applicant may neither review nor decide.",
    ),
    "title that can be left": (
        changed(RECOGNISE, recognised={**end("recognised"), "outcomes": outcome("undone undo check")}),
        "“recognised” cannot be left: a title is revoked by a case of its own.",
    ),
    "result in disguise": (
        changed(RECOGNISE, refused={**end("recognised"), "duty": "ended"}),
        "“refused”: the duty `recognised` and the result `recognised` belong together.",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_fault_of_form_is_named_with_its_path(name: str) -> None:
    stages, expected = SHAPES[name]
    assert expected in said(workflow(stages))


def test_recommendation_that_recognises_is_refused() -> None:
    assert "“recognised”: a recommendation cannot recognise; the wider authority does." in said(
        workflow(RECOGNISE, procedure="recommend")
    )


def test_unknown_start_is_the_only_thing_said_of_paths() -> None:
    assert said(workflow(RECOGNISE, "from"))[0] == "There is no stage “from”."


YAML = """\
id: xuyi.recommend
version: 1
title: 盱眙推荐流程
region: "320830"
in_force: {from: 2024-01-01}
procedure: recognise
level: city
start: form
stages:
  form:
    kind: form
    duty: edit
    role: applicant
    office: applicant
    days: 5
    names: {staff: 填报, applicant: 填报, upcoming: 填报}
    outcomes:
      submit: {act: next, to: chek, label: 提交}
      known:
        act: next
        to: recognised
        label: 直接认定
  check:
    kind: end
    duty: ended
    result: concluded
    names: {staff: 审核, applicant: 审核, upcoming: 审核}
  recognised:
    kind: end
    duty: recognised
    result: recognised
    names: {staff: 认定, applicant: 认定, upcoming: 认定}
"""


def test_faults_stand_at_line_and_column_of_the_file() -> None:
    source = read("recommend.yaml", YAML.encode())
    found = faults(load(Workflow, source), source=source)
    assert [fault.place for fault in found] == ["recommend.yaml:18:31", "recommend.yaml:19:7", "recommend.yaml:23:3"]
    assert found[0].text("en").endswith("form --submit--> chek Did you mean “check”?")
    assert found[1].text("en").endswith("form --known--> recognised")
    assert found[2].text("en") == "recommend.yaml:23:3: “check” can never be reached."


def test_short_notice_names_both_documents() -> None:
    found = [fault.text("en") for fault in faults(workflow(RECOGNISE), compose([SEVEN_DAYS]))]
    assert ("stages.notice.days: 测试流程 asks for a notice of 5 working days; 市办法 demands at least 7.") in found


# The proof against chance: good workflows are spoilt at random and walked through at random.

BASES = [made for pair in PAIRS for made in (pair.bad, pair.twin) if made.procedure == "recognise"]
ACTS = ["next", "return", "recommend", "approve", "clear", "timeout", "auto", "undo", "send_back", "uphold"]
CHANGES = {"duty": ["work", "edit", "review", "decide"], "kind": ["task", "wait"], "days": [3, 4, 5, 7]}


@st.composite
def spoilt(draw: st.DrawFn) -> Workflow:
    """A workflow made by hand after up to three changes; some make it bad, some leave it good."""
    stages = {name: made.model_dump() for name, made in draw(st.sampled_from(BASES)).stages.items()}
    working = [name for name, made in stages.items() if made["role"]]
    for i in range(draw(st.integers(0, 3))):
        where = draw(st.sampled_from(working))
        outcomes = stages[where]["outcomes"]
        acts = ACTS[:-1] if where in ("form", "amending") else ACTS  # an applicant upholds no objection
        name = draw(st.sampled_from(sorted(outcomes)))
        change = draw(st.sampled_from(["to", "to", "act", "add", "add", "substance", *CHANGES]))
        if change == "to":
            outcomes[name]["to"] = draw(st.sampled_from(sorted(stages)))
        elif change == "act":
            outcomes[name]["act"] = draw(st.sampled_from(acts))
        elif change == "add":
            outcomes.update(outcome(f"more{i} {draw(st.sampled_from(acts))} {draw(st.sampled_from(sorted(stages)))}"))
        elif change == "substance":
            outcomes[name]["substance"] = True
        elif where != "form":
            stages[where][change] = draw(st.sampled_from(CHANGES[change]))
    return workflow(stages)


def walk(made: Workflow, dice: random.Random, limit: int = 30) -> Play:
    """A case moved at random, by whoever may, mostly onward; until an end or the limit."""
    play = Play(made)
    for _ in range(limit):
        if play.position.at.is_end or not play.position.at.outcomes:
            break
        ways_out = play.position.at.outcomes
        name = dice.choices(
            list(ways_out), [4 if o.act in ("next", "recommend", "approve", "clear") else 1 for o in ways_out.values()]
        )[0]
        play.prepare(name)
        if able := play.who_may(name):
            play.take(name, dice.choice(able))
    return play


def test_what_is_accepted_is_never_walked_unlawfully_and_what_is_refused_can_be() -> None:
    count: Counter[str] = Counter()

    @settings(max_examples=500, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(spoilt(), st.integers(0, 2**32))
    def check(made: Workflow, seed: int) -> None:
        found = unlawful(made)
        count["refused" if found else "accepted"] += 1
        for fault in found:
            play = Play(made)
            play.follow(fault.path)
            assert play.position.at.result == "recognised"
            assert play.verdict() is not None, fault.trail
        for i in range(0 if found else 5):
            play = walk(made, random.Random(seed + i))
            if play.position.at.result == "recognised":
                count["recognised"] += 1
                assert play.verdict() is None, play.rows

    check()
    assert count["accepted"] >= 50, count
    assert count["refused"] >= 50, count
    assert count["recognised"] >= 100, count


def test_random_walks_would_notice_an_engine_that_forgets_different_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DISTINCT", frozenset())
    made, dice = workflow(RECOGNISE), random.Random(1)
    forgetful = Floors(distinct_persons=())
    verdicts = []
    for _ in range(60):
        play = Play(made, floors=forgetful)
        play.follow([("form", "submit")])
        for name in ("yes", "yes", "clear", "record"):
            play.prepare(name)
            play.take(name, dice.choice(play.who_may(name, STAFF_PEOPLE[:2])))
        verdicts.append(play.verdict())
    assert {str(verdict) for verdict in verdicts} > {"None"}


def test_registry_itself_earns_nothing() -> None:
    play = Play(workflow(RECOGNISE))
    play.follow(edges("form --submit--> check"))
    assert play.who_may("yes", [SYSTEM]) == []
