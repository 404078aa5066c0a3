"""Real processes: several officers at once, and one killed at the worst moments of a transition."""

import json
import signal
import subprocess
import sys

import pytest
from sqlmodel import select

from registry.actions import cases
from registry.store.case import CaseStep
from registry.store.record import RecordLeaf
from registry.testing import Kit, journey

from ..browser import ROOT, environment

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
from registry.store.people import account_by_login, actor_of
from registry.store.session import Store, WriteSession

now, killed, *jobs = json.loads(sys.argv[1])
exec(killed)
context = multiprocessing.get_context("fork")  # nothing is opened yet: each process opens the registry itself
all_ready, said = context.Barrier(len(jobs)), context.SimpleQueue()

def accept(id, version, key):
    clock = FixedClock(datetime.fromisoformat(now))
    registry = Registry.open(load(), clock)
    with registry.store.read() as session:
        actor = actor_of(session, account_by_login(session, "xuyi-officer"), local_date(clock.now()))
    all_ready.wait()
    try:
        cases.act(registry, actor, id, "accept", version=version, key=key)
        said.put("moved")
    except Stale as error:
        with speaking("en"):
            said.put(str(error))

processes = [context.Process(target=accept, args=job) for job in jobs]
for process in processes:
    process.start()
for process in processes:
    process.join()
told = []
while not said.empty():
    told.append(said.get())
print(json.dumps([sorted(told), [process.exitcode for process in processes]]))
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


def at_once(kit: Kit, *jobs: tuple[str, str], killed: str = "") -> tuple[list[str], list[int]]:
    """(what they say, exit statuses) of as many processes, in each of which Xuyi's officer accepts a case by a key."""
    orders = [(id, kit.case(id).version, key) for id, key in jobs]
    done = subprocess.run(
        [sys.executable, "-c", OFFICERS, json.dumps([kit.clock.now().isoformat(), killed, *orders])],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    said, exits = json.loads(done.stdout)
    return said, exits


def require_whole(kit: Kit) -> None:
    """The record verifies, and every row of it has its place in the tree."""
    health = kit.health()
    assert health.fault is None
    with kit.registry.store.read() as session:
        assert len(session.exec(select(RecordLeaf)).all()) == health.rows


def test_two_officers_at_once_make_one_move_and_the_second_is_told(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    said, _ = at_once(kit, (id, "one"), (id, "two"))
    assert said[0] == "moved" and said[1].startswith("xuyi-officer was faster"), said
    with kit.registry.store.system() as session:
        steps = session.exec(select(CaseStep).where(CaseStep.case_id == id, CaseStep.stage == "acceptance")).all()
    assert len(steps) == 1
    require_whole(kit)


def test_double_click_that_reaches_two_processes_is_one_move(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    assert at_once(kit, (id, "same"), (id, "same")) == (["moved", "moved"], [0, 0])
    assert [s.outcome for s in steps(kit, id)] == ["submit", "accept"]
    require_whole(kit)


def steps(kit: Kit, id: str) -> list[CaseStep]:
    with kit.registry.store.system() as session:
        return list(session.exec(select(CaseStep).where(CaseStep.case_id == id).order_by(CaseStep.n)))  # type: ignore


@pytest.mark.parametrize("moment", KILLED)
def test_killed_process_leaves_nothing_half(moment: str, kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    seen = kit.case(id).version
    assert at_once(kit, (id, "one"), killed=KILLED[moment]) == ([], [-signal.SIGKILL])
    assert kit.health().fault is None
    assert kit.case(id).stage == ("field_check" if moment.startswith("between") else "acceptance")
    cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="one")
    assert (kit.case(id).stage, kit.case(id).version) == ("field_check", seen + 1)
    require_whole(kit)


def test_many_processes_at_once_keep_one_tree(kit: Kit) -> None:
    ids = [journey.county(kit, "acceptance", name=f"虚构{n}种养员") for n in "甲乙丙丁"]
    assert at_once(kit, *((id, id) for id in ids)) == (["moved"] * 4, [0] * 4)
    assert [kit.case(id).stage for id in ids] == ["field_check"] * 4
    require_whole(kit)
