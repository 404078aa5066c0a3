"""Builds the package. Metadata and lists stand in setup.cfg; here are the steps it cannot say: catalogues and packs."""

import shutil
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
LOCALE = ROOT / "registry" / "locale"


class BuildWithDataOfOurs(build_py):
    """Compiles each catalogue `.po` to `.mo` beside it, and lays the packs without Python into the wheel.

    An editable installation reads these packs where they lie.
    """

    def run(self) -> None:
        """Compile, build as usual, then copy the packs."""
        for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as words, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(words, locale=source.parents[1].name))
        super().run()
        if not self.editable_mode:
            self.copy_packs(Path(self.build_lib) / "registry" / "packs")

    def copy_packs(self, target: Path) -> None:
        """The folders of `plugins/` that are no distributions of their own."""
        shutil.rmtree(target, ignore_errors=True)
        for pack in (file.parent for file in ROOT.glob("plugins/*/plugin.yaml")):
            if not (pack / "pyproject.toml").exists():
                shutil.copytree(pack, target / pack.name)


setup(cmdclass={"build_py": BuildWithDataOfOurs})
