"""The register of cases: everything sent in my regions, searched, filtered, sorted."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy import Text as SqlText
from sqlalchemy import type_coerce
from sqlmodel import col, func, or_, select

from registry.actions.position import workflow_of
from registry.base.i18n import Message, msg
from registry.base.script import fold
from registry.rules.permission import Actor
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.desk import common
from registry.web.exported import MOST, Listing

HEADS: dict[str, Message | None] = {
    "number": msg("Number"),
    "name": msg("Name"),
    "procedure": msg("Procedure"),
    "county": msg("County"),
    "stage": msg("Where it stands"),
    "sent": msg("Sent on"),
    "history": msg("History"),
}
SORTED_BY: dict[str, tuple[Any, ...]] = {
    "number": (col(Case.number),),
    "name": (col(Entry.slug),),
    "procedure": (col(Case.procedure), col(Case.number)),
    "county": (col(Case.home_region), col(Case.number)),
    "stage": (col(Case.status), col(Case.stage), col(Case.number)),
    "sent": (col(Case.submitted_at).desc(), col(Case.number).desc()),
}
FILTERS = ("q", "procedure", "stage", "status", "county", "sort")
STATUSES = {"open": msg("open"), "ended": msg("ended")}


def model(session: ReadSession, actor: Actor, args: Mapping[str, str]) -> dict[str, Any]:
    """The page."""
    wanted, query, count = asked(session, args)
    number = common.page_number(args)
    rows = session.exec(query.limit(common.PAGE).offset((number - 1) * common.PAGE)).all()
    regions = common.Places(session)
    return {
        "here": "cases",
        "filter": wanted,
        "filtered": any(v for k, v in wanted.items() if k != "sort"),
        "procedures": [{"value": k, "text": v} for k, v in common.PROCEDURES.items()],
        "statuses": [{"value": k, "text": v} for k, v in STATUSES.items()],
        "stages": stages(session),
        "counties": common.choices(common.counties(session, actor)),
        "columns": common.columns("desk.cases", HEADS, list(SORTED_BY), wanted),
        "found": [case for case, _ in rows],
        "rows": [shown(session, case, entry, regions) for case, entry in rows],
        "count": count,
        "pager": common.pager("desk.cases", number, count, wanted),
    }


def asked(session: ReadSession, args: Mapping[str, str]) -> tuple[dict[str, str], Any, int]:
    """(filter, query in the order asked for, how many it finds)."""
    wanted = {key: args.get(key, "").strip()[:60] for key in FILTERS}
    query = narrowed(wanted)
    count = session.exec(query.with_only_columns(func.count())).scalar_one()
    return wanted, query.order_by(*SORTED_BY.get(wanted["sort"], SORTED_BY["sent"])), count


def listing(session: ReadSession, args: Mapping[str, str]) -> Listing:
    """The same for a workbook: every page."""
    _, query, count = asked(session, args)
    regions = common.Places(session)
    rows = (shown(session, case, entry, regions) for case, entry in session.exec(query.limit(MOST)))
    return Listing("cases", msg("Cases"), {**HEADS, "history": None}, rows, count)


def narrowed(wanted: Mapping[str, str]) -> Any:
    """The query for the cases asked for. A draft never sent is nobody's business but the applicant's."""
    query = select(Case, Entry).join(Entry, col(Entry.id) == col(Case.entry_id)).where(col(Case.number).is_not(None))
    if q := wanted["q"]:
        query = query.where(
            or_(
                col(Case.number).contains(q, autoescape=True),
                type_coerce(col(Entry.name), SqlText).contains(fold(q), autoescape=True),
            )
        )
    for key in ("procedure", "stage", "status"):
        if wanted[key]:
            query = query.where(getattr(Case, key) == wanted[key])
    if wanted["county"]:
        query = query.join(Region, col(Region.code) == col(Case.home_region)).where(Region.slug == wanted["county"])
    return query


def stages(session: ReadSession) -> list[dict[str, Any]]:
    """The stages in which cases stand, by the name that one of them gives it."""
    ids = session.exec(select(func.min(Case.id)).where(col(Case.number).is_not(None)).group_by(Case.stage)).all()
    named = [session.get_one(Case, id) for id in ids]
    return [{"value": c.stage, "text": workflow_of(session, c).stages[c.stage].names.staff} for c in named]


def shown(session: ReadSession, case: Case, entry: Entry, regions: Mapping[str, Region]) -> dict[str, Any]:
    """One case in the list."""
    return {
        "number": case.number,
        "name": entry.text,
        "fictitious": entry.fictitious,
        "url": url_for("desk.case", id=case.id),
        "history_url": url_for("history.row", table="case", id=case.id),
        "procedure": common.PROCEDURES[case.procedure],
        "county": regions[case.home_region].text,
        "sent": case.submitted_at,
        **standing(session, case),
    }


def standing(session: ReadSession, case: Case) -> dict[str, Any]:
    """Where a case stands: its stage, or how it ended."""
    if case.result:
        sign, words = common.RESULTS[case.result]
        return {"state": sign, "stage": words}
    returned = bool(case.defects)
    return {
        "state": "returned" if returned else "in_progress",
        "stage": workflow_of(session, case).stages[case.stage].names.staff,
    }
