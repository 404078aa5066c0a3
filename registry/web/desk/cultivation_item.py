"""One brand of the cultivation list: where it stands, what is missing, aims against figures, visits, and its history."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import url_for
from sqlmodel import select

from registry.actions.cultivation import MOVES, builder_of, is_running, may_edit
from registry.actions.cultivation_filing import Gap, facts_of, form_for, gaps
from registry.actions.evaluation import entry_observations
from registry.base.i18n import Message, Text, msg
from registry.rules.clause import Clause
from registry.rules.facts import FactDef, typed
from registry.rules.form import Form
from registry.rules.outcome import DECISIONS, VETO_STATES, Finding
from registry.rules.permission import Actor
from registry.store.account import Account
from registry.store.case import Case
from registry.store.cultivation import CultivationAim, CultivationItem, aims_of, notes_of
from registry.store.entry import Entry
from registry.store.observation import Observation
from registry.store.record import RecordEntry, history
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.desk.cultivation_forms import FOUND_NAMES, NOTE_NAMES, AimForm, NoteForm, fact_choices
from registry.web.desk.cultivation_list import STATUS_NAMES
from registry.web.public.figures import figure, newest, shown
from registry.web.public.guides import facts_read

VERBS: dict[str, Message] = {
    "cultivation.take_up": msg("Put on the list"),
    "cultivation.edit": msg("Plan, builder or tutor changed"),
    "cultivation.aim": msg("Aim set"),
    "cultivation.note": msg("Visit or comment written down"),
    "cultivation.move": msg("Moved"),
    "cultivation.publish": msg("For the public"),
    "cultivation.file": msg("Application opened"),
}
ON_FILE = "Evidence “{name}” is on file."
"""Said of files, which are only taken as present here."""
GROUPS: tuple[tuple[str, Message], ...] = (
    ("not_met", msg("Not met yet")),
    ("missing", msg("Not known yet")),
    ("met", msg("Met")),
)
MOVING = ("cultivation.take_up", "cultivation.move", "cultivation.file")
"""Verbs after which the status is told."""
MOVE_WORDS: dict[str, Message] = {
    "ready": msg("Ready to be filed"),
    "cultivating": msg("Back to cultivating"),
    "dropped": msg("Drop it"),
}


def model(
    session: ReadSession, actor: Actor, item: CultivationItem, aim_form: AimForm, note_form: NoteForm
) -> dict[str, Any]:
    """The page."""
    entry = session.get_one(Entry, item.entry_id)
    rows, found = entry_observations(session, entry.id), gaps(session, entry)
    facts, form = facts_of(session, entry, found), form_for(session, entry)
    edits = may_edit(actor, item.region)
    prepare(session, edits, facts, aim_form, note_form)
    return {
        "here": "cultivation",
        "item": head(session, item, entry),
        "edits": edits,
        "moves": moves(session, item) if edits else [],
        "may_file": edits and item.status in ("cultivating", "ready"),
        "gaps": [gap_model(gap, form, rows) for gap in found],
        "aims": [aim_row(session, one, facts, rows) for one in aims_of(session, item.id)],
        "figures": [figure(r, facts[r.fact]) for r in rows if r.fact in facts],
        "notes": [
            {"kind": NOTE_NAMES[n.kind], "on": n.on, "words": n.words, "by": n.by_title}
            for n in notes_of(session, item.id)
        ],
        "case": case_row(session, item),
        "history": [history_row(session, one, facts) for one in history(session, f"cultivation:{item.id}")],
        "aim_form": aim_form,
        "note_form": note_form,
    }


def prepare(
    session: ReadSession, edits: bool, facts: Mapping[str, FactDef], aim_form: AimForm, note_form: NoteForm
) -> None:
    """Give the page's two forms their choices."""
    aim_form.fact.choices = fact_choices(facts)
    aim_form.year.data = aim_form.year.data or str(session.today.year)
    kinds = NOTE_NAMES if edits else {"comment": NOTE_NAMES["comment"]}
    note_form.kind.choices = [(key, str(words)) for key, words in kinds.items()]


def head(session: ReadSession, item: CultivationItem, entry: Entry) -> dict[str, Any]:
    """What and whose it is."""
    sign, words = STATUS_NAMES[item.status]
    builder = builder_of(session, item)
    trade = entry.profile.get("trade")
    return {
        "number": item.number,
        "name": entry.text,
        "fictitious": entry.fictitious,
        "illustrative": entry.illustrative,
        "trade": Text.model_validate(trade) if trade else None,
        "county": session.get_one(Region, item.region).text,
        "found": FOUND_NAMES[item.found],
        "found_note": item.found_note,
        "builder": builder.text if builder else None,
        "plan": item.plan,
        "tutor": item.tutor,
        "state": sign,
        "status": words,
        "drop_reason": item.drop_reason,
        "published": item.published,
        "listed": item.listed_on,
        "version": item.version,
    }


def moves(session: ReadSession, item: CultivationItem) -> list[dict[str, Any]]:
    """Where its officer may take it; dropping asks for the reason on a page of its own."""
    if item.status == "filed" and is_running(session, item):
        return []
    return [{"to": to, "words": MOVE_WORDS[to]} for to in MOVES[item.status]]


