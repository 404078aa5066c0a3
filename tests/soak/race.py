"""Two real processes that do the same at the same moment, round after round. Run by the tests, never imported by them.

The first to come stops right before its commit until the other has asked for its turn to write; so each pair of writes
overlaps as far as the database lets it.
"""

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, event

from registry.actions import cases
from registry.base.clock import FixedClock, local_date
from registry.base.errors import RegistryError
from registry.base.i18n import speaking
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import account_by_login
from registry.store.engine import writes
from registry.store.people import actor_of
from registry.store.session import WriteSession

PATIENCE = 5.0
"""Seconds the first waits for the other to ask; more would mean that the other is stuck."""
Verb = Callable[[Registry, Actor, dict[str, Any], str], str]


def accept(registry: Registry, actor: Actor, job: dict[str, Any], key: str) -> str:
    """Both officers accept one case, as both saw it."""
    cases.act(registry, actor, job["case"], "accept", version=job["version"], key=key)
    return "moved"


def submit(registry: Registry, actor: Actor, job: dict[str, Any], key: str) -> str:
    """Each colleague sends an application: both the same one, or each another one."""
    return cases.submit(registry, actor, job["case"], declared_true=True, key=key)


VERBS: dict[str, Verb] = {"accept": accept, "submit": submit}


def run(me: int, now: str, rounds: list[dict[str, Any]], asked: Any, together: Any, said: Any) -> None:
    """One of the two processes; `asked[n]` is the round in which process n last asked for its turn."""
    clock = FixedClock(datetime.fromisoformat(now))
    registry = Registry.open(load(), clock)
    at = [0]

    @event.listens_for(registry.store.engine, "engine_connect")  # before the lock is waited for
    def ask(connection: Connection) -> None:
        if writes(connection):
            asked[me] = at[0]

    @event.listens_for(WriteSession, "before_commit")
    def wait_for_the_other(session: WriteSession) -> None:
        end = time.monotonic() + PATIENCE
        while asked[1 - me] < at[0] and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(0.002)

    answers = []
    for n, job in enumerate(rounds, start=1):
        mine = job | {"case": job["cases"][me]}
        with registry.store.read(SYSTEM) as session:
            actor = actor_of(session, account_by_login(session, job["who"][me]), local_date(clock.now()))
        at[0] = n
        together.wait()
        try:
            answers.append(["done", VERBS[job["verb"]](registry, actor, mine, f"{n}-{me}")])
        except RegistryError as error:
            with speaking("en"):
                answers.append([type(error).__name__, str(error)])
        together.wait()
    said.put((me, answers))


def main() -> None:
    """Two processes through all rounds; prints what each was told in each round."""
    now, rounds = json.load(sys.stdin)
    context = multiprocessing.get_context("fork")  # nothing is opened yet: each process opens the registry itself
    asked, together, said = context.Array("i", 2), context.Barrier(2), context.SimpleQueue()
    pair = [context.Process(target=run, args=(me, now, rounds, asked, together, said)) for me in (0, 1)]
    for process in pair:
        process.start()
    told = dict(said.get() for _ in pair)
    for process in pair:
        process.join()
    print(json.dumps([[told[0][n], told[1][n]] for n in range(len(rounds))], ensure_ascii=False))


if __name__ == "__main__":
    main()
