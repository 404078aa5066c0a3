"""From the cultivation list to an application: what is missing to the next level, and the draft opened in one step."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import select

from registry.actions.cases import form_of, is_blank, open_application
from registry.actions.cultivation import builder_of, to_change
from registry.actions.evaluation import entry_observations, observed
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import Message, Text, msg
from registry.host.registry import Registry
from registry.host.resolve import kinds, read_as, references_for, resolve
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate
from registry.rules.facts import Context, FactDef, Facts, HeldTitle
from registry.rules.form import Field, Form, read_value
from registry.rules.outcome import Outcome
from registry.rules.permission import Actor, Role
from registry.rules.reference import ReferenceTable
from registry.rules.shortfall import shortfalls
from registry.store.case import Case
from registry.store.entry import Entry, EntryUnit
from registry.store.observation import Observation
from registry.store.people import Appointment
from registry.store.region import Organisation, Region, region_chain
from registry.store.session import ReadSession
from registry.store.title import titles_of

YES_NO = {"true": "yes", "false": "no"}
"""A figure's yes and no as a form reads them."""


@dataclass(frozen=True)
class Gap:
    """What one authority's criteria say of a brand as it is known today. `short`: clause id → how far it is from met."""

    authority: Region
    criteria: CriteriaSet
    outcome: Outcome
    definition: str
    short: dict[str, list[Message]] = field(default_factory=dict)


def gaps(session: ReadSession, entry: Entry) -> list[Gap]:
    """What is missing to the county's recommendation and to the city's recognition, by the criteria in force today.

    Judged as an application filed today would be; its files are taken as present, because they come with it.
    """
    chain = region_chain(session, entry.region)
    references = [read_as(ReferenceTable, d).table() for d in references_for(session, entry.region, session.today)]
    facts = Facts([observed(r) for r in entry_observations(session, entry.id)], references)
    found = []
    for place in chain[:2]:
        row = resolve(
            session,
            "criteria",
            kind=entry.kind,
            product=entry.product,
            entry_class=entry.entry_class,
            level=place.title_level,
            region=place.code,
            on=session.today,
        )
        if row is None:
            continue
        criteria = read_as(CriteriaSet, row)
        context = Context(
            filed_on=session.today,
            level=place.title_level,
            class_=entry.entry_class,
            type=entry.owner_type,
            region_chain=tuple(r.code for r in chain),
            evidence=criteria.evidence(),
            titles=tuple(
                HeldTitle(t.scheme, t.kind, t.level, t.valid_from, t.valid_to)
                for t in titles_of(session, entry.id)
                if t.status == "valid"
            ),
        )
        short = shortfalls(criteria, facts, context)
        found.append(Gap(place, criteria, evaluate(criteria, facts, context), row.id, short))
    return found


def facts_of(session: ReadSession, entry: Entry, found: list[Gap]) -> dict[str, FactDef]:
    """What figures of a brand are called: those of its kind, and those that criteria add."""
    kind = next((k for k in kinds(session, session.today) if k.id == entry.kind), None)
    named = dict(kind.facts) if kind else {}
    for gap in found:
        named |= gap.criteria.facts
    return named


def form_for(session: ReadSession, entry: Entry) -> Form | None:
    """The form with which the brand would be filed today."""
    row = resolve(
        session,
        "form",
        kind=entry.kind,
        product=entry.product,
        entry_class=entry.entry_class,
        level=region_chain(session, entry.region)[0].title_level,
        procedure="recommend",
        region=entry.region,
        on=session.today,
    )
    return read_as(Form, row) if row else None


def file_application(registry: Registry, actor: Actor, number: str, *, version: int) -> str:
    """Open the application of a brand for its builder, with everything in it that is known; returns the case's id.

    An application that the builder has begun is taken as it is. Whoever opens it has not filed it: the builder checks,
    completes and sends it. Raises NotFound, Stale, Refused, BadInput.
    """
    with registry.store.write(actor) as session:
        item = to_change(session, number, version)
        if item.status not in ("cultivating", "ready"):
            raise Refused(msg("This cannot be done from where the brand stands now."))
        entry, builder = session.get_one(Entry, item.entry_id), builder_of(session, item)
        if builder is None:
            raise BadInput(Fault(msg("Say first who builds the brand; the application is theirs."), field="builder"))
        require_filer(session, builder)
        case = begun_by(session, entry, builder) or open_application(session, entry, builder.id, filed_by=None)
        if is_blank(session, case):
            item.prefilled = prefill(session, form_of(session, case), entry, builder)
            case.draft = {id: one["value"] for id, one in item.prefilled.items()}
            session.add(case)
        item.status, item.case_id = "filed", case.id
        session.add(item)
        session.record("cultivation.file", f"cultivation:{item.id}", case=case.id)
        return case.id


def require_filer(session: ReadSession, builder: Organisation) -> None:
    """Raise Refused while nobody can see the application that would be opened."""
    query = select(Appointment).where(Appointment.organisation_id == builder.id, Appointment.role == Role.APPLICANT)
    if not any(a.in_force(session.today) for a in session.exec(query)):
        raise Refused(
            msg(
                "Nobody is appointed to file for “{name}” yet. Have somebody of theirs appointed first.",
                name=builder.text,
            )
        )


def begun_by(session: ReadSession, entry: Entry, builder: Organisation) -> Case | None:
    """The application that the builder has begun without the list."""
    query = select(Case).where(
        Case.entry_id == entry.id,
        Case.procedure == "recommend",
        Case.status == "open",
        Case.filer_id == builder.id,
    )
    return session.exec(query.execution_options(unscoped=True)).first()


def prefill(session: ReadSession, form: Form, entry: Entry, builder: Organisation) -> dict[str, dict[str, Any]]:
    """Field → its value, and where that is from. Personal fields and files are never filled in."""
    rows = entry_observations(session, entry.id)
    owner = (session.get(Organisation, entry.owner_id) if entry.owner_id else None) or builder
    units = {builder.id, *session.exec(select(EntryUnit.organisation_id).where(EntryUnit.entry_id == entry.id))}
    bodies = {
        "owner_name": owner.text.zh_hans,
        "owner_code": owner.credit_code or "",
        "owner_type": entry.owner_type,
        "units": "\n".join(sorted(session.get_one(Organisation, id).text.zh_hans for id in units)),
    }
    filled: dict[str, dict[str, Any]] = {}
    for one in (f for f in form.fields() if f.type != "file" and not f.personal):
        raw, origin = "", {"from": "builder"}
        if one.writes.fact and (seen := figure_for(one, rows, session)):
            raw = YES_NO.get(seen.value, seen.value)
            as_of = str(seen.as_of or "")
            origin = {"from": "figure", "source": seen.source, "says": seen.source_text, "as_of": as_of}
        elif one.writes.profile and (words := entry.profile.get(one.writes.profile)):
            raw, origin = Text.model_validate(words).zh_hans, {"from": "register"}
        elif one.writes.bodies:
            raw = bodies[one.writes.bodies]
        value, fault = read_value(one, raw)
        if value is not None and fault is None:
            filled[one.id] = {"value": value, **origin}
    return filled


def figure_for(one: Field, rows: list[Observation], session: ReadSession) -> Observation | None:
    """The figure that a field asks for, of the period that it asks for; the best known first."""
    order = {"verified": 2, "documented": 1, "declared": 0}
    period = one.writes.period_on(session.today)
    wanted = [r for r in rows if r.fact == one.writes.fact and r.period == (str(period) if period else None)]
    return max(wanted, key=lambda r: (order[r.standing], str(r.as_of or "")), default=None)
