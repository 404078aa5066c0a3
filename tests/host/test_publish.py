"""Publishing writes each version once, whole, and nothing that is laxer than what a wider place demands."""

import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from registry.actions import definitions, setup
from registry.base.errors import BadInput, NotFound, Refused
from registry.host.check import Library
from registry.host.packs import read_pack
from registry.rules.permission import SYSTEM
from registry.store.definition import Definition, Publication, in_force
from registry.testing import CITY, Kit

from .conftest import BUNDLED, JINHU, criteria, head, publish, written

pytestmark = pytest.mark.slow

LOTUS = "jinhu.lotus"


def rows(kit: Kit) -> list[tuple[str, int, str]]:
    with kit.registry.store.read() as session:
        found = session.exec(select(Definition).order_by(Definition.ref, Definition.version))  # type: ignore[arg-type]
        return [(d.ref, d.version, d.sha256) for d in found]


def faults(kit: Kit, *about: object) -> list[str]:
    """What is wrong with a pack that is refused; nothing of it was written."""
    before = rows(kit), kit.health()
    with pytest.raises(BadInput) as error:
        publish(kit, *about)  # type: ignore[arg-type]
    assert (rows(kit), kit.health()) == before
    return [fault.text("en") for fault in error.value.faults]


def test_publishing_twice_changes_nothing(kit: Kit, folder: Path) -> None:
    pack = written(folder, criteria__lotus=criteria(LOTUS, JINHU))
    assert publish(kit, pack).new == 1
    before = rows(kit), kit.health()
    again = publish(kit, pack)
    assert (again.new, again.unchanged) == (0, 1)
    setup.set_up(kit.registry)
    assert (rows(kit), kit.health()) == before


def test_changed_content_under_the_same_version_is_refused_at_its_line(kit: Kit, folder: Path) -> None:
    publish(kit, written(folder, criteria__lotus=criteria(LOTUS, JINHU)))
    changed = criteria(LOTUS, JINHU, trained=200)
    line = 1 + changed[: changed.index("version:")].count("\n")
    said = faults(kit, written(folder, criteria__lotus=changed))
    assert said == [
        f"criteria/lotus.yaml:{line}:10: Version 1 of “{LOTUS}” is published already with other content; "
        "give this one a higher version.",
        "plugin.yaml:2:10: Version 1.0.0 of this pack is published already with other content; give it a higher version.",
    ]


def test_next_version_stands_beside_the_first_and_is_the_one_in_force(kit: Kit, folder: Path) -> None:
    publish(kit, written(folder, criteria__lotus=criteria(LOTUS, JINHU)))
    second = written(folder, version="1.1.0", criteria__lotus=criteria(LOTUS, JINHU, trained=200, version=2))
    assert publish(kit, second).new == 1
    with kit.registry.store.read() as session:
        found = [d for d in in_force(session, "criteria", session.today) if d.ref == LOTUS]
    assert [d.version for d in found] == [2, 1]


def test_version_of_a_rule_never_goes_backwards_unless_it_is_there_already(kit: Kit, folder: Path) -> None:
    third = criteria(LOTUS, JINHU, version=3)
    publish(kit, written(folder, criteria__lotus=third))
    second = criteria(LOTUS, JINHU, trained=200, version=2)
    line = 1 + second[: second.index("version:")].count("\n")
    (said,) = faults(kit, written(folder, version="1.1.0", criteria__lotus=second))
    assert said == (
        f"criteria/lotus.yaml:{line}:10: Version 2 of “{LOTUS}” is lower than version 3, which is published; "
        "give this one a higher version."
    )
    fourth = criteria(LOTUS, JINHU, trained=200, version=4)
    both = written(folder, version="1.1.0", criteria__lotus=third, criteria__lotus_next=fourth)
    assert (publish(kit, both).new, publish(kit, both).unchanged) == (1, 2)


