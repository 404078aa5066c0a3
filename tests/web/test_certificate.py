"""The certificate: what it says, that its QR code leads back to the brand, and when there is none."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from sqlmodel import select

from registry.actions.certificates import certificate_pdf
from registry.app import create_app
from registry.base.errors import NotFound, Refused
from registry.base.i18n import PREFIXES, Lang
from registry.store.title import Title
from registry.testing import Kit
from registry.testing.journey import city

pytestmark = pytest.mark.slow

NAME = "盱眙虾稻共生种养员（虚构）"


@pytest.fixture
def number(kit: Kit) -> str:
    """The number of a title that has been given."""
    city(kit)
    with kit.registry.store.read() as session:
        return session.exec(select(Title)).one().number


def page(pdf: bytes) -> pypdfium2.PdfPage:
    """The one page."""
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    assert len(document) == 1
    return document[0]


def words(pdf: bytes) -> str:
    """The text of the page."""
    return "".join(page(pdf).get_textpage().get_text_range().split())


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
def test_says_name_number_document_and_that_it_is_no_real_one(kit: Kit, number: str, lang: Lang) -> None:
    text = words(certificate_pdf(kit.registry, number, lang))
    title = get(kit, number)
    for said in (number, title.document, "演示", "虛構" if lang == "zh-Hant" else "虚构"):
        assert said in text
    assert NAME in text or lang == "zh-Hant"
    assert ("Huai'anCity" if lang == "en" else "人力") in text


def get(kit: Kit, number: str) -> Title:
    with kit.registry.store.read() as session:
        return session.exec(select(Title).where(Title.number == number)).one()


@pytest.mark.parametrize("lang", ["zh-Hans", "en"])
def test_qr_code_leads_to_the_page_that_names_the_brand(kit: Kit, number: str, lang: Lang) -> None:
    image = page(certificate_pdf(kit.registry, number, lang)).render(scale=2).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    start = f"{kit.registry.settings.public_url}{PREFIXES[lang]}/verify/"
    assert code.text.startswith(start)
    answer = create_app(kit.registry).test_client().get(urlsplit(code.text).path)
    assert answer.status_code == 200 and NAME in answer.text


def expired(kit: Kit) -> None:
    kit.clock.set(date(2040, 1, 1))


def revoked(kit: Kit) -> None:
    with kit.registry.store.system() as session:
        title = session.exec(select(Title)).one()
        title.status = "revoked"
        session.add(title)
        session.record("title.revoke", f"title:{title.id}")


@pytest.mark.parametrize("end", [expired, revoked])
def test_a_title_that_has_ended_has_no_certificate(kit: Kit, number: str, end: Callable[[Kit], None]) -> None:
    end(kit)
    with pytest.raises(Refused):
        certificate_pdf(kit.registry, number, "zh-Hans")


def test_an_unknown_number_is_not_found(kit: Kit) -> None:
    with pytest.raises(NotFound):
        certificate_pdf(kit.registry, "320800-2026-9999", "en")
