"""Small packs of one's own, written into a folder."""

from pathlib import Path
from typing import Any

import pytest

from registry.actions import definitions
from registry.host.check import Library
from registry.host.packs import Pack, read_pack
from registry.rules.permission import SYSTEM
from registry.testing import Kit

ROOT = Path(__file__).parents[2]
BUNDLED = [ROOT / "plugins/huaian", ROOT / "plugins/xuyi", ROOT / "plugins/lianshui"]
KINDS = sorted(p.parent for p in (ROOT / "registry/kinds").glob("*/plugin.yaml"))
JINHU, HONGZE = "320831", "320813"
VETOES = "".join(
    f"  - {{id: {id}, says: 无, basis: 第二条, test: {{none_of: [{{check: {id}}}]}}}}\n"
    for id in ("wage_arrears", "dishonest_listed", "safety_accident", "false_material")
)


def head(id: str, region: str, **more: Any) -> str:
    """The head of a definition."""
    said = {"version": 1, "standing": "example", "in_force": "{from: 2024-01-01}", "title": f"{id}（示例）", **more}
    return f'id: {id}\nregion: "{region}"\n' + "".join(f"{key}: {value}\n" for key, value in said.items())


def criteria(id: str, region: str, *, trained: int = 150, level: str = "county", **more: Any) -> str:
    """Criteria with one condition and the vetoes that the city demands."""
    basis = f"{{title: {{zh-Hans: {id} 的文件, en: document of {id}}}}}"
    return (
        head(id, region, basis=basis, kind="labour_brand", level=level, facts="{}", **more)
        + "eligible:\n  - id: trained_in_year\n    says: 上一年度培训\n    basis: 第一条\n    test:\n"
        + "      measure: {fact: trained_in_year, from: [declared], if_differ: first, window: {last: 1}}\n"
        + f"      at_least: {trained}\nvetoes:\n{VETOES}"
    )


def written(folder: Path, region: str = JINHU, *, id: str = "", version: str = "1.0.0", **files: str) -> Pack:
    """A pack in a folder; `criteria__x=…` is its file `criteria/x.yaml`."""
    folder.mkdir(parents=True, exist_ok=True)
    name = id or folder.name
    (folder / "plugin.yaml").write_text(f'id: {name}\nversion: {version}\ntitle: {name}\nregion: "{region}"\n')
    for path, text in files.items():
        file = folder / f"{path.replace('__', '/')}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return read_pack(folder)


def publish(kit: Kit, pack: Pack, among: list[Path] | None = None) -> definitions.Published:
    """Publish a pack among the bundled ones."""
    others = [p for p in map(read_pack, KINDS + (BUNDLED if among is None else among)) if p.name != pack.name]
    return definitions.publish(kit.registry, SYSTEM, pack, Library([*others, pack]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pack of Jinhu lies."""
    return tmp_path / "jinhu"
