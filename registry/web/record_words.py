"""The record in words: what a verb did, what a column is called, who an account is, what a row is of."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlmodel import Session, col, select

from registry.actions.history import Change, Differences, model_of
from registry.actions.position import workflow_of
from registry.base.clock import SHANGHAI, local_date
from registry.base.errors import Broken
from registry.base.i18n import Text, msg
from registry.rules.permission import ROLE_NAMES, Actor
from registry.store.account import Account
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.notice import Notice, Objection
from registry.store.pack import PackDraft
from registry.store.record import RecordEntry, RecordLeaf
from registry.store.region import Organisation, Region
from registry.store.session import ReadSession
from registry.store.title import Title
from registry.web.desk.common import PROCEDURES
from registry.web.record_terms import COLUMNS, PERSONS, QUIET, REGIONS, STAGES, TABLES, VALUES, VERBS, WORDED

SHORT = 12
"""Digits of a hash that people see."""


class Words:
    """Names for what the record refers to by id; each is read once."""

    def __init__(self, session: ReadSession, actor: Actor) -> None:
        self.session, self.actor = session, actor
        accounts = session.exec(select(Account)).all()
        self.accounts = {a.id: a.title for a in accounts}
        self.persons: dict[str, str] = {}
        for one in accounts:
            self.persons.setdefault(one.person_id, one.title)
        self.differences = Differences(session, actor)
        self.subjects: dict[str, Any] = {}
        self.stages: dict[str, Text] = {}
        """Of the cases read of so far."""
        self.known: set[str] = set()

    def account(self, id: str) -> Any:
        """Who an account is."""
        return self.accounts.get(id) or (msg("the registry") if id == "system" else id)

    def region(self, code: str) -> Any:
        """What a region is called."""
        found = self.session.get(Region, code)
        return found.text if found else code

    def person(self, id: str) -> Any:
        """Who a person is, by the title of an account."""
        return self.persons.get(id) or (msg("the registry") if id == "system" else id)

    def subject(self, key: str) -> dict[str, Any]:
        """What `table:id` is, with the way to its history."""
        if key not in self.subjects:
            table, _, id = key.partition(":")
            self.subjects[key] = {
                "key": key,
                "table": TABLES.get(table) or table,
                "name": name_of(self.session, table, id) if self.differences.may_see(key) else id[:SHORT],
                "url": url_for("history.row", table=table, id=id) if id and self.differences.may_see(key) else None,
            }
        return self.subjects[key]

    def value(self, column: str, value: Any) -> Any:
        """A told value for people."""
        if value in (None, "", [], {}):
            return msg("nothing")
        if isinstance(value, bool):
            return msg("yes") if value else msg("no")
        if column in PERSONS and isinstance(value, str):
            return self.person(value)
        if column == "account" and isinstance(value, str):
            return self.account(value)
        if column in REGIONS and isinstance(value, str):
            return self.region(value)
        if column in STAGES and value in self.stages:
            return self.stages[value]
        if column in WORDED:
            return VALUES.get(value, value)
        if column == "procedure":
            return PROCEDURES.get(value, value)
        if column == "role":
            return ROLE_NAMES.get(value, value)
        if column == "organisation_id" and (body := self.session.get(Organisation, value)):
            return body.text
        if column == "entry_id" and isinstance(value, str):
            return self.subject(f"entry:{value}")["name"]
        return plainly(value)

    def changes(self, entry: RecordEntry) -> list[dict[str, Any]]:
        """What a row changed, row by row, what says nothing to people left out."""
        by_row: dict[str, list[Change]] = {}
        for change in self.differences.of(entry):
            if entry.verb == "case.move" and change.row.startswith("case_step:"):
                continue  # the row's own detail says the same
            if change.column not in QUIET and not (change.new and change.after in (None, "", [], {})):
                by_row.setdefault(change.row, []).append(change)
        return [{"row": self.subject(key), "columns": [self.column(c) for c in found]} for key, found in by_row.items()]

    def column(self, change: Change) -> dict[str, Any]:
        """One column: before and after."""
        return {
            "name": COLUMNS.get(change.column) or change.column,
            "before": self.value(change.column, change.before),
            "after": self.value(change.column, change.after),
            "new": change.new,
        }

    def learn_stages(self, entry: RecordEntry) -> None:
        """What the stages are called of the cases that a row is about."""
        keys = {key for key in (entry.subject, *entry.state) if key.startswith("case:")} - self.known
        self.known |= keys
        ids = [key.partition(":")[2] for key in keys]
        for case in self.session.exec(select(Case).where(col(Case.id).in_(ids))) if ids else ():
            with suppress(Broken):  # nothing is in force for a draft: its stages keep their ids
                self.stages |= {id: s.names.staff for id, s in workflow_of(self.session, case).stages.items()}

    def entry(self, entry: RecordEntry, place: int | None) -> dict[str, Any]:
        """One row of the record for people."""
        self.learn_stages(entry)
        return {
            "place": place,
            "at": entry.at.astimezone(SHANGHAI).strftime("%H:%M:%S"),
            "on": local_date(entry.at),
            "who": self.account(entry.account),
            "what": VERBS.get(entry.verb) or entry.verb,
            "verb": entry.verb,
            "subject": self.subject(entry.subject),
            "said": [(COLUMNS.get(k) or k, self.value(k, v)) for k, v in told(entry.detail).items()],
            "changes": self.changes(entry),
        }


def told(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What of a row's detail says something to people."""
    return {k: v for k, v in detail.items() if k not in QUIET and isinstance(v, str | int) and v != ""}


def plainly(value: Any) -> Any:
    """Any other value: dates for people, hashes cut, lists joined."""
    if isinstance(value, str):
        if len(value) in (32, 64) and all(c in "0123456789abcdef" for c in value):
            return value[:SHORT] + "…"
        return as_moment(value) if len(value) >= 10 and value[:4].isdigit() and value[4] == "-" else value
    if isinstance(value, dict):
        text = value.get("zh-Hans")
        return (
            Text.model_validate(value) if isinstance(text, str) else " · ".join(f"{k}: {v}" for k, v in value.items())
        )
    return " · ".join(str(v) for v in value) if isinstance(value, list) else str(value)


def as_moment(value: str) -> Any:
    """An ISO date or time as a day, and its time in Shanghai."""
    try:
        if len(value) == 10:
            return date.fromisoformat(value)
        return datetime.fromisoformat(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return value


def name_of(session: Session, table: str, id: str) -> Any:
    """What a row is called; the beginning of its id when it has no name."""
    if table in ("pack", "plugin"):
        return id
    model = model_of(table)
    row = session.exec(select(model).where(model.id == id)).first() if model and hasattr(model, "id") else None
    match row:
        case Case():
            return row.number or id[:SHORT]
        case Entry():
            return row.text
        case Notice() | Title() | Objection():
            return row.number
        case Account():
            return row.title
        case PackDraft():
            return row.pack
    return id[:SHORT]


def places(session: Session, entries: list[RecordEntry]) -> dict[int, int]:
    """Row id → its place in the tree, counted from 1."""
    ids = [e.id for e in entries]
    found = session.exec(select(RecordLeaf).where(col(RecordLeaf.entry_id).in_(ids)))
    return {leaf.entry_id: leaf.seq + 1 for leaf in found}
