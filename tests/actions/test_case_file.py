"""The file of a case: opened with other programs, compared with its manifest, proved, and kept from whoever may not see."""

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select

from registry.actions import cases, personal
from registry.actions.case_file import case_file
from registry.base.canonical import canonical
from registry.base.errors import Broken, NotFound, Refused
from registry.rules.permission import SYSTEM
from registry.store import merkle
from registry.store.access import AccessLog
from registry.store.case import Case, Task
from registry.store.evidence import Evidence
from registry.store.record import RecordEntry, RecordHead, signature_holds
from registry.testing import XUYI, Kit, add, journey

from ..conftest import Template, open_copy, throw_away

pytestmark = pytest.mark.slow

PHONE = journey.RICE["contact_phone"]
PERSONAL = "收入证明＝人员名单.pdf"


def three_pages() -> bytes:
    """A PDF of three empty pages."""
    made, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _ in range(3):
        made.new_page(200, 300)
    made.save(out)
    return out.getvalue()


def with_real_files(kit: Kit) -> str:
    """A city's case that gave a title, whose applicant sent a PDF of three pages and a personal file."""
    id = journey.drafted(kit)
    with kit.registry.store.read(SYSTEM) as session:
        files = {f.field: f.id for f in session.exec(select(Evidence))}
    for field, name in (("training_ledger", "培训台账.pdf"), ("wage_proof", "收入证明＝人员名单.pdf")):
        cases.detach(kit.registry, kit.who("applicant"), id, evidence_id=files[field])
        data = three_pages() + field.encode()
        cases.attach(kit.registry, kit.who("applicant"), id, field=field, name=name, data=data)
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="k")
    journey.forward(kit, id, journey.STEPS, None)
    return journey.forward(kit, kit.child(id).id, journey.CITY_STEPS, None)


@pytest.fixture(scope="module")
def kit(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """A registry that gave a title; what is tried here only takes files from it."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("file") / "registry", date(2026, 3, 2))
    with_real_files(kit)
    yield kit
    throw_away(kit)


@pytest.fixture(scope="module")
def city(kit: Kit) -> str:
    """The city's case."""
    return next(c.id for c in kit.cases() if c.procedure == "recognise")


@pytest.fixture(scope="module")
def archive(kit: Kit, city: str) -> zipfile.ZipFile:
    """What an officer of the city takes who has opened nothing."""
    return taken(kit, "city-officer", city)


def taken(kit: Kit, who: str, id: str, **about: Any) -> zipfile.ZipFile:
    made = case_file(kit.registry, kit.who(who), id, lang="en", **about)
    return zipfile.ZipFile(made.data)


def has_personal(archive: zipfile.ZipFile) -> bool:
    return any(name.endswith(PERSONAL) for name in archive.namelist())


def words_of(archive: zipfile.ZipFile, path: str = "case.pdf") -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(archive.read(path)))


def manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    return json.loads(archive.read("manifest.json"))


def test_each_file_is_the_one_that_the_manifest_names(archive: zipfile.ZipFile) -> None:
    told = {row["path"]: row for row in manifest(archive)["files"] if row["path"]}
    assert set(archive.namelist()) == {*told, "manifest.json", "manifest.csv"}
    for path, row in told.items():
        data = archive.read(path)
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (row["sha256"], row["bytes"])
    assert len(set(archive.namelist())) == len(archive.namelist())
    assert all(i.flag_bits & 0x800 for i in archive.infolist() if not i.filename.isascii()), "names are UTF-8 by flag"
    assert "attachments/320830-2026-00001/03-培训台账.pdf" in told and archive.testzip() is None


def test_pages_are_counted_in_the_files_themselves(archive: zipfile.ZipFile) -> None:
    told = {row["path"]: row["pages"] for row in manifest(archive)["files"]}
    assert told["attachments/320830-2026-00001/03-培训台账.pdf"] == 3
    assert told["case.pdf"] == len(pypdfium2.PdfDocument(archive.read("case.pdf"))) >= 8
    assert told["scores.xlsx"] is None


