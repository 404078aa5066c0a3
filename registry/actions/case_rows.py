"""What a case's file tells in tables: the clauses of its evaluation, the figures, what the experts gave."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from registry.actions.panel import SEATED
from registry.actions.position import workflow_of
from registry.base.i18n import Message, Text, msg
from registry.base.workbook import Grid, workbook
from registry.host.resolve import kinds, pinned, read_as
from registry.rules.answer import YES_NO
from registry.rules.criteria import CriteriaSet
from registry.rules.facts import SOURCES, STANDINGS, FactDef, typed
from registry.rules.outcome import SECTIONS, STATES, VETO_STATES, Finding, Outcome
from registry.store.account import Account
from registry.store.case import Case, Evaluation, Task, latest_evaluation
from registry.store.observation import Observation, observations
from registry.store.session import ReadSession

CLAUSE_HEADS = (
    msg("Section"),
    msg("Clause"),
    msg("Legal basis"),
    msg("Result"),
    msg("Points"),
    msg("Most"),
    msg("Why"),
)
FIGURE_HEADS = (
    msg("Fact"),
    msg("Period"),
    msg("Value"),
    msg("Unit"),
    msg("Standing"),
    msg("Date"),
    msg("Source"),
    msg("Used in the evaluation"),
)
SCORE_HEADS = (msg("Stage"), msg("Expert"), msg("Clause"), msg("Points"), msg("Remark"))


class Clause(NamedTuple):
    """One clause of an evaluation."""

    section: Message
    says: Text
    basis: str | None
    state: Message
    points: Decimal | None
    most: Decimal | None
    why: str


class Figure(NamedTuple):
    """One observation."""

    fact: Text | str
    period: str | None
    value: Any
    unit: Text | str | None
    standing: Message
    on: date | None
    source: str
    used: Message


class Score(NamedTuple):
    """What one expert gave for one clause."""

    stage: Any
    expert: str
    says: Text | str
    points: Decimal
    remark: str


def clauses(evaluation: Evaluation) -> list[Clause]:
    """An evaluation clause by clause, each explained."""
    outcome = Outcome.from_json(evaluation.outcome)
    return [clause(f) for section in SECTIONS for f in outcome.findings if f.section == section]


def clause(finding: Finding) -> Clause:
    """One finding."""
    words = VETO_STATES if finding.section == "veto" else STATES
    why = dict.fromkeys(str(line) for line in (*finding.lines(), *finding.missing()))
    return Clause(
        SECTIONS[finding.section],
        finding.says,
        finding.basis,
        words[finding.state],
        finding.points,
        finding.max,
        "\n".join(why),
    )


def figures(session: ReadSession, case: Case) -> list[Figure]:
    """The observations of the entry under facts that the case's criteria know; those its evaluation read are marked."""
    evaluation = latest_evaluation(session, case.id)
    if evaluation is None:
        return []
    kind = next((k for k in kinds(session, session.today) if k.id == case.kind), None)
    criteria = read_as(CriteriaSet, pinned(session, evaluation.criteria_id))
    facts: dict[str, FactDef] = {**(kind.facts if kind else {}), **criteria.facts}
    order = list(facts)
    rows = [r for r in observations(session, "entry", [case.entry_id]) if r.fact in facts]
    rows.sort(key=lambda r: (order.index(r.fact), r.period or "", r.recorded_at))
    return [figure(r, facts[r.fact], r.id in evaluation.observations) for r in rows]


def figure(row: Observation, definition: FactDef, used: bool) -> Figure:
    """One observation; a ratio in per cent, yes and no in words."""
    value: Any = typed(row.value)
    unit = definition.unit
    if isinstance(value, bool):
        value, unit = YES_NO[value], None
    elif definition.type == "ratio" and isinstance(value, Decimal):
        value, unit = value * 100, Text.model_validate("%")
    source = f"{SOURCES[row.source]} · {row.source_text}" if row.source_text else str(SOURCES[row.source])
    return Figure(definition.label, row.period, value, unit, STANDINGS[row.standing], row.as_of, source, YES_NO[used])


def scores(session: ReadSession, case: Case) -> list[Score]:
    """What the experts gave, stage by stage; of a stage with an answer outstanding nothing."""
    names = clause_names(session, case)
    stages = workflow_of(session, case).stages
    return [
        Score(
            stages[task.stage].names.staff if task.stage in stages else task.stage,
            expert,
            names.get(id, id),
            Decimal(points),
            task.result.get("remark", ""),
        )
        for task, expert in released(session, case)
        for id, points in task.result.get("scores", {}).items()
    ]


def clause_names(session: Session, case: Case) -> dict[str, Text]:
    """Clause → what it says."""
    if "criteria" not in case.pins:
        return {}
    return {c.id: c.says for c in read_as(CriteriaSet, pinned(session, case.pins["criteria"])).clauses()}


def released(session: ReadSession, case: Case) -> Iterator[tuple[Task, str]]:
    """The answered tasks of experts with the expert's title, of stages in which no answer is outstanding."""
    tasks = session.exec(
        select(Task)
        .where(Task.case_id == case.id, Task.kind == "ballot", Task.status != "cancelled")
        .order_by(col(Task.opened_at), Task.subject)
    ).all()
    waiting = {task.stage for task in tasks if task.status == "open"}
    persons = [task.subject.removeprefix(SEATED) for task in tasks]
    found = session.exec(select(Account).where(col(Account.person_id).in_(persons)).order_by(Account.login))
    titles = {account.person_id: account.title for account in found}
    for task in tasks:
        if task.status == "done" and task.stage not in waiting:
            person = task.subject.removeprefix(SEATED)
            yield task, titles.get(person, person)


def scores_book(session: ReadSession, cases: Sequence[Case]) -> bytes:
    """The evaluation clause by clause, the figures with their source, the experts' scores, as a workbook."""
    evaluated = ((case, latest_evaluation(session, case.id)) for case in cases)
    judged = [(case.number, *one) for case, made in evaluated if made for one in clauses(made)]
    known = [(case.number, *one) for case in cases for one in figures(session, case)]
    given = [(case.number, *one) for case in cases for one in scores(session, case)]
    title = " · ".join(case.number or "" for case in cases)
    grids = [
        Grid(str(name), f"{name} {title}", [str(head) for head in (msg("Case"), *heads)], rows)
        for name, heads, rows in (
            (msg("Evaluation"), CLAUSE_HEADS, judged),
            (msg("Figures"), FIGURE_HEADS, known),
            (msg("Scores"), SCORE_HEADS, given),
        )
        if rows or heads != SCORE_HEADS
    ]
    out = io.BytesIO()
    workbook(out, grids, session.now)
    return out.getvalue()
