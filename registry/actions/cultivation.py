"""Verbs of the cultivation list (培育库): taking a brand up, plan and tutor, yearly aims, visits, ready, dropped, shown."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import select

from registry.actions.entries import body, new_entry, show_changed
from registry.base.errors import BadInput, Fault, NotFound, Refused, Stale
from registry.base.i18n import Text, msg
from registry.host.registry import Registry
from registry.host.resolve import kinds
from registry.rules.permission import Actor, Role
from registry.store.case import Case
from registry.store.cultivation import FOUND, CultivationItem, item_by_number
from registry.store.entry import Entry
from registry.store.meta import next_number
from registry.store.region import Organisation
from registry.store.session import ReadSession, WriteSession
from registry.store.title import titles_of

READERS = frozenset(
    {
        Role.COUNTY_OFFICER,
        Role.COUNTY_REVIEWER,
        Role.COUNTY_LEADER,
        Role.CITY_OFFICER,
        Role.CITY_REVIEWER,
        Role.CITY_LEADER,
        Role.AUDITOR,
    }
)
"""Roles that read the list of their region, and of the counties below it. The county's officer alone writes it."""
MOVES = {
    "cultivating": ("ready", "dropped"),
    "ready": ("cultivating", "dropped"),
    "filed": ("cultivating",),
    "dropped": ("cultivating",),
}
"""Status → where an officer may take it. It is filed by opening an application, and by nothing else."""
LONGEST = {"name": 60, "found_note": 200, "builder": 100, "plan": 3000, "tutor": 100, "words": 3000, "reason": 1000}


@dataclass(frozen=True)
class About:
    """What an officer writes about an item."""

    found: str
    found_note: str = ""
    builder: str = ""
    """An organisation of the region by its name; entered when it is new."""
    plan: str = ""
    tutor: str = ""

    def faults(self) -> Iterator[Fault]:
        """Everything wrong with it."""
        if self.found not in FOUND:
            yield Fault(msg("Say how it was found."), field="found")
        for field in ("found_note", "builder", "plan", "tutor"):
            yield from text_faults(getattr(self, field), field)


def text_faults(words: str, field: str, least: int = 0) -> Iterator[Fault]:
    """What is wrong with free words."""
    most, said = LONGEST[field], words.strip()
    if len(said) < least:
        yield Fault(msg("Write at least {n} characters.", n=least), field=field)
    if len(said) > most:
        yield Fault(
            msg("This has {n} characters; at most {max} are possible.", n=len(said), max=most),
            field=field,
        )
    if any(ord(c) < 32 and c not in "\r\n\t" or c in "\x7f\ufffd" for c in said):
        yield Fault(msg("This holds characters that cannot be read; type it again instead of pasting it."), field=field)


def may_edit(actor: Actor, region: str) -> bool:
    """Whether the actor writes the list of a region."""
    return actor.holds(Role.COUNTY_OFFICER, region)


def require_editor(actor: Actor, region: str) -> None:
    """Raise Refused unless the actor is the region's officer."""
    if not may_edit(actor, region):
        raise Refused(msg("Only the county's officer changes its cultivation list."))


def take_up(
    registry: Registry,
    actor: Actor,
    *,
    region: str,
    about: About,
    name: str = "",
    kind: str = "",
    product: str | None = None,
    entry_class: str | None = None,
    entry_slug: str | None = None,
    fictitious: bool = False,
) -> str:
    """Put a brand on the list of a region: one of the register (`entry_slug`) or a new one; returns the item's number.

    Raises Refused, BadInput with every fault, NotFound.
    """
    require_editor(actor, region)
    with registry.store.write(actor) as session:
        item = new_item(
            session, region, about, entry_slug, name=name, kind=kind, product=product, entry_class=entry_class,
            fictitious=fictitious,
        )  # fmt: skip
        session.record("cultivation.take_up", f"cultivation:{item.id}", entry=item.entry_id)
        return item.number


def new_item(
    session: WriteSession,
    region: str,
    about: About,
    entry_slug: str | None,
    *,
    name: str,
    kind: str,
    product: str | None,
    entry_class: str | None,
    fictitious: bool,
) -> CultivationItem:
    """The row of a new item; the verb records it. Raises BadInput, NotFound, Refused."""
    faults = list(about.faults())
    found = next((k for k in kinds(session, session.today) if k.id == kind), None)
    if not entry_slug:
        faults += text_faults(name, "name", least=2)
        if found is None:
            faults.append(Fault(msg("Choose what kind it is."), field="what"))
        elif found.classes and entry_class not in found.classes:
            faults.append(Fault(msg("Choose the class of the brand."), field="class"))
    if faults:
        raise BadInput(faults)
    entry = (
        entry_of_region(session, entry_slug, region)
        if entry_slug
        else new_entry(
            session,
            kind=kind,
            region=region,
            name=Text.model_validate(name.strip()),
            status="draft",
            product=product,
            entry_class=entry_class if found and found.classes else None,
            fictitious=fictitious,
        )
    )
    require_not_listed(session, entry)
    session.record("entry.add", f"entry:{entry.id}") if not entry_slug else None
    year = session.today.year
    item = CultivationItem(
        number=f"{region}-P-{year}-{next_number(session, f'cultivation:{region}:{year}'):03}",
        entry_id=entry.id,
        region=region,
        found=about.found,
        opened_entry=not entry_slug,
        listed_on=session.today,
        salt=secrets.token_hex(16),
        created_at=session.now,
    )
    session.add(item)
    write(session, item, entry, about)
    return item


