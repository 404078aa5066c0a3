"""Verbs about regions: a functional zone is added, a region ends and another one goes on with its work."""

import re
from datetime import date

from sqlmodel import func, select

from registry.actions.appointments import require
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Text, msg, nmsg
from registry.base.script import complete
from registry.host.registry import Registry
from registry.rules.permission import Actor, Role
from registry.store.case import Case
from registry.store.region import COUNTY_LEVEL, Region, children
from registry.store.session import WriteSession

CODE = re.compile(r"[0-9]{6}")
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_SLUG = 40


def add_zone(
    registry: Registry, actor: Actor, *, code: str, slug: str, name: str, english: str, parent: str, valid_from: date
) -> None:
    """Add a functional zone (功能区) inside a city: it has offices, cases and pages of its own, as a county has.

    Raises Refused, BadInput with every fault.
    """
    require(actor, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        around = session.get(Region, parent)
        faults = []
        if not CODE.fullmatch(code):
            faults.append(Fault(msg("A region code has six digits."), field="code"))
        elif taken := session.get(Region, code):
            faults.append(Fault(msg("This is the code of {region}.", region=taken.text), field="code"))
        if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
            words = msg("Small letters, digits and single hyphens, such as “{example}”.", example="east-zone")
            faults.append(Fault(words, field="slug"))
        elif taken := session.exec(select(Region).where(Region.slug == slug)).first():
            faults.append(Fault(msg("This is the address of {region}.", region=taken.text), field="slug"))
        for field, value in (("name", name), ("english", english)):
            if not value.strip():
                faults.append(Fault(msg("Say what it is called."), field=field))
        if around is None or around.level != "city" or around.ended(valid_from):
            faults.append(Fault(msg("Choose the city around it."), field="parent"))
        if faults:
            raise BadInput(faults)
        called = complete(Text.model_validate({"zh-Hans": name.strip(), "en": english.strip()}))
        zone = Region(
            code=code,
            parent=parent,
            level="zone",
            slug=slug,
            name=called.model_dump(),
            functional=True,
            valid_from=valid_from,
        )
        session.add(zone)
        session.changes("definitions")  # every stored page may list the regions
        session.record("region.add", f"region:{code}", parent=parent)


def end_region(registry: Registry, actor: Actor, *, code: str, last_day: date, successor: str) -> None:
    """A county or zone ends after a day; another one goes on with its work.

    It is refused while cases are open there: they are finished, or withdrawn, first. Raises NotFound, Refused, BadInput.
    """
    require(actor, Role.SYSTEM_ADMIN)
    with registry.store.write(actor) as session:
        region = session.get(Region, code)
        if region is None:
            raise NotFound(msg("There is no region “{code}”.", code=code))
        if region.valid_to is not None or region.level not in COUNTY_LEVEL or children(session, code):
            raise Refused(msg("{region} cannot be ended here.", region=region.text))
        heir = session.get(Region, successor)
        faults = []
        if heir is None or heir.code == code or heir.valid_to is not None or heir.level not in COUNTY_LEVEL:
            faults.append(Fault(msg("Choose the region that goes on with its work."), field="successor"))
        if region.valid_from and last_day < region.valid_from:
            faults.append(Fault(msg("It cannot end before it begins."), field="last_day"))
        if faults:
            raise BadInput(faults)
        if n := _open_cases(session, code):
            raise Refused(nmsg("{n} case is still open there.", "{n} cases are still open there.", n))
        region.valid_to, region.successor = last_day, successor
        session.add(region)
        session.changes("definitions")
        session.record("region.end", f"region:{code}", successor=successor, last_day=last_day.isoformat())


def _open_cases(session: WriteSession, code: str) -> int:
    """How many cases are open; administrators see no cases, and learn only how many there are."""
    there = (Case.home_region == code) | (Case.authority_region == code)
    query = select(func.count()).select_from(Case).where(Case.status == "open", there)
    return session.exec(query.execution_options(unscoped=True)).one()
