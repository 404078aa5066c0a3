"""The most local voice wins; at one place the more specific one; the law of the wider places binds beside it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from registry.actions import cases
from registry.base.errors import Broken
from registry.host import resolve as resolving
from registry.host.registry import DEMONSTRATION
from registry.host.resolve import floors_for, forms_for, kinds, references_for, resolve
from registry.rules.kind import Kind
from registry.store.case import Case
from registry.store.definition import Definition
from registry.store.meta import set_mark
from registry.store.session import WriteSession
from registry.testing import CITY, LIANSHUI, XUYI, Kit, journey

from .conftest import JINHU, criteria, head, publish, written

NATION, PROVINCE = "000000", "320000"


def define(
    session: WriteSession, ref: str, region: str = JINHU, *, version: int = 1, type: str = "form", **more: Any
) -> None:
    """A definition as it lies in the table; what it says does not matter here."""
    about = {"pack": "test", "kind": "labour_brand", "body": {}, "sha256": ref, "published_by": "x"}
    about |= {"in_force_from": session.today, "published_at": session.now}
    session.add(Definition(type=type, ref=ref, version=version, region=region, **about | more))
    session.record("definition.add", ref)


def asked(session: WriteSession, region: str = JINHU, **about: Any) -> str | None:
    """Which form holds."""
    subject = {"kind": "labour_brand", "level": "county", "product": "lotus", "procedure": "recommend", **about}
    found = resolve(session, "form", region=region, on=session.today, **subject)
    return f"{found.ref}@{found.version}" if found else None


def test_nearest_place_wins_and_each_wider_one_stands_in(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        for place, ref in ((NATION, "nation"), (PROVINCE, "province"), (CITY, "city"), (JINHU, "county")):
            define(session, ref, place, kind="orchard")
            assert asked(session, kind="orchard") == f"{ref}@1"
        assert asked(session, LIANSHUI, kind="orchard") == "city@1"
        assert asked(session, PROVINCE, kind="orchard") == "province@1"


def test_of_forms_for_the_same_only_the_nearest_is_filled_in(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        for place, ref in ((JINHU, "county"), (PROVINCE, "province"), (CITY, "city")):
            define(session, ref, place, kind="orchard")
        define(session, "county", JINHU, version=2, kind="orchard")
        define(session, "lotus", CITY, kind="orchard", product="lotus")
        assert offered(session, JINHU, CITY, PROVINCE) == {"county@2", "lotus@1"}
        assert offered(session, LIANSHUI, CITY, PROVINCE) == {"city@1", "lotus@1"}


def offered(session: WriteSession, *places: str) -> set[str]:
    """Which forms for orchards can be filled in."""
    return {f"{d.ref}@{d.version}" for d in forms_for(session, places, session.today) if d.kind == "orchard"}


def test_at_one_place_what_is_said_for_it_is_nearer_than_what_is_said_for_all(kit: Kit) -> None:
    ladder: list[dict[str, Any]] = [
        {"kind": "*"},
        {"kind": "labour_brand"},
        {"procedure": "recommend"},
        {"level": "county"},
        {"entry_class": "skills"},
        {"product": "lotus"},
        {"product": "lotus", "entry_class": "skills", "level": "county"},
    ]
    with kit.registry.store.system() as session:
        for n, narrower in enumerate(ladder):
            define(session, f"form{n}", version=len(ladder) - n, **narrower)
            assert asked(session, entry_class="skills") == f"form{n}@{len(ladder) - n}", "whatever the versions are"


def test_what_is_for_another_product_class_level_or_kind_is_not_asked(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        for n, other in enumerate(({"product": "crab"}, {"entry_class": "craft"}, {"level": "city"}, {"kind": "park"})):
            define(session, f"other{n}", **other)
        here = asked(session, entry_class="skills")
        assert here is None or not here.startswith("other")


def test_wider_places_rule_for_the_product_does_not_beat_the_nearer_ones_for_the_kind(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        define(session, "city", CITY, product="lotus")
        define(session, "county", JINHU)
        assert asked(session) == "county@1"


def test_newest_version_in_force_holds(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        day = session.today
        define(session, "form", version=1)
        define(session, "form", version=2)
        define(session, "form", version=3, in_force_from=day.replace(year=day.year + 1))
        define(session, "form", version=4, in_force_from=day.replace(year=2000), in_force_to=day.replace(year=2001))
        define(session, "form", version=5, withdrawn_at=session.now)
        assert asked(session) == "form@2"


@pytest.mark.parametrize(
    ("standing", "demonstration", "judges"),
    [("official", "no", True), ("example", "no", False), ("comment", "no", False), ("official", "yes", True)]
    + [("example", "yes", True), ("comment", "yes", False)],
)
def test_examples_judge_in_a_demonstration_alone_and_drafts_for_comment_nowhere(
    standing: str, demonstration: str, judges: bool, kit: Kit
) -> None:
    with kit.registry.store.system() as session:
        set_mark(session, DEMONSTRATION, demonstration)
        define(session, "jinhu", type="criteria", level="county", product="lotus", standing=standing)
        found = resolve(
            session, "criteria", kind="labour_brand", region=JINHU, on=session.today, level="county", product="lotus"
        )
        assert (found is not None and found.ref == "jinhu") == judges


def floor(version: int, days: int, **more: Any) -> str:
    basis = f"{{title: floors {version}}}"
    return head("jinhu.floors", JINHU, version=version, basis=basis, notice_working_days=days, **more)


def test_new_version_of_a_floor_takes_the_place_of_the_old_one(kit: Kit, folder: Path) -> None:
    for version, days in ((1, 9), (2, 7)):
        publish(kit, written(folder, version=f"1.{version}.0", floors__all=floor(version, days)))
        with kit.registry.store.read() as session:
            floors, rows = floors_for(session, JINHU, "county", "labour_brand", session.today)
            assert floors.notice_working_days.value == days
            assert [d.version for d in rows if d.ref == "jinhu.floors"] == [version]
            assert floors_for(session, XUYI, "county", "labour_brand", session.today)[0].notice_working_days.value == 5


def test_floors_of_all_places_around_bind_at_once(kit: Kit, folder: Path) -> None:
    publish(kit, written(folder, floors__all=floor(1, 9, title_level="county", vetoes="[own_rule]")))
    with kit.registry.store.read() as session:
        floors, _ = floors_for(session, JINHU, "county", "labour_brand", session.today)
        city, _ = floors_for(session, JINHU, "city", "labour_brand", session.today)
    assert floors.notice_working_days.value == 9 and city.notice_working_days.value == 5
    assert {"own_rule", "wage_arrears"} <= {v.value for v in floors.vetoes}


def test_case_is_pinned_to_the_newest_reference_and_floor(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        for d in session.exec(select(Definition).where(Definition.type == "reference")).all():
            more = {"body": d.body, "kind": d.kind, "pack": d.pack}
            define(session, d.ref, d.region, version=2, type="reference", **more)
        assert {d.version for d in references_for(session, XUYI, session.today)} == {2}
    id = journey.filed(kit)
    with kit.registry.store.system() as session:
        pins = session.get_one(Case, id).pins
        versions = [
            session.get_one(Definition, pin).version for key, pin in pins.items() if key.startswith("reference:")
        ]
    assert versions == [2]


def test_rule_that_cannot_be_read_stops_what_it_rules_and_never_gives_way_to_a_wider_one(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "_read", {})  # as in a process that starts now
    draft = journey.drafted(kit)
    with kit.registry.store.engine.begin() as connection:
        spoil = "UPDATE definition SET body = json_set(body, '$.eligible', 'x') WHERE ref = 'xuyi.rice_crayfish'"
        connection.execute(text(spoil + " AND type = 'criteria'"))
    with pytest.raises(
        Broken, match=r"The rule xuyi\.rice_crayfish@1 of xuyi cannot be read; nothing is decided by it"
    ):
        cases.submit(kit.registry, kit.who("applicant"), draft, declared_true=True, key="s")
    assert kit.case(draft).submitted_at is None


def test_place_without_any_rule_accepts_no_submission_and_says_so(kit: Kit) -> None:
    draft = journey.drafted(kit)
    with kit.registry.store.system() as session:
        for d in session.exec(select(Definition).where(Definition.type == "criteria")):
            d.withdrawn_at = session.now
        session.record("definition.withdraw", "all")
    with pytest.raises(Broken, match="nothing can be submitted until they are"):
        cases.submit(kit.registry, kit.who("applicant"), draft, declared_true=True, key="s")
    assert kit.case(draft).number is None


def test_correction_does_not_change_the_rules_a_case_is_judged_by(kit: Kit, folder: Path) -> None:
    id = journey.county(kit, "acceptance")
    pins = kit.case(id).pins
    rule = criteria("xuyi2.rice", XUYI, product="rice_crayfish", entry_class=None, version=9).replace(
        "entry_class: None\n", ""
    )
    publish(kit, written(folder, XUYI, id="xuyi2", criteria__rice=rule))
    kit.act("xuyi-officer", id, "return_for_correction", defects=({"field": "area_mu", "words": "请核对"},))
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="again")
    assert kit.case(id).pins == pins
    other = journey.filed(kit, name="盱眙虚构丁种养员")
    assert kit.case(other).pins["criteria"] != pins["criteria"]


def test_kind_is_shown_in_its_newest_version(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        before = kinds(session, session.today)
        row = session.exec(select(Definition).where(Definition.ref == "labour_brand", Definition.type == "kind")).one()
        body = {**row.body, "version": 2, "order": -1}
        define(session, row.ref, row.region, version=2, type="kind", body=body, sha256="2", kind=None)
        after = kinds(session, session.today)
    assert len(after) == len(before) and after[0].id == "labour_brand" and after[0].version == 2


def test_process_keeps_so_many_models_and_no_more(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "_read", {})
    monkeypatch.setattr(resolving, "MOST_READ", 2)
    with kit.registry.store.read() as session:
        rows = session.exec(select(Definition).where(Definition.type == "kind")).all()
        for row in [*rows, *rows]:
            assert resolving.read_as(Kind, row).id == row.ref
            assert 1 <= len(resolving._read) <= 2
    assert len(rows) > 2
