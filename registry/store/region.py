"""Regions and organisations."""

from datetime import date

from sqlalchemy import Column, ColumnElement
from sqlmodel import Field, Session, col, or_, select

from registry.base.i18n import Text
from registry.store.table import Json, Row, id_field, one_of

LEVELS = ("nation", "province", "city", "county", "zone")
COUNTY_LEVEL = ("county", "zone")
"""A functional zone has an office of its own, as a county has, and gives titles of the county's level."""


class Region(Row, table=True):
    """A place with an office: official by GB/T 2260, or a functional zone (功能区) with a parent."""

    __table_args__ = (one_of("level", LEVELS),)

    code: str = Field(primary_key=True, max_length=6)
    parent: str | None = Field(default=None, foreign_key="region.code", index=True)
    level: str
    slug: str = Field(unique=True)
    name: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    functional: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = Field(default=None, foreign_key="region.code")

    @property
    def text(self) -> Text:
        """The name in three languages."""
        return Text.model_validate(self.name)

    @property
    def title_level(self) -> str:
        """The level of the titles that its office gives."""
        return "county" if self.level in COUNTY_LEVEL else self.level

    @property
    def with_parent(self) -> list[str]:
        """Its code, and that of the region around it."""
        return [code for code in (self.code, self.parent) if code]

    def ended(self, on: date) -> bool:
        """Whether it is no more."""
        return self.valid_to is not None and self.valid_to < on


class Organisation(Row, table=True):
    """A body with a unified social credit code: builders, operators, filers, offices."""

    id: str = id_field()
    credit_code: str | None = Field(default=None, unique=True, max_length=18)
    name: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    region: str = Field(foreign_key="region.code", index=True)
    fictitious: bool = False

    @property
    def text(self) -> Text:
        """The name in three languages."""
        return Text.model_validate(self.name)


def region_chain(session: Session, code: str) -> list[Region]:
    """The region and those around it, nearest first."""
    chain: list[Region] = []
    current: str | None = code
    while current and len(chain) < 8:
        region = session.get(Region, current)
        if region is None:
            break
        chain.append(region)
        current = region.parent
    return chain


def of_county_level(on: date | None = None) -> ColumnElement[bool]:
    """Counties and functional zones; on a day, those that there are then."""
    level = col(Region.level).in_(COUNTY_LEVEL)
    return level if on is None else level & or_(col(Region.valid_to).is_(None), col(Region.valid_to) >= on)


def children(session: Session, code: str) -> list[Region]:
    """The regions directly inside one, by code."""
    return list(session.exec(select(Region).where(Region.parent == code).order_by(Region.code)))