def case_row(session: ReadSession, item: CultivationItem) -> dict[str, Any] | None:
    """The application that was opened from here; a draft not sent yet is the builder's own business."""
    if item.case_id is None:
        return None
    case = session.exec(select(Case).where(Case.id == item.case_id)).one_or_none()
    sent = case is not None and case.number is not None
    return {
        "number": case.number if case and sent else None,
        "url": url_for("desk.case", id=item.case_id) if sent else None,
        "opened_on": case.opened_at if case else None,
    }


def gap_model(gap: Gap, form: Form | None, rows: list[Observation]) -> dict[str, Any]:
    """What one authority's criteria say: not met and by how much, not known and where it is asked for, met."""
    groups = []
    for state, words in GROUPS:
        lines = [gap_line(gap, one, form, rows) for one in gap.outcome.findings if one.state == state]
        if lines:
            groups.append({"key": state, "name": words, "lines": lines})
    total = gap.outcome.total
    return {
        "authority": gap.authority.text,
        "title": gap.criteria.title,
        "example": gap.criteria.standing != "official",
        "decision": gap.outcome.decision,
        "word": DECISIONS[gap.outcome.decision],
        "total": total,
        "most": gap.criteria.most_points or None,
        "pass_mark": gap.criteria.pass_mark,
        "url": url_for("desk.rule", id=gap.definition),
        "groups": groups,
    }


def gap_line(gap: Gap, finding: Finding, form: Form | None, rows: list[Observation]) -> dict[str, Any]:
    """One clause. `unaccepted`: what is known, but not from a source or for a period that the clause accepts."""
    open_ = finding.state == "missing"
    read = set(facts_read(clause_of(gap, finding))) & set(gap.criteria.facts)
    words = VETO_STATES[finding.state] if finding.section == "veto" else None
    return {
        "says": finding.says,
        "basis": finding.basis,
        "word": words,
        "points": finding.points,
        "max": finding.max,
        "short": gap.short.get(finding.id, []),
        "lines": [] if open_ else list(dict.fromkeys(str(m) for m in finding.lines() if m.id != ON_FILE)),
        "asks": list(asked(gap, finding, form)) if open_ else [],
        "unaccepted": [figure(r, gap.criteria.facts[r.fact]) for r in rows if r.fact in read] if open_ else [],
    }


def clause_of(gap: Gap, finding: Finding) -> Clause:
    """The clause that a finding is about."""
    return next(c for c in gap.criteria.clauses() if c.id == finding.id)


def asked(gap: Gap, finding: Finding, form: Form | None) -> Iterator[dict[str, Any]]:
    """The questions of the application that would answer a clause."""
    for fact in facts_read(clause_of(gap, finding)):
        fields = [(s, f) for s in form.sections for f in s.fields if f.writes.fact == fact] if form else []
        for section, field in fields[:1]:
            yield {"field": field.label, "section": section.title}
        if not fields:
            yield {"field": gap.criteria.facts[fact].label if fact in gap.criteria.facts else fact, "section": None}


def aim_row(
    session: ReadSession, aim: CultivationAim, facts: Mapping[str, FactDef], rows: list[Observation]
) -> dict[str, Any]:
    """An aim beside the figure of its year."""
    definition = facts.get(aim.fact)
    seen = newest((r for r in rows if of_year(r, aim.year)), aim.fact)
    if definition is None or aim.target is None:
        return {"label": aim.fact, "year": aim.year, "target": aim.target, "unit": None, "seen": None, "state": None}
    target, unit = shown(typed(aim.target), definition)
    state = None
    if seen is not None:
        reached = typed(seen.value) >= typed(aim.target)  # type: ignore[operator]
        state = ("met", msg("reached")) if reached else ("not_met", msg("not reached"))
        if not reached and aim.year >= session.today.year:
            state = ("in_progress", msg("on the way"))
    return {
        "label": definition.label,
        "year": aim.year,
        "target": target,
        "unit": unit,
        "seen": figure(seen, definition) if seen else None,
        "state": state,
    }


def of_year(row: Observation, year: int) -> bool:
    """Whether a figure is of a year: by its period, else by the day as of which it holds."""
    return row.period == str(year) or (row.period is None and (row.as_of or date.min).year == year)


def history_row(session: ReadSession, entry: RecordEntry, facts: Mapping[str, FactDef]) -> dict[str, Any]:
    """One change: when, who in which post, what, and how it stood afterwards."""
    account = session.get(Account, entry.account)
    after = next((told for key, told in entry.state.items() if key.startswith("cultivation_item:")), {})
    status = STATUS_NAMES.get(str(after.get("status")), (None, None))[1] if entry.verb in MOVING else None
    if entry.verb == "cultivation.publish":
        status = msg("shown in public") if after.get("published") else msg("not shown in public")
    if entry.verb == "cultivation.aim":
        fact = facts.get(entry.detail["fact"])
        status = msg(
            "{fact}, {year}", fact=fact.label if fact else entry.detail["fact"], year=str(entry.detail["year"])
        )
    return {
        "at": entry.at,
        "what": VERBS.get(entry.verb, entry.verb),
        "who": account.title if account else entry.account,
        "after": status,
    }
