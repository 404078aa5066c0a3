"""Verbs of a case: start, fill in, send, move on; declare a conflict, take part."""

import secrets
from datetime import date
from typing import Any

from sqlmodel import col, select

from registry.actions import uploads
from registry.actions.entries import new_entry
from registry.actions.evaluation import keep_evaluation
from registry.actions.follow import pin, proceed
from registry.actions.move import Given
from registry.actions.panel import step_out
from registry.actions.position import definition_of, position_of, workflow_of
from registry.actions.rounds import enter_round, require_open
from registry.base.canonical import canonical, sha256
from registry.base.clock import local_date
from registry.base.errors import BadInput, Fault, NotFound, Refused, Stale
from registry.base.i18n import Text, msg
from registry.host.registry import Registry
from registry.host.resolve import read_as
from registry.rules.engine import may
from registry.rules.form import Field, Form, declared, missing, read_value, shown
from registry.rules.permission import Actor
from registry.store.access import put_index
from registry.store.case import Case, CaseStep, Conflict, Submission, latest_submission, steps_of
from registry.store.crypto import BlindIndex, commitment, contact_digests
from registry.store.entry import Entry
from registry.store.evidence import Evidence, files_of
from registry.store.meta import next_number
from registry.store.observation import Observation
from registry.store.region import Organisation, region_chain
from registry.store.session import ReadSession, WriteSession
from registry.store.table import new_code

FILED = ("recommend",)
"""Procedures that an applicant files."""


def start(
    registry: Registry,
    actor: Actor,
    *,
    kind: str,
    region: str,
    organisation_id: str,
    product: str | None = None,
    entry_class: str | None = None,
    entry_slug: str | None = None,
    name: Text | None = None,
    fictitious: bool = False,
) -> str:
    """Open an application for a brand or base: one in the register (`entry_slug`) or a new one (`name`).

    `organisation_id` files; owner and building units are asked for in the form. Returns the case's id.
    Raises Refused, BadInput, NotFound; a second open application for the same entry is refused. A second click finds
    the application that the first one opened, as long as nothing has been written into it.
    """
    if organisation_id not in actor.organisations:
        raise Refused(msg("You may file only for an organisation that you are appointed for."))
    with registry.store.write(actor) as session:
        if not entry_slug and name and (begun := blank_draft(session, organisation_id, kind, product, region, name)):
            return begun.id
        entry = (
            existing(session, entry_slug, organisation_id)
            if entry_slug
            else fresh(
                session,
                kind=kind,
                region=region,
                name=name,
                product=product,
                entry_class=entry_class,
                fictitious=fictitious,
            )
        )
        require_at_home(session, actor, organisation_id, entry.region)
        return open_application(session, entry, organisation_id, filed_by=actor.person, entry_class=entry_class).id


def open_application(
    session: WriteSession, entry: Entry, organisation_id: str, *, filed_by: str | None, entry_class: str | None = None
) -> Case:
    """The draft with which an organisation files an entry; a blank one that it has begun is found again. Raises Refused."""
    running = session.exec(
        select(Case)
        .where(Case.entry_id == entry.id, Case.procedure == "recommend", Case.status == "open")
        .execution_options(unscoped=True)
    ).first()
    if running and running.filer_id == organisation_id and is_blank(session, running):
        return running
    if running:
        raise Refused(msg("There is an open application for “{name}” already.", name=entry.text))
    place = region_chain(session, entry.region)[0]
    if place.ended(session.today):
        raise Refused(msg("{region} has ended.", region=place.text))
    case = Case(
        procedure="recommend",
        entry_id=entry.id,
        kind=entry.kind,
        product=entry.product,
        entry_class=entry.entry_class or entry_class,
        level=place.title_level,
        home_region=entry.region,
        authority_region=entry.region,
        filer_id=organisation_id,
        filed_by=filed_by,
        stage="",
        opened_at=session.now,
    )
    round = require_open(session, case)
    case.round_id = round.id if round else None
    case.stage = workflow_of(session, case).start
    definition_of(session, case, "form")
    session.add(case)
    session.record("case.open", f"case:{case.id}", entry=entry.id)
    return case


def is_blank(session: ReadSession, case: Case) -> bool:
    """Whether nothing has been written into an application yet."""
    return case.submitted_at is None and not case.draft and not files_of(session, case.id)


