"""What the applicant sent: answers by section, their defects and files, and what changed since the time before."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import url_for
from sqlmodel import col, select

from registry.actions.cases import form_of
from registry.base.i18n import msg
from registry.rules.form import Field, Form, shown
from registry.rules.identifiers import masked
from registry.store.case import Case, Submission, latest_submission
from registry.store.evidence import Evidence
from registry.store.session import ReadSession
from registry.web.forms import NUMBERS, as_read


def model(session: ReadSession, case: Case, opened: bool) -> dict[str, Any] | None:
    """What was sent last; None where nothing is filed by a form. `opened`: personal data is not masked."""
    sent = latest_submission(session, case.id)
    if sent is None or "form" not in case.pins:
        return None
    form = form_of(session, case)
    files = files_by_field(session, case, sent, form, opened)
    defects: dict[str, list[str]] = {}
    for defect in case.defects:
        defects.setdefault(defect["field"], []).append(defect.get("words", ""))
    changed = changes(session, case, sent, form)
    return {
        "n": sent.n,
        "sent_at": sent.submitted_at,
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "rows": [
                    row(f, sent.answers, files, defects, opened) | {"changed": f.id in changed}
                    for f in section.fields
                    if shown(f, sent.answers)
                ],
            }
            for section in form.sections
        ],
        "defects": [
            {"label": f.label if (f := form.field(d["field"])) else d["field"], "words": d.get("words", "")}
            for d in case.defects
        ],
        "changes": list(changed.values()),
        "masked": not opened and any(f.personal and (sent.answers.get(f.id) or files.get(f.id)) for f in form.fields()),
    }


def row(
    field: Field, answers: Mapping[str, Any], files: Mapping[str, list[Any]], defects: Mapping[str, Any], opened: bool
) -> dict[str, Any]:
    """One question with its answer."""
    return {
        "label": field.label,
        "value": as_read(field, answers.get(field.id), opened),
        "number": field.type in NUMBERS,
        "unit": field.unit,
        "files": files.get(field.id, []),
        "file": field.type == "file",
        "defects": defects.get(field.id, []),
    }


def files_by_field(
    session: ReadSession, case: Case, sent: Submission, form: Form, opened: bool
) -> dict[str, list[dict[str, Any]]]:
    """The files of a submission by field; those of a city's case lie in the county's."""
    personal = {f.id for f in form.fields() if f.personal}
    holders = [id for id in (case.id, case.parent_id) if id]
    rows = session.exec(select(Evidence).where(col(Evidence.case_id).in_(holders)).order_by(col(Evidence.uploaded_at)))
    found: dict[tuple[str, str], Evidence] = {}
    for file in rows:
        found.setdefault((file.field, file.sha256), file)
    return {
        field: [
            file_row(case, found[field, digest], field in personal, opened)
            for digest in digests
            if (field, digest) in found
        ]
        for field, digests in sent.files.items()
    }


def file_row(case: Case, file: Evidence, personal: bool, opened: bool) -> dict[str, Any]:
    """A file to open; a personal one only while the case's personal data is open."""
    hidden = personal and not opened
    return {
        "name": msg("erased") if file.erased_at else masked(file.name) if hidden else file.name,
        "url": None if file.erased_at or hidden else url_for("desk.file", id=case.id, evidence_id=file.id),
        "size": -(-file.size // 1024),
        "date": file.uploaded_at,
    }


def changes(session: ReadSession, case: Case, sent: Submission, form: Form) -> dict[str, dict[str, Any]]:
    """Field → what it said before and says now, compared with the submission before."""
    before = session.exec(
        select(Submission).where(Submission.case_id == case.id, Submission.n == sent.n - 1)
    ).one_or_none()
    if before is None:
        return {}
    made = {}
    for field in form.fields():
        old, new = before.answers.get(field.id), sent.answers.get(field.id)
        if field.type == "file":
            old, new = set(before.files.get(field.id, [])), set(sent.files.get(field.id, []))
        if old == new:
            continue
        show = count if field.type == "file" else partial(as_read, field)
        made[field.id] = {"label": field.label, "unit": field.unit, "before": show(old), "after": show(new)}
    return made


def count(files: Any) -> Any:
    """How many files."""
    return msg("{n} file(s)", n=len(files))


def file_of(session: ReadSession, case: Case, evidence_id: str) -> Evidence | None:
    """A file that belongs to the case or to the one it came from."""
    query = select(Evidence).where(
        Evidence.id == evidence_id, col(Evidence.case_id).in_([case.id, case.parent_id or ""])
    )
    return session.exec(query).one_or_none()
