"""Credit codes (GB 32100), ID numbers (GB 11643) and telephones: how they are checked, and how they are masked."""

import re
from datetime import date

from registry.base.i18n import Message, msg, nmsg

_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ID_WEIGHTS = [pow(2, 17 - i, 11) for i in range(17)]
_ID_CHECKS = "10X98765432"
_PHONE = re.compile(
    r"1[3-9][0-9]{9}"  # mobile
    r"|0[0-9]{2,3}-?[2-9][0-9]{6,7}(-[0-9]{1,6})?"  # area code, number, extension
    r"|[48]00-?[0-9]{3}-?[0-9]{4}|[19][0-9]{4}"  # 400, 800, and service numbers such as 12333
)


def credit_code_check(first17: str) -> str:
    """The check character that belongs to the first 17 characters of a unified social credit code (GB 32100-2015)."""
    total = sum(w * _CODE_SIGNS.index(c) for w, c in zip(_CODE_WEIGHTS, first17, strict=True))
    return _CODE_SIGNS[-total % 31]


def credit_code_fault(code: str) -> Message | None:
    """What is wrong with a unified social credit code (18 capitals and digits); None when it is right."""
    if len(code) != 18:
        return nmsg(
            "A unified social credit code has 18 characters; this has {n}.",
            "A unified social credit code has 18 characters; this has {n}.",
            len(code),
        )
    if wrong := next((c for c in code if c not in _CODE_SIGNS), None):
        return msg(
            "“{sign}” does not occur in a unified social credit code (digits, capitals without I O S V Z).", sign=wrong
        )
    right = credit_code_check(code[:17])
    if right != code[17]:
        return msg(
            "This unified social credit code has a wrong check character: by its first 17 characters it ends in "
            "“{right}”, not “{given}”. One of them is mistyped.",
            right=right,
            given=code[17],
        )
    return None


def id_check(first17: str) -> str:
    """The check character that belongs to the first 17 digits of a citizen's ID number (GB 11643-1999)."""
    return _ID_CHECKS[sum(w * int(c) for w, c in zip(_ID_WEIGHTS, first17, strict=True)) % 11]


def id_born(number: str) -> date | None:
    """The birthday in an ID number; None when it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_fault(number: str) -> Message | None:
    """What is wrong with a citizen's ID number; None when it is right. The message never repeats the number."""
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", number):
        return msg("An ID number has 17 digits and a check digit or X.")
    born = id_born(number)
    if born is None or born.year < 1850:
        return msg("Digits 7 to 14 of this ID number are no birthday.")
    right = id_check(number[:17])
    if right != number[17].upper():
        return msg(
            "This ID number has a wrong check digit: after its first 17 digits comes “{right}”, not “{given}”.",
            right=right,
            given=number[17].upper(),
        )
    return None


def phone_fault(number: str) -> Message | None:
    """What is wrong with a telephone number (mobile, landline with area code, 400/800 or short service number)."""
    if _PHONE.fullmatch(number):
        return None
    if re.fullmatch(r"[2-9][0-9]{6,7}", number):
        return msg("Write the area code before the number, such as 0517-83600000.")
    return msg("This is not a telephone number; write 11 digits, or area code and number such as 0517-83600000.")


def mask_id(number: str) -> str:
    """An ID number as it may be shown: the first two and the last three, `32*************123`."""
    return _masked(number, 2, 3)


def mask_phone(number: str) -> str:
    """A telephone number as it may be shown: `138****1234`."""
    return _masked(number, 3, 4)


def _masked(text: str, head: int, tail: int) -> str:
    """Stars in the middle; of what is too short for that, only the last sign is shown."""
    if len(text) <= head + tail:
        head, tail = 0, min(1, len(text) - 1)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :] if text else ""


def masked(value: str) -> str:
    """The first character, and that there are more."""
    return value[:1] + "＊" * min(max(len(value) - 1, 1), 6)
