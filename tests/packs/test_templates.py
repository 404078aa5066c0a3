"""Word templates as part of a pack: beside their file, for stages that there are, carried whole wherever a pack goes."""

import shutil
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest
from sqlmodel import select

from registry.actions import definitions, pack_sources
from registry.base.errors import BadInput
from registry.host.archive import packed, unpacked
from registry.host.check import Library, check, notices
from registry.host.copying import copied
from registry.host.packs import Pack, read_pack, read_texts
from registry.host.resolve import read_as
from registry.rules.document import DocumentTemplate
from registry.rules.pack import as_text
from registry.rules.permission import SYSTEM
from registry.store.definition import Definition
from registry.testing import Kit
from tests.bundled import CITY, KINDS
from tests.wordfile import broken_rules, parts_of, word

ROOT = Path(__file__).parents[2]
HUAIAN = ROOT / "plugins/huaian"
PACK = """id: place
version: 1.0.0
title: 示例
region: "320831"
requires_api: 1
"""
ABOUT = """id: place.letter
version: 1
title: 函
region: "320831"
in_force: {from: 2026-01-01}
subject: case
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack with one template."""
    (tmp_path / "place/templates").mkdir(parents=True)
    (tmp_path / "place/plugin.yaml").write_text(PACK)
    (tmp_path / "place/templates/letter.yaml").write_text(ABOUT)
    (tmp_path / "place/templates/letter.docx").write_bytes(word("{{ entry.name }}", "{{ form.practitioners }}"))
    return tmp_path / "place"


def faults(folder: Path) -> list[str]:
    pack = read_pack(folder)
    return [f.text("en") for f in check(pack, Library([*KINDS, CITY, pack]))]


def test_template_reads_the_answers_and_facts_of_its_kind(folder: Path) -> None:
    assert faults(folder) == []
    about = folder / "templates/letter.yaml"
    about.write_text(f"{ABOUT}kind: micro_park\n")
    (told,) = faults(folder)
    assert told.startswith(
        "templates/letter.docx:2: Paragraph 2 “{{ form.practitioners }}”: There is no field “practitioners”"
    )


def spoilt(folder: Path) -> Iterator[tuple[str, str]]:
    """(what is done to the pack, what is told)."""
    about, document = folder / "templates/letter.yaml", folder / "templates/letter.docx"
    about.write_text(f"{ABOUT}stages: [acceptence]\n")
    yield "a stage", "templates/letter.yaml:7:10: No workflow has a stage “acceptence”. Did you mean “acceptance”?"
    about.write_text(f"{ABOUT}roles: [mayor]\n")
    yield "a role", "templates/letter.yaml:7:9: “mayor” is not one of: applicant,"
    about.write_text(ABOUT)
    document.write_bytes(b"x" * 600 * 1024)
    yield "its size", "templates/letter.docx: The Word document has 600 kB; at most 512 are allowed."
    document.unlink()
    yield "nothing beside it", "templates/letter.yaml:1:5: There is no “letter.docx” beside it."


def test_what_is_wrong_around_a_template_is_told_at_its_place(folder: Path) -> None:
    for what, words in spoilt(folder):
        assert any(words in told for told in faults(folder)), (what, faults(folder))


def test_word_document_that_nothing_speaks_of_is_told(folder: Path) -> None:
    shutil.copy(folder / "templates/letter.docx", folder / "templates/other.docx")
    (folder / "templates/~$letter.docx").write_bytes(b"Word keeps this beside an open document")
    pack = read_pack(folder)
    (told,) = notices(pack, Library([*KINDS, CITY, pack]))
    assert told.text("en").startswith("templates/other.docx: This file is not read. A Word template lies in templates/")


def test_template_travels_whole_in_a_zip_and_in_a_copy(folder: Path) -> None:
    files = pack_sources.texts(folder)
    assert unpacked(packed(files)) == files
    data = (folder / "templates/letter.docx").read_bytes()
    names = (read_pack(folder).manifest.title,) * 2  # type: ignore[union-attr]
    made = copied(files, pack="place", region="320831", new_pack="other", new_region="320830", names=names)
    assert made["templates/letter.docx"] == as_text(data)
    pack = read_texts("other", made)
    assert pack.faults == [] and pack.definitions[0].model.docx == as_text(data)
    assert pack.definitions[0].ref == "other.letter"


def test_zip_with_a_word_document_that_is_too_large_is_not_taken() -> None:
    with pytest.raises(BadInput, match="larger than 512 kB"):
        unpacked(packed({"plugin.yaml": PACK, "templates/a.docx": as_text(bytes(range(256)) * 3000)}))
    with pytest.raises(BadInput, match="is no name for a file here"):
        unpacked(packed({"plugin.yaml": PACK, "templates/a b.docx": as_text(b"x")}))


@pytest.mark.slow
def test_published_is_the_document_itself_and_the_folder_may_be_gone(kit: Kit, folder: Path) -> None:
    pack = read_pack(folder)
    definitions.publish(kit.registry, SYSTEM, pack, Library([*definitions.all_packs(kit.registry), pack]))
    data = as_text((folder / "templates/letter.docx").read_bytes())
    shutil.rmtree(folder)
    with kit.registry.store.read(SYSTEM) as session:
        row = session.exec(select(Definition).where(Definition.ref == "place.letter")).one()
        assert read_as(DocumentTemplate, row).docx == data
        _, files = pack_sources.files(kit.registry, session, "published:place")
    assert files["templates/letter.docx"] == data and "docx" not in files["templates/letter.yaml"]


def test_huaian_has_all_nine_and_each_is_what_its_maker_makes() -> None:
    spec = util.spec_from_file_location("make_templates", HUAIAN / "tests/make_templates.py")
    assert spec and spec.loader
    maker = util.module_from_spec(spec)
    sys.modules["make_templates"] = maker
    spec.loader.exec_module(maker)
    there = {file.name: file.read_bytes() for file in (HUAIAN / "templates").glob("*.docx")}
    made = {name: parts_of(data) for name, data in maker.made().items()}
    assert len(there) == 9 and made == {name: parts_of(data) for name, data in there.items()}
    assert {name: list(broken_rules(data)) for name, data in there.items()} == {name: [] for name in there}
    pack: Pack = CITY
    assert {d.ref for d in pack.definitions if d.type == "template"} == {f"huaian.{name[:-5]}" for name in there}
