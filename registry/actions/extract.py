"""An extract: everything that is held of one person, as a ZIP of JSON and files, for that person."""

import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import Any

from sqlmodel import col, select

from registry.actions.cases import form_of
from registry.actions.privacy import Holding, acting, find, personal_files, record, require_guardian, where
from registry.base.errors import NotFound
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.form import Form
from registry.rules.permission import Actor
from registry.store.account import Account
from registry.store.case import Case, Submission
from registry.store.cultivation import CultivationSuggestion
from registry.store.evidence import Evidence
from registry.store.notice import Objection
from registry.store.people import Appointment, Person
from registry.store.record import history
from registry.store.session import WriteSession


def extract(registry: Registry, actor: Actor, words: str, reason: str) -> bytes:
    """The ZIP for whoever a number or address leads to; on record. Raises Refused, BadInput, NotFound."""
    require_guardian(actor, reason)
    with acting(registry, actor) as session:
        held = find(session, registry.store.index, words)
        if not held:
            raise NotFound(msg("Nothing is held under this number or address."))
        files = [f for id in held.cases for f in personal_files(session, session.get_one(Case, id))]
        told = told_of(session, held)
        record(session, "privacy.extract", reason, **where(held))
    return packed(registry, told, files)


def told_of(session: WriteSession, held: Holding) -> dict[str, Any]:
    """Everything in words."""
    return {
        "persons": [person_told(session, session.get_one(Person, id)) for id in held.persons],
        "applications": [case_told(session, session.get_one(Case, id)) for id in held.cases],
        "objections": [objection_told(session.get_one(Objection, id)) for id in held.objections],
        "suggestions": [suggestion_told(session.get_one(CultivationSuggestion, id)) for id in held.suggestions],
    }


def packed(registry: Registry, told: dict[str, Any], files: list[Evidence]) -> bytes:
    """The ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("held.json", json.dumps(told, ensure_ascii=False, indent=2, default=str))
        for n, file in enumerate(files, 1):
            data = registry.store.evidence.get(file.place, file.data_key, file.sha256)
            archive.writestr(f"files/{n:02}-{file.field}{PurePosixPath(file.name).suffix}", data)
    return out.getvalue()


def person_told(session: WriteSession, person: Person) -> dict[str, Any]:
    """A person with accounts and roles."""
    accounts = session.exec(select(Account).where(Account.person_id == person.id).order_by(Account.login))
    roles = session.exec(
        select(Appointment).where(Appointment.person_id == person.id).order_by(col(Appointment.from_day))
    )
    return {
        "name": person.name,
        "id_number": person.id_number,
        "phone": person.phone,
        "accounts": [{"login": a.login, "title": a.title, "disabled_at": a.disabled_at} for a in accounts],
        "roles": [{"role": r.role, "region": r.region, "from": r.from_day, "to": r.to_day} for r in roles],
    }


def case_told(session: WriteSession, case: Case) -> dict[str, Any]:
    """The personal answers of a case, as drafted and each time they were sent, and who opened them what for."""
    form = form_of(session, case)
    sent = session.exec(select(Submission).where(Submission.case_id == case.id).order_by(col(Submission.n)))
    opened = [e for e in history(session, f"case:{case.id}") if e.verb in ("personal.open", "evidence.original")]
    return {
        "number": case.number,
        "draft": personal_told(form, case.draft),
        "sent": [{"at": s.submitted_at, "answers": personal_told(form, s.answers)} for s in sent],
        "opened": [{"at": e.at, "purpose": e.detail.get("purpose")} for e in opened],
    }


def personal_told(form: Form, answers: dict[str, Any]) -> list[dict[str, Any]]:
    """Each personal answer with why it was asked for."""
    return [
        {
            "field": f.label.zh_hans,
            "value": answers[f.id],
            "purpose": f.personal.purpose.zh_hans,
            "basis": f.personal.basis.zh_hans,
            "retention": f.personal.retention.zh_hans,
        }
        for f in form.fields()
        if f.personal and answers.get(f.id)
    ]


def objection_told(objection: Objection) -> dict[str, Any]:
    """An objection as it was sent and answered."""
    columns = ("number", "received_on", "name", "unit", "contact", "words", "answer", "answered_at")
    return {name: getattr(objection, name) for name in columns}


def suggestion_told(suggestion: CultivationSuggestion) -> dict[str, Any]:
    """A suggestion for the cultivation list as it was sent and answered."""
    columns = ("code", "received_at", "name", "reason", "contact", "answer", "handled_at")
    return {name: getattr(suggestion, name) for name in columns}
