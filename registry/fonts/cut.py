"""Cuts the certificate's font from Noto Serif CJK. A developer's tool, not run by the program and not in the wheel.

Needs Debian's `fonts-noto-cjk` (the font, OFL 1.1) and `unicode-data` (Unihan: which characters stand in
通用规范汉字表, and their traditional forms), and from the development environment fontTools and OpenCC.
Run `make font`; the same inputs give the same bytes.
"""

import bz2
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont
from opencc import OpenCC

HERE = Path(__file__).resolve().parent
SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
UNIHAN = Path("/usr/share/unicode")
FACE = "Noto Serif CJK SC"
FAMILY = "Registry Serif"
"""Our name for the cut font: the licence lets nobody else's cut bear the original's reserved name."""

TABLE_SIZE = 8105
"""Characters in 通用规范汉字表 (State Council, 2013)."""

BLOCKS = (
    range(0x20, 0x7F),
    range(0xA0, 0x180),
    range(0x2010, 0x2028),
    range(0x2030, 0x205F),
    range(0x20A0, 0x20C0),
    range(0x2100, 0x219A),
    range(0x2200, 0x2270),
    range(0x2460, 0x2500),
    range(0x25A0, 0x2600),
    range(0x3000, 0x3040),
    range(0x3220, 0x3250),
    range(0xFF01, 0xFF65),
    range(0xFFE0, 0xFFE7),
)
"""Latin, general and Chinese punctuation, currencies, letters and numerals in signs, arrows, mathematics, shapes,
circled and full-width forms."""

SOFT_HYPHEN = "\xad"


def unihan(file: str, *keys: str) -> Iterator[tuple[str, str]]:
    """Character and value of each line of a Unihan file that has one of the keys."""
    with bz2.open(UNIHAN / f"Unihan_{file}.txt.bz2", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("U+"):
                code, key, value = line.rstrip("\n").split("\t")
                if key in keys:
                    yield chr(int(code[2:], 16)), value


def standard() -> set[str]:
    """The characters of 通用规范汉字表."""
    table = {character for character, _ in unihan("OtherMappings", "kTGH")}
    if len(table) != TABLE_SIZE:
        raise SystemExit(f"Unihan names {len(table)} characters of the table, not {TABLE_SIZE}: look at its version")
    return table


def named(value: str) -> Iterator[str]:
    """The characters that a value of Unihan names by code."""
    return (chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]+)", value))


def traditional(simplified: set[str]) -> set[str]:
    """Their traditional forms: those of Unihan in both directions, those OpenCC writes in each of its standards,
    and the frequent characters of Big5, among which are variants that names keep."""
    forms = {
        form
        for character, value in unihan("Variants", "kTraditionalVariant")
        if character in simplified
        for form in named(value)
    }
    forms.update(
        character
        for character, value in unihan("Variants", "kSimplifiedVariant")
        if simplified.intersection(named(value))
    )
    text = "\n".join(sorted(simplified))
    for conversion in ("s2t", "s2tw", "s2hk"):
        forms.update(OpenCC(conversion).convert(text))
    return (forms | rows("big5", range(0xA4, 0xC7), range(0x40, 0x7F), range(0xA1, 0xFF))) - {"\n"}


def rows(encoding: str, leads: range, *trails: range) -> set[str]:
    """The characters in rows of a double-byte encoding."""
    pairs = (bytes((lead, trail)) for lead in leads for block in trails for trail in block)
    return set("".join(pair.decode(encoding, "ignore") for pair in pairs))


def signs() -> set[str]:
    """Everything in GB 2312 that is no Chinese character, and the blocks above."""
    blocks = {chr(code) for block in BLOCKS for code in block}
    return (rows("gb2312", range(0xA1, 0xAA), range(0xA1, 0xFF)) | blocks) - {SOFT_HYPHEN}


def face() -> TTFont:
    """The simplified-Chinese face of the collection."""
    fonts = TTCollection(SOURCE).fonts
    return next(font for font in fonts if font["name"].getDebugName(4) == FACE)


def cut(font: TTFont, characters: Iterable[str]) -> None:
    """Keep these characters only; no hints, no vertical writing, only the features a certificate uses."""
    options = Options(
        hinting=False,
        desubroutinize=False,
        layout_features=["kern", "ccmp", "mark", "mkmk", "pwid"],
        drop_tables=["vhea", "vmtx", "VORG", "BASE", "DSIG"],
        name_IDs=[0, 7, 13, 14],
        name_languages=[0x409],
        notdef_outline=True,
        recalc_timestamp=False,
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters])
    subsetter.subset(font)


def rename(font: TTFont) -> None:
    """Give the cut font our name; copyright, trademark and licence stay."""
    names = {
        1: FAMILY,
        2: "Regular",
        3: f"{FAMILY} 1.0",
        4: FAMILY,
        5: f"Version 1.000; cut from {FACE} 2.001",
        6: "RegistrySerif-Regular",
    }
    for number, name in names.items():
        font["name"].setName(name, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames[0] = names[6]
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName = FAMILY, FAMILY


def main() -> None:
    """Write the font and the list of what it covers beside this script."""
    table = standard()
    font = face()
    available = {chr(code) for code in font.getBestCmap()}
    if absent := table - available:
        raise SystemExit(f"{FACE} has no {' '.join(sorted(absent))}")
    forms = traditional(table)
    if absent := forms - available:
        print(f"left out, not in {FACE}: {' '.join(sorted(absent))}")
    characters = sorted((table | forms | signs()) & available)
    cut(font, characters)
    rename(font)
    font.save(HERE / "RegistrySerif-Regular.otf")
    covered = sorted(chr(code) for code in font.getBestCmap())
    lines = ("".join(covered[at : at + 64]) + "\n" for at in range(0, len(covered), 64))
    (HERE / "characters.txt").write_text("".join(lines), encoding="utf-8")
    print(f"{len(covered)} characters")


if __name__ == "__main__":
    main()