def blank_draft(
    session: WriteSession, organisation_id: str, kind: str, product: str | None, region: str, name: Text
) -> Case | None:
    """The application that a first click opened a moment ago."""
    rows = session.exec(
        select(Case, Entry)
        .join(Entry)
        .where(
            Case.filer_id == organisation_id,
            Case.status == "open",
            Case.procedure == "recommend",
            Case.kind == kind,
            Case.product == product,
            Case.home_region == region,
            Entry.status == "draft",
        )
    )
    return next((c for c, e in rows if e.text.zh_hans == name.zh_hans and is_blank(session, c)), None)


def require_at_home(session: ReadSession, actor: Actor, organisation_id: str, region: str) -> None:
    """Raise Refused unless the actor files for the organisation in this region or in one around it."""
    around = {place.code for place in region_chain(session, region)}
    if not any(a.organisation == organisation_id and a.region in around for a in actor.appointments):
        raise Refused(msg("You may file only where you are appointed."))


def existing(session: WriteSession, slug: str, organisation_id: str) -> Entry:
    """An entry by its slug. One that stands only in another organisation's application is not there. Raises NotFound."""
    entry = session.exec(select(Entry).where(Entry.slug == slug, Entry.status != "withdrawn")).one_or_none()
    if entry and entry.status == "draft":
        filed = select(Case.filer_id).where(Case.entry_id == entry.id).execution_options(unscoped=True)
        filers = set(session.exec(filed))
        entry = entry if not filers or organisation_id in filers else None
    if entry is None:
        raise NotFound(msg("There is no entry “{slug}”.", slug=slug))
    return entry


def fresh(session: WriteSession, *, name: Text | None, **about: Any) -> Entry:
    """A new entry, not yet listed. Raises BadInput without a name."""
    if name is None:
        raise BadInput(Fault(msg("Say what the brand or base is called."), field="name"))
    return new_entry(session, name=name, status="draft", **about)


def form_of(session: ReadSession, case: Case) -> Form:
    """The form of a case."""
    return read_as(Form, definition_of(session, case, "form"))


def load(session: ReadSession, case_id: str) -> Case:
    """A case that the session's actor may see. Raises NotFound."""
    case = session.exec(select(Case).where(Case.id == case_id)).one_or_none()
    if case is None:
        raise NotFound(msg("There is no such case, or it is not one of yours."))
    return case


def editable(session: ReadSession, case: Case, actor: Actor) -> list[str]:
    """The fields that the actor may write now: all of a draft, of a returned case only what must be corrected.

    With a question goes what is asked for only because of its answer; else a right correction could not be sent.

    Raises Refused when it is not the applicant's turn.
    """
    workflow = workflow_of(session, case)
    if workflow.stages[case.stage].duty != "edit" or case.procedure not in FILED:
        raise Refused(msg("This application has been sent; it can be changed only when it is returned for correction."))
    if case.filer_id not in actor.organisations:
        raise Refused(msg("Only the applicant may do this."))
    fields = list(form_of(session, case).fields())
    flagged = {d["field"] for d in case.defects}
    opened = flagged | {f.id for f in fields if f.shown_when and f.shown_when.field in flagged}
    return [f.id for f in fields if not flagged or f.id in opened]


