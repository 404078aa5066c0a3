"""What follows from a move: the linked case of the other authority moves too, a title is given or ended."""

from typing import Any

from sqlmodel import select

from registry.actions.entries import completed, index, settle_bodies, show_changed
from registry.actions.evaluation import keep_evaluation
from registry.actions.move import Given, enter, move
from registry.actions.position import definition_of, judged_at, subject_of, workflow_of
from registry.actions.titles import end_title, give_title
from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.host.resolve import floors_for, read_as, references_for, resolve
from registry.rules.form import Form, bodies_of, profile_of
from registry.rules.permission import SYSTEM
from registry.store.case import Case, CaseStep, Submission, latest_submission
from registry.store.definition import Definition
from registry.store.entry import Entry
from registry.store.job import enqueue
from registry.store.region import region_chain
from registry.store.session import WriteSession


def proceed(session: WriteSession, case: Case, outcome: str, *, key: str, given: Given = Given()) -> CaseStep:
    """Move a case, then do whatever follows from where it arrived."""
    step = move(session, case, outcome, key=key, given=given)
    follow(session, case)
    return step


def follow(session: WriteSession, case: Case) -> None:
    """Do what follows from where a case stands."""
    stage = workflow_of(session, case).stages[case.stage]
    if stage.kind == "wait" and case.procedure == "recommend":
        forward(session, case)
    elif stage.kind == "wait":
        by_system(session, parent_of(session, case), "sent_back")
    elif stage.duty == "recognised":
        recognised(session, case)
    elif stage.result == "revoked":
        end_title(session, case)
    if stage.is_end and case.parent_id:
        parent = parent_of(session, case)
        if parent.status == "open":
            by_system(session, parent, "concluded")
    elif stage.is_end and (child := open_child(session, case)):
        by_system(session, child, "not_recommended")


def by_system(session: WriteSession, case: Case, outcome: str) -> None:
    """The registry itself moves a waiting case, in this same transaction."""
    actor, session.actor = session.actor, SYSTEM
    try:
        proceed(session, case, outcome, key=f"system:{case.version}")
    finally:
        session.actor = actor


def parent_of(session: WriteSession, case: Case) -> Case:
    """The recommending case of a case."""
    found = session.exec(select(Case).where(Case.id == case.parent_id).execution_options(unscoped=True)).one_or_none()
    if found is None:
        raise Broken(msg("The recommending case is missing."))
    return found


def open_child(session: WriteSession, case: Case) -> Case | None:
    """The wider authority's case that a recommendation opened and that still runs."""
    query = select(Case).where(Case.parent_id == case.id, Case.status == "open")
    return session.exec(query.execution_options(unscoped=True)).one_or_none()


def forward(session: WriteSession, case: Case) -> None:
    """A recommendation opens the wider authority's case with its submission, or sends that case on again."""
    child = open_child(session, case)
    if child is None:
        child = open_recognition(session, case)
        copy_submission(session, case, child)
        session.record("case.open", f"case:{child.id}", parent=case.id, entry=case.entry_id)
    else:
        copy_submission(session, case, child)
        by_system(session, child, "recommended_anew")


def open_recognition(session: WriteSession, case: Case) -> Case:
    """The case before the next authority outwards, in the first stage of its workflow."""
    wider = region_chain(session, case.authority_region)[1]
    child = Case(
        procedure="recognise",
        entry_id=case.entry_id,
        kind=case.kind,
        product=case.product,
        entry_class=case.entry_class,
        level=wider.level,
        home_region=case.home_region,
        authority_region=wider.code,
        parent_id=case.id,
        round_id=case.round_id,
        filer_id=case.filer_id,
        filed_by=case.filed_by,
        stage="",
        opened_at=session.now,
        submitted_at=session.now,
        number=case.number and f"{case.number}-{wider.slug.upper()}",
    )
    pin(session, child)
    workflow = workflow_of(session, child)
    child.stage = workflow.start
    session.add(child)
    session.flush()
    enter(session, child, workflow.stages[child.stage])
    return child


def pin(session: WriteSession, case: Case) -> None:
    """Fix the definitions a case is judged by (invariant: they never change afterwards)."""
    at = judged_at(session, case)
    pins = {"workflow": definition_of(session, case, "workflow").id}
    subject = subject_of(case)
    criteria = resolve(session, "criteria", **subject, region=case.authority_region, **at)
    if criteria:
        pins["criteria"] = criteria.id
    elif case.procedure in ("recommend", "recognise"):
        raise Broken(
            msg("No criteria are published for this kind of entry here; nothing can be submitted until they are.")
        )
    form = resolve(session, "form", **{**subject, "procedure": "recommend"}, region=case.home_region, **at)
    if form:
        pins["form"] = form.id
    _, floors = floors_for(session, case.authority_region, case.level, case.kind, **at)
    pins |= {f"floor:{row.ref}": row.id for row in floors}
    pins |= {f"reference:{row.ref}": row.id for row in references_for(session, case.home_region, **at)}
    case.pins = pins


def copy_submission(session: WriteSession, case: Case, child: Case) -> None:
    """The wider authority judges exactly what the county recommended."""
    sent = latest_submission(session, case.id)
    last = latest_submission(session, child.id)
    if sent:
        session.add(
            Submission(
                case_id=child.id,
                n=(last.n if last else 0) + 1,
                answers=sent.answers,
                files=sent.files,
                salt=sent.salt,
                digest=sent.digest,
                submitted_by=sent.submitted_by,
                submitted_at=session.now,
            )
        )
    session.flush()
    keep_evaluation(session, child, settled=False)


def recognised(session: WriteSession, case: Case) -> None:
    """The title, and the words of the submission on the entry's page."""
    entry = session.get_one(Entry, case.entry_id)
    sent = latest_submission(session, case.id)
    if sent and "form" in case.pins:
        form = read_as(Form, session.get_one(Definition, case.pins["form"]))
        settle_bodies(session, entry, bodies_of(form, sent.answers))
        profile: dict[str, Any] = {k: completed(v) for k, v in profile_of(form, sent.answers).items()}
        entry.profile = {**entry.profile, **profile}
    title = give_title(session, case)
    entry.status = "listed"
    session.add(entry)
    index(session, entry)
    enqueue(session, "render", title.number, session.now)
    session.record("title.give", f"title:{title.id}", case=case.id, entry=entry.id)
    show_changed(session, entry)
    session.changes("list:titles", f"title:{title.number}")
