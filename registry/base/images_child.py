"""The child process that draws one page of a file as PNG: bounded in time, memory, pages and pixels, no network needed.

Reads a line of JSON {media_type, page, stamp} and then the file on stdin; writes JSON {pages, all} (those that can be drawn,
and how many there are) or {png} on stdout.
Whatever goes wrong ends it with a status other than 0.
"""

import base64
import io
import math
import sys

import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageOps

from registry.base.confined import answering
from registry.base.paths import resource as file_of

SECONDS = 12
"""Of processor time."""
MAX_PAGES = 30
WIDEST, HIGHEST = 1240, 3500
"""Pixels of a drawn page: A4 at 150 dots an inch, or a long picture."""
FONT = "RegistrySerif-Regular.otf"


def page_of(data: bytes, media_type: str, page: int) -> Image.Image:
    """One page as a picture that is not too large."""
    if media_type != "application/pdf":
        with Image.open(io.BytesIO(data)) as picture:
            drawn = ImageOps.exif_transpose(picture).convert("RGB")
    else:
        paper = pypdfium2.PdfDocument(data)[page - 1]
        width, height = paper.get_size()
        scale = min(WIDEST / max(width, 1), HIGHEST / max(height, 1), 4)
        drawn = paper.render(scale=scale).to_pil().convert("RGB")
    drawn.thumbnail((WIDEST, HIGHEST))
    return drawn


def stamped(picture: Image.Image, words: str) -> Image.Image:
    """The picture with the words across it, again and again, so that no part of it can be cut out without them."""
    size = max(14, picture.width // 45)
    font = ImageFont.truetype(str(file_of("fonts") / FONT), size)
    side = math.ceil(math.hypot(*picture.size))
    layer = Image.new("L", (side, side))
    draw = ImageDraw.Draw(layer)
    wide = int(draw.textlength(words, font=font)) + size * 4
    for row, y in enumerate(range(0, side, size * 6)):
        for x in range(-(row % 2) * wide // 2, side, wide):
            draw.text((x, y), words, font=font, fill=90)
    turned = layer.rotate(28)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    mask = turned.crop((left, top, left + picture.width, top + picture.height))
    picture.paste(Image.new("RGB", picture.size, (120, 0, 0)), mask=mask)
    return picture


def answer(asked: dict[str, object], data: bytes) -> dict[str, object]:
    """What was asked for."""
    media_type, page = str(asked["media_type"]), int(str(asked["page"]))
    pages = len(pypdfium2.PdfDocument(data)) if media_type == "application/pdf" else 1
    if page == 0:
        return {"pages": min(pages, MAX_PAGES), "all": pages}
    if not 1 <= page <= min(pages, MAX_PAGES):
        raise ValueError("there is no such page")
    out = io.BytesIO()
    stamped(page_of(data, media_type, page), str(asked["stamp"])).save(out, "PNG")
    return {"png": base64.b64encode(out.getvalue()).decode()}


if __name__ == "__main__":
    sys.exit(answering(answer, seconds=SECONDS))
