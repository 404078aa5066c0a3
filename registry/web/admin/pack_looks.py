"""A draft's files as what they become, with sample data: the form, the workflow, the clauses, the examples judged, the page."""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from registry.actions import definitions, pack_drafts, showcase
from registry.base.errors import BadInput, Broken
from registry.base.i18n import LANGUAGES, Lang, Message, language, msg
from registry.host.check import whole_criteria, whole_workflow
from registry.host.packs import Parsed
from registry.host.render import render_page
from registry.rules import draw
from registry.rules.clause import Clause
from registry.rules.criteria import CriteriaSet
from registry.rules.example import Example
from registry.rules.extension import Extension
from registry.rules.facts import Reference
from registry.rules.floors import FloorSet, compose
from registry.rules.form import Form
from registry.rules.outcome import DECISIONS
from registry.rules.pack import EXAMPLES, Page
from registry.rules.permission import ROLE_NAMES
from registry.rules.reference import ReferenceTable
from registry.rules.workflow import Outcome, Stage, Workflow
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.admin.packs import KEY, blueprint, check_model, draft_row
from registry.web.admin.sections import page
from registry.web.context import registry, require_actor
from registry.web.desk import judgement
from registry.web.forms import web_form
from registry.web.language import NAMES

OFFICES: dict[str, Message] = {
    "home": msg("office of the brand's own region"),
    "authority": msg("office of the deciding authority"),
    "applicant": msg("the applicant"),
}
MOST_PEOPLE = 12
"""Up to so many places in a workflow it is worked out how many different people fill them; it takes long for more."""


@blueprint.get("/drafts/<id>/look/<path:path>")
def look(id: str, path: str) -> Any:
    """One file as what it becomes. A page is rendered in the child process, within its limits of time and memory."""
    at_hand = definitions.all_packs(registry())
    with registry().store.read(require_actor()) as session:
        row = pack_drafts.load(session, id)
        pack_drafts.file_of(session, row, path)
        found = pack_drafts.examined(session, row, at_hand)
        faults = [f for f in found.faults if f.file == path]
        shown = list(looks(session, found, path))
        about = {"draft": draft_row(session, row), "path": path, "check": check_model(row, faults, path)}
    for each in shown:
        if "renderings" in each:  # only now: the database is not kept waiting while children work
            each["pages"] = list(rendered(each["renderings"]))
    return page("packs_look", here=KEY, looks=shown, language_names=NAMES, **about)


def looks(session: ReadSession, found: pack_drafts.Examined, path: str) -> Iterator[dict[str, Any]]:
    """Everything in a file that can be looked at; nothing when it cannot be read yet."""
    tables = found.library.tables
    if path.partition("/")[0] == EXAMPLES:
        examples = [example for example, source, _ in found.pack.examples if source.name == path]
        yield {"kind": "examples", "title": None, "examples": [judged(found, tables, one) for one in examples]}
    for parsed in found.pack.definitions:
        if parsed.source.name == path:
            yield {"title": parsed.model.title, **definition(session, found, tables, parsed)}


def definition(
    session: ReadSession, found: pack_drafts.Examined, tables: list[Reference], parsed: Parsed
) -> dict[str, Any]:
    """One definition."""
    match parsed.model:
        case Form():
            return form(parsed.model)
        case Workflow() | Extension():
            return workflow(found, parsed.model)
        case CriteriaSet():
            return criteria(found, tables, parsed.model)
        case Page():
            return {"kind": "page", "renderings": renderings(session, parsed.model)}
        case FloorSet():
            return {"kind": "floor", "told": [words for words, _ in judgement.told(compose([parsed.model]), {})]}
        case ReferenceTable():
            return reference(session, parsed.model)
    return {"kind": "other"}


def form(model: Form) -> dict[str, Any]:
    """The form as an applicant meets it; nothing of it can be sent."""
    labels, limit = {f.id: f.label for f in model.fields()}, registry().settings.upload_limit
    return {
        "kind": "form",
        "sections": [
            {
                "title": section.title,
                "intro": section.intro,
                "fields": [
                    {"field": field, "personal": next(f.personal for f in section.fields if f.id == field.name)}
                    for field in web_form(section.fields, {}, limit=limit, labels=labels)
                ],
            }
            for section in model.sections
        ],
        "declaration": model.declaration,
    }


