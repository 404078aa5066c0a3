"""The record: its health in one line, its newest head to copy, and its rows, the newest first."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from sqlmodel import col, func, select

from registry.actions.audit import AUDITORS, day_end, day_start
from registry.actions.history import reader
from registry.actions.proof import head_json
from registry.actions.record import last_verified, verify_now
from registry.base.clock import SHANGHAI
from registry.base.i18n import Message, msg
from registry.rules.holidays import as_date
from registry.rules.permission import ADMINS
from registry.store.account import Account
from registry.store.record import RecordEntry, RecordHead, count, head
from registry.store.session import ReadSession
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import page_number, pager
from registry.web.history import EXPORTS, exports
from registry.web.record_terms import VERBS
from registry.web.record_words import Words, places

KEY = "record"
ROLES = ADMINS | AUDITORS
blueprint = section_blueprint(KEY, __name__, ROLES)
SECTION = Section(
    blueprint,
    KEY,
    msg("The record"),
    msg("Every change, who made it and when; whether anything was touched."),
    "admin_record.home",
    ROLES,
)
FILTERS = ("verb", "subject", "who", "since", "until")
MOST = 5000
"""Rows in one file; the dates make several."""
PAGE = 50


@blueprint.get("/")
def home() -> Any:
    """Health, head, and the rows that the address asks for; with `?format=` as a file."""
    actor = reader(require_actor())
    wanted = {key: request.args.get(key, "").strip()[:80] for key in FILTERS}
    number = page_number(request.args)
    with registry().store.read(actor) as session:
        query = narrowed(session, wanted).order_by(col(RecordEntry.id).desc())
        words = Words(session, actor)
        if form := EXPORTS.get(request.args.get("format", "")):
            entries = list(session.exec(query.limit(MOST)))[::-1]
            return form(session, words, "record", entries, wanted)
        found = session.exec(select(func.count()).select_from(narrowed(session, wanted).subquery())).one()
        entries = list(session.exec(query.limit(PAGE).offset((number - 1) * PAGE)))
        at = places(session, entries)
        rows = [words.entry(entry, at.get(entry.id or 0)) for entry in entries[::-1]][::-1]
        return page(
            "record",
            here=KEY,
            health=health(session),
            head=newest(session),
            rows=rows,
            found=found,
            filter=wanted,
            verbs=[{"value": v, "text": VERBS.get(v) or v} for v in verbs(session)],
            pager=pager("admin_record.home", number, found, wanted),
            exports=exports(".home", **{k: v for k, v in wanted.items() if v}),
        )


@blueprint.post("/verify")
def verify() -> Any:
    """Verify now; what came of it is kept with its time."""
    if not verify_now(registry(), require_actor()):
        flash(str(msg("The record is long; the work waits in the outbox, and this page will say what came of it.")))
    return redirect(url_for(".home"), 303)


def narrowed(session: ReadSession, wanted: Mapping[str, str]) -> Any:
    """The rows asked for."""
    query = select(RecordEntry)
    if wanted["verb"]:
        query = query.where(RecordEntry.verb == wanted["verb"])
    if wanted["subject"]:
        query = query.where(col(RecordEntry.subject).contains(wanted["subject"], autoescape=True))
    if who := wanted["who"]:
        named = col(Account.login).contains(who, autoescape=True) | col(Account.title).contains(who, autoescape=True)
        query = query.where(col(RecordEntry.account).in_(select(Account.id).where(named)))
    if since := as_date(wanted["since"]):
        query = query.where(col(RecordEntry.at) >= day_start(since))
    if until := as_date(wanted["until"]):
        query = query.where(col(RecordEntry.at) < day_end(until))
    return query


def verbs(session: ReadSession) -> list[str]:
    """Every verb that the record knows."""
    return sorted(session.exec(select(RecordEntry.verb).distinct()))


def health(session: ReadSession) -> dict[str, Any]:
    """The line: how much there is, and what the last verification said, when."""
    heads = session.exec(select(func.count()).select_from(RecordHead)).one()
    last = last_verified(session)
    return {
        "rows": count(session),
        "heads": heads,
        "state": "none" if last is None else "good" if last.fault is None else "bad",
        "line": line(count(session), heads, last),
    }


def line(rows: int, heads: int, last: Any) -> Message:
    """Health in one line."""
    if last is None:
        return msg("{rows} rows under {heads} signed heads; never verified from this page.", rows=rows, heads=heads)
    at = last.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if last.fault is None:
        return msg(
            "{rows} rows under {heads} signed heads; verified {at}: {checked} rows and {compared} states, all as recorded.",
            rows=rows,
            heads=heads,
            at=at,
            checked=last.rows,
            compared=last.compared,
        )
    return msg("Verified {at}: NOT as recorded. {fault}", at=at, fault=last.fault)


def newest(session: ReadSession) -> dict[str, Any] | None:
    """The newest head, to be kept elsewhere."""
    one = head(session)
    return head_json(one, registry().store.signer) if one else None
