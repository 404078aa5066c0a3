"""`registry backup` as its operator types it, on both databases; what it says of keys, and what it exits with."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli.main import group
from registry.testing import Kit, journey
from tests.browser import environment

pytestmark = [pytest.mark.slow, pytest.mark.both]


def run(kit: Kit, *args: str, **env: str) -> Result:
    """A command on the kit's registry."""
    return CliRunner().invoke(group, args, env=environment(kit.registry.settings, **env))


def test_what_an_operator_does_every_day_works_on_this_database(kit: Kit) -> None:
    assert run(kit, "record", "verify").exit_code == 0
    assert json.loads(run(kit, "db", "check", "--json").output)["definitions"] > 20
    assert "xuyi-officer" in run(kit, "user", "list").output
    assert run(kit, "work", "--once").exit_code == 0
    assert "k1" in run(kit, "keys", "status").output


def test_backup_is_made_verified_and_moved_by_commands(kit: Kit, tmp_path: Path) -> None:
    journey.filed(kit)
    file, new = (
        str(tmp_path / "registry.tar"),
        {"REGISTRY_DATA_DIR": str(tmp_path / "new"), "REGISTRY_DATABASE_URL": ""},
    )
    made = run(kit, "backup", "create", file)
    assert made.exit_code == 0 and "holds no keys" in made.output and made.output.count("\n") == 2, made.output
    assert "verifies" in run(kit, "backup", "verify", file).output
    moved = run(kit, "backup", "restore", file, **new)
    assert moved.exit_code == 0 and "are those of the backup" in moved.output, moved.output
    again = run(kit, "backup", "restore", file, **new)
    assert again.exit_code != 0 and "not empty" in str(again.exception)
    here, there = (json.loads(run(kit, "record", "verify", "--json", **env).output) for env in ({}, new))
    assert here == there and here["good"]
    assert run(kit, "backup", "verify", str(tmp_path / "none.tar")).exit_code != 0
