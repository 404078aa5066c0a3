"""A ledger of two hundred rows with every kind of damage, from the file to the entries and the titles that wait."""

import csv
import io
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlmodel import func, select

from registry.actions import entries, ledger
from registry.actions.ledger_copy import annotated_copy, template
from registry.actions.ledger_known import DIFFERS, FAULTY, MORE, NEW, SAME
from registry.actions.ledger_take import import_ledger
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.i18n import Text
from registry.base.sheets import read_sheets
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry, EntryUnit
from registry.store.ledger import LedgerFile, RecordedTitle, waiting_titles
from registry.store.observation import Observation
from registry.testing import XUYI, Kit
from tests.ledgers import make

N = 200
SMALL = 34


def hand_in(kit: Kit, data: bytes, name: str = "台账.xlsx", login: str = "xuyi-officer") -> str:
    actor = kit.who(login)
    return ledger.hand_in(kit.registry, actor, name=name, data=data, region=XUYI, kind="labour_brand")


def counted(kit: Kit) -> tuple[int, int, int]:
    with kit.registry.store.read(SYSTEM) as session:
        mine = select(func.count()).select_from(Entry).where(Entry.region == XUYI)
        waiting = select(func.count()).select_from(RecordedTitle)
        return session.exec(mine).one(), session.exec(waiting).one(), len(session.exec(select(Observation)).all())


def test_every_damaged_row_is_told_at_its_place_and_no_good_one_is(kit: Kit) -> None:
    rows = make.good_rows(N)
    spoilt = make.spoil(rows)
    plan = ledger.plan(kit.registry, kit.who("xuyi-officer"), hand_in(kit, make.workbook(rows)))
    assert len(plan.rows) == N
    assert {plan.rows.index(r) for r in plan.rows if not r.line.good} == set(spoilt)
    assert len({f.file for f in plan.faults}) == 3 and all(f.line and f.column and f.field for f in plan.faults)
    told = Counter(f.message.id for f in plan.faults)
    assert len(told) >= 9, told
    (impossible, *_) = [f for f in plan.faults if "2023.2.30" in f.message.text("en")]
    assert impossible.field is not None and impossible.field.startswith("K") and "认定时间" in impossible.field
    assert {r.entry_class for r in plan.rows} == {"skills", "services", "culture", "livelihood"}
    assert plan.left_out("第1批") == ["序号", "联系人", "联系电话", "备注"]


def test_dry_run_of_a_file_keeps_nothing(kit: Kit) -> None:
    data, officer, before = make.workbook(make.good_rows(SMALL)), kit.who("xuyi-officer"), kit.health().rows
    plan = ledger.look(kit.registry, officer, name="a.xlsx", data=data, region=XUYI, kind="labour_brand")
    assert plan.counted() == {NEW: SMALL} and kit.health().rows == before
    with kit.registry.store.read(SYSTEM) as session:
        assert not session.exec(select(LedgerFile)).all()


def test_nothing_is_taken_while_a_row_is_wrong_unless_one_says_so(kit: Kit) -> None:
    rows = make.good_rows(60)
    for row in rows[5:9]:
        row[make.DAY] = "2023.2.30"
    id, before = hand_in(kit, make.workbook(rows)), counted(kit)
    with pytest.raises(BadInput) as error:
        import_ledger(kit.registry, kit.who("xuyi-officer"), id)
    assert len(error.value.faults) == 4 and counted(kit) == before
    made = import_ledger(kit.registry, kit.who("xuyi-officer"), id, good_only=True)
    assert (made.entries, made.left_out) == (56, 4)
    assert counted(kit)[0] == before[0] + 56
    assert kit.health().fault is None


