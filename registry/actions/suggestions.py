"""Verbs of a suggestion for the cultivation list: sent by anybody in three fields, looked at by the county's officer."""

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any

from sqlmodel import col, func, select

from registry.actions.cultivation import About, load, new_item, require_editor, text_faults
from registry.actions.sessions import require_second_factor
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg
from registry.base.script import fold
from registry.host.registry import Registry
from registry.rules.permission import Actor, Role
from registry.store.access import put_index
from registry.store.crypto import contact_digests
from registry.store.cultivation import CultivationItem, CultivationSuggestion
from registry.store.entry import Entry
from registry.store.region import Region, of_county_level
from registry.store.session import ReadSession, WriteSession

PER_SENDER, PER_DAY = 5, 200
"""Suggestions of one sender, and of all for one county, within a day."""
LIKE = 0.6
"""From here on two names are told as alike."""
LONGEST_CONTACT = 100
CONTACT_PURPOSES: dict[str, Message] = {
    "ask": msg("to ask back"),
    "answer": msg("to send the answer"),
}
"""What the way to reach somebody may be opened for; the record tells the purpose, never the data."""


def suggest(
    registry: Registry,
    *,
    name: str,
    county: str,
    reason: str,
    contact: str = "",
    sender: str,
    actor: Actor | None = None,
) -> str:
    """Take a suggestion: what, in which county (its slug), why; returns the code to ask after it with.

    `sender` is the address that it came from: only its blind index is kept, by day, to count. A town station (`actor`)
    is not counted. Raises BadInput for all faults at once, Refused when too many have come.
    """
    with registry.store.system() as session:
        region, faults = checked(session, name, county, reason, contact)
        if faults or region is None:
            raise BadInput(faults)
        by_station = actor is not None and actor.holds(Role.STATION, region.code)
        digest = registry.store.index.of("sender", f"{session.today} {sender}")
        require_room(session, region.code, "" if by_station else digest)
        row = CultivationSuggestion(
            region=region.code,
            by_station=by_station,
            sender=digest,
            name=name.strip(),
            reason=reason.strip(),
            contact=contact.strip() or None,
            received_at=session.now,
            salt=secrets.token_hex(16),
        )
        session.add(row)
        put_index(session, f"suggestion:{row.id}", contact_digests(registry.store.index, f"{contact} {reason}"))
        session.record("suggestion.receive", f"suggestion:{row.id}", by_station=by_station)
        return row.code


def checked(
    session: ReadSession, name: str, county: str, reason: str, contact: str = ""
) -> tuple[Region | None, list[Fault]]:
    """(the county, everything wrong) of what was written."""
    region = session.exec(select(Region).where(Region.slug == county, of_county_level(session.today))).one_or_none()
    faults = [*text_faults(name, "name", least=2), *text_faults(reason, "reason", least=10)]
    if region is None:
        faults.append(Fault(msg("Choose the county."), field="county"))
    if len(contact.strip()) > LONGEST_CONTACT:
        long = msg("This has {n} characters; at most {max} are possible.", n=len(contact), max=LONGEST_CONTACT)
        faults.append(Fault(long, field="contact"))
    return region, faults


def require_room(session: ReadSession, region: str, digest: str) -> None:
    """Raise Refused when one sender, or all together, have sent too many within a day."""
    since = session.now - timedelta(days=1)
    recent = select(func.count()).select_from(CultivationSuggestion).where(CultivationSuggestion.received_at > since)
    mine = session.exec(recent.where(CultivationSuggestion.sender == digest)).one() if digest else 0
    everybody = session.exec(recent.where(CultivationSuggestion.region == region)).one()
    if mine >= PER_SENDER or everybody >= PER_DAY:
        raise Refused(msg("Many suggestions have come today. Please send yours tomorrow, or tell the county's bureau."))


