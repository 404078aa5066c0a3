"""Fixtures of every test: a registry of its own, made once and copied, because making one takes a second."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry.base.clock import FixedClock
from registry.base.i18n import speaking
from registry.base.settings import load
from registry.host.registry import Registry
from registry.testing import Kit, new_registry


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are compared in the language of the sources; a page speaks the language of its address."""
    with speaking("en"):
        yield


@pytest.fixture(scope="session")
def template_registry(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of a registry with packs and people, and its secrets."""
    folder = tmp_path_factory.mktemp("template")
    kit = new_registry(folder)
    kit.registry.close()
    keys = {
        name: getattr(kit.registry.settings, name).get_secret_value()
        for name in ("secret_key", "field_keys", "record_key")
    }
    return folder, {**keys, "training_centre": kit.training_centre}


@pytest.fixture
def kit(template_registry: tuple[Path, dict[str, str]], tmp_path: Path) -> Kit:
    """A registry of one's own on 2 March 2026, with people in each role."""
    return open_copy(template_registry, tmp_path / "registry", date(2026, 3, 2))


def open_copy(template: tuple[Path, dict[str, str]], folder: Path, today: date) -> Kit:
    """A copy of the template registry, opened."""
    source, keys = template
    shutil.copytree(source, folder)
    keys = dict(keys)
    centre = keys.pop("training_centre")
    clock = FixedClock(today)
    registry = Registry.open(load(data_dir=folder, secure_cookies=False, **keys), clock)
    return Kit(registry, clock, centre)
