"""Real processes: two officers at once, and one killed in the middle of a transition."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from registry.store.case import CaseStep
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
KILLED = """
import os, signal
import registry.actions.follow as follow
step = follow.move
def killed(*args, **kwargs):
    step(*args, **kwargs)
    args[0].flush()
    os.kill(os.getpid(), signal.SIGKILL)
follow.move = killed
"""
"""Everything of the move is written into the transaction; then the process is killed."""

pytestmark = pytest.mark.slow


def officer(kit: Kit, id: str, key: str, before: str = "") -> subprocess.Popen[str]:
    """A process in which Xuyi's officer is about to accept a case; it waits for a line."""
    script = OFFICER.replace("{before}", before)
    arguments = [id, str(kit.case(id).version), key, "xuyi-officer", kit.clock.now().isoformat()]
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def go(*processes: subprocess.Popen[str]) -> list[str]:
    """Let them all go at once; what each says at the end."""
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


def test_process_killed_in_the_middle_of_a_transition_leaves_nothing_half(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    process = officer(kit, id, "one", KILLED)
    go(process)
    assert process.returncode == -signal.SIGKILL
    assert kit.case(id).stage == "acceptance"
    assert kit.health().fault is None
    assert go(officer(kit, id, "one")) == ["moved"]
    assert kit.case(id).stage == "field_check"
    assert kit.health().fault is None


def test_many_processes_at_once_keep_one_tree(kit: Kit) -> None:
    ids = [journey.county(kit, "acceptance", name=f"虚构{n}种养员") for n in "甲乙丙丁"]
    assert go(*(officer(kit, id, id) for id in ids)) == ["moved"] * 4
    assert kit.health().fault is None
