"""Worked examples lie in a pack and are judged whenever it is checked; published rules of real places are all sayable."""

import re
import shutil
from pathlib import Path

import pytest

from registry.host.check import Library, check
from registry.host.packs import Pack, read_pack
from tests.bundled import KINDS

ROOT = Path(__file__).parents[2]
REAL = ("suqian", "linfen", "hebei", "jiangsu", "suizhou", "fujian", "shenzhen")


def told(pack: Pack) -> list[str]:
    return [fault.text("en") for fault in check(pack, Library([*KINDS, pack]))]


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / "plugins" / name, folder / name))


@pytest.mark.parametrize("name", REAL)
def test_published_rules_are_said_and_their_examples_come_out(name: str) -> None:
    pack = read_pack(ROOT / "plugins" / name)
    assert told(pack) == []
    assert {example.expect for example, _, _ in pack.examples} >= {"met", "not_met"}
    assert {d.ref for d in pack.definitions if d.type == "criteria"} == {e.criteria for e, _, _ in pack.examples}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "practitioners: 3000, monthly_wage@2025: 5500,",
            "practitioners: 2999, monthly_wage@2025: 5500,",
            7,
            "not_met",
        ),
        ("asks: [wage]", "asks: []", 19, "comes out as wage"),
        ("fails: [wage, skilled_share]", "fails: [wage]", 13, "comes out as skilled_share, wage"),
        ("criteria: suqian.brand.culture", "criteria: suqian.brand.cultur", 27, "Did you mean “suqian.brand.culture”?"),
        ("expect: met", "expect: good", 7, "“good”"),
    ],
)
def test_example_that_comes_out_otherwise_is_told_at_its_line(
    old: str, new: str, line: int, words: str, tmp_path: Path
) -> None:
    folder = copied("suqian", tmp_path)
    file = folder / "examples/brands.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    faults = told(read_pack(folder))
    assert faults and any(f"examples/brands.yaml:{line}:" in fault and words in fault for fault in faults), faults


def test_class_whose_published_text_breaks_off_cannot_be_published(tmp_path: Path) -> None:
    folder = copied("suqian", tmp_path)
    shutil.copy(folder / "drafts/livelihood.yaml", folder / "criteria/livelihood.yaml")
    assert any("criteria/livelihood.yaml" in fault for fault in told(read_pack(folder)))


@pytest.mark.parametrize("page", ["clause-by-clause.md", "clause-by-clause.en.md"])
def test_worked_page_leads_to_the_line_of_each_clause(page: str) -> None:
    lines = (ROOT / "plugins/jiangsu/criteria/incubation_base.yaml").read_text().splitlines()
    led = re.findall(
        r"\[`(\w+)`\]\(\.\./plugins/jiangsu/criteria/incubation_base\.yaml#L(\d+)\)", (ROOT / "docs" / page).read_text()
    )
    assert all(f"id: {id}" in lines[int(n) - 1] for id, n in led)
    assert [id for id, _ in led] == re.findall(r"^ +- *\{?id: (\w+)", "\n".join(lines), re.MULTILINE)
