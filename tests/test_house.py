"""The house rules that a program can check: imports go down, packages are listed, nothing refers outside."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("base", "rules", "store", "host", "actions", "api", "demo", "web", "app")
"""Lower first. `cli` and `testing` stand beside `app`: nothing imports them."""
BESIDE = {"cli": "app", "testing": "app", "__main__": "app", "kinds": "rules", "locale": "base"}
OUTSIDE = re.compile(r"\.\./(shared|\.library)|\bissue #?\d+\b|this session's|DEVELOPERS\.md", re.IGNORECASE)


def height(module: str) -> int | None:
    """The floor on which a module of ours stands."""
    parts = module.split(".")
    if parts[0] != "registry" or len(parts) < 2:
        return None
    floor = BESIDE.get(parts[1], parts[1])
    return FLOORS.index(floor) if floor in FLOORS else None


def imports(file: Path) -> list[str]:
    """The modules that a file imports."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [
                f"{node.module}.{alias.name}" if node.module == "registry" else node.module for alias in node.names
            ]
    return found


@pytest.mark.parametrize("file", sorted((ROOT / "registry").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_go_down(file: Path) -> None:
    module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    mine = height(module)
    if mine is None:
        return
    above = [name for name in imports(file) if (other := height(name)) is not None and other > mine]
    assert not above, f"{module} imports from a higher floor: {above}"


def test_rules_are_pure() -> None:
    for file in (ROOT / "registry/rules").glob("*.py"):
        used = {name.split(".")[0] for name in imports(file)}
        assert not used & {"flask", "sqlmodel", "sqlalchemy", "os", "time"}, file.name


def test_nothing_refers_to_what_is_not_here() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        file = ROOT / name
        if file.suffix in {".otf", ".png", ".lock"} or file == Path(__file__) or not file.is_file():
            continue
        found = OUTSIDE.search(file.read_text(errors="replace"))
        assert not found, f"{name}: {found and found.group()}"
