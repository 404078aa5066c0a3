"""Titles given before this system or by an outside authority (补录): recorded by one person, confirmed by another."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import col, select

from registry.actions import uploads
from registry.actions.entries import show_changed
from registry.actions.titles import authority_name, years_later
from registry.base.canonical import canonical, sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused, Stale
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.host.resolve import kinds, read_as, resolve
from registry.rules.criteria import CriteriaSet
from registry.rules.permission import CITY_HANDLERS, SYSTEM, Actor, Role
from registry.store.access import AccessLog
from registry.store.entry import Entry
from registry.store.ledger import RecordedTitle
from registry.store.meta import next_number
from registry.store.people import is_same
from registry.store.region import Region, region_chain
from registry.store.session import ReadSession, WriteSession
from registry.store.title import Title

OFFICERS = (Role.COUNTY_OFFICER, Role.COUNTY_REVIEWER, Role.COUNTY_LEADER)
CITY = CITY_HANDLERS


def propose_title(
    session: WriteSession,
    entry: Entry,
    *,
    level: str,
    document: str,
    document_date: date,
    authority: str = "",
    number: str | None = None,
    valid_to: date | None = None,
) -> RecordedTitle | None:
    """A title that waits to be confirmed; None when it is there already, waiting or in force. Part of a verb."""
    there = select(RecordedTitle.id).where(
        RecordedTitle.entry_id == entry.id,
        RecordedTitle.level == level,
        RecordedTitle.document == document,
        col(RecordedTitle.refused_by).is_(None),
    )
    if session.exec(there).first() or held(session, entry, level, document):
        return None
    return record_title(
        session,
        entry,
        level=level,
        document=document,
        document_date=document_date,
        authority=authority,
        number=number,
        valid_to=valid_to,
    )


def record_title(
    session: WriteSession,
    entry: Entry,
    *,
    level: str,
    document: str,
    document_date: date,
    authority: str,
    number: str | None,
    valid_to: date | None,
) -> RecordedTitle:
    """The row of a title that waits and is known not to be there yet. Part of a verb."""
    row = RecordedTitle(
        entry_id=entry.id,
        region=entry.region,
        level=level,
        authority_region=authority_region(session, entry, level),
        authority_words=authority,
        number=number,
        document=document,
        document_date=document_date,
        valid_to=valid_to,
        recorded_by=session.actor.person,
        recorded_at=session.now,
    )
    session.add(row)
    session.record("title.propose", f"entry:{entry.id}", level=level, document=document)
    return row


def held(session: ReadSession, entry: Entry, level: str, document: str) -> Title | None:
    """The title of that level and document that the entry has."""
    query = select(Title).where(Title.entry_id == entry.id, Title.level == level, Title.document == document)
    return session.exec(query.limit(1)).one_or_none()


def authority_region(session: ReadSession, entry: Entry, level: str) -> str:
    """The region of a level around an entry's own."""
    return next((r.code for r in region_chain(session, entry.region) if r.level == level), entry.region)


def change_waiting(
    session: WriteSession, entry: Entry, level: str, document: str, document_date: date, valid_to: date | None
) -> bool:
    """Put the dates of a title that waits right; who does it has recorded it from now on. Part of a verb."""
    query = select(RecordedTitle).where(
        RecordedTitle.entry_id == entry.id,
        RecordedTitle.level == level,
        RecordedTitle.document == document,
        col(RecordedTitle.confirmed_by).is_(None),
        col(RecordedTitle.refused_by).is_(None),
    )
    row = session.exec(query).one_or_none()
    if row is None:
        return False
    row.document_date, row.valid_to = document_date, valid_to or row.valid_to
    row.recorded_by, row.recorded_at = session.actor.person, session.now
    session.add(row)
    session.record("title.change", f"entry:{entry.id}", level=level, document=document)
    return True


