"""A process is killed at any point of any verb: nothing is doubled, nothing is lost, and the record goes on.

The whole way of a case is walked twice: in peace, and in a twin where each verb is killed again and again and then done
once more by who asked for it. After each verb both registries must hold the same.
"""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from registry.rules.permission import SYSTEM
from registry.store import scope
from registry.store.case import Case
from registry.store.meta import Counter
from registry.store.record import RecordEntry, RecordHead, RecordLeaf
from registry.store.title import Title
from registry.testing import Kit, journey

from ..browser import ROOT, environment
from ..conftest import Template, open_copy, throw_away
from .kill import STEPS

pytestmark = pytest.mark.slow


class Killer:
    """Does verbs in processes that are killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def do(self, kit: Kit, step: str, case: str, kill_at: int | None = None) -> tuple[int, int, Any]:
        """(exit status, points passed, what was said) of one verb; the same one again is the same click."""
        order = {
            "env": environment(kit.registry.settings),
            "now": kit.clock.now().isoformat(),
            "filer": kit.training_centre,
            "step": step,
            "case": case,
            "key": key_of(step),
            "kill_at": kill_at,
        }
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        status, points, said = json.loads(self.process.stdout.readline())
        return status, points, said


@pytest.fixture
def killer() -> Iterator[Killer]:
    """The process from which others are forked."""
    with subprocess.Popen(
        [sys.executable, "tests/soak/kill.py"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Killer(process)
        assert process.stdin
        process.stdin.close()


@contextmanager
def twins(template: Template, folder: Path) -> Iterator[tuple[Kit, Kit]]:
    """Two copies of one registry."""
    pair = tuple(open_copy(template, folder / name, date(2026, 3, 2)) for name in ("peace", "killed"))
    yield pair[0], pair[1]
    for kit in pair:
        throw_away(kit)


def content(kit: Kit) -> dict[str, Any]:
    """What a registry holds, as far as two that did the same must be alike: no random ids."""
    with kit.registry.store.read(SYSTEM) as session:
        held: dict[str, Any] = {str(m.__tablename__): rows(session, m) for m in scope.models() if m is not RecordHead}
        held["verbs"] = list(session.exec(select(RecordEntry.verb).order_by(col(RecordEntry.id))))
        held["numbers"] = sorted((c.series, c.last) for c in session.exec(select(Counter)))
        held["cases"] = sorted((c.procedure, c.stage, c.version, c.number or "") for c in session.exec(select(Case)))
        held["titles"] = sorted((t.number, t.status) for t in session.exec(select(Title)))
    return held


def rows(session: Session, model: Any) -> int:
    """How many rows a table has."""
    return session.exec(select(func.count()).select_from(model)).one()


def places(kit: Kit) -> list[int]:
    """The places of the tree that are taken."""
    with kit.registry.store.read(SYSTEM) as session:
        return list(session.exec(select(RecordLeaf.seq).order_by(col(RecordLeaf.seq))))


def key_of(step: str) -> str:
    """The click by which a verb is done; done again it is the same click."""
    return f"key of {step}"


def in_peace(kit: Kit, step: str, case: str) -> str:
    """One verb, in this process; the case's id."""
    kit.keys = iter([key_of(step)])
    return STEPS[step](kit, case) or case


EXAMPLES = ("submit", "county.leader", "city.document")
"""What receives a number, opens the city's case, gives the title."""


@pytest.mark.parametrize(
    ("times", "verbs"), [(2, EXAMPLES), pytest.param(50, tuple(STEPS), marks=pytest.mark.soak)], ids=["some", "all"]
)
def test_killed_at_any_point_of_a_verb_nothing_is_doubled_or_lost(
    times: int, verbs: tuple[str, ...], template_registry: Template, killer: Killer, tmp_path: Path
) -> None:
    chance, killed = random.Random(times), dict.fromkeys(verbs, 0)
    with twins(template_registry, tmp_path) as (peace, kit):
        case = twin = ""
        for step in STEPS:
            if step == "city.notice":
                for one, id in ((peace, twin), (kit, case)):
                    journey.after_notice(one, one.child(id).id)
            if step not in verbs:
                case, twin = in_peace(kit, step, case), in_peace(peace, step, twin)
                continue
            status, points, said = killer.do(peace, step, twin)
            assert status == 0 and not str(said).partition(":")[2], said
            twin = said if step == "start" else twin
            for kill_at in sorted(chance.randint(1, points) for _ in range(times)):
                status, _, _ = killer.do(kit, step, case, kill_at)
                killed[step] += status == -signal.SIGKILL
                assert status in (0, -signal.SIGKILL) and kit.health().fault is None, (step, kill_at)
            status, _, said = killer.do(kit, step, case)
            assert status == 0, step
            case = said if step == "start" else case
            assert content(kit) == content(peace), step
            health = kit.health()
            assert health.fault is None and places(kit) == list(range(health.rows)), step
        assert content(kit)["titles"] == [("320800-2026-0001", "valid")]
    assert all(n >= times * 0.5 for n in killed.values()), killed
