"""Where the parts that are not Python lie, in a checkout and in an installed wheel alike."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """The folder `name` (templates, migrations, static, locale, kinds, fonts) of this installation.

    In a wheel every folder lies inside the package; in a checkout `templates` and `migrations` lie beside it.
    Raises FileNotFoundError when the installation is incomplete.
    """
    for parent in (PACKAGE, PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"the installation has no folder {name!r}; install the package again")