def attach_scan(registry: Registry, actor: Actor, *, document: str, name: str, data: bytes) -> int:
    """Give the scan of a document to every title that waits and rests on it; returns how many. Raises BadInput, NotFound."""
    scan = uploads.scan(name, data, registry.settings.upload_limit)
    digest = sha256(scan.data)
    with registry.store.write(actor) as session:
        rows = [r for r in _seen(session, actor) if r.document == document]
        if not rows:
            raise NotFound(msg("No title waits that rests on “{document}”.", document=document))
        place, key = registry.store.evidence.put(scan.data)
        for row in rows:
            row.scan_place, row.scan_key = place, key
            row.scan_sha256, row.scan_type = digest, scan.media_type
        session.record("title.scan", f"document:{document}", sha256=digest)
        return len(rows)


def scan_of(registry: Registry, actor: Actor, id: str) -> tuple[str, bytes]:
    """(media type, bytes) of the scan that a recorded title rests on; who opens it is logged. Raises NotFound."""
    with registry.store.write(actor) as session:
        row = session.get(RecordedTitle, id)
        if row is None or not may_confirm(actor, row.region) or not row.scan_place or not row.scan_sha256:
            raise NotFound(msg("There is no such title, or it is not one of yours."))
        about = AccessLog(
            at=session.now,
            account=actor.account,
            person=actor.person,
            what="file.view",
            subject=f"recorded_title:{row.id}",
            case_id="",
        )
        session.add(about)
        return row.scan_type or uploads.SCANS[0], registry.store.evidence.get(
            row.scan_place, row.scan_key or "", row.scan_sha256
        )


def mark_of(session: ReadSession, row: RecordedTitle) -> str:
    """What tells that a title that waits is still as somebody has seen it."""
    told = (row.entry_id, row.level, row.document, str(row.document_date), str(ends_on(session, row)))
    return sha256(canonical([*told, row.number, row.authority_words, row.scan_sha256, row.recorded_by]))[:16]


def ends_on(session: ReadSession, row: RecordedTitle) -> date | None:
    """The last day of a title that waits: as its ledger says, else by the rules in force for its level."""
    if row.valid_to is not None:
        return row.valid_to
    entry = session.get_one(Entry, row.entry_id)
    about = (entry.kind, entry.product, entry.entry_class, row.level, row.authority_region)
    terms: dict[tuple[str | None, ...], int | None] = session.info.setdefault("terms", {})
    if about not in terms:
        terms[about] = term_of(session, entry, row.level, row.authority_region)
    return years_later(row.document_date, terms[about])


def term_of(session: ReadSession, entry: Entry, level: str, authority: str) -> int | None:
    """For how many years the rules of a level give a title to such an entry."""
    rule = resolve(
        session,
        "criteria",
        kind=entry.kind,
        product=entry.product,
        entry_class=entry.entry_class,
        level=level,
        region=authority,
        on=session.today,
    )
    return read_as(CriteriaSet, rule).valid_years if rule and rule.level == level else None


def confirm_titles(registry: Registry, actor: Actor, seen: Mapping[str, str]) -> int:
    """Confirm recorded titles: they are titles from now on, and their terms run. Returns how many.

    `seen`: title that waits → its mark as it was shown. By another person than who recorded them, of the entry's region
    or the city around it; all or none. Raises Refused, NotFound, BadInput, Stale when one is not as it was shown.
    """
    if not seen:
        raise BadInput(Fault(msg("Choose at least one title."), field="titles"))
    with registry.store.write(actor) as session:
        rows = [_waiting(session, actor, id) for id in seen]
        for row in rows:
            if is_same(session, actor, row.recorded_by):
                raise Refused(msg("You recorded this title; another person must confirm it."))
            if mark_of(session, row) != seen[row.id]:
                raise Stale(
                    msg("A title is not as it was shown to you. Nothing was confirmed; look at the list again.")
                )
        if lacking := list(dict.fromkeys(row.document for row in rows if not row.scan_sha256)):
            words = msg("There is no scan yet of: {documents}. Add it first.", documents="、".join(lacking[:10]))
            raise BadInput(Fault(words, field="document"))
        for row in sorted(rows, key=lambda r: (r.document_date, r.id)):
            title = _give(session, row)
            row.confirmed_by, row.decided_at, row.title_id = actor.person, session.now, title.id
            session.record("title.confirm", f"title:{title.id}", entry=row.entry_id, document=row.document)
            show_changed(session, session.get_one(Entry, row.entry_id))
            session.changes("list:titles", f"title:{title.number}")
        return len(rows)