def read_answers(
    form: Form, wanted: list[str], raw: dict[str, str], known: dict[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """(values, faults) of what was typed into some fields; a field not shown is forgotten."""
    answers, faults = dict(known), []
    for field in (f for f in form.fields() if f.id in wanted and f.type != "file"):
        if not shown(field, answers):
            answers.pop(field.id, None)
            continue
        if field.id not in raw:
            continue
        value, fault = read_value(field, raw[field.id])
        if fault:
            faults.append(Fault(fault, field=field.id))
        answers[field.id] = value
    return answers, faults


def save(
    registry: Registry, actor: Actor, case_id: str, raw: dict[str, str], *, section: str | None = None
) -> list[Fault]:
    """Save what was typed into a draft. What can be read is kept even when other fields cannot; returns the faults of these.

    Raises NotFound, Refused.
    """
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        form = form_of(session, case)
        wanted = editable(session, case, actor)
        if section and (part := form.section(section)):
            wanted = [f.id for f in part.fields if f.id in wanted]
        answers, faults = read_answers(form, wanted, raw, case.draft)
        bad = {f.field for f in faults}
        case.draft = {k: (case.draft.get(k) if k in bad else v) for k, v in answers.items()}
        session.add(case)
        put_index(session, f"case:{case.id}", personal_digests(registry.store.index, form, case.draft))
        return faults


def personal_digests(index: BlindIndex, form: Form, answers: dict[str, Any]) -> set[tuple[str, str]]:
    """By which digests a case is found for who is named in its personal answers."""
    words = (str(answers[f.id]) for f in form.fields() if f.personal and answers.get(f.id))
    return {digest for one in words for digest in contact_digests(index, one)}


def attach(registry: Registry, actor: Actor, case_id: str, *, field: str, name: str, data: bytes) -> str:
    """Add a file to a field of a draft; returns its id. The same bytes twice are one. Raises BadInput, NotFound, Refused."""
    taken = uploads.taken(name, data, registry.settings.upload_limit)
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        file_field(form_of(session, case), field, editable(session, case, actor))
        return keep_file(registry, session, case, field, *taken).id


def file_field(form: Form, id: str, wanted: list[str]) -> Field:
    """A file field that may be written now. Raises NotFound, Refused."""
    field = form.field(id)
    if field is None or field.type != "file":
        raise NotFound(msg("This form asks for no such file."))
    if id not in wanted:
        raise Refused(msg("Only what was returned for correction can be changed."))
    return field


def keep_file(
    registry: Registry,
    session: WriteSession,
    case: Case,
    field: str,
    name: str,
    media_type: str,
    data: bytes,
) -> Evidence:
    """The row of a file and its encrypted bytes."""
    digest = sha256(data)
    same = [f for f in files_of(session, case.id, field) if f.sha256 == digest]
    if same:
        return same[0]
    place, key = registry.store.evidence.put(data)
    row = Evidence(
        case_id=case.id,
        field=field,
        name=name,
        media_type=media_type,
        size=len(data),
        sha256=digest,
        place=place,
        data_key=key,
        uploaded_by=session.actor.person,
        uploaded_at=session.now,
    )
    session.add(row)
    session.record("evidence.add", f"case:{case.id}", evidence=row.id, field=field, sha256=digest)
    return row


def detach(registry: Registry, actor: Actor, case_id: str, *, evidence_id: str) -> None:
    """Take a file out of a draft; a sent submission keeps it. Raises NotFound, Refused."""
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        wanted = editable(session, case, actor)
        row = next((f for f in files_of(session, case.id) if f.id == evidence_id), None)
        if row is None or row.field not in wanted:
            raise NotFound(msg("This form asks for no such file."))
        row.removed_at = session.now
        session.add(row)
        session.record("evidence.remove", f"case:{case.id}", evidence=row.id)


def submit(registry: Registry, actor: Actor, case_id: str, *, declared_true: bool, key: str) -> str:
    """Send an application, or send it again after correction; returns its receipt number.

    At the first time the definitions in force are pinned. Raises BadInput for everything that is still missing.
    """
    if not declared_true:
        raise BadInput(Fault(msg("Confirm that what you send is true."), field="declaration"))
    key = key or new_code()
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        if repeated(session, case, key):
            return case.number or ""
        editable(session, case, actor)
        if not case.pins:
            enter_round(session, case)
            pin(session, case)
        form = form_of(session, case)
        files = evidence_by_field(session, case)
        if faults := missing(form, case.draft, files):
            raise BadInput(faults)
        first = case.submitted_at is None
        if first:
            case.number, case.submitted_at = receipt_number(session, case), session.now
        send(session, case, form, files, first=first)
        proceed(session, case, forward_outcome(session, case), key=key)
        return case.number or ""


def receipt_number(session: WriteSession, case: Case) -> str:
    """The next receipt number of the region and year."""
    series = f"{case.home_region}:{session.today.year}"
    return f"{series.replace(':', '-')}-{next_number(session, f'case:{series}'):05}"


def forward_outcome(session: WriteSession, case: Case) -> str:
    """The outcome by which an edit stage sends."""
    outcomes = workflow_of(session, case).stages[case.stage].outcomes
    return next(name for name, outcome in outcomes.items() if outcome.act == "next")


def evidence_by_field(session: WriteSession, case: Case) -> dict[str, list[str]]:
    """Field → hashes of its files."""
    files: dict[str, list[str]] = {}
    for row in files_of(session, case.id):
        files.setdefault(row.field, []).append(row.sha256)
    return files


def send(session: WriteSession, case: Case, form: Form, files: dict[str, list[str]], *, first: bool) -> None:
    """The immutable submission, and the facts it declares."""
    last = latest_submission(session, case.id)
    salt = secrets.token_hex(16)
    digest = commitment(salt, canonical({"answers": case.draft, "files": files}))
    submission = Submission(
        case_id=case.id,
        n=(last.n if last else 0) + 1,
        answers=case.draft,
        files=files,
        salt=salt,
        digest=digest,
        submitted_by=session.actor.person,
        submitted_at=session.now,
    )
    session.add(submission)
    declare(session, case, declared(form, case.draft, session.today if first else filed_on(case)))
    session.record("case.submit", f"case:{case.id}", n=submission.n, digest=digest)
    keep_evaluation(session, case, settled=False)


def filed_on(case: Case) -> date:
    """The day of the first submission; periods such as last year are counted from it."""
    assert case.submitted_at is not None
    return local_date(case.submitted_at)


def declare(session: WriteSession, case: Case, facts: list[tuple[str, Any, str]]) -> None:
    """Declared observations; one that says something new supersedes what this case declared before."""
    before = {
        (o.fact, o.period): o
        for o in session.exec(
            select(Observation).where(Observation.case_id == case.id).order_by(col(Observation.recorded_at))
        )
    }
    for fact, period, value in facts:
        at = str(period) if period else None
        old = before.get((fact, at))
        if old is not None and old.value == value:
            continue
        session.add(
            Observation(
                fact=fact,
                subject_type="entry",
                subject_id=case.entry_id,
                case_id=case.id,
                period=at,
                value=value,
                source="declared",
                standing="declared",
                as_of=session.today,
                recorded_at=session.now,
                recorded_by=session.actor.person,
                supersedes=old.id if old else None,
            )
        )


def repeated(session: ReadSession, case: Case, key: str) -> CaseStep | None:
    """The move that this very click made already."""
    return next((s for s in steps_of(session, case.id) if s.key == key), None)


def act(
    registry: Registry,
    actor: Actor,
    case_id: str,
    outcome: str,
    *,
    version: int,
    key: str,
    given: Given = Given(),
    scan: tuple[str, bytes] | None = None,
) -> CaseStep:
    """Move a case on by an outcome of its stage. `version` is what the actor saw; `key` makes a double click one move.

    Raises Stale with who was faster, Refused with why not, BadInput for what is missing, NotFound.
    """
    key = key or new_code()
    checked = uploads.taken(*scan, registry.settings.upload_limit) if scan else None
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        if done := repeated(session, case, key):
            return done
        require_unmoved(session, case, version)
        if checked:
            if refusal := may(position_of(session, case), outcome, actor):
                raise Refused(refusal)
            given = Given(
                **{**given.__dict__, "scan": keep_file(registry, session, case, f"scan:{case.stage}", *checked).sha256}
            )
        return proceed(session, case, outcome, key=key, given=given)


STEP_TAKEN_BACK = msg("Step taken back")


def require_unmoved(session: ReadSession, case: Case, version: int) -> None:
    """Raise Stale when the case has moved since the actor saw it."""
    if case.version == version:
        return
    steps = steps_of(session, case.id)
    workflow = workflow_of(session, case)
    outcome = workflow.stages[steps[-1].stage].outcomes.get(steps[-1].outcome)
    raise Stale(
        msg(
            "{who} was faster: “{what}” at {time}. Nothing of yours was done; look at the case as it is now.",
            who=steps[-1].account_title,
            what=outcome.label if outcome else STEP_TAKEN_BACK,
            time=steps[-1].at.astimezone().strftime("%H:%M"),
        )
    )


def declare_conflict(registry: Registry, actor: Actor, case_id: str, *, reason: str) -> None:
    """Step out of a case (回避): from now on the engine lets this person do nothing in it. Raises NotFound, BadInput."""
    if not reason.strip():
        raise BadInput(Fault(msg("Say why."), field="reason"))
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        session.merge(Conflict(case_id=case.id, person_id=actor.person, declared_at=session.now, reason=reason.strip()))
        step_out(session, case, actor.person)
        session.record("case.conflict", f"case:{case.id}", person=actor.person)


def owner_of(session: ReadSession, case: Case) -> Organisation | None:
    """The organisation that filed."""
    return session.get(Organisation, case.filer_id) if case.filer_id else None
