"""The history of whatever a page shows: who, when, by which act, what it was before and became."""

import json
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlmodel import select

from registry.actions.history import history, may_see, reader
from registry.base.errors import NotFound, Refused
from registry.base.i18n import msg
from registry.rules.permission import ADMINS, Actor
from registry.store.account import Account
from registry.store.case import Case
from registry.store.notice import Notice, NoticeItem, Objection
from registry.store.record import RecordEntry
from registry.store.session import ReadSession
from registry.store.title import Title
from registry.web.admin.sections import page
from registry.web.context import registry, require_actor
from registry.web.csvfile import csv_response, download, file_name
from registry.web.record_words import Words, places
from registry.web.signin import gate

blueprint = Blueprint("history", __name__, url_prefix="/admin/history")
blueprint.before_request(gate)
NUMBERED: tuple[tuple[str, Any], ...] = (
    ("case", Case.number),
    ("title", Title.number),
    ("notice", Notice.number),
    ("objection", Objection.number),
    ("account", Account.login),
)
"""What can be found by its number."""
HEADS = (msg("No."), msg("When"), msg("Who"), msg("What"), msg("Row"), msg("Column"), msg("Before"), msg("After"))


@blueprint.before_request
def insiders_only() -> None:
    """Raise Refused for who neither works here nor administers."""
    actor = require_actor()
    if not (actor.is_staff or actor.has(*ADMINS)):
        raise Refused(msg("These pages are for others; your role does not open them."))


@blueprint.get("/find")
def find() -> Any:
    """To the history of a case, title, notice, objection or account by its number or sign-in name."""
    number, actor = request.args.get("number", "").strip()[:80], reader(require_actor())
    with registry().store.read(actor) as session:
        for table, column in NUMBERED:
            id = session.exec(select(column.class_.id).where(column == number)).first()
            if id and may_see(session, actor, f"{table}:{id}"):
                return redirect(url_for(".row", table=table, id=id))
    raise NotFound(msg("There is no such thing, or it is not one of yours."))


@blueprint.get("/<table>/<id>")
def row(table: str, id: str) -> Any:
    """The history of one row; with `?format=csv` or `jsonl` as a file."""
    key, actor = f"{table}:{id}", reader(require_actor())
    with registry().store.read(actor) as session:
        entries = history(session, key) if may_see(session, actor, key) else []
        if not entries:
            raise NotFound(msg("There is no such thing, or it is not one of yours."))
        words = Words(session, actor)
        if request.args.get("format") in EXPORTS:
            return EXPORTS[request.args["format"]](session, words, f"history-{table}-{id[:12]}", entries, {})
        at = places(session, entries)
        return page(
            "record_history",
            about=words.subject(key),
            rows=[words.entry(e, at.get(e.id or 0)) for e in entries][::-1],
            linked=[words.subject(one) for one in linked(session, actor, table, id)],
            exports=exports(".row", table=table, id=id),
            record_url=url_for("admin_record.home") if may_open_record(require_actor()) else None,
        )


def may_open_record(actor: Actor) -> bool:
    """Whether the record's own page opens for somebody."""
    return actor.has(*ADMINS, "auditor")


def linked(session: ReadSession, actor: Actor, table: str, id: str) -> list[str]:
    """What belongs to it and has a history of its own: a title's case, a case's other case, notice, title and entry."""
    found: list[str] = []
    case = session.get(Title, id) if table == "title" else None
    if case:
        found += [f"case:{case.case_id}"] if case.case_id else []
        found += [f"entry:{case.entry_id}"]
    if table == "case" and (one := session.exec(select(Case).where(Case.id == id)).first()):
        found += [f"case:{one.parent_id}"] if one.parent_id else []
        found += [f"case:{c}" for c in session.exec(select(Case.id).where(Case.parent_id == id))]
        found += [f"notice:{n}" for n in session.exec(select(NoticeItem.notice_id).where(NoticeItem.case_id == id))]
        found += [f"title:{t}" for t in session.exec(select(Title.id).where(Title.case_id == id))]
        found += [f"entry:{one.entry_id}"]
    if table == "entry":
        found += [f"case:{c}" for c in session.exec(select(Case.id).where(Case.entry_id == id))]
        found += [f"title:{t}" for t in session.exec(select(Title.id).where(Title.entry_id == id))]
    if table == "notice":
        found += [f"case:{c}" for c in session.exec(select(NoticeItem.case_id).where(NoticeItem.notice_id == id))]
    return [key for key in dict.fromkeys(found) if may_see(session, actor, key)]


def exports(endpoint: str, **arguments: Any) -> list[dict[str, str]]:
    """The links to the files."""
    return [{"name": form.upper(), "url": url_for(endpoint, **arguments, format=form)} for form in EXPORTS]


def as_csv(session: ReadSession, words: Words, name: str, entries: list[RecordEntry], scope: dict[str, str]) -> Any:
    """One line for each column that changed."""
    at = places(session, entries)
    rows = []
    for entry in entries:
        one = words.entry(entry, at.get(entry.id or 0))
        begin = (one["place"], entry.at.isoformat(), one["who"], one["what"])
        changes = [(c["row"]["key"], k["name"], k["before"], k["after"]) for c in one["changes"] for k in c["columns"]]
        rows += [(*begin, *change) for change in changes or [(entry.subject, "", "", "")]]
    return csv_response(name, scope, session.today, HEADS, rows)


def as_jsonl(session: ReadSession, words: Words, name: str, entries: list[RecordEntry], scope: dict[str, str]) -> Any:
    """One JSON document a line: what the row says, as far as the reader may see the rows it tells of."""
    at = places(session, entries)
    lines = []
    for entry in entries:
        state = {key: told for key, told in entry.state.items() if words.differences.may_see(key)}
        said = {**entry.said(), "at": entry.at.isoformat(), "state": state, "place": at.get(entry.id or 0)}
        lines.append(json.dumps(said, ensure_ascii=False, sort_keys=True))
    return download("\n".join(lines) + "\n", file_name(name, scope, session.today, "jsonl"), "application/jsonl")


EXPORTS = {"csv": as_csv, "jsonl": as_jsonl}
