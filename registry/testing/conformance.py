"""What every plugin has to pass: `class TestPlugin(Conformance): folder = Path(__file__).parents[1]`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from registry.actions import definitions
from registry.app import create_app
from registry.base.i18n import LANGUAGES, Text, speaking
from registry.host.check import Library, check
from registry.host.packs import Pack, read_pack
from registry.host.plugins import Plugins
from registry.rules.model import nodes
from registry.rules.permission import SYSTEM
from registry.testing import Kit, new_registry

WALKED = ("/", "/brands", "/counties", "/guides", "/notices", "/verify")


class Conformance:
    """The pack in `folder` is faultless, says itself in every language, and leaves its neighbours as they were."""

    folder: ClassVar[Path]

    @pytest.fixture(scope="class")
    @classmethod
    def pack(cls) -> Pack:
        """The pack under test."""
        return read_pack(cls.folder)

    @pytest.fixture(scope="class")
    @classmethod
    def library(cls, pack: Pack) -> Library:
        """The pack among all others that are installed."""
        return Library([*(p for p in installed() if p.name != pack.name), pack])

    @pytest.fixture(scope="class")
    @classmethod
    def kit(cls, pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
        """A registry in which this pack is published beside all others."""
        there = any(p.folder.resolve() == cls.folder.resolve() for p in installed())
        folder = tmp_path_factory.mktemp("conformance") / "registry"
        kit = new_registry(folder, plugin_dirs=[] if there else [cls.folder.parent])
        yield kit
        kit.registry.close()

    def test_pack_has_no_fault(self, pack: Pack, library: Library) -> None:
        """Everything that `registry plugin check` looks at."""
        with speaking("en"):
            assert [fault.text() for fault in check(pack, library)] == []
        assert pack.definitions

    def test_every_text_is_there_in_chinese_and_english(self, pack: Pack) -> None:
        """Traditional Chinese is made from Simplified; English has to be written."""
        assert [where for where, text in texts_of(pack) if not (text.zh_hans and text.en)] == []

    def test_published_again_it_changes_nothing(self, kit: Kit, pack: Pack, library: Library) -> None:
        """A published version never changes."""
        definitions.publish(kit.registry, SYSTEM, pack, library)
        again = definitions.publish(kit.registry, SYSTEM, pack, library)
        assert (again.new, again.unchanged) == (0, len(pack.definitions))

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_public_pages_are_served_with_it(self, kit: Kit, lang: str) -> None:
        """Its presence breaks no page of anybody."""
        client = create_app(kit.registry).test_client()
        prefix = "" if lang == "zh-Hans" else f"/{lang.lower()}"
        answers = {path: client.get(prefix + path).status_code for path in WALKED}
        assert set(answers.values()) == {200}, answers


def installed() -> list[Pack]:
    """The packs of this installation."""
    return [read_pack(folder) for _, folder in Plugins.load(()).packs()]


def texts_of(pack: Pack) -> Iterator[tuple[str, Text]]:
    """Every text of a pack, with where it stands."""
    if pack.manifest:
        yield "plugin.yaml", pack.manifest.title
    for parsed in pack.definitions:
        for node in nodes(parsed.model):
            for name in type(node).model_fields:
                value: Any = getattr(node, name)
                if isinstance(value, Text):
                    yield f"{parsed.ref}: {name} “{value.zh_hans}”", value
