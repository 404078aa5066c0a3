"""What an applicant changed between two submissions, field by field, beside what had to be corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlmodel import col, select

from registry.actions.cases import form_of
from registry.base.i18n import Message, msg
from registry.rules.answer import as_read, masked
from registry.rules.form import Field, Form
from registry.store.case import Case, CaseStep, Submission
from registry.store.entry import Entry
from registry.store.evidence import Evidence
from registry.store.session import ReadSession
from registry.web.desk import common


@dataclass(frozen=True)
class Sent:
    """The submissions of a case in order, what its files are called, and the returns by which they came about."""

    submissions: list[Submission]
    names: Mapping[tuple[str, str], str]
    """(field, SHA-256) → name."""
    returns: list[CaseStep]


def sent(session: ReadSession, case: Case) -> Sent:
    """What a case holds of it; the files and returns of a city's case lie in the county's."""
    holders = [id for id in (case.id, case.parent_id) if id]
    submissions = session.exec(select(Submission).where(Submission.case_id == case.id).order_by(col(Submission.n)))
    files = session.exec(select(Evidence).where(col(Evidence.case_id).in_(holders)).order_by(col(Evidence.uploaded_at)))
    steps = session.exec(
        select(CaseStep)
        .where(col(CaseStep.case_id).in_(holders), CaseStep.act == "return", col(CaseStep.defects).is_not(None))
        .order_by(col(CaseStep.at))
    )
    return Sent(list(submissions), {(f.field, f.sha256): f.name for f in files}, list(steps))


def asked_between(found: Sent, before: Submission, after: Submission) -> dict[str, list[str]]:
    """Field → what was wrong with it, as the returns between two submissions said."""
    asked: dict[str, list[str]] = {}
    for step in found.returns:
        if before.submitted_at <= step.at <= after.submitted_at:
            for defect in step.defects or ():
                asked.setdefault(defect["field"], []).append(defect.get("words", ""))
    return asked


def between(
    form: Form, found: Sent, before: Submission, after: Submission, opened: bool = False
) -> list[dict[str, Any]]:
    """One row for every field that differs or that had to be corrected, in the order of the form."""
    asked, rows = asked_between(found, before, after), []
    for field in form.fields():
        row = file_row(field, found, before, after, opened) if field.type == "file" else None
        row = row or answer_row(field, before, after, opened)
        if row["changed"] or field.id in asked:
            rows.append(
                row | {"id": field.id, "label": field.label, "unit": field.unit, "asked": asked.get(field.id, [])}
            )
    return rows


def answer_row(field: Field, before: Submission, after: Submission, opened: bool) -> dict[str, Any]:
    """An answer as it was and as it is."""
    old, new = before.answers.get(field.id), after.answers.get(field.id)
    return {
        "changed": old != new,
        "before": as_read(field, old, opened),
        "after": as_read(field, new, opened),
        "added": [],
        "removed": [],
    }


def file_row(field: Field, found: Sent, before: Submission, after: Submission, opened: bool) -> dict[str, Any]:
    """Files as they were and are: how many, and by name what came and what went."""
    old, new = before.files.get(field.id, []), after.files.get(field.id, [])

    def named(digests: Sequence[str]) -> list[str]:
        names = [found.names.get((field.id, digest), "") for digest in digests]
        return [masked(name) if field.personal and not opened else name for name in names]

    return {
        "changed": set(old) != set(new),
        "before": count(old),
        "after": count(new),
        "added": named([d for d in new if d not in old]),
        "removed": named([d for d in old if d not in new]),
    }


def count(files: Sequence[str]) -> Message:
    """How many files."""
    return msg("{n} file(s)", n=len(files))


def model(session: ReadSession, case: Case, asked: str, opened: bool) -> dict[str, Any]:
    """The page: one submission beside the one before it. `asked`: which one, the last where none is named."""
    entry, found = session.get_one(Entry, case.entry_id), sent(session, case)
    last = len(found.submissions)
    n = int(asked) if asked.isdecimal() and len(asked) < 4 and 2 <= int(asked) <= last else last
    before, after = (found.submissions[n - 2], found.submissions[n - 1]) if last > 1 else (None, None)
    shown = before and after and "form" in case.pins
    return {
        "here": "cases",
        "case": {"name": entry.text, "number": case.number, "url": common.case_url(case)},
        "before": before and {"n": before.n, "on": before.submitted_at},
        "after": after and {"n": after.n, "on": after.submitted_at},
        "rows": between(form_of(session, case), found, before, after, opened) if shown and before and after else [],
        "others": [{"n": i, "url": url_for(".compare", id=case.id, n=i), "here": i == n} for i in range(2, last + 1)],
    }
