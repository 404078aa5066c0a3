"""The program `registry` as its operator types it: what it prints, what it exits with."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.base.errors import NotFound
from registry.base.settings import new_keys
from registry.cli.main import group
from registry.host.resolve import resolve
from registry.store import migrate
from registry.store.schema import metadata
from registry.testing import Kit, journey
from tests.browser import environment
from tests.host.conftest import JINHU, criteria, written

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]


@pytest.fixture
def run(kit: Kit) -> Run:
    """Runs a command on the kit's registry."""
    env = environment(kit.registry.settings)
    return lambda *args: CliRunner().invoke(group, args, env=env)


def test_accounts_are_added_listed_disabled_and_get_a_new_password(run: Run) -> None:
    added = run(
        "user",
        "add",
        "jinhu-officer",
        "--title",
        "金湖经办",
        "--name",
        "示例",
        "--role",
        "county_officer",
        "--region",
        "320831",
    )
    assert added.exit_code == 0, added.output
    assert "jinhu-officer" in run("user", "list").output
    assert run("user", "reset", "jinhu-officer").exit_code == 0
    assert run("user", "disable", "jinhu-officer").exit_code == 0
    listed = {row["login"]: row for row in json.loads(run("user", "list", "--json").output)}
    assert listed["jinhu-officer"]["disabled"]


def county_pack(folder: Path, name: str, trained: int = 150) -> None:
    """A pack of Jinhu with one criteria set."""
    text = criteria(f"{name}.lotus", JINHU, trained=trained, product=name)
    written(folder / name, criteria__lotus=text)


