"""Builds the package. Metadata and lists stand in setup.cfg; here is the one step that it cannot say: catalogues."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py

LOCALE = Path(__file__).resolve().parent / "registry" / "locale"


class BuildWithCatalogues(build_py):
    """Compiles each catalogue `.po` to `.mo` beside it, for a wheel and for an editable installation alike."""

    def run(self) -> None:
        """Compile, then build as usual."""
        for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as words, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(words, locale=source.parents[1].name))
        super().run()


setup(cmdclass={"build_py": BuildWithCatalogues})
