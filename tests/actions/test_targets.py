"""What a policy aims at beside what is on file: by county, declared apart, nothing counted twice."""

from datetime import date
from typing import Any

import pytest

from registry.actions import targets
from registry.actions.entries import new_entry
from registry.actions.targets import Compared
from registry.base.errors import Refused
from registry.base.i18n import Text
from registry.host.resolve import references_for, targets_for
from registry.store.entry import Entry
from registry.store.observation import Observation
from registry.store.session import WriteSession
from registry.store.title import Title
from registry.testing import CITY, LIANSHUI, XUYI, Kit


def brand(session: WriteSession, name: str, region: str = XUYI, **about: Any) -> Entry:
    """A listed brand."""
    entry = new_entry(session, kind="labour_brand", region=region, name=Text.model_validate(name), status="listed")
    for key, value in about.items():
        setattr(entry, key, value)
    session.add(entry)
    session.flush()
    return entry


def title(session: WriteSession, entry: Entry, level: str, number: str, **about: Any) -> None:
    """A title recorded from its document."""
    plain: dict[str, Any] = {
        "entry_id": entry.id,
        "scheme": f"s.{number}",
        "scheme_title": {"zh-Hans": "省级劳务品牌"},
        "kind": entry.kind,
        "level": level,
        "authority_region": CITY,
        "authority_name": {"zh-Hans": "示例厅"},
        "origin": "recorded",
        "document": "示例〔2024〕1号",
        "document_date": date(2024, 1, 1),
        "basis": {"zh-Hans": "示例"},
        "valid_from": date(2024, 1, 1),
    }
    session.add(Title(number=number, **plain | about))


def people(session: WriteSession, entry: Entry, value: str, standing: str, as_of: date) -> None:
    """A figure of a brand's people."""
    source = "declared" if standing == "declared" else "roster"
    session.add(
        Observation(
            fact="practitioners",
            subject_type="entry",
            subject_id=entry.id,
            value=value,
            source=source,
            standing=standing,
            as_of=as_of,
            recorded_at=session.now,
            recorded_by="x",
        )
    )


def compared(kit: Kit, id: str, login: str = "city-leader") -> Compared:
    actor = kit.who(login)
    with kit.registry.store.read(actor) as session:
        return next(c for c in targets.compare(session, actor) if c.table.id == f"huaian.target.{id}")


def line(one: Compared, place: str) -> tuple[Any, ...]:
    found = next(r for r in one.lines if r.place.code == place)
    return found.aim, found.filed, found.said, found.reached


def test_provincial_brands_are_counted_by_county_and_what_is_only_named_apart(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        held = brand(session, "甲（虚构）", standing=[{"level": "province", "words": {"zh-Hans": "首批"}}])
        title(session, held, "province", "P1")
        title(session, held, "nation", "N1")  # the same brand once more
        title(session, brand(session, "乙（虚构）"), "nation", "N2")
        title(session, brand(session, "丙（虚构）"), "province", "P2", valid_to=date(2025, 1, 1))
        title(session, brand(session, "丁（虚构）"), "county", "C1")
        brand(session, "戊（虚构）", LIANSHUI, standing=[{"level": "province", "words": {"zh-Hans": "首批"}}])
        session.record("entry.add", "entry:x")
    one = compared(kit, "provincial_brands")
    assert line(one, XUYI) == (2, 2, 0, True)
    assert line(one, LIANSHUI) == (2, 0, 1, False)
    assert (one.whole.aim, one.whole.filed, one.whole.said, one.whole.reached) == (14, 2, 1, False)
    assert one.ended and one.target.last == 2025


def test_people_of_one_county_are_never_added(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        chefs, growers, sewing = brand(session, "甲"), brand(session, "乙"), brand(session, "丙", LIANSHUI)
        people(session, chefs, "20000", "documented", date(2024, 1, 1))
        people(session, chefs, "18000", "verified", date(2025, 1, 1))  # the newer one of this brand
        people(session, growers, "4265", "verified", date(2025, 1, 1))
        people(session, growers, "210000", "declared", date(2025, 1, 1))
        people(session, sewing, "500", "documented", date(2025, 1, 1))
        session.record("entry.add", "entry:x")
    one = compared(kit, "employed")
    assert line(one, XUYI) == (None, 18000, 210000, None)
    assert line(one, LIANSHUI) == (None, 500, None, None)
    assert (one.whole.filed, one.whole.said, one.whole.reached) == (18500, 210000, False)


def test_target_without_a_period_and_one_of_each_year_say_so(kit: Kit) -> None:
    assert not compared(kit, "places").ended and compared(kit, "places").target.last is None
    assert compared(kit, "new_bases").target.yearly and compared(kit, "new_bases").year == 2026


def test_targets_are_read_by_the_offices_and_judge_nothing(kit: Kit) -> None:
    assert compared(kit, "places", "xuyi-officer").whole.aim == 30
    with kit.registry.store.read() as session, pytest.raises(Refused):
        targets.compare(session, kit.who("applicant"))
    with kit.registry.store.system() as session:
        assert len(targets_for(session, XUYI, session.today)) == 4
        assert [d.ref for d in references_for(session, XUYI, session.today)] == ["huaian.trade_wages"]
