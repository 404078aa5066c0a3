"""The evaluation explained, the floors that bind, and the rules a case is judged by."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from flask import url_for

from registry.actions.evaluation import facts_of
from registry.actions.position import floors_of
from registry.base.i18n import Message, Text, msg, nmsg
from registry.base.money import Money
from registry.host.resolve import pinned, read_as
from registry.rules.criteria import CriteriaSet
from registry.rules.floors import Floors
from registry.rules.form import Form
from registry.rules.outcome import DECISIONS, SECTIONS, STATES, VETO_STATES, Finding, Outcome
from registry.rules.workflow import Workflow
from registry.store.case import Case, Evaluation, latest_evaluation
from registry.store.definition import Definition
from registry.store.observation import observations
from registry.store.session import ReadSession
from registry.web.public.figures import figure

DUTIES: dict[str, Message] = {
    "edit": msg("filing"),
    "review": msg("review"),
    "decide": msg("decision"),
    "notice": msg("public notice"),
    "work": msg("office work"),
}
TYPES: dict[str, Message] = {
    "criteria": msg("criteria"),
    "workflow": msg("workflow"),
    "form": msg("form"),
    "floor": msg("floor"),
    "reference": msg("reference table"),
    "kind": msg("kind of entry"),
    "page": msg("page"),
    "template": msg("template"),
}
STANDINGS: dict[str, Message] = {
    "official": msg("official"),
    "example": msg("example, for demonstration only"),
    "comment": msg("draft for comment"),
}


def model(session: ReadSession, case: Case) -> dict[str, Any] | None:
    """The last evaluation of a case, clause by clause; None when none was made."""
    evaluation = latest_evaluation(session, case.id)
    if evaluation is None:
        return None
    definition = pinned(session, evaluation.criteria_id)
    criteria = read_as(CriteriaSet, definition)
    outcome = Outcome.from_json(evaluation.outcome)
    return {
        "decision": outcome.decision,
        "word": DECISIONS[outcome.decision],
        "total": outcome.total,
        "most": criteria.most_points or None,
        "pass_mark": criteria.pass_mark,
        "settled": evaluation.settled,
        "at": evaluation.evaluated_at,
        "missing": outcome.missing(),
        "title": criteria.title,
        "document": document(criteria),
        "rule_url": url_for("desk.rule", id=definition.id),
        "groups": list(groups(outcome)),
        "observations": observed(session, case, criteria, evaluation),
    }


def document(criteria: CriteriaSet | Workflow | Form) -> dict[str, Any] | None:
    """The document that a definition rests on."""
    basis = criteria.basis
    if basis is None:
        return None
    return {
        "title": basis.title,
        "number": basis.number,
        "date": basis.issued,
        "article": basis.article,
        "note": basis.note,
    }


def groups(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """The findings by section."""
    for section, name in SECTIONS.items():
        rows = [finding_row(f) for f in outcome.findings if f.section == section]
        if rows:
            yield {"key": section, "name": name, "rows": rows}


def finding_row(finding: Finding) -> dict[str, Any]:
    """One clause: what it says, where it stands, what came of it and why."""
    words = VETO_STATES if finding.section == "veto" else STATES
    return {
        "id": finding.id,
        "says": finding.says,
        "basis": finding.basis,
        "state": finding.state,
        "word": words[finding.state],
        "points": finding.points,
        "max": finding.max,
        "lines": list(dict.fromkeys(finding.lines())),
        "missing": finding.missing(),
    }


def observed(session: ReadSession, case: Case, criteria: CriteriaSet, evaluation: Evaluation) -> list[dict[str, Any]]:
    """The observations of the entry with source, standing and date; those that the evaluation read are marked."""
    facts, read = facts_of(session, case, criteria), set(evaluation.observations)
    rows = [r for r in observations(session, "entry", [case.entry_id]) if r.fact in facts]
    rows.sort(key=lambda r: (list(facts).index(r.fact), r.period or "", r.recorded_at))
    return [figure(r, facts[r.fact]) | {"read": r.id in read} for r in rows]


def floor_rows(session: ReadSession, case: Case) -> list[dict[str, Any]]:
    """The floors that bind the case, each with the document that set it."""
    names: dict[str, Text] = {}
    if "criteria" in case.pins:
        criteria = read_as(CriteriaSet, pinned(session, case.pins["criteria"]))
        names = {clause.id: clause.says for clause in criteria.clauses()}
    return [{"words": words, "document": source} for words, source in told(floors_of(session, case), names)]


def told(floors: Floors, names: Mapping[str, Text]) -> Iterator[tuple[Message, Text]]:
    """Every floor in words."""
    days = floors.notice_working_days
    yield (
        nmsg("Public notice of at least {n} working day", "Public notice of at least {n} working days", days.value),
        days.document,
    )
    for apart in floors.distinct_persons:
        yield msg("Different people for: {duties}", duties=listed(sorted(apart.value))), apart.document
    if experts := floors.experts_min:
        yield nmsg("At least {n} expert", "At least {n} experts", experts.value), experts.document
    if years := floors.validity_years:
        yield (
            nmsg("A title is valid {n} year at most", "A title is valid {n} years at most", years.value),
            years.document,
        )
    if award := floors.award_fen_ceiling:
        yield msg("Award of at most {money}", money=Money(award.value).text()), award.document
    if reply := floors.reply_working_days:
        yield (
            nmsg("First answer within {n} working day", "First answer within {n} working days", reply.value),
            reply.document,
        )
    for key, least in floors.at_least.items():
        yield (
            msg("Criterion “{id}”: at least {value}", id=names.get(key, key), value=f"{least.value:f}"),
            least.document,
        )
    for key, most in floors.at_most.items():
        yield msg("Criterion “{id}”: at most {value}", id=names.get(key, key), value=f"{most.value:f}"), most.document
    for veto in floors.vetoes:
        yield msg("Ruled out: {id}", id=names.get(veto.value, veto.value)), veto.document


def listed(duties: list[str]) -> Message:
    """Duties one after the other."""
    words = [DUTIES.get(d, msg("office work")) for d in duties]
    made = words[0]
    for word in words[1:]:
        made = msg("{first}, {next}", first=made, next=word)
    return made


def rule_links(session: ReadSession, case: Case) -> list[dict[str, Any]]:
    """The definitions a case is pinned to."""
    made = []
    for id in dict.fromkeys(case.pins.values()):
        definition = pinned(session, id)
        made.append(
            {
                "type": TYPES[definition.type],
                "title": Text.model_validate(definition.body["title"]),
                "version": definition.version,
                "url": url_for("desk.rule", id=id),
            }
        )
    return made


def rule(definition: Definition) -> dict[str, Any]:
    """A published definition: its document, its clauses, where it is from, and its text."""
    body = definition.body
    clauses, stages = [], []
    if definition.type == "criteria":
        criteria = read_as(CriteriaSet, definition)
        clauses = [
            {"id": c.id, "says": c.says, "basis": c.basis, "max": getattr(c, "max", None)} for c in criteria.clauses()
        ]
    elif definition.type == "workflow":
        workflow = read_as(Workflow, definition)
        stages = [
            {"name": s.names.staff, "days": s.days, "outcomes": [o.label for o in s.outcomes.values()]}
            for s in workflow.stages.values()
        ]
    basis = body.get("basis") or {}
    return {
        "rule": {
            "title": Text.model_validate(body["title"]),
            "type": TYPES[definition.type],
            "ref": definition.ref,
            "version": definition.version,
            "pack": definition.pack,
            "standing": STANDINGS[definition.standing],
            "in_force_from": definition.in_force_from,
            "in_force_to": definition.in_force_to,
            "published_at": definition.published_at,
            "withdrawn_at": definition.withdrawn_at,
            "sha256": definition.sha256,
            "document": Text.model_validate(basis["title"]) if basis else None,
            "document_number": basis.get("number"),
            "note": Text.model_validate(basis["note"]) if basis.get("note") else None,
            "clauses": clauses,
            "stages": stages,
            "source": yaml.safe_dump(
                {key: value for key, value in body.items() if key != "docx"},
                allow_unicode=True,
                sort_keys=False,
                width=100,
            ),
        },
        "here": "cases",
    }
