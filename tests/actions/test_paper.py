"""What comes on paper: an application entered for who files it, and approval sheets that file themselves."""

import io

import pypdfium2
import pytest
from PIL import Image, ImageEnhance, ImageFilter
from sqlmodel import select

from registry.actions import approval, cases, paper
from registry.actions.move import Given
from registry.actions.position import position_of
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.i18n import Text
from registry.rules.engine import may
from registry.rules.permission import Actor
from registry.store.evidence import PAPER, Evidence, files_of
from registry.store.region import Organisation
from registry.testing import PDF, XUYI, Kit, add, journey

pytestmark = pytest.mark.slow

NAME = "盱眙纸上虾稻种养员（虚构）"


def entered(kit: Kit, login: str = "xuyi-officer", **about: object) -> str:
    """An application that came on paper."""
    wanted = {
        "scans": [("申报表.pdf", PDF)],
        "filer": "盱眙纸上合作社（虚构）",
        "kind": "labour_brand",
        "product": "rice_crayfish",
        "entry_class": "skills",
        "region": XUYI,
        "name": Text.model_validate(NAME),
        "fictitious": True,
        **about,
    }
    return paper.enter_paper(kit.registry, kit.who(login), **wanted)  # type: ignore[arg-type]


def sent(kit: Kit, login: str = "xuyi-officer") -> str:
    """The same, filled in and sent."""
    id = entered(kit, login)
    actor = behalf(kit, login, id)
    assert not cases.save(kit.registry, actor, id, journey.RICE)
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, cases.load(session, id))
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key=next(kit.keys))
    return id


def behalf(kit: Kit, login: str, id: str) -> Actor:
    found = paper.on_behalf(kit.registry, kit.who(login), id)
    assert found
    return found


def test_who_is_on_the_paper_files_and_who_entered_it_neither_reviews_nor_decides(kit: Kit) -> None:
    id = sent(kit)
    case = kit.case(id)
    assert case.number and case.stage == "acceptance" and case.filed_by == kit.who("xuyi-officer").person
    with kit.registry.store.system() as session:
        filer = session.get_one(Organisation, case.filer_id)
        assert filer.text.zh_hans == "盱眙纸上合作社（虚构）"
        assert [f.name for f in files_of(session, id, PAPER)] == ["申报表.pdf"]
    officer = kit.who("xuyi-officer")
    reviewer = Actor("x", officer.person, (*officer.appointments, *kit.who("xuyi-reviewer").appointments))
    journey.forward(kit, id, journey.STEPS, "review")
    with kit.registry.store.system() as session:
        refusal = may(position_of(session, cases.load(session, id)), "recommend", reviewer)
    assert refusal and "neither review nor decide" in refusal.text("en")
    journey.forward(kit, id, journey.STEPS, None)
    assert kit.child(id).filed_by == kit.who("xuyi-officer").person
    assert kit.health().fault is None


def test_station_enters_and_sees_what_it_entered_alone(kit: Kit) -> None:
    add(kit, "station", "station", XUYI, kit.clock.now().date())
    other = journey.filed(kit)
    id = sent(kit, "station")
    station = kit.who("station")
    with kit.registry.store.read(station) as session:
        assert [c.id for c in paper.papers(session, station)] == [id]
        with pytest.raises(NotFound):
            cases.load(session, other)
    assert paper.on_behalf(kit.registry, station, other) is None


def test_only_what_came_on_paper_is_filled_in_on_behalf(kit: Kit) -> None:
    own = journey.drafted(kit)
    assert paper.on_behalf(kit.registry, kit.who("xuyi-officer"), own) is None
    id = entered(kit)
    for login in ("lianshui-officer", "xuyi-reviewer", "city-officer", "applicant"):
        assert paper.on_behalf(kit.registry, kit.who(login), id) is None, login


def test_everything_that_is_missing_is_told_at_once(kit: Kit) -> None:
    with pytest.raises(BadInput) as error:
        entered(kit, scans=[], filer=" ", credit_code="123", kind="", name=None)
    assert [f.field for f in error.value.faults] == ["filer", "credit_code", "what", "name", "scan"]
    with pytest.raises(BadInput) as error:
        entered(kit, scans=[("a.pdf", b"no pdf"), ("b.exe", b"MZ")])
    assert [f.field for f in error.value.faults] == ["scan", "scan"]
    for login in ("xuyi-reviewer", "lianshui-officer", "applicant"):
        with pytest.raises(Refused):
            entered(kit, login)
    assert not kit.cases()


