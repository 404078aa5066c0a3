"""Real processes: several officers at once, and one killed at the worst moments of a transition."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from registry.actions import cases
from registry.store.case import CaseStep
from registry.store.record import RecordLeaf
from registry.testing import Kit, journey
from tests.browser import environment

ROOT = Path(__file__).parents[2]
OFFICER = """
import sys, time
from datetime import datetime, timezone
from registry.actions import cases
from registry.base.clock import FixedClock, local_date
from registry.base.errors import Stale
from registry.base.settings import load
from registry.host.registry import Registry
from registry.store.people import account_by_login, actor_of

id, version, key, login, now = sys.argv[1:]
clock = FixedClock(datetime.fromisoformat(now))
registry = Registry.open(load(), clock)
with registry.store.read() as session:
    actor = actor_of(session, account_by_login(session, login), local_date(clock.now()))
{before}
print("ready", flush=True)
sys.stdin.readline()
try:
    cases.act(registry, actor, id, "accept", version=int(version), key=key)
    print("moved")
except Stale as error:
    print("stale:", error.message.text("en"))
"""
KILLED = {
    "in the middle of the move": """
import os, signal
import registry.actions.follow as follow
step = follow.move
def killed(*args, **kwargs):
    step(*args, **kwargs)
    args[0].flush()
    os.kill(os.getpid(), signal.SIGKILL)
follow.move = killed
""",
    "right before the commit": """
import os, signal
from sqlalchemy import event
from registry.store.session import WriteSession
event.listen(WriteSession, "before_commit", lambda session: os.kill(os.getpid(), signal.SIGKILL))
""",
    "between the commit and the row's place in the tree": """
import os, signal
from registry.store.session import Store
Store.sequence = lambda store: os.kill(os.getpid(), signal.SIGKILL)
""",
}
"""When the process is killed: everything of the move has been written into the transaction by then."""


def officer(kit: Kit, id: str, key: str, before: str = "") -> subprocess.Popen[str]:
    """A process in which Xuyi's officer is about to accept a case; it waits for a line."""
    script = OFFICER.replace("{before}", before)
    arguments = [id, str(kit.case(id).version), key, "xuyi-officer", kit.clock.now().isoformat()]
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(*processes: subprocess.Popen[str]) -> list[str]:
    """Let them all go at once, when all are ready; what each says at the end."""
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=30)[0].strip() for process in processes]


def test_two_officers_at_once_make_one_move_and_the_second_is_told(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    said = sorted(go(officer(kit, id, "one"), officer(kit, id, "two")))
    assert said[0] == "moved" and said[1].startswith("stale: xuyi-officer was faster"), said
    with kit.registry.store.system() as session:
        steps = session.exec(select(CaseStep).where(CaseStep.case_id == id, CaseStep.stage == "acceptance")).all()
    assert len(steps) == 1
    assert kit.health().fault is None


@pytest.mark.parametrize("moment", KILLED)
def test_killed_process_leaves_nothing_half(moment: str, kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    seen = kit.case(id).version
    process = officer(kit, id, "one", KILLED[moment])
    go(process)
    assert process.returncode == -signal.SIGKILL
    assert kit.health().fault is None
    assert kit.case(id).stage == ("field_check" if moment.startswith("between") else "acceptance")
    cases.act(kit.registry, kit.who("xuyi-officer"), id, "accept", version=seen, key="one")
    assert (kit.case(id).stage, kit.case(id).version) == ("field_check", seen + 1)
    health = kit.health()
    assert health.fault is None
    with kit.registry.store.read() as session:
        assert len(session.exec(select(RecordLeaf)).all()) == health.rows, "every row has its place"


def test_many_processes_at_once_keep_one_tree(kit: Kit) -> None:
    ids = [journey.county(kit, "acceptance", name=f"虚构{n}种养员") for n in "甲乙丙丁"]
    assert go(*[officer(kit, id, id) for id in ids]) == ["moved"] * 4
    assert [kit.case(id).stage for id in ids] == ["field_check"] * 4
    assert kit.health().fault is None
