"""Choosing an outcome: a page with exactly what it needs. Neither errors nor a faster colleague lose what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import FileField, Form, StringField, TextAreaField

from registry.actions import queue, uploads
from registry.actions.cases import act as act_verb
from registry.actions.cases import form_of, load
from registry.actions.move import NEED_LABELS, WORDS, Given, lacking
from registry.actions.position import position_of, workflow_of
from registry.actions.returns import propose
from registry.base.errors import BadInput, Fault, NotFound, Refused, Stale
from registry.base.i18n import Message, msg
from registry.rules.correction import is_to_applicant, said_too_late
from registry.rules.engine import may
from registry.rules.form import Field, read_value, shown
from registry.rules.permission import Actor
from registry.rules.workflow import Outcome
from registry.store.case import Case, latest_submission
from registry.store.entry import Entry
from registry.store.session import ReadSession
from registry.web.context import registry
from registry.web.desk import common

LONGEST, LONGEST_DEFECT = 3000, 500
HINTS: dict[str, Message] = {
    "opinion": msg("In your own words; it is kept with the case."),
    "reason": msg("The applicant reads this; say what decided it."),
    "document_date": msg("As it stands on the document."),
    "statement": msg("What the holder said, and who heard it."),
    "visit_note": msg("Who was there, what was looked at, what was found."),
}
EXAMPLES = {"document_date": "2026-03-01", "document": "淮人社发〔2026〕12号", "minutes": "会纪〔2026〕3号"}
DATE = Field.model_validate({"id": "document_date", "label": "date", "type": "date"})


@dataclass
class Asked:
    """One outcome that somebody is about to choose, with what was typed."""

    case: Case
    stage: str
    name: str
    outcome: Outcome
    form: Form
    questions: list[dict[str, Any]] = field(default_factory=list)
    """What can be marked as a defect: the sections with their fields."""
    version: int = 0
    key: str = ""
    then: str | None = None
    """The case that comes after this one in the list that somebody works through."""
    corrected: frozenset[str] | None = None
    """What the applicant changed since an earlier return, where this is another one."""
    late: frozenset[str] = frozenset()
    """What of a second return could have been said before: it is proposed to another officer."""

    @property
    def stale(self) -> bool:
        """Whether the case has left the stage meanwhile."""
        return self.stage != self.case.stage or self.version != self.case.version


def asked(session: ReadSession, case: Case, name: str, data: MultiDict[str, str]) -> Asked:
    """What an outcome asks for. Raises NotFound."""
    stage = data.get("stage") or case.stage
    workflow = workflow_of(session, case)
    outcome = workflow.stages[stage].outcomes.get(name) if stage in workflow.stages else None
    if outcome is None or workflow.is_by_machine(stage, outcome) or outcome.act == "uphold":
        raise NotFound(msg("There is nothing of the kind to be decided in this case now; load the case again."))
    version = data.get("version", "")
    returns = is_to_applicant(workflow, outcome)
    corrected = position_of(session, case).corrected if returns and case.stage == stage else None
    return Asked(
        case=case,
        stage=stage,
        name=name,
        outcome=outcome,
        form=form_for(outcome, data),
        questions=questions(session, case, data, corrected) if "defects" in outcome.needs else [],
        corrected=corrected,
        version=int(version) if version.isdecimal() and len(version) < 9 else case.version,
        key=data.get("key", "")[:64],
    )


def form_for(outcome: Outcome, data: MultiDict[str, str]) -> Form:
    """A form with exactly the fields that an outcome needs."""
    made: dict[str, Any] = {}
    for need in outcome.needs:
        label = str(NEED_LABELS[need])
        label, hint = label[:1].upper() + label[1:], str(HINTS.get(need, ""))
        if need in WORDS:
            made[need] = TextAreaField(label, description=hint, render_kw={"rows": "6", "maxlength": str(LONGEST)})
        elif need == "scan":
            made[need] = FileField(label, render_kw={"data-limit": limits(), "accept": ",".join(uploads.TYPES)})
        elif need not in ("remedy", "defects"):
            kw = {"maxlength": "120", "autocomplete": "off"}
            if need in EXAMPLES:
                kw["data-example"] = EXAMPLES[need]
            made[need] = StringField(label, description=hint, render_kw=kw)
    form = type("OutcomeForm", (Form,), made)(data)
    for one in form:
        one.flags.required = True
    return form


def limits() -> str:
    """What may be uploaded, in words."""
    most = registry().settings.upload_limit // 2**20
    return str(msg("{kinds}; at most {limit} MB.", kinds=uploads.KINDS, limit=most))


def questions(
    session: ReadSession, case: Case, data: MultiDict[str, str], corrected: frozenset[str] | None
) -> list[dict[str, Any]]:
    """The fields of the application, to be marked as defects, each with a sentence.

    `corrected`: those changed since an earlier return; None where there was none.
    """
    sent = latest_submission(session, case.id)
    answers = sent.answers if sent else {}
    ticked = set(data.getlist("defect"))
    return [
        {
            "title": section.title,
            "fields": [
                {
                    "id": f.id,
                    "label": f.label,
                    "words": data.get(f"say-{f.id}", ""),
                    "ticked": f.id in ticked,
                    "error": None,
                    "late": corrected is not None and f.id not in corrected,
                }
                for f in section.fields
                if shown(f, answers)
            ],
        }
        for section in form_of(session, case).sections
    ]


def page(session: ReadSession, one: Asked, faults: list[Fault] | None = None) -> dict[str, Any]:
    """What the template is given."""
    entry = session.get_one(Entry, one.case.entry_id)
    remedy = one.outcome.remedy
    return {
        "here": "cases",
        "case": {"name": entry.text, "number": one.case.number, "url": common.case_url(one.case)},
        "outcome": {
            "label": one.outcome.label,
            "says": one.outcome.says,
            "harsh": one.outcome.act in ("refuse", "return"),
        },
        "stage": workflow_of(session, one.case).stages[one.stage].names.staff,
        "remedy": {"to": remedy.to, "days": remedy.days} if remedy else None,
        "form": one.form,
        "needs_file": "scan" in one.outcome.needs,
        "questions": one.questions,
        "hidden": {"stage": one.stage, "version": one.version, "key": one.key},
        "action": url_for("desk.act", id=one.case.id, outcome=one.name),
        "faults": faults or [],
        "stale": None,
        "returned_before": one.corrected is not None,
    }


def refusal_of(session: ReadSession, actor: Actor, one: Asked) -> Message | None:
    """Why the actor may not choose this now."""
    return may(position_of(session, one.case), one.name, actor)


def chosen_defects(one: Asked) -> tuple[tuple[dict[str, str], ...], list[Fault]]:
    """(what must be corrected, faults). What was written about a field marks it."""
    made, faults = [], []
    for question in (f for section in one.questions for f in section["fields"]):
        words = question["words"].strip()
        if not (question["ticked"] or words):
            continue
        question["ticked"] = True
        if not words:
            fault = msg("Say what is wrong with “{label}”.", label=question["label"])
        elif len(words) > LONGEST_DEFECT:
            fault = msg("This has {n} characters; at most {max} are possible.", n=len(words), max=LONGEST_DEFECT)
        else:
            made.append({"field": question["id"], "words": words})
            continue
        question["error"] = fault
        faults.append(Fault(fault, field=f"say-{question['id']}"))
    return tuple(made), faults


def read(
    one: Asked, files: Mapping[str, FileStorage], today: date
) -> tuple[Given, tuple[str, bytes] | None, list[Fault]]:
    """(what was given, the scan, every fault) of what was typed."""
    values = {f.name: (f.data or "") for f in one.form if f.name != "scan"}
    faults = [
        Fault(msg("This has {n} characters; at most {max} are possible.", n=len(text), max=LONGEST), field=name)
        for name, text in values.items()
        if len(text) > LONGEST
    ]
    day, fault = read_value(DATE, values.get("document_date", ""))
    if fault:
        faults.append(Fault(fault, field="document_date"))
    defects, wrong_defects = chosen_defects(one)
    scan, wrong_scan = read_scan(files.get("scan"))
    faults += [*wrong_defects, *wrong_scan]
    plain = {k: values[k].strip() or None for k in ("document", "meeting", "minutes") if k in values}
    given = Given(
        words={k: v for k, v in values.items() if k in WORDS},
        defects=defects,
        document_date=date.fromisoformat(day) if day else None,
        scan="given" if scan else None,
        **plain,
    )
    told = {f.field for f in faults} | ({"defects"} if wrong_defects else set())
    faults += [f for f in lacking(one.outcome, given, today) if f.field not in told]
    return given, scan, faults


def read_scan(file: FileStorage | None) -> tuple[tuple[str, bytes] | None, list[Fault]]:
    """(name and bytes, faults) of the upload."""
    if file is None or not file.filename:
        return None, []
    data = file.read()
    try:
        uploads.taken(file.filename, data, registry().settings.upload_limit)
    except BadInput as error:
        return None, [Fault(f.message, field="scan", remedy=f.remedy) for f in error.faults]
    return (file.filename, data), []


def attach(one: Asked, faults: list[Fault]) -> None:
    """Put the faults beside their fields."""
    for fault in faults:
        if fault.field in one.form._fields:
            one.form[fault.field].errors = [str(fault.message)]


def post(actor: Actor, case_id: str, name: str) -> tuple[Asked, dict[str, Any] | None, int]:
    """Choose the outcome: (what was asked, None, 303), or with the page again, everything typed still there."""
    data = common.typed()
    with registry().store.read(actor) as session:
        case = load(session, case_id)
        one = asked(session, case, name, data)
        given, scan, faults = read(one, request.files, session.today)
        if faults and not one.stale:
            attach(one, faults)
            return one, page(session, one, faults), 422
        model = page(session, one)
        one.late = said_too_late(position_of(session, case), name, given.fields)
        one.then = queue.next_after(session, actor, case_id, common.came_from())
    given = Given(**{**given.__dict__, "scan": None})
    try:
        if one.late:
            propose(registry(), actor, case_id, name, version=one.version, given=given)
        else:
            act_verb(registry(), actor, case_id, name, version=one.version, key=one.key, given=given, scan=scan)
    except Stale as error:
        return one, model | {"stale": error.message}, 409
    except Refused as error:
        return one, model | {"faults": [Fault(error.message)]}, 403
    except BadInput as error:
        attach(one, list(error.faults))
        return one, model | {"faults": list(error.faults)}, 422
    return one, None, 303


def onward(actor: Actor, one: Asked) -> str:
    """Say what was done, and where one arrives then.

    At the same case when it waits for the actor again; else at the next one of the list; else at the list.
    """
    with registry().store.read(actor) as session:
        stays = queue.waits_here(session, actor, one.case.id)
        name = session.get_one(Entry, one.case.entry_id).text
    done = msg("Done: {what} – {name}, {number}.", what=one.outcome.label, name=name, number=one.case.number)
    if one.late:
        done = msg("The second return is proposed. It takes effect when another officer of your office agrees.")
    if stays:
        common.say(done)
        return common.case_url(one.case)
    common.say(done, common.case_url(one.case))
    if one.then:
        return url_for("desk.case", id=one.then)
    common.say(LEFT if common.came_from().narrows else NOTHING_LEFT)
    return url_for("desk.home", **common.came_from().given())


LEFT = msg("Nothing else in this list waits for you.")
NOTHING_LEFT = msg("Nothing else waits for you.")
