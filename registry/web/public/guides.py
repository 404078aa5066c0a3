"""Service guides (办事指南) and self-checks, generated from the definitions in force."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flask import abort, url_for
from wtforms import Form as WebForm

from registry.actions.titles import authority_name
from registry.base.i18n import Message, Text, msg
from registry.base.period import Period
from registry.host.resolve import codes_around, newest, read_as, references_for, resolve
from registry.rules.clause import Check, Scored
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import evaluate
from registry.rules.facts import Context, Facts, Observed
from registry.rules.form import Field, Form
from registry.rules.measure import FactMeasure, GrowthMeasure, Part
from registry.rules.model import nodes
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
    """What can be applied for, and where."""
    around: defaultdict[str | None, list[Region]] = defaultdict(list)
    for region in counties(shown.session):
        around[region.code].append(region)
        around[region.parent].append(region)
    return [
        {
            "title": Text.model_validate(d.body["title"]),
            "who": Text.model_validate(d.body["guide"]["who"]),
            "counties": [
                {"text": region.text, "url": url_for("public.guide", county=region.slug, form=d.ref)}
                for region in around[d.region]
            ],
        }
        for d in newest(in_force(shown.session, "form", shown.session.today))
    ]


def definitions(session: ReadSession, region: Region, form_id: str) -> tuple[Form, CriteriaSet | None, Workflow | None]:
    """The form with the county's criteria and workflow for what it applies for. Aborts with 404."""
    found = in_force(session, "form", session.today, ref=form_id)
    if not found or found[0].region not in codes_around(session, region.code):
        abort(404)
    form = read_as(Form, found[0])
    about: dict[str, Any] = {
        "kind": form.kind,
        "product": form.product,
        "level": region.title_level,
        "region": region.code,
        "on": session.today,
    }
    criteria = resolve(session, "criteria", **about)
    workflow = resolve(session, "workflow", **about, procedure=form.procedure)
    return form, read_as(CriteriaSet, criteria) if criteria else None, read_as(Workflow, workflow) if workflow else None


def onward(session: ReadSession, region: Region, form: Form) -> tuple[Region, Workflow, CriteriaSet | None] | None:
    """The wider authority that a recommendation goes to, how it recognises, and by what."""
    wider = region_chain(session, region.code)[1]
    about: dict[str, Any] = {
        "kind": form.kind,
        "product": form.product,
        "level": wider.level,
        "region": wider.code,
        "on": session.today,
    }
    workflow = resolve(session, "workflow", **about, procedure="recognise")
    criteria = resolve(session, "criteria", **about)
    if workflow is None:
        return None
    return wider, read_as(Workflow, workflow), read_as(CriteriaSet, criteria) if criteria else None


def model(shown: Shown, county: str, form_id: str) -> dict[str, Any]:
    """The guide."""
    session = shown.session
    region = by_slug(session, county)
    form, criteria, workflow = definitions(session, region, form_id)
    then = onward(session, region, form) if form.procedure == "recommend" else None
    ways = [(region, workflow, criteria), *([then] if then else [])]
    parts = [part(place, flow) for place, flow, _ in ways if flow]
    return {
        "guide": {
            "title": form.title,
            "county": {"text": region.text, "url": url_for("public.county", slug=region.slug)},
            "authority": authority_name(region),
            "decided_by": authority_name(then[0]) if then else authority_name(region),
            "result": msg("The county recommends, the city recognises: this is how to apply, and what is looked at.")
            if then
            else None,
            "basis": [basis(judged_by) for _, _, judged_by in ways if judged_by],
            "who": form.guide.who,
            "sets": [
                {"name": authority_name(place), "groups": groups(judged_by), "pass_rule": pass_rule(judged_by)}
                for place, _, judged_by in ways
                if judged_by
            ],
            "materials": [material(f) for f in form.fields() if f.type == "file"],
            "parts": parts,
            "total_days": sum(p["days"] for p in parts),
            "fee": form.guide.fee,
            "contact": form.guide.contact,
            "faq": [(q["ask"], q["answer"]) for q in form.guide.questions],
            "updated_on": form.guide.updated,
            "version": f"{form.id}@{form.version}",
            "illustrative": criteria is None or criteria.standing != "official",
            "selfcheck_url": url_for("public.selfcheck", county=county, form=form_id) if criteria else None,
            "apply_url": url_for("apply.start"),
        }
    }


def pass_rule(criteria: CriteriaSet) -> Message | None:
    """How many points are enough."""
    if not criteria.pass_mark:
        return None
    mark, most = f"{criteria.pass_mark:f}", f"{criteria.most_points:f}"
    return msg("At least {mark} of {most} points.", mark=mark, most=most)


