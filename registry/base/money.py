"""Money: integer fen, never a float."""

from decimal import ROUND_DOWN, Decimal

from registry.base.i18n import Lang, language


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