@pytest.mark.slow
def test_corrected_ledger_brings_in_the_rest_and_a_third_time_changes_nothing(kit: Kit) -> None:
    rows = make.good_rows(N)
    spoilt, officer = make.spoil(rows), kit.who("xuyi-officer")
    import_ledger(kit.registry, officer, hand_in(kit, make.workbook(rows)), good_only=True)
    right = make.workbook(make.good_rows(N))
    made = import_ledger(kit.registry, officer, hand_in(kit, right))
    assert made.entries == len(spoilt) and made.left_out == 0 and made.there_already == N - len(spoilt)
    before, record = counted(kit), kit.health()
    plan = ledger.plan(kit.registry, officer, again := hand_in(kit, right))
    assert plan.counted() == {SAME: N}
    third = import_ledger(kit.registry, officer, again)
    assert (third.entries, third.figures, third.titles, third.changed) == (0, 0, 0, 0) and counted(kit) == before
    assert before[1] == N and kit.health().rows == record.rows + 2, "only that the file was handed in, and imported"


def test_row_with_other_words_is_shown_and_changed_only_when_one_says_so(kit: Kit) -> None:
    officer, rows = kit.who("xuyi-officer"), make.good_rows(4)
    import_ledger(kit.registry, officer, hand_in(kit, make.workbook(rows)))
    rows[0][make.PEOPLE], rows[1][make.AT["建设单位"]], rows[2][make.END] = "31,000人", "示例新单位（虚构）", "5年"
    rows[1][make.CODE] = make.code(77)
    rows[3][make.AT["建设单位"]] = "示例另一单位（虚构）"
    rows[3][make.DOCUMENT] = "示例人社发〔2024〕99号"
    plan = ledger.plan(kit.registry, officer, id := hand_in(kit, make.workbook(rows)))
    assert [r.state for r in plan.rows] == [DIFFERS, DIFFERS, DIFFERS, MORE]
    warned = [str(w.message) for w in plan.warnings if "this code" in str(w.message)]
    assert len(warned) == 1
    assert all("the register says" in str(d) for r in plan.rows for d in r.differences.values())
    made = import_ledger(kit.registry, officer, id)
    assert (made.changed, made.figures, made.titles, made.entries) == (0, 0, 1, 0)
    made = import_ledger(kit.registry, officer, id, overwrite=True)
    assert (made.changed, made.figures, made.titles) == (3, 1, 0)
    assert ledger.plan(kit.registry, officer, id).counted() == {SAME: 4}
    with kit.registry.store.read(SYSTEM) as session:
        assert sum(o.supersedes is not None for o in session.exec(select(Observation))) == 1
    assert kit.health().fault is None


def test_rows_of_one_brand_are_one_entry_with_several_titles_and_units(kit: Kit) -> None:
    rows = make.good_rows(2)
    rows[1] = [*rows[0]]
    rows[1][make.DOCUMENT], rows[1][make.LEVEL] = "示例人社发〔2024〕99号", "省级"
    rows[1][make.AT["认定单位"]] = "示例省人社厅"
    officer, before = kit.who("xuyi-officer"), counted(kit)
    made = import_ledger(kit.registry, officer, hand_in(kit, make.workbook(rows)))
    assert (made.entries, made.titles) == (1, 2) and counted(kit)[0] == before[0] + 1
    with kit.registry.store.read(SYSTEM) as session:
        assert len(session.exec(select(EntryUnit)).all()) == 2


def test_entry_is_known_again_by_its_number_and_by_the_name_it_had(kit: Kit) -> None:
    officer = kit.who("xuyi-officer")
    import_ledger(kit.registry, officer, hand_in(kit, make.workbook(make.good_rows(3))))
    with kit.registry.store.system() as session:
        entry = session.exec(select(Entry).where(Entry.region == XUYI).order_by(Entry.created_at, Entry.slug)).first()
        assert entry
        public, old = entry.public_id, entry.text.zh_hans
        entry.name = {"zh-Hans": "盱眙改名工（虚构）"}
        session.record("entry.change", f"entry:{entry.id}")
    data = f"登记编号,品牌名称,文号\n{public},盱眙又一名（虚构）,\n,{old},\n".encode()
    plan = ledger.plan(kit.registry, officer, hand_in(kit, data, "a.csv"))
    assert [r.state for r in plan.rows] == [DIFFERS, DIFFERS] and len({r.entry for r in plan.rows}) == 1


