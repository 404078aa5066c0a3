"""`registry case file`: the archive is written whole, by its number; an unknown number writes nothing."""

import json
import zipfile
from pathlib import Path

import pytest

from registry.cli.main import main
from registry.testing import Kit, journey
from tests.browser import environment

pytestmark = pytest.mark.slow


def test_the_file_of_a_case_is_written_by_its_number(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = kit.case(journey.county(kit, "acceptance")).number
    for name, value in environment(kit.registry.settings).items():
        if name.startswith("REGISTRY_"):
            monkeypatch.setenv(name, value)
    out = tmp_path / "案卷.zip"
    main(["case", "file", str(number), "--out", str(out), "--as", "xuyi-officer", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["out"] == str(out) and said["number"] == number
    with zipfile.ZipFile(out) as archive:
        assert {f["path"] for f in said["files"] if f["path"]} < set(archive.namelist())
    with pytest.raises(SystemExit) as ended:
        main(["case", "file", "320830-1999-00001", "--out", str(tmp_path / "other.zip")])
    assert ended.value.code and list(tmp_path.glob("other*")) == []
