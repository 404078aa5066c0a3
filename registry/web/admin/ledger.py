"""Bringing a county's own ledger in: handed in, its columns said, looked at, entered."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlmodel import col, select
from werkzeug.datastructures import MultiDict

from registry.actions import ledger, recorded
from registry.actions.entries import KEEPERS
from registry.actions.ledger_copy import annotated_copy, template
from registry.actions.ledger_known import DIFFERS, FAULTY, MORE, NEW, SAME, Planned, fact_of
from registry.actions.ledger_plan import Plan
from registry.actions.ledger_take import import_ledger
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.base.sheets import letter
from registry.host.resolve import kinds
from registry.rules.identifiers import masked
from registry.rules.ledger_heading import COLUMNS, is_personal
from registry.rules.permission import Actor
from registry.rules.trace import LEVEL_NAMES
from registry.store.ledger import LedgerFile, waiting_titles
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.admin.sections import page, section_blueprint
from registry.web.context import registry, require_actor

KEY = "ledger"
ROLES = frozenset({*KEEPERS, *recorded.OFFICERS, *recorded.CITY})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
blueprint = section_blueprint(KEY, __name__, ROLES)
STATES: dict[str, tuple[str, Message]] = {
    NEW: ("in_progress", msg("will be entered")),
    MORE: ("in_progress", msg("there; what the ledger knows more is added")),
    SAME: ("complete", msg("there already")),
    DIFFERS: ("needs_correction", msg("there with other words")),
    FAULTY: ("refused", msg("cannot be taken")),
}
SHOWN = 300
"""Rows and faults shown on the page; the annotated copy has all."""


@blueprint.route("/", methods=["GET", "POST"])
def home() -> Any:
    """The ledgers handed in, and a form for one more."""
    actor, faults = require_actor(), list[Fault]()
    if request.method == "POST":
        try:
            return redirect(url_for(".one", id=handed_in(actor)), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        mine = regions(session, actor)
        shown = page(
            "ledger",
            here=KEY,
            faults=faults,
            keeper=actor.has(*KEEPERS),
            regions=[{"value": r.code, "text": r.text} for r in mine],
            kinds=[{"value": k.id, "text": k.nouns.many} for k in kinds(session, session.today)],
            chosen={"region": request.form.get("region", ""), "kind": request.form.get("kind", "")},
            files=[file_row(session, f) for f in files(session, mine)],
            waiting=len(waiting_titles(session, confirmable(session, actor))),
        )
    return shown, 422 if faults else 200


def handed_in(actor: Actor) -> str:
    """Keep what the form sends. Raises BadInput."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise BadInput(Fault(msg("Choose the file."), field="file"))
    return ledger.hand_in(
        registry(),
        actor,
        name=upload.filename,
        data=upload.read(),
        region=request.form.get("region", ""),
        kind=request.form.get("kind", ""),
    )


def regions(session: ReadSession, actor: Actor) -> list[Region]:
    """The regions whose ledgers the actor may bring in: their own, and those below."""
    own = frozenset(a.region for a in actor.appointments if a.role in KEEPERS)
    query = select(Region).where(col(Region.code).in_(own) | col(Region.parent).in_(own))
    return list(session.exec(query.order_by(Region.code)))


def confirmable(session: ReadSession, actor: Actor) -> frozenset[str]:
    """The regions whose recorded titles the actor may confirm."""
    return frozenset(code for code in session.exec(select(Region.code)) if recorded.may_confirm(actor, code))


def files(session: ReadSession, mine: list[Region]) -> list[LedgerFile]:
    """The ledgers of these regions, the newest first."""
    codes = [r.code for r in mine]
    query = select(LedgerFile).where(col(LedgerFile.region).in_(codes))
    return list(session.exec(query.order_by(col(LedgerFile.handed_in_at).desc()).limit(50)))


def file_row(session: ReadSession, row: LedgerFile) -> dict[str, Any]:
    """A ledger in the list."""
    return {
        "id": row.id,
        "name": row.name,
        "region": session.get_one(Region, row.region).text,
        "at": row.handed_in_at,
        "imported": row.imported_at,
    }


@blueprint.route("/files/<id>", methods=["GET", "POST"])
def one(id: str) -> Any:
    """What one ledger's columns are, what is wrong in it, what would be made of it."""
    actor, refused, faults = require_actor(), False, list[Fault]()
    if request.method == "POST":
        try:
            return done(actor, id)
        except BadInput as error:
            refused = "map" not in request.form
            faults = [] if refused else list(error.faults)
    plan = ledger.plan(registry(), actor, id)
    with registry().store.read(actor) as session:
        row = file_row(session, ledger.file_of(session, actor, id))
    shown = page(
        "ledger_file",
        here=KEY,
        file=row,
        refused=refused,
        faults=faults,
        overwrite="overwrite" in request.form,
        **model(plan),
    )
    return shown, 422 if refused or faults else 200