def test_name_much_like_one_that_is_there_is_a_warning(kit: Kit) -> None:
    officer = kit.who("xuyi-officer")
    entries.add_entry(
        kit.registry, officer, kind="labour_brand", region=XUYI, name=Text.model_validate("盱眙虚构缝纫工")
    )
    data = "品牌名称,级别,从业人数\n盱眙虚构缝纫工劳务品牌,市级,约300人\n".encode()
    plan = ledger.plan(kit.registry, officer, hand_in(kit, data, "a.csv"))
    assert [r.state for r in plan.rows] == [NEW] and len(plan.warnings) == 2 and not plan.faults


def test_annotated_copy_can_be_corrected_and_handed_in_again(kit: Kit) -> None:
    rows = make.good_rows(30)
    rows[3][make.DAY], rows[4][make.NAME] = "2023年5月", '=HYPERLINK("http://example.org")名'
    officer = kit.who("xuyi-officer")
    plan = ledger.plan(kit.registry, officer, hand_in(kit, make.workbook(rows)))
    data = annotated_copy(plan)
    copy = read_sheets(data, "copy.xlsx")
    assert [s.name for s in copy] == ["第1批", "第2批", "第3批"]
    told = [row for row in copy[0].rows if row and "2023年5月" in str(row[-1])]
    assert len(told) == 1 and told[0][make.DAY] == "2023年5月" and copy[0].rows[2][-1] == "说明"
    assert any("=HYPERLINK" in str(v) for row in copy[0].rows for v in row), "what looks like a formula stays words"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(b"<f>" in archive.read(n) for n in archive.namelist() if "worksheets/sheet" in n)
    again = ledger.plan(kit.registry, officer, hand_in(kit, data))
    assert len(again.rows) == 30
    assert len(read_sheets(annotated_copy(again), "copy.xlsx")[0].rows[2]) == len(copy[0].rows[2])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16", "utf-8"])
def test_csv_of_any_program_is_read(encoding: str, kit: Kit) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(make.HEADS)
    writer.writerows(
        ["" if v is None else str(v) for v in row] for row in make.good_rows(20) if row[make.DAY].__class__ is str
    )
    data = out.getvalue().encode(encoding)
    plan = ledger.plan(kit.registry, kit.who("xuyi-officer"), hand_in(kit, data, "台账.csv"))
    assert len(plan.rows) > 10 and not plan.faults


def test_what_the_columns_are_is_remembered_for_the_next_file(kit: Kit) -> None:
    data = "甲,乙,丙,丁\n盱眙虚构甲工（虚构）,2023-05-08,市级,示例人社发〔2023〕1号\n".encode()
    officer = kit.who("xuyi-officer")
    id = hand_in(kit, data, "a.csv")
    plan = ledger.plan(kit.registry, officer, id)
    assert plan.unread == ["CSV"] and not plan.rows
    with pytest.raises(BadInput, match="which column holds the names"):
        ledger.set_mapping(kit.registry, officer, id, {"CSV": {1: "level"}})
    with pytest.raises(BadInput, match="both said to be"):
        ledger.set_mapping(kit.registry, officer, id, {"CSV": {0: "name", 1: "name"}})
    columns = {0: "name", 1: "document_date", 2: "level", 3: "document"}
    ledger.set_mapping(kit.registry, officer, id, {"CSV": columns})
    assert ledger.plan(kit.registry, officer, id).counted() == {NEW: 1}
    assert ledger.plan(kit.registry, officer, hand_in(kit, data, "b.csv")).counted() == {NEW: 1}


def test_figures_of_several_years_are_each_of_their_year(kit: Kit) -> None:
    data = "品牌名称,级别,2023年当年培训,2024年当年培训（万人）,当年新增就业\n盱眙虚构甲工,市级,800,0.12,5\n".encode()
    officer = kit.who("xuyi-officer")
    plan = ledger.plan(kit.registry, officer, id := hand_in(kit, data, "a.csv"))
    assert len(plan.warnings) == 1, "of which year the newly employed are is not said"
    ledger.set_mapping(kit.registry, officer, id, {"CSV": {0: "name", 2: "trained_in_year", 3: "trained_in_year"}})
    import_ledger(kit.registry, officer, id)
    with kit.registry.store.read(SYSTEM) as session:
        assert {(o.period, o.value) for o in session.exec(select(Observation))} >= {("2023", "800"), ("2024", "1200")}


