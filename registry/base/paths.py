"""Where the parts that are not Python lie, in a checkout and in an installed wheel alike."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = {"packs": "plugins"}
"""Folders that are called otherwise in a checkout."""


def resource(name: str) -> Path:
    """The folder `name` (templates, migrations, packs, static, locale, kinds, fonts) of this installation.

    In a wheel every folder lies inside the package; in a checkout `templates` and `migrations` lie beside it, and `packs`
    is `plugins`, where packs that are distributions of their own lie too.
    Raises FileNotFoundError when the installation is incomplete.
    """
    for folder in (PACKAGE / name, PACKAGE.parent / CHECKOUT.get(name, name)):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation has no folder {name!r}; install the package again")
