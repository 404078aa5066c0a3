"""A process that opens one registry, asks for some pages again and again, and says in milliseconds what they took.

    python -m benchmarks.pages COUNTY TODAY REPEATS

COUNTY is the slug of the county whose pages are asked for. It prints one JSON document: name → milliseconds, and `rss` in MB.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import signin
from registry.actions.position import subject_of
from registry.app import create_app
from registry.base.clock import FixedClock
from registry.base.settings import load
from registry.host.registry import Registry
from registry.host.resolve import floors_for, references_for, resolve
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import Case
from registry.store.cultivation import CultivationItem
from registry.web.context import COOKIE

ANEW = "?anew"
"""A public page that is asked for with a query is rendered each time."""


def main(county: str, today: str, repeats: str) -> None:
    """Measure and print."""
    clock = FixedClock(date.fromisoformat(today))
    began = time.perf_counter()
    registry = Registry.open(load(), clock)
    app = create_app(registry)
    started = time.perf_counter() - began

    def client(login: str | None = None) -> FlaskClient:
        made = app.test_client()
        if login:
            with registry.store.read(SYSTEM) as session:
                account = account_by_login(session, login)
            assert account is not None
            made.set_cookie(COOKIE, signin.open_session(registry, account.id))
        return made

    with registry.store.read(SYSTEM) as session:
        case = session.exec(select(Case).where(Case.status == "open")).one()
        item = session.exec(select(CultivationItem)).one()
    visitor, applicant, officer = client(), client("bench-applicant"), client("bench-officer")
    asked: dict[str, Callable[[], object]] = {
        "front page": page(visitor, f"/{ANEW}"),
        "county page": page(visitor, f"/counties/{county}{ANEW}"),
        "county page, stored": page(visitor, f"/counties/{county}"),
        "list of brands": page(visitor, f"/brands{ANEW}"),
        "guide page": page(visitor, f"/guides/{county}/{county}.rice_crayfish.application{ANEW}"),
        "apply: begin": page(applicant, "/apply/start"),
        "apply: status": page(applicant, f"/apply/{case.id}"),
        "desk: what waits": page(officer, "/desk/"),
        "desk: one case": page(officer, f"/desk/cases/{case.id}"),
        "desk: its history": page(officer, f"/admin/history/case/{case.id}"),
        "desk: what a brand still lacks": page(officer, f"/desk/cultivation/{item.number}"),
        "the rules of a new case": lambda: rules_of(registry, case),
    }
    took = {name: timed(ask, int(repeats)) for name, ask in asked.items()}
    print(json.dumps({"start": 1000 * started, **took, "rss": resident()}))
    registry.close()


def page(client: FlaskClient, address: str) -> Callable[[], object]:
    """What asks for a page, and makes sure that it comes."""

    def ask() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status)

    return ask


def rules_of(registry: Registry, case: Case) -> None:
    """Find what a case filed now would be judged by."""
    about = subject_of(case) | {"region": case.authority_region}
    with registry.store.read(SYSTEM) as session:
        on = session.today
        for type, procedure in (("workflow", case.procedure), ("criteria", None), ("form", case.procedure)):
            assert resolve(session, type, **{**about, "procedure": procedure}, on=on), type
        assert floors_for(session, case.authority_region, case.level, case.kind, on)[1]
        assert references_for(session, case.home_region, on)


def timed(ask: Callable[[], object], repeats: int) -> float:
    """The least in milliseconds, after two that warm up: whatever is more comes from other processes."""
    took = []
    for n in range(repeats + 2):
        began = time.perf_counter()
        ask()
        if n > 1:
            took.append(1000 * (time.perf_counter() - began))
    return min(took)


def resident() -> float:
    """The memory that the process holds, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
