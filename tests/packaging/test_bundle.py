"""The archive for machines without a network installs with the network off, and the demonstration is served there."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from .conftest import ROOT, run

pytestmark = [pytest.mark.package, pytest.mark.slow]
OFFLINE = Path(__file__).with_name("offline.py")
"""Installs and serves inside the namespace."""
DEAD = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https", "all")}


def without_network() -> tuple[list[str], dict[str, str]]:
    """What to put before a command so that it has no network, and its environment."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "PIP_"))}
    if shutil.which("unshare") and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0:
        return ["unshare", "-n"], bare
    return [], bare | {"PIP_NO_INDEX": "1", "no_proxy": "127.0.0.1"} | DEAD


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, unpacked."""
    out = tmp_path_factory.mktemp("bundle")
    made = Path(run(sys.executable, ROOT / ".ci" / "bundle.py", out, cwd=ROOT).strip())
    run("sha256sum", "--check", f"{made.name}.sha256", cwd=out)
    with tarfile.open(made) as archive:
        archive.extractall(out, filter="data")
    return out / made.name.removesuffix(".tar.gz")


def test_archive_holds_every_locked_wheel_ours_and_the_plugins(bundle: Path) -> None:
    ours = {wheel.name.partition("-")[0] for wheel in bundle.glob("ours/*.whl")}
    plugins = {f"registry_{project.parent.name}" for project in ROOT.glob("plugins/*/pyproject.toml")}
    assert ours == {"labour_registry", *plugins}
    wheels = {wheel.name.partition("-")[0].lower() for wheel in bundle.glob("wheels/*")}
    assert {"flask", "sqlmodel", "psycopg_binary", "granian"} <= wheels
    assert all(file.suffix == ".whl" for file in bundle.glob("wheels/*"))


def test_it_installs_and_serves_with_the_network_off(bundle: Path, made_demonstration: Path, tmp_path: Path) -> None:
    shutil.copytree(made_demonstration / "data", tmp_path / "data")
    before, environment = without_network()
    command = [*before, sys.executable, str(OFFLINE), str(bundle), str(tmp_path / "home"), str(tmp_path / "data")]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "registry, version" in done.stdout and "served 200" in done.stdout
    assert not before or "network: none" in done.stdout


def test_damaged_archive_installs_nothing(bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    with open(copy / "requirements.lock", "a") as lock:
        lock.write("# changed\n")
    done = subprocess.run(["sh", str(copy / "install.sh"), str(tmp_path / "home")], capture_output=True, text=True)
    assert done.returncode == 1 and "被改动" in done.stderr and not (tmp_path / "home").exists()
