"""`make run`, `make test` and `registry demo` as a newcomer meets them: on a clean clone, and from wheels elsewhere."""

import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.browser import free_port, served

pytestmark = [pytest.mark.package, pytest.mark.slow]
BARE = {k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "MAKE"))} | {"PIP_NO_COMPILE": "1"}


def fetched(address: str) -> str:
    """The text of a page."""
    return str(urllib.request.urlopen(address, timeout=20).read().decode())


def test_core_alone_says_which_plugin_to_install(bare_home: Path, tmp_path: Path) -> None:
    command = [str(bare_home / "bin/registry"), "demo", "--data", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=BARE, timeout=60)
    assert done.returncode == 1 and "registry-huaian" in done.stderr
    assert "Traceback" not in done.stderr


def test_wheels_alone_serve_the_demonstration(complete_home: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [str(complete_home / "bin/registry"), "demo", "--port", str(port), "--data", str(tmp_path / "demo")]
    with served(command, f"http://127.0.0.1:{port}", BARE, seconds=120, cwd=Path("/")) as address:
        assert "盱眙龙虾厨师" in fetched(f"{address}/brands")
        assert "演示" in fetched(f"{address}/demo")


@pytest.fixture(scope="module")
def clone(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of this tree, with a history of its own, as tools expect one."""
    folder = tmp_path_factory.mktemp("clone") / "labour-registry"
    shutil.copytree(checkout, folder)
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_make_run_sets_up_once_and_then_starts_at_once_and_keeps_what_was_entered(clone: Path) -> None:
    port = free_port()
    command = ["make", "run", f"PORT={port}"]
    with served(command, f"http://127.0.0.1:{port}", BARE, seconds=400, cwd=clone) as address:
        assert "盱眙龙虾厨师" in fetched(f"{address}/brands")
    kept = (clone / "var/demo/keys.json").read_text()
    began = time.monotonic()
    with served(command, f"http://127.0.0.1:{port}", BARE, seconds=30, cwd=clone) as address:
        assert "盱眙龙虾厨师" in fetched(f"{address}/brands")
    assert time.monotonic() - began < 30
    assert (clone / "var/demo/keys.json").read_text() == kept


def test_make_test_runs_style_types_and_tests(clone: Path) -> None:
    # Only which steps there are: the run that this test is part of is itself one of them.
    done = subprocess.run(["make", "-n", "test"], cwd=clone, env=BARE, capture_output=True, text=True, check=True)
    steps = [line for line in done.stdout.splitlines() if line.startswith(".venv/bin/")][-3:]
    assert [Path(step.split()[0]).name for step in steps] == ["ruff", "mypy", "pytest"]
    assert steps[-1].endswith('-m "not soak"')
