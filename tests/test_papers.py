"""What the papers say is so: every command is run, every example checks, generated tables are up to date."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from registry.base.settings import as_markdown
from registry.host.check import Library, check
from registry.host.packs import Pack, read_pack
from registry.testing import Kit

ROOT = Path(__file__).parents[1]
PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ELSEWHERE = ("make run", "make test")
"""Run by the tests of the package: they take minutes."""
NEEDS_DEMONSTRATION = "REGISTRY_DATA_DIR=var/demo "


def blocks(paper: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", paper.read_text(), re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    found = [(paper.name, line) for paper in PAPERS for block in blocks(paper, "sh") for line in block.splitlines()]
    return [(name, line) for name, line in found if line not in ELSEWHERE]


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "command"), commands())
def test_command_does_what_it_should(paper: str, command: str, kit: Kit, tmp_path: Path) -> None:
    bare = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
    settings = kit.registry.settings
    env = bare | {f"REGISTRY_{key.upper()}": getattr(settings, key).get_secret_value() for key in SECRETS}
    if command.startswith(NEEDS_DEMONSTRATION):
        command = command.removeprefix(NEEDS_DEMONSTRATION)
        env["REGISTRY_DATA_DIR"] = str(settings.data_dir)
    done = subprocess.run(
        command.replace("/tmp/", f"{tmp_path}/"), shell=True, cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{paper}: {command}\n{done.stdout}{done.stderr}"


SECRETS = ("secret_key", "field_keys", "index_key", "record_key")


def test_settings_table_is_up_to_date() -> None:
    assert as_markdown() in (ROOT / "docs/settings.md").read_text()


def test_pack_of_the_authors_guide_has_no_fault(tmp_path: Path) -> None:
    for block in blocks(ROOT / "docs/authors.en.md", "yaml"):
        head, _, text = block.partition("\n")
        file = tmp_path / "jinhu" / head.removeprefix("# file: ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    packs = [
        read_pack(folder.parent)
        for pattern in ("registry/kinds/*/plugin.yaml", "plugins/huaian/plugin.yaml")
        for folder in ROOT.glob(pattern)
    ]
    mine: Pack = read_pack(tmp_path / "jinhu")
    assert [fault.text("en") for fault in check(mine, Library([*packs, mine]))] == []
    assert len(mine.definitions) == 2


def test_links_lead_somewhere() -> None:
    for paper in PAPERS:
        for target in re.findall(r"\]\((?!http)([^)#]+)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"


def test_every_command_of_make_is_said() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test", "check", "shots", "docs", "messages"} <= targets
    assert shutil.which("make")
