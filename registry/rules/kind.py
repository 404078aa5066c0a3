"""Kinds of entries as data: a kind's section of the site, its nouns, profile fields, facts and classes."""

from pydantic import Field

from registry.base.i18n import Text
from registry.rules.facts import FactDef
from registry.rules.header import Header
from registry.rules.model import Model, Whole


class Nouns(Model):
    """What one and many are called."""

    one: Text
    many: Text


class ProfileField(Model):
    """A published property of an entry of the kind."""

    label: Text
    long: bool = False


class Kind(Header):
    """A kind of entry: the core knows none by name."""

    section: str = Field(pattern=r"^[a-z][a-z-]*$")
    """First part of the address: `brands`, `bases`."""
    nouns: Nouns
    intro: Text
    classes: dict[str, Text] = {}
    profile: dict[str, ProfileField] = {}
    facts: dict[str, FactDef] = {}
    headline: list[str] = Field(default=[], max_length=4)
    """The facts of the thirty-second read."""
    chart: list[str] = []
    """Yearly facts that are drawn."""
    order: Whole = 100
