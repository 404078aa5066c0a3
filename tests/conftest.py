"""Fixtures of every test: a registry of its own, made once and copied, because making one takes a second.

Tests of the folders in `BOTH` that ask for `kit` run twice: on the embedded SQLite, and on a PostgreSQL database copied
from a template.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from registry.base.clock import FixedClock
from registry.base.i18n import speaking
from registry.base.settings import load_demo
from registry.demo import play
from registry.host.registry import Registry
from registry.store.table import new_id
from registry.testing import Kit, new_registry, settings_of

from . import databases
from .browser import SECRETS

HERE = Path(__file__).parent
BOTH = (HERE / "actions", HERE / "soak", HERE / "store")
FEWEST = 150
"""With fewer tests on PostgreSQL than this, a run in which nothing may be absent fails."""
REQUIRE_ALL = "REGISTRY_TEST_REQUIRE_ALL"


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of the run's PostgreSQL server, before there are workers."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
        folder.chmod(0o755)
        os.environ[databases.FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server."""
    if not hasattr(config, "workerinput"):
        databases.shared().stop()
        shutil.rmtree(os.environ[databases.FOLDER], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say on which server how many tests ran."""
    version = databases.shared().version
    if version:
        n = on_postgresql(terminalreporter)
        terminalreporter.write_line(f"PostgreSQL {version}: {n} tests")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be absent, a whole run with too few tests on PostgreSQL is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    chosen = session.config.option
    everywhere = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
    whole = chosen.markexpr == "not soak" and not chosen.keyword and everywhere
    if os.environ.get(REQUIRE_ALL) and reporter and whole and on_postgresql(reporter) < FEWEST:
        reporter.write_line(f"Fewer than {FEWEST} tests ran on PostgreSQL.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def on_postgresql(reporter: Any) -> int:
    """How many tests passed on PostgreSQL."""
    return sum("postgresql" in report.keywords for report in reporter.stats.get("passed", ()) if report.when == "call")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of the folders in `BOTH` run on both databases, unless they are about SQLite's own files."""
    if "database" not in metafunc.fixturenames or metafunc.definition.get_closest_marker("sqlite"):
        return
    if any(folder in metafunc.definition.path.parents for folder in BOTH) or metafunc.definition.get_closest_marker(
        "both"
    ):
        other = pytest.param("postgresql", marks=pytest.mark.postgresql)
        metafunc.parametrize("database", ["sqlite", other], indirect=True, scope="session")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are compared in the language of the sources; a page speaks the language of its address."""
    with speaking("en"):
        yield


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test's registry has: `sqlite` unless the test says otherwise."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def cluster() -> databases.Cluster:
    """The run's PostgreSQL server."""
    if databases.programs() is None:
        pytest.skip("PostgreSQL is absent")
    cluster = databases.shared()
    cluster.ensure_started()
    return cluster


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a folder once in a run, however many workers ask for it; whoever would change what is in it takes a copy."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = root / f"once-{name}", root / f"once-{name}.done"
        with open(root / f"once-{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(once: Once) -> Iterator[None]:
    """Many applications are made in a run: they share the compiled templates, which else are a third of their time."""
    folder = once("templates", lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": FileSystemBytecodeCache(str(folder))})
        yield


@pytest.fixture(scope="session")
def made_demonstration(once: Once) -> Path:
    """A folder with the demonstration (`data`) and how many seconds it took to make (`seconds`)."""

    def make(folder: Path) -> None:
        began = time.monotonic()
        play.open_demo(load_demo(folder / "data"), say=lambda line: None).close()
        (folder / "seconds").write_text(str(time.monotonic() - began))

    return once("demonstration", make)


@dataclass(frozen=True)
class Template:
    """A registry to copy: its folder, its secrets, the applicant's organisation, and its database on a server."""

    folder: Path
    keys: dict[str, str]
    training_centre: str
    name: str = ""


@pytest.fixture(scope="session")
def template_registry(
    database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """A registry with packs and people, made once for each database."""
    name, url = "", ""
    if database == "postgresql":
        name = f"template_{new_id()[:12]}"
        url = request.getfixturevalue("cluster").create(name)
    kit = new_registry(tmp_path_factory.mktemp("template"), database_url=url)
    kit.registry.close()
    settings = kit.registry.settings
    keys = {k: getattr(settings, k).get_secret_value() for k in SECRETS}
    return Template(settings.data_dir, keys, kit.training_centre, name)


@pytest.fixture
def kit(template_registry: Template, tmp_path: Path) -> Iterator[Kit]:
    """A registry of one's own on 2 March 2026, with people in each role."""
    kit = open_copy(template_registry, tmp_path / "registry", date(2026, 3, 2))
    yield kit
    throw_away(kit)


def open_copy(template: Template, folder: Path, today: date) -> Kit:
    """A copy of a template registry, opened."""
    shutil.copytree(template.folder, folder)
    url = databases.shared().create(f"t_{new_id()[:12]}", template.name) if template.name else ""
    clock = FixedClock(today)
    registry = Registry.open(settings_of(folder, template.keys, database_url=url), clock)
    return Kit(registry, clock, template.training_centre)


def throw_away(kit: Kit) -> None:
    """Close a copy, and drop its database where it lies on a server."""
    kit.registry.close()
    engine = kit.registry.store.engine
    if engine.dialect.name == "postgresql":
        databases.shared().drop(str(engine.url.database))
