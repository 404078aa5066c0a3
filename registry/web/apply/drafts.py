"""Filling in: the task list, one section after the other, and everything once more before it is sent."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Form as WebForm

from registry.actions import cases
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import msg
from registry.rules.answer import NUMBERS, as_read
from registry.rules.form import Field, Section, empty, missing, shown
from registry.rules.permission import Actor
from registry.store.case import latest_submission
from registry.store.session import ReadSession
from registry.web.apply.common import Application
from registry.web.apply.prefilled import origin
from registry.web.context import registry
from registry.web.forms import as_typed, web_form


def tasks_model(session: ReadSession, app: Application) -> dict[str, Any]:
    """The task list: a row for each section, then checking and sending."""
    sections = [s for s in app.form.sections if any(f.id in app.wanted for f in s.fields)]
    before = latest_submission(session, app.case.id) if app.returned else None
    rows: list[dict[str, Any]] = [
        {
            "name": section.title,
            "url": url_for("apply.section", id=app.case.id, section=section.id),
            "state": state(app, section, before.answers if before else None, before.files if before else {}),
            "hint": None,
        }
        for section in sections
    ]
    ready = all(row["state"] == "complete" for row in rows)
    rows.append(
        {
            "name": msg("Check your answers and send"),
            "url": url_for("apply.check", id=app.case.id),
            "state": "not_started",
            "hint": None if ready else msg("Everything that is still missing is listed there."),
        }
    )
    return {"tasks": rows, "done": sum(r["state"] == "complete" for r in rows), "count": len(rows) - 1}


def state(app: Application, section: Section, before: dict[str, Any] | None, files: dict[str, list[str]]) -> str:
    """How far a section is. A returned one is complete when every flagged field says something else than before."""
    asked = [f for f in section.fields if f.id in app.wanted and shown(f, app.case.draft)]
    if before is not None:
        same = [f for f in asked if unchanged(app, f, before, files)]
        return "needs_correction" if same else "complete"
    lacking = [f for f in asked if empty(f, app.case.draft, app.files)]
    if not any(f.required for f in lacking):
        return "complete"
    return "not_started" if len(lacking) == len(asked) else "in_progress"


def unchanged(app: Application, field: Field, before: dict[str, Any], files: dict[str, list[str]]) -> bool:
    """Whether a field says what it said in the last submission."""
    if field.type == "file":
        return sorted(app.hashes.get(field.id, [])) == sorted(files.get(field.id, []))
    return bool(app.case.draft.get(field.id) == before.get(field.id))


def defects(app: Application) -> list[dict[str, Any]]:
    """What must be corrected, each with its field and the way there."""
    return [
        {
            "label": field.label,
            "words": d.get("words", ""),
            "url": url_for("apply.section", id=app.case.id, section=section.id) + f"#{field.id}",
            "field": field.id,
        }
        for d in app.case.defects
        for section in app.form.sections
        for field in section.fields
        if field.id == d["field"]
    ]


def section_of(app: Application, id: str) -> Section:
    """A section that may be written now. Raises NotFound."""
    section = app.form.section(id)
    if section is None or not any(f.id in app.wanted for f in section.fields):
        raise NotFound(msg("There is nothing to be filled in here now."))
    return section


def section_form(app: Application, section: Section, typed: MultiDict[str, str]) -> WebForm:
    """The section's form: what was typed, else what is saved."""
    asked = [f for f in section.fields if f.id in app.wanted]
    data = {f.id: typed.get(f.id, as_typed(app.case.draft.get(f.id))) for f in asked if f.type != "file"}
    labels = {f.id: f.label for f in app.form.fields()}
    return web_form(asked, data, limit=registry().settings.upload_limit, labels=labels)


def section_model(
    app: Application, section: Section, typed: MultiDict[str, str], faults: list[Fault]
) -> dict[str, Any]:
    """One section's page."""
    form = section_form(app, section, typed)
    for fault in faults:
        if fault.field in form._fields:
            form[fault.field].errors = [*form[fault.field].errors, str(fault.message)]
    notes: dict[str, list[str]] = {}
    for defect in app.case.defects:
        notes.setdefault(defect["field"], []).append(defect.get("words", ""))
    return {
        "title": section.title,
        "intro": section.intro,
        "fields": [
            {
                "field": f,
                "notes": notes.get(f.name, []),
                "files": file_rows(app, f.name),
                "origin": origin(app.prefilled, app.case.draft, f.name),
                "personal": next(d.personal for d in section.fields if d.id == f.name),
            }
            for f in form
        ],
        "has_files": any(f.type == "file" for f in section.fields if f.id in app.wanted),
        "faults": faults,
        "last": section is writable(app)[-1],
        "number": writable(app).index(section) + 1,
        "count": len(writable(app)),
    }


