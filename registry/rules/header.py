"""What every definition says at its head: who it is, where and when it holds, on what basis."""

from datetime import date
from typing import Literal

from pydantic import Field

from registry.base.i18n import Message, Text, msg
from registry.base.region import RegionCode
from registry.rules.model import Model, Whole

Standing = Literal["official", "example", "comment"]
Procedure = Literal[
    "list", "recommend", "recognise", "name", "re_evaluate", "renew", "upgrade", "correct", "suspend", "revoke"
]
Level = Literal["county", "city", "province", "nation"]
PROCEDURE_NAMES: dict[str, Message] = {
    "list": msg("listing for cultivation"),
    "recommend": msg("recommendation"),
    "recognise": msg("recognition"),
    "name": msg("naming"),
    "re_evaluate": msg("re-evaluation"),
    "renew": msg("renewal"),
    "upgrade": msg("upgrade"),
    "correct": msg("correction"),
    "suspend": msg("suspension"),
    "revoke": msg("revocation"),
}
RESULT_NAMES: dict[str, Message] = {
    "recommended": msg("Recommended"),
    "recognised": msg("Recognised"),
    "refused": msg("Refused"),
    "withdrawn": msg("Withdrawn"),
    "revoked": msg("Revoked"),
    "rectified": msg("Put right"),
    "concluded": msg("Closed"),
}
LEVELS: tuple[Level, ...] = ("county", "city", "province", "nation")


class Span(Model):
    """From a day to a day, both included; open-ended without `to`."""

    from_: date = Field(alias="from")
    to: date | None = None


class Basis(Model):
    """The document a definition rests on. Without number and date it can only be an example (示例)."""

    title: Text
    number: str | None = None
    issued: date | None = Field(default=None, alias="date")
    article: str | None = None
    scan: str | None = None
    url: str | None = None
    note: Text | None = None


class Header(Model):
    """The head of a definition. `standing: example` judges only in a registry marked as demonstration."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=80)
    version: Whole = Field(ge=1)
    title: Text
    region: RegionCode
    basis: Basis | None = None
    standing: Standing = "example"
    in_force: Span
