"""The package: its lists against the tree and the imports, its locks, and what the wheels hold."""

import ast
import re
import sys
import tarfile
import tomllib
from collections.abc import Callable
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "registry"
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")

COMES_WITH = {"markupsafe": "jinja2", "pydantic-core": "pydantic", "werkzeug": "flask"}
"""Imported by their own name, but promised by another package."""
DATA_ONLY = {"psycopg", "tzdata"}
"""Needed, never imported: data, and the driver that an address names."""
TOOLS = {"fonts": ("cut.py",), "locale": ("update.py", "traditional.tsv")}
"""Developers' tools, by folder of the core: in the source archive, not in the wheel."""
NOT_RUN = (*TOOLS, "testing")
"""Folders of the core whose modules a registry does not run: developers' tools, and the tests' face."""
DATA = ("fonts", "kinds", "locale", "static")
"""Folders of the core that hold what is not Python."""


def requirements(section: str, *options: str) -> dict[str, Requirement]:
    """Requirements of setup.cfg by canonical name, our own extras apart."""
    lines = [line for option in options for line in SETUP[section][option].split("\n") if line]
    found = [Requirement(line) for line in lines if not line.startswith("labour-registry")]
    return {canonicalize_name(each.name): each for each in found}


def imported() -> set[str]:
    """Canonical names of the distributions that the core imports."""
    files = [*(ROOT / "migrations").rglob("*.py")]
    files += [file for file in CORE.rglob("*.py") if file.relative_to(CORE).parts[0] not in NOT_RUN]
    names: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    names -= {*sys.stdlib_module_names, "registry"}
    found = packages_distributions()
    return {canonicalize_name(found.get(name, [name])[0]) for name in names}


def files_in(folder: Path) -> list[Path]:
    """Every file under a folder."""
    return [file for file in folder.rglob("*") if file.is_file()]


def locked(file: str) -> dict[str, str]:
    """Name and version of each line of a lock."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / file).read_text(), re.MULTILINE))


def test_packages_are_the_folders_with_modules() -> None:
    folders = {file.parent.relative_to(ROOT) for file in CORE.rglob("*.py") if file.parent.name not in TOOLS}
    found = {".".join(folder.parts) for folder in folders} | {"registry.migrations", "registry.templates"}
    assert found == set(SETUP["options"]["packages"].split())


def test_direct_dependencies_are_those_imported() -> None:
    needed = {COMES_WITH.get(name, name) for name in imported()} | DATA_ONLY
    assert needed == set(requirements("options", "install_requires"))


def test_each_dependency_has_a_reason_and_a_range() -> None:
    table = re.findall(r"^\| ([\w-]+) \| \S.* \| \S.* \|$", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    needed = requirements("options", "install_requires")
    assert [canonicalize_name(name) for name in table if name != "package"] == list(needed)
    open_ended = [name for name, each in needed.items() if name not in DATA_ONLY and "<" not in str(each.specifier)]
    assert not open_ended


@pytest.mark.parametrize(("file", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("test", "dev"))])
def test_lock_fits_the_ranges_and_names_no_address(file: str, extras: tuple[str, ...]) -> None:
    lock = locked(file)
    wanted = requirements("options", "install_requires") | requirements("options.extras_require", *extras)
    assert {name: lock.get(name) for name, each in wanted.items() if lock.get(name) not in each.specifier} == {}
    text = (ROOT / file).read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:])


def test_both_locks_agree() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_build_requirements_are_locked_too() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]
    lock = locked("requirements.lock")
    assert all(lock[canonicalize_name(Requirement(line).name)] for line in project["build-system"]["requires"])


@pytest.mark.package
def test_core_wheel_holds_everything_that_is_not_python(wheels: Path, checkout: Path) -> None:
    names = set(ZipFile(next(wheels.glob("labour_registry-*.whl"))).namelist())
    beside = [(checkout / folder, "registry/") for folder in ("templates", "migrations")]
    within = [(checkout / "registry" / folder, "") for folder in DATA]
    wanted = {
        prefix + str(file.relative_to(checkout))
        for folder, prefix in beside + within
        for file in files_in(folder)
        if file.name not in TOOLS.get(folder.name, ())
    }
    assert wanted - names == set()
    packs = [p.parent for p in checkout.glob("plugins/*/plugin.yaml") if not (p.parent / "pyproject.toml").exists()]
    carried = {str(Path("registry/packs") / f.relative_to(checkout / "plugins")) for p in packs for f in files_in(p)}
    assert carried and carried == {name for name in names if name.startswith("registry/packs/")}
    catalogues = {name.removesuffix(".po") + ".mo" for name in names if name.endswith(".po")}
    assert catalogues - names == set()
    tools = {f"registry/{folder}/{file}" for folder, files in TOOLS.items() for file in files}
    assert [name for name in names if name in tools or re.search(r"\.pyc$|/tests?/", name)] == []


@pytest.mark.package
def test_each_plugin_builds_a_wheel_with_its_folder_in_it(wheels: Path, checkout: Path) -> None:
    for project in checkout.glob("plugins/*/pyproject.toml"):
        folder, package = project.parent, f"registry_{project.parent.name}"
        wheel = ZipFile(next(wheels.glob(f"{package}-*.whl")))
        held = {name.partition("/")[2] for name in wheel.namelist() if name.startswith(f"{package}/")}
        files = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()} - {Path("pyproject.toml")}
        left_out = ("tests", "build", f"{package}.egg-info")
        assert held == {str(file) for file in files if file.parts[0] not in left_out}
        points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        assert "[registry.plugins]" in wheel.read(points).decode()


@pytest.mark.package
def test_sdist_has_no_leftovers(wheels: Path) -> None:
    with tarfile.open(next(wheels.glob("labour_registry-*.tar.gz"))) as archive:
        names = archive.getnames()
    assert [name for name in names if re.search(r"\.(pyc|mo)$|__pycache__|/\.venv|/var/", name)] == []
    for folder, files in TOOLS.items():
        assert all(any(name.endswith(f"/registry/{folder}/{file}") for name in names) for file in files)


@pytest.mark.package
def test_core_works_where_only_its_wheel_is(bare: Callable[..., str]) -> None:
    check = "from registry.base.paths import resource; print(*map(resource, %r), sep='\\n')"
    folders = bare("python", "-c", check % (["templates", "migrations", "packs", *DATA],)).splitlines()
    assert all("/site-packages/registry/" in folder for folder in folders)
    assert "demo" in bare("registry", "--help")
    assert "hebei" in bare("python", "-c", "from registry.host.plugins import carried_packs as c; print(*c())")


@pytest.mark.package
def test_plugins_are_found_where_only_their_wheels_are(complete: Callable[..., str], checkout: Path) -> None:
    check = "from importlib.metadata import entry_points as e; print(*(p.name for p in e(group='registry.plugins')))"
    plugins = {project.parent.name for project in checkout.glob("plugins/*/pyproject.toml")}
    assert set(complete("python", "-c", check).split()) == plugins
    complete("python", "-m", "pip", "check")
