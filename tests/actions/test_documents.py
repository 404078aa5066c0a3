"""Huai'an's nine documents filled from real cases, read again by other programs, and who may fill which when."""

import io
from collections.abc import Iterator
from typing import Any

import mammoth
import pytest
from docx import Document as Word
from sqlmodel import select

from registry.actions import document_fields, documents
from registry.actions.personal import open_personal
from registry.base.canonical import sha256
from registry.base.errors import BadInput, NotFound, Refused
from registry.host.resolve import read_as
from registry.rules.document import BLANK, SUBJECTS, DocumentTemplate, vocabulary
from registry.rules.form import Form
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.definition import Definition
from registry.store.notice import Notice
from registry.store.record import history
from registry.store.session import ReadSession
from registry.testing import Kit, journey
from tests.wordfile import broken_rules

pytestmark = pytest.mark.slow


def read(data: bytes) -> str:
    """The words of a document, by two readers that share no code of ours: both see the same."""
    assert list(broken_rules(data)) == []
    document = Word(io.BytesIO(data))
    text = "\n".join(t.text or "" for t in document.element.body.iter("{*}t"))
    other = mammoth.extract_raw_text(io.BytesIO(data)).value
    assert "".join(text.split()) == "".join(other.split())
    assert "{{" not in text and "{%" not in text and "None" not in text
    assert any("示例文书" in p.text for p in document.paragraphs)
    return text


def offered(kit: Kit, login: str, id: str) -> list[str]:
    actor = kit.who(login)
    with kit.registry.store.read(actor) as session:
        found = documents.offered(session, actor, session.get_one(Case, id))
        return [one.definition.ref.removeprefix("huaian.") for one in found]


def notice_number(kit: Kit) -> str:
    with kit.registry.store.read(SYSTEM) as session:
        return session.exec(select(Notice.number)).one()


def test_each_document_of_the_county_is_filled_and_read_again(kit: Kit) -> None:
    county = journey.county(kit, "leader")
    assert offered(kit, "xuyi-officer", county) == ["application_form", "approval_sheet", "recommendation_letter"]
    assert offered(kit, "xuyi-leader", county) == [
        "application_form", "approval_sheet", "meeting_brief", "recommendation_letter"]  # fmt: skip
    registry, officer = kit.registry, kit.who("xuyi-officer")
    form = read(documents.fill(registry, officer, "huaian.application_form", county).data)
    assert all(
        words in form
        for words in ("盱眙虾稻共生种养员（虚构）", "12800 人", "92%", "2026年3月2日", "盱眙示例合作社（虚构）", BLANK)
    )
    letter = documents.fill(registry, officer, "huaian.recommendation_letter", county)
    assert letter.name == "推荐函（示例）-盱眙虾稻共生种养员（虚构）.docx"
    assert all(
        words in read(letter.data) for words in ("盱眙县人力资源和社会保障局", "得分95分（满分100分）", journey.OPINION)
    )
    brief = read(documents.fill(registry, kit.who("xuyi-leader"), "huaian.meeting_brief", county).data)
    assert "三、逐条情况" in brief and "无。" in brief


def test_each_document_of_the_city_is_filled_and_read_again(kit: Kit) -> None:
    id = journey.city(kit)
    registry, officer, number = kit.registry, kit.who("city-officer"), notice_number(kit)
    sheet = read(documents.fill(registry, officer, "huaian.approval_sheet", id).data)
    assert "city-reviewer" in sheet and "会议：局长办公会（示例）　纪要：会纪〔2026〕3号" in sheet
    about = {
        "notice": ("公示期为2026年3月3日至2026年3月9日（5个工作日）", number, "市人社局就业科（示例）"),
        "recognition": ("淮人社示例〔2026〕1号", "现认定以下1项并予公布", "1.盱眙虾稻共生种养员（虚构）"),
        "plaque_list": ("320800-2026-0001", "2026年3月10日"),
        "payment_letter": ("淮安市财政局：", f"共计{BLANK}（大写：{BLANK}）"),
    }
    for ref, words in about.items():
        made = documents.fill_notice(registry, officer, f"huaian.{ref}", number)
        text = "".join(read(made.data).split("\n"))
        assert all(one in text for one in words), ref
        assert "city-officer" not in text, "offices, not persons, in what goes out"
    table = documents.fill_list(registry, officer, "huaian.summary_table", [id])
    assert all(one in read(table.data) for one in ("12800", "89.5", "320830-2026-00001-HUAIAN"))


def test_filling_is_on_record_with_template_and_what_came_out(kit: Kit) -> None:
    id = journey.county(kit, "review")
    made = documents.fill(kit.registry, kit.who("xuyi-officer"), "huaian.approval_sheet", id)
    with kit.registry.store.read(SYSTEM) as session:
        last = [e for e in history(session, f"case:{id}") if e.verb == "document.fill"][-1]
    assert last.detail == {"template": "huaian.approval_sheet@1", "sha256": sha256(made.data)}
    assert kit.health().fault is None


def test_personal_answers_are_masked_until_this_sign_in_has_opened_them(kit: Kit) -> None:
    id, officer = journey.county(kit, "review"), kit.who("xuyi-officer")

    def form(sitting: str) -> str:
        return read(documents.fill(kit.registry, officer, "huaian.application_form", id, sitting=sitting).data)

    assert "张＊＊" in form("one") and "张示例" not in form("one")
    open_personal(kit.registry, officer, id, purpose="check", sitting="one")
    assert "张示例" in form("one") and "0517-80000002" in form("one")
    assert "张示例" not in form("another")