def alike(name: str, others: Iterable[tuple[str, Any]]) -> list[Any]:
    """Those of (name, thing) whose name is nearly this one, the nearest first."""
    mine = bare(name)
    scored = []
    for other, thing in others:
        theirs = bare(other)
        within = min(len(mine), len(theirs)) > 1 and (mine in theirs or theirs in mine)
        score = 1.0 if within else SequenceMatcher(None, mine, theirs).ratio()
        if score >= LIKE:
            scored.append((-score, other, thing))
    return [thing for _, _, thing in sorted(scored, key=lambda s: s[:2])]


def bare(name: str) -> str:
    """A name as it is compared: folded, without what stands in brackets."""
    return fold(re.sub(r"[（(].*?[）)]", "", name)).strip()


def known_names(session: ReadSession, region: str) -> list[tuple[str, Entry]]:
    """The brands and bases of a region that the session may see, by name."""
    rows = session.exec(select(Entry).where(Entry.region == region, col(Entry.status) != "withdrawn"))
    return [(entry.text.zh_hans, entry) for entry in rows]


def find(session: ReadSession, code: str) -> CultivationSuggestion:
    """A suggestion that the session's actor may see. Raises NotFound."""
    found = session.exec(select(CultivationSuggestion).where(CultivationSuggestion.code == code)).one_or_none()
    if found is None:
        raise NotFound(msg("There is no such suggestion."))
    return found


def to_handle(session: WriteSession, code: str) -> CultivationSuggestion:
    """An open suggestion of the officer's county. Raises NotFound, Refused."""
    found = find(session, code)
    require_editor(session.actor, found.region)
    if found.status != "open":
        raise Refused(msg("This suggestion has been dealt with already."))
    return found


def settle(
    session: WriteSession, found: CultivationSuggestion, status: str, answer: str = "", item: str | None = None
) -> None:
    """Write down what became of a suggestion."""
    found.status, found.item_id, found.answer = status, item, answer.strip() or None
    found.handled_by, found.handled_at = session.actor.person, session.now
    session.add(found)
    session.record(f"suggestion.{status}", f"suggestion:{found.id}", item=item)


def adopt(registry: Registry, actor: Actor, code: str, *, name: str, **about: Any) -> str:
    """Take a suggestion up: a new brand on the list; returns the item's number. `about` as in `new_item`.

    Raises NotFound, Refused, BadInput.
    """
    with registry.store.write(actor) as session:
        found = to_handle(session, code)
        item = new_item(session, found.region, About(found="suggestion"), None, name=name, **about)
        session.record("cultivation.take_up", f"cultivation:{item.id}", entry=item.entry_id, suggestion=found.id)
        settle(session, found, "taken_up", item=item.id)
        return item.number


def merge(registry: Registry, actor: Actor, code: str, *, number: str) -> None:
    """It is a brand that is on the list already. Raises NotFound, Refused, BadInput."""
    with registry.store.write(actor) as session:
        found = to_handle(session, code)
        if not number:
            raise BadInput(Fault(msg("Choose the brand that it is the same as."), field="number"))
        item: CultivationItem = load(session, number)
        if item.region != found.region:
            raise NotFound(msg("There is no such brand on the list, or it is not one of yours."))
        settle(session, found, "merged", item=item.id)


def answer(registry: Registry, actor: Actor, code: str, *, words: str, declined: bool) -> None:
    """Answer without taking it up; declined with the reason. Who has the code reads it. Raises NotFound, Refused, BadInput."""
    if faults := [Fault(f.message, field="answer") for f in text_faults(words, "reason", least=5)]:
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        settle(session, to_handle(session, code), "declined" if declined else "answered", words)


def open_contact(registry: Registry, actor: Actor, code: str, *, purpose: str) -> str:
    """How to reach who suggested it, which goes on record with its purpose. Raises NotFound, Refused, BadInput."""
    require_second_factor(registry, actor)
    with registry.store.write(actor) as session:
        found = find(session, code)
        require_editor(actor, found.region)
        if purpose not in CONTACT_PURPOSES:
            raise BadInput(Fault(msg("Say what you need it for."), field="purpose"))
        session.record("personal.open", f"suggestion:{found.id}", purpose=purpose, person=actor.person)
        return found.contact or ""
