"""Packs written in the browser: begun, changed by two at once, handed in, published by a person who wrote none of it."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlmodel import select

from registry.actions import definitions, merging, pack_drafts, pack_sources, setup
from registry.actions.jobs import run_waiting
from registry.base.errors import BadInput, NotFound, Refused, Stale
from registry.host.archive import packed
from registry.host.check import Library
from registry.host.packs import read_pack
from registry.host.resolve import resolve
from registry.rules.permission import SYSTEM
from registry.store.definition import Definition, Publication
from registry.store.pack import PackDraft, files_of
from registry.store.showcase import RenderedPage
from registry.testing import CITY, LIANSHUI, XUYI, Kit, add, journey

pytestmark = pytest.mark.slow

PAGE, CRITERIA, FLOW = "pages/county.yaml", "criteria/brand.yaml", "workflows/brand.yaml"


def begun(kit: Kit, pack: str = "xuyi_lotus", login: str = "xuyi-officer", region: str = XUYI, **about: object) -> str:
    return pack_drafts.begin(kit.registry, kit.who(login), pack=pack, region=region, **about)  # type: ignore[arg-type]


def draft(kit: Kit, id: str) -> PackDraft:
    with kit.registry.store.read(SYSTEM) as session:
        return pack_drafts.load(session, id)


def texts(kit: Kit, id: str) -> dict[str, str]:
    with kit.registry.store.read(SYSTEM) as session:
        return {path: row.text for path, row in files_of(session, id).items()}


def faults(kit: Kit, id: str) -> list[str]:
    with kit.registry.store.read(SYSTEM) as session:
        found = pack_drafts.examined(session, pack_drafts.load(session, id), definitions.all_packs(kit.registry))
        return [f.text("en") for f in found.faults]


def change(kit: Kit, id: str, path: str, old: str, new: str, login: str = "xuyi-officer") -> None:
    """Replace words of a file as somebody who has just opened it."""
    text = texts(kit, id)[path]
    assert old in text, text
    pack_drafts.save(
        kit.registry, kit.who(login), id, path, text=text.replace(old, new), seen=pack_drafts.mark_of(text)
    )


def raise_version(kit: Kit, id: str, login: str = "xuyi-officer") -> None:
    """What is said anew is a new version of the pack."""
    (line,) = re.findall(r"^version: .*$", texts(kit, id)["plugin.yaml"], re.MULTILINE)
    change(kit, id, "plugin.yaml", line, "version: 9.0.0", login)


def hand_in(kit: Kit, id: str, login: str = "xuyi-officer") -> None:
    pack_drafts.hand_in(kit.registry, kit.who(login), id, version=draft(kit, id).version)


def publish(kit: Kit, id: str, login: str = "xuyi-leader") -> definitions.Published:
    return pack_drafts.publish(kit.registry, kit.who(login), id, version=draft(kit, id).version)


# Begun


def test_blank_pack_has_no_fault_and_is_published_by_the_leader(kit: Kit) -> None:
    id = begun(kit)
    assert faults(kit, id) == [] and set(texts(kit, id)) == {"plugin.yaml", PAGE, CRITERIA, FLOW}
    hand_in(kit, id)
    assert publish(kit, id) == definitions.Published("xuyi_lotus", "0.1.0", 3, 0)
    with kit.registry.store.read() as session:
        rows = session.exec(select(Definition).where(Definition.pack == "xuyi_lotus")).all()
        assert {d.type for d in rows} == {"criteria", "workflow", "page"} and {d.region for d in rows} == {XUYI}
        assert session.exec(select(Publication).where(Publication.pack == "xuyi_lotus")).one().definitions == 3
    run_waiting(kit.registry)
    with kit.registry.store.read() as session:
        page = session.exec(select(RenderedPage).where(RenderedPage.page == "xuyi_lotus/xuyi_lotus.county"))
        assert "盱眙县" in {row.lang: row.html for row in page}["zh-Hans"]
    assert draft(kit, id).state == "published" and kit.health().fault is None


def test_copy_of_the_neighbour_checks_and_names_whom_it_is_for(kit: Kit) -> None:
    id = begun(kit, source="folder:lianshui")
    assert faults(kit, id) == []
    assert "涟水县" not in texts(kit, id)["criteria/sewing_worker.yaml"].split("\ntitle:")[1].split("\n")[0]


def test_further_draft_of_ones_own_pack_keeps_its_words(kit: Kit) -> None:
    id = begun(kit, "xuyi", source="folder:xuyi")
    folder = next(p.folder for p in definitions.all_packs(kit.registry) if p.name == "xuyi")
    assert (
        texts(kit, id)[FLOW.replace("brand", "rice_crayfish")] == (folder / "workflows/rice_crayfish.yaml").read_text()
    )
    assert faults(kit, id) == []
    with pytest.raises(BadInput, match="every rule is published already") as told:
        hand_in(kit, id)
    assert told.value.faults[0].remedy


def test_what_is_published_can_be_begun_from_when_its_folder_is_gone(kit: Kit, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    (folder / "criteria").mkdir(parents=True)
    id = begun(kit)
    for path in ("plugin.yaml", CRITERIA):
        (folder / path).write_text(texts(kit, id)[path].replace("xuyi_lotus", "xuyi_old"))
    pack = read_pack(folder)
    definitions.publish(kit.registry, SYSTEM, pack, Library([*definitions.all_packs(kit.registry), pack]))
    with kit.registry.store.read(kit.who("xuyi-officer")) as session:
        keys = [s.key for s in pack_sources.sources(kit.registry, session)]
    assert "published:xuyi_old" in keys and f"draft:{id}" in keys and "folder:lianshui" in keys
    copy = begun(kit, "xuyi_new", source="published:xuyi_old")
    assert faults(kit, copy) == [] and "id: xuyi_new.brand" in texts(kit, copy)["criteria/brand.yaml"]


@pytest.mark.parametrize(
    ("pack", "login", "region", "error", "words"),
    [
        ("Xuyi Lotus", "xuyi-officer", XUYI, BadInput, "no name for a pack"),
        ("lianshui", "xuyi-officer", XUYI, BadInput, "There is a pack “lianshui” of Lianshui County"),
        ("huaian", "xuyi-officer", XUYI, BadInput, "choose another name"),
        ("lotus", "xuyi-officer", LIANSHUI, Refused, "officers and reviewers"),
        ("lotus", "xuyi-leader", XUYI, Refused, "officers and reviewers"),
        ("lotus", "applicant", XUYI, Refused, "officers and reviewers"),
    ],
)
def test_what_cannot_be_begun(pack: str, login: str, region: str, error: type[Exception], words: str, kit: Kit) -> None:
    with pytest.raises(error, match=words):
        begun(kit, pack, login, region)


def test_one_draft_of_a_pack_at_a_time(kit: Kit) -> None:
    id = begun(kit)
    with pytest.raises(BadInput, match="is being written already"):
        begun(kit, login="xuyi-reviewer")
    with pytest.raises(BadInput, match="taken; choose another"):
        begun(kit, login="lianshui-officer", region=LIANSHUI)
    pack_drafts.drop(kit.registry, kit.who("xuyi-officer"), id, version=1)
    begun(kit, login="xuyi-reviewer")


def test_neighbours_see_nothing_of_it_the_city_and_the_administrator_do(kit: Kit) -> None:
    id = begun(kit)
    add(kit, "keeper", "admin", CITY, kit.clock.now().date())
    for login, sees in (("city-officer", True), ("keeper", True), ("lianshui-officer", False), ("applicant", False)):
        with kit.registry.store.read(kit.who(login)) as session:
            assert bool(session.exec(select(PackDraft)).all()) is sees
            assert bool(files_of(session, id)) is sees
    with pytest.raises(NotFound):
        pack_drafts.save(kit.registry, kit.who("lianshui-officer"), id, PAGE, text="", seen="")
    with pytest.raises(Refused):
        pack_drafts.save(kit.registry, kit.who("city-officer"), id, PAGE, text="", seen="")


# Changed


def test_whoever_was_slower_is_told_who_was_faster_and_overwrites_nothing(kit: Kit) -> None:
    id = begun(kit)
    seen = pack_drafts.mark_of(texts(kit, id)[PAGE])
    pack_drafts.save(kit.registry, kit.who("xuyi-reviewer"), id, PAGE, text="title: a\n", seen=seen)
    with pytest.raises(Stale, match="xuyi-reviewer has saved this file"):
        pack_drafts.save(kit.registry, kit.who("xuyi-officer"), id, PAGE, text="title: b\n", seen=seen)
    with pytest.raises(Stale, match="it was not deleted"):
        pack_drafts.delete_file(kit.registry, kit.who("xuyi-officer"), id, PAGE, seen=seen)
    assert texts(kit, id)[PAGE] == "title: a\n"
    pack_drafts.save(kit.registry, kit.who("xuyi-officer"), id, PAGE, text="title: a\r\n", seen=seen)  # the same words
    pack_drafts.save(
        kit.registry, kit.who("xuyi-officer"), id, PAGE, text="title: c\r\n", seen=pack_drafts.mark_of("title: a\n")
    )
    assert texts(kit, id)[PAGE] == "title: c\n" and len(draft(kit, id).writers) == 2


def test_two_files_are_changed_at_the_same_time_without_loss(kit: Kit) -> None:
    id = begun(kit)
    marks = {path: pack_drafts.mark_of(text) for path, text in texts(kit, id).items()}
    for login, path in (("xuyi-reviewer", PAGE), ("xuyi-officer", CRITERIA)):
        pack_drafts.save(kit.registry, kit.who(login), id, path, text=f"# {login}\n", seen=marks[path])
    assert texts(kit, id)[PAGE] == "# xuyi-reviewer\n" and texts(kit, id)[CRITERIA] == "# xuyi-officer\n"


def test_files_are_added_renamed_and_deleted_where_a_pack_has_them(kit: Kit) -> None:
    id, actor = begun(kit), kit.who("xuyi-officer")
    path = pack_drafts.add_file(kit.registry, actor, id, folder="criteria", name="莲藕种植工")
    assert path == "criteria/莲藕种植工.yaml" and 'region: "320830"' in texts(kit, id)[path]
    assert any(f.startswith(f"{path}:") for f in faults(kit, id))
    moved = pack_drafts.rename_file(kit.registry, actor, id, path, folder="forms", name="Lotus.yaml")
    for folder, name in (("forms", "lotus"), ("forms", "LOTUS.yaml")):
        with pytest.raises(BadInput, match="already"):
            pack_drafts.add_file(kit.registry, actor, id, folder=folder, name=name)
    for folder, name in (
        ("..", "x"),
        ("demo", "x"),
        ("forms", "../x"),
        ("forms", "a/b"),
        ("forms", ""),
        ("forms", "x.py.yaml"),
    ):
        with pytest.raises(BadInput, match="no place in a pack|no name for a file"):
            pack_drafts.add_file(kit.registry, actor, id, folder=folder, name=name)
    pack_drafts.delete_file(kit.registry, actor, id, moved, seen=pack_drafts.mark_of(texts(kit, id)[moved]))
    assert faults(kit, id) == []
    with pytest.raises(Refused, match="not renamed or deleted"):
        pack_drafts.rename_file(kit.registry, actor, id, "plugin.yaml", folder="forms", name="x")


def test_what_is_too_much_is_refused_and_what_is_no_text_too(kit: Kit) -> None:
    id, actor = begun(kit), kit.who("xuyi-officer")
    for text, words in (("多" * 90_000, "larger than 256 kB"), ("a\0b", "cannot be read")):
        with pytest.raises(BadInput, match=words):
            pack_drafts.save(kit.registry, actor, id, PAGE, text=text, seen="")


def test_manifest_keeps_the_packs_name_and_region(kit: Kit) -> None:
    id = begun(kit)
    change(kit, id, "plugin.yaml", "id: xuyi_lotus", "id: xuyi")
    said = faults(kit, id)
    assert "This draft was begun with xuyi_lotus here" in said[0] and said[0].startswith("plugin.yaml:2:5:")


# Handed in and published: four eyes, by person


def test_faults_are_told_where_they_are_and_keep_it_from_being_handed_in(kit: Kit) -> None:
    id = begun(kit)
    change(kit, id, CRITERIA, "at_least: 100", "at_leest: 100")
    with pytest.raises(BadInput) as told:
        hand_in(kit, id)
    (fault,) = told.value.faults
    assert (fault.file, fault.line) == (CRITERIA, 1 + texts(kit, id)[CRITERIA].split("at_leest")[0].count("\n"))
    assert "at_least" in (fault.text("en"))


def test_nobody_publishes_what_they_wrote_under_whatever_account(kit: Kit) -> None:
    id = begun(kit)
    add(kit, "second-account", "county_leader", XUYI, kit.clock.now().date())
    add(kit, "other-leader", "county_leader", XUYI, kit.clock.now().date())
    change(kit, id, PAGE, "这里写", "在这里写", login="xuyi-reviewer")
    hand_in(kit, id)
    merging.merge_persons(kit.registry, SYSTEM, keep="second-account", drop="xuyi-reviewer", reason="同一身份证号")
    for login in ("xuyi-reviewer", "second-account"):
        with pytest.raises(Refused, match="somebody else must publish"):
            publish(kit, id, login)
    for login in ("xuyi-officer", "lianshui-leader", "city-leader"):
        with pytest.raises((Refused, NotFound)):
            publish(kit, id, login)
    publish(kit, id, "other-leader")


def test_sent_back_with_a_reason_and_open_to_its_writers_again(kit: Kit) -> None:
    id, leader = begun(kit), kit.who("xuyi-leader")
    hand_in(kit, id)
    seen = draft(kit, id).version
    with pytest.raises(Refused, match="handed in and is being looked at"):
        change(kit, id, PAGE, "这里写", "在这里写")
    with pytest.raises(BadInput, match="what has to be changed"):
        pack_drafts.send_back(kit.registry, leader, id, version=seen, reason="不行")
    with pytest.raises(Refused, match="sent back by you"):
        pack_drafts.send_back(kit.registry, kit.who("city-leader"), id, version=seen, reason="培训人数请写明来源")
    pack_drafts.send_back(kit.registry, leader, id, version=seen, reason="培训人数请写明来源")
    now = draft(kit, id)
    assert (now.state, now.handed_in_by, now.reason) == ("open", None, "培训人数请写明来源")
    with pytest.raises(Stale, match="A colleague has changed this draft"):
        pack_drafts.hand_in(kit.registry, kit.who("xuyi-officer"), id, version=seen)
    hand_in(kit, id)
    pack_drafts.take_back(kit.registry, kit.who("xuyi-reviewer"), id, version=draft(kit, id).version)
    with pytest.raises(Refused, match="not handed in"):
        publish(kit, id)
    assert kit.health().fault is None


def floor(kit: Kit) -> None:
    """The city publishes that it wants to agree."""
    head = 'id: huaian.packs\nversion: 1\nstanding: example\nin_force: {from: 2026-01-01}\nregion: "320800"\n'
    title = "title: {zh-Hans: 全市规则发布办法（示例）, en: How rules are published in the city (example)}\n"
    id = begun(kit, "huaian", "city-officer", CITY, source="folder:huaian")
    raise_version(kit, id, "city-officer")
    pack_drafts.add_file(kit.registry, kit.who("city-officer"), id, folder="floors", name="packs")
    text = texts(kit, id)["floors/packs.yaml"]
    pack_drafts.save(
        kit.registry, kit.who("city-officer"), id, "floors/packs.yaml",
        text=head + title + "packs_need_city: 是\n", seen=pack_drafts.mark_of(text),
    )  # fmt: skip
    hand_in(kit, id, "city-officer")
    assert publish(kit, id, "city-leader").new == 1


def test_where_the_citys_floor_says_so_the_city_agrees_before(kit: Kit) -> None:
    floor(kit)
    id = begun(kit)
    hand_in(kit, id)
    with pytest.raises(Refused, match="How rules are published in the city .* asks for the city's agreement first"):
        publish(kit, id)
    for login in ("xuyi-leader", "city-officer"):
        with pytest.raises(Refused, match="city's leader agrees"):
            pack_drafts.agree(kit.registry, kit.who(login), id, version=draft(kit, id).version)
    pack_drafts.agree(kit.registry, kit.who("city-leader"), id, version=draft(kit, id).version)
    pack_drafts.take_back(kit.registry, kit.who("xuyi-officer"), id, version=draft(kit, id).version)
    assert draft(kit, id).agreed_by is None  # what was agreed to is no more
    hand_in(kit, id)
    pack_drafts.agree(kit.registry, kit.who("city-leader"), id, version=draft(kit, id).version)
    publish(kit, id)


def test_the_city_that_agrees_may_send_back(kit: Kit) -> None:
    floor(kit)
    id = begun(kit)
    hand_in(kit, id)
    city = kit.who("city-leader")
    pack_drafts.send_back(kit.registry, city, id, version=draft(kit, id).version, reason="请先征求企业意见")
    assert draft(kit, id).state == "open"


# Published: what others stand on, and who stays on the old


def test_new_version_of_a_workflow_leaves_running_cases_on_theirs(kit: Kit) -> None:
    case = journey.county(kit, "acceptance")
    before = kit.case(case).pins["workflow"]
    path = "workflows/rice_crayfish.yaml"
    id = begun(kit, "xuyi", source="folder:xuyi")
    change(kit, id, path, "version: 1", "version: 2")
    change(kit, id, path, "days: 8", "days: 3")
    with pytest.raises(BadInput, match="Version .* of this pack is published already with other content"):
        hand_in(kit, id)
    raise_version(kit, id)
    hand_in(kit, id)
    assert publish(kit, id).new == 1
    with kit.registry.store.read() as session:
        about = {"kind": "labour_brand", "product": "rice_crayfish", "level": "county", "procedure": "recommend"}
        newest = resolve(session, "workflow", region=XUYI, on=session.today, **about)  # type: ignore[arg-type]
    assert newest and newest.version == 2 and newest.body["stages"]["field_check"]["days"] == 3
    assert kit.case(case).pins["workflow"] == before != newest.id
    kit.act("xuyi-officer", case, "accept")
    assert kit.case(case).stage == "field_check" and kit.case(case).pins["workflow"] == before
    later = journey.county(kit, "acceptance", name="盱眙虚构丁种养员")
    assert kit.case(later).pins["workflow"] == newest.id
    assert kit.health().fault is None
    setup.set_up(kit.registry)  # as after an upgrade: the folder's older version takes nothing back


def test_draft_stands_on_what_is_published_although_no_folder_has_it(kit: Kit) -> None:
    city = begun(kit, "huaian_more", "city-officer", CITY, source="folder:huaian")
    for path in texts(kit, city):
        if path not in ("plugin.yaml", "workflows/recommend.yaml"):
            seen = pack_drafts.mark_of(texts(kit, city)[path])
            pack_drafts.delete_file(kit.registry, kit.who("city-officer"), city, path, seen=seen)
    hand_in(kit, city, "city-officer")
    publish(kit, city, "city-leader")
    id = begun(kit)
    change(kit, id, FLOW, "extends: huaian.recommend@1", "extends: huaian_more.recommend@1")
    assert faults(kit, id) == []
    change(kit, id, FLOW, "huaian_more.recommend@1", "huaian_more.recommend@2")
    assert "There is no workflow “huaian_more.recommend@2” to extend." in faults(kit, id)[0]


def test_id_of_another_pack_is_taken_although_its_folder_is_gone(kit: Kit) -> None:
    other = begun(kit, "lianshui_lotus", "lianshui-officer", LIANSHUI)
    hand_in(kit, other, "lianshui-officer")
    publish(kit, other, "lianshui-leader")
    id = begun(kit)
    change(kit, id, CRITERIA, "id: xuyi_lotus.brand", "id: lianshui_lotus.brand")
    taken = "“lianshui_lotus.brand” is taken by the pack “lianshui_lotus”"
    assert taken in faults(kit, id)[0]
    with kit.registry.store.read() as session:
        row = session.exec(select(Definition).where(Definition.ref == "lianshui_lotus.brand")).one()
    definitions.withdraw(kit.registry, SYSTEM, type="criteria", ref=row.ref, version=1, reason="试用结束")
    assert taken in faults(kit, id)[0]  # it is not in force any more, but whose it was it is


def test_what_was_published_meanwhile_is_asked_again(kit: Kit) -> None:
    id = begun(kit)
    hand_in(kit, id)
    city = begun(kit, "huaian", "city-officer", CITY, source="folder:huaian")
    raise_version(kit, city, "city-officer")
    path = "floors/county_brands.yaml"
    change(kit, city, path, "version: 1", "version: 2", "city-officer")
    change(kit, city, path, "at_least: 100", "at_least: 120", "city-officer")
    own = "criteria/brand_county.yaml"
    change(kit, city, own, "version: 1", "version: 2", "city-officer")
    change(kit, city, own, "at_least: 100", "at_least: 120", "city-officer")
    hand_in(kit, city, "city-officer")
    publish(kit, city, "city-leader")
    with pytest.raises(BadInput, match="demands at least 120"):
        publish(kit, id)
    assert draft(kit, id).state == "handed_in"


# Archives


def archive(files: Mapping[str, bytes | str], **about: object) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as z:
        for path, data in files.items():
            info = zipfile.ZipInfo(path)
            for key, value in about.items():
                setattr(info, key, value)
            z.writestr(info, data)
    return made.getvalue()


def test_pack_comes_back_from_its_archive_as_it_went(kit: Kit) -> None:
    id = begun(kit)
    before = texts(kit, id)
    change(kit, id, PAGE, "这里写", "在这里写")
    n = pack_drafts.replace_files(
        kit.registry, kit.who("xuyi-officer"), id, version=draft(kit, id).version, archive=packed(before)
    )
    assert n == 4 and texts(kit, id) == before
    with pytest.raises(Stale):
        pack_drafts.replace_files(kit.registry, kit.who("xuyi-officer"), id, version=1, archive=packed(before))
    pack_drafts.drop(kit.registry, kit.who("xuyi-officer"), id, version=draft(kit, id).version)
    again = begun(kit, archive=archive({f"xuyi_lotus/{p}": t.encode("gb18030") for p, t in before.items()}))
    assert texts(kit, again) == before and faults(kit, again) == []
