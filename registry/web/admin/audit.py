"""The audit view: cases at random, and the lists of what is worth a second look. Nothing can be changed here."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from sqlmodel import col, select

from registry.actions import audit
from registry.actions.audit import AUDITORS, Wanted
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import msg
from registry.host.resolve import kinds
from registry.rules.holidays import as_date
from registry.store.entry import Entry
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.admin.audit_lists import LISTS
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.csvfile import csv_response
from registry.web.desk.common import PAGE, PROCEDURES, page_number, pager
from registry.web.record_words import Words

KEY = "audit"
blueprint = section_blueprint(KEY, __name__, AUDITORS)
SECTION = Section(
    blueprint,
    KEY,
    msg("Audit"),
    msg("Cases at random, overrides, openings of personal data, overdue steps, pairs of reviewers, changes of roles."),
    "admin_audit.home",
    AUDITORS,
)
FILTERS = ("region", "kind", "since", "until")
SAMPLE = (*FILTERS, "seed", "n")


def asked(args: Mapping[str, str], keys: tuple[str, ...] = FILTERS) -> dict[str, str]:
    """What the address asks for."""
    return {key: args.get(key, "").strip()[:40] for key in keys}


def wanted_of(wanted: Mapping[str, str]) -> Wanted:
    """The same for the verbs; a day that is none does not narrow."""
    return Wanted(wanted["region"], wanted["kind"], as_date(wanted["since"]), as_date(wanted["until"]))


def choices(session: ReadSession) -> dict[str, Any]:
    """What the filters offer."""
    rows = session.exec(select(Region).where(col(Region.code).in_(audit.regions_of(session))).order_by(Region.code))
    return {
        "regions": [{"value": r.code, "text": r.text} for r in rows],
        "kinds": [{"value": k.id, "text": k.nouns.many} for k in kinds(session, session.today)],
    }


@blueprint.get("/")
def home() -> str:
    """The lists, and the sample that the address asks for."""
    return home_page([], 200)[0]


def home_page(faults: list[Fault], status: int) -> tuple[str, int]:
    """The first page."""
    wanted = asked(request.values, SAMPLE)
    with audit.auditing(registry(), require_actor()) as session:
        words = Words(session, audit.as_auditor(require_actor()))
        lists = [{"name": k.name, "what": k.what, "url": url_for(".listing", key=key)} for key, k in LISTS.items()]
        shown = sample_rows(session, words, wanted) if wanted["seed"] and not faults else []
        made = page(
            "audit",
            here=KEY,
            lists=lists,
            filter=wanted,
            sample=shown,
            faults=faults,
            most=audit.MOST,
            **choices(session),
        )
    return made, status


def sample_rows(session: ReadSession, words: Words, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The cases of a sample."""
    n = int(wanted["n"]) if wanted["n"].isdecimal() else 10
    drawn = audit.sample(session, wanted_of(wanted), seed=wanted["seed"], n=min(n, audit.MOST))
    return [
        {
            "number": case.number,
            "name": session.get_one(Entry, case.entry_id).text,
            "county": words.region(case.home_region),
            "procedure": PROCEDURES[case.procedure],
            "sent": case.submitted_at,
            "url": words.subject(f"case:{case.id}")["url"],
        }
        for case in drawn
    ]


@blueprint.post("/sample")
def sample() -> Any:
    """Draw a sample; its seed goes on record and into the address."""
    wanted = asked(request.form, SAMPLE)
    seed = wanted["seed"] or secrets.token_hex(4)
    n = int(wanted["n"]) if wanted["n"].isdecimal() else 0
    try:
        audit.draw(registry(), require_actor(), wanted_of(wanted), seed=seed, n=n)
    except BadInput as error:
        return home_page(list(error.faults), 422)
    given: dict[str, Any] = {k: v for k, v in {**wanted, "seed": seed}.items() if v}
    return redirect(url_for(".home", **given), 303)


@blueprint.get("/<key>")
def listing(key: str) -> Any:
    """One of the lists; with `?format=csv` or `xlsx` as a file."""
    kind = LISTS.get(key)
    if kind is None:
        raise NotFound(msg("There is no such page."))
    wanted, number = asked(request.args), page_number(request.args)
    given: dict[str, Any] = {k: v for k, v in wanted.items() if v}
    with audit.auditing(registry(), require_actor()) as session:
        words = Words(session, audit.as_auditor(require_actor()))
        lines = kind.lines(session, words, wanted_of(wanted))
        if request.args.get("format") == "csv":
            return csv_response(f"audit-{key}", wanted, session.today, kind.heads, (line.cells for line in lines))
        if exported.wanted():
            columns = {str(n): head for n, head in enumerate(kind.heads)}
            rows = ({str(n): value for n, value in enumerate(line.cells)} for line in lines)
            listing = exported.Listing(f"audit-{key}", kind.name, columns, rows, len(lines))
            return exported.response(session, require_actor(), listing)
        here = lines[(number - 1) * PAGE : number * PAGE]
        return page(
            "audit_list",
            here=KEY,
            key=key,
            name=kind.name,
            what=kind.what,
            heads=kind.heads,
            rows=[{"cells": line.cells, "url": words.subject(line.key)["url"]} for line in here],
            found=len(lines),
            filter=wanted,
            csv_url=url_for(".listing", key=key, format="csv", **given),
            pager=pager("admin_audit.listing", number, len(lines), {**wanted, "key": key}),
            **choices(session),
        )
