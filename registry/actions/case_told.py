"""A case told as chapters of a document: what was sent, each step, the evaluation explained, notice, objections, decision."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from registry.actions import case_rows
from registry.actions.cases import form_of
from registry.actions.move import GIVEN_LABELS
from registry.actions.position import position_of, workflow_of
from registry.base.clock import SHANGHAI, local_date
from registry.base.document import Chapter, Lines, Pairs, Part, Rows
from registry.base.i18n import Message, Text, msg
from registry.host.resolve import pinned
from registry.rules.answer import as_read
from registry.rules.engine import may_answer
from registry.rules.form import Field, shown
from registry.rules.outcome import DECISIONS
from registry.rules.permission import Actor
from registry.rules.procedures import CHANNELS, NOTICE_RESULTS, OBJECTION_RESULTS, PROCEDURE_NAMES
from registry.store.account import Account
from registry.store.case import Case, CaseStep, Conflict, Evaluation, Submission, steps_of
from registry.store.notice import Notice, NoticeItem, Objection
from registry.store.session import ReadSession
from registry.store.title import Decision, Title

DECIDED: dict[str, Message] = {
    "approve": msg("approved"),
    "refuse": msg("refused"),
    "recognise": msg("recognised"),
    "revoke": msg("revoked"),
}


def text(value: Any) -> str:
    """A value in the reader's language: a day as ISO writes it, a number as it is."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    return str(value)


def halves(digest: str | None) -> str:
    """A hash in two lines, so that it fits."""
    return f"{digest[:32]}\n{digest[32:]}" if digest else ""


def pairs(*given: tuple[Any, Any]) -> Pairs:
    """Labels with values; an empty value is left out."""
    return Pairs(tuple((str(label), words) for label, value in given if (words := text(value))))


def table(heads: Iterable[Message], widths: tuple[int, ...], rows: Iterable[Iterable[Any]]) -> Rows:
    """A table of words."""
    return Rows(tuple(map(str, heads)), tuple(tuple(text(cell) for cell in row) for row in rows), widths)


def chapter(title: Message, *parts: Part) -> Iterator[Chapter]:
    """A chapter, unless there is nothing in it."""
    filled = tuple(p for p in parts if any((getattr(p, "pairs", ()), getattr(p, "rows", ()), getattr(p, "lines", ()))))
    if filled:
        yield Chapter(str(title), filled)


def told(session: ReadSession, actor: Actor, case: Case, opened: bool, before: Case | None) -> Iterator[Chapter]:
    """The chapters of one case. `opened`: personal answers are not masked; `before`: the case told before this one."""
    head = msg("Part: {procedure} {number}", procedure=PROCEDURE_NAMES[case.procedure], number=case.number)
    yield Chapter(str(head), level=1)
    yield from sent(session, case, opened, before)
    yield from chapter(msg("Steps"), steps(session, case))
    yield from evaluated(session, case)
    yield from chapter(
        msg("Figures with their source"),
        table(
            (msg("Fact"), msg("Period"), msg("Value"), msg("Unit"), msg("Standing"), msg("Date"), msg("Source")),
            (5, 2, 3, 2, 2, 3, 4),
            (row[:-1] for row in case_rows.figures(session, case)),
        ),
    )
    yield from chapter(
        msg("Scores of the experts"),
        table(
            (msg("Stage"), msg("Expert"), msg("Clause"), msg("Points"), msg("Remark")),
            (3, 3, 5, 1, 4),
            case_rows.scores(session, case),
        ),
    )
    yield from chapter(msg("Public notice"), *notices(session, case))
    yield from chapter(msg("Objections"), *objections(session, actor, case))
    yield from chapter(msg("Decision"), *decisions(session, case))
    yield from chapter(msg("Conflict of interest"), stepped_out(session, case))
    yield from chapter(msg("Rules this case is judged by"), rules(session, case))


def sent(session: ReadSession, case: Case, opened: bool, before: Case | None) -> Iterator[Chapter]:
    """What the applicant sent last, and when it was sent each time."""
    query = select(Submission).where(col(Submission.case_id).in_([case.id, before.id if before else ""]))
    found = list(session.exec(query.order_by(col(Submission.n))))
    mine = [s for s in found if s.case_id == case.id]
    if not mine or "form" not in case.pins:
        return
    last = mine[-1]
    if any(s.answers == last.answers for s in found if s.case_id != case.id):
        yield from chapter(msg("What the applicant sent"), Lines((str(msg("The same as in the part before.")),)))
        return
    form = form_of(session, case)
    times = table((msg("Submission"), msg("Sent on")), (1, 3), ((s.n, s.submitted_at) for s in mine))
    yield from chapter(msg("What the applicant sent"), times)
    for section in form.sections:
        rows = [(f.label, answer(f, last, opened)) for f in section.fields if shown(f, last.answers)]
        yield from chapter(msg("Answers: {section}", section=section.title), pairs(*rows))


def answer(field: Field, sent: Submission, opened: bool) -> str:
    """One answer in words; of a file how many there are."""
    if field.type == "file":
        return str(msg("{n} file(s)", n=len(sent.files.get(field.id, []))))
    value = as_read(field, sent.answers.get(field.id), opened)
    words = text(value) or str(msg("no answer"))
    return f"{words} {field.unit}" if field.unit and value is not None else words


