"""Word documents filled from a case, a notice or a list of cases by one click, on record with what came out."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from registry.actions import document_fields as fields
from registry.actions.cases import load
from registry.actions.document_words import sums
from registry.actions.evaluation import owed
from registry.actions.titles import authority_name
from registry.base.canonical import sha256
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg, speaking
from registry.base.region import is_within
from registry.host import docx
from registry.host.registry import Registry
from registry.host.resolve import codes_around, newest, read_as
from registry.rules.document import CASE, INNER, DocumentTemplate, Subject, sample
from registry.rules.permission import HANDLERS, SYSTEM, Actor, Role
from registry.store.access import revealed
from registry.store.case import Case
from registry.store.definition import Definition, in_force
from registry.store.notice import Notice, Objection, items_of
from registry.store.region import Region
from registry.store.session import ReadSession

MOST_CASES = 300
"""Cases of one list document."""


class Document(NamedTuple):
    """A document that was filled: its name as a file, and its bytes."""

    name: str
    data: bytes


class Offer(NamedTuple):
    """A template with the definition that holds it."""

    definition: Definition
    template: DocumentTemplate


def offered(session: ReadSession, actor: Actor, case: Case) -> list[Offer]:
    """The templates about one case that the actor may fill now, in the order of their ids."""
    if case.number is None:
        return []
    return [
        one
        for one in templates(session, "case", case)
        if one.template.offered_at(case.stage, case.result) and may_fill(actor, one.template, case)
    ]


def offered_for_list(session: ReadSession, actor: Actor, subject: Subject, cases: Sequence[Case]) -> list[Offer]:
    """The templates about several cases that the actor may fill: those that are for every one that would stand in them."""
    return [
        one
        for one in (templates(session, subject, cases[0]) if cases else ())
        if (named := named_in(one, cases))
        and all(fits(one, case) and may_fill(actor, one.template, case) for case in named)
    ]


def named_in(one: Offer, cases: Iterable[Case]) -> list[Case]:
    """The cases of a list that stand where the template wants them: a list of plaques names who was recognised."""
    return [case for case in cases if one.template.offered_at(case.stage, case.result)]


def templates(session: ReadSession, subject: Subject, case: Case) -> list[Offer]:
    """The templates in force of a subject that are for a case: those of the places around its authority."""
    places = codes_around(session, case.authority_region)
    rows = newest(in_force(session, "template", session.today, regions=places, kind=case.kind))
    found = [Offer(row, read_as(DocumentTemplate, row)) for row in sorted(rows, key=lambda row: row.ref)]
    return [one for one in found if one.template.subject == subject and fits(one, case)]


def fits(one: Offer, case: Case) -> bool:
    """Whether a template is for a case at all."""
    asked = one.template
    return (
        asked.kind in ("*", case.kind)
        and asked.product in (None, case.product)
        and asked.level in (None, case.level)
        and asked.procedure in (None, case.procedure)
    )


def may_fill(actor: Actor, template: DocumentTemplate, case: Case) -> bool:
    """Whether somebody's role lets them fill a template from a case that they see."""
    own = Role.APPLICANT in template.roles and case.filer_id in actor.organisations
    return own or of_an_office(actor, template, case)


def of_an_office(actor: Actor, template: DocumentTemplate, case: Case) -> bool:
    """Whether somebody fills a template for an office that handles the case; the applicant is outside."""
    if actor == SYSTEM:
        return True
    wanted = template.roles or HANDLERS
    offices = (a for a in actor.appointments if a.role in wanted and a.role != Role.APPLICANT)
    return any(a.region == case.authority_region or is_within(case.home_region, a.region) for a in offices)


def fill(registry: Registry, actor: Actor, ref: str, case_id: str, *, sitting: str = "") -> Document:
    """Fill a template from a case. Personal answers are masked unless this sitting has opened them.

    An applicant reads the own answers in full, and nothing of what the office knows or has said.

    Raises NotFound, Refused, Broken when the document cannot be made within its limits.
    """
    with registry.store.read(actor) as session:
        case = load(session, case_id)
        one = among(templates(session, "case", case), ref)
        if not may_fill(actor, one.template, case):
            raise Refused(msg("Your role does not fill this document."))
        if not one.template.offered_at(case.stage, case.result):
            raise Refused(msg("This document is not for the stage in which the case stands."))
        inside = of_an_office(actor, one.template, case)
        opened = not inside or revealed(session, sitting, f"case:{case.id}") is not None
        with speaking(one.template.lang):
            data = fields.fields_of(session, case, one.template, opened)
            if not inside:
                data |= {name: sample(CASE[name], full=False) for name in INNER}
            name = f"{one.template.title}-{data['entry']['name']}"
        office = office_of(session, case)
    return made(registry, actor, one, data, f"case:{case.id}", name=name, office=office)


