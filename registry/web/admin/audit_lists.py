"""The lists of the audit view: how each is found, and its cells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.actions import audit
from registry.actions.audit import Wanted
from registry.base.clock import local_date
from registry.base.i18n import Message, msg
from registry.rules.permission import Role
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.session import ReadSession
from registry.web.context import require_actor
from registry.web.record_terms import VERBS
from registry.web.record_words import Words

ACTS: dict[str, Message] = {
    "approve": msg("approved"),
    "recommend": msg("recommended"),
    "refuse": msg("refused"),
}
SAID: dict[str, Message] = {"met": msg("met"), "not_met": msg("not met"), "missing": msg("something missing")}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: whose history it leads to, and its cells."""

    key: str
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A list: its name, what it is for, its heads, and how its lines are found."""

    name: Message
    what: Message
    heads: tuple[Message, ...]
    lines: Callable[[ReadSession, Words, Wanted], list[Line]]


CASE_HEADS = (msg("Case"), msg("Name"), msg("County"))


def case_cells(session: ReadSession, words: Words, case: Case) -> tuple[Any, ...]:
    """The cells that say which case it is."""
    return (case.number, session.get_one(Entry, case.entry_id).text, words.region(case.home_region))


def override_lines(session: ReadSession, words: Words, wanted: Wanted) -> list[Line]:
    """Steps against the evaluation."""
    return [
        Line(
            f"case:{o.case.id}",
            (
                *case_cells(session, words, o.case),
                local_date(o.step.at),
                words.account(o.step.account),
                ACTS[o.step.act],
                SAID.get(o.said) or o.said,
            ),
        )
        for o in audit.overrides(session, audit.cases(session, wanted))
    ]


def opening_lines(session: ReadSession, words: Words, wanted: Wanted) -> list[Line]:
    """Openings of personal data in the period."""
    whole = Wanted(wanted.region, wanted.kind)
    privacy = require_actor().has(Role.AUDIT_ADMIN) and not (wanted.region or wanted.kind)
    found = audit.openings(session, audit.cases(session, whole), privacy=privacy)
    return [
        Line(
            o.subject,
            (
                words.subject(o.subject)["name"],
                local_date(o.at),
                words.account(o.account),
                VERBS.get(o.what) or o.what,
                o.purpose,
            ),
        )
        for o in found
        if wanted.holds(o.at)
    ]


def late_lines(session: ReadSession, words: Words, wanted: Wanted) -> list[Line]:
    """Overdue tasks."""
    return [
        Line(
            f"case:{late.case.id}",
            (
                *case_cells(session, words, late.case),
                late.task.stage,
                late.task.due_on,
                local_date(late.task.done_at) if late.task.done_at else msg("still open"),
                words.person(late.task.done_by) if late.task.done_by else "",
            ),
        )
        for late in audit.overdue(session, audit.cases(session, wanted))
    ]


def pair_lines(session: ReadSession, words: Words, wanted: Wanted) -> list[Line]:
    """Pairs of reviewer and decider."""
    return [
        Line(
            f"case:{pair.cases[0].id}",
            (
                words.person(pair.reviewer),
                words.person(pair.decider),
                len(pair.cases),
                f"{pair.share}%",
                " · ".join(case.number or "" for case in pair.cases[:5]),
            ),
        )
        for pair in audit.pairs(session, audit.cases(session, wanted))
    ]


def people_lines(session: ReadSession, words: Words, wanted: Wanted) -> list[Line]:
    """Changes of accounts and roles."""
    return [
        Line(
            entry.subject,
            (
                local_date(entry.at),
                words.account(entry.account),
                VERBS.get(entry.verb) or entry.verb,
                "; ".join(f"{c['name']}: {c['after']}" for row in words.changes(entry) for c in row["columns"]),
            ),
        )
        for entry in audit.people_changes(session, wanted)
    ]


def return_lines(session: ReadSession, words: Words, wanted: Wanted) -> list[Line]:
    """Cases returned twice or more."""
    found = audit.returned_often(session, audit.cases(session, wanted))
    return [Line(f"case:{case.id}", (*case_cells(session, words, case), times)) for case, times in found]


LISTS: dict[str, Kind] = {
    "overrides": Kind(
        msg("Against the evaluation"),
        msg("Recommended or approved what was found wanting, or refused what was found met."),
        (*CASE_HEADS, msg("On"), msg("Who"), msg("What"), msg("The evaluation said")),
        override_lines,
    ),
    "openings": Kind(
        msg("Personal data opened"),
        msg("Who opened it, when, and what for."),
        (msg("Case or objection"), msg("On"), msg("Who"), msg("What"), msg("Purpose")),
        opening_lines,
    ),
    "overdue": Kind(
        msg("Overdue steps"),
        msg("Done after their day, or still open past it."),
        (*CASE_HEADS, msg("Stage"), msg("Due on"), msg("Done on"), msg("Who")),
        late_lines,
    ),
    "pairs": Kind(
        msg("Same reviewer and decider"),
        msg("Who reviewed and who then decided the same cases, and what share of the reviewer's cases that is."),
        (msg("Reviewer"), msg("Decider"), msg("Cases together"), msg("Share"), msg("Cases")),
        pair_lines,
    ),
    "people": Kind(
        msg("Accounts and roles"),
        msg("What was given, confirmed, delegated and ended."),
        (msg("On"), msg("Who"), msg("What"), msg("What changed")),
        people_lines,
    ),
    "returned": Kind(
        msg("Returned twice"),
        msg("Cases returned or sent back more than once."),
        (*CASE_HEADS, msg("Times")),
        return_lines,
    ),
}
