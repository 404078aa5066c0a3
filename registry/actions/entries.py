"""Verbs about entries: organisations, entering a brand or base, observing facts, editing its published words."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlmodel import select

from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Text, msg
from registry.base.period import Period
from registry.base.script import complete, search_words
from registry.host.registry import Registry
from registry.rules.form import Bodies
from registry.rules.identifiers import credit_code_fault
from registry.rules.permission import SYSTEM, Actor, Role
from registry.store.entry import Entry, EntryUnit
from registry.store.observation import Observation
from registry.store.region import Organisation, Region
from registry.store.search import SearchText
from registry.store.session import WriteSession

KEEPERS = (Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.EDITOR)
"""Who keeps the register of a region."""


def add_organisation(
    registry: Registry,
    actor: Actor,
    *,
    name: Text,
    region: str,
    credit_code: str | None = None,
    fictitious: bool = False,
) -> str:
    """Enter an organisation; returns its id. One with the same credit code is found again, not doubled. Raises BadInput."""
    if credit_code and (fault := credit_code_fault(credit_code)):
        raise BadInput(Fault(fault, field="credit_code"))
    with registry.store.write(actor) as session:
        if credit_code and (
            found := session.exec(select(Organisation).where(Organisation.credit_code == credit_code)).first()
        ):
            return found.id
        row = Organisation(
            name=complete(name).model_dump(), region=region, credit_code=credit_code, fictitious=fictitious
        )
        session.add(row)
        session.record("organisation.add", f"organisation:{row.id}")
        return row.id


def add_entry(registry: Registry, actor: Actor, *, listed: bool = True, **about: Any) -> str:
    """Enter a brand or base into the register of its region; returns its slug. `about` as in `new_entry`. Raises Refused."""
    require_keeper(actor, about["region"])
    with registry.store.write(actor) as session:
        entry = new_entry(session, status="listed" if listed else "draft", **about)
        session.record("entry.add", f"entry:{entry.id}")
        show_changed(session, entry)
        return entry.slug


def new_entry(
    session: WriteSession,
    *,
    kind: str,
    region: str,
    name: Text,
    status: str,
    product: str | None = None,
    entry_class: str | None = None,
    slug: str | None = None,
    owner_id: str | None = None,
    owner_type: str = "regional",
    units: list[str] | None = None,
    profile: dict[str, Any] | None = None,
    standing: list[dict[str, Any]] | None = None,
    fictitious: bool = False,
    illustrative: bool = False,
) -> Entry:
    """The row of a new entry with its slug, building units and search text; the verb records it."""
    entry = Entry(
        slug=free_slug(session, slug or name.zh_hans),
        kind=kind,
        product=product,
        entry_class=entry_class,
        region=region,
        name=complete(name).model_dump(),
        owner_id=owner_id,
        owner_type=owner_type,
        status=status,
        profile={key: completed(value) for key, value in (profile or {}).items()},
        standing=standing or [],
        fictitious=fictitious,
        illustrative=illustrative,
        created_at=session.now,
    )
    session.add(entry)
    session.flush()
    session.add_all(EntryUnit(entry_id=entry.id, organisation_id=unit) for unit in dict.fromkeys(units or []))
    index(session, entry)
    return entry


def settle_bodies(session: WriteSession, entry: Entry, said: Mapping[Bodies, str]) -> None:
    """Enter the owner and the building units that a recognised application names; those known already are found again."""
    name = said.get("owner_name", "").strip()
    owner = body(session, entry, name, said.get("owner_code")) if name else None
    names = dict.fromkeys(line.strip() for line in said.get("units", "").splitlines() if line.strip())
    wanted = dict.fromkeys(body(session, entry, name).id for name in names)
    present = set(session.exec(select(EntryUnit.organisation_id).where(EntryUnit.entry_id == entry.id)))
    session.add_all(EntryUnit(entry_id=entry.id, organisation_id=id) for id in wanted if id not in present)
    entry.owner_id = owner.id if owner else entry.owner_id
    entry.owner_type = said.get("owner_type", entry.owner_type)


def body(session: WriteSession, entry: Entry, name: str, credit_code: str | None = None) -> Organisation:
    """An organisation by its credit code, else by its name in the entry's region; entered when it is new."""
    return body_in(session, entry.region, name, credit_code, fictitious=entry.fictitious)


