"""Judging a case by the criteria it is pinned to: observations gathered, outcome computed, evaluation kept."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlmodel import Session, select

from registry.actions.plugged import compute
from registry.base.clock import local_date
from registry.base.period import Period
from registry.host.resolve import kinds, pinned, read_as
from registry.rules import evaluate
from registry.rules.award import Payment, payments
from registry.rules.criteria import CriteriaSet
from registry.rules.facts import Context, FactDef, Facts, HeldTitle, Observed, typed
from registry.rules.outcome import Outcome, settle
from registry.rules.reference import ReferenceTable
from registry.store.case import Case, Evaluation, Task, latest_evaluation
from registry.store.entry import Entry
from registry.store.evidence import Evidence, files_of
from registry.store.observation import Observation, observations
from registry.store.region import region_chain
from registry.store.session import ReadSession, WriteSession
from registry.store.title import Title, titles_of


def observed(row: Observation) -> Observed:
    """An observation as the rules read it."""
    return Observed(
        fact=row.fact,
        value=typed(row.value),
        period=Period.parse(row.period) if row.period else None,
        source=row.source,
        standing=row.standing,
        as_of=row.as_of,
        ref=row.source_text or None,
    )


def entry_observations(session: Session, entry_id: str) -> list[Observation]:
    """What is observed of an entry; the newest first, so that it is the first asked."""
    return observations(session, "entry", [entry_id])[::-1]


def facts_of(session: ReadSession, case: Case, criteria: CriteriaSet) -> dict[str, FactDef]:
    """What the facts are called."""
    kind = next((k for k in kinds(session, session.today) if k.id == case.kind), None)
    return {**(kind.facts if kind else {}), **criteria.facts}


def judge(session: Session, case: Case) -> tuple[CriteriaSet, Outcome, list[str]] | None:
    """(criteria, outcome, ids of the observations read) of a case; None for a procedure without criteria."""
    if "criteria" not in case.pins:
        return None
    criteria, facts, context, rows = material(session, case)
    return criteria, evaluate.evaluate(criteria, facts, context), [r.id for r in rows if r.fact in criteria.facts]


def material(session: Session, case: Case) -> tuple[CriteriaSet, Facts, Context, list[Observation]]:
    """(criteria, facts, context, observations): all that a case is judged from."""
    criteria = read_as(CriteriaSet, pinned(session, case.pins["criteria"]))
    references = [
        read_as(ReferenceTable, pinned(session, id)).table()
        for key, id in sorted(case.pins.items())
        if key.startswith("reference:")
    ]
    rows = entry_observations(session, case.entry_id)
    return criteria, Facts([observed(r) for r in rows], references), context_of(session, case), rows


def owed(session: Session, case: Case) -> tuple[Payment, ...]:
    """What the criteria of a case would bring it, with what is missing counted as not met. Reckoned, not approved."""
    if "criteria" not in case.pins:
        return ()
    criteria, facts, context, _ = material(session, case)
    if not criteria.money:
        return ()
    return payments(criteria, settle(evaluate.evaluate(criteria, facts, context)), facts, context)


def context_of(session: Session, case: Case) -> Context:
    """What a case is judged in: when it was filed, its level, class and place, its files, the titles held."""
    return context(
        case,
        session.get(Entry, case.entry_id),
        chain=[r.code for r in region_chain(session, case.home_region)],
        files=[e for c in filter(None, (case.id, case.parent_id)) for e in files_of(session, c)],
        titles=[t for t in titles_of(session, case.entry_id) if t.status == "valid"],
        scores=scores_of(session, case),
    )


def context(
    case: Case,
    entry: Entry | None,
    *,
    chain: Sequence[str],
    files: Iterable[Evidence],
    titles: Iterable[Title],
    scores: Mapping[str, Iterable[Decimal]],
) -> Context:
    """The same of what was read already: `chain` begins with the home region, `files` are those of case and parent.

    `scores` are what experts gave, by criterion.
    """
    return Context(
        filed_on=local_date(case.submitted_at or case.opened_at),
        level=case.level,
        class_=case.entry_class,
        type=entry.owner_type if entry else None,
        region_chain=tuple(chain),
        evidence=frozenset(e.field for e in files),
        titles=tuple(HeldTitle(t.scheme, t.kind, t.level, t.valid_from, t.valid_to) for t in titles),
        expert_scores=scores,
    )


def scores_of(session: Session, case: Case) -> dict[str, list[Decimal]]:
    """Criterion → what the experts gave, as soon as no answer is outstanding; nothing before."""
    query = select(Task).where(Task.case_id == case.id, Task.kind == "ballot").execution_options(unscoped=True)
    return given_scores(session.exec(query).all())


def given_scores(tasks: Sequence[Task]) -> dict[str, list[Decimal]]:
    """The same of the experts' tasks of a case."""
    if any(t.status == "open" for t in tasks):
        return {}
    found: dict[str, list[Decimal]] = {}
    for task in sorted((t for t in tasks if t.status == "done"), key=lambda t: t.subject):
        for clause, score in task.result.get("scores", {}).items():
            found.setdefault(clause, []).append(Decimal(score))
    return found


def keep_evaluation(session: WriteSession, case: Case, *, settled: bool) -> Outcome | None:
    """Evaluate and keep what was read and what came of it. `settled`: what is missing counts as not met."""
    compute(session, session.get_one(Entry, case.entry_id))
    judged = judge(session, case)
    if judged is None:
        return None
    _, outcome, read = judged
    if settled:
        outcome = settle(outcome)
    session.add(
        Evaluation(
            case_id=case.id,
            n=(last.n if (last := latest_evaluation(session, case.id)) else 0) + 1,
            criteria_id=case.pins["criteria"],
            stage=case.stage,
            settled=settled,
            decision=outcome.decision,
            total=None if outcome.total is None else f"{outcome.total:f}",
            outcome=outcome.to_json(),
            observations=read,
            evaluated_at=session.now,
            evaluated_by=session.actor.person,
        )
    )
    return outcome


def guards(session: Session, case: Case) -> dict[str, bool]:
    """The guards a workflow may name, as they stand now."""
    judged = judge(session, case)
    if judged is None:
        return {"criteria_met": True, "nothing_missing": True, "score_reached": True}
    criteria, outcome, _ = judged
    settled = settle(outcome)
    reached = criteria.pass_mark is None or (settled.total is not None and settled.total >= criteria.pass_mark)
    return {
        "criteria_met": settled.decision == "met",
        "nothing_missing": outcome.decision != "missing",
        "score_reached": reached,
    }
