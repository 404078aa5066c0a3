"""What a Word template is given: a case in plain words, typed and formatted; nothing that is not known is a number.

Names and shapes are `rules/document.py`'s; a test compares the two.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from registry.actions.document_words import answer, day, number, said, sums, unit, value_of
from registry.actions.evaluation import facts_of, owed
from registry.actions.position import workflow_of
from registry.actions.titles import authority_name
from registry.base.i18n import language
from registry.host.resolve import kinds, pinned, read_as
from registry.rules.award import Payment
from registry.rules.criteria import CriteriaSet
from registry.rules.document import DocumentTemplate
from registry.rules.facts import SOURCES, STANDINGS, FactDef
from registry.rules.form import Form, shown
from registry.rules.outcome import DECISIONS, SECTIONS, STATES, VETO_STATES, Finding, Outcome
from registry.rules.permission import SYSTEM
from registry.rules.procedures import PROCEDURE_NAMES, RESULT_NAMES
from registry.rules.trace import LEVEL_NAMES
from registry.store.case import Case, CaseStep, latest_evaluation, latest_submission, steps_of
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem, Objection
from registry.store.observation import Observation, observations
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.store.title import Title


def fields_of(session: ReadSession, case: Case, template: DocumentTemplate, opened: bool) -> dict[str, Any]:
    """Everything that a template may read of one case. `opened`: personal answers are not masked."""
    entry, home = session.get_one(Entry, case.entry_id), session.get_one(Region, case.home_region)
    applicant = session.get(Organisation, case.filer_id) if case.filer_id else None
    criteria = read_as(CriteriaSet, pinned(session, case.pins["criteria"])) if "criteria" in case.pins else None
    steps = steps_of(session, case.id)
    form, sections = answers(session, case, opened)
    facts = facts_of(session, case, criteria) if criteria else {}
    rows = [row for row in observations(session, "entry", [entry.id]) if row.fact in facts]
    rows.sort(key=lambda row: (list(facts).index(row.fact), row.period or "", row.recorded_at))
    return {
        "case": head(session, case),
        "entry": {
            "name": said(entry.text),
            "name_en": entry.text.en,
            "public_id": entry.public_id,
            "summary": said(entry.profile.get("summary")),
        },
        "applicant": {"name": said(applicant and applicant.text), "code": applicant and applicant.credit_code},
        "county": {"name": said(home.text), "bureau": said(authority_name(home))},
        "authority": authority(session, case.authority_region),
        "basis": basis(criteria),
        "form": form,
        "sections": sections,
        "facts": {fact: value_of(row.value, facts[fact]) for fact, row in best(rows).items()},
        "figures": [figure(row, facts[row.fact]) for row in rows],
        "evaluation": evaluation(session, case, criteria),
        "steps": [step_row(session, case, step, applicant, template.persons) for step in steps if told(step)],
        "recommendation": recommendation(session, case),
        "decision": decision(steps),
        "notice": notice_of_case(session, case),
        "title": title(session, case),
        "award": award(owed(session, case)),
        "today": day(session.today),
    }


def shared_of(cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What stands above a list: of the first case what they have in common, and what is summed up."""
    first = cases[0]
    return {
        "authority": first["authority"],
        "basis": first["basis"],
        "decision": first["decision"],
        "cases": list(cases),
        "count": str(len(cases)),
        "today": first["today"],
    }


def head(session: ReadSession, case: Case) -> dict[str, Any]:
    """The case itself."""
    kind = next((k for k in kinds(session, session.today) if k.id == case.kind), None)
    stage = workflow_of(session, case).stages[case.stage]
    return {
        "number": case.number,
        "procedure": str(PROCEDURE_NAMES[case.procedure]),
        "kind": said(kind.nouns.one) if kind else case.kind,
        "class": said(kind.classes.get(case.entry_class)) if kind and case.entry_class else None,
        "level": str(LEVEL_NAMES[case.level]),
        "stage": said(stage.names.staff),
        "result": str(RESULT_NAMES[case.result]) if case.result else None,
        "submitted": day(case.submitted_at),
    }


