"""The city names its first thirty micro-parks and startup streets: called, applied for in seven counties, decided, named."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from registry.actions import cases, entries, round_decision, rounds, staffing
from registry.actions.round_standing import fingerprint, standings
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.region import Region, children
from registry.store.title import Title
from registry.testing import CITY, LIANSHUI, PDF, STAFF, XUYI, Kit, add, journey

from .test_rounds import MEETING

pytestmark = [pytest.mark.soak, pytest.mark.sqlite]

PARK = {
    "owner_type": "enterprise",
    "on_behalf": "no",
    "summary": "面向首次创业的小团队（虚构）。",
    "address": "示例园区1号楼（虚构）",
    "services": "代账、注册变更、法律咨询、知识产权和补贴申报。",
    "lease_secure": "yes",
    "area": "2600",
    "tenants": "22",
    "new_tenants_last": "6",
    "seats": "120",
    "guidance_staff": "2",
    "running_cost_last": "98000",
}
STREET = PARK | {
    "tenants": "32",
    "new_founders": "21",
    "service_points": "1",
    "new_tenants_last": "8",
    "shopfronts": "36",
    "vacant_shopfronts": "3",
    "local_shops": "14",
    "returnee_shops": "9",
    "graduate_shops": "6",
    "rent_reduced": "yes",
}
STEPS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "acceptance": ("officer", "accept", {}),
    "street_walk": ("officer", "walked", {"visit_note": "两人到场，开门营业30家（示例）。"}),
    "review": ("reviewer", "recommend", {"opinion": journey.OPINION}),
    "leader": ("leader", "approve", {"opinion": journey.OPINION}),
}
WANT = {"micro_park": 3, "startup_street": 2}
"""How many of each kind apply in a county."""


def people(kit: Kit) -> dict[str, tuple[Region, str]]:
    """Slug → county and who files there; each county with three officials of its own."""
    today, made = kit.clock.now().date(), {}
    with kit.registry.store.read(SYSTEM) as session:
        counties = [r for r in children(session, CITY) if r.level != "functional_zone"][:7]
    for county in counties:
        if county.code not in (XUYI, LIANSHUI):
            for role, name in STAFF:
                add(kit, f"{county.slug}-{name}", role, county.code, today)
        body = entries.add_organisation(
            kit.registry,
            SYSTEM,
            name=Text.model_validate(f"{county.slug}示例公司（虚构）"),
            region=county.code,
            fictitious=True,
        )
        add(kit, f"{county.slug}-filer", "applicant", county.code, today, organisation_id=body)
        made[county.slug] = (county, body)
    return made


def applied(kit: Kit, county: Region, body: str, kind: str, n: int) -> str:
    """An application of a county, brought before the city's decision; the more jobs, the more points."""
    actor = kit.who(f"{county.slug}-filer")
    id = cases.start(
        kit.registry,
        actor,
        kind=kind,
        region=county.code,
        organisation_id=body,
        name=Text.model_validate(f"{county.text.zh_hans}示例{kind}{n}（虚构）"),
        fictitious=True,
    )
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, session.get_one(Case, id))
    about = {**journey.RICE, **(PARK if kind == "micro_park" else STREET), "jobs": str(120 + 10 * n)}
    known = {f.id for f in form.fields()}
    faults = cases.save(kit.registry, actor, id, {k: v for k, v in about.items() if k in known})
    assert not faults, [f.text("en") for f in faults]
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key=next(kit.keys))
    own = {stage: (f"{county.slug}-{who}", *rest) for stage, (who, *rest) in STEPS.items()}
    journey.forward(kit, id, own, None)
    journey.forward(kit, kit.child(id).id, journey.CITY_STEPS, "decision")
    return id


def test_thirty_are_named_out_of_thirty_five(kit: Kit) -> None:
    counties = people(kit)
    assert len(counties) == 7
    slugs = sorted(counties)
    seats = {(county.code, "micro_park"): 3 for county, _ in counties.values()}
    seats |= {(counties[s][0].code, "startup_street"): 2 if n < 2 else 1 for n, s in enumerate(slugs)}
    assert sum(seats.values()) == 30
    opens = kit.clock.now().date()
    call = rounds.Call(
        title=Text.model_validate("首批微创园和创业一条街遴选命名（示例）"),
        kinds=tuple(WANT),
        opens_on=opens,
        closes_on=opens + timedelta(days=14),
        document="淮人社示例〔2026〕9号",
        document_date=opens,
        words={"contact": Text.model_validate("市人社局创业科（示例）")},
        seats=seats,
    )
    number = rounds.draft(kit.registry, kit.who("city-officer"), CITY, call)
    with kit.registry.store.read(kit.who("city-officer")) as session:
        short = {s.region.code for s in staffing.shortages(session, rounds.by_number(session, number))}
    assert not short & {county.code for county, _ in counties.values()}, "each has three people"
    rounds.call_round(kit.registry, kit.who("city-leader"), number)

    made = [
        applied(kit, county, body, kind, n)
        for county, body in counties.values()
        for kind, count in WANT.items()
        for n in range(count)
    ]
    assert len(made) == 35
    kit.clock.set(opens + timedelta(days=15))
    round_decision.prepare(kit.registry, kit.who("city-officer"), number)
    leader = kit.who("city-leader")
    with kit.registry.store.read(leader) as session:
        round = rounds.by_number(session, number)
        seen = fingerprint(round, [s.entrant for s in standings(session, round)])
    assert round_decision.release(kit.registry, leader, number, seen=seen, **MEETING) == 30

    with kit.registry.store.read(leader) as session:
        found = standings(session, rounds.by_number(session, number))
    going = [s.judged.id for s in found if s.entrant.result == "seat"]
    left = [s for s in found if s.entrant.result == "reserve"]
    assert (len(going), len(left)) == (30, 5) and {s.entrant.kind for s in left} == {"startup_street"}
    assert all(s.entrant.reserve == 1 and s.entrant.points for s in left)

    journey.publish(kit, *going)
    journey.after_notice(kit, going[0])
    for id in going:
        kit.act("city-officer", id, "clear")
        journey.forward(kit, id, journey.CITY_STEPS, None)
    assert round_decision.close(kit.registry, leader, number, **MEETING) == 5
    with kit.registry.store.read() as session:
        titles = session.exec(select(Title)).all()
    assert len(titles) == len({t.number for t in titles}) == 30
    assert all(isinstance(t.valid_from, date) for t in titles)
    assert kit.health().fault is None