def part(place: Region, workflow: Workflow) -> dict[str, Any]:
    """What one authority does, step by step, and in how many working days."""
    steps = list(walk(workflow))
    return {"name": authority_name(place), "steps": steps, "days": sum(s["days"] or 0 for s in steps)}


def basis(criteria: CriteriaSet) -> dict[str, Any]:
    """The document that the conditions rest on."""
    note = criteria.basis.number or msg("without a document on file: an example (示例)")
    return {"name": criteria.basis.title, "url": criteria.basis.url, "note": note}


def groups(criteria: CriteriaSet) -> list[dict[str, Any]]:
    """Each clause in its own words, by what it does."""
    named = (
        (msg("What must be met"), criteria.eligible),
        (msg("What must not be: one of these is enough to refuse"), criteria.vetoes),
        (msg("What gives points"), criteria.scored),
    )
    return [
        {
            "name": name,
            "clauses": [
                {"text": c.says, "citation": c.basis, "points": c.max if isinstance(c, Scored) else None}
                for c in clauses
            ],
        }
        for name, clauses in named
        if clauses
    ]


def material(field: Field) -> dict[str, Any]:
    """A file that the form asks for."""
    return {
        "name": field.label,
        "required": field.required,
        "sample_url": None,
        "note": field.sample or field.help,
    }


def walk(workflow: Workflow) -> Iterator[dict[str, Any]]:
    """The stages on the straight way through. The applicant's own time is nobody's time limit."""
    at, seen = workflow.start, set()
    while at not in seen and not workflow.stages[at].is_end:
        seen.add(at)
        stage = workflow.stages[at]
        onward = [o.to for o in stage.outcomes.values() if o.act in FORWARD]
        if not onward or stage.is_silent:
            return
        own = stage.duty == "edit"
        yield {
            "name": stage.names.applicant if own else stage.names.upcoming,
            "who": ROLE_NAMES[stage.role] if stage.role else None,
            "days": None if own else stage.days,
        }
        at = onward[0]


def asked_for(criteria: CriteriaSet) -> list[str]:
    """The facts that the conditions read, in their order, each once; what only experts judge is not asked."""
    found = facts_read((criteria.eligible, criteria.vetoes, criteria.scored))
    return [f for f in found if criteria.facts[f].type != "choice"]


def facts_read(part: Any) -> list[str]:
    """The facts that a part of a criteria set reads, in their order, each once."""
    found = []
    for node in nodes(part):
        if isinstance(node, FactMeasure):
            found += [node.fact, *([node.over] if node.over else [])]
        elif isinstance(node, GrowthMeasure):
            found.append(node.growth)
        elif isinstance(node, Part):
            found.append(node.fact)
        elif isinstance(node, Check):
            found.append(node.check)
    return list(dict.fromkeys(found))


def selfcheck_model(session: ReadSession, county: str, form_id: str) -> tuple[list[Field], dict[str, Any]]:
    """(questions, what the page says) of a self-check."""
    region = by_slug(session, county)
    form, criteria, _ = definitions(session, region, form_id)
    if criteria is None:
        abort(404)
    fields = [question(id, criteria.facts[id], session.today.year - 1) for id in asked_for(criteria)]
    return fields, {
        "title": form.title,
        "county": region.text,
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
        level=region.title_level,
        region_chain=tuple(r.code for r in region_chain(session, region.code)),
        evidence=criteria.evidence(),
    )
    outcome = evaluate(criteria, Facts(list(observed(criteria, values, session.today)), tables), context)
    return {
        "verdict": outcome.decision,
        "words": VERDICTS[outcome.decision],
        "total": f"{outcome.total.normalize():f}" if outcome.total is not None else None,
        "most": f"{criteria.most_points:f}",
        "lines": [line(f) for f in outcome.findings],
    }, []


def observed(criteria: CriteriaSet, values: dict[str, Any], today: date) -> Iterator[Observed]:
    """The answers as observations; a yearly figure stands for the last three years, where no growth is looked at."""
    growing = {n.growth for n in nodes(criteria) if isinstance(n, GrowthMeasure)}
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
        years = Period.last_years(1 if fact in growing else 3, today)
        periods: list[Period | None] = [None] if definition.per == "entry" else [*years]
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
        "explained": list(dict.fromkeys(explained)),
        "points": None
        if finding.max is None or finding.points is None
        else msg(
            "{points} of {max} points", points=f"{finding.points.normalize():f}", max=f"{finding.max.normalize():f}"
        ),
    }