def test_version_of_a_pack_never_goes_backwards(kit: Kit, folder: Path) -> None:
    publish(kit, written(folder, version="1.10.0", criteria__lotus=criteria(LOTUS, JINHU)))
    (said,) = faults(kit, written(folder, version="1.9.0", criteria__lotus=criteria(LOTUS, JINHU)))
    assert said == (
        "plugin.yaml:2:10: Version 1.9.0 of this pack is lower than version 1.10.0, which is published; "
        "give it a higher version."
    )


def test_version_of_a_pack_says_one_thing(kit: Kit, folder: Path) -> None:
    publish(kit, written(folder, criteria__lotus=criteria(LOTUS, JINHU)))
    more = {"criteria__lotus": criteria(LOTUS, JINHU), "criteria__crab": criteria("jinhu.crab", JINHU)}
    (said,) = faults(kit, written(folder, **more))
    assert said.startswith("plugin.yaml:2:10: Version 1.0.0 of this pack is published already with other content")
    assert publish(kit, written(folder, version="1.1.0", **more)).new == 1


def test_new_colour_of_a_pack_is_published_under_a_new_version(kit: Kit, folder: Path) -> None:
    written(folder, criteria__lotus=criteria(LOTUS, JINHU))
    manifest = folder / "plugin.yaml"
    publish(kit, read_pack(folder))
    text = manifest.read_text() + 'accent: "#0B4F5C"\n'
    manifest.write_text(text)
    (said,) = faults(kit, read_pack(folder))
    assert said.startswith("plugin.yaml:2:10:")
    manifest.write_text(text.replace("1.0.0", "1.0.1"))
    assert publish(kit, read_pack(folder)).new == 0
    with kit.registry.store.read() as session:
        found = session.exec(select(Publication).where(Publication.pack == "jinhu")).all()
    assert {(p.version, p.accent) for p in found} == {("1.0.0", None), ("1.0.1", "#0B4F5C")}


def test_a_pack_with_one_fault_publishes_nothing(kit: Kit, folder: Path) -> None:
    good, bad = criteria(LOTUS, JINHU), criteria("jinhu.crab", JINHU).replace("at_least: 150", "at_leest: 150")
    (said,) = faults(kit, written(folder, criteria__a=good, criteria__b=bad))
    assert said.startswith("criteria/b.yaml:") and "at_leest" in said
    with kit.registry.store.read() as session:
        assert not session.exec(select(Publication).where(Publication.pack == "jinhu")).all()


def test_withdrawing_is_a_recorded_act_with_a_reason(kit: Kit, folder: Path) -> None:
    publish(kit, written(folder, criteria__lotus=criteria(LOTUS, JINHU)))
    which = {"type": "criteria", "ref": LOTUS, "version": 1}
    with pytest.raises(Refused, match="administrator"):
        definitions.withdraw(kit.registry, kit.who("city-leader"), **which, reason="错误")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="Say why"):
        definitions.withdraw(kit.registry, SYSTEM, **which, reason=" ")  # type: ignore[arg-type]
    definitions.withdraw(kit.registry, SYSTEM, **which, reason="文件废止")  # type: ignore[arg-type]
    with kit.registry.store.read() as session:
        assert LOTUS not in [d.ref for d in in_force(session, "criteria", session.today)]
        assert session.exec(select(Definition).where(Definition.ref == LOTUS)).one().withdrawn_at
    with pytest.raises(NotFound):
        definitions.withdraw(kit.registry, SYSTEM, **which, reason="文件废止")  # type: ignore[arg-type]
    assert kit.health().fault is None


def test_only_an_administrator_publishes(kit: Kit, folder: Path) -> None:
    pack = written(folder, criteria__lotus=criteria(LOTUS, JINHU))
    with pytest.raises(Refused, match="administrator"):
        definitions.publish(kit.registry, kit.who("xuyi-leader"), pack, Library([pack]))


BOTH = ("document of jinhu.lotus", "Example floors for demonstration (counties recommending labour brands)")


