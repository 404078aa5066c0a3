"""Every verb of a case's way, and a process in which one is done that may be killed at a chosen point of it.

Reads one order a line: `{"env", "now", "filer", "step", "case", "key", "kill_at"}`; answers with one line each: what the process
ended with, how many points it passed, what the verb returned. A point is a statement to the database, a commit, or a
file about to be made lasting; the process is killed right before it. Each order is done in a process of its own, forked
from here, where nothing is opened.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import event

from registry.actions import cases
from registry.base.clock import FixedClock
from registry.base.errors import RegistryError
from registry.base.i18n import Text, speaking
from registry.base.settings import load
from registry.host.registry import Registry
from registry.testing import PDF, XUYI, Kit, journey

Step = Callable[[Kit, str], str | None]


def start(kit: Kit, case: str) -> str:
    """An application is begun."""
    about = {"kind": "labour_brand", "product": "rice_crayfish", "entry_class": "skills", "region": XUYI}
    name = Text.model_validate("盱眙虚构种养员")
    return cases.start(kit.registry, kit.who("applicant"), organisation_id=kit.training_centre, name=name, **about)


def save(kit: Kit, case: str) -> None:
    """It is filled in."""
    assert cases.save(kit.registry, kit.who("applicant"), case, journey.RICE) == []


def attach(kit: Kit, case: str) -> None:
    """Every file is added."""
    actor = kit.who("applicant")
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, cases.load(session, case))
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, case, field=field, name=f"{field}.pdf", data=PDF + field.encode())


def submit(kit: Kit, case: str) -> None:
    """It is sent."""
    cases.submit(kit.registry, kit.who("applicant"), case, declared_true=True, key=next(kit.keys))


def act(steps: dict[str, Any], stage: str, *, city: bool) -> Step:
    """A case is taken out of a stage by whoever does that."""
    login, outcome, given = steps[stage]

    def step(kit: Kit, case: str) -> None:
        id = kit.child(case).id if city else case
        if given.get("scan"):
            kit.act(login, id, outcome, **given, document_date=kit.clock.now().date())
        else:
            kit.act(login, id, outcome, **given)

    return step


def publish(kit: Kit, case: str) -> None:
    """The notice."""
    journey.publish(kit, kit.child(case).id)


STEPS: dict[str, Step] = {
    "start": start,
    "save": save,
    "attach": attach,
    "submit": submit,
    **{f"county.{stage}": act(journey.STEPS, stage, city=False) for stage in journey.STEPS},
    **{f"city.{s}": act(journey.CITY_STEPS, s, city=True) for s in ("acceptance", "review", "decision")},
    "publish": publish,
    **{f"city.{s}": act(journey.CITY_STEPS, s, city=True) for s in ("notice", "document")},
}
"""The whole way of a case, in order."""


def count_points(registry: Registry, kill_at: int | None) -> list[int]:
    """Count the points, and end this process for good before the one that was chosen."""
    passed = [0]

    def point(*args: object) -> None:
        passed[0] += 1
        if passed[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(registry.store.engine, "before_cursor_execute", point)
    event.listen(registry.store.engine, "commit", point)
    lasting = os.fsync
    os.fsync = lambda fd: (point(), lasting(fd))[1]
    return passed


def do(order: dict[str, Any], answer: Any) -> None:
    """One order, in a process of its own."""
    os.environ.update(order["env"])
    clock = FixedClock(datetime.fromisoformat(order["now"]))
    kit = Kit(Registry.open(load(), clock), clock, order["filer"], keys=iter([order["key"]]))
    passed = count_points(kit.registry, order["kill_at"])
    with speaking("en"):
        try:
            said = STEPS[order["step"]](kit, order["case"])
        except RegistryError as error:
            said = f"{type(error).__name__}: {error}"
    answer.send((passed[0], said))


def main() -> None:
    """Do what the lines order."""
    context = multiprocessing.get_context("fork")
    for line in sys.stdin:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=do, args=(json.loads(line), theirs))
        process.start()
        theirs.close()
        try:
            points, said = mine.recv()
        except EOFError:
            points, said = 0, None
        process.join()
        print(json.dumps([process.exitcode, points, said], ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