@pytest.mark.parametrize(
    ("name", "data"), [("a.xlsx", b"PK\x03\x04broken"), ("a.csv", b"\xff\xfe\x00"), ("a.csv", b""), ("a.csv", b"one")]
)
def test_what_is_no_ledger_is_refused_and_nothing_is_kept(name: str, data: bytes, kit: Kit) -> None:
    with pytest.raises(BadInput):
        hand_in(kit, data, name)
    with kit.registry.store.read(SYSTEM) as session:
        assert not session.exec(select(LedgerFile)).all()


def test_only_the_office_of_the_region_brings_its_ledger_in(kit: Kit) -> None:
    data = make.workbook(make.good_rows(3))
    for login in ("lianshui-officer", "xuyi-leader", "applicant"):
        with pytest.raises(Refused):
            hand_in(kit, data, login=login)
    id = hand_in(kit, data)
    for verb in (ledger.plan, ledger.throw_away, import_ledger):
        with pytest.raises(NotFound):
            verb(kit.registry, kit.who("lianshui-officer"), id)
    assert ledger.plan(kit.registry, kit.who("city-officer"), id).rows
    ledger.throw_away(kit.registry, kit.who("xuyi-officer"), id)
    with pytest.raises(NotFound):
        ledger.plan(kit.registry, kit.who("xuyi-officer"), id)
    assert not [f for f in kit.registry.store.evidence.folder.rglob("*") if f.is_file()]


def test_city_ledger_says_of_each_row_which_county_it_belongs_to(kit: Kit) -> None:
    data = "品牌名称,县区,级别\n盱眙虚构甲工,盱眙,市级\n涟水虚构乙工,涟水县,市级\n虚构丙工,,市级\n虚构丁工,示例外地县,市级\n"
    city = kit.who("city-officer")
    plan = ledger.look(kit.registry, city, name="a.csv", data=data.encode(), region="320800", kind="labour_brand")
    assert [(r.state, r.region) for r in plan.rows[:2]] == [(NEW, "320830"), (NEW, "320826")]
    assert plan.counted() == {NEW: 2, FAULTY: 2}
    with kit.registry.store.read(city) as session:
        assert ledger.home_region(session, city) == "320800" == ledger.home_region(session, SYSTEM)
        assert ledger.home_region(session, kit.who("xuyi-officer")) == XUYI


def test_empty_ledger_is_one_of_which_the_examples_are_not_taken(kit: Kit) -> None:
    officer = kit.who("xuyi-officer")
    with kit.registry.store.read(officer) as session:
        data = template(session, "labour_brand", XUYI)
    (sheet,) = read_sheets(data, "a.xlsx")
    assert len(sheet.rows) == 4
    plan = ledger.plan(kit.registry, officer, hand_in(kit, data))
    assert not plan.rows and len(plan.mapping["台账"]) > 15


def test_two_at_once_double_nothing(kit: Kit) -> None:
    data = make.workbook(make.good_rows(20))
    ids, officer = [hand_in(kit, data), hand_in(kit, data)], kit.who("xuyi-officer")
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda id: import_ledger(kit.registry, officer, id), ids))
    assert sorted(m.entries for m in made) == [0, 20] and sorted(m.titles for m in made) == [0, 20]
    with kit.registry.store.read(SYSTEM) as session:
        assert len(waiting_titles(session, frozenset({XUYI}))) == 20
    assert kit.health().fault is None


def test_day_of_a_document_cannot_be_in_the_future(kit: Kit) -> None:
    data = "品牌名称,级别,文号,认定时间\n盱眙虚构甲工,市级,示例发〔2027〕1号,2027-01-05\n".encode()
    plan = ledger.plan(kit.registry, kit.who("xuyi-officer"), hand_in(kit, data, "a.csv"))
    assert [str(f.message) for f in plan.faults] == [f"This day is still to come; today is {date(2026, 3, 2)}."]
