"""A country that does not exist: provinces, cities and counties, each county with a pack as rich as Xuyi's.

The codes begin with pairs of digits that no province has, so nothing real is meant or hidden.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.host.packs import files_of
from registry.rules.pack import FOLDERS
from registry.store.region import Region
from registry.store.session import WriteSession

PLUGINS = Path(__file__).parents[1] / "plugins"
NATION = "000000"
FIRST_PROVINCE, CITIES, COUNTIES = 83, 14, 12
"""The first province's pair of digits; cities of a province; counties of a city. To 99 they hold 2,856 counties."""


@dataclass(frozen=True)
class Place:
    """A county: its code, its city's and province's, and its number."""

    number: int

    @property
    def code(self) -> str:
        """Six digits."""
        return f"{int(self.city) + 1 + self.number % COUNTIES}"

    @property
    def city(self) -> str:
        """The city's code."""
        return f"{int(self.province) + 100 * (1 + self.number // COUNTIES % CITIES)}"

    @property
    def province(self) -> str:
        """The province's code."""
        return f"{10000 * (FIRST_PROVINCE + self.number // (COUNTIES * CITIES))}"

    @property
    def slug(self) -> str:
        """As in addresses; also the name of its pack."""
        return f"county{self.code}"


def counties(n: int) -> list[Place]:
    """The first `n` counties."""
    return [Place(number) for number in range(n)]


def add_regions(session: WriteSession, places: list[Place]) -> None:
    """The counties with everything around them, straight into the table."""
    around: dict[str, tuple[str, str]] = {}
    for place in places:
        around[place.province] = (NATION, "province")
        around[place.city] = (place.province, "city")
    around |= {place.code: (place.city, "county") for place in places}
    for level in ("province", "city", "county"):
        for code, (parent, its_level) in around.items():
            if its_level == level:
                name = {"zh-Hans": f"示例{code}", "zh-Hant": f"示例{code}", "en": f"Example {code}"}
                session.add(Region(code=code, parent=parent, level=level, slug=f"{level}{code}", name=name))
        session.flush()
    session.record("registry.set_up", "registry", regions=len(around))


def write_packs(folder: Path, places: list[Place]) -> None:
    """One pack for the nation, as Huai'an's, and one for each county, as Xuyi's."""
    copy_pack(PLUGINS / "huaian", folder / "nation", {"huaian": "nation", "320800": NATION})
    for place in places:
        words = {"xuyi": place.slug, "huaian": "nation", "320830": place.code, "盱眙县": f"示例{place.code}"}
        copy_pack(PLUGINS / "xuyi", folder / place.slug, words)


def copy_pack(source: Path, target: Path, words: dict[str, str]) -> None:
    """A pack under another name and for another place."""
    for file in pack_files(source):
        text = file.read_text(encoding="utf-8")
        for old, new in words.items():
            text = re.sub(rf"\b{old}\b" if old.isascii() else old, new, text)
        text = re.sub(r"^demonstration:.*\n", "", text, flags=re.MULTILINE)
        made = target / file.relative_to(source)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text, encoding="utf-8")
    for document in (source / "templates").glob("*.docx"):
        shutil.copy(document, target / "templates")


def pack_files(folder: Path) -> Iterator[Path]:
    """What makes a folder a pack."""
    yield folder / "plugin.yaml"
    for name in FOLDERS:
        yield from files_of(folder / name)
