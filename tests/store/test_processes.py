"""Real processes: several officers at once, and one killed at the worst moments of a transition."""

import json
import signal
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from registry.actions import cases
from registry.rules.permission import SYSTEM
from registry.store.case import CaseStep
from registry.store.record import RecordLeaf
from registry.testing import Kit, journey

from ..browser import ROOT, environment
from ..conftest import open_copy

pytestmark = pytest.mark.slow

OFFICERS = """
import json, multiprocessing, os, signal, sys
from datetime import datetime
from sqlalchemy import event
from registry.actions import cases, follow
from registry.base.clock import FixedClock, local_date
from registry.base.errors import Stale
from registry.base.i18n import speaking
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.people import actor_of
from registry.store.session import Store, WriteSession

now, *jobs = json.loads(sys.argv[1])
context = multiprocessing.get_context("fork")  # nothing is opened yet: each process opens the registry itself
all_ready, said = context.Barrier(len(jobs)), context.SimpleQueue()

def accept(n, id, version, key, killed):
    exec(killed, globals())
    clock = FixedClock(datetime.fromisoformat(now))
    registry = Registry.open(load(), clock)
    with registry.store.read(SYSTEM) as session:
        actor = actor_of(session, account_by_login(session, "xuyi-officer"), local_date(clock.now()))
    all_ready.wait()
    try:
        cases.act(registry, actor, id, "accept", version=version, key=key)
        said.put((n, "moved"))
    except Stale as error:
        with speaking("en"):
            said.put((n, str(error)))

processes = [context.Process(target=accept, args=(n, *job)) for n, job in enumerate(jobs)]
for process in processes:
    process.start()
for process in processes:
    process.join()
told = {}
while not said.empty():
    told.update([said.get()])
print(json.dumps([told.get(n, process.exitcode) for n, process in enumerate(processes)]))
"""
KILL = "lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)"
KILLED = {
    "in the middle of the move": f"""
move, kill = follow.move, {KILL}
follow.move = lambda session, *args, **kwargs: (move(session, *args, **kwargs), session.flush(), kill())
""",
    "right before the commit": f"event.listen(WriteSession, 'before_commit', {KILL})",
    "between the commit and the row's place in the tree": f"Store.sequence = {KILL}",
}
"""When the process is killed: everything of the move has been written into the transaction by then."""


def at_once(kit: Kit, *jobs: tuple[str, str, str]) -> list[str | int]:
    """What each of several processes says in which Xuyi's officer accepts (case, by this click, killed so).

    Of one that is killed: by which signal, below zero.
    """
    orders = [(id, kit.case(id).version, key, killed) for id, key, killed in jobs]
    done = subprocess.run(
        [sys.executable, "-c", OFFICERS, json.dumps([kit.clock.now().isoformat(), *orders])],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    return list(json.loads(done.stdout))


def require_whole(kit: Kit) -> None:
    """The record verifies, and every row of it has its place in the tree."""
    health = kit.health()
    assert health.fault is None
    with kit.registry.store.read(SYSTEM) as session:
        assert len(session.exec(select(RecordLeaf)).all()) == health.rows


def accepted(kit: Kit, id: str) -> int:
    """How often a case was accepted."""
    with kit.registry.store.system() as session:
        steps = session.exec(select(CaseStep).where(CaseStep.case_id == id, CaseStep.outcome == "accept"))
        return len(steps.all())


@pytest.fixture(scope="module")
def office(template_registry: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Kit, list[str]]:
    """A registry with nine cases that wait for Xuyi's officer."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("office") / "registry", date(2026, 3, 2))
    return kit, [journey.county(kit, "acceptance", name=f"虚构{n}种养员") for n in "甲乙丙丁戊己庚辛壬"]


def test_eight_processes_at_once_make_each_move_once_and_keep_one_tree(office: tuple[Kit, list[str]]) -> None:
    kit, (raced, clicked, *others) = office
    others = others[:4]
    jobs = [(raced, "one", ""), (raced, "two", ""), (clicked, "same", ""), (clicked, "same", "")]
    first, second, *told = at_once(kit, *jobs, *((id, id, "") for id in others))
    assert told == ["moved"] * 6, "a double click is one move, and cases do not stand in each other's way"
    faster, slower = sorted((str(first), str(second)))
    assert faster == "moved" and slower.startswith("xuyi-officer was faster"), slower
    for id in (raced, clicked, *others):
        assert (kit.case(id).stage, accepted(kit, id)) == ("field_check", 1)
    require_whole(kit)


@pytest.fixture(scope="module")
def killed(office: tuple[Kit, list[str]]) -> dict[str, str]:
    """The case in whose move a process was killed, by the moment; all of them at once."""
    kit, ids = office
    cases_by_moment = dict(zip(KILLED, ids[-3:], strict=True))
    said = at_once(kit, *((id, "one", KILLED[moment]) for moment, id in cases_by_moment.items()))
    assert said == [-signal.SIGKILL] * 3
    return cases_by_moment


@pytest.mark.parametrize("moment", KILLED)
def test_killed_process_leaves_nothing_half(moment: str, killed: dict[str, str], office: tuple[Kit, list[str]]) -> None:
    kit, id = office[0], killed[moment]
    assert kit.health().fault is None
    done = moment.startswith("between")
    assert (kit.case(id).stage, accepted(kit, id)) == (("field_check", 1) if done else ("acceptance", 0))
    seen = kit.case(id).version - done
    cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="one")
    assert (kit.case(id).stage, kit.case(id).version, accepted(kit, id)) == ("field_check", seen + 1, 1)
    require_whole(kit)
