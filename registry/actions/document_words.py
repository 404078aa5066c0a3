"""How a value stands in a Word document: plain words in the language that is spoken now."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from registry.actions.certificates import day_text
from registry.base.clock import local_date
from registry.base.i18n import Text, language
from registry.base.money import Money
from registry.rules.answer import NUMBERS, YES_NO, masked
from registry.rules.facts import FactDef
from registry.rules.form import Field


def said(words: Any) -> str | None:
    """Words in the language that is spoken now."""
    if isinstance(words, dict):
        words = Text.model_validate(words)
    return words.in_(language()) if isinstance(words, Text) else None if words is None else str(words)


def day(value: date | datetime | str | None) -> str | None:
    """A day as documents write it: 2026年3月1日."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = local_date(value)
    return day_text(value, language()) if value else None


def number(value: str | Decimal, percent: bool = False) -> str:
    """A number without superfluous noughts; a ratio in per cent."""
    exact = Decimal(value) * (100 if percent else 1)
    plain = f"{exact:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{plain}%" if percent else plain


def value_of(text: str, fact: FactDef) -> str:
    """An observed value in words."""
    if fact.type == "yes_no":
        return str(YES_NO[text == "true"])
    if fact.type == "date":
        return day(text) or text
    return number(text, fact.type == "ratio") if fact.numeric else text


def answer(field: Field, value: Any, facts: dict[str, FactDef], opened: bool) -> str | None:
    """An answer in words; a personal one masked unless opened."""
    if value is None or value == "":
        return None
    if field.personal and not opened:
        return masked(str(value))
    if field.type in NUMBERS:
        fact = facts.get(field.writes.fact or "")
        return number(value, fact is not None and fact.type == "ratio")
    if field.type == "choice":
        return said(next((c.label for c in field.choices if c.value == value), value))
    if field.type == "date":
        return day(value)
    return str(YES_NO[value]) if isinstance(value, bool) else str(value)


def unit(field: Field, value: str | None) -> str | None:
    """The unit of an answer, where there is one and it does not stand in the words."""
    return said(field.unit) if field.unit and value and not value.endswith("%") else None


def sums(fen: int) -> dict[str, Any]:
    """A sum in figures and in capitals."""
    return {"amount": Money(fen).text(language()) if fen else None, "capitals": Money(fen).capitals() if fen else None}
