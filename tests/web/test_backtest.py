"""The page on which an author sees, before publishing, whom a set would turn away or let in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.actions import definitions
from registry.host.check import Library
from registry.host.packs import read_pack
from registry.rules.permission import SYSTEM
from registry.testing import Kit, journey

pytestmark = pytest.mark.slow
PAGE = "/en/admin/backtest/"
PASSES, FAILS = "盱眙虾稻共生种养员（虚构）", "示例面积较小（虚构）"
SignIn = Callable[[str], FlaskClient]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def decided(kit: Kit, tmp_path: Path) -> Kit:
    """Two cases decided, then a second version of the set with a stricter condition."""
    journey.county(kit, name=PASSES)
    journey.county(kit, name=FAILS, answers={"area_mu": "240000"})
    folder = tmp_path / "xuyi"
    shutil.copytree(ROOT / "plugins/xuyi", folder)
    for file, old, new in (
        ("plugin.yaml", "version: 1.0.0", "version: 1.1.0"),
        ("criteria/rice_crayfish.yaml", "version: 1\n", "version: 2\n"),
        ("criteria/rice_crayfish.yaml", "at_least: 100000}", "at_least: 250000}"),
    ):
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))
    others = [p for p in definitions.all_packs(kit.registry) if p.name != "xuyi"]
    pack = read_pack(folder)
    definitions.publish(kit.registry, SYSTEM, pack, Library([*others, pack]))
    return kit


def read(client: FlaskClient, **asked: str) -> str:
    answer = client.get(PAGE, query_string=asked)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_page_shows_whom_a_set_turns_away_and_leads_to_the_case(decided: Kit, signed_in: SignIn) -> None:
    client = signed_in("xuyi-reviewer")
    assert "Choose the set that you want to try." in read(client)
    shown = read(client, set="xuyi.rice_crayfish@2")
    assert FAILS in shown and PASSES not in shown
    assert "passed, would fail" in shown and "At least 100,000 mu" in shown and "(met → not met)" in shown
    case = next(c for c in decided.cases() if c.number == "320830-2026-00002")
    assert f"/en/desk/cases/{case.id}" in shown
    everything = read(client, set="xuyi.rice_crayfish@2", show="all")
    assert everything.index(FAILS) < everything.index(PASSES)
    assert "Every case comes out as it was judged." in read(client, set="xuyi.rice_crayfish@1")


def test_neighbour_sees_no_case_and_an_unknown_set_is_not_found(decided: Kit, signed_in: SignIn) -> None:
    client = signed_in("city-officer")
    assert FAILS in read(client, set="xuyi.rice_crayfish@2")
    assert "was decided yet" in read(client, set="lianshui.sewing_worker@1")
    neighbour = signed_in("lianshui-officer")
    assert neighbour.get(PAGE, query_string={"set": "xuyi.rice_crayfish@2"}).status_code == 404
    assert FAILS not in read(neighbour, set="huaian.brand.county@1", show="all")
    assert neighbour.get(PAGE, query_string={"set": "nothing@1"}).status_code == 404
