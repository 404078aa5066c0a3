"""What an upload becomes: pictures without where they were taken, pages with the viewer's name, and what is refused."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from registry.actions import uploads
from registry.base import images
from registry.base.errors import BadInput


def picture(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture that says where it was taken, lying on its side."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (33.0, 1.0, 2.0)
    exif[0x010F] = "SECRETCAMERA"
    Image.new("RGB", size, (10, 120, 200)).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.png", "PNG")])
def test_picture_is_kept_upright_and_without_where_it_was_taken(name: str, kind: str) -> None:
    data = picture(kind)
    assert b"SECRETCAMERA" in data
    kept = uploads.taken(name, data, 2**20)
    with Image.open(io.BytesIO(kept.data)) as clean:
        assert clean.size == (40, 60) and not dict(clean.getexif())
    assert b"SECRETCAMERA" not in kept.data and uploads.taken(name, data, 2**20).data == kept.data


def bad_files() -> Iterator[Any]:
    head = b"%PDF-1.7\n"
    yield pytest.param("a.pdf", head + b"1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n%%EOF", "script", id="script")
    yield pytest.param("a.pdf", head + b"1 0 obj<</S/J#61vaScript>>endobj\n%%EOF", "script", id="hidden name")
    yield pytest.param("a.pdf", head + b"1 0 obj<</Type/EmbeddedFile>>endobj\n%%EOF", "script", id="file inside")
    packed = zlib.compress(b"2 0 <</S/Launch/F(cmd.exe)>>")
    stream = b"1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + packed + b"\nendstream endobj\n%%EOF"
    yield pytest.param("a.pdf", head + stream, "script", id="packed object")
    yield pytest.param("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"x" * 100, "picture", id="no picture")
    yield pytest.param("a.png", picture("PNG")[:120], "picture", id="half a picture")


@pytest.mark.parametrize(("name", "data", "said"), [*bad_files()])
def test_file_that_does_things_or_is_none_is_refused_with_a_sentence(name: str, data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        uploads.taken(name, data, 2**20)


def test_bomb_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 1000)
    with pytest.raises(BadInput, match="more pixels"):
        images.reencoded("a.png", picture("PNG"), "image/png")


def test_page_is_drawn_with_the_viewers_name_and_a_broken_file_gets_a_sentence() -> None:
    data = uploads.taken("a.png", picture("PNG", (600, 400)), 2**20).data
    assert images.page_count(data, "image/png") == 1
    plain, drawn = (images.page_png(data, "image/png", 1, stamp) for stamp in ("", "经办人 2026-03-02 10:00"))
    assert plain != drawn
    with Image.open(io.BytesIO(drawn)) as page:
        assert page.size == (400, 600)
    for broken, page_number in ((b"%PDF-1.4 nothing", 1), (data, 2)):
        with pytest.raises(BadInput, match="damaged"):
            images.page_png(broken, "application/pdf" if broken != data else "image/png", page_number, "x")
