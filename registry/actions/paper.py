"""Applications on paper (纸质材料): entered by an officer or a station for who files, with the paper's scan.

The organisation on the paper is the filer; whoever enters it has filed it (`filed_by`), so the engine lets that person
neither review nor decide it. Until it is sent, and when it is returned, it is filled in on the applicant's own pages.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import col, select

from registry.actions import uploads
from registry.actions.cases import existing, fresh, keep_file, open_application
from registry.actions.entries import body_in
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Text, msg
from registry.host.registry import Registry
from registry.rules.identifiers import credit_code_fault
from registry.rules.permission import Actor, Appointment, Role
from registry.store.case import Case
from registry.store.evidence import PAPER, Evidence, files_of
from registry.store.region import region_chain
from registry.store.session import ReadSession

ENTERERS = (Role.COUNTY_OFFICER, Role.STATION)
"""Who enters what came on paper."""


def enter_paper(
    registry: Registry,
    actor: Actor,
    *,
    scans: Sequence[tuple[str, bytes]],
    filer: str,
    credit_code: str = "",
    kind: str,
    region: str,
    product: str | None = None,
    entry_class: str | None = None,
    entry_slug: str | None = None,
    name: Text | None = None,
    fictitious: bool = False,
) -> str:
    """Open an application that came on paper; returns the case's id. `filer`: the organisation that files, by its name.

    Raises Refused, BadInput with every fault, NotFound.
    """
    if not may_enter(actor, region):
        raise Refused(msg("Only the county's officer or a town's station enters what came on paper."))
    taken, faults = [], list[Fault]()
    for file_name, data in scans:
        try:
            taken.append(uploads.scan(file_name, data, registry.settings.upload_limit))
        except BadInput as error:
            faults += [Fault(f.message, field="scan", remedy=f.remedy) for f in error.faults]
    if not kind:
        faults.append(Fault(msg("Choose what you apply for."), field="what"))
    if not entry_slug and name is None:
        faults.append(Fault(msg("Say what the brand or base is called, or choose one of the list."), field="name"))
    if entry_slug and name is not None:
        faults.append(Fault(msg("Either choose one of the list or write a new name, not both."), field="name"))
    faults = [*lacking(filer, credit_code), *faults]
    if not scans:
        faults.append(Fault(msg("Add the scan of the paper application."), field="scan"))
    if faults:
        raise BadInput(faults)
    with registry.store.write(actor) as session:
        body = body_in(session, region, filer.strip(), credit_code, fictitious=fictitious)
        entry = (
            existing(session, entry_slug, body.id)
            if entry_slug
            else fresh(
                session,
                name=name,
                kind=kind,
                region=region,
                product=product,
                entry_class=entry_class,
                fictitious=fictitious,
            )
        )
        if entry.region != region:
            raise Refused(msg("You may file only where you are appointed."))
        case = open_application(session, entry, body.id, filed_by=actor.person, entry_class=entry_class)
        case.filed_by = actor.person
        for file in taken:
            keep_file(registry, session, case, PAPER, *file)
        session.record("case.paper", f"case:{case.id}", entry=entry.id)
        return case.id


def lacking(filer: str, credit_code: str) -> list[Fault]:
    """What is wrong with who files."""
    faults = []
    if not 0 < len(filer.strip()) <= 80:
        faults.append(Fault(msg("Say which organisation files, as it stands on the paper."), field="filer"))
    if credit_code.strip() and (fault := credit_code_fault(credit_code.strip().upper())):
        faults.append(Fault(fault, field="credit_code"))
    return faults


def may_enter(actor: Actor, region: str) -> bool:
    """Whether the actor enters what came on paper in a region."""
    return any(a.role in ENTERERS and a.region == region for a in actor.appointments)


def on_behalf(registry: Registry, actor: Actor, case_id: str) -> Actor | None:
    """The actor as who fills in an application on paper for its filer; None where that is not theirs to do."""
    with registry.store.read(actor) as session:
        case = session.exec(select(Case).where(Case.id == case_id)).one_or_none()
        if case is None or case.filer_id is None or not may_enter(actor, case.home_region):
            return None
        if not files_of(session, case.id, PAPER):
            return None
        as_filer = Appointment(Role.APPLICANT, case.home_region, organisation=case.filer_id)
    return replace(actor, appointments=(*actor.appointments, as_filer))


def papers(session: ReadSession, actor: Actor) -> list[Case]:
    """The applications on paper that the actor has still to fill in or send, or that were returned; the newest first."""
    regions = {a.region for a in actor.appointments if a.role in ENTERERS}
    entered = select(Evidence.case_id).where(Evidence.field == PAPER)
    query = select(Case).where(
        col(Case.id).in_(entered),
        Case.status == "open",
        Case.procedure == "recommend",
        col(Case.home_region).in_(regions),
    )
    return list(session.exec(query.order_by(col(Case.opened_at).desc())))


def places(session: ReadSession, actor: Actor) -> list[str]:
    """The counties for which the actor enters what came on paper."""
    own = sorted({a.region for a in actor.appointments if a.role in ENTERERS})
    return [code for code in own if region_chain(session, code)[0].level == "county"]
