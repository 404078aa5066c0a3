"""What an author gets wrong is told with file, line and column, and nothing is published."""

import shutil
from pathlib import Path

import pytest

from registry.actions import definitions
from registry.base.errors import BadInput
from registry.host.check import Library, check
from registry.host.packs import Pack, read_pack
from registry.rules.permission import SYSTEM
from registry.store.definition import Definition
from registry.testing import Kit

ROOT = Path(__file__).parents[2]
RICE, FLOW = "criteria/rice_crayfish.yaml", "workflows/rice_crayfish.yaml"
BOMB = """a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c]
"""


def spoilt(folder: Path, file: str, old: str, new: str) -> tuple[Pack, Library]:
    """The pack of Xuyi with one text of one file replaced."""
    copy = folder / "xuyi"
    shutil.copytree(ROOT / "plugins/xuyi", copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    others = [*(ROOT / "registry/kinds").iterdir(), ROOT / "plugins/huaian"]
    pack = read_pack(copy)
    return pack, Library([*(read_pack(f) for f in others if (f / "plugin.yaml").exists()), pack])


CASES = {
    "syntax": (
        RICE,
        "facts: {}",
        "facts: {",
        "criteria/rice_crayfish.yaml:19:3: The indentation does not fit the lines above, or a bracket",
    ),
    "unknown key": (
        RICE,
        "pass_mark: 60",
        "pas_mark: 60",
        "criteria/rice_crayfish.yaml:91:1: Unknown key “pas_mark”. Did you mean “pass_mark”?",
    ),
    "wrong type": (
        RICE,
        "at_least: 1000}",
        "at_least: many}",
        "criteria/rice_crayfish.yaml:26:123: “many” must be a number",
    ),
    "duplicate clause": (
        RICE,
        "id: holders",
        "id: area",
        "criteria/rice_crayfish.yaml:23:9: The clause “area” stands twice",
    ),
    "two rule keys in one node": (
        RICE,
        "test: {none_of:",
        "test: {check: wage_arrears, none_of:",
        "criteria/rice_crayfish.yaml:54:",
    ),
    "unknown fact": (RICE, "{fact: building_units}", "{fact: bilding_units}", "Did you mean “building_units”?"),
    "another county's region": (
        RICE,
        'region: "320830"',
        'region: "320826"',
        "criteria/rice_crayfish.yaml:5:9: Region 320826 is not inside 320830",
    ),
    "alias bomb": (RICE, "facts: {}", BOMB, "criteria/rice_crayfish.yaml:"),
    "unknown workflow": (
        FLOW,
        "huaian.recommend@1",
        "huaian.recomend@1",
        "workflows/rice_crayfish.yaml:13:10: There is no workflow",
    ),
    "unreachable stage": (FLOW, "to: NEXT", "to: leader", "review"),
    "id of a neighbour": (
        RICE,
        "id: xuyi.rice_crayfish",
        "id: huaian.brand.city",
        "criteria/rice_crayfish.yaml:2:5: The id “huaian.brand.city” is taken",
    ),
    "official without a document": (
        RICE,
        "standing: example",
        "standing: official",
        "criteria/rice_crayfish.yaml:11:11: Without a document",
    ),
    "laxer than the city's floor": (
        RICE,
        "- id: false_material",
        "- id: honest_material",
        "Example floors for demonstration",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fault_is_told_at_its_place(case: str, tmp_path: Path) -> None:
    file, old, new, expected = CASES[case]
    faults = [fault.text("en") for fault in check(*spoilt(tmp_path, file, old, new))]
    assert any(expected in fault for fault in faults), faults


def test_laxer_county_rule_is_refused_with_both_documents_named(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, "criteria/crayfish_chef.yaml", "id: trained_in_year", "id: trained_some_year")
    faults = [fault.text("en") for fault in check(pack, library)]
    both = [
        f
        for f in faults
        if "Example criteria for demonstration (Xuyi)" in f and "Example floors for demonstration (counties" in f
    ]
    assert both, faults


def test_pack_with_a_fault_publishes_nothing(kit: Kit, tmp_path: Path) -> None:
    def published() -> int:
        with kit.registry.store.system() as session:
            return len(session.exec(definitions.select(Definition)).all())

    before = published()
    pack, library = spoilt(tmp_path, RICE, "version: 1", "version: 2")
    (pack.folder / FLOW).write_text("id: [")
    pack = read_pack(pack.folder)
    with pytest.raises(BadInput):
        definitions.publish(kit.registry, SYSTEM, pack, Library([*library.packs[:-1], pack]))
    assert published() == before


def test_published_version_never_changes(kit: Kit, tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "at_least: 100000}", "at_least: 120000}")
    with pytest.raises(BadInput) as refused:
        definitions.publish(kit.registry, SYSTEM, pack, library)
    assert (
        "criteria/rice_crayfish.yaml:3:10: Version 1 of “xuyi.rice_crayfish” is published already"
        in refused.value.faults[0].text("en")
    )


def test_what_a_chinese_keyboard_wrote_is_noticed_and_hinders_nothing(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "pass_mark: 60", "pass_mark：60")
    assert check(pack, library) == []
    assert [notice.text("en") for notice in pack.notices] == [
        "criteria/rice_crayfish.yaml:91:10: “：” is read as “:”.\n    pass_mark: 60"
    ]
    assert pack.notices[0].to_json("en")["corrected"] == "pass_mark: 60"