def test_the_manifest_opens_in_a_spreadsheet_and_names_the_retention(archive: zipfile.ZipFile) -> None:
    raw = archive.read("manifest.csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == len(manifest(archive)["files"]) and {r["Retention"] for r in rows} == {"permanent"}
    assert manifest(archive)["retention"]["class"] == "permanent" and all(
        r["Date"].startswith("2026-03-") for r in rows
    )


def test_the_pdf_tells_both_cases_with_pages_in_its_contents(archive: zipfile.ZipFile) -> None:
    words = words_of(archive)
    for part in (
        "320830-2026-00001-HUAIAN",
        "Contents",
        "两人到场，抽查三块田",
        "第一条",
        "淮人社示例〔2026〕1号",
        "会纪〔2026〕3号",
    ):
        assert part in words, part
    assert "Part: recommendation" in words and "Part: recognition" in words
    assert "〓" not in words and "The same as in the part before." in words


def test_every_row_of_the_record_is_proved(kit: Kit, archive: zipfile.ZipFile) -> None:
    told = json.loads(archive.read("record.json"))
    assert {row["row"]["verb"] for row in told["rows"]} >= {"case.submit", "case.move", "notice.publish", "title.give"}
    for row in told["rows"]:
        assert merkle.leaf_hash(canonical(row["row"])) == row["leaf"]
        assert merkle.verify_inclusion(
            row["leaf"], row["index"], told["head"]["size"], row["path"], told["head"]["root"]
        )
    with kit.registry.store.read(SYSTEM) as session:
        head = session.get_one(RecordHead, told["head"]["size"])
        assert head.signature == told["head"]["signature"]
        assert signature_holds(kit.registry.store.signer.key.public_key(), head)


def test_the_workbook_holds_clauses_and_figures_as_numbers(archive: zipfile.ZipFile) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("scores.xlsx")))
    assert book.sheet_names == ["Evaluation", "Figures"]
    clauses, figures = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert clauses[1][:3] == ["Case", "Section", "Clause"] and any(row[5] == 40.0 for row in clauses)
    practitioners = next(row for row in figures if row[3] == 12800)
    assert practitioners[5:9] == ["declared", date(2026, 3, 2), "declared by the applicant", "yes"]


def test_personal_answers_and_files_come_only_when_opened_and_to_whom_may_take_them(
    kit: Kit, city: str, archive: zipfile.ZipFile
) -> None:
    assert PHONE not in words_of(archive) and not has_personal(archive)
    assert not any(PHONE.encode() in archive.read(name) for name in ("record.json", "manifest.json", "manifest.csv"))
    assert "收入证明＝人员名单" not in archive.read("manifest.csv").decode()
    for who, takes in (("city-leader", False), ("city-officer", True)):
        personal.open_personal(kit.registry, kit.who(who), city, purpose="check", sitting=who)
        opened = taken(kit, who, city, sitting=who)
        assert PHONE in words_of(opened).replace("\r\n", "")
        assert has_personal(opened) is takes
        (row,) = (r for r in manifest(opened)["files"] if "收入证明＝人员名单" in r["title"])
        assert bool(row["note"]) is not takes and len(row["sha256"]) == 64


def test_taking_it_again_is_on_record_and_gives_the_same(kit: Kit, city: str, archive: zipfile.ZipFile) -> None:
    def rows(model: Any) -> list[Any]:
        with kit.registry.store.read(SYSTEM) as session:
            return list(session.exec(select(model)))

    before = {r.id for r in rows(RecordEntry)}, {r.id for r in rows(AccessLog)}
    again = taken(kit, "city-officer", city)
    pairs = zip(manifest(archive)["files"], manifest(again)["files"], strict=True)
    assert [one["path"] for one, other in pairs if one != other] == ["record.json"], "it tells of the first taking"
    (row,) = (r for r in rows(RecordEntry) if r.id not in before[0])
    logged = [r for r in rows(AccessLog) if r.id not in before[1]]
    assert (row.verb, row.subject, row.person) == ("case.file", f"case:{city}", kit.who("city-officer").person)
    assert row.detail["manifest"] == hashlib.sha256(again.read("manifest.json")).hexdigest()
    assert [r.subject for r in logged] == [f"evidence:{id}" for id in row.detail["files"]] and len(logged) == 6
    assert kit.health().fault is None


