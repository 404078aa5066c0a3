"""A plugin's failure is that plugin's alone: named, told, and without effect on anybody else."""

import logging
import sys
from pathlib import Path

import pytest

from registry.base.errors import BadInput
from registry.base.settings import load, new_keys
from registry.host import hookspecs
from registry.host.check import Library, check
from registry.host.packs import read_pack
from registry.host.plugins import SECONDS, Plugins, carried_packs
from registry.host.registry import Registry
from registry.testing import Kit

from .conftest import JINHU, KINDS, ROOT, criteria, written

GOOD = """
from pathlib import Path
from registry.host.hookspecs import hookimpl

@hookimpl
def register_definitions():
    return [Path(__file__).parent / "pack"]
"""
FAILING = {
    "import": ("raise RuntimeError('no such licence')", "load", "RuntimeError: no such licence"),
    "exit": ("import sys; sys.exit('goodbye')", "load", "SystemExit: goodbye"),
    "syntax": ("def (", "load", "SyntaxError"),
    "hook": (GOOD + "    raise\n", "register_definitions", ""),
    "raises": (GOOD.replace("return [", "raise OSError('gone'); return ["), "register_definitions", "OSError: gone"),
    "leaves": (GOOD.replace("return [", "raise SystemExit(3); return ["), "register_definitions", "SystemExit: 3"),
    "late": (GOOD.replace("return [", "yield from [1 / 0,"), "register_definitions", "ZeroDivisionError"),
    "nothing": (GOOD.replace("return [", "return None; return ["), "register_definitions", "TypeError"),
    "number": (GOOD.replace("return [", "return 3; return ["), "register_definitions", "TypeError"),
    "numbers": (GOOD.replace("return [", "return [3]; return ["), "register_definitions", "TypeError"),
    "unknown": (GOOD.replace("def register_definitions", "def register_wishes"), "register_wishes", "no such hook"),
    "arguments": (GOOD.replace("definitions()", "definitions(wish)"), "load", "PluginValidationError"),
}
del FAILING["hook"]


