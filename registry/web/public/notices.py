"""Public notices: the list, the official text with its state, and what an objector is shown."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import abort, url_for
from sqlmodel import Session, col, select

from registry.base.clock import local_date
from registry.base.i18n import Text, msg
from registry.host.resolve import kinds
from registry.rules.procedures import NOTICE_RESULTS
from registry.store.calendar import work_calendar
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem, Objection, items_of, notices
from registry.store.region import Organisation
from registry.store.session import ReadSession
from registry.web.public.entries import page_number, pager
from registry.web.public.figures import LEVEL_NAMES, due_chip
from registry.web.stored import Shown

ITEM_STATUS = {
    "running": ("notice", NOTICE_RESULTS["running"]),
    "cleared": ("cleared", NOTICE_RESULTS["cleared"]),
    "upheld": ("upheld", NOTICE_RESULTS["upheld"]),
    "stopped": ("ended", NOTICE_RESULTS["stopped"]),
}
OBJECTION_STATUS = {
    "open": ("open", msg("Being looked into")),
    "dismissed": ("ended", msg("Not upheld")),
    "upheld": ("upheld", msg("Upheld")),
    "looked_into": ("complete", msg("Looked into")),
}
PAGE = 20
MANY = 5000
"""More notices than a city publishes in a lifetime."""


def rows(shown: Shown) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(running, ended) notices."""
    shown.says_today()
    made = [(is_running(n, shown.session.today), row(shown.session, n)) for n in notices(shown.session, MANY)]
    return [r for running, r in made if running], [r for running, r in made if not running]


def is_running(notice: Notice, today: date) -> bool:
    """Whether objections are still taken."""
    return notice.ends_on is None or today <= notice.ends_on


def row(session: ReadSession, notice: Notice) -> dict[str, Any]:
    """A notice in a list."""
    return {
        "title": Text.model_validate(notice.title),
        "url": url_for("public.notice", number=notice.number),
        "number": notice.number,
        "authority": Text.model_validate(notice.body["authority"]),
        "entries": len(notice.body["rows"]),
        "posted_on": notice.posted_on,
        "starts_on": notice.starts_on,
        "ends_on": notice.ends_on,
        "due": chip(session, notice),
    }


def chip(session: ReadSession, notice: Notice) -> dict[str, Any]:
    """How long objections are still taken."""
    if not is_running(notice, session.today):
        return {"text": msg("Ended"), "state": "ended", "date": notice.ends_on, "explain": []}
    return due_chip(session, session.today, notice.ends_on, notice.posted_on, notice.working_days)


