"""What is built once a run: the wheels, from a copy without this checkout's leftovers, and an empty environment."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Once

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and return what it printed; what it says when it fails is the test's failure."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree as a clone would have it: nothing that git ignores."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def wheels(checkout: Path, once: Once) -> Path:
    """A folder with the core's wheel, made from its own sdist, and each plugin's."""

    def make(out: Path) -> None:
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, checkout, cwd=checkout)
        plugins = sorted(project.parent for project in checkout.glob("plugins/*/pyproject.toml"))
        pip = (sys.executable, "-m", "pip")
        run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", out, *plugins, cwd=checkout)

    return once("wheels", make)


@pytest.fixture(scope="session")
def dependencies(once: Once) -> Path:
    """An environment with the locked dependencies alone."""

    def make(home: Path) -> None:
        run(sys.executable, "-m", "venv", home, cwd=home)
        pip = (home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile")
        run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=home)

    return once("dependencies", make)


def environment(dependencies: Path, home: Path, wheels: list[Path]) -> Path:
    """A copy of that environment in which these wheels are installed too."""
    shutil.copytree(dependencies, home, symlinks=True)
    run(home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index", *wheels, cwd=home)
    return home


def runner(home: Path) -> Callable[..., str]:
    """Runs an environment's programs, from `/`."""
    return lambda program, *arguments: run(home / "bin" / program, *arguments, cwd=Path("/"))


@pytest.fixture(scope="session")
def bare_home(wheels: Path, dependencies: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment where only the core is installed."""
    return environment(dependencies, tmp_path_factory.mktemp("bare") / "home", [*wheels.glob("labour_registry-*.whl")])


@pytest.fixture(scope="session")
def bare(bare_home: Path) -> Callable[..., str]:
    """Runs a program where only the core is installed."""
    return runner(bare_home)


@pytest.fixture(scope="session")
def complete_home(wheels: Path, dependencies: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment where the core and every plugin are installed."""
    return environment(dependencies, tmp_path_factory.mktemp("complete") / "home", [*wheels.glob("*.whl")])


@pytest.fixture(scope="session")
def complete(complete_home: Path) -> Callable[..., str]:
    """Runs a program where the core and every plugin are installed."""
    return runner(complete_home)