def workflow(found: pack_drafts.Examined, model: Workflow | Extension) -> dict[str, Any]:
    """The drawing, and beside it the same in words."""
    try:
        whole = draw.along(whole_workflow(model, found.library))
    except BadInput:
        return {"kind": "other"}
    places = sum(stage.quorum for stage in whole.stages.values() if stage.has_owner)
    return {
        "kind": "workflow",
        "svg": Markup(draw.as_svg(whole, lang=language())),  # noqa: S704 – made of escaped words and numbers
        "people": whole.people_needed if places <= MOST_PEOPLE else None,
        "stages": [stage_model(whole, name, stage) for name, stage in whole.stages.items()],
    }


def stage_model(whole: Workflow, name: str, stage: Stage) -> dict[str, Any]:
    """A stage in words: who acts, where, how long, and where each way out leads."""
    office = stage.office or ""
    return {
        "id": name,
        "name": stage.names.staff,
        "duty": draw.DUTIES[stage.duty],
        "role": ROLE_NAMES[stage.role] if stage.role else None,
        "office": OFFICES.get(office) or msg("department {unit}", unit=office.partition(":")[2]) if office else None,
        "days": stage.days,
        "ways": [way(whole, name, outcome) for outcome in stage.outcomes.values()],
    }


def way(whole: Workflow, stage: str, outcome: Outcome) -> dict[str, Any]:
    """One way out."""
    return {
        "label": outcome.label,
        "to": whole.stages[outcome.to].names.staff if outcome.to in whole.stages else outcome.to,
        "machine": whole.is_by_machine(stage, outcome),
    }


def criteria(found: pack_drafts.Examined, tables: list[Reference], model: CriteriaSet) -> dict[str, Any]:
    """The clauses as the public reads them, and the examples that are judged by them."""
    examples = [example for example, _, _ in found.pack.examples if example.criteria == model.id]
    return {
        "kind": "criteria",
        "groups": [
            {"name": name, "clauses": [clause_model(clause) for clause in clauses]}
            for name, clauses in (
                (msg("What must be met"), model.eligible),
                (msg("What must not be: one of these is enough to refuse"), model.vetoes),
                (msg("What gives points"), model.scored),
                (msg("What follows the award"), model.duties),
                (msg("What is paid"), model.money),
            )
            if clauses
        ],
        "most": model.most_points or None,
        "pass_mark": model.pass_mark,
        "document": judgement.document(model),
        "examples": [judged(found, tables, one) for one in examples],
    }


def clause_model(clause: Clause) -> dict[str, Any]:
    """A clause in its own words."""
    return {"says": clause.says, "basis": clause.basis, "max": getattr(clause, "max", None)}


def judged(found: pack_drafts.Examined, tables: list[Reference], example: Example) -> dict[str, Any]:
    """A worked example, clause by clause with its grounds; and whether it comes out as it says."""
    sets = found.library.criteria
    about = {"says": example.says, "facts": example.facts, "expect": DECISIONS[example.expect]}
    if example.criteria not in sets:
        return about | {"decision": None, "groups": [], "criteria": example.criteria}
    model = sets[example.criteria]
    outcome = example.judged(whole_criteria(model, found.library), tables)
    return about | {
        "criteria": model.title,
        "decision": outcome.decision,
        "word": DECISIONS[outcome.decision],
        "as_said": outcome.decision == example.expect,
        "total": outcome.total,
        "most": model.most_points or None,
        "groups": list(judgement.groups(outcome)),
    }


def reference(session: ReadSession, model: ReferenceTable) -> dict[str, Any]:
    """The table."""
    places = {row.place: session.get(Region, row.place) for row in model.rows}
    return {
        "kind": "reference",
        "unit": model.unit,
        "rows": [
            {
                "place": found.text if (found := places[row.place]) else row.place,
                "year": row.year,
                "value": row.value,
                "source": row.source,
            }
            for row in model.rows
        ],
    }


Rendering = tuple[Lang, str, dict[str, Any]]
"""A language, the page's source in it, and the data that it shows."""


def renderings(session: ReadSession, model: Page) -> list[Rendering]:
    """The page in Chinese and English with published data of its subject, else with a made-up one."""
    data = showcase.sample(session, model)
    return [(lang, model.source.in_(lang), data(lang)) for lang in LANGUAGES if lang != "zh-Hant"]


def rendered(asked: list[Rendering]) -> Iterator[dict[str, Any]]:
    """The page in each language as the public would see it, or why it cannot be."""
    for lang, source, data in asked:
        try:
            html, error = Markup(render_page(source, data)), None  # noqa: S704 – cleaned by the child process
        except Broken as problem:
            html, error = None, problem.message
        yield {"lang": lang, "html": html, "error": error}