def list_model(shown: Shown, args: Mapping[str, str]) -> dict[str, Any]:
    """The list: all that run, and the ended ones page by page."""
    shown.shows("list:notices")
    running, ended = rows(shown)
    pages = max(1, -(-len(ended) // PAGE))
    page = page_number(args, pages)
    return {
        "running": running,
        "ended": ended[(page - 1) * PAGE : page * PAGE],
        "pager": pager(page, pages, "public.notices"),
        "here": "notices",
    }


def by_number(session: Session, number: str) -> Notice:
    """A notice. Aborts with 404."""
    return session.exec(select(Notice).where(Notice.number == number)).one_or_none() or abort(404)


def model(shown: Shown, number: str) -> dict[str, Any]:
    """One notice."""
    session = shown.session
    notice = by_number(session, number)
    shown.shows(f"notice:{notice.id}")
    shown.says_today()
    running = is_running(notice, session.today)
    return {
        "notice": {
            "title": Text.model_validate(notice.title),
            "number": notice.number,
            "authority": Text.model_validate(notice.body["authority"]),
            "posted_on": notice.posted_on,
            "starts_on": notice.starts_on,
            "ends_on": notice.ends_on,
            "working_days": notice.working_days,
            "contact": Text.model_validate(notice.body["contact"]),
            "places": Text.model_validate(notice.body["places"]),
            "fictitious": any(r["fictitious"] for r in notice.body["rows"]),
            "entries": entries(session, notice, running),
            "state": "not_countable" if notice.ends_on is None else "running" if running else "ended",
            "due": chip(session, notice),
            "days": counted(session, notice),
            "skipped": skipped(session, notice),
        }
    }


def filer(session: ReadSession, item: NoticeItem) -> Text | None:
    """The organisation that applied (申报单位); never a person."""
    query = select(Organisation).join(Case, col(Case.filer_id) == col(Organisation.id)).where(Case.id == item.case_id)
    found = session.exec(query.execution_options(unscoped=True)).one_or_none()
    return found.text if found else None


def entries(session: ReadSession, notice: Notice, running: bool) -> list[dict[str, Any]]:
    """The table's rows with their present state."""
    sections = {k.id: k.section for k in kinds(session, session.today)}
    by_public_id = {}
    for item in items_of(session, notice.id):
        by_public_id[session.get_one(Entry, item.entry_id).public_id] = item
    made = []
    for told in notice.body["rows"]:
        item = by_public_id[told["public_id"]]
        entry = session.get_one(Entry, item.entry_id)
        badge, label = ITEM_STATUS[item.status]
        made.append(
            {
                "name": Text.model_validate(told["entry"]),
                "unit": filer(session, item),
                "level": LEVEL_NAMES[told["level"]],
                "act": msg("recognition"),
                "url": url_for("public.entry", section=sections[entry.kind], slug=entry.slug)
                if entry.status == "listed" and entry.kind in sections
                else None,
                "county": Text.model_validate(told["region"]),
                "status": badge,
                "status_label": label,
                "fictitious": told["fictitious"],
                "objection_url": url_for("public.objection", number=notice.number, public_id=told["public_id"])
                if running and item.status == "running"
                else None,
            }
        )
    return made


def span(notice: Notice) -> list[date]:
    """Every day of the notice."""
    last = notice.ends_on or notice.posted_on
    return [notice.posted_on + timedelta(days=i) for i in range(1, (last - notice.posted_on).days + 1)]


def counted(session: ReadSession, notice: Notice) -> list[date]:
    """The working days that count."""
    calendar = work_calendar(session)
    return [d for d in span(notice) if calendar.is_working_day(d)]


def skipped(session: ReadSession, notice: Notice) -> list[tuple[date, Any]]:
    """The days that do not count, and why."""
    calendar = work_calendar(session)
    stretches = calendar.stretches(notice.posted_on, notice.ends_on or notice.posted_on)
    return [
        (one.first + timedelta(days=i), one.why)
        for one in stretches
        if not one.works
        for i in range((one.last - one.first).days + 1)
    ]


def objection_model(session: ReadSession, number: str, public_id: str) -> dict[str, Any]:
    """What is objected to."""
    notice = by_number(session, number)
    told = next((r for r in notice.body["rows"] if r["public_id"] == public_id), None) or abort(404)
    open_rows = [r["objection_url"] for r in entries(session, notice, is_running(notice, session.today))]
    return {
        "is_open": url_for("public.objection", number=number, public_id=public_id) in open_rows,
        "notice": {
            "title": Text.model_validate(notice.title),
            "number": number,
            "url": url_for("public.notice", number=number),
            "due": chip(session, notice),
        },
        "entry_name": Text.model_validate(told["entry"]),
        "contact": Text.model_validate(notice.body["contact"]),
    }


def receipt_model(session: ReadSession, code: str) -> dict[str, Any]:
    """The receipt of an objection, and what became of it. Nobody answers a message without a name. Aborts with 404."""
    objection = session.exec(select(Objection).where(Objection.code == code.upper())).one_or_none() or abort(404)
    item = session.get_one(NoticeItem, objection.item_id)
    notice = session.get_one(Notice, item.notice_id)
    task = session.exec(select(Task).where(Task.subject == objection.id)).first()
    due = (
        due_chip(session, session.today, task.due_on, task.counted_from, task.days)
        if task and objection.status == "open"
        else None
    )
    return {
        "receipt": {
            "number": objection.number,
            "code": objection.code,
            "anonymous": objection.anonymous,
            "received_on": objection.received_on,
            "entry_name": session.get_one(Entry, item.entry_id).text,
            "answer_by": due,
            "badge": OBJECTION_STATUS[objection.status][0],
            "status_label": OBJECTION_STATUS[objection.status][1],
            "is_open": objection.status == "open",
            "answered_on": local_date(objection.answered_at) if objection.answered_at else None,
            "answer": None if objection.anonymous else objection.answer,
        },
        "notice_url": url_for("public.notice", number=notice.number),
    }
