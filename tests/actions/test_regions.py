"""Functional zones are regions with offices of their own; a region that ended takes nothing new."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from registry.actions import appointments, cases, entries, regions
from registry.base.errors import BadInput, Refused
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.region import Region, of_county_level, region_chain
from registry.testing import CITY, LIANSHUI, XUYI, Kit, add, journey

TODAY = date(2026, 3, 2)
SEEDED, NEW = "320871", "320872"


@pytest.fixture
def office(kit: Kit) -> Kit:
    """With a system administrator."""
    add(kit, "admin", "admin", CITY, TODAY)
    return kit


def zone(kit: Kit, **more: object) -> None:
    about = {
        "code": NEW,
        "slug": "east-zone",
        "name": "示例功能区（虚构）",
        "english": "Example Zone (fictitious)",
        "parent": CITY,
        "valid_from": TODAY,
    }
    regions.add_zone(kit.registry, kit.who("admin"), **{**about, **more})  # type: ignore[arg-type]


def end(kit: Kit, code: str = NEW, last_day: date = TODAY, successor: str = SEEDED) -> None:
    regions.end_region(kit.registry, kit.who("admin"), code=code, last_day=last_day, successor=successor)


def test_development_zone_is_there_from_the_beginning(kit: Kit) -> None:
    with kit.registry.store.read() as session:
        found = session.get_one(Region, SEEDED)
        assert found.functional and found.level == "zone" and found.title_level == "county"
        assert [r.code for r in region_chain(session, SEEDED)][1] == CITY


def test_zone_has_applications_and_officers_like_a_county(office: Kit) -> None:
    zone(office)
    body = entries.add_organisation(
        office.registry, SYSTEM, name=Text.model_validate("功能区示例公司（虚构）"), region=NEW, fictitious=True
    )
    add(office, "zone-applicant", "applicant", NEW, TODAY, organisation_id=body)
    add(office, "zone-officer", "county_officer", NEW, TODAY)
    id = cases.start(
        office.registry,
        office.who("zone-applicant"),
        kind="labour_brand",
        entry_class="skills",
        region=NEW,
        organisation_id=body,
        name=Text.model_validate("功能区虚构焊工"),
        fictitious=True,
    )
    assert (office.case(id).level, office.case(id).authority_region) == ("county", NEW)
    seen = {}
    for login in ("zone-officer", "xuyi-officer", "city-officer"):
        with office.registry.store.read(office.who(login)) as session:
            seen[login] = [c.id for c in session.exec(select(Case))]
    assert seen == {"zone-officer": [id], "xuyi-officer": [], "city-officer": [id]}
    assert office.health().fault is None


def test_what_is_wrong_with_a_zone_is_said_all_at_once(office: Kit) -> None:
    with pytest.raises(BadInput) as error:
        zone(office, code="32", slug="Ost Zone", name=" ", parent=XUYI)
    assert sorted(str(f.field) for f in error.value.faults) == ["code", "name", "parent", "slug"]
    with pytest.raises(BadInput) as error:
        zone(office, code=XUYI, slug="xuyi")
    assert sorted(str(f.field) for f in error.value.faults) == ["code", "slug"]


def test_others_may_do_neither(office: Kit) -> None:
    with pytest.raises(Refused):
        regions.end_region(office.registry, office.who("city-leader"), code=LIANSHUI, last_day=TODAY, successor=XUYI)


def test_region_that_ended_has_a_successor_and_takes_nothing_new(office: Kit) -> None:
    zone(office)
    end(office)
    office.clock.set(TODAY + timedelta(days=1))
    with office.registry.store.read() as session:
        assert session.get_one(Region, NEW).successor == SEEDED
        assert NEW not in [r.code for r in session.exec(select(Region).where(of_county_level(session.today)))]
    with pytest.raises(BadInput, match="ended"):
        appointments.appoint(
            office.registry,
            office.who("admin"),
            login="xuyi-officer",
            role="county_officer",
            region=NEW,
            from_day=TODAY + timedelta(days=1),
        )
    with pytest.raises(Refused, match="cannot be ended"):
        end(office)


def test_region_with_open_cases_or_without_an_heir_does_not_end(office: Kit) -> None:
    journey.county(office, "acceptance")
    with pytest.raises(Refused, match="1 case is still open"):
        end(office, XUYI)
    for heir in (LIANSHUI, CITY, "999999"):
        with pytest.raises(BadInput) as error:
            end(office, LIANSHUI, successor=heir)
        assert [f.field for f in error.value.faults] == ["successor"]
    with pytest.raises(Refused, match="cannot be ended"):
        end(office, CITY)
