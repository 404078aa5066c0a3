"""The rounds of the demonstration: drafted by one person and called by another, through the verbs."""

from collections.abc import Callable
from datetime import date
from functools import partial

from registry.actions import rounds
from registry.demo.data import Demonstration, RoundRow
from registry.host.registry import Registry
from registry.rules.permission import Actor

Who = Callable[[str], Actor]
Day = Callable[[int], date]


def acts(registry: Registry, data: Demonstration, who: Who, day: Day) -> list[tuple[int, Callable[[], None]]]:
    """(working day, act) of each round."""
    return [(row.day, partial(call, registry, row, who, day)) for row in data.rounds]


def call(registry: Registry, row: RoundRow, who: Who, day: Day) -> None:
    """Draft a round and call it."""
    today = day(row.day)
    number = rounds.draft(
        registry,
        who(row.drafted_by),
        row.region,
        rounds.Call(
            title=row.title,
            kinds=row.kinds,
            opens_on=day(row.opens),
            closes_on=day(row.closes),
            document=row.document.format(year=today.year),
            document_date=today,
            words={key: text for key, text in row.words.items()},  # noqa: C416 – wider keys
            seats={(region, kind): n for region, kinds in row.seats.items() for kind, n in kinds.items()},
        ),
    )
    rounds.call_round(registry, who(row.called_by), number)
