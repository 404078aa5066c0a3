"""Files of a pack beside its definitions: what is not read is told, and pictures have a limit."""

from collections.abc import Iterator
from pathlib import Path

from registry.base.errors import Fault
from registry.base.i18n import msg
from registry.rules.pack import FOLDERS, WORD, Manifest
from registry.rules.wording import did_you_mean

SUFFIXES = (".yaml", ".yml")
READ = (*FOLDERS, "examples")
"""Folders whose files are read."""
BESIDE = frozenset({"tests", "drafts", "policy", "build", "dist"})
"""Folders that lie in packs and are for people or tools."""
PAPERS = frozenset({".md", ".txt", ".py", ".toml", ".cfg", ".in", ""})
"""Endings of files that may lie beside `plugin.yaml`."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".tif", ".tiff"})
MOST_BYTES = 1024 * 1024


def unread(folder: Path, manifest: Manifest | None = None) -> Iterator[Fault]:
    """Folders and files of a pack that nobody reads: mostly a name that was mistyped."""
    is_python = (folder / "pyproject.toml").is_file()
    demonstration = manifest.demonstration if manifest else None
    for one in sorted(folder.glob("*")):
        if one.name.startswith((".", "__")) or one.name in BESIDE or one.suffix == ".egg-info":
            continue
        if not one.is_dir():
            if one.name != "plugin.yaml" and one.suffix not in PAPERS and one.suffix not in PICTURES:
                yield _unread(one.name)
        elif one.name in READ:
            yield from (_unread(f"{one.name}/{file.name}") for file in sorted(one.glob("*")) if not _is_read(file))
        elif one.name != demonstration and (did_you_mean(one.name, READ) or not is_python):
            yield _unread(f"{one.name}/", one.name)


def _is_read(file: Path) -> bool:
    if file.name.startswith((".", "__", "~$")):  # what Word keeps beside an open document
        return True
    if file.suffix == WORD and file.parent.name == "templates":
        return any(file.with_suffix(suffix).is_file() for suffix in SUFFIXES)
    return file.is_file() and file.suffix in SUFFIXES


def _unread(path: str, folder: str = "") -> Fault:
    if folder:
        remedy = did_you_mean(folder, READ) or msg("Definitions lie in: {folders}.", folders=", ".join(READ))
        return Fault(msg("This folder is not read."), file=path, remedy=remedy)
    if path.endswith(WORD):
        remedy = msg("A Word template lies in templates/ with a file of the same name in .yaml beside it.")
        return Fault(msg("This file is not read."), file=path, remedy=remedy)
    return Fault(msg("This file is not read."), file=path, remedy=msg("Definitions end in .yaml."))


def too_large(folder: Path) -> Iterator[Fault]:
    """Pictures of more than 1 MB: everybody who installs the pack would carry them."""
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts) or file.suffix.lower() not in PICTURES:
            continue
        if file.is_file() and (size := file.stat().st_size) > MOST_BYTES:
            yield Fault(
                msg(
                    "The picture has {size} kB; at most {most} are allowed.",
                    size=-(-size // 1024),
                    most=MOST_BYTES // 1024,
                ),
                file=inside.as_posix(),
                remedy=msg("Save it smaller."),
            )
