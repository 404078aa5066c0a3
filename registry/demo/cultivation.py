"""The demonstration's cultivation list: brands put on it, their aims, visits, what was suggested; all through the verbs."""

from collections.abc import Callable, Iterator
from functools import partial

from registry.actions import cultivation, cultivation_diary, cultivation_filing, suggestions
from registry.actions.cultivation import About
from registry.base.clock import local_date
from registry.demo.data import CultivationRow, Demonstration, NoteRow, SuggestionRow
from registry.demo.register import keeper_of
from registry.host.registry import Registry
from registry.rules.permission import Actor
from registry.store.cultivation import CultivationItem
from registry.store.entry import Entry

Act = tuple[int, Callable[[], None]]
Who = Callable[[str], Actor]


def acts(
    registry: Registry, data: Demonstration, who: Who, slugs: dict[str, str], organisations: dict[str, str]
) -> list[Act]:
    """(working day, act) of everything about the list."""
    made: list[Act] = []
    for row in data.cultivation:
        made += Played(registry, data, who, slugs, organisations, row).acts()
    made += [(row.day, partial(suggest, registry, row)) for row in data.suggestions]
    return made


def suggest(registry: Registry, row: SuggestionRow) -> None:
    """Somebody suggests something."""
    suggestions.suggest(registry, name=row.name, county=row.county, reason=row.reason, sender=row.name)


class Played:
    """One brand of the list, played by its county's officer."""

    def __init__(
        self,
        registry: Registry,
        data: Demonstration,
        who: Who,
        slugs: dict[str, str],
        organisations: dict[str, str],
        row: CultivationRow,
    ) -> None:
        self.registry, self.data, self.who, self.row = registry, data, who, row
        self.entry, self.slug = data.entries[row.entry], slugs[row.entry]
        self.builder = data.organisations[row.builder].name.zh_hans if row.builder else ""
        self.number = ""

    def acts(self) -> Iterator[Act]:
        """Everything that happens to it."""
        yield self.row.day, self.take_up
        for note in self.row.notes:
            yield note.day, partial(self.note, note)
        if self.row.file is not None:
            yield self.row.file, self.file

    def officer(self) -> Actor:
        """Who keeps the list."""
        return keeper_of(self.data, self.entry, self.who)

    def take_up(self) -> None:
        """It is put on the list, with its aims."""
        row, officer = self.row, self.officer()
        about = About(row.found, row.found_note, self.builder, row.plan, row.tutor)
        self.number = cultivation.take_up(
            self.registry, officer, region=self.entry.region, about=about, entry_slug=self.slug
        )
        with self.registry.store.read(officer) as session:
            entry = session.get_one(Entry, cultivation.load(session, self.number).entry_id)
            facts = cultivation_filing.facts_of(session, entry, cultivation_filing.gaps(session, entry))
        for aim in row.aims:
            year = str(local_date(self.registry.now).year + aim.years)
            cultivation_diary.aim(
                self.registry, officer, self.number, facts=facts, fact=aim.fact, year=year, target=aim.target
            )
        if row.published:
            cultivation.publish(self.registry, officer, self.number, version=self.item().version, published=True)

    def item(self) -> CultivationItem:
        """As it stands now."""
        with self.registry.store.read(self.officer()) as session:
            return cultivation.load(session, self.number)

    def note(self, row: NoteRow) -> None:
        """A visit, or a word about it."""
        who = self.who(row.who) if row.who else self.officer()
        cultivation_diary.note(self.registry, who, self.number, kind=row.kind, words=row.words)

    def file(self) -> None:
        """Its application is opened from the list."""
        cultivation_filing.file_application(self.registry, self.officer(), self.number, version=self.item().version)
