"""`registry entries import`: a dry run changes nothing, faults end with 2, a second run doubles nothing."""

import json
from pathlib import Path

import pytest
from sqlmodel import func, select

from registry.cli.main import main
from registry.store.entry import Entry
from registry.store.ledger import RecordedTitle
from registry.testing import XUYI, Kit
from tests.browser import environment
from tests.ledgers import make

pytestmark = pytest.mark.slow


@pytest.fixture
def registry_env(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """The kit's registry is the one of the environment."""
    for name, value in environment(kit.registry.settings).items():
        if name.startswith("REGISTRY_"):
            monkeypatch.setenv(name, value)
    return kit


def entries(kit: Kit) -> int:
    with kit.registry.store.system() as session:
        return session.exec(select(func.count()).select_from(Entry)).one()


def test_ledger_is_imported_once_however_often_it_is_run(
    registry_env: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, command = tmp_path / "台账.xlsx", ["entries", "import", "--region", XUYI, "--json", "--as", "xuyi-officer"]
    file.write_bytes(make.workbook(make.good_rows(20)))
    main([*command, "--dry-run", str(file)])
    assert json.loads(capsys.readouterr().out)["states"] == {"new": 20} and entries(registry_env) == 0
    for made in (20, 0):
        main([*command, str(file)])
        assert json.loads(capsys.readouterr().out)["entries"] == made
    assert entries(registry_env) == 20
    with registry_env.registry.store.system() as session:
        assert {t.recorded_by for t in session.exec(select(RecordedTitle))} == {registry_env.who("xuyi-officer").person}


def test_faults_are_all_told_and_end_with_2(
    registry_env: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = make.good_rows(120)
    spoilt = make.spoil(rows)
    file, copy = tmp_path / "台账.xlsx", tmp_path / "copy.xlsx"
    file.write_bytes(make.workbook(rows))
    command = ["entries", "import", "--region", XUYI, str(file)]
    main([*command, "--dry-run"])
    assert len([line for line in capsys.readouterr().out.splitlines() if line.startswith("第")]) >= len(spoilt)
    with pytest.raises(SystemExit) as ended:
        main([*command, "--annotated", str(copy)])
    told = capsys.readouterr().err
    assert ended.value.code == 2 and entries(registry_env) == 0 and copy.stat().st_size > 5000
    assert len([line for line in told.splitlines() if line.startswith("第")]) >= len(spoilt)
    main([*command, "--good-only"])
    assert entries(registry_env) == 120 - len(spoilt)


def test_region_is_that_of_the_officer_and_a_county_is_named_by_the_row(
    registry_env: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("品牌名称,级别\n盱眙虚构甲工,市级\n".encode("gb18030"))
    main(["entries", "import", str(file), "--dry-run", "--as", "xuyi-officer", "--json"])
    assert json.loads(capsys.readouterr().out)["states"] == {"new": 1}
    main(["entries", "import", str(file), "--dry-run", "--json"])
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert fault["message"] == "Say which county this belongs to."
