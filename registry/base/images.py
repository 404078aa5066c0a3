"""Pictures: re-encoded, so that nothing but the picture is kept; and pages drawn with the viewer's name across them."""

import base64
import io
import logging
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from registry.base import confined
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
"""Media type → the format in which it is kept."""
DRAWABLE = (*FORMATS, "application/pdf")
"""Media types of which pages can be drawn."""
MAX_PIXELS = 60_000_000
"""A telephone's largest picture; one that unpacks to more is not opened."""
logging.getLogger("PIL").setLevel(logging.INFO)  # at DEBUG it would write what is in a file's EXIF into the log
TIMEOUT = 20
"""Seconds on the clock for drawing; the child's own limits are lower."""


def reencoded(name: str, data: bytes, media_type: str) -> bytes:
    """The same picture without position, camera, comments or anything else that was in the file; upright.

    Raises BadInput for one that cannot be opened, is another format than its name says, or unpacks to far too much.
    """
    kind = FORMATS[media_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[kind]) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                clean = flat(ImageOps.exif_transpose(picture), kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise bad(msg("“{name}” has more pixels than can be taken; make the picture smaller.", name=name)) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise bad(msg("“{name}” cannot be opened as a picture; save it again and send it again.", name=name)) from None
    out = io.BytesIO()
    clean.save(out, kind, **({"quality": 90} if kind == "JPEG" else {"optimize": False}))
    return out.getvalue()


def flat(picture: Image.Image, kind: str) -> Image.Image:
    """The pixels alone, in a colour mode that the format and every browser know."""
    known = ("L", "RGB") if kind == "JPEG" else ("L", "LA", "RGB", "RGBA")
    mode = (
        picture.mode if picture.mode in known else "RGBA" if kind == "PNG" and "transparency" in picture.info else "RGB"
    )
    pixels = picture.convert(mode)
    clean = Image.new(mode, pixels.size)
    clean.paste(pixels)
    return clean


def page_count(data: bytes, media_type: str) -> int:
    """How many pages can be drawn of a file. Raises BadInput when it cannot be read."""
    return int(_child(data, media_type, page=0, stamp="")["pages"])


def pages_in(data: bytes, media_type: str) -> int | None:
    """How many pages a file has, however many; None where it has none that could be counted."""
    if media_type in FORMATS:
        return 1
    if media_type != "application/pdf":
        return None
    try:
        return int(_child(data, media_type, page=0, stamp="")["all"])
    except BadInput:
        return None


def page_png(data: bytes, media_type: str, page: int, stamp: str) -> bytes:
    """One page (from 1) as PNG with a stamp across it. Raises BadInput when there is none."""
    return base64.b64decode(_child(data, media_type, page=page, stamp=stamp)["png"])


def _child(data: bytes, media_type: str, *, page: int, stamp: str) -> dict[str, str]:
    asked = {"media_type": media_type, "page": page, "stamp": stamp}
    try:
        return confined.ask("registry.base.images_child", asked, data, timeout=TIMEOUT)
    except confined.TooSlow:
        raise bad(msg("This file takes too long to draw; ask for the original.")) from None
    except confined.Failed:
        raise bad(msg("This file is damaged, or needs too much to be drawn; ask for the original.")) from None


def bad(message: Message) -> BadInput:
    """The error for one file."""
    return BadInput(Fault(message, field="file"))
