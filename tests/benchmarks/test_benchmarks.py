"""The benchmarks run and say what they should; how fast anything is, is not tested here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.country import counties, write_packs
from benchmarks.harness import Row, table
from registry.host.check import Library, check
from registry.host.packs import read_pack

ROOT = Path(__file__).parents[2]
KEYS = ["name", "ours", "yardstick", "unit", "goal", "note", "ratio", "met"]


@pytest.mark.slow
def test_every_row_says_what_was_measured_and_whether_the_goal_is_met(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    few = ["--packs", "3", "--few", "2", "--rounds", "1", "--repeats", "1", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *few], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names) and {"packs: guide page", "packs: desk: one case"} <= set(names)
    for row in rows:
        assert list(row) == KEYS and row["ours"] > 0 and row["yardstick"] > 0 and row["name"] in done.stdout
        assert row["ratio"] == pytest.approx(row["ours"] / row["yardstick"], rel=0.05)
        assert (row["goal"] is None) == (row["met"] is None)
    assert sum(row["goal"] == "<= 1.2" for row in rows) > 10


@pytest.mark.parametrize(("goal", "met"), [("<= 1.2", True), (">= 1.2", False), ("<= 1.0", False), (None, None)])
def test_goal_bounds_the_ratio(goal: str | None, met: bool | None) -> None:
    row = Row("a page", 11.0, 10.0, "ms", goal)
    assert row.ratio == pytest.approx(1.1) and row.met is met
    assert ("NOT MET" in table([row])) == (met is False)


def test_counties_of_the_country_are_as_many_as_asked_for_and_each_its_own() -> None:
    places = counties(2844)
    assert len({p.code for p in places}) == len({p.slug for p in places}) == 2844
    assert all(len(p.code) == 6 and p.code[:4] == p.city[:4] and p.code[:2] == p.province[:2] for p in places)
    assert max(p.code for p in places) < "999999"


def test_packs_of_the_country_have_no_fault(tmp_path: Path) -> None:
    write_packs(tmp_path, counties(2))
    kinds = [folder.parent for folder in (ROOT / "registry/kinds").glob("*/plugin.yaml")]
    packs = [read_pack(folder) for folder in (*kinds, *sorted(tmp_path.iterdir()))]
    library = Library(packs)
    assert [fault.text("en") for pack in packs for fault in check(pack, library)] == []
    made = sum(len(pack.definitions) for pack in packs if pack.name.startswith("county"))
    assert made == 2 * len(read_pack(ROOT / "plugins/xuyi").definitions) > 10
