"""Verbs that make a registry ready: regions, calendar, kinds, the first administrators."""

from datetime import date
from typing import Any

from sqlmodel import func, select

from registry.actions import appointments, definitions, people, versions
from registry.base.errors import BadInput
from registry.host.check import Library
from registry.host.packs import outline, read_pack
from registry.host.registry import Registry
from registry.host.seed import seed_calendar, seed_regions
from registry.rules.permission import SYSTEM
from registry.store import migrate
from registry.store.calendar import CalendarYear
from registry.store.definition import Definition
from registry.store.session import ReadSession

NATION = "000000"


def set_up(registry: Registry) -> list[definitions.Published]:
    """Fill in what is missing: regions, calendar, and every pack at hand. May be repeated."""
    with registry.store.system() as session:
        added = {"years": seed_calendar(session), "regions": seed_regions(session)}
        if any(added.values()):
            session.record("registry.set_up", "registry", **added)
    return publish_all(registry)


def publish_all(registry: Registry) -> list[definitions.Published]:
    """Publish every pack at hand, wider regions first. Raises BadInput at the first pack with faults.

    One of which a higher version is published already, as its region wrote it in the browser, is left as it is.
    """
    outlines = definitions.wider_first(outline(read_pack(folder)) for _, folder in registry.plugins.packs())
    with registry.store.read() as session:
        waiting = [one for one in outlines if not versions.is_overtaken(session, one)]
    packs = (read_pack(one.folder) for one in waiting)
    done = []
    for _, published in definitions.publish_each(registry, SYSTEM, packs, Library(outlines)):
        if isinstance(published, BadInput):
            raise published
        done.append(published)
    return done


def first_administrators(registry: Registry, *, passwords: dict[str, tuple[str, str]], from_day: date) -> None:
    """The administrators of a new registry: role → (sign-in name, password). Alone, neither grants a role."""
    for role, (login, password) in passwords.items():
        people.add_account(registry, SYSTEM, login=login, name=login, title=login, password=password)
        appointments.appoint(registry, SYSTEM, login=login, role=role, region=NATION, from_day=from_day)


def state(session: ReadSession) -> dict[str, Any]:
    """What the database holds."""
    years = list(session.exec(select(CalendarYear.year)))
    return {
        "revision": migrate.newest(),
        "calendar": [min(years, default=0), max(years, default=0)],
        "definitions": session.exec(select(func.count()).select_from(Definition)).one(),
    }
