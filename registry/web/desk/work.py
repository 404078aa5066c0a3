"""My work: what waits for me, for my colleagues and for applicants, overdue first; filtered and sorted by the address."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for

from registry.actions import queue
from registry.actions.position import positions_of, rule_ids
from registry.actions.queue import APPLICANTS, COLLEAGUES, MINE, OBJECTION, Asked, Group, Waiting
from registry.base.i18n import Message, Text, msg
from registry.host.resolve import pinned_all, read_as
from registry.rules.calendar import WorkCalendar
from registry.rules.engine import Position
from registry.rules.permission import HANDLERS, ROLE_NAMES, Actor
from registry.rules.workflow import Workflow
from registry.store.calendar import work_calendar
from registry.store.definition import Definition
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.context import kinds_now
from registry.web.desk import common, remind
from registry.web.exported import Listing

HEADS: dict[str, Message | None] = {
    "name": msg("Case"),
    "stage": msg("What is to be done"),
    "county": msg("County"),
    "waits": msg("Who waits for whom"),
    "due": msg("Due"),
}
SORTABLE = ("name", "stage", "county", "due")
TABS: dict[str, Message] = {
    MINE: msg("Waiting for me"),
    COLLEAGUES: msg("Waiting for colleagues"),
    APPLICANTS: msg("Waiting for applicants"),
}


def model(session: ReadSession, actor: Actor, args: Mapping[str, str]) -> dict[str, Any]:
    """The page, in as many queries for a thousand rows as for one."""
    asked, number = Asked.of(args), common.page_number(args)
    counted = queue.groups(session, actor, asked)
    here = [g for g in counted if g.who == asked.who]
    count = sum(g.fitting for g in here)
    rows = queue.tasks(session, actor, asked, limit=common.PAGE, offset=(number - 1) * common.PAGE)
    flows = pinned_all(session, rule_ids(r.case for r in rows) | {g.pins["workflow"] for g in here})
    positions = positions_of(session, queue.unique(rows)) if rows else {}
    places = common.Places(session, around=actor, also={r.case.home_region for r in rows})
    calendar = work_calendar(session)
    last = {r.task.id: r.reminded_at for r in rows}
    buttons = remind.buttons(session, actor, [r.task for r in rows], last) if asked.who == COLLEAGUES else {}
    return {
        "here": "work",
        "filter": asked,
        "tabs": tabs_of(counted, asked.who),
        "stages": [{"value": key, "text": words} for key, words in stage_names(here, flows).items()],
        "counties": common.choices(places.counties()),
        "kinds": [{"value": k.id, "text": k.nouns.one} for k in kinds_now(session)],
        "columns": common.columns("desk.home", HEADS, SORTABLE, asked.given()),
        "rows": [
            shown(calendar, actor, row, positions[row.case.id], places, asked) | {"remind": buttons.get(row.task.id)}
            for row in rows
        ],
        "count": count,
        "late": sum(g.late for g in here),
        "late_url": url_for("desk.home", **asked.given() | {"late": "1"}),
        "filtered": asked.narrows,
        "elsewhere": sum(g.count for g in here),
        "targets": actor.has(*HANDLERS),
        "pager": common.pager("desk.home", number, count, asked.given()),
    }


def listing(session: ReadSession, actor: Actor, args: Mapping[str, str]) -> Listing:
    """The same for a workbook: every page."""
    asked = Asked.of(args)
    count = sum(g.fitting for g in queue.groups(session, actor, asked) if g.who == asked.who)
    found = queue.tasks(session, actor, asked, limit=exported.MOST, offset=0)
    positions = positions_of(session, queue.unique(found)) if found else {}
    places = common.Places(session, around=actor, also={r.case.home_region for r in found})
    calendar = work_calendar(session)
    rows = (
        row | exported.due(row["due"])
        for one in found
        if (row := shown(calendar, actor, one, positions[one.case.id], places, asked))
    )
    heads = {"number": msg("Number"), **HEADS, "left": msg("Time left"), "procedure": msg("Procedure")}
    return Listing("work", msg("My work"), heads, rows, count)


MOVED = "moved"
"""The tab of what has moved since somebody last looked; it has no number, because counting it is that page's work."""


def tabs(session: ReadSession, actor: Actor, asked: Asked, *, moved: bool = False) -> list[dict[str, Any]]:
    """The lists, each with how much is in it."""
    return tabs_of(queue.groups(session, actor, asked), MOVED if moved else asked.who)


def tabs_of(counted: Iterable[Group], here: str) -> list[dict[str, Any]]:
    """The same of what was counted already."""
    groups = list(counted)
    made = [
        {
            "text": words,
            "count": sum(g.count for g in groups if g.who == who),
            "url": url_for("desk.home", who=who or None),
            "here": who == here,
        }
        for who, words in TABS.items()
    ]
    moved = {"text": msg("Moved since I last looked"), "count": None, "url": url_for("desk.overview.moved")}
    return [*made, moved | {"here": here == MOVED}]


def stage_names(groups: Iterable[Group], flows: Mapping[str, Definition]) -> dict[str, Message | Text]:
    """Stage → what is to be done there, as one of the workflows calls it."""
    return {
        g.stage: msg("Answer an objection")
        if g.stage == OBJECTION
        else read_as(Workflow, flows[g.pins["workflow"]]).stages[g.stage].names.staff
        for g in groups
    }


def shown(
    calendar: WorkCalendar, actor: Actor, row: Waiting, position: Position, places: common.Places, asked: Asked
) -> dict[str, Any]:
    """One task: what it is, who waits for whom since when, and until when."""
    task, case = row.task, row.case
    due = common.chip_by(calendar, position.today, task)
    return {
        "number": case.number,
        "name": row.entry.text,
        "fictitious": row.entry.fictitious,
        "url": url_for("desk.objection", number=row.objection)
        if row.objection
        else url_for("desk.case", id=case.id, queue=asked.words() or None),
        "stage": msg("Answer an objection")
        if task.kind == OBJECTION
        else position.workflow.stages[task.stage].names.staff,
        "procedure": common.PROCEDURES[case.procedure],
        "county": places[case.home_region].text,
        "due": due,
        "late": bool(due and due["state"] == "overdue"),
        "barred": queue.refusal(position, actor, task) if asked.who == MINE else None,
        "proposed": second_return(row, actor),
        "waits": who_waits(row, asked),
        "since": task.opened_at,
    }


def who_waits(row: Waiting, asked: Asked) -> Message | Text | None:
    """Of mine: who waits for it. Of the others': whom the case waits for."""
    filer = Text.model_validate(row.filer) if row.filer else None
    if asked.who == MINE:
        return msg("{who} waits", who=filer) if filer else None
    if asked.who == APPLICANTS:
        return msg("waits for {who}", who=filer) if filer else msg("waits for the applicant")
    return msg("waits for {who}", who=ROLE_NAMES[row.task.role])


def second_return(row: Waiting, actor: Actor) -> Message | None:
    """That a second return waits for another officer."""
    if row.proposed_by is None or row.task.kind != "stage":
        return None
    if row.proposed_by == actor.person:
        return msg("your second return waits for another officer")
    return msg("a colleague proposes a second return: agree or turn it down")
