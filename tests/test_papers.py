"""What the papers say is so: every command is run, every example checks, generated tables are up to date."""

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from registry.base.settings import as_markdown
from registry.host.check import Library, check
from registry.host.packs import Pack, read_pack
from registry.rules.yamlfile import read
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


GUIDES = {"en": "docs/authors.en.md", "zh-Hans": "docs/authors.md"}


def guide_files(lang: str) -> dict[str, str]:
    """The files that the authors' guide shows, by path."""
    heads = [block.partition("\n") for block in blocks(ROOT / GUIDES[lang], "yaml")]
    return {head.removeprefix("# file: "): text for head, _, text in heads}


@pytest.mark.parametrize("lang", GUIDES)
def test_pack_of_the_authors_guide_has_no_fault(lang: str, tmp_path: Path) -> None:
    for path, text in guide_files(lang).items():
        file = tmp_path / "jinhu" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    packs = [
        read_pack(folder.parent)
        for pattern in ("registry/kinds/*/plugin.yaml", "plugins/huaian/plugin.yaml")
        for folder in ROOT.glob(pattern)
    ]
    mine: Pack = read_pack(tmp_path / "jinhu")
    assert [fault.text("en") for fault in check(mine, Library([*packs, mine]))] == []
    assert {d.type for d in mine.definitions} == {"criteria", "workflow", "form", "page", "reference", "floor"}
    assert len(mine.examples) == 1


def test_both_authors_guides_show_the_same_pack() -> None:
    chinese, english = guide_files("zh-Hans"), guide_files("en")
    assert list(chinese) == list(english)
    for path in english:
        assert read(path, chinese[path].encode()).data == read(path, english[path].encode()).data, path


@pytest.mark.parametrize(("lang", "heading"), [("en", "## When the check says …"), ("zh-Hans", "## 检查提示……怎么办")])
def test_messages_that_the_authors_guide_explains_are_said_so(lang: str, heading: str) -> None:
    catalogue = read_po(io.BytesIO((ROOT / CHINESE).read_bytes()))
    known = {m.id if lang == "en" else m.string for m in catalogue}
    _, _, section = (ROOT / GUIDES[lang]).read_text().partition(heading)
    said = re.findall(r"^\| (.+?) \| .+ \|$", section.partition("\n## ")[0], re.MULTILINE)[1:]
    assert len(said) > 15 and [message for message in said if message not in known] == []


CHINESE = "registry/locale/zh_Hans_CN/LC_MESSAGES/messages.po"


def test_links_lead_somewhere() -> None:
    for paper in PAPERS:
        for target in re.findall(r"\]\((?!http)([^)#]+)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"


def test_every_command_of_make_is_said() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test", "check", "bench", "shots", "docs", "messages"} <= targets
    assert shutil.which("make")
