"""What plugins are given and what they give back: plain values, and the database through one narrow door."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import select

from registry.base.clock import local_date
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry
from registry.store.job import enqueue
from registry.store.session import ReadSession, Store, WriteSession
from registry.store.table import new_id


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """A brand or base, as plugins see it."""

    id: str
    public_id: str
    slug: str
    kind: str
    product: str | None
    region: str
    name: Text
    listed: bool
    """Whether the public sees it."""


def seen(entry: Entry) -> PluginEntry:
    """An entry as plugins see it."""
    return PluginEntry(
        id=entry.id,
        public_id=entry.public_id,
        slug=entry.slug,
        kind=entry.kind,
        product=entry.product,
        region=entry.region,
        name=entry.text,
        listed=entry.status == "listed",
    )


@dataclass(frozen=True, slots=True)
class Access:
    """The registry's database, as a plugin may use it: its own tables (`p_NAME_…`) to read and write, the core's to read.

    Each `with` is a transaction of its own, apart from the one in which the registry may just be working: an error in
    it undoes what the plugin did and nothing else.
    """

    _store: Store

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """A session that only reads, and sees everything."""
        with self._store.read(SYSTEM) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[WriteSession]:
        """A transaction: commits at the end, rolls back on any error. While it is open nobody else can write.

        What the plugin shows is rendered anew afterwards.
        """
        with self._store.write(SYSTEM) as session:
            yield session
            enqueue(session, "render", f"written:{new_id()}", session.now)

    @property
    def today(self) -> date:
        """The date in Shanghai."""
        return local_date(self._store.clock.now())

    def entries(self, *, region: str, product: str | None = None, slug: str | None = None) -> list[PluginEntry]:
        """The entries of a place, of one product or address where that is said, drafts included; by their addresses."""
        query = select(Entry).where(Entry.region == region, Entry.status != "withdrawn").order_by(Entry.slug)
        query = query.where(Entry.product == product) if product else query
        query = query.where(Entry.slug == slug) if slug else query
        with self.read() as session:
            return [seen(entry) for entry in session.exec(query)]


@dataclass(frozen=True, slots=True)
class Transition:
    """A case leaving a stage by an outcome; `key` is the same whenever the same move is told again."""

    key: str
    case: str
    number: str | None
    procedure: str
    entry: PluginEntry
    authority: str
    """The region whose bureau has the case."""
    stage: str
    outcome: str
    act: str
    to: str
    on: date


@dataclass(frozen=True, slots=True)
class Veto:
    """Why a case may not be moved this way now; the officer reads it, so it says what would be right."""

    says: Text


@dataclass(frozen=True, slots=True)
class Computed:
    """A fact that a plugin has worked out: a figure (decimal, never a float) or yes/no, for a period such as `2025`."""

    fact: str
    value: Decimal | bool
    says: Text
    """How it was worked out, from what; it is shown as the figure's source."""
    period: str | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Markdown with Jinja over `data` (what JSON knows), rendered like a pack's page: apart, bounded, made clean."""

    source: Text
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShowcasePage:
    """A page of its own under a county: `/counties/SLUG/PATH`."""

    path: str
    """Small letters, digits and hyphens."""
    title: Text
    source: Text
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column for the export of entries: values by the entry's `id`."""

    id: str
    values: Mapping[str, str]
