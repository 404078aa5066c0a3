"""What an author gets wrong is told with file, line and column, and nothing is published."""

import shutil
from pathlib import Path

import pytest

from registry.actions import definitions
from registry.base.errors import BadInput
from registry.host.check import Library, check, notices
from registry.host.packs import Pack, read_pack
from registry.rules.permission import SYSTEM
from registry.store.definition import Definition
from registry.testing import Kit
from tests.bundled import CITY, KINDS

ROOT = Path(__file__).parents[2]
RICE, FLOW = "criteria/rice_crayfish.yaml", "workflows/rice_crayfish.yaml"
CHEF, FORM, PAGE = "criteria/crayfish_chef.yaml", "forms/rice_crayfish.yaml", "pages/rice_crayfish.yaml"
UNITS = "{measure: {fact: building_units}, at_least: 3}"
OTHERS = [*KINDS, CITY]
BOMB = """a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c]
"""


def spoilt(folder: Path, file: str, old: str, new: str) -> tuple[Pack, Library]:
    """The pack of Xuyi with one text of one file replaced."""
    copy = folder / "xuyi"
    shutil.copytree(ROOT / "plugins/xuyi", copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    pack = read_pack(copy)
    return pack, Library([*OTHERS, pack])


CASES = {
    # YAML itself
    "a sign that YAML keeps for itself": (
        RICE,
        "    basis: 第一条\n",
        "    basis: @第一条\n",
        "criteria/rice_crayfish.yaml:21:12: This character may not stand here; indent with spaces",
    ),
    "a tab that fits no indentation": (
        RICE,
        "    basis: 第一条\n",
        "\t basis: 第一条\n",
        "criteria/rice_crayfish.yaml:21:3: The indentation does not fit the lines above",
    ),
    "indentation": (
        RICE,
        "    says: {zh-Hans: 50亩",
        "     says: {zh-Hans: 50亩",
        "criteria/rice_crayfish.yaml:24:10: A “: ” may not stand here; is the line before it complete",
    ),
    "bracket": (
        RICE,
        "facts: {}",
        "facts: {",
        "criteria/rice_crayfish.yaml:19:3: The indentation does not fit the lines above, or a bracket",
    ),
    "quotation mark": (
        RICE,
        'region: "320830"',
        'region: "320830',
        "criteria/rice_crayfish.yaml:5:9: A quotation mark is not closed.",
    ),
    "key twice": (
        RICE,
        "kind: labour_brand\n",
        'kind: labour_brand\nregion: "320830"\n',
        "criteria/rice_crayfish.yaml:14:1: The key “region” is said twice (first at line 5).",
    ),
    "anchor": (
        RICE,
        "standing: example",
        "standing: &s example",
        "criteria/rice_crayfish.yaml:11:11: Anchors (&) are not allowed. Write the value out where it is needed.",
    ),
    "alias": (
        RICE,
        "kind: labour_brand",
        "kind: *s",
        "criteria/rice_crayfish.yaml:13:7: Aliases (*) are not allowed. Write the value out.",
    ),
    "merge": (
        RICE,
        "facts: {}",
        "facts:\n  <<: {a: 1}",
        "criteria/rice_crayfish.yaml:17:3: Merge keys (<<) are not allowed. Write the keys out.",
    ),
    "alias bomb": (RICE, "facts: {}", BOMB, "criteria/rice_crayfish.yaml:16:4: Anchors (&) are not allowed."),
    "tag": (
        RICE,
        "level: county",
        "level: !!str county",
        "criteria/rice_crayfish.yaml:15:8: Tags (!) are not allowed.",
    ),
    "second document": (
        RICE,
        "eligible:\n",
        "---\neligible:\n",
        "criteria/rice_crayfish.yaml:18:1: Only one document may stand in a file; remove the line “---”.",
    ),
    "character that cannot be printed": (
        RICE,
        "basis: 第一条",
        "basis: 第\u0007一条",
        "criteria/rice_crayfish.yaml:21:13: The character U+0007 may not stand in a definition.",
    ),
    # keys and types
    "unknown key": (
        RICE,
        "pass_mark: 60",
        "pas_mark: 60",
        "criteria/rice_crayfish.yaml:91:1: Unknown key “pas_mark”. Did you mean “pass_mark”?",
    ),
    "wrong type": (
        RICE,
        "at_least: 1000}",
        "at_least: many}",
        "criteria/rice_crayfish.yaml:26:123: “many” must be a number",
    ),
    "duplicate clause": (
        RICE,
        "id: holders",
        "id: area",
        "criteria/rice_crayfish.yaml:23:9: The clause “area” stands twice",
    ),
    "two rule keys in one node": (
        RICE,
        "test: {none_of:",
        "test: {check: wage_arrears, none_of:",
        "criteria/rice_crayfish.yaml:54:11: Says two things at once: check, none_of.",
    ),
    "version of the interface": (
        "plugin.yaml",
        "requires_api: 1",
        "requires_api: 9",
        "plugin.yaml:6:15: This pack needs version 9 of the interface; this registry has 1.",
    ),
    # names in conditions
    "fact": (
        RICE,
        "{fact: building_units}",
        "{fact: bilding_units}",
        "criteria/rice_crayfish.yaml:48:28: Unknown fact “bilding_units”. Did you mean “building_units”?",
    ),
    "fact of a relaxation's condition": (
        RICE,
        "when: {check: field_training_base}",
        "when: {check: field_trainig_base}",
        "criteria/rice_crayfish.yaml:36:25: Unknown fact “field_trainig_base”. Did you mean “field_training_base”?",
    ),
    "number where yes or no is asked": (
        RICE,
        "when: {check: field_training_base}",
        "when: {check: holders}",
        "criteria/rice_crayfish.yaml:36:25: “holders” is no yes/no fact and cannot be checked off.",
    ),
    "yes or no where a number is asked": (
        RICE,
        "{fact: building_units}",
        "{fact: field_training_base}",
        "criteria/rice_crayfish.yaml:48:28: “field_training_base” is no number and cannot be measured.",
    ),
    "source": (
        RICE,
        "from: [statistics, roster, declared]",
        "from: [statistics, rooster, declared]",
        "criteria/rice_crayfish.yaml:26:56: There is no source “rooster”. Did you mean “roster”?",
    ),
    "reference": (
        CHEF,
        "reference: huaian.trade_wages",
        "reference: huaian.trade_wage",
        "criteria/crayfish_chef.yaml:39:29: Unknown reference table “huaian.trade_wage”. Did you mean “huaian.trade_wages”?",
    ),
    "reference table": (
        CHEF,
        "references: [huaian.trade_wages]",
        "references: [huaian.trade_wages, huaian.prices]",
        "criteria/crayfish_chef.yaml:17:34: There is no reference table “huaian.prices”.",
    ),
    "title": (
        RICE,
        UNITS,
        "{title: labour_brnd, held: false}",
        "criteria/rice_crayfish.yaml:48:19: There is no title “labour_brnd”. Did you mean “labour_brand”?",
    ),
    "level of a title": (
        RICE,
        UNITS,
        "{title: labour_brand, level: town}",
        "criteria/rice_crayfish.yaml:48:40: “town” is not one of: county, city, province, nation.",
    ),
    "kind": (
        RICE,
        "kind: labour_brand",
        "kind: labour_brnd",
        "criteria/rice_crayfish.yaml:13:7: There is no kind “labour_brnd”; there are: incubation_base, labour_brand",
    ),
    "level": (
        RICE,
        "level: county",
        "level: town",
        "criteria/rice_crayfish.yaml:15:8: “town” is not one of: county, city, province, nation.",
    ),
    "class": (
        RICE,
        "level: county",
        "level: county\nclass: skill",
        "criteria/rice_crayfish.yaml:16:8: The kind has no class “skill”. Did you mean “skills”?",
    ),
    "level in a table": (
        RICE,
        "at_least: 100000}",
        "at_least: {by: level, values: {county: 100000, town: 5}}}",
        "criteria/rice_crayfish.yaml:22:180: There is no level “town”.",
    ),
    "class in a table": (
        RICE,
        "at_least: 100000}",
        "at_least: {by: class, values: {skilz: 100000}}}",
        "criteria/rice_crayfish.yaml:22:165: The kind has no class “skilz”. Did you mean “skills”?",
    ),
    # forms
    "field that shows another": (
        FORM,
        "{field: on_behalf, equals: true}",
        "{field: on_behlf, equals: true}",
        "forms/rice_crayfish.yaml:74:29: “on_behlf” is no field above this one. Did you mean “on_behalf”?",
    ),
    "answer that shows another": (
        FORM,
        "{field: on_behalf, equals: true}",
        "{field: owner_type, equals: privat}",
        "forms/rice_crayfish.yaml:74:49: “owner_type” has no answer “privat”.",
    ),
    "word where yes or no is answered": (
        FORM,
        "{field: on_behalf, equals: true}",
        "{field: on_behalf, equals: sure}",
        "forms/rice_crayfish.yaml:74:48: “on_behalf” has no answer “sure”. Write true or false.",
    ),
    "fact of a field": (
        FORM,
        "writes: {fact: building_units}",
        "writes: {fact: bilding_units}",
        "forms/rice_crayfish.yaml:64:24: There is no fact “bilding_units”. Did you mean “building_units”?",
    ),
    "type of a field": (
        FORM,
        "writes: {fact: building_units}",
        "writes: {fact: field_training_base}",
        "forms/rice_crayfish.yaml:63:15: The fact “field_training_base” cannot be said by a field of the type “integer”. "
        "Such as: type: yes_no.",
    ),
    "procedure of a form": (
        FORM,
        "procedure: recommend",
        "procedure: recomend",
        "forms/rice_crayfish.yaml:11:12: There is no procedure “recomend”. Did you mean “recommend”?",
    ),
    # workflows
    "workflow": (
        FLOW,
        "huaian.recommend@1",
        "huaian.recomend@1",
        "workflows/rice_crayfish.yaml:13:10: There is no workflow “huaian.recomend@1” to extend. "
        "Did you mean “huaian.recommend@1”?",
    ),
    "version of a workflow": (
        FLOW,
        "huaian.recommend@1",
        "huaian.recommend@4",
        "workflows/rice_crayfish.yaml:13:10: There is no workflow “huaian.recommend@4” to extend. "
        "There is: huaian.recommend@1.",
    ),
    "stage to insert after": (
        FLOW,
        "insert_after: acceptance",
        "insert_after: aceptance",
        "workflows/rice_crayfish.yaml:16:19: There is no stage “aceptance” to edit. Did you mean “acceptance”?",
    ),
    "stage that an outcome leads to": (
        FLOW,
        "to: NEXT",
        "to: reviw",
        "workflows/rice_crayfish.yaml:30:15: There is no stage “reviw”: draft --submit--> acceptance --accept--> "
        "field_check --visited--> reviw Did you mean “review”?",
    ),
    "stage that nobody reaches": (
        FLOW,
        "to: NEXT",
        "to: field_check",
        "workflows/rice_crayfish.yaml:13:10: “review” can never be reached.",
    ),
    "review that is passed by": (
        FLOW,
        "to: NEXT",
        "to: leader",
        "workflows/rice_crayfish.yaml:13:10: “concluded” can be reached without a review and a decision after the review",
    ),
    "role": (
        FLOW,
        "role: county_officer",
        "role: county_oficer",
        "workflows/rice_crayfish.yaml:25:13: “county_oficer” is not one of: applicant, county_officer",
    ),
    "kind of a stage": (
        FLOW,
        "kind: site_visit",
        "kind: site_vist",
        "workflows/rice_crayfish.yaml:19:13: “site_vist” is not one of: form, task",
    ),
    "act": (
        FLOW,
        "act: next",
        "act: forward",
        "workflows/rice_crayfish.yaml:31:16: “forward” is not one of: next, return",
    ),
    # pages
    "script": (
        PAGE,
        "一块田，两样收成",
        "<script>alert(1)</script>",
        "pages/rice_crayfish.yaml:15:5: A page is Markdown; “<script” is not shown and does nothing.",
    ),
    "link that is a script": (
        PAGE,
        "一块田，两样收成",
        "[看](javascript:alert(1))",
        "pages/rice_crayfish.yaml:15:9: A link leads to http:, https:, mailto: or tel:, not to “javascript:”.",
    ),
    "event": (
        PAGE,
        "一块田，两样收成",
        '<b onclick="x()">',
        "pages/rice_crayfish.yaml:15:8: A page runs no scripts; “onclick=” does nothing.",
    ),
    "data that the page has not got": (
        PAGE,
        "一块田，两样收成",
        "{{ entrie.name }}",
        "pages/rice_crayfish.yaml:15:8: This page has no “entrie”; it has: entry, figures, titles. Did you mean “entry”?",
    ),
    "property of a row": (
        PAGE,
        "{{ row.period }}",
        "{{ row.perid }}",
        "pages/rice_crayfish.yaml:21:36: There is no “perid” here; there is: fact, label",
    ),
    "template": (
        PAGE,
        "一块田，两样收成",
        "{% if %}",
        "pages/rice_crayfish.yaml:15:5: The page's template is not right: Expected an expression",
    ),
    "place of a page": (
        PAGE,
        "slot: entry",
        "slot: entrie",
        "pages/rice_crayfish.yaml:8:7: There is no place “entrie” for a page; there are: county, entry.",
    ),
    # whose rule it is
    "another county's region": (
        RICE,
        'region: "320830"',
        'region: "320826"',
        "criteria/rice_crayfish.yaml:5:9: Region 320826 is not inside 320830",
    ),
    "id of a neighbour": (
        RICE,
        "id: xuyi.rice_crayfish",
        "id: huaian.brand.city",
        "criteria/rice_crayfish.yaml:2:5: The id “huaian.brand.city” is taken by the pack “huaian”; this is the pack “xuyi”.",
    ),
    "official without a document": (
        RICE,
        "standing: example",
        "standing: official",
        "criteria/rice_crayfish.yaml:11:11: Without a document",
    ),
    "laxer than the city's floor": (
        RICE,
        "- id: false_material",
        "- id: honest_material",
        "criteria/rice_crayfish.yaml:2:5: Example criteria for demonstration (Xuyi) lacks the veto “false_material”; "
        "Example floors for demonstration demands it.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fault_is_told_at_its_place(case: str, tmp_path: Path) -> None:
    file, old, new, expected = CASES[case]
    faults = [fault.text("en") for fault in check(*spoilt(tmp_path, file, old, new))]
    assert any(fault.startswith(expected) for fault in faults), faults


def test_stage_without_a_way_out_is_told_with_the_path_into_it(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, FLOW, "to: NEXT", "to: field_check")
    file = pack.folder / FLOW
    file.write_text(file.read_text().partition("        return_for_correction:")[0])
    traps = [f for f in told(read_pack(pack.folder), library) if "“field_check” is a trap" in f]
    assert traps == [
        "workflows/rice_crayfish.yaml:17:12: “field_check” is a trap: no way from it to an end is always open: "
        "draft --submit--> acceptance --accept--> field_check"
    ]


def told(pack: Pack, library: Library) -> list[str]:
    return [fault.text("en") for fault in check(pack, Library([*library.packs[:-1], pack]))]


def test_kind_that_there_is_not_is_one_fault_and_not_one_for_each_of_its_facts(tmp_path: Path) -> None:
    faults = [f.text("en") for f in check(*spoilt(tmp_path, RICE, "kind: labour_brand", "kind: labour_brnd"))]
    assert len(faults) == 1


def test_folder_without_a_manifest_is_no_pack(tmp_path: Path) -> None:
    (fault,) = read_pack(tmp_path).faults
    assert fault.text("en") == (
        f"{tmp_path}: There is no plugin.yaml in this folder. "
        "A pack's folder has plugin.yaml at its root; “registry plugin new” makes one."
    )


def test_picture_that_is_too_large_is_refused_and_a_small_one_is_not(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "facts: {}", "facts: {}")
    picture = pack.folder / "pages/rice.jpg"
    picture.write_bytes(b"x" * 1024 * 1024)
    assert told(read_pack(pack.folder), library) == []
    picture.write_bytes(b"x" * (1024 * 1024 + 1))
    assert told(read_pack(pack.folder), library) == [
        "pages/rice.jpg: The picture has 1025 kB; at most 1024 are allowed. Save it smaller."
    ]


def noticed(pack: Pack, library: Library) -> list[str]:
    return [one.text("en") for one in notices(pack, library)]


def test_what_nobody_reads_is_told_and_is_no_fault(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "facts: {}", "facts: {}")
    assert noticed(pack, library) == []
    for path in ("critera/new.yaml", "criteria/notes.txt", "figures.csv"):
        (pack.folder / path).parent.mkdir(exist_ok=True)
        (pack.folder / path).write_text("x")
    assert noticed(pack, library) == [
        "critera/: This folder is not read. Did you mean “criteria”?",
        "criteria/notes.txt: This file is not read. Definitions end in .yaml.",
        "figures.csv: This file is not read. Definitions end in .yaml.",
    ]
    assert check(pack, library) == []


def test_newer_parent_is_told_and_never_taken(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "facts: {}", "facts: {}")
    city = shutil.copytree(ROOT / "plugins/huaian", tmp_path / "huaian")
    second = (city / "workflows/recommend.yaml").read_text().replace("version: 1\n", "version: 2\n", 1)
    (city / "workflows/recommend_2.yaml").write_text(second)
    newer = Library([*(p for p in library.packs if p.name not in ("huaian", "xuyi")), read_pack(city), pack])
    assert check(pack, newer) == []
    assert noticed(pack, newer) == [
        "workflows/rice_crayfish.yaml:13:10: “huaian.recommend” has a version 2 now; this goes on following version 1. "
        "Compare the two; to follow, write huaian.recommend@2 here and raise “version”."
    ]
    (city / "workflows/recommend.yaml").unlink()
    only = Library([*(p for p in library.packs if p.name not in ("huaian", "xuyi")), read_pack(city), pack])
    assert [f.text("en") for f in check(pack, only)] == [
        "workflows/rice_crayfish.yaml:13:10: There is no workflow “huaian.recommend@1” to extend. "
        "There is: huaian.recommend@2."
    ]


def test_laxer_county_rule_is_refused_with_both_documents_named(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, "criteria/crayfish_chef.yaml", "id: trained_in_year", "id: trained_some_year")
    faults = [fault.text("en") for fault in check(pack, library)]
    both = [
        f
        for f in faults
        if "Example criteria for demonstration (Xuyi)" in f and "Example floors for demonstration (counties" in f
    ]
    assert both, faults


def test_pack_with_a_fault_publishes_nothing(kit: Kit, tmp_path: Path) -> None:
    def published() -> int:
        with kit.registry.store.system() as session:
            return len(session.exec(definitions.select(Definition)).all())

    before = published()
    pack, library = spoilt(tmp_path, RICE, "version: 1", "version: 2")
    (pack.folder / FLOW).write_text("id: [")
    pack = read_pack(pack.folder)
    with pytest.raises(BadInput):
        definitions.publish(kit.registry, SYSTEM, pack, Library([*library.packs[:-1], pack]))
    assert published() == before


def test_published_version_never_changes(kit: Kit, tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "at_least: 100000}", "at_least: 120000}")
    with pytest.raises(BadInput) as refused:
        definitions.publish(kit.registry, SYSTEM, pack, library)
    assert (
        "criteria/rice_crayfish.yaml:3:10: Version 1 of “xuyi.rice_crayfish” is published already"
        in refused.value.faults[0].text("en")
    )


def test_what_a_chinese_keyboard_wrote_is_noticed_and_hinders_nothing(tmp_path: Path) -> None:
    pack, library = spoilt(tmp_path, RICE, "pass_mark: 60", "pass_mark：60")
    assert check(pack, library) == []
    assert [notice.text("en") for notice in pack.notices] == [
        "criteria/rice_crayfish.yaml:91:10: “：” is read as “:”.\n    pass_mark: 60"
    ]
    assert pack.notices[0].to_json("en")["corrected"] == "pass_mark: 60"
