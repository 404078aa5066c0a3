"""Checking a certificate: what is certified, by whom, by which document, until when."""

from typing import Any

from flask import abort, request, url_for

from registry.actions import certificates
from registry.base.i18n import Lang, Text, msg
from registry.host.resolve import kinds
from registry.store.entry import Entry
from registry.store.region import Organisation
from registry.store.title import title_by_code
from registry.web.context import registry
from registry.web.public.entries import ACTS
from registry.web.public.figures import LEVEL_NAMES, STATUS_NAMES
from registry.web.stored import Shown


def form_model() -> dict[str, Any]:
    """The empty form."""
    return {"code": "", "answer": None, "address": registry().settings.public_url, "here": "verify"}


def model(shown: Shown, code: str) -> dict[str, Any]:
    """The answer to a code or number."""
    session = shown.session
    found = title_by_code(session, code.strip())
    shown.says_today()
    if found is None:
        shown.shows("list:titles")
        return form_model() | {"code": code, "answer": {"state": "unknown", "word": msg("Unknown")}}
    title, _ = found
    shown.shows(f"title:{title.number}", f"entry:{title.entry_id}")
    entry = session.get_one(Entry, title.entry_id)
    kind = next((k for k in kinds(session, session.today) if k.id == entry.kind), None)
    owner = session.get(Organisation, entry.owner_id) if entry.owner_id else None
    expired = title.status == "valid" and title.valid_to is not None and title.valid_to < session.today
    state = (
        "expired" if expired else "recorded" if title.origin == "recorded" and title.status == "valid" else title.status
    )
    return form_model() | {
        "code": code,
        "answer": {
            "state": state,
            "word": msg("Recorded from its document") if state == "recorded" else STATUS_NAMES[state],
            "entry_name": entry.text,
            "entry_url": url_for("public.entry", section=kind.section, slug=entry.slug)
            if kind and entry.status == "listed"
            else None,
            "kind": kind.nouns.one if kind else "",
            "level": LEVEL_NAMES[title.level],
            "authority": Text.model_validate(title.authority_name),
            "act": ACTS[title.act],
            "document": title.document,
            "document_date": title.document_date,
            "document_url": None,
            "number": title.number,
            "valid_from": title.valid_from,
            "valid_to": title.valid_to,
            "reason": Text.model_validate(title.end_reason) if title.end_reason else None,
            "ended_on": title.ended_on,
            "basis": Text.model_validate(title.basis),
            "owner": owner.text if owner else None,
            "fictitious": entry.fictitious,
            "checked_on": session.today,
            "proof_url": None,
            "certificate_url": f"{request.script_root}/verify/{code}/certificate.pdf"
            if title.status == "valid"
            else None,
        },
    }


def pdf(code: str, lang: Lang) -> tuple[bytes, str]:
    """(certificate, title's number) for a code. Aborts with 404 unless the title is in force."""
    with registry().store.read() as session:
        found = title_by_code(session, code)
    if found is None or found[0].status != "valid":
        abort(404)
    return certificates.certificate_pdf(registry(), found[0].number, lang), found[0].number
