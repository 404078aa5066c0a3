"""Rounds of certification (批次): the call, seats of regions and kinds, and what each case of a round came to."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, Session, col, select

from registry.store.table import Json, Tracked, id_field, one_of, only_one

STATUSES = ("draft", "called", "prepared", "released", "closed", "cancelled")


class Round(Tracked, table=True):
    """A round: drafted by one person, called by another, decided as a whole, closed when its reserve is dissolved."""

    __table_args__ = (
        one_of("status", STATUSES),
        one_of("order_by", ("points", "recommended")),
        one_of("ties", ("leader_decides", "all_out")),
        CheckConstraint("closes_on >= opens_on", name="opens_before_closes"),
        CheckConstraint(
            "status NOT IN ('called', 'prepared', 'released', 'closed') OR called_at IS NOT NULL", name="called"
        ),
        CheckConstraint("called_by IS NULL OR called_by <> drafted_by", name="called_by_another"),
        CheckConstraint(
            "status NOT IN ('prepared', 'released') OR prepared_by IS NOT NULL", name="prepared_by_somebody"
        ),
        CheckConstraint("released_by IS NULL OR released_by <> prepared_by", name="released_by_another"),
    )
    __outcome__ = (
        "number",
        "kinds",
        "level",
        "region",
        "opens_on",
        "closes_on",
        "order_by",
        "ties",
        "status",
        "document",
        "document_date",
        "called_at",
        "called_by",
        "prepared_by",
        "released_by",
        "meeting",
        "minutes",
    )

    id: str = id_field()
    number: str = Field(unique=True)
    title: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    kinds: list[str] = Field(sa_column=Column(Json, nullable=False))
    level: str
    """The level of the title that is given."""
    region: str = Field(foreign_key="region.code", index=True)
    """The authority that decides; its counties recommend."""
    opens_on: date
    closes_on: date
    """The last day on which an application is sent for the first time."""
    order_by: str = "points"
    """What seats go by: points, or each region's own order of recommendation."""
    ties: str = "leader_decides"
    status: str = "draft"
    document: str | None = None
    document_date: date | None = None
    words: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    """What else the call says: `contact`, `materials`, `where`, each in languages."""
    drafted_by: str
    called_at: datetime | None = None
    """From then on nothing of the call changes; cases are judged by the definitions that were published by then."""
    called_by: str | None = None
    prepared_by: str | None = None
    prepared_at: datetime | None = None
    released_by: str | None = None
    released_at: datetime | None = None
    meeting: str | None = None
    minutes: str | None = None

    def takes(self, on: date) -> bool:
        """Whether an application can be sent for it on a day."""
        return self.status == "called" and self.opens_on <= on <= self.closes_on


class RoundSeats(Tracked, table=True):
    """How many of a kind a region may have in a round (名额分配)."""

    __table_args__ = (
        UniqueConstraint("round_id", "region", "kind"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
    )
    __outcome__ = ("round_id", "region", "kind", "seats")

    id: str = id_field()
    round_id: str = Field(foreign_key="round.id", index=True)
    region: str = Field(foreign_key="region.code")
    kind: str
    seats: int


class RoundEntrant(Tracked, table=True):
    """A case of a round, by its region's own case; what it came to when the round was prepared."""

    __table_args__ = (
        one_of("result", ("seat", "reserve", "none")),
        CheckConstraint("recommended IS NULL OR recommended > 0", name="recommended_from_one"),
        only_one(
            "uq_round_entrant_order", "round_id", "region", "kind", "recommended", where="recommended IS NOT NULL"
        ),
    )
    __outcome__ = ("round_id", "case_id", "recommended", "rank", "points", "grade", "result", "reserve")
    __scoped__ = True

    id: str = id_field()
    round_id: str = Field(foreign_key="round.id", index=True)
    case_id: str = Field(foreign_key="case.id", unique=True)
    region: str = Field(foreign_key="region.code")
    kind: str
    recommended: int | None = None
    """Its place in its region's own order, from 1."""
    rank: int | None = None
    points: str | None = None
    grade: str | None = None
    result: str | None = None
    reserve: int | None = None
    """Its place on the reserve list of its region and kind, from 1."""
    version: int | None = None
    """The version of the authority's case that was judged; a release of another one is refused."""
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """Why, in languages."""


def rounds_of(session: Session, regions: Iterable[str], *statuses: str) -> list[Round]:
    """The rounds of some regions in some states, the last to open first."""
    query = select(Round).where(col(Round.region).in_(set(regions)), col(Round.status).in_(statuses or STATUSES))
    return sorted(session.exec(query), key=lambda r: (r.opens_on, r.number), reverse=True)


def seats_of(session: Session, round_id: str) -> list[RoundSeats]:
    """The seats of a round, by region and kind."""
    rows = session.exec(select(RoundSeats).where(RoundSeats.round_id == round_id))
    return sorted(rows, key=lambda s: (s.region, s.kind))


def entrants_of(session: Session, round_id: str) -> list[RoundEntrant]:
    """The cases of a round that the session sees."""
    return list(session.exec(select(RoundEntrant).where(RoundEntrant.round_id == round_id)))
