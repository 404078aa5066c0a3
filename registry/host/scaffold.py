"""A new pack to begin with: files that check without a fault, to be rewritten line by line."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from registry import __version__
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.paths import PACKAGE, resource
from registry.base.region import NATION

NAME = re.compile(r"[a-z][a-z0-9_]{1,38}")
PARENTS = {"3208": "huaian.recommend@1"}
"""Beginning of a region's code → the city's procedure that its counties follow with changes of their own."""
PACK = {
    "plugin.yaml": "plugin.yaml.j2",
    "criteria/brand.yaml": "criteria.yaml.j2",
    "pages/county.yaml": "page.yaml.j2",
    "README.md": "README.md.j2",
}
WITH_PARENT = {"workflows/brand.yaml": "workflow.yaml.j2"}
PYTHON = {"__init__.py": "init.py.j2", "pyproject.toml": "pyproject.toml.j2", "tests/test_plugin.py": "test.py.j2"}


def new_pack(
    folder: Path,
    *,
    name: str,
    region: str,
    today: date,
    python: bool = False,
    names: tuple[str, str] | None = None,
) -> list[Path]:
    """Write a pack into `folder`, which must not be there or be empty; returns its files.

    `python`: as a distribution of its own with hooks and tests. `names`: of the region, in Chinese and English, where it
    is none of those known without a database. Raises BadInput for a bad name, an unknown region, or a folder with
    something in it.
    """
    words = names or _names(region)
    if faults := list(_faults(folder, name, region, words is not None)):
        raise BadInput(faults)
    words = words or ("", "")
    about = {"name": name, "region": region, "zh": words[0], "en": words[1], "python": python, "version": __version__}
    about |= {"today": today.isoformat(), "level": level_of(region)}
    about["parent"] = PARENTS.get(region[:4]) if about["level"] == "county" else None
    environment = Environment(
        loader=FileSystemLoader(resource("templates") / "pack"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 – YAML and Python, no markup
    )
    environment.filters["quoted"] = partial(json.dumps, ensure_ascii=False)
    made = []
    pack = {path: file for path, file in PACK.items() if about["level"] == "county" or not path.startswith("pages/")}
    for path, template in (pack | (WITH_PARENT if about["parent"] else {}) | (PYTHON if python else {})).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(environment.get_template(template).render(about), encoding="utf-8")
        made.append(file)
    return made


def level_of(region: str) -> str:
    """The level at which a region gives titles, by its code."""
    return (
        "nation"
        if region == NATION
        else "province"
        if region[2:] == "0000"
        else "city"
        if region[4:] == "00"
        else "county"
    )


def _faults(folder: Path, name: str, region: str, known: bool) -> Iterator[Fault]:
    if not NAME.fullmatch(name):
        yield Fault(msg("“{name}” is no name for a pack: small letters, digits and “_”, such as jinhu.", name=name))
    if not known:
        yield Fault(msg("There is no region “{code}”; codes have six digits, such as 320831.", code=region))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        yield Fault(msg("“{folder}” is there already and not empty; name another folder.", folder=str(folder)))


def _names(region: str) -> tuple[str, str] | None:
    """The name of a region in Chinese and English."""
    with open(PACKAGE / "host" / "regions.csv", encoding="utf-8", newline="") as rows:
        return next(((r["zh-Hans"], r["en"]) for r in csv.DictReader(rows) if r["code"] == region), None)