def install(folder: Path, name: str, code: str) -> None:
    """A distribution with one module and its entry point, as an installer leaves it."""
    module = f"plugin_{name}"
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[registry.plugins]\n{name} = {module}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions, one of them good."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    install(site, "good", GOOD)
    written(site / "pack", JINHU, id="jinhu", criteria__lotus=criteria("jinhu.lotus", JINHU))
    yield site
    for name in [n for n in sys.modules if n.startswith("plugin_")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", FAILING)
def test_failing_plugin_is_named_and_the_others_go_on(name: str, site: Path, caplog: pytest.LogCaptureFixture) -> None:
    code, where, said = FAILING[name]
    bundled = [folder for _, folder in Plugins.load().packs()]
    install(site, name, code)
    with caplog.at_level(logging.ERROR):
        plugins = Plugins.load()
        packs = [folder for _, folder in plugins.packs()]
    assert site / "pack" in packs and set(bundled) <= set(packs)
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == (name, where) and said in failure.error


def test_registry_opens_and_serves_with_a_plugin_that_cannot_be_loaded(site: Path, kit: Kit) -> None:
    install(site, "import", FAILING["import"][0])
    registry = Registry.open(kit.registry.settings, kit.clock)
    assert [f.plugin for f in registry.plugins.failures] == ["import"]
    assert "good" in registry.plugins.distributions()
    registry.close()


def test_second_plugin_of_a_name_is_refused_and_told(site: Path) -> None:
    other = site.parent / "other"
    other.mkdir()
    sys.path.insert(0, str(other))
    try:
        install(other, "good", "x = 1")
        (other / "plugin_good-1.0.dist-info").rename(other / "plugin_twin-1.0.dist-info")
        (other / "plugin_twin-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: twin\nVersion: 1.0\n")
        plugins = Plugins.load()
    finally:
        sys.path.remove(str(other))
    assert [f.plugin for f in plugins.failures] == ["good"]


def test_packs_come_in_one_order_with_the_cores_first(site: Path, tmp_path: Path) -> None:
    for name in ("zhou", "an"):
        written(tmp_path / "folders" / name, JINHU)
    found = Plugins.load([tmp_path / "folders"]).packs()
    names = [name for name, _ in found]
    assert names[: len(KINDS)] != [] and names == sorted(names, key=lambda n: (not n.startswith("registry."), n))
    assert [f.name for n, f in found if n == "registry.folders"] == ["an", "zhou"]
    assert found == Plugins.load([tmp_path / "folders"]).packs()


def test_packs_that_travel_with_the_core_are_at_hand_only_where_they_are_wanted() -> None:
    carried, plugins = carried_packs(), Plugins.load()
    assert {"hebei", "jinhu"} <= carried.keys() and not {"xuyi", "huaian"} & carried.keys()
    assert not {folder for _, folder in plugins.packs()} & set(carried.values())
    plugins.want([carried["jinhu"]])
    assert ("registry.wanted", carried["jinhu"]) in plugins.packs()
    assert carried["jinhu"] not in [folder for _, folder in Plugins.load().packs()]


def test_folder_of_packs_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert Plugins.load([tmp_path / "nowhere"]).packs() == Plugins.load().packs()


MESS = {
    "no manifest": lambda f: (f / "plugin.yaml").unlink(),
    "manifest of nonsense": lambda f: (f / "plugin.yaml").write_bytes(b"\xff\xfe\x00{"),
    "a folder called like a file": lambda f: (f / "criteria/y.yaml").mkdir(),
    "a file of another kind": lambda f: (f / "criteria/y.txt").write_bytes(b"\x00"),
    "a file of bytes": lambda f: (f / "criteria/y.yaml").write_bytes(bytes(range(256))),
    "an empty file": lambda f: (f / "criteria/y.yaml").write_text(""),
    "a list": lambda f: (f / "criteria/y.yaml").write_text("- 1\n"),
    "an interface of the future": lambda f: (f / "plugin.yaml").open("a").write("requires_api: 99\n"),
    "no criteria folder": lambda f: (f / "criteria").rename(f / "criterions"),
}
HARMLESS = {"a folder called like a file", "a file of another kind", "no criteria folder"}


@pytest.mark.parametrize("mess", MESS)
def test_whatever_lies_in_a_pack_is_a_fault_with_its_place_or_nothing(mess: str, folder: Path) -> None:
    written(folder, criteria__lotus=criteria("jinhu.lotus", JINHU))
    MESS[mess](folder)
    pack = read_pack(folder)
    faults = check(pack, Library([*map(read_pack, KINDS), pack]))
    assert bool(faults) == (mess not in HARMLESS), faults
    assert all(fault.file for fault in faults)


def test_registry_without_its_keys_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        load(data_dir=tmp_path)
    assert {f.field for f in error.value.faults} == {f"REGISTRY_{name.upper()}" for name in new_keys()}


def test_docs_name_every_hook_with_its_limit() -> None:
    table = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip("` "): cells[4].strip()
        for cells in (line.split("|") for line in table.splitlines() if line.startswith("| `"))
    }
    said = {name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "registry_spec")}
    assert set(rows) == said, "a hook is documented, and nothing is documented that is none"
    assert rows == {name: f"{SECONDS[name]:g} s" if name in SECONDS else "–" for name in rows}
    assert all((getattr(hookspecs, name).__doc__ or "").count("\n") >= 3 for name in said)


PROVIDER_OF_THE_OPERATORS = {"send_sms"}
"""A gateway for text messages is a contract of the operator's; `tests/actions/test_reach.py` stands in for one."""


def test_every_hook_is_used_by_a_bundled_plugin() -> None:
    plugins = Plugins.load()
    used = {hook for name in plugins.distributions() for hook in plugins.hooks_of(name)}
    said = {name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "registry_spec")}
    assert said == used | PROVIDER_OF_THE_OPERATORS


def test_settings_name_the_plugins_that_are_loaded_with_their_versions(site: Path) -> None:
    assert Plugins.load(allowed=["good"]).distributions() == ["good"]
    assert "good" in Plugins.load(allowed=["good==1.0", "xuyi"]).distributions()
    newer = Plugins.load(allowed=["good==1.1"])
    assert newer.distributions() == [] and "good" in newer.not_allowed and not newer.failures
    named = load(**new_keys(), plugins="xuyi, good==1.0").plugins
    assert named == ("xuyi", "good==1.0")
