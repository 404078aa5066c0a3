"""Two officers, or two colleagues, at the same moment: one is first, the other is told, and nothing is done twice."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from sqlmodel import select

from registry.rules.permission import SYSTEM
from registry.store.case import CaseStep
from registry.store.meta import Counter
from registry.store.record import RecordEntry, RecordLeaf
from registry.testing import XUYI, Kit, add, journey

from ..browser import ROOT, environment

pytestmark = pytest.mark.slow
OFFICERS, COLLEAGUES = ("xuyi-officer", "xuyi-officer2"), ("applicant", "applicant2")


def rounds_of(kit: Kit, n: int) -> list[dict[str, Any]]:
    """What the two do in each round: accept one case, send one application, send one each."""
    today = kit.clock.now().date()
    add(kit, OFFICERS[1], "county_officer", XUYI, today)
    add(kit, COLLEAGUES[1], "applicant", XUYI, today, organisation_id=kit.training_centre)
    rounds: list[dict[str, Any]] = []
    for i in range(n):
        one = journey.drafted(kit, name=f"盱眙虚构{i}号种养员")
        if i % 3 == 0:
            kit_submit(kit, one)
            about = {"verb": "accept", "who": OFFICERS, "version": kit.case(one).version, "cases": (one, one)}
        else:
            other = one if i % 3 == 1 else journey.drafted(kit, name=f"盱眙虚构{i}号培训员")
            about = {"verb": "submit", "who": COLLEAGUES, "cases": (one, other)}
        rounds.append(about)
    return rounds


def kit_submit(kit: Kit, id: str) -> None:
    """The applicant sends a draft."""
    from_before = {"declared_true": True, "key": next(kit.keys)}
    journey.cases.submit(kit.registry, kit.who("applicant"), id, **from_before)


def steps(kit: Kit, id: str, outcome: str) -> int:
    """How often a case left a stage by an outcome."""
    with kit.registry.store.read(SYSTEM) as session:
        return len(session.exec(select(CaseStep).where(CaseStep.case_id == id, CaseStep.outcome == outcome)).all())


@pytest.mark.parametrize("n", [10, pytest.param(200, marks=pytest.mark.soak)])
def test_two_at_once_make_one_transition_one_number_and_one_message(n: int, kit: Kit) -> None:
    rounds = rounds_of(kit, n)
    before = kit.health().rows
    done = subprocess.run(
        [sys.executable, "tests/soak/race.py"],
        input=json.dumps([kit.clock.now().isoformat(), rounds]),
        cwd=ROOT,
        env=environment(kit.registry.settings),
        capture_output=True,
        text=True,
        timeout=60 + 5 * n,
    )
    assert done.returncode == 0, done.stderr
    numbers = []
    for job, told in zip(rounds, json.loads(done.stdout), strict=True):
        outcomes = sorted(kind for kind, _ in told)
        first, second = job["cases"]
        if job["verb"] == "accept":
            assert outcomes == ["Stale", "done"], told
            slower = next(words for kind, words in told if kind == "Stale")
            faster = OFFICERS[[kind for kind, _ in told].index("done")]
            assert slower.startswith(f"{faster} was faster: “"), slower
            assert steps(kit, first, "accept") == 1 and kit.case(first).stage == "field_check"
        elif first == second:
            assert outcomes == ["Refused", "done"], told
            assert next(words for kind, words in told if kind == "Refused").startswith("This application has been sent")
            assert kit.case(first).stage == "acceptance"
            numbers.append(kit.case(first).number)
        else:
            assert outcomes == ["done", "done"], told
            numbers += [kit.case(id).number for id in job["cases"]]
            assert sorted(words for _, words in told) == sorted(str(kit.case(id).number) for id in job["cases"])
    require_no_gap_and_no_double(kit, numbers, accepted=sum(job["verb"] == "accept" for job in rounds))
    health = kit.health()
    assert health.fault is None and health.rows > before
    with kit.registry.store.read(SYSTEM) as session:
        places = [leaf.seq for leaf in session.exec(select(RecordLeaf).order_by(RecordLeaf.seq))]
        assert len(session.exec(select(RecordEntry)).all()) == len(places) and places == list(range(len(places)))


def require_no_gap_and_no_double(kit: Kit, numbers: list[str | None], *, accepted: int) -> None:
    """Receipt numbers follow one another, and the counter stands at the last."""
    given = sorted(int(re.findall(r"\d+", number or "")[-1]) for number in numbers)
    assert given == sorted(set(given))
    with kit.registry.store.read(SYSTEM) as session:
        (counter,) = [c.last for c in session.exec(select(Counter)) if c.series.startswith("case:")]
    assert counter == len(given) + accepted
