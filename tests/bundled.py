"""Every pack of the repository, read once in a process: reading takes most of the time of the tests about packs."""

from registry.host.packs import read_pack
from tests.browser import ROOT

KIND_FOLDERS = sorted(file.parent for file in ROOT.glob("registry/kinds/*/plugin.yaml"))
FOLDERS = KIND_FOLDERS + sorted(file.parent for file in ROOT.glob("plugins/*/plugin.yaml"))
PACKS = [read_pack(folder) for folder in FOLDERS]
KINDS = PACKS[: len(KIND_FOLDERS)]
CITY = next(pack for pack in PACKS if pack.name == "huaian")
