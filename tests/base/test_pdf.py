"""The certificate, read back with other libraries than the one that makes it."""

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont

from registry.base.errors import BadInput
from registry.base.i18n import Lang
from registry.base.paths import resource
from registry.base.pdf import CertificatePage, Labelled, certificate, covered

PAGE = CertificatePage(
    lang="zh-Hans",
    title=("劳务品牌认定证书", "Certificate of Recognition · Labour Brand"),
    entry=("盱眙虾稻共生种养员", "Xuyi Rice–Crayfish Growers"),
    act=("经县级推荐、市级复核、集体研究并公示，认定为淮安市劳务品牌。", "Recognised as a labour brand of Huai’an."),
    level="市级",
    number=Labelled("证书编号", "HA-LB-2026-0001"),
    authority=Labelled("认定机关", "淮安市人力资源和社会保障局"),
    issued_on=Labelled("认定日期", "2026年11月23日"),
    valid_to=Labelled("有效期至", "2029年11月22日"),
    document=Labelled("认定文件", "示例〔2026〕88号"),
    basis=Labelled("依据", "《示例办法》第三条"),
    dated=date(2026, 11, 23),
    verify_url="https://registry.example.cn/verify/K7Q2M9XW4TRP",
    verify_hint="扫码核验",
)


def text(pdf: bytes) -> str:
    """The words of all pages as another program extracts them."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_certificate_says_what_it_was_given() -> None:
    pdf = certificate(PAGE)
    words = text(pdf)
    pairs = (PAGE.number, PAGE.authority, PAGE.issued_on, PAGE.valid_to, PAGE.document, PAGE.basis)
    single = [*PAGE.title, *PAGE.entry, *PAGE.act, PAGE.level, PAGE.verify_hint]
    assert [
        value
        for value in [*single, *(word for pair in pairs for word in (pair.label, pair.value))]
        if value not in words
    ] == []
    assert PAGE.verify_url in "".join(words.split())
    assert "演示" not in words
    assert len(pdf) <= 60_000
    assert len(pypdfium2.PdfDocument(pdf)) == 1


def test_qr_code_on_the_rendered_page_opens_the_address() -> None:
    page = pypdfium2.PdfDocument(certificate(replace(PAGE, watermark="演示")))[0]
    assert [code.text for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())] == [PAGE.verify_url]


def test_same_page_is_the_same_bytes() -> None:
    assert certificate(PAGE) == certificate(PAGE)


def test_watermark_is_all_over_the_page() -> None:
    assert text(certificate(replace(PAGE, watermark="演示"))).count("演示") >= 12


def test_what_looks_like_markup_is_printed_as_it_is() -> None:
    name = '#panic("x") *a* $b$ \\ @c <d> // ='
    assert name in " ".join(text(certificate(replace(PAGE, entry=(name,)))).split())


def test_long_words_stay_on_one_page() -> None:
    page = replace(
        PAGE,
        entry=("盱眙县大学生返乡创业示范基地" * 8, "A very long name of a base " * 10),
        act=("认定为劳务品牌，" * 40,),
        basis=Labelled("依据", "《示例办法》第三条、" * 12),
        verify_url=f"https://{'registry.' * 8}example.cn/verify/K7Q2",
    )
    pdf = pypdfium2.PdfDocument(certificate(page))
    assert len(pdf) == 1
    assert [code.text for code in zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())] == [page.verify_url]


def test_an_empty_value_leaves_out_its_label() -> None:
    assert "有效期至" not in text(certificate(replace(PAGE, valid_to=Labelled("有效期至", ""))))


@pytest.mark.parametrize("lang", ["zh-Hant", "en"])
def test_other_languages(lang: Lang) -> None:
    assert "勞務品牌" in text(certificate(replace(PAGE, lang=lang, title=("勞務品牌",))))


def test_missing_characters_are_all_named_and_nothing_is_printed() -> None:
    page = replace(PAGE, entry=("𪚥虾😀", "ok"), number=Labelled("证书编号", "1\n2"))
    with pytest.raises(BadInput) as caught:
        certificate(page)
    found = [(fault.field, fault.message.params["code"]) for fault in caught.value.faults]
    assert found == [("entry", "2A6A5"), ("entry", "1F600"), ("number", "000A")]
    assert "“𪚥” (U+2A6A5)" in caught.value.faults[0].text("en")


def test_list_of_characters_is_what_the_font_has() -> None:
    font = TTFont(resource("fonts") / "RegistrySerif-Regular.otf")
    assert covered() == {chr(code) for code in font.getBestCmap()}
    assert set("盱眙涟洪泽淮阴𬭎㛃〔〕〇勞務品牌縣區") <= covered()
    assert "Source" not in "".join(str(font["name"].getDebugName(number)) for number in (1, 3, 4, 6))