def test_returned_application_is_corrected_by_who_enters_paper(kit: Kit) -> None:
    id = sent(kit)
    defect = {"field": "plan_name", "words": "请补充页码"}
    move(kit, "xuyi-officer", id, "return_for_correction", Given(words={"reason": "请补正"}, defects=(defect,)))
    actor = behalf(kit, "xuyi-officer", id)
    assert not cases.save(kit.registry, actor, id, {"plan_name": "示例规划第13页"})
    cases.submit(kit.registry, actor, id, declared_true=True, key="again")
    assert kit.case(id).stage == "acceptance"


# --- approval sheets


@pytest.fixture
def printed(kit: Kit) -> tuple[str, str, bytes]:
    """(case, code, PDF) of a sheet printed while the county reviews."""
    id = journey.county(kit, "review")
    code = approval.print_sheet(kit.registry, kit.who("xuyi-officer"), id)
    return id, code, approval.sheet_file(kit.registry, kit.who("xuyi-officer"), code, "zh-Hans")


def picture(pdf: bytes, page: int = 0) -> Image.Image:
    return pypdfium2.PdfDocument(pdf)[page].render(scale=2.5).to_pil().convert("RGB")


def jpeg(image: Image.Image, quality: int = 70) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def file(
    kit: Kit, data: bytes, name: str = "a.jpg", login: str = "xuyi-officer", code: str = ""
) -> list[approval.Filed]:
    return approval.file_scan(kit.registry, kit.who(login), name=name, data=data, code=code)


def sheets(kit: Kit, id: str) -> list[Evidence]:
    with kit.registry.store.system() as session:
        query = select(Evidence).where(Evidence.case_id == id, Evidence.field.startswith(approval.FIELD))  # type: ignore[attr-defined]
        return list(session.exec(query))


def test_sheet_says_what_the_case_is_and_what_was_said_so_far(kit: Kit, printed: tuple[str, str, bytes]) -> None:
    id, code, pdf = printed
    words = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    squeezed = words.replace(" ", "")
    assert kit.case(id).number in words and code in squeezed and "虾稻共生种养员" in squeezed and "两人到场" in squeezed
    assert approval.print_sheet(kit.registry, kit.who("xuyi-leader"), id) == code, "the same while the case stands"
    assert approval.sheet_file(kit.registry, kit.who("xuyi-officer"), code, "zh-Hans") == pdf


@pytest.mark.slow
def test_photographs_of_any_kind_find_their_case(kit: Kit, printed: tuple[str, str, bytes]) -> None:
    id, _, pdf = printed
    whole = picture(pdf)
    desk = (90, 80, 70)
    kinds = {
        "upside down": whole.rotate(180),
        "aslant": whole.rotate(17, expand=True, fillcolor=desk),
        "in bad light": ImageEnhance.Contrast(ImageEnhance.Brightness(whole).enhance(0.3)).enhance(0.3),
        "blurred": whole.filter(ImageFilter.GaussianBlur(2)),
        "from aside": whole.transform(
            whole.size,
            Image.Transform.PERSPECTIVE,
            (1.1, 0.12, -60, 0.05, 1.15, -40, 0.00008, 0.0001),
            fillcolor=desk,
        ),
    }
    for kind, image in kinds.items():
        (one,) = file(kit, jpeg(image))
        assert (one.case_id, one.fault) == (id, None), kind
    kept = sheets(kit, id)
    assert len(kept) == len(kinds) and {f.field for f in kept} == {"approval_sheet:review"}
    assert kit.health().fault is None


def test_each_sheet_of_a_pdf_is_filed_to_its_own_case_and_a_back_goes_with_its_front(kit: Kit) -> None:
    codes, pdfs, ids = [], [], [journey.county(kit, "acceptance", name=f"盱眙虚构{n}种养员") for n in "甲乙"]
    for id in ids:
        codes.append(approval.print_sheet(kit.registry, kit.who("xuyi-officer"), id))
        pdfs.append(approval.sheet_file(kit.registry, kit.who("xuyi-officer"), codes[-1], "zh-Hans"))
    bundle, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    for pdf in pdfs:
        bundle.import_pages(pypdfium2.PdfDocument(pdf), [0])
        bundle.new_page(595, 842)
    bundle.save(out)
    told = file(kit, out.getvalue(), "一批.pdf")
    assert [(one.case_id, one.pages) for one in told] == [(ids[0], (1, 2)), (ids[1], (3, 4))]
    for id in ids:
        (kept,) = sheets(kit, id)
        data = kit.registry.store.evidence.get(kept.place, kept.data_key, kept.sha256)
        assert len(pypdfium2.PdfDocument(data)) == 2
    assert [one.fault for one in file(kit, out.getvalue(), "一批.pdf")] == [None, None]


