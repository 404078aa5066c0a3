"""Checking a certificate: what is certified, by whom, by which document, until when."""

from typing import Any

from flask import abort, url_for

from registry.actions import certificates
from registry.base.clock import local_date
from registry.base.i18n import Lang, Text, msg
from registry.host.resolve import kinds
from registry.store.entry import Entry
from registry.store.region import Organisation
from registry.store.title import title_by_code
from registry.web.context import registry
from registry.web.public.entry import ACTS
from registry.web.public.figures import LEVEL_NAMES, STATUS_NAMES, status_on
from registry.web.stored import Shown


def form_model() -> dict[str, Any]:
    """The empty form."""
    return {"code": "", "answer": None, "address": registry().settings.public_url, "here": "verify"}


def unknown(code: str) -> dict[str, Any]:
    """The answer when no title has such a code or number."""
    readable = "".join(c for c in code if c.isprintable())
    return form_model() | {"code": readable, "answer": {"state": "unknown", "word": msg("Unknown")}}


def model(shown: Shown, code: str) -> dict[str, Any] | str:
    """The answer to a code or number; the code as it is written on the certificate, where it was asked for otherwise."""
    session = shown.session
    found = title_by_code(session, code.strip())
    shown.says_today()
    if found is None:
        return unknown(code)
    if code not in (found[0].number, found[1] and found[1].code):
        return found[1].code if found[1] else found[0].number
    title, _ = found
    shown.shows(f"title:{title.number}", f"entry:{title.entry_id}")
    entry = session.get_one(Entry, title.entry_id)
    kind = next((k for k in kinds(session, session.today) if k.id == entry.kind), None)
    owner = session.get(Organisation, entry.owner_id) if entry.owner_id else None
    state = status_on(title, session.today)
    if state == "valid" and title.origin == "recorded":
        state = "recorded"
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
            "number": title.number,
            "valid_from": title.valid_from,
            "valid_to": title.valid_to,
            "reason": Text.model_validate(title.end_reason) if title.end_reason else None,
            "ended_on": title.ended_on,
            "basis": Text.model_validate(title.basis),
            "owner": owner.text if owner else None,
            "fictitious": entry.fictitious,
            "checked_on": session.today,
            "certificate_url": url_for("public.certificate", code=code) if state == "valid" else None,
        },
    }


def pdf(code: str, lang: Lang) -> tuple[bytes, str]:
    """(certificate, title's number) for a code. Aborts with 404 unless the title is in force."""
    with registry().store.read() as session:
        found = title_by_code(session, code)
    if found is None or status_on(found[0], local_date(registry().now)) != "valid":
        abort(404)
    return certificates.certificate_pdf(registry(), found[0].number, lang), found[0].number
