"""What is tried in a demonstration stands beside what is published there, and never takes its place."""

from pathlib import Path

import pytest

from registry.actions import definitions
from registry.demo.rehearse import with_next_versions
from registry.host.check import Library
from registry.host.packs import Pack, read_pack
from registry.rules.permission import SYSTEM
from registry.testing import Kit

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
OWN = """\
id: jinhu.lotus.recommend
version: 1
title: 金湖县荷藕流程（示例）
region: "320831"
standing: example
in_force: {from: 2026-01-01}
kind: labour_brand
product: lotus
procedure: recommend
level: county
extends: jinhu.recommend@1
edits:
  - {set: stages.review.days, to: 4}
"""


def jinhu(folder: Path, days: int) -> Pack:
    """A pack with a workflow of its own and another that extends it."""
    (folder / "workflows").mkdir(parents=True, exist_ok=True)
    (folder / "plugin.yaml").write_text('id: jinhu\nversion: 1.0.0\ntitle: 金湖县\nregion: "320831"\n')
    text = (ROOT / "plugins/huaian/workflows/recommend.yaml").read_text()
    text = text.replace("id: huaian.recommend", "id: jinhu.recommend").replace('region: "320800"', 'region: "320831"')
    assert "    days: 5\n" in text
    (folder / "workflows/all.yaml").write_text(text.replace("    days: 5\n", f"    days: {days}\n", 1))
    (folder / "workflows/lotus.yaml").write_text(OWN)
    return read_pack(folder)


def test_changed_definitions_get_the_next_version_and_those_that_extend_them_go_along(kit: Kit, tmp_path: Path) -> None:
    others = definitions.all_packs(kit.registry)
    first = jinhu(tmp_path / "jinhu", 5)
    definitions.publish(kit.registry, SYSTEM, first, Library.among(others, first))
    same = jinhu(tmp_path / "jinhu", 5)
    with kit.registry.store.read() as session:
        kept = with_next_versions(session, same, Library.among(others, same))
    assert [d.model.version for d in kept.definitions] == [1, 1]
    changed = jinhu(tmp_path / "jinhu", 3)
    with kit.registry.store.read() as session:
        raised = with_next_versions(session, changed, Library.among(others, changed))
    assert [(d.ref, d.model.version) for d in raised.definitions] == [
        ("jinhu.recommend", 2),
        ("jinhu.lotus.recommend", 2),
    ]
    assert raised.definitions[1].model.extends == "jinhu.recommend@2"
    assert definitions.publish(kit.registry, SYSTEM, raised, Library.among(others, raised)).new == 2
