"""Titles of the past that wait for a second person: shown as they are, with their scan, confirmed or turned down."""

from dataclasses import replace
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlmodel import select

from registry.actions import recorded
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, Text, msg
from registry.rules.permission import Actor
from registry.rules.trace import LEVEL_NAMES
from registry.store.account import Account
from registry.store.entry import Entry
from registry.store.ledger import RecordedTitle, refused_titles, waiting_titles
from registry.store.people import is_same
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.admin.ledger import KEY, ROLES, SHOWN, blueprint, confirmable
from registry.web.admin.sections import Section, page
from registry.web.context import registry, require_actor

SECTION = Section(
    blueprint,
    KEY,
    msg("The existing ledger"),
    msg("Bring your spreadsheet of brands, bases and titles in; confirm the titles that others have recorded."),
    "admin_ledger.home",
    ROLES,
)
"""Of the ledger and of its titles: both modules' pages hang on one blueprint."""


@blueprint.route("/titles", methods=["GET", "POST"])
def titles() -> Any:
    """The titles that wait for a second person."""
    actor, faults = require_actor(), list[Fault]()
    if request.method == "POST":
        try:
            flash(str(decided(actor)))
            return redirect(url_for(".titles"), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        waiting = waiting_titles(session, confirmable(session, actor))
        lacking = {row.document for row in waiting if not row.scan_sha256}
        shown = page(
            "ledger_titles",
            here=KEY,
            groups=groups(session, actor, waiting[:SHOWN]),
            count=len(waiting),
            shown=min(len(waiting), SHOWN),
            lacking=lacking,
            documents=sorted({row.document for row in waiting}, key=lambda d: (d not in lacking, d)),
            refused=[refused_row(session, row) for row in refused_titles(session, actor.person)],
            chosen=frozenset(request.form.getlist("title")),
            reason=request.form.get("reason", ""),
            faults=faults,
        )
    return shown, 422 if faults else 200


def decided(actor: Actor) -> Message:
    """Do what the form says. Raises BadInput, Refused, Stale."""
    group = request.form.get("group")
    chosen = request.form.getlist("title" if group is None else f"group:{group}")
    seen = dict(choice.split(".", 1) for choice in chosen if "." in choice)
    match request.form.get("do"):
        case "scan":
            return scanned(actor)
        case "refuse":
            reason = request.form.get("reason", "")
            return msg(
                "Turned down: {n} titles.", n=recorded.refuse_titles(registry(), actor, list(seen), reason=reason)
            )
        case _:
            return msg("Confirmed: {n} titles.", n=recorded.confirm_titles(registry(), actor, seen))


def scanned(actor: Actor) -> Message:
    """Keep the scan of a document. Raises BadInput."""
    upload = request.files.get("scan")
    if upload is None or not upload.filename:
        raise BadInput(Fault(msg("Choose the file."), field="scan"))
    document = request.form.get("document", "")
    try:
        n = recorded.attach_scan(registry(), actor, document=document, name=upload.filename, data=upload.read())
    except BadInput as error:
        raise BadInput([replace(fault, field="scan") for fault in error.faults]) from None
    return msg("The scan now belongs to {n} titles.", n=n)


def groups(session: ReadSession, actor: Actor, waiting: list[RecordedTitle]) -> list[dict[str, Any]]:
    """The titles that wait, by the document that they rest on."""
    by_document: dict[str, list[RecordedTitle]] = {}
    for row in waiting:
        by_document.setdefault(row.document, []).append(row)
    made = []
    for n, (document, rows) in enumerate(by_document.items()):
        shown = [title_row(session, actor, row) for row in rows]
        made.append(
            {
                "n": n,
                "document": document,
                "dates": sorted({row.document_date for row in rows}),
                "scan": next((url_for(".scan", id=row.id) for row in rows if row.scan_sha256), None),
                "rows": shown,
                "choices": [row["choice"] for row in shown if not row["own"]],
            }
        )
    return made


def title_row(session: ReadSession, actor: Actor, row: RecordedTitle) -> dict[str, Any]:
    """A title that waits, with everything that would be confirmed."""
    entry = session.get_one(Entry, row.entry_id)
    authority = Text.model_validate(session.get_one(Region, row.authority_region).name)
    by = session.exec(select(Account.title).where(Account.person_id == row.recorded_by)).first()
    return {
        "choice": f"{row.id}.{recorded.mark_of(session, row)}",
        "name": entry.text,
        "region": session.get_one(Region, row.region).text,
        "level": LEVEL_NAMES[row.level],
        "authority": row.authority_words or authority,
        "number": row.number,
        "date": row.document_date,
        "valid_to": recorded.ends_on(session, row),
        "by_rule": row.valid_to is None,
        "by": by or msg("the registry"),
        "own": is_same(session, actor, row.recorded_by),
    }


def refused_row(session: ReadSession, row: RecordedTitle) -> dict[str, Any]:
    """What one recorded and another turned down."""
    return {
        "name": session.get_one(Entry, row.entry_id).text,
        "document": row.document,
        "reason": row.refusal,
        "at": row.decided_at,
    }


@blueprint.get("/titles/<id>/scan")
def scan(id: str) -> Response:
    """The scan of the document that a title rests on."""
    media_type, data = recorded.scan_of(registry(), require_actor(), id)
    response = Response(data, content_type=media_type)
    response.headers.set("Content-Disposition", "inline", filename="scan")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "no-store"
    return response
