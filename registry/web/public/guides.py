"""Service guides (办事指南) and self-checks, generated from the definitions in force."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flask import abort, url_for
from wtforms import Form as WebForm

from registry.actions.titles import authority_name
from registry.base.i18n import Text, msg, nmsg
from registry.base.period import Period
from registry.host.resolve import read_as, references_for, resolve
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate
from registry.rules.facts import Context, Facts, Observed
from registry.rules.form import Field, Form
from registry.rules.outcome import Finding
from registry.rules.permission import ROLE_NAMES
from registry.rules.reference import ReferenceTable
from registry.rules.workflow import FORWARD, Workflow
from registry.store.definition import in_force
from registry.store.region import Region, region_chain
from registry.store.session import ReadSession
from registry.web.public.counties import by_slug
from registry.web.public.entries import counties
from registry.web.public.forms import question, read_selfcheck
from registry.web.stored import Shown


def all_guides(shown: Shown) -> list[dict[str, Any]]:
    """What can be applied for, by county."""
    forms = in_force(shown.session, "form", shown.session.today)
    return [
        {
            "county": region.text,
            "guides": [
                {
                    "text": Text.model_validate(d.body["title"]),
                    "url": url_for("public.guide", county=region.slug, form=d.ref),
                }
                for d in forms
                if d.region in (region.code, region.parent)
            ],
        }
        for region in counties(shown.session)
    ]


def definitions(session: ReadSession, region: Region, form_id: str) -> tuple[Form, CriteriaSet | None, Workflow | None]:
    """The form with the county's criteria and workflow for what it applies for. Aborts with 404."""
    found = [d for d in in_force(session, "form", session.today) if d.ref == form_id]
    if not found or found[0].region not in [r.code for r in region_chain(session, region.code)]:
        abort(404)
    form = read_as(Form, found[0])
    about: dict[str, Any] = {
        "kind": form.kind,
        "product": form.product,
        "level": region.level,
        "region": region.code,
        "on": session.today,
    }
    criteria = resolve(session, "criteria", **about)
    workflow = resolve(session, "workflow", **about, procedure=form.procedure)
    return form, read_as(CriteriaSet, criteria) if criteria else None, read_as(Workflow, workflow) if workflow else None


def model(shown: Shown, county: str, form_id: str) -> dict[str, Any]:
    """The guide."""
    session = shown.session
    region = by_slug(session, county)
    form, criteria, workflow = definitions(session, region, form_id)
    steps, days = walk(workflow) if workflow else ([], 0)
    return {
        "guide": {
            "title": form.title,
            "act": msg("recommendation to the city"),
            "county": region.text,
            "authority": authority_name(region),
            "basis": [basis(criteria)] if criteria else [],
            "who": [form.guide.who],
            "conditions": conditions(criteria) if criteria else [],
            "pass_rule": msg(
                "At least {mark} of {most} points.", mark=f"{criteria.pass_mark:f}", most=f"{criteria.most_points:f}"
            )
            if criteria and criteria.pass_mark
            else None,
            "materials": [material(f) for f in form.fields() if f.type == "file"],
            "steps": steps,
            "total_days": nmsg("{n} working day", "{n} working days", days) if days else None,
            "result": msg("A recommendation to the city; the city's own review, decision and public notice follow."),
            "fee": form.guide.fee,
            "office": {"name": authority_name(region), "phone": None, "address": form.guide.contact, "hours": None},
            "complaint_phone": None,
            "faq": [(q["ask"], q["answer"]) for q in form.guide.questions],
            "updated_on": form.guide.updated,
            "version": f"{form.id}@{form.version}",
            "illustrative": criteria is None or criteria.standing != "official",
            "selfcheck_url": url_for("public.selfcheck", county=county, form=form_id) if criteria else None,
            "apply_url": url_for("apply.start"),
        }
    }


def basis(criteria: CriteriaSet) -> dict[str, Any]:
    """The document that the conditions rest on."""
    note = criteria.basis.number or msg("without a document on file: an example (示例)")
    return {"name": criteria.basis.title, "url": criteria.basis.url, "note": note}