def test_document_is_for_its_stage_its_role_and_its_own_case(kit: Kit) -> None:
    id = journey.county(kit, "review")
    registry = kit.registry
    with pytest.raises(Refused, match="not for the stage"):
        documents.fill(registry, kit.who("xuyi-officer"), "huaian.recommendation_letter", id)
    with pytest.raises(Refused, match="Your role does not fill"):
        documents.fill(registry, kit.who("xuyi-officer"), "huaian.meeting_brief", id)
    with pytest.raises(NotFound, match="no such case"):
        documents.fill(registry, kit.who("lianshui-officer"), "huaian.approval_sheet", id)
    with pytest.raises(NotFound, match="no such document"):
        documents.fill(registry, kit.who("xuyi-officer"), "huaian.summary_table", id)
    with pytest.raises(NotFound, match="no such notice"):
        documents.fill_notice(registry, kit.who("city-officer"), "huaian.notice", "none")


def test_applicant_reads_the_own_answers_and_nothing_that_the_office_has_said(kit: Kit) -> None:
    id, applicant = journey.county(kit, "leader"), kit.who("applicant")
    assert offered(kit, "applicant", id) == ["application_form"]
    mine = read(documents.fill(kit.registry, applicant, "huaian.application_form", id).data)
    assert "张示例" in mine and journey.OPINION not in mine
    office = read(documents.fill(kit.registry, kit.who("xuyi-officer"), "huaian.application_form", id).data)
    assert "张＊＊" in office and journey.OPINION in office


def test_document_of_a_notice_names_those_that_came_through_it(kit: Kit) -> None:
    cleared = journey.city(kit, "notice", name="盱眙虚构甲种养员")
    with kit.registry.store.read(SYSTEM) as session:
        assert "huaian.recognition" not in refs(session, kit, [cleared])
    journey.after_notice(kit, cleared)
    kit.act("city-officer", cleared, "clear")
    with kit.registry.store.read(SYSTEM) as session:
        assert "huaian.recognition" in refs(session, kit, [cleared])
        assert "huaian.plaque_list" not in refs(session, kit, [cleared])
    text = "".join(
        read(documents.fill_notice(kit.registry, SYSTEM, "huaian.recognition", notice_number(kit)).data).split()
    )
    assert "现认定以下1项" in text and "淮人社示例〔　　　〕　号".replace("　", "") in text


def refs(session: ReadSession, kit: Kit, ids: list[str]) -> list[str]:
    cases = [session.get_one(Case, id) for id in ids]
    offers = documents.offered_for_list(session, kit.who("city-officer"), "notice", cases)
    return [one.definition.ref for one in offers]


def test_list_is_of_one_authority_and_not_endless(kit: Kit) -> None:
    county = journey.county(kit)
    ids = [county, kit.child(county).id]
    with pytest.raises(BadInput, match="before one authority"):
        documents.fill_list(kit.registry, kit.who("city-officer"), "huaian.summary_table", ids)
    with pytest.raises(BadInput, match="at most 300 cases"):
        documents.fill_list(kit.registry, kit.who("city-officer"), "huaian.summary_table", map(str, range(301)))
    with pytest.raises(NotFound):
        documents.fill_list(kit.registry, kit.who("city-officer"), "huaian.summary_table", [])


def differing(shape: Any, value: Any, where: str) -> Iterator[str]:
    """Where what a template is given is not what the check takes it to be."""
    if isinstance(shape, dict):
        if set(value) - set(shape) or (set(shape) - set(value) and where not in ("case.form", "case.facts")):
            yield f"{where}: {sorted(set(shape) ^ set(value))}"
        for key in set(shape) & set(value):
            yield from differing(shape[key], value[key], f"{where}.{key}")
    elif isinstance(shape, list):
        for item in value:
            yield from differing(shape[0], item, f"{where}[]")
    elif not (value is None or isinstance(value, str)):
        yield f"{where}: {value!r} is no plain word"


def test_check_knows_what_each_template_is_given(kit: Kit) -> None:
    id = journey.city(kit)
    with kit.registry.store.read(SYSTEM) as session:
        case = session.get_one(Case, id)
        rows = session.exec(select(Definition).where(Definition.type == "template"))
        template = next(read_as(DocumentTemplate, row) for row in rows if row.ref == "huaian.approval_sheet")
        form = read_as(Form, session.get_one(Definition, case.pins["form"]))
        given = document_fields.fields_of(session, case, template, opened=False)
        lists = documents.listed(session, template, [case])
    shapes = {s: vocabulary(s, forms=[form], facts=given["facts"], persons=True) for s in SUBJECTS}
    assert given["steps"] and given["sections"] and given["figures"] and given["evaluation"]["lines"]
    assert list(differing(shapes["case"], given, "case")) == []
    about = {k: v for k, v in lists.items() if k != "cases"}
    assert about.keys() | {"cases"} == shapes["cases"].keys()
    assert shapes["notice"].keys() == shapes["cases"].keys() | {"notice"}
    assert shapes["notice"]["notice"].keys() == given["notice"].keys()