def done(actor: Actor, id: str) -> Any:
    """Do what the form says. Raises BadInput."""
    if "map" in request.form:
        ledger.set_mapping(registry(), actor, id, mapping_of(request.form))
        return redirect(url_for(".one", id=id), 303)
    if "throw_away" in request.form:
        ledger.throw_away(registry(), actor, id)
        flash(str(msg("The file is destroyed. What was made of it stays.")))
        return redirect(url_for(".home"), 303)
    good_only, overwrite = "good_only" in request.form, "overwrite" in request.form
    flash(str(import_ledger(registry(), actor, id, good_only=good_only, overwrite=overwrite).said))
    return redirect(url_for(".one", id=id), 303)


def model(plan: Plan) -> dict[str, Any]:
    """A plan for the page."""
    counts, faults, warnings = plan.counted(), plan.faults, plan.warnings
    return {
        "sheets": [sheet_model(plan, name) for name in plan.headings],
        "unread": plan.unread,
        "choices": choices(plan),
        "problems": faults[:SHOWN],
        "problem_count": len(faults),
        "warnings": warnings[:SHOWN],
        "warning_count": len(warnings),
        "good_count": len(plan.good),
        "differing": counts[DIFFERS],
        "states": [{"sign": s, "text": words, "n": counts[k]} for k, (s, words) in STATES.items() if counts[k]],
        "rows": [row_model(row) for row in plan.rows[:SHOWN]],
        "count": len(plan.rows),
    }


def choices(plan: Plan) -> list[dict[str, Any]]:
    """What a column may be."""
    return [{"value": c.id, "text": c.label} for c in COLUMNS] + [
        {"value": id, "text": fact.label} for id, fact in plan.figures.items()
    ]


def sheet_model(plan: Plan, name: str) -> dict[str, Any]:
    """The columns of a sheet: heading, the first values, what each was taken for. A person's values are masked."""
    heading = plan.headings[name]
    rows = next(s.rows for s in plan.sheets if s.name == name)[heading.last + 1 :]
    taken = {position: fact_of(key) for key, position in plan.mapping[name].items()}
    columns = []
    for n, words in enumerate(heading.names):
        samples = [str(row[n]) for row in rows if n < len(row) and row[n] is not None][:3]
        personal = is_personal(words)
        columns.append(
            {
                "n": n,
                "letter": letter(n),
                "words": words,
                "samples": [masked(value) for value in samples] if personal else samples,
                "is": taken.get(n, ""),
                "personal": personal,
            }
        )
    return {"name": name, "columns": columns}


def row_model(row: Planned) -> dict[str, Any]:
    """A row of the plan."""
    sign, words = STATES[row.state]
    values, level = row.line.values, str(row.line.values.get("level", ""))
    return {
        "sheet": row.sheet,
        "n": row.line.row + 1,
        "name": values.get("name", "—"),
        "title": [v for v in (LEVEL_NAMES.get(level), values.get("document")) if v],
        "sign": sign,
        "state": words,
        "differences": row.differences.values(),
    }


def mapping_of(form: MultiDict[str, str]) -> Mapping[str, Mapping[int, str]]:
    """What the select boxes say: `column:SHEET:POSITION` → id."""
    result: dict[str, dict[int, str]] = {}
    for key, value in form.items():
        kind, _, rest = key.partition(":")
        sheet, _, position = rest.rpartition(":")
        if kind == "column" and position.isdecimal():
            columns = result.setdefault(sheet, {})
            if value:
                columns[int(position)] = value
    return result


@blueprint.get("/files/<id>/copy.xlsx")
def copy(id: str) -> Response:
    """The ledger again, with what is wrong."""
    return workbook(annotated_copy(ledger.plan(registry(), require_actor(), id)), "台账-核对.xlsx")


@blueprint.get("/template/<kind>.xlsx")
def empty(kind: str) -> Response:
    """An empty ledger."""
    actor = require_actor()
    with registry().store.read(actor) as session:
        mine = regions(session, actor)
        return workbook(template(session, kind, mine[0].code if mine else None), "台账-模板.xlsx")


def workbook(data: bytes, name: str) -> Response:
    """A workbook to be saved."""
    response = Response(data, content_type=XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response
