"""Money: integer fen, never a float."""

from decimal import ROUND_DOWN, Decimal

from registry.base.i18n import Lang, language

DIGITS, UNITS, GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿", "万亿")


class Money(int):
    """An amount in fen (1 yuan = 100 fen)."""

    @classmethod
    def yuan(cls, amount: Decimal | int | str) -> "Money":
        """From yuan; fractions of a fen are dropped, as payments do."""
        return cls((Decimal(amount) * 100).quantize(Decimal(1), rounding=ROUND_DOWN))

    def text(self, lang: Lang | None = None) -> str:
        """For people: `20万元` where natural, else with thousands separators."""
        lang = lang or language()
        yuan = Decimal(int(self)) / 100
        if lang == "en":
            return f"CNY {yuan:,.2f}".removesuffix(".00")
        wan, unit = yuan / 10000, "萬元" if lang == "zh-Hant" else "万元"
        if yuan >= 10000 and wan == wan.quantize(Decimal("0.01")):
            return f"{wan.normalize():f}{unit}"
        return f"{yuan:,.2f}".removesuffix(".00") + "元"

    def capitals(self) -> str:
        """As a payment letter says it (大写, 会计基础工作规范 article 52): `人民币壹拾贰万叁仟元整`."""
        yuan, rest = divmod(int(self), 100)
        jiao, fen = divmod(rest, 10)
        text = f"{_whole(yuan)}元" if yuan else ""
        if not rest:
            return f"人民币{text or '零元'}整"
        tenths = f"{DIGITS[jiao]}角" if jiao else "零" if yuan else ""
        return f"人民币{text}{tenths}" + (f"{DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    """A whole number above nought in the digits that cannot be altered."""
    digits = str(number)
    text, skipped = "", False
    for at, digit in enumerate(digits):
        place = len(digits) - 1 - at
        group, unit = divmod(place, 4)
        if digit == "0":
            skipped = True
        else:
            text += ("零" if skipped else "") + DIGITS[int(digit)] + UNITS[unit]
            skipped = False
        if unit == 0 and any(d != "0" for d in digits[max(0, at - 3) : at + 1]):
            text += GROUPS[group]
    return text
