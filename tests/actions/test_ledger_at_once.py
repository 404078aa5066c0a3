"""One ledger brought in by two processes at the same moment: nothing is doubled; and a large one is looked at in time."""

import json
import subprocess
import sys
import time

import pytest
from sqlmodel import select

from registry.actions import ledger
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry
from registry.store.ledger import LedgerName, RecordedTitle
from registry.testing import XUYI, Kit
from tests.browser import ROOT, environment
from tests.ledgers import make

pytestmark = pytest.mark.slow
ROUNDS, ROWS = 5, 4

IMPORTERS = """
import json, multiprocessing, sys
from datetime import datetime
from registry.actions.ledger_take import import_ledger
from registry.base.clock import FixedClock, local_date
from registry.base.errors import Stale
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.people import actor_of

now, rounds = json.loads(sys.argv[1])
context = multiprocessing.get_context("fork")
together, said = context.Barrier(2), context.SimpleQueue()

def bring(login, mine):
    clock = FixedClock(datetime.fromisoformat(now))
    registry = Registry.open(load(), clock)
    with registry.store.read(SYSTEM) as session:
        actor = actor_of(session, account_by_login(session, login), local_date(clock.now()))
    for n, pair in enumerate(rounds):
        together.wait()
        try:
            said.put((n, import_ledger(registry, actor, pair[mine]).entries))
        except Stale:
            said.put((n, 0))

processes = [context.Process(target=bring, args=one) for one in (("xuyi-officer", 0), ("city-officer", 1))]
for process in processes:
    process.start()
told = {}
for _ in range(2 * len(rounds)):
    n, made = said.get()
    told.setdefault(n, []).append(made)
for process in processes:
    process.join()
print(json.dumps([sorted(told[n]) for n in range(len(rounds))]))
"""


def test_two_processes_with_the_same_ledger_double_nothing(kit: Kit) -> None:
    rows, pairs = make.good_rows(ROUNDS * ROWS), []
    for n in range(ROUNDS):
        data = make.workbook(rows[n * ROWS : (n + 1) * ROWS])
        about = {"name": "a.xlsx", "data": data, "region": XUYI, "kind": "labour_brand"}
        pairs.append(
            [
                ledger.hand_in(kit.registry, kit.who(login), **about)  # type: ignore[arg-type]
                for login in ("xuyi-officer", "city-officer")
            ]
        )
    done = subprocess.run(
        [sys.executable, "-c", IMPORTERS, json.dumps([kit.clock.now().isoformat(), pairs])],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == [[0, ROWS]] * ROUNDS
    with kit.registry.store.read(SYSTEM) as session:
        names = [e.text.zh_hans for e in session.exec(select(Entry).where(Entry.region == XUYI))]
        assert len(names) == len(set(names)) == len(session.exec(select(LedgerName)).all()) == ROUNDS * ROWS
        assert len(session.exec(select(RecordedTitle)).all()) == ROUNDS * ROWS
    assert kit.health().fault is None


def test_five_thousand_rows_are_looked_at_within_ten_seconds(kit: Kit) -> None:
    data, officer = make.workbook(make.good_rows(5000)), kit.who("xuyi-officer")
    began = time.process_time()
    plan = ledger.look(kit.registry, officer, name="a.xlsx", data=data, region=XUYI, kind="labour_brand")
    assert len(plan.rows) == 5000 and not plan.faults
    assert time.process_time() - began < 10
