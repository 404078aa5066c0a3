"""Bringing a county's own ledger in: hand it in, say what its columns are, look at what would be made, throw it away."""

from collections.abc import Mapping

from sqlmodel import select

from registry.actions.entries import KEEPERS, require_keeper
from registry.actions.ledger_known import fact_of
from registry.actions.ledger_plan import Mapped, Plan, figures_of, kind_of, planned
from registry.base.canonical import canonical, sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.base.sheets import Sheet, letter, read_sheets
from registry.host.registry import Registry
from registry.rules.kind import Kind
from registry.rules.ledger_heading import BY_ID, Heading, heading_of, propose
from registry.rules.ledger_values import squeezed
from registry.rules.permission import Actor
from registry.store.ledger import LedgerFile, LedgerMapping
from registry.store.region import Region
from registry.store.session import ReadSession


def hand_in(registry: Registry, actor: Actor, *, name: str, data: bytes, region: str, kind: str) -> str:
    """Keep a ledger until it is imported; what its columns seem to be is proposed. Returns its id.

    Raises BadInput for what is no ledger, Refused for somebody who does not keep the region's register.
    """
    require_keeper(actor, region)
    sheets = opened(registry, name, data)
    with registry.store.write(actor) as session:
        mapping = mapped(session, region, sheets, kind_of(session, kind))
        location, key = registry.store.evidence.put(data)
        row = LedgerFile(
            region=region,
            kind=kind,
            name=name[-120:],
            place=location,
            data_key=key,
            sha256=sha256(data),
            mapping=mapping,
            handed_in_by=actor.person,
            handed_in_at=session.now,
        )
        session.add(row)
        session.record("ledger.hand_in", f"ledger:{row.id}", region=region, sha256=row.sha256)
        return row.id


def look(registry: Registry, actor: Actor, *, name: str, data: bytes, region: str, kind: str) -> Plan:
    """What would be made of a ledger, which is not kept: a dry run. Raises BadInput, Refused."""
    require_keeper(actor, region)
    sheets = opened(registry, name, data)
    with registry.store.read(actor) as session:
        mapping = mapped(session, region, sheets, kind_of(session, kind))
        return planned(session, sheets, mapping, region=region, kind=kind)


def opened(registry: Registry, name: str, data: bytes) -> list[Sheet]:
    """The sheets of a file. Raises BadInput for one that is too large, or none."""
    if len(data) > registry.settings.upload_limit:
        limit = registry.settings.upload_limit // 2**20
        raise BadInput(Fault(msg("The file is too large: at most {limit} MB.", limit=limit), field="file"))
    return read_sheets(data, name)


def mapped(session: ReadSession, region: str, sheets: list[Sheet], kind: Kind) -> Mapped:
    """What the columns of each sheet are: as remembered for such a heading, else as proposed.

    A sheet whose heading says nothing that we know waits for its columns to be chosen, if no other sheet is understood.
    Raises BadInput when no sheet could be a ledger.
    """
    headings = {s.name: h for s in sheets if (h := heading_of(s.rows))}
    proposed = {name: remembered(session, region, heading, kind) for name, heading in headings.items()}
    understood = {name: columns for name, columns in proposed.items() if "name" in columns}
    if not proposed:
        raise BadInput(
            Fault(msg("No heading was found: one row must name the columns, such as 品牌名称, 文号."), field="file")
        )
    return understood or proposed


def remembered(session: ReadSession, region: str, heading: Heading, kind: Kind) -> dict[str, int]:
    """The columns of a heading as somebody of the region has chosen them before, else as proposed."""
    figures = figures_of(kind)
    known = session.get(LedgerMapping, (region, signature(heading)))
    if known is None:
        return propose(heading.names, figures) if heading.known else {}
    return {key: at for key, at in known.mapping.items() if key in BY_ID or fact_of(key) in figures}


def signature(heading: Heading) -> str:
    """What a heading is known again by."""
    return sha256(canonical([squeezed(name) for name in heading.names]))


def set_mapping(registry: Registry, actor: Actor, id: str, chosen: Mapping[str, Mapping[int, str]]) -> None:
    """Say what the columns are: sheet → position → column's or fact's id.

    Remembered for the next file of the region with the same heading. Raises NotFound; BadInput when no column holds the
    names, or two are said to be the same; of a figure there may be several, for several years.
    """
    with registry.store.write(actor) as session:
        row = file_of(session, actor, id)
        headings = {sheet.name: h for sheet in content(registry, row) if (h := heading_of(sheet.rows))}
        figures = figures_of(kind_of(session, row.kind))
        faults: list[Fault] = []
        mapping: Mapped = {}
        for name in (n for n in chosen if n in headings):
            columns = mapping[name] = {}
            for position, target in sorted(chosen[name].items()):
                if target in columns and target in BY_ID:
                    faults.append(twice(name, target, columns[target], position))
                elif target in columns:
                    columns[f"{target}@{position}"] = position
                elif target in BY_ID or target in figures:
                    columns[target] = position
        if not any("name" in columns for columns in mapping.values()):
            faults.append(Fault(msg("Say which column holds the names."), field="name"))
        if faults:
            raise BadInput(faults)
        for name, columns in mapping.items():
            session.merge(LedgerMapping(region=row.region, signature=signature(headings[name]), mapping=columns))
        row.mapping = mapping
        session.add(row)


def twice(sheet: str, target: str, first: int, second: int) -> Fault:
    """Two columns that are said to be the same."""
    words = msg(
        "“{sheet}”: the columns {first} and {second} are both said to be “{what}”; leave one out.",
        sheet=sheet,
        first=letter(first),
        second=letter(second),
        what=BY_ID[target].label,
    )
    return Fault(words, field=target)


def file_of(session: ReadSession, actor: Actor, id: str) -> LedgerFile:
    """A ledger that was handed in. Raises NotFound where it is not the actor's to see."""
    row = session.exec(select(LedgerFile).where(LedgerFile.id == id)).one_or_none()
    try:
        if row is not None:
            require_keeper(actor, row.region)
    except Refused:
        row = None
    if row is None:
        raise NotFound(msg("There is no such ledger, or it is not one of yours."))
    return row


def content(registry: Registry, row: LedgerFile) -> list[Sheet]:
    """The sheets of a ledger that was handed in."""
    return read_sheets(registry.store.evidence.get(row.place, row.data_key, row.sha256), row.name)


def plan(registry: Registry, actor: Actor, id: str) -> Plan:
    """What would be made of a ledger that was handed in. Changes nothing."""
    with registry.store.read(actor) as session:
        row = file_of(session, actor, id)
        return planned(session, content(registry, row), row.mapping, region=row.region, kind=row.kind)


def throw_away(registry: Registry, actor: Actor, id: str) -> None:
    """Forget a ledger that was handed in: its file is destroyed; what was made of it stays. Raises NotFound."""
    with registry.store.write(actor) as session:
        row = file_of(session, actor, id)
        place = row.place
        session.delete(row)
        session.record("ledger.throw_away", f"ledger:{id}", region=row.region)
    registry.store.evidence.erase(place)


def home_region(session: ReadSession, actor: Actor) -> str:
    """Whose ledger somebody brings in who names no region: that of their office, else the one city of this registry.

    Raises BadInput when there are several.
    """
    own = {a.region for a in actor.appointments if a.role in KEEPERS}
    found = own or set(session.exec(select(Region.code).where(Region.level == "city")))
    if len(found) != 1:
        raise BadInput(Fault(msg("Say whose ledger it is: the code of its region."), field="region"))
    return found.pop()
