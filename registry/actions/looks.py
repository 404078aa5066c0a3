"""What happened in a case since somebody last looked at it; of looking itself nothing goes on record."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import literal, union_all
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from registry.actions.cases import load
from registry.base.errors import NotFound, Unavailable
from registry.base.i18n import Message, msg, nmsg
from registry.host.registry import Registry
from registry.rules.permission import Actor
from registry.store.case import Case, CaseStep, Evaluation, Submission, Task
from registry.store.evidence import Evidence
from registry.store.look import LastLook
from registry.store.session import ReadSession

APART = timedelta(minutes=1)
"""Within this time it is one look: a page that is loaded anew still says what was new."""


def look(registry: Registry, actor: Actor, case_id: str) -> datetime | None:
    """Note that somebody looks at a case, at most once a minute; returns when they looked before. Raises NotFound."""
    with registry.store.read(actor) as session:
        known = session.get(LastLook, (actor.account, case_id))
        if known and session.now - known.at < APART:
            return known.before
    # two windows may open it at once; and a page is shown even where nothing can be written now
    with suppress(IntegrityError, Unavailable), registry.store.write(actor) as session:
        case = load(session, case_id)
        if case.number is None:
            raise NotFound(msg("There is no such case, or it is not one of yours."))
        row = session.get(LastLook, (actor.account, case.id)) or LastLook(
            account_id=actor.account, case_id=case.id, at=session.now, version=case.version
        )
        row.before = known.at if known else None
        row.at, row.version = session.now, case.version
        session.add(row)
    return known.at if known else None


def happened(session: ReadSession, actor: Actor, case: Case, since: datetime | None) -> list[tuple[str, Message]]:
    """(anchor on the page, words) of what others did in a case since a look; one query."""
    if since is None:
        return []
    counts = {name: n for name, n in session.execute(counted(actor, case, since)) if n}
    said = (
        ("steps", lambda n: nmsg("{n} step", "{n} steps", n)),
        ("sent", lambda n: nmsg("{n} submission", "{n} submissions", n)),
        ("evidence", lambda n: nmsg("{n} new file", "{n} new files", n)),
        ("evaluation", lambda n: nmsg("{n} evaluation", "{n} evaluations", n)),
        ("objections", lambda n: nmsg("{n} objection", "{n} objections", n)),
    )
    return [(name, words(counts[name])) for name, words in said if name in counts]


def counted(actor: Actor, case: Case, since: datetime) -> Any:
    """The query: how many of each."""
    files = col(Evidence.case_id).in_([case.id, case.parent_id or ""])
    things: tuple[tuple[str, Any, Any], ...] = (
        ("steps", CaseStep.id, (CaseStep.case_id == case.id, CaseStep.at > since, CaseStep.person != actor.person)),
        ("sent", Submission.id, (Submission.case_id == case.id, Submission.submitted_at > since)),
        ("evidence", Evidence.id, (files, Evidence.uploaded_at > since, Evidence.uploaded_by != actor.person)),
        (
            "evaluation",
            Evaluation.id,
            (
                Evaluation.case_id == case.id,
                Evaluation.evaluated_at > since,
                Evaluation.evaluated_by != actor.person,
            ),
        ),
        ("objections", Task.id, (Task.case_id == case.id, Task.kind == "objection", Task.opened_at > since)),
    )
    return union_all(*(select(literal(name), func.count(col(id))).where(*where) for name, id, where in things))