@pytest.mark.slow
def test_every_pack_at_hand_is_published_and_a_faulty_one_keeps_no_other_back(
    run: Run, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PLUGIN_DIRS", str(tmp_path / "packs"))
    for name, trained in (("first", 150), ("lax", 50), ("third", 200)):
        county_pack(tmp_path / "packs", name, trained)
    done = run("plugin", "publish", "--all", "--json")
    assert done.exit_code == 2
    said = json.loads(done.stdout)
    new = {one["pack"]: one["new"] for one in said["published"]}
    assert new["first"] == new["third"] == 1 and new["xuyi"] == 0 and "lax" not in new
    (faulty,) = said["faulty"]
    assert faulty["pack"] == "lax" and "at least 100" in faulty["faults"][0]["message"]
    assert faulty["faults"][0]["file"] == str(tmp_path / "packs/lax/criteria/lotus.yaml")
    assert not done.stderr, "progress is for terminals"

    county_pack(tmp_path / "packs", "lax", 100)
    again = run("plugin", "publish", "--all")
    assert again.exit_code == 0
    assert again.output.splitlines()[0] == "lax 1.0.0: 1 definitions published, 0 there already."
    assert "1 definitions published" in again.output.splitlines()[-1] and ": 0 packs" not in again.output
    with kit.registry.store.read() as session:
        found = resolve(
            session, "criteria", kind="labour_brand", region=JINHU, on=session.today, level="county", product="third"
        )
        assert found is not None and found.ref == "third.lotus"


@pytest.mark.parametrize("said", [(), ("huaian", "--all")])
def test_publishing_asks_for_one_pack_or_all(run: Run, said: tuple[str, ...]) -> None:
    done = run("plugin", "publish", *said)
    assert done.exit_code == 2 and "Name one pack, or say --all." in done.stderr


def test_one_pack_is_published_by_its_folder(run: Run, tmp_path: Path) -> None:
    county_pack(tmp_path, "lotus")
    assert json.loads(run("plugin", "publish", str(tmp_path / "lotus"), "--json").output) == {
        "pack": "lotus",
        "version": "1.0.0",
        "new": 1,
        "unchanged": 0,
    }


def test_register_is_exported_with_its_titles(run: Run, kit: Kit) -> None:
    journey.city(kit)
    lines = run("export", "entries", "--format", "csv").output.splitlines()
    assert len(lines) == 2 and "320800-2026-0001" in lines[1]
    (row,) = json.loads(run("export", "entries", "--format", "json").output)
    assert "320800-2026-0001" in row.values()


def test_database_says_that_it_fits(run: Run) -> None:
    state = json.loads(run("db", "check", "--json").output)
    assert state["revision"] == migrate.newest() and state["definitions"] > 20
    assert f"is at {migrate.newest()}" in run("db", "upgrade").output


def with_stricter_area(folder: Path) -> Path:
    """The pack of Xuyi, asking for more."""
    copied = Path(shutil.copytree(ROOT / "plugins/xuyi", folder / "xuyi"))
    file = copied / "criteria/rice_crayfish.yaml"
    text = file.read_text().replace("version: 1\n", "version: 2\n", 1)
    file.write_text(text.replace("at_least: 100000}", "at_least: 250000}"))
    return copied


def test_publishing_twice_changes_nothing(run: Run) -> None:
    assert "0 definitions published, 8 there already" in run("plugin", "publish", "xuyi").output


@pytest.mark.slow
def test_new_registry_is_made_once_with_a_password_shown_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    env = {f"REGISTRY_{k.upper()}": v for k, v in new_keys().items()}
    env["REGISTRY_DATA_DIR"] = str(tmp_path_factory.mktemp("new"))
    made = CliRunner().invoke(group, ["init"], env=env)
    assert made.exit_code == 0 and "shown this once" in made.output
    assert CliRunner().invoke(group, ["record", "verify"], env=env).exit_code == 0
    assert metadata.tables


def test_missing_settings_are_all_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    env = {"REGISTRY_DATA_DIR": str(tmp_path_factory.mktemp("none"))}
    env |= {f"REGISTRY_{key.upper()}": "" for key in ("secret_key",)}
    refused = CliRunner().invoke(group, ["serve"], env=env)
    assert refused.exit_code != 0
    for name in ("REGISTRY_SECRET_KEY", "REGISTRY_FIELD_KEYS", "REGISTRY_INDEX_KEY", "REGISTRY_RECORD_KEY"):
        assert name in str(refused.exception)


def test_demonstration_is_never_served_as_a_registry(run: Run) -> None:
    refused = run("serve")
    assert refused.exit_code != 0 and "demonstration" in str(refused.exception)


def test_wrong_workflow_exits_with_2(run: Run) -> None:
    assert run("workflow", "verify", "huaian.recognise").exit_code == 0
    assert run("workflow", "verify", "no.such").exit_code != 0


@pytest.mark.slow
def test_past_cases_are_judged_by_a_folders_set_and_the_clause_is_named(run: Run, kit: Kit, tmp_path: Path) -> None:
    journey.county(kit)
    journey.county(kit, name="示例面积较小（虚构）", answers={"area_mu": "240000"})
    asked = ("criteria", "backtest", "--set", "xuyi.rice_crayfish", "--pack", str(with_stricter_area(tmp_path)))
    data = json.loads(run(*asked, "--json").output)
    assert data["set"]["version"] == 2 and (data["counts"]["lost"], data["counts"]["same"]) == (1, 1)
    (because,) = data["cases"][0]["because"]
    assert data["cases"][0]["case"] == "320830-2026-00002" and because["clause"] == "area"
    lines = run(*asked, "--changed").output
    assert "320830-2026-00002" in lines and "320830-2026-00001" not in lines
    assert "    area: At least 100,000 mu of rice and crayfish  met → not met" in lines


def test_published_set_is_named_by_its_version_and_says_when_there_is_no_case(run: Run, kit: Kit) -> None:
    assert "was decided yet" in run("criteria", "backtest", "--set", "huaian.park.city@1").output
    missing = run("criteria", "backtest", "--set", "huaian.park.city@7")
    assert missing.exit_code != 0 and "huaian.park.city@7" in str(missing.exception)


def test_document_of_a_case_is_listed_and_filled_into_a_file(run: Run, kit: Kit, tmp_path: Path) -> None:
    number = kit.case(journey.county(kit, "review")).number or ""
    assert "huaian.approval_sheet@1" in run("document", "list", number, "--as", "xuyi-officer").output
    out = tmp_path / "sheet.docx"
    made = run("document", "fill", "huaian.approval_sheet", number, "--out", str(out), "--as", "xuyi-officer")
    assert made.exit_code == 0 and out.read_bytes().startswith(b"PK"), made.output
    assert "审批表（示例）-盱眙虾稻共生种养员（虚构）.docx" in made.output
    wrong = run("document", "fill", "huaian.notice", number, "--out", str(out))
    assert isinstance(wrong.exception, NotFound), wrong.output
