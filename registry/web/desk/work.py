"""My work: the tasks that wait for my offices, overdue first."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import url_for
from sqlmodel import col, select

from registry.actions.panel import SEAT, SEATED
from registry.actions.position import position_of, workflow_of
from registry.base.i18n import Message, msg
from registry.rules.engine import may_answer, may_score, may_take_part
from registry.rules.permission import ROLE_NAMES, Actor, Role
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.notice import Objection
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.desk import common
from registry.web.exported import Listing

Row = tuple[Task, Case, Entry]
HEADS: dict[str, Message | None] = {
    "name": msg("Case"),
    "stage": msg("What is to be done"),
    "county": msg("County"),
    "due": msg("Due"),
}
MAY = {"objection": may_answer, "ballot": may_score}
"""Kind of task → whether somebody may do it; for the stage's own task: whether they may take part."""


def waiting(session: ReadSession, actor: Actor) -> tuple[list[Row], list[Row]]:
    """(mine, my colleagues'): the open tasks of the actor's regions."""
    query = (
        select(Task, Case, Entry)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(Entry, col(Entry.id) == col(Case.entry_id))
        .where(
            Task.status == "open",
            Task.role != Role.APPLICANT,
            col(Task.office_region).in_(actor.regions) | (Task.subject == f"{SEATED}{actor.person}"),
            ~col(Task.subject).startswith(SEAT),
        )
    )
    mine: list[Row] = []
    others: list[Row] = []
    for task, case, entry in session.exec(query):
        (mine if is_mine(task, actor) else others).append((task, case, entry))
    return mine, others


def is_mine(task: Task, actor: Actor) -> bool:
    """Whether a task waits for somebody: for their office, or for them as an expert who was asked."""
    if task.kind == "ballot":
        return task.subject == f"{SEATED}{actor.person}"
    return actor.holds(task.role, task.office_region)


def model(session: ReadSession, actor: Actor, args: Mapping[str, str]) -> dict[str, Any]:
    """The page."""
    mine, others = waiting(session, actor)
    wanted, regions = asked(args), common.Places(session)
    rows = others if wanted["who"] == "colleagues" else mine
    stages = {task_stage(t): stage_words(session, t, c) for t, c, _ in rows}
    found = chosen(session, rows, wanted, regions)
    number = common.page_number(args)
    return {
        "here": "work",
        "filter": wanted,
        "tabs": [
            {"key": "", "text": msg("Waiting for me"), "count": len(mine), "url": url_for("desk.home")},
            {
                "key": "colleagues",
                "text": msg("Waiting for colleagues"),
                "count": len(others),
                "url": url_for("desk.home", who="colleagues"),
            },
        ],
        "stages": [{"value": key, "text": words} for key, words in stages.items()],
        "counties": common.choices(common.counties(session, actor)),
        "columns": common.columns("desk.home", HEADS, list(HEADS), wanted),
        "rows": [shown(session, actor, row, regions) for row in found[(number - 1) * common.PAGE :][: common.PAGE]],
        "count": len(found),
        "late": sum(is_late(row, session.today) for row in found),
        "filtered": bool(wanted["stage"] or wanted["county"]),
        "pager": common.pager("desk.home", number, len(found), wanted),
    }


def asked(args: Mapping[str, str]) -> dict[str, str]:
    """What the address asks for."""
    return {key: args.get(key, "")[:40] for key in ("who", "stage", "county", "sort")}


def chosen(session: ReadSession, rows: list[Row], wanted: Mapping[str, str], regions: common.Places) -> list[Row]:
    """The rows asked for, in the order asked for."""
    found = [row for row in rows if fits(row, wanted, regions[row[1].home_region].slug)]
    return sorted(found, key=lambda row: order(session, row, wanted["sort"]))


def listing(session: ReadSession, actor: Actor, args: Mapping[str, str]) -> Listing:
    """The same for a workbook: every page."""
    mine, others = waiting(session, actor)
    wanted, regions = asked(args), common.Places(session)
    found = chosen(session, others if wanted["who"] == "colleagues" else mine, wanted, regions)
    rows = (row | exported.due(row["due"]) for one in found if (row := shown(session, actor, one, regions)))
    heads = {"number": msg("Number"), **HEADS, "left": msg("Time left"), "procedure": msg("Procedure")}
    return Listing("work", msg("My work"), heads, rows, len(found))


def task_stage(task: Task) -> str:
    """What a task is filtered by."""
    return "objection" if task.kind == "objection" else task.stage


def stage_words(session: ReadSession, task: Task, case: Case) -> Any:
    """What is to be done."""
    if task.kind == "objection":
        return msg("Answer an objection")
    return workflow_of(session, case).stages[task.stage].names.staff


def fits(row: Row, wanted: Mapping[str, str], county: str) -> bool:
    """Whether a row is asked for."""
    return wanted["stage"] in ("", task_stage(row[0])) and wanted["county"] in ("", county)


def is_late(row: Row, today: date) -> bool:
    """Whether the task is overdue."""
    return row[0].due_on is not None and row[0].due_on < today


def order(session: ReadSession, row: Row, by: str) -> tuple[Any, ...]:
    """Where a row stands: by what was asked for, then the earliest due; what cannot be counted yet comes last."""
    task, case, entry = row
    first = {"name": str(entry.text), "stage": task_stage(task), "county": case.home_region}.get(by, "")
    return (first, task.due_on or date.max, case.number or "", task.kind)


def shown(session: ReadSession, actor: Actor, row: Row, regions: Mapping[str, Any]) -> dict[str, Any]:
    """One task."""
    task, case, entry = row
    position = position_of(session, case)
    objection = session.get(Objection, task.subject) if task.kind == "objection" else None
    mine, asked = is_mine(task, actor), MAY.get(task.kind, may_take_part)
    refusal = asked(position, actor) if mine else None
    return {
        "number": case.number,
        "name": entry.text,
        "fictitious": entry.fictitious,
        "url": url_for("desk.objection", number=objection.number) if objection else common.case_url(case),
        "stage": stage_words(session, task, case),
        "procedure": common.PROCEDURES[case.procedure],
        "county": regions[case.home_region].text,
        "due": common.chip(session, task),
        "late": is_late(row, session.today),
        "hint": refusal if mine else ROLE_NAMES[task.role],
    }