def test_whoever_may_not_see_the_case_finds_nothing_and_an_expert_takes_nothing(kit: Kit, city: str) -> None:
    with pytest.raises(NotFound):
        taken(kit, "lianshui-officer", city)
    add(kit, "expert-here", "expert", XUYI, date(2026, 3, 2))
    for who in ("expert-here", "applicant"):
        with pytest.raises(Refused):
            taken(kit, who, city)
    with pytest.raises(NotFound):
        taken(kit, "xuyi-officer", journey.drafted(kit, name="盱眙虚构丙种养员"))


def test_a_stored_file_that_is_gone_is_named_and_nothing_is_given_out(kit: Kit, city: str) -> None:
    with kit.registry.store.read(SYSTEM) as session:
        lost = session.exec(select(Evidence).where(Evidence.field == "undertaking")).first()
        assert lost is not None
        before = len(session.exec(select(RecordEntry)).all())
    path = kit.registry.store.evidence.path(lost.place)
    sealed = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(Broken, match="undertaking.pdf.* cannot be read"):
            taken(kit, "city-officer", city)
    finally:
        path.write_bytes(sealed)
    with kit.registry.store.read(SYSTEM) as session:
        assert len(session.exec(select(RecordEntry)).all()) == before


def test_scores_of_experts_stay_out_until_the_last_one_is_given(kit: Kit, city: str) -> None:
    experts = [kit.who(who).person for who in ("city-reviewer", "city-leader")]
    with kit.registry.store.system() as session:
        case = session.get_one(Case, city)
        clause = "practitioners"
        tasks = [
            Task(
                case_id=city,
                stage="review",
                kind="ballot",
                subject=f"expert:{person}",
                role="expert",
                office_region=case.authority_region,
                opened_at=session.now,
                counted_from=session.today,
                status="done" if n == 0 else "open",
                done_by=person if n == 0 else None,
                result={"scores": {clause: "7.5"}, "remark": "有示范作用"} if n == 0 else {},
            )
            for n, person in enumerate(experts)
        ]
        session.add_all(tasks)
        session.record("panel.ask", f"case:{city}")

    def sheets() -> list[str]:
        archive = taken(kit, "city-officer", city)
        assert ("有示范作用" in words_of(archive)) is (waits := "Scores" in (names := names_of(archive))), waits
        return names

    assert sheets() == ["Evaluation", "Figures"]
    with kit.registry.store.system() as session:
        task = session.get_one(Task, tasks[1].id)
        task.status, task.done_by, task.result = "done", experts[1], {"scores": {clause: "8"}, "remark": ""}
        session.add(task)
        session.record("panel.score", f"case:{city}", task=task.id)
    assert sheets() == ["Evaluation", "Figures", "Scores"]


def names_of(archive: zipfile.ZipFile) -> list[str]:
    return CalamineWorkbook.from_filelike(io.BytesIO(archive.read("scores.xlsx"))).sheet_names


@pytest.mark.sqlite
def test_large_attachments_are_not_held_together(kit: Kit, city: str) -> None:
    size = 10 * 2**20
    with kit.registry.store.system() as session:
        case = session.get_one(Case, city)
        for n in (1, 2, 3):
            data = bytes([n]) * size
            cases.keep_file(kit.registry, session, case, "scan:notice", f"大图{n}.jpg", "image/jpeg", data)
    del data
    tracemalloc.start()
    archive = taken(kit, "city-officer", city)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(i.file_size for i in archive.infolist()) > 3 * size and peak < 2.8 * size, peak / size