def steps(session: ReadSession, case: Case) -> Rows:
    """The timeline: when, at which stage, what, who, why and with what."""
    stages = workflow_of(session, case).stages

    def row(step: CaseStep) -> tuple[Any, ...]:
        stage = stages[step.stage]
        what = stage.outcomes[step.outcome].label if step.outcome in stage.outcomes else step.outcome
        given = [f"{GIVEN_LABELS[k]}: {v}" for k, v in step.given.items() if k in GIVEN_LABELS and k != "scan"]
        who = msg("the registry") if step.person == "system" else step.account_title
        return step.at, stage.names.staff, what, who, "\n".join([*([step.reason] if step.reason else []), *given])

    heads = (msg("When"), msg("Stage"), msg("What"), msg("Who"), msg("Reason and particulars"))
    return table(heads, (3, 3, 3, 3, 6), map(row, steps_of(session, case.id)))


def evaluated(session: ReadSession, case: Case) -> Iterator[Chapter]:
    """Every evaluation in a line, and the last one clause by clause."""
    query = select(Evaluation).where(Evaluation.case_id == case.id).order_by(col(Evaluation.n))
    made = list(session.exec(query))
    if not made:
        return
    definition = pinned(session, made[-1].criteria_id)
    all_of_them = table(
        (msg("No."), msg("When"), msg("Result"), msg("Points")),
        (1, 3, 5, 2),
        ((e.n, e.evaluated_at, DECISIONS[e.decision], e.total) for e in made),
    )
    title = Text.model_validate(definition.body["title"])
    about = pairs(
        (msg("Criteria"), title), (msg("Version"), definition.version), (msg("SHA-256"), halves(definition.sha256))
    )
    clauses = table(
        (msg("Section"), msg("Clause"), msg("Result"), msg("Points"), msg("Why")),
        (2, 5, 2, 2, 7),
        (
            (c.section, "\n".join(filter(None, (str(c.says), c.basis))), c.state, out_of(c), c.why)
            for c in case_rows.clauses(made[-1])
        ),
    )
    yield from chapter(msg("Evaluation"), about, all_of_them)
    yield from chapter(msg("The last evaluation, clause by clause"), clauses)


def out_of(clause: case_rows.Clause) -> str:
    """Points of the most that there are."""
    return "" if clause.most is None else f"{text(clause.points) or '?'} / {text(clause.most)}"


def notices(session: ReadSession, case: Case) -> list[Pairs]:
    """The notices on which the case stood."""
    query = (
        select(Notice, NoticeItem)
        .join(NoticeItem, col(NoticeItem.notice_id) == col(Notice.id))
        .where(NoticeItem.case_id == case.id)
        .order_by(col(Notice.published_at), Notice.number)
    )
    return [
        pairs(
            (msg("Number"), notice.number),
            (msg("Title of the notice"), Text.model_validate(notice.title)),
            (msg("Posted on"), notice.posted_on),
            (msg("Working days"), notice.working_days),
            (msg("First day"), notice.starts_on),
            (msg("Last day"), notice.ends_on),
            (msg("Where it is posted"), Text.model_validate(notice.body["places"])),
            (msg("Result"), NOTICE_RESULTS[item.status]),
        )
        for notice, item in session.exec(query)
    ]


def objections(session: ReadSession, actor: Actor, case: Case) -> list[Pairs]:
    """The objections; words and answer only for who may answer them or did. Who objected stands nowhere."""
    rows = session.exec(select(Objection).where(Objection.case_id == case.id).order_by(Objection.number)).all()
    answers = bool(rows) and may_answer(position_of(session, case), actor) is None
    return [
        pairs(
            (msg("Number"), o.number),
            (msg("Received on"), o.received_on),
            (msg("How it came"), CHANNELS[o.channel]),
            (msg("Result"), OBJECTION_RESULTS[o.status]),
            (msg("Answered on"), local_date(o.answered_at) if o.answered_at else None),
            *(
                ((msg("What it says"), o.words), (msg("Answer"), o.answer))
                if answers or actor.person in (o.answered_by, o.investigator)
                else ()
            ),
        )
        for o in rows
    ]


def decisions(session: ReadSession, case: Case) -> list[Pairs]:
    """What was decided, and the titles that it gave."""
    made = session.exec(select(Decision).where(Decision.case_id == case.id).order_by(col(Decision.decided_at)))
    given = session.exec(select(Title).where(Title.case_id == case.id).order_by(Title.number))
    return [
        pairs(
            (msg("Decision"), DECIDED[d.act]),
            (msg("Decided on"), local_date(d.decided_at)),
            (msg("Meeting"), d.meeting),
            (msg("Number of the minutes"), d.minutes),
            (msg("Document"), d.document),
            (msg("Date of the document"), d.document_date),
            (msg("Scan (SHA-256)"), halves(d.scan_sha256)),
        )
        for d in made
    ] + [
        pairs(
            (msg("Title"), t.number),
            (msg("Authority"), Text.model_validate(t.authority_name)),
            (msg("Valid from"), t.valid_from),
            (msg("Valid until"), t.valid_to),
        )
        for t in given
    ]


def stepped_out(session: ReadSession, case: Case) -> Lines:
    """Who has stepped out."""
    query = (
        select(Account.title)
        .join(Conflict, col(Conflict.person_id) == col(Account.person_id))
        .where(Conflict.case_id == case.id)
        .order_by(Account.title)
    )
    return Lines(tuple(session.exec(query)))


def rules(session: ReadSession, case: Case) -> Rows:
    """The definitions to which the case is pinned."""
    found = [pinned(session, id) for id in dict.fromkeys(case.pins.values())]
    return table(
        (msg("Rule"), msg("Version"), msg("SHA-256")),
        (5, 1, 5),
        ((Text.model_validate(d.body["title"]), d.version, halves(d.sha256)) for d in found),
    )