def refuse_titles(registry: Registry, actor: Actor, ids: list[str], *, reason: str) -> int:
    """Turn recorded titles down, with the reason for who recorded them; they may be recorded again. Returns how many.

    Raises Refused, NotFound, BadInput without a reason.
    """
    faults = [] if ids else [Fault(msg("Choose at least one title."), field="titles")]
    faults += [] if reason.strip() else [Fault(msg("Say why."), field="reason")]
    if faults:
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        for id in dict.fromkeys(ids):
            row = _waiting(session, actor, id)
            row.refused_by, row.decided_at, row.refusal = actor.person, session.now, reason.strip()[:500]
            session.record("title.refuse", f"entry:{row.entry_id}", document=row.document)
        return len(set(ids))


def _give(session: WriteSession, row: RecordedTitle) -> Title:
    """The title of a confirmed row. An earlier one of its level makes way for it."""
    entry = session.get_one(Entry, row.entry_id)
    region = session.get_one(Region, row.authority_region)
    year = row.document_date.year
    kind = next((k for k in kinds(session, session.today) if k.id == entry.kind), None)
    words = kind.nouns.one.model_dump() if kind else {"zh-Hans": entry.kind}
    ends = ends_on(session, row)
    title = Title(
        number=row.number or f"{region.code}-R{year}-{next_number(session, f'recorded:{region.code}:{year}'):04}",
        entry_id=entry.id,
        scheme=f"recorded.{entry.kind}",
        scheme_title=words,
        kind=entry.kind,
        level=row.level,
        authority_region=region.code,
        authority_name={"zh-Hans": row.authority_words} if row.authority_words else authority_name(region).model_dump(),
        origin="recorded",
        status=_make_way(session, row, ends),
        document=row.document,
        document_date=row.document_date,
        basis={"zh-Hans": row.document},
        valid_from=row.document_date,
        valid_to=ends,
    )
    if session.exec(select(Title.id).where(Title.number == title.number)).first():
        raise Refused(msg("The number {number} is another title's.", number=title.number))
    if entry.status == "draft":
        entry.status = "listed"
        session.add(entry)
    session.add(title)
    session.flush()
    return title


def _make_way(session: WriteSession, row: RecordedTitle, ends: date | None) -> str:
    """The status of a title beside the recorded ones of its level: the newest document counts."""
    if ends is not None and ends < session.today:
        return "expired"
    live = session.exec(
        select(Title).where(
            Title.entry_id == row.entry_id,
            Title.level == row.level,
            Title.authority_region == row.authority_region,
            Title.origin == "recorded",
            Title.status == "valid",
        )
    ).all()
    if any(title.document_date > row.document_date for title in live):
        return "superseded"
    for title in live:
        title.status, title.ended_on = "superseded", row.document_date
        session.add(title)
    session.flush()
    return "valid"


def may_confirm(actor: Actor, region: str) -> bool:
    """Whether the actor is of the office that confirms what a region has recorded: its own, or the city's around it."""
    city = f"{region[:4]}00"
    return actor == SYSTEM or any(
        (a.role in OFFICERS and a.region == region) or (a.role in CITY and a.region == city) for a in actor.appointments
    )


def _seen(session: WriteSession, actor: Actor) -> list[RecordedTitle]:
    rows = session.exec(
        select(RecordedTitle).where(col(RecordedTitle.confirmed_by).is_(None), col(RecordedTitle.refused_by).is_(None))
    )
    return [row for row in rows if may_confirm(actor, row.region)]


def _waiting(session: WriteSession, actor: Actor, id: str) -> RecordedTitle:
    row = session.get(RecordedTitle, id)
    if row is None or not may_confirm(actor, row.region):
        raise NotFound(msg("There is no such title, or it is not one of yours."))
    if row.confirmed_by or row.refused_by:
        raise Refused(msg("This has been decided already."))
    return row
