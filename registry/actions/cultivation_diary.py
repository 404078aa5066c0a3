"""Verbs of the cultivation list's diary: yearly aims, visits to the builder, and words between the offices."""

import secrets
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlmodel import select

from registry.actions.cultivation import READERS, load, require_editor, text_faults
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.facts import FactDef
from registry.rules.permission import Actor
from registry.store.cultivation import CultivationAim, CultivationNote

YEARS_AHEAD = 10


def aim(
    registry: Registry, actor: Actor, number: str, *, facts: dict[str, FactDef], fact: str, year: str, target: str
) -> None:
    """Set what a figure is to be in a year; without a target it is an aim no more. Raises NotFound, Refused, BadInput."""
    with registry.store.write(actor) as session:
        item = load(session, number)
        require_editor(actor, item.region)
        when, value, faults = read_aim(session.today, facts, fact, year, target)
        if faults:
            raise BadInput(faults)
        query = select(CultivationAim).where(
            CultivationAim.item_id == item.id, CultivationAim.fact == fact, CultivationAim.year == when
        )
        row = session.exec(query).one_or_none() or CultivationAim(item_id=item.id, fact=fact, year=when)
        row.target = value
        session.add(row)
        session.record("cultivation.aim", f"cultivation:{item.id}", fact=fact, year=when)


def read_aim(
    today: date, facts: dict[str, FactDef], fact: str, year: str, target: str
) -> tuple[int, str | None, list[Fault]]:
    """(year, target, faults) of what was typed."""
    faults, when, value = [], 0, None
    if fact not in facts or not facts[fact].numeric:
        faults.append(Fault(msg("Choose a figure."), field="fact"))
    if year.strip().isdecimal() and today.year - 1 <= int(year) <= today.year + YEARS_AHEAD:
        when = int(year)
    else:
        span = {"first": str(today.year - 1), "last": str(today.year + YEARS_AHEAD)}
        faults.append(Fault(msg("Write a year from {first} to {last}.", **span), field="year"))
    try:
        number = Decimal(target.strip().replace(",", "").replace("，", "")) if target.strip() else None
        if number is not None and not (number.is_finite() and 0 <= number < Decimal(10) ** 15):
            raise InvalidOperation
        ratio = number is not None and fact in facts and facts[fact].type == "ratio"
        value = None if number is None else f"{(number / 100 if ratio else number):f}"
    except InvalidOperation:
        faults.append(
            Fault(msg("“{raw}” is not a number; write digits only, such as 1200.", raw=target[:40]), field="target")
        )
    return when, value, faults


def note(registry: Registry, actor: Actor, number: str, *, kind: str, words: str, on: date | None = None) -> None:
    """Write down a visit (the county's officer), or a word or question about it (whoever reads the list).

    Raises NotFound, Refused, BadInput.
    """
    if not actor.has(*READERS):
        raise Refused(msg("Only the offices of the region write about its list."))
    with registry.store.write(actor) as session:
        item = load(session, number)
        if kind == "visit":
            require_editor(actor, item.region)
        day = on or session.today
        faults = list(text_faults(words, "words", least=5))
        if not item.created_at.year - 5 <= day.year or day > session.today:
            faults.append(Fault(msg("A visit lies in the past, or is today."), field="on"))
        if faults:
            raise BadInput(faults)
        row = CultivationNote(
            item_id=item.id,
            kind=kind,
            on=day,
            words=words.strip(),
            by=actor.person,
            by_title=actor.name,
            at=session.now,
            salt=secrets.token_hex(16),
        )
        session.add(row)
        session.record("cultivation.note", f"cultivation:{item.id}", kind=kind)
