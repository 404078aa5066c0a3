"""The child process that reads QR codes from a scan or a photograph, and cuts pages out of a PDF: bounded, no network.

Reads a line of JSON {do, …} and then the file on stdin; writes JSON on stdout: for `read` the words of all codes page by
page, for `cut` a PDF in base64. Whatever goes wrong ends it with a status other than 0.
"""

import base64
import io
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from registry.base.confined import answering

SECONDS = 45
"""Of processor time."""
MAX_PAGES = 30
DPI = 200
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
LONGEST = 3200
"""Pixels of the longer side of a picture in which codes are looked for."""


def pictures(data: bytes, media_type: str) -> Iterator[Image.Image]:
    """The pages as grey pictures of a bearable size."""
    if media_type != "application/pdf":
        with Image.open(io.BytesIO(data)) as picture:
            yield smaller(ImageOps.exif_transpose(picture).convert("L"))
        return
    document = pypdfium2.PdfDocument(data)
    if len(document) > MAX_PAGES:
        raise ValueError("too many pages")
    for page in document:
        width, height = page.get_size()
        scale = min(DPI / 72, LONGEST / max(width, height, 1))
        yield page.render(scale=scale).to_pil().convert("L")


def smaller(picture: Image.Image) -> Image.Image:
    """A picture that is not too large."""
    picture.thumbnail((LONGEST, LONGEST))
    return picture


def tries(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is, then with what a bad light or an unsteady hand took away given back."""
    yield picture
    even = ImageOps.autocontrast(picture, cutoff=1)
    yield even
    yield ImageOps.equalize(picture)
    yield even.filter(ImageFilter.UnsharpMask(3, 250, 2))
    yield even.resize((picture.width // 2, picture.height // 2))
    if max(picture.size) < 2000:
        yield even.resize((picture.width * 2, picture.height * 2), Image.Resampling.LANCZOS)


def codes_in(picture: Image.Image) -> list[str]:
    """The words of the QR codes in a picture."""
    for one in tries(picture):
        if found := zxingcpp.read_barcodes(one, formats=QR):
            return [code.text for code in found]
    return []


def cut(data: bytes, pages: list[int]) -> bytes:
    """Some pages (from 1) as a PDF of their own."""
    made, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    made.import_pages(pypdfium2.PdfDocument(data), [n - 1 for n in pages])
    made.save(out)
    return out.getvalue()


def answer(asked: dict[str, Any], data: bytes) -> Any:
    """What was asked for."""
    if asked["do"] == "cut":
        return base64.b64encode(cut(data, asked["pages"])).decode()
    return [codes_in(picture) for picture in pictures(data, asked["media_type"])]


if __name__ == "__main__":
    sys.exit(answering(answer, seconds=SECONDS))