def test_what_cannot_be_filed_is_told_and_nobody_elses_case_is_touched(
    kit: Kit, printed: tuple[str, str, bytes]
) -> None:
    id, code, pdf = printed
    for login in ("lianshui-officer", "city-reviewer"):
        (one,) = file(kit, pdf, "a.pdf", login)
        assert one.fault and code in one.fault.text("en") and one.number == ""
    with pytest.raises(Refused):
        file(kit, pdf, "a.pdf", "applicant")
    with pytest.raises(BadInput, match="No code of an approval sheet"):
        file(kit, jpeg(Image.new("RGB", (600, 800), "white")))
    with pytest.raises(BadInput, match="damaged"):
        file(kit, b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", "a.pdf")
    (unknown,) = file(kit, jpeg(Image.new("RGB", (600, 800), "white")), code="2222 3333 4444")
    assert unknown.fault and not sheets(kit, id)


def test_code_typed_by_hand_files_a_picture_that_cannot_be_read(kit: Kit, printed: tuple[str, str, bytes]) -> None:
    id, code, _ = printed
    typed = f"{code[:4]} {code[4:8].lower()} {code[8:]}"
    (one,) = file(kit, jpeg(Image.new("RGB", (600, 800), "grey")), code=typed)
    assert one.case_id == id and len(sheets(kit, id)) == 1


def test_late_scan_is_filed_to_its_stage_but_not_after_the_application_was_changed(
    kit: Kit, printed: tuple[str, str, bytes]
) -> None:
    id, code, pdf = printed
    kit.act("xuyi-reviewer", id, "recommend", opinion=journey.OPINION)
    (one,) = file(kit, pdf, "a.pdf")
    assert one.fault is None and [f.field for f in sheets(kit, id)] == ["approval_sheet:review"]
    with pytest.raises(NotFound, match="moved on"):
        approval.sheet_file(kit.registry, kit.who("xuyi-officer"), code, "zh-Hans")
    assert approval.print_sheet(kit.registry, kit.who("xuyi-officer"), id) != code


def test_sheet_of_an_application_that_was_changed_since_is_not_filed(kit: Kit, printed: tuple[str, str, bytes]) -> None:
    id, _, pdf = printed
    defect = {"field": "plan_name", "words": "请补充页码"}
    move(kit, "xuyi-reviewer", id, "return_for_correction", Given(words={"reason": "请补正"}, defects=(defect,)))
    (one,) = file(kit, pdf, "a.pdf")
    assert one.fault is None, "signed before it was returned: that is what the sheet says"
    applicant = kit.who("applicant")
    assert not cases.save(kit.registry, applicant, id, {"plan_name": "示例规划第13页"})
    cases.submit(kit.registry, applicant, id, declared_true=True, key="again")
    (one,) = file(kit, jpeg(picture(pdf)))
    assert one.fault and "print it again" in one.fault.text("en") and one.case_id == id
    assert len(sheets(kit, id)) == 1 and kit.health().fault is None


def move(kit: Kit, login: str, id: str, outcome: str, given: Given) -> None:
    cases.act(kit.registry, kit.who(login), id, outcome, version=kit.case(id).version, key=next(kit.keys), given=given)


def test_nothing_is_printed_for_others_or_for_what_is_not_to_be_signed(kit: Kit) -> None:
    id = journey.county(kit, "acceptance")
    with pytest.raises(NotFound):
        approval.print_sheet(kit.registry, kit.who("lianshui-officer"), id)
    with pytest.raises(Refused, match="office in charge"):
        approval.print_sheet(kit.registry, kit.who("city-officer"), id)
    with pytest.raises(Refused, match="nothing to be signed"):
        approval.print_sheet(kit.registry, kit.who("applicant"), journey.drafted(kit, name="盱眙另一虚构种养员"))
