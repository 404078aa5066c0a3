"""What stands in the demonstration's register before anybody applies: bodies, people, brands and bases, figures."""

from collections.abc import Callable
from datetime import date

from registry.actions import appointments, entries, people
from registry.demo.data import Demonstration, EntryRow, FigureRow
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor, Role


def enter_organisations(registry: Registry, data: Demonstration) -> dict[str, str]:
    """The bodies; returns their ids by their names in the files."""
    return {
        row.id: entries.add_organisation(registry, SYSTEM, name=row.name, region=row.region, fictitious=row.fictitious)
        for row in data.organisations.values()
    }


def enter_people(registry: Registry, data: Demonstration, organisations: dict[str, str], today: date) -> None:
    """Accounts without a password, and their appointments."""
    for person in data.people.values():
        people.add_account(registry, SYSTEM, login=person.login, name=f"演示人员 {person.login}", title=person.title)
        appointments.appoint(
            registry,
            SYSTEM,
            login=person.login,
            role=person.role,
            region=person.region,
            from_day=today,
            organisation_id=organisations[person.organisation] if person.organisation else None,
        )


def enter_entries(
    registry: Registry, data: Demonstration, organisations: dict[str, str], who: Callable[[str], Actor]
) -> dict[str, str]:
    """The brands and bases, each by the office that keeps its region's register; returns their slugs by id."""
    return {
        row.id: entries.add_entry(
            registry,
            keeper_of(data, row, who),
            listed=row.listed,
            kind=row.kind,
            region=row.region,
            name=row.name,
            slug=row.id.replace("_", "-"),
            product=row.product,
            entry_class=row.class_,
            owner_id=organisations[row.owner] if row.owner else None,
            owner_type=row.owner_type,
            units=[organisations[unit] for unit in row.units],
            profile={key: text.model_dump() for key, text in row.profile.items()},
            standing=[standing.model_dump() for standing in row.standing],
            fictitious=row.fictitious,
            illustrative=row.illustrative,
        )
        for row in data.entries.values()
    }


def keeper_of(data: Demonstration, row: EntryRow, who: Callable[[str], Actor]) -> Actor:
    """The officer of the entry's region; the registry itself where the demonstration has none."""
    officers = (p.login for p in data.people.values() if p.role == Role.COUNTY_OFFICER and p.region == row.region)
    login = next(officers, None)
    return who(login) if login else SYSTEM


def observe(registry: Registry, row: FigureRow, slug: str | None, today: date) -> None:
    """A figure with its source."""
    entries.observe(
        registry,
        SYSTEM,
        fact=row.fact,
        value=row.value,
        source=row.source,
        standing=row.standing,
        entry=slug,
        region=row.region,
        period=str(today.year - 1) if row.period == "last_year" else row.period,
        scope=row.scope,
        source_text=row.says,
        as_of=row.as_of,
    )