def body_in(
    session: WriteSession, region: str, name: str, credit_code: str | None, *, fictitious: bool
) -> Organisation:
    """An organisation by its credit code, else by its name in a region; entered when it is new."""
    code = (credit_code or "").strip() or None
    by_code = session.exec(select(Organisation).where(Organisation.credit_code == code)).first() if code else None
    near = session.exec(select(Organisation).where(Organisation.region == region))
    found = by_code or next((o for o in near if o.text.zh_hans == name), None)
    return found or new_body(session, region, name, code, fictitious=fictitious)


def new_body(
    session: WriteSession, region: str, name: str, credit_code: str | None, *, fictitious: bool
) -> Organisation:
    """The row of an organisation that is not known yet, and its record."""
    words = complete(Text.model_validate(name)).model_dump()
    made = Organisation(name=words, region=region, credit_code=credit_code, fictitious=fictitious)
    session.add(made)
    session.record("organisation.add", f"organisation:{made.id}")
    return made


def completed(value: Any) -> Any:
    """A profile value; words get their Traditional form."""
    return complete(Text.model_validate(value)).model_dump() if isinstance(value, str | dict) else value


def free_slug(session: WriteSession, wish: str) -> str:
    """A slug by pinyin that no entry has."""
    spelt = wish if wish.isascii() else search_words(wish).split(" | ")[1]
    base = re.sub(r"[^a-z0-9]+", "-", spelt.lower())[:60].strip("-") or "entry"
    slug, n = base, 1
    while session.exec(select(Entry.id).where(Entry.slug == slug)).first():
        n += 1
        slug = f"{base}-{n}"
    return slug


def index(session: WriteSession, entry: Entry) -> None:
    """Write what the entry can be found by."""
    place = session.get(Region, entry.region)
    trade = entry.profile.get("trade") or {}
    words = search_words(
        entry.text.zh_hans,
        *(Text.model_validate(trade).zh_hans,) if trade else (),
        *(place.text.zh_hans,) if place else (),
    )
    session.merge(SearchText(entry_id=entry.id, words=f"{words} | {(entry.text.en or '').lower()} | {entry.slug}"))


def show_changed(session: WriteSession, entry: Entry) -> None:
    """The public pages that show an entry are out of date."""
    session.changes(f"entry:{entry.id}", f"region:{entry.region}", f"list:{entry.kind}", "home")


def observe(
    registry: Registry,
    actor: Actor,
    *,
    fact: str,
    value: str,
    source: str,
    standing: str,
    entry: str | None = None,
    region: str | None = None,
    period: str | None = None,
    scope: str = "",
    source_text: str = "",
    source_url: str | None = None,
    as_of: date | None = None,
    supersedes: str | None = None,
) -> str:
    """Record a figure about an entry (by slug) or a region, with its source and date; returns its id.

    Nothing is overwritten: figures from several sources stand side by side unless one supersedes another.
    Raises BadInput, NotFound, Refused.
    """
    if period:
        Period.parse(period)
    check_value(value)
    with registry.store.write(actor) as session:
        subject = observed_subject(session, actor, entry, region)
        row = Observation(
            fact=fact,
            subject_type=subject[0],
            subject_id=subject[1],
            period=period,
            scope=scope,
            value=value,
            source=source,
            standing=standing,
            source_text=source_text,
            source_url=source_url,
            as_of=as_of,
            supersedes=supersedes,
            recorded_at=session.now,
            recorded_by=actor.person,
        )
        session.add(row)
        session.record("observation.add", ":".join(subject), fact=fact)
        session.changes(":".join(subject), "home")
        return row.id


def check_value(value: str) -> None:
    """Raise BadInput unless the value is a number, true, false or a short word."""
    try:
        good = Decimal(value).is_finite()
    except InvalidOperation:
        good = 0 < len(value) <= 60
    if not good:
        raise BadInput(Fault(msg("“{value}” is not a figure.", value=value[:40]), field="value"))


def observed_subject(session: WriteSession, actor: Actor, slug: str | None, region: str | None) -> tuple[str, str]:
    """(type, id) of what is observed. Raises NotFound, Refused."""
    if slug is None:
        require_keeper(actor, region or "")
        return "region", region or ""
    entry = session.exec(select(Entry).where(Entry.slug == slug)).one_or_none()
    if entry is None:
        raise NotFound(msg("There is no entry “{slug}”.", slug=slug))
    require_keeper(actor, entry.region)
    return "entry", entry.id


def require_keeper(actor: Actor, region: str) -> None:
    """Only who keeps the register of the region, or of the city around it, may."""
    city = f"{region[:4]}00"
    if actor != SYSTEM and not any(a.role in KEEPERS and a.region in (region, city) for a in actor.appointments):
        raise Refused(msg("Only the office of the region keeps its register."))
