"""Telephone and ID numbers that are known, one pair for each place where one is entered, and how they are looked for."""

import base64
import io

from PIL import Image

from registry.rules.identifiers import id_check

PLACES = ("applicant", "objector", "words", "officer", "file", "account", "parked", "wrong")
"""Where a number is entered; each has its own, so that one found tells where it came from."""
PHONES = {place: f"1390517{4400 + n}" for n, place in enumerate(PLACES)}
IDS = {place: (head := f"32083019900101{440 + n}") + id_check(head) for n, place in enumerate(PLACES)}


def spellings(number: str) -> list[bytes]:
    """A number as bytes: plain, UTF-16 either way, hexadecimal, and base64 wherever in a text it may stand."""
    plain = number.encode()
    found = [plain, number.encode("utf-16-le"), number.encode("utf-16-be"), plain.hex().encode()]
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + plain + b"\0" * 3)
        found.append(coded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6])
    return found


NEEDLES = [(place, s) for numbers in (PHONES, IDS) for place, number in numbers.items() for s in spellings(number)]


def leaks(data: bytes) -> set[str]:
    """The places whose numbers stand in some bytes."""
    return {place for place, needle in NEEDLES if needle in data}


def both(place: str) -> str:
    """Words with both numbers of a place."""
    return f"示例说明 {PHONES[place]} 和 {IDS[place]} 请核查。"


def picture() -> bytes:
    """A photograph whose position data holds a number."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = f"{PHONES['file']} {IDS['file']}"
    Image.new("RGB", (60, 40)).save(out, "JPEG", exif=exif)
    return out.getvalue()