def writable(app: Application) -> list[Section]:
    """The sections that may be written now."""
    return [s for s in app.form.sections if any(f.id in app.wanted for f in s.fields)]


def file_rows(app: Application, field: str) -> list[dict[str, Any]]:
    """The files of a field."""
    return [
        {
            "id": f.id,
            "name": f.name,
            "size": -(-f.size // 1024),
            "url": url_for("apply.file", id=app.case.id, evidence_id=f.id),
        }
        for f in app.files.get(field, [])
    ]


def after(app: Application, section: Section) -> str:
    """Where “save and continue” leads."""
    sections = writable(app)
    at = sections.index(section)
    if at + 1 < len(sections):
        return url_for("apply.section", id=app.case.id, section=sections[at + 1].id)
    return url_for("apply.check", id=app.case.id)


def store(actor: Actor, app: Application, section: Section, typed: MultiDict[str, str]) -> list[Fault]:
    """Save the text and the files of a section; returns what could not be read. What can be kept is kept."""
    faults = cases.save(registry(), actor, app.case.id, typed.to_dict(), section=section.id)
    faults += unasked(app, section, typed)
    if removed := typed.get("remove"):
        with suppress(NotFound):  # a second click on the same button
            cases.detach(registry(), actor, app.case.id, evidence_id=removed)
    for field in section.fields:
        if field.type == "file" and field.id in app.wanted:
            faults += attach(actor, app, field, request.files.getlist(field.id))
    return faults


def unasked(app: Application, section: Section, typed: MultiDict[str, str]) -> list[Fault]:
    """A fault where something was written that counts only with an answer which is still open, so that it is not lost."""
    faults = []
    for field in (f for f in section.fields if f.id in app.wanted and typed.get(f.id, "").strip()):
        asked_by = app.form.field(field.shown_when.field) if field.shown_when else None
        if asked_by and not typed.get(asked_by.id, as_typed(app.case.draft.get(asked_by.id))):
            words = msg("This counts only with an answer to “{question}”. Give that too.", question=asked_by.label)
            faults.append(Fault(words, field=field.id))
    return faults


def attach(actor: Actor, app: Application, field: Field, files: Iterable[FileStorage]) -> list[Fault]:
    """Add uploaded files to a field; returns what was not taken. Where one is asked for, a new one takes its place."""
    faults, taken = [], list[str]()
    for file in (f for f in files if f.filename):
        try:
            taken.append(
                cases.attach(registry(), actor, app.case.id, field=field.id, name=str(file.filename), data=file.read())
            )
        except BadInput as error:
            faults += [Fault(f.message, field=field.id, remedy=f.remedy) for f in error.faults]
    if taken and not field.several:
        former = [f.id for f in app.files.get(field.id, [])] + taken[:-1]
        for id in dict.fromkeys(f for f in former if f != taken[-1]):
            cases.detach(registry(), actor, app.case.id, evidence_id=id)
    return faults


def check_model(app: Application, faults: list[Fault]) -> dict[str, Any]:
    """All answers once more, each with a link to change it, and what is missing."""
    lacking = {f.field: f for f in missing(app.form, app.case.draft, app.hashes)}
    places = {f.id: s.id for s in app.form.sections for f in s.fields}
    return {
        "sections": [
            {
                "title": section.title,
                "rows": [row(app, section, f, f.id in lacking) for f in shown_fields(app, section)],
            }
            for section in app.form.sections
        ],
        "missing": [
            {"text": fault.message, "url": place(app, places[str(id)], str(id)) if id in app.wanted else None}
            for id, fault in lacking.items()
        ],
        "declaration": app.form.declaration,
        "faults": faults,
        "again": app.case.submitted_at is not None,
    }


def shown_fields(app: Application, section: Section) -> list[Field]:
    """The fields that count, given the answers."""
    return [f for f in section.fields if shown(f, app.case.draft)]


def row(app: Application, section: Section, field: Field, lacking: bool) -> dict[str, Any]:
    """A question with its answer."""
    value = as_read(field, app.case.draft.get(field.id), opened=True)
    return {
        "label": field.label,
        "value": value,
        "number": field.type in NUMBERS,
        "unit": field.unit,
        "files": file_rows(app, field.id) if field.type == "file" else None,
        "missing": lacking,
        "origin": origin(app.prefilled, app.case.draft, field.id),
        "url": place(app, section.id, field.id) if field.id in app.wanted else None,
    }


def place(app: Application, section: str, field: str) -> str:
    """The address of a field."""
    return url_for("apply.section", id=app.case.id, section=section) + f"#{field}"