def conditions(criteria: CriteriaSet) -> list[dict[str, Any]]:
    """Each clause in its own words."""
    return [
        {"text": c.says, "citation": c.basis, "kind": kind, "note": None}
        for kind, clauses in (("condition", criteria.eligible), ("veto", criteria.vetoes), ("scored", criteria.scored))
        for c in clauses
    ]


def material(field: Field) -> dict[str, Any]:
    """A file that the form asks for."""
    return {
        "name": field.label,
        "required": field.required,
        "form": msg("PDF, JPG or PNG"),
        "sample_url": None,
        "note": field.sample or field.help,
    }


def walk(workflow: Workflow) -> tuple[list[dict[str, Any]], int]:
    """The stages on the straight way through, and their working days together."""
    steps, days, at, seen = [], 0, workflow.start, set()
    while at not in seen and not workflow.stages[at].is_end:
        seen.add(at)
        stage = workflow.stages[at]
        steps.append(
            {
                "name": stage.names.applicant,
                "who": ROLE_NAMES[stage.role] if stage.role else msg("the registry"),
                "working_days": stage.days,
                "text": None,
            }
        )
        days += stage.days or 0
        onward = [o.to for o in stage.outcomes.values() if o.act in FORWARD]
        if not onward or stage.is_silent:
            break
        at = onward[0]
    return steps, days


def selfcheck_model(session: ReadSession, county: str, form_id: str) -> tuple[list[Field], dict[str, Any]]:
    """(questions, what the page says) of a self-check."""
    form, criteria, _ = definitions(session, by_slug(session, county), form_id)
    if criteria is None:
        abort(404)
    fields = [question(id, d) for id, d in criteria.facts.items() if d.type != "choice"]
    return fields, {
        "title": form.title,
        "guide_url": url_for("public.guide", county=county, form=form_id),
        "apply_url": url_for("apply.start"),
        "illustrative": criteria.standing != "official",
    }


def selfchecked(
    session: ReadSession, county: str, form_id: str, asked: WebForm
) -> tuple[dict[str, Any] | None, list[Any]]:
    """(result, faults) of the answers. Files are taken as present: here only the figures are tried."""
    region = by_slug(session, county)
    form, criteria, _ = definitions(session, region, form_id)
    assert criteria is not None
    fields, _ = selfcheck_model(session, county, form_id)
    values, faults = read_selfcheck(fields, asked)
    if faults:
        return None, faults
    tables = [read_as(ReferenceTable, d).table() for d in references_for(session, region.code, session.today)]
    context = Context(
        filed_on=session.today,
        level=region.level,
        region_chain=tuple(r.code for r in region_chain(session, region.code)),
        evidence=criteria.evidence(),
    )
    outcome = evaluate(criteria, Facts(list(observed(criteria, values, session.today)), tables), context)
    return {
        "verdict": outcome.decision,
        "words": VERDICTS[outcome.decision],
        "lines": [line(f) for f in outcome.findings],
    }, []


def observed(criteria: CriteriaSet, values: dict[str, Any], today: date) -> Iterator[Observed]:
    """The answers as observations; a yearly figure stands for the last three years and once for all."""
    for fact, value in values.items():
        definition = criteria.facts[fact]
        read = (
            value
            if isinstance(value, bool)
            else date.fromisoformat(value)
            if definition.type == "date"
            else Decimal(value)
        )
        if definition.type == "ratio" and isinstance(read, Decimal):
            read /= 100
        periods: list[Period | None] = [None] if definition.per == "entry" else [*Period.last_years(3, today)]
        for period in periods:
            yield Observed(fact, read, period)


VERDICTS = {
    "met": msg("By what you answered, the conditions are met. What counts is the examination of the application."),
    "not_met": msg("By what you answered, not all conditions are met yet."),
    "missing": msg("Some answers are still open."),
}


def line(finding: Finding) -> dict[str, Any]:
    """A clause with its result."""
    explained = [str(m) for m in finding.lines()] + [str(m) for m in finding.missing()]
    return {
        "state": finding.state,
        "text": finding.says,
        "citation": finding.basis,
        "explanation": " ".join(explained) or None,
    }
