"""The cultivation list as a page and as a file: filtered, sorted and paged by its address."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import url_for
from sqlmodel import col, func, select

from registry.base.i18n import Message, msg
from registry.host.resolve import kinds
from registry.rules.permission import Actor, Role
from registry.store.cultivation import CultivationItem, items_with_entries, open_suggestions
from registry.store.entry import Entry
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.web.csvfile import harmless
from registry.web.desk import common
from registry.web.desk.cultivation_forms import FOUND_NAMES
from registry.web.exported import MOST, Listing

STATUS_NAMES: dict[str, tuple[str, Message]] = {
    "cultivating": ("in_progress", msg("Being cultivated")),
    "ready": ("met", msg("Ready to be filed")),
    "filed": ("complete", msg("Filed")),
    "dropped": ("ended", msg("Dropped")),
}
"""Status → sign and word."""
HEADS: dict[str, Message | None] = {
    "number": msg("Number"),
    "name": msg("Name"),
    "county": msg("County"),
    "found": msg("How it was found"),
    "builder": msg("Builder"),
    "status": msg("Where it stands"),
    "listed": msg("On the list since"),
}
SORTED_BY: dict[str, tuple[Any, ...]] = {
    "number": (col(CultivationItem.number),),
    "name": (col(Entry.slug),),
    "county": (col(CultivationItem.region), col(CultivationItem.number)),
    "found": (col(CultivationItem.found), col(CultivationItem.number)),
    "status": (col(CultivationItem.status), col(CultivationItem.number)),
    "listed": (col(CultivationItem.listed_on).desc(), col(CultivationItem.number).desc()),
}
FILTERS = ("county", "kind", "status", "year", "sort")


def model(session: ReadSession, actor: Actor, args: Mapping[str, str]) -> dict[str, Any]:
    """The page."""
    wanted = {key: args.get(key, "").strip()[:40] for key in FILTERS}
    query = narrowed(wanted)
    count = session.exec(query.with_only_columns(func.count())).scalar_one()
    number = common.page_number(args)
    found = session.exec(ordered(query, wanted).limit(common.PAGE).offset((number - 1) * common.PAGE))
    asked: dict[str, Any] = {k: v for k, v in wanted.items() if v}
    return {
        "here": "cultivation",
        "filter": wanted,
        "filtered": any(v for k, v in wanted.items() if k != "sort"),
        "counties": common.choices(common.counties(session, actor)),
        "kinds": [{"value": k.id, "text": k.nouns.many} for k in kinds(session, session.today)],
        "statuses": [{"value": k, "text": words} for k, (_, words) in STATUS_NAMES.items()],
        "years": years(session),
        "columns": common.columns("desk.cultivation.home", HEADS, list(SORTED_BY), wanted),
        "rows": [row(session, item, entry) for item, entry in found],
        "count": count,
        "pager": common.pager("desk.cultivation.home", number, count, wanted),
        "csv_url": url_for("desk.cultivation.export", **asked),
        "new_url": url_for("desk.cultivation.new") if own_counties(session, actor) else None,
        "suggestions": len(open_suggestions(session)),
    }


def own_counties(session: ReadSession, actor: Actor) -> list[Region]:
    """The counties whose list the actor writes."""
    regions = [a.region for a in actor.appointments if a.role == Role.COUNTY_OFFICER]
    return list(session.exec(select(Region).where(col(Region.code).in_(regions)).order_by(Region.code)))


def narrowed(wanted: Mapping[str, str]) -> Any:
    """The query for the brands asked for."""
    query = items_with_entries()
    if wanted["county"]:
        query = query.join(Region, col(Region.code) == col(CultivationItem.region))
        query = query.where(Region.slug == wanted["county"])
    if wanted["kind"]:
        query = query.where(Entry.kind == wanted["kind"])
    if wanted["status"]:
        query = query.where(CultivationItem.status == wanted["status"])
    if wanted["year"].isdecimal() and len(wanted["year"]) == 4 and int(wanted["year"]):
        year = int(wanted["year"])
        query = query.where(col(CultivationItem.listed_on).between(date(year, 1, 1), date(year, 12, 31)))
    return query


def ordered(query: Any, wanted: Mapping[str, str]) -> Any:
    """In the order asked for."""
    return query.order_by(*SORTED_BY.get(wanted["sort"], SORTED_BY["listed"]))


def years(session: ReadSession) -> list[dict[str, str]]:
    """The years in which brands were put on the list, the newest first."""
    found = sorted({day.year for day in session.exec(select(col(CultivationItem.listed_on)).distinct())}, reverse=True)
    return [{"value": str(year), "text": str(year)} for year in found]


def row(session: ReadSession, item: CultivationItem, entry: Entry) -> dict[str, Any]:
    """One brand in the list."""
    sign, words = STATUS_NAMES[item.status]
    builder = session.get(Organisation, item.builder_id) if item.builder_id else None
    return {
        "number": item.number,
        "name": entry.text,
        "fictitious": entry.fictitious,
        "url": url_for("desk.cultivation.item", number=item.number),
        "county": session.get_one(Region, item.region).text,
        "found": FOUND_NAMES[item.found],
        "builder": builder.text if builder else None,
        "state": sign,
        "status": words,
        "published": item.published,
        "listed": item.listed_on,
    }


def listing(session: ReadSession, args: Mapping[str, str]) -> Listing:
    """The same for a workbook: every page. It holds no personal word: no plan, no tutor."""
    wanted = {key: args.get(key, "").strip()[:40] for key in FILTERS}
    query = narrowed(wanted)
    count = session.exec(query.with_only_columns(func.count())).scalar_one()
    rows = (row(session, item, entry) for item, entry in session.exec(ordered(query, wanted).limit(MOST)))
    return Listing("cultivation", msg("Cultivation list"), {**HEADS, "published": msg("Shown in public")}, rows, count)


def as_csv(session: ReadSession, args: Mapping[str, str]) -> tuple[str, str]:
    """(file name, text) of the list that the address asks for. It holds no personal word: no plan, no tutor."""
    wanted = {key: args.get(key, "").strip()[:40] for key in FILTERS}
    rows = [row(session, item, entry) for item, entry in session.exec(ordered(narrowed(wanted), wanted))]
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([str(words) for words in HEADS.values()] + [str(msg("Shown in public"))])
    for one in rows:
        cells = [one[key] for key in ("number", "name", "county", "found", "builder", "status")]
        shown = msg("yes") if one["published"] else msg("no")
        writer.writerow([harmless(str(c or "")) for c in (*cells, one["listed"].isoformat(), shown)])
    scope = "-".join(w for k, w in wanted.items() if w and k != "sort" and w.isascii() and w.replace("_", "").isalnum())
    return f"cultivation-{scope or 'all'}-{session.today.isoformat()}.csv", "\ufeff" + made.getvalue()
