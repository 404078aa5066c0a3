"""What has moved in an actor's cases since they last looked, and the noting of that look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from registry.host.registry import Registry
from registry.rules.permission import Actor
from registry.store.case import Case, CaseStep
from registry.store.desk import WorkLook
from registry.store.entry import Entry
from registry.store.session import ReadSession

MOST = 20
"""Lines that are shown of what has moved."""
AT_FIRST = timedelta(days=7)
"""How far back it goes for somebody who has never said what they have seen."""


@dataclass(frozen=True)
class Moved:
    """One step that somebody else took."""

    step: CaseStep
    case: Case
    entry: Entry


def seen_until(session: ReadSession, actor: Actor) -> datetime:
    """Until when an actor has seen what moved."""
    look = session.get(WorkLook, actor.account)
    return look.seen_until if look else session.now - AT_FIRST


def moved(session: ReadSession, actor: Actor, since: datetime) -> list[Moved]:
    """What others have done since then in the cases that an actor sees, the newest first; one more than is shown."""
    query = (
        select(CaseStep, Case, Entry)
        .join(Case, col(Case.id) == col(CaseStep.case_id))
        .join(Entry, col(Entry.id) == col(Case.entry_id))
        .where(col(CaseStep.at) > since, col(CaseStep.person) != actor.person, col(Case.number).is_not(None))
        .order_by(col(CaseStep.at).desc(), col(CaseStep.id))
        .limit(MOST + 1)
    )
    rows: Any = session.exec(query)
    return [Moved(*row) for row in rows]


def look(registry: Registry, actor: Actor, until: datetime) -> None:
    """Note until when an actor has seen what moved: never further back than before, never in days to come."""
    with registry.store.write(actor) as session:
        before = session.get(WorkLook, actor.account)
        until = min(until, session.now)
        if before is None or before.seen_until < until:
            session.merge(WorkLook(account_id=actor.account, seen_until=until))