def test_county_rule_below_the_citys_floor_is_refused_with_both_documents_named(kit: Kit, folder: Path) -> None:
    lax = criteria(LOTUS, JINHU, trained=50)
    line = 1 + lax[: lax.index("  - id: trained_in_year")].count("\n")
    (said,) = faults(kit, written(folder, criteria__lotus=lax))
    assert said.startswith(f"criteria/lotus.yaml:{line}:") and all(document in said for document in BOTH)
    assert "50" in said and "at least 100" in said
    assert publish(kit, written(folder, criteria__lotus=criteria(LOTUS, JINHU, trained=100))).new == 1


def test_county_rule_without_what_the_city_demands_is_refused(kit: Kit, folder: Path) -> None:
    without = criteria(LOTUS, JINHU).replace("id: trained_in_year", "id: trained_some_year", 1)
    without = without.replace("- {id: wage_arrears,", "- {id: other,")
    said = faults(kit, written(folder, criteria__lotus=without))
    assert len(said) == 2 and all(BOTH[0] in s for s in said)
    assert any("no criterion “trained_in_year”" in s for s in said) and any("veto “wage_arrears”" in s for s in said)


def notice(days: int) -> str:
    basis = "{title: {zh-Hans: 金湖县流程, en: procedure of Jinhu}}"
    about = {"basis": basis, "kind": "labour_brand", "procedure": "recognise", "level": "county"}
    edits = f"extends: huaian.recognise@1\nedits:\n  - {{set: stages.notice.days, to: {days}}}\n"
    return head("jinhu.recognise", JINHU, **about) + edits


def test_county_workflow_with_a_shorter_notice_is_refused_with_both_documents_named(kit: Kit, folder: Path) -> None:
    path, days = faults(kit, written(folder, workflows__recognise=notice(4)))
    assert "“recognised” can be reached without a public notice of at least 5 working days" in path
    assert days.startswith("workflows/recognise.yaml:")
    assert "procedure of Jinhu asks for a notice of 4 working days; core demands at least 5." in days
    assert publish(kit, written(folder, workflows__recognise=notice(5))).new == 1


def test_higher_floor_of_the_city_binds_from_its_publication(kit: Kit, folder: Path, tmp_path: Path) -> None:
    city = tmp_path / "huaian"
    shutil.copytree(BUNDLED[0], city)
    file = city / "floors/all.yaml"
    text = file.read_text().replace("version: 1", "version: 2", 1)
    file.write_text(text.replace("notice_working_days: 5", "notice_working_days: 7"))
    among = [city, *BUNDLED[1:]]
    _, said = faults(kit, written(folder, workflows__recognise=notice(5)), among)
    assert (
        "procedure of Jinhu asks for a notice of 5 working days; Example floors for demonstration demands at least 7"
        in said
    )


def test_published_floor_binds_although_its_folder_is_gone_or_broken(kit: Kit, folder: Path, tmp_path: Path) -> None:
    lax = written(folder, criteria__lotus=criteria(LOTUS, JINHU, trained=50))
    city = tmp_path / "huaian"
    shutil.copytree(BUNDLED[0], city)
    (city / "floors/county_brands.yaml").write_text("id: {")
    for among in ([city, *BUNDLED[1:]], BUNDLED[1:]):
        (said,) = faults(kit, lax, among)
        assert all(document in said for document in BOTH)


def test_nobody_makes_rules_for_a_neighbour(kit: Kit, folder: Path) -> None:
    (said,) = faults(kit, written(folder, criteria__lotus=criteria(LOTUS, "320830")))
    assert "Region 320830 is not inside 320831" in said
    (said,) = faults(kit, written(folder, criteria__lotus=criteria(LOTUS, CITY)))
    assert "nobody makes rules for a neighbour" in said


def test_rule_for_a_place_that_the_registry_does_not_know_is_told_at_its_line(kit: Kit, folder: Path) -> None:
    said = faults(kit, written(folder, "141000", criteria__lotus=criteria(LOTUS, "141000")))
    assert [line.split(" An administrator")[0] for line in said] == [
        "plugin.yaml:4:9: This registry has no region 141000.",
        "criteria/lotus.yaml:2:9: This registry has no region 141000.",
    ]
