"""A neighbour's pack becomes one's own: every pack there is, copied, stands on its own feet."""

from pathlib import Path

import pytest

from registry.actions.pack_sources import texts
from registry.base.i18n import Text
from registry.host.check import Library, check
from registry.host.copying import copied
from registry.host.packs import read_pack, read_texts
from registry.rules.criteria import CriteriaSet
from registry.rules.kind import Kind
from tests.browser import ROOT
from tests.bundled import FOLDERS, PACKS

JINHU = Text.model_validate({"zh-Hans": "金湖县", "en": "Jinhu County"})


def copy(folder: Path) -> dict[str, str]:
    manifest = read_pack(folder).manifest
    assert manifest is not None
    return copied(
        texts(folder),
        pack=manifest.id,
        region=manifest.region,
        new_pack="jinhu_lotus",
        new_region="320831",
        names=(manifest.title, JINHU),
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_copy_of_any_pack_can_be_read_and_takes_nobodys_ids(folder: Path) -> None:
    original, pack = read_pack(folder), read_texts("jinhu_lotus", copy(folder))
    assert pack.faults == [] and pack.manifest is not None
    assert (pack.manifest.id, pack.manifest.region, pack.manifest.version) == ("jinhu_lotus", "320831", "0.1.0")
    assert pack.manifest.title == JINHU and pack.manifest.demonstration is None
    assert [d.type for d in pack.definitions] == [d.type for d in original.definitions]
    assert len(pack.examples) == len(original.examples)
    assert not {d.ref for d in pack.definitions} & {d.ref for p in PACKS for d in p.definitions}
    assert {d.model.region for d in pack.definitions} <= {"320831"}
    assert "official" not in {d.model.standing for d in pack.definitions}
    said = [f.text("en") for f in check(pack, Library([*PACKS, pack]))]
    assert not [s for s in said if "taken" in s or "neighbour" in s or "There is no" in s]


@pytest.mark.parametrize("name", ["lianshui", "xuyi", "linfen", "hebei", "labour_brand"])
def test_copy_of_a_good_pack_has_no_fault(name: str) -> None:
    pack = read_texts("jinhu_lotus", copy(next(f for f in FOLDERS if f.name == name)))
    county = [f.text("en") for f in check(pack, Library([*PACKS, pack])) if "floor" not in f.text("en").lower()]
    assert county == []


def test_heading_is_the_new_regions_and_what_it_rests_on_stays_named() -> None:
    pack = read_texts("jinhu_lotus", copy(ROOT / "plugins/xuyi"))
    rice = next(d.model for d in pack.definitions if isinstance(d.model, CriteriaSet) and "rice" in d.ref)
    assert "金湖县" in rice.title.in_("zh-Hans") and "盱眙" not in rice.title.in_("zh-Hans")
    assert rice.basis and "盱眙县" in rice.basis.title.in_("zh-Hans")
    assert rice.product == "rice_crayfish"  # a trade is nobody's own


def test_kind_of_its_own_goes_with_the_rules_that_name_it() -> None:
    pack = read_texts("jinhu_lotus", copy(ROOT / "plugins/linfen"))
    (kind,) = (d.model for d in pack.definitions if isinstance(d.model, Kind))
    assert kind.id.startswith("jinhu_lotus_")
    assert kind.id in {d.model.kind for d in pack.definitions if isinstance(d.model, CriteriaSet)}