def entry_of_region(session: ReadSession, slug: str, region: str) -> Entry:
    """A brand of the region's register. Raises NotFound."""
    entry = session.exec(select(Entry).where(Entry.slug == slug, Entry.status == "listed")).one_or_none()
    if entry is None or entry.region != region:
        raise NotFound(msg("There is no entry “{slug}”.", slug=slug))
    return entry


def require_not_listed(session: ReadSession, entry: Entry) -> None:
    """Raise Refused for a brand that is on the list already, and for one that holds a title in force."""
    query = select(CultivationItem).where(CultivationItem.entry_id == entry.id, CultivationItem.status != "dropped")
    if listed := session.exec(query).first():
        raise Refused(msg("“{name}” is on the list already: {number}.", name=entry.text, number=listed.number))
    if any(t.status == "valid" for t in titles_of(session, entry.id)):
        raise Refused(
            msg("“{name}” holds a title already; the list is for brands before their first.", name=entry.text)
        )


def write(session: WriteSession, item: CultivationItem, entry: Entry, about: About) -> None:
    """Put what an officer wrote into an item."""
    item.found, item.found_note = about.found, about.found_note.strip()
    item.plan, item.tutor = about.plan.strip(), about.tutor.strip()
    item.builder_id = body(session, entry, about.builder.strip()).id if about.builder.strip() else None
    session.add(item)


def load(session: ReadSession, number: str) -> CultivationItem:
    """An item that the session's actor may see. Raises NotFound."""
    item = item_by_number(session, number)
    if item is None:
        raise NotFound(msg("There is no such brand on the list, or it is not one of yours."))
    return item


def to_change(session: WriteSession, number: str, version: int) -> CultivationItem:
    """An item that its officer is about to change; the change is counted. Raises NotFound, Refused, Stale."""
    item = load(session, number)
    require_editor(session.actor, item.region)
    if item.version != version:
        raise Stale(msg("A colleague has changed this since you opened the page. Nothing of yours was saved yet."))
    item.version += 1
    session.add(item)
    return item


def edit(registry: Registry, actor: Actor, number: str, *, version: int, about: About) -> None:
    """Change how it was found, builder, plan or tutor. Raises NotFound, Refused, Stale, BadInput."""
    if faults := list(about.faults()):
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        item = to_change(session, number, version)
        write(session, item, session.get_one(Entry, item.entry_id), about)
        session.record("cultivation.edit", f"cultivation:{item.id}")


def move(registry: Registry, actor: Actor, number: str, *, version: int, to: str, reason: str = "") -> None:
    """Ready to be filed, back to cultivating, or dropped with a reason. Raises NotFound, Refused, Stale, BadInput."""
    if to == "dropped" and (faults := list(text_faults(reason, "reason", least=5))):
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        item = to_change(session, number, version)
        if to not in MOVES[item.status] or (item.status == "filed" and is_running(session, item)):
            raise Refused(msg("This cannot be done from where the brand stands now."))
        entry = session.get_one(Entry, item.entry_id)
        if item.status == "dropped":
            require_not_listed(session, entry)
        item.status, item.drop_reason = to, reason.strip() if to == "dropped" else None
        if to == "dropped" and item.published:
            show(session, item, entry, False)
        session.record("cultivation.move", f"cultivation:{item.id}", to=to)


def is_running(session: ReadSession, item: CultivationItem) -> bool:
    """Whether the application opened from an item still runs."""
    case = session.exec(select(Case).where(Case.id == item.case_id).execution_options(unscoped=True)).one_or_none()
    return case is not None and case.status == "open"


def publish(registry: Registry, actor: Actor, number: str, *, version: int, published: bool) -> None:
    """Show in public that a brand is being cultivated, or no more. Never a title. Raises NotFound, Refused, Stale."""
    with registry.store.write(actor) as session:
        item = to_change(session, number, version)
        if published and item.status == "dropped":
            raise Refused(msg("This cannot be done from where the brand stands now."))
        show(session, item, session.get_one(Entry, item.entry_id), published)
        session.record("cultivation.publish", f"cultivation:{item.id}", published=published)


def show(session: WriteSession, item: CultivationItem, entry: Entry, published: bool) -> None:
    """An entry made for the list stands in the public register only as long as its item is shown, or it has a title."""
    item.published = published
    if item.opened_entry and not titles_of(session, entry.id) and entry.status != "withdrawn":
        entry.status = "listed" if published else "draft"
        session.add(entry)
    show_changed(session, entry)


def builder_of(session: ReadSession, item: CultivationItem) -> Organisation | None:
    """Who builds it."""
    return session.get(Organisation, item.builder_id) if item.builder_id else None
