"""A pack that was begun by command checks, is published, and as a distribution of its own is installed and passes its tests."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from registry.base.errors import BadInput
from registry.host.check import Library, check
from registry.host.packs import read_pack
from registry.host.scaffold import new_pack
from registry.rules.criteria import CriteriaSet
from registry.rules.workflow import Workflow
from tests.bundled import PACKS

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(("region", "flows"), [("320831", 1), ("320000", 0), ("320800", 0)])
@pytest.mark.parametrize("python", [False, True])
def test_new_pack_has_no_fault(region: str, flows: int, python: bool, tmp_path: Path) -> None:
    made = new_pack(tmp_path / "new", name="lotus", region=region, today=TODAY, python=python)
    pack = read_pack(tmp_path / "new")
    library = Library([*PACKS, pack])
    assert [f.text("en") for f in check(pack, library)] == []
    assert len([d for d in pack.definitions if isinstance(d.model, CriteriaSet)]) == 1
    assert len(list((tmp_path / "new").glob("workflows/*.yaml"))) == flows and any(library.all(Workflow))
    assert all(file.is_file() for file in made) and (tmp_path / "new/pyproject.toml").exists() == python


@pytest.mark.parametrize(("name", "region", "n"), [("Jin-hu", "320831", 1), ("jinhu", "3208", 1), ("", "999999", 2)])
def test_what_cannot_be_begun_is_told_at_once(name: str, region: str, n: int, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        new_pack(tmp_path / "new", name=name, region=region, today=TODAY)
    assert len(told.value.faults) == n and not (tmp_path / "new").exists()


def test_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        new_pack(tmp_path, name="jinhu", region="320831", today=TODAY)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.package
@pytest.mark.slow
def test_new_distribution_is_installed_and_passes_its_own_tests(tmp_path: Path) -> None:
    new_pack(tmp_path / "jinhu", name="jinhu", region="320831", today=TODAY, python=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run(
        [*pip, "--target", tmp_path / "site", tmp_path / "jinhu"], check=True, capture_output=True, text=True
    )
    there = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    shown = subprocess.run(
        [sys.executable, "-m", "registry", "plugin", "list"], env=there, capture_output=True, text=True, check=True
    )
    assert "jinhu" in shown.stdout and "FAILED" not in shown.stdout
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path / "jinhu/tests"],
        cwd=tmp_path / "jinhu",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