def authority(session: ReadSession, code: str) -> dict[str, Any]:
    """The office in charge."""
    place = session.get_one(Region, code)
    return {"name": said(authority_name(place)), "place": said(place.text)}


def basis(criteria: CriteriaSet | None) -> dict[str, Any]:
    """The rule that it is judged by, and the document on which that rests."""
    document = criteria.basis if criteria else None
    return {
        "scheme": said(criteria.title) if criteria else None,
        "title": said(document.title) if document else None,
        "number": document.number if document else None,
        "date": day(document.issued) if document else None,
    }


def answers(session: ReadSession, case: Case, opened: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(answers by field, the same section by section) of what was sent last."""
    sent = latest_submission(session, case.id)
    if sent is None or "form" not in case.pins:
        return {}, []
    form = read_as(Form, pinned(session, case.pins["form"]))
    asked = [(s, [f for f in s.fields if f.type != "file" and shown(f, sent.answers)]) for s in form.sections]
    facts = {k.id: k.facts for k in kinds(session, session.today)}.get(case.kind, {})
    by_field = {f.id: answer(f, sent.answers.get(f.id), facts, opened) for _, fields in asked for f in fields}
    return by_field, [
        {
            "title": said(section.title),
            "rows": [
                {"label": said(f.label), "value": by_field[f.id], "unit": unit(f, by_field[f.id])} for f in fields
            ],
        }
        for section, fields in asked
        if fields
    ]


def best(rows: Iterable[Observation]) -> dict[str, Observation]:
    """Of each fact the observation that stands best, of the newest period."""
    standings = list(STANDINGS)
    found: dict[str, Observation] = {}
    for row in sorted(rows, key=lambda r: (r.period or "", standings.index(r.standing), r.recorded_at)):
        found[row.fact] = row
    return found


def figure(row: Observation, fact: FactDef) -> dict[str, Any]:
    """An observation with where it is from."""
    return {
        "label": said(fact.label),
        "value": value_of(row.value, fact),
        "unit": said(fact.unit) if fact.type != "ratio" else None,
        "period": row.period,
        "source": str(SOURCES[row.source]),
        "standing": str(STANDINGS[row.standing]),
        "as_of": day(row.as_of),
    }


def evaluation(session: ReadSession, case: Case, criteria: CriteriaSet | None) -> dict[str, Any]:
    """What came of the last evaluation, clause by clause."""
    made = latest_evaluation(session, case.id)
    outcome = Outcome.from_json(made.outcome) if made else None
    return {
        "result": str(DECISIONS[outcome.decision]) if outcome else None,
        "total": number(outcome.total) if outcome and outcome.total is not None else None,
        "most": number(criteria.most_points) if criteria and criteria.most_points else None,
        "pass_mark": number(criteria.pass_mark) if criteria and criteria.pass_mark is not None else None,
        "date": day(made.evaluated_at) if made else None,
        "lines": [line(f) for f in outcome.findings] if outcome else [],
        "missing": [{"what": str(m)} for m in outcome.missing()] if outcome else [],
    }


def line(finding: Finding) -> dict[str, Any]:
    """One clause."""
    names = VETO_STATES if finding.section == "veto" else STATES
    return {
        "says": said(finding.says),
        "basis": finding.basis,
        "section": str(SECTIONS[finding.section]) if finding.section in SECTIONS else None,
        "result": str(names[finding.state]),
        "points": number(finding.points) if finding.points is not None else None,
        "max": number(finding.max) if finding.max is not None else None,
        "why": "\n".join(dict.fromkeys(str(one) for one in finding.lines())),
    }


def told(step: CaseStep) -> bool:
    """Whether a step is an office's."""
    return step.person != SYSTEM.person and step.duty != "edit"


def step_row(
    session: ReadSession, case: Case, step: CaseStep, applicant: Organisation | None, persons: bool
) -> dict[str, Any]:
    """One step: where, what, by which office, when, in which words; who only where the template is for that."""
    stage = workflow_of(session, case).stages[step.stage]
    code = case.home_region if stage.office == "home" else case.authority_region
    office = (
        applicant.text if stage.office == "applicant" and applicant else authority_name(session.get_one(Region, code))
    )
    made = {
        "stage": said(stage.names.staff),
        "what": said(stage.outcomes[step.outcome].label) if step.outcome in stage.outcomes else step.outcome,
        "office": said(office),
        "date": day(step.on),
        "opinion": step.reason,
    }
    return made | ({"who": step.account_title} if persons else {})


def recommendation(session: ReadSession, case: Case) -> dict[str, Any]:
    """What the county said: of the recommending case, for the city's; of the case itself, for the county's."""
    query = select(Case).where(Case.id == (case.parent_id or case.id)).execution_options(unscoped=True)
    own = session.exec(query).one()
    query_steps = select(CaseStep).where(CaseStep.case_id == own.id, col(CaseStep.act).in_(("recommend", "approve")))
    steps = session.exec(query_steps.order_by(col(CaseStep.n)).execution_options(unscoped=True)).all()
    last = steps[-1] if steps and own.procedure == "recommend" else None
    return {
        "number": own.number,
        "bureau": said(authority_name(session.get_one(Region, own.authority_region))),
        "opinion": last.reason if last else None,
        "date": day(last.on) if last else None,
    }


def decision(steps: Sequence[CaseStep]) -> dict[str, Any]:
    """The meeting that decided and the document that was issued."""
    given: dict[str, Any] = {}
    for step in steps:
        given |= {key: value for key, value in step.given.items() if value}
        if "meeting" in step.given:
            given["on"] = step.on
    return {
        "meeting": given.get("meeting"),
        "minutes": given.get("minutes"),
        "date": day(given.get("on")),
        "document": given.get("document"),
        "document_date": day(given.get("document_date")),
    }


def notice_of_case(session: ReadSession, case: Case) -> dict[str, Any]:
    """The last public notice of a case."""
    query = select(Notice).join(NoticeItem, col(NoticeItem.notice_id) == col(Notice.id))
    query = query.where(NoticeItem.case_id == case.id).order_by(col(Notice.published_at).desc())
    found = session.exec(query).first()
    counted = session.exec(select(Objection.id).where(Objection.case_id == case.id)).all() if found else []
    return notice(found, len(counted))


def notice(found: Notice | None, objections: int) -> dict[str, Any]:
    """A public notice."""
    return {
        "number": found and found.number,
        "title": said(found.title) if found else None,
        "posted": day(found.posted_on) if found else None,
        "starts": day(found.starts_on) if found else None,
        "ends": day(found.ends_on) if found else None,
        "days": str(found.working_days) if found else None,
        "contact": said(found.body["contact"]) if found else None,
        "places": said(found.body["places"]) if found else None,
        "objections": str(objections) if found else None,
    }


def title(session: Session, case: Case) -> dict[str, Any]:
    """The title that the case gave."""
    found = session.exec(select(Title).where(Title.case_id == case.id)).first()
    return {
        "number": found and found.number,
        "from": day(found.valid_from) if found else None,
        "to": day(found.valid_to) if found else None,
    }


def award(payments: Iterable[Payment]) -> dict[str, Any]:
    """What the rules would bring; None, never nought, where nothing is due. The sum is of what is paid once."""
    due = [p for p in payments if p.state == "due"]
    return sums(once(due)) | {
        "lines": [
            {
                "says": said(p.clause.says),
                "basis": p.clause.basis,
                "amount": p.amount.text(language()),
                "why": "\n".join(str(one) for one in p.lines),
            }
            for p in due
        ]
    }


def once(payments: Iterable[Payment]) -> int:
    """The fen that are due once; what comes every year is settled by itself."""
    return sum(int(p.amount) for p in payments if p.state == "due" and p.clause.every == "once")
