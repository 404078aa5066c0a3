"""The test kit: a registry of one's own, people in every role, a clock that stands, and cases brought to any stage."""

import itertools
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from registry.actions import appointments, cases, entries, people, setup
from registry.actions.move import Given
from registry.actions.passwords import hashed, set_password
from registry.base.clock import FixedClock, local_date
from registry.base.i18n import Text
from registry.base.settings import Settings, load, new_keys
from registry.host.registry import DEMONSTRATION, Registry
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import account_by_login
from registry.store.case import Case
from registry.store.meta import set_mark
from registry.store.people import actor_of
from registry.store.verify import Health, verify

CITY, XUYI, LIANSHUI = "320800", "320830", "320826"
STAFF = (("county_officer", "officer"), ("county_reviewer", "reviewer"), ("county_leader", "leader"))
CITY_STAFF = (("city_officer", "officer"), ("city_reviewer", "reviewer"), ("city_leader", "leader"))
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""A very small PDF."""


@dataclass
class Kit:
    """A registry with people; `who(login)` is an actor, `run(case, …)` moves a case on by its people."""

    registry: Registry
    clock: FixedClock
    training_centre: str = ""
    keys: Any = field(default_factory=lambda: map(str, itertools.count()))

    def who(self, login: str) -> Actor:
        """The actor of an account today."""
        with self.registry.store.read(SYSTEM) as session:
            account = account_by_login(session, login)
            assert account is not None, login
            return actor_of(session, account, local_date(self.clock.now()))

    def case(self, id: str) -> Case:
        """A case as it is now."""
        with self.registry.store.system() as session:
            return session.get_one(Case, id)

    def child(self, id: str) -> Case:
        """The city's case that a county's case opened."""
        from_parent = [c for c in self.cases() if c.parent_id == id]
        return from_parent[0]

    def cases(self) -> list[Case]:
        """Every case."""
        with self.registry.store.system() as session:
            return list(session.exec(select(Case).order_by(col(Case.opened_at))))

    def health(self) -> Health:
        """What verification of the record says."""
        with self.registry.store.read(SYSTEM) as session:
            return verify(session, self.registry.store.signer)

    def act(self, login: str, case_id: str, outcome: str, *, scan: bool = False, **given: Any) -> None:
        """One move by one person."""
        words = {k: v for k, v in given.items() if k in ("reason", "opinion", "statement", "visit_note")}
        rest = {k: v for k, v in given.items() if k not in words}
        cases.act(
            self.registry,
            self.who(login),
            case_id,
            outcome,
            version=self.case(case_id).version,
            key=next(self.keys),
            given=Given(words=words, **rest),
            scan=("认定文件.pdf", PDF) if scan else None,
        )


def new_registry(
    folder: Path, today: date = date(2026, 3, 2), *, plugin_dirs: Sequence[Path] = (), database_url: str = ""
) -> Kit:
    """A fresh registry in a folder, marked as demonstration (examples judge), its packs published, people appointed.

    Making one takes seconds; those with the installed plugins alone, of one day, are made once in a process and copied.
    """
    if plugin_dirs or database_url:
        settings = settings_of(folder, new_keys(), plugin_dirs=tuple(plugin_dirs), database_url=database_url)
        return _made(settings, today)
    template = _template(today)
    shutil.copytree(template.folder.name, folder, dirs_exist_ok=True)
    clock = FixedClock(today)
    return Kit(Registry.open(settings_of(folder, template.keys), clock), clock, template.training_centre)


def settings_of(folder: Path, keys: Mapping[str, str], **more: Any) -> Settings:
    """The settings of a test's registry."""
    return load(data_dir=folder, secure_cookies=False, **keys, **more)


@dataclass(frozen=True)
class _Template:
    folder: tempfile.TemporaryDirectory[str]
    keys: dict[str, str]
    training_centre: str


@cache
def _template(today: date) -> _Template:
    folder, keys = tempfile.TemporaryDirectory(prefix="registry-template-"), new_keys()
    kit = _made(settings_of(Path(folder.name), keys), today)
    kit.registry.close()
    return _Template(folder, keys, kit.training_centre)


def _made(settings: Settings, today: date) -> Kit:
    clock = FixedClock(today)
    registry = Registry.create(settings, clock)
    with registry.store.system() as session:
        set_mark(session, DEMONSTRATION, "yes")
    registry.demonstration = True
    setup.set_up(registry)
    kit = Kit(registry, clock)
    add_people(kit, today)
    return kit


def add_people(kit: Kit, today: date) -> None:
    """One account for each role in two counties and the city, and a training centre that files."""
    for county, prefix in ((XUYI, "xuyi"), (LIANSHUI, "lianshui")):
        for role, name in STAFF:
            add(kit, f"{prefix}-{name}", role, county, today)
    for role, name in CITY_STAFF:
        add(kit, f"city-{name}", role, CITY, today)
    add(kit, "city-officer2", "city_officer", CITY, today)
    kit.training_centre = entries.add_organisation(
        kit.registry, SYSTEM, name=Text.model_validate("盱眙示例培训中心（虚构）"), region=XUYI, fictitious=True
    )
    add(kit, "applicant", "applicant", XUYI, today, organisation_id=kit.training_centre)


def give_password(kit: Kit, login: str, password: str) -> None:
    """Let somebody have chosen this password."""
    with kit.registry.store.system() as session:
        account = account_by_login(session, login)
        assert account is not None, login
        set_password(session, account, hashed(password), kit.registry.settings, own=True)
        session.record("account.password", f"account:{account.id}")


def add(kit: Kit, login: str, role: str, region: str, today: date, organisation_id: str | None = None) -> None:
    """An account with one role."""
    people.add_account(kit.registry, SYSTEM, login=login, name=f"{login}（演示）", title=login)
    appointments.appoint(
        kit.registry, SYSTEM, login=login, role=role, region=region, from_day=today, organisation_id=organisation_id
    )