def fill_notice(registry: Registry, actor: Actor, ref: str, number: str) -> Document:
    """Fill a template from a public notice and its cases. Raises NotFound, Refused, Broken."""
    with registry.store.read(actor) as session:
        notice = session.exec(select(Notice).where(Notice.number == number)).one_or_none()
        cases = cases_of(session, notice) if notice else []
        if notice is None or not cases:
            raise NotFound(msg("There is no such notice, or it is not one of yours."))
        one = among(offered_for_list(session, actor, "notice", cases), ref)
        cases = named_in(one, cases)
        query = select(Objection.id).where(col(Objection.case_id).in_([case.id for case in cases]))
        objections = len(session.exec(query).all())
        with speaking(one.template.lang):
            data = listed(session, one.template, cases) | {"notice": fields.notice(notice, objections)}
            name = f"{one.template.title}-{notice.number}"
        office = office_of(session, cases[0])
    return made(registry, actor, one, data, f"notice:{notice.id}", name=name, office=office)


def fill_list(registry: Registry, actor: Actor, ref: str, case_ids: Iterable[str]) -> Document:
    """Fill a template from several cases before one authority. Raises NotFound, Refused, BadInput, Broken."""
    ids = list(dict.fromkeys(case_ids))
    if not ids:
        raise NotFound(msg("No case fits."))
    if len(ids) > MOST_CASES:
        words = msg("A document lists at most {most} cases; narrow the list first.", most=MOST_CASES)
        raise BadInput(Fault(words, field="cases"))
    with registry.store.read(actor) as session:
        cases = [load(session, id) for id in ids]
        one = among(offered_for_list(session, actor, "cases", cases), ref)
        cases = named_in(one, cases)
        if len({case.authority_region for case in cases}) != 1:
            raise BadInput(Fault(msg("A list is of cases before one authority; narrow the list first."), field="cases"))
        with speaking(one.template.lang):
            data, name = listed(session, one.template, cases), str(one.template.title)
        office = office_of(session, cases[0])
    return made(
        registry, actor, one, data, f"definition:{one.definition.id}", name=name, office=office, cases=sorted(ids)
    )


def among(offers: Iterable[Offer], ref: str) -> Offer:
    """The template of an id. Raises NotFound."""
    found = next((one for one in offers if one.definition.ref == ref), None)
    if found is None:
        raise NotFound(msg("There is no such document for this, or it is not yours to fill."))
    return found


def cases_of(session: ReadSession, notice: Notice) -> list[Case]:
    """The cases of a notice that the session's actor may see, in the order of their numbers."""
    ids = [item.case_id for item in items_of(session, notice.id)]
    return list(session.exec(select(Case).where(col(Case.id).in_(ids)).order_by(col(Case.number))))


def listed(session: ReadSession, template: DocumentTemplate, cases: Sequence[Case]) -> dict[str, Any]:
    """What a document about several cases is given; personal answers are always masked."""
    rows = [fields.fields_of(session, case, template, opened=False) for case in cases]
    total = sum(fields.once(owed(session, case)) for case in cases)
    return fields.shared_of(rows) | sums(total)


def office_of(session: Session, case: Case) -> str:
    """The bureau that a document is of."""
    return authority_name(session.get_one(Region, case.authority_region)).in_("zh-Hans")


def made(
    registry: Registry,
    actor: Actor,
    one: Offer,
    data: dict[str, Any],
    subject: str,
    *,
    name: str,
    office: str,
    **detail: Any,
) -> Document:
    """Make the document, and put on record which template made it and what came out. Raises Broken."""
    document = docx.filled(one.template.docx, data, title=name, author=office)
    with registry.store.write(actor) as session:
        session.record(
            "document.fill",
            subject,
            template=f"{one.definition.ref}@{one.definition.version}",
            sha256=sha256(document),
            **detail,
        )
    return Document(f"{filename(name)}.docx", document)


def filename(words: str) -> str:
    """Words as the name of a file."""
    return "".join("_" if c in '\\/:*?"<>|' or not c.isprintable() else c for c in words).strip(". ")[:80]
