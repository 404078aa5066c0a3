"""Work in the outbox is done after the commit, at least once, again after a failure, and given up only in writing."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlmodel import select

from registry.actions import jobs
from registry.base.errors import Unavailable
from registry.cli import serving
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.job import Job, enqueue
from registry.store.trouble import AWAY
from registry.testing import Kit

from ..browser import ROOT, environment

pytestmark = pytest.mark.slow

KILLED = """
import os, signal
from registry.actions import jobs
from registry.base.settings import load
from registry.host.registry import Registry

jobs.DOERS["count"] = lambda registry: os.kill(os.getpid(), signal.SIGKILL)
jobs.run_waiting(Registry.open(load()))
"""


@pytest.fixture
def done(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a job of the name `count` has done; nothing else waits."""
    made: list[int] = []
    monkeypatch.setitem(jobs.DOERS, "count", lambda registry: made.append(1))
    with kit.registry.store.system() as session:
        for job in session.exec(select(Job)):
            job.status = "done"
    return made


def put(kit: Kit, name: str = "count", key: str = "1") -> None:
    with kit.registry.store.system() as session:
        enqueue(session, name, key, session.now)


def job(kit: Kit) -> Job:
    """The job that was put."""
    with kit.registry.store.read(SYSTEM) as session:
        return session.exec(select(Job).where(Job.name != "render")).one()


def test_job_is_done_once(kit: Kit, done: list[int]) -> None:
    put(kit)
    assert (jobs.run_waiting(kit.registry), jobs.run_waiting(kit.registry), done) == (1, 0, [1])
    assert (job(kit).status, job(kit).attempts, job(kit).error) == ("done", 1, None)


def test_job_that_is_gone_when_it_is_done_ends_no_worker(
    kit: Kit, done: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin_again(registry: Registry) -> None:
        with registry.store.system() as session:
            session.delete(session.exec(select(Job).where(Job.name == "count")).one())

    monkeypatch.setitem(jobs.DOERS, "count", begin_again)
    put(kit)
    assert jobs.run_waiting(kit.registry) == 1
    assert (jobs.run_waiting(kit.registry), done) == (0, [])


def test_job_of_a_transaction_that_failed_is_never_done(kit: Kit, done: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), kit.registry.store.system() as session:
        enqueue(session, "count", "1", session.now)
        _ = 1 / 0
    assert (jobs.run_waiting(kit.registry), done) == (0, [])


def test_same_job_twice_is_refused_by_its_key(kit: Kit, done: list[int]) -> None:
    put(kit)
    with pytest.raises(Exception, match=r"UNIQUE constraint failed: job\.key|uq_job_key"):
        put(kit)


def test_failed_job_is_tried_again_after_ever_longer_pauses_and_then_given_up(kit: Kit, done: list[int]) -> None:
    put(kit, "no such work")
    kit.clock.forward(seconds=1)
    pauses = []
    for attempt in range(1, jobs.MAX_ATTEMPTS):
        assert (jobs.run_waiting(kit.registry), done) == (0, [])
        now = job(kit)
        assert (now.status, now.attempts, now.error) == ("waiting", attempt, "KeyError: 'no such work'")
        assert now.not_before is not None
        pauses.append(now.not_before - kit.clock.now())
        assert jobs.run_waiting(kit.registry) == 0 and job(kit).attempts == attempt, "the pause is kept"
        kit.clock.set(now.not_before)
    assert all(later == 2 * earlier for earlier, later in zip(pauses, pauses[1:], strict=False))
    assert pauses[0] == timedelta(seconds=20)
    jobs.run_waiting(kit.registry)
    assert (job(kit).status, job(kit).attempts) == ("failed", jobs.MAX_ATTEMPTS)
    kit.clock.forward(days=1)
    jobs.run_waiting(kit.registry)
    assert job(kit).attempts == jobs.MAX_ATTEMPTS


def test_failure_of_one_kind_of_work_does_not_hold_up_another(kit: Kit, done: list[int]) -> None:
    put(kit, "no such work")
    put(kit)
    assert (jobs.run_waiting(kit.registry), done) == (1, [1])


def test_job_of_a_killed_worker_is_taken_up_again(kit: Kit, done: list[int]) -> None:
    put(kit)
    env = environment(kit.registry.settings)
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (job(kit).status, done) == ("waiting", [])
    assert (jobs.run_waiting(kit.registry), done) == (1, [1])
    assert kit.health().fault is None


def test_worker_goes_on_when_the_database_was_away(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Unavailable(AWAY), 1, 0])
    worked: list[int] = []

    def run_waiting(registry: object) -> int:
        answer = next(answers)
        if isinstance(answer, Unavailable):
            raise answer
        worked.append(answer)
        return answer

    monkeypatch.setattr(serving.jobs, "run_waiting", run_waiting)
    monkeypatch.setattr(serving, "PAUSE", 0)
    serving.work_forever(kit.registry, lambda: len(worked) == 2)
    assert worked == [1, 0]
