"""Verifying the record from the administration: what came of it is kept with its time."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.actions.audit import AUDITORS
from registry.base.errors import Refused
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.permission import ADMINS, SYSTEM, Actor
from registry.store.job import enqueue
from registry.store.meta import mark, set_mark
from registry.store.record import count
from registry.store.verify import verify

MARK = JOB = "record.verify"
AT_ONCE = 20_000
"""Rows that are verified while somebody waits (2,000 take half a second); more are left to the outbox."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the last verification found."""

    at: datetime
    rows: int
    heads: int
    compared: int
    fault: Message | None


def last_verified(session: Session) -> Verified | None:
    """The last result that was kept."""
    kept = mark(session, MARK)
    if kept is None:
        return None
    data = json.loads(kept)
    fault = Message.from_json(data["fault"]) if data["fault"] else None
    return Verified(datetime.fromisoformat(data["at"]), data["rows"], data["heads"], data["compared"], fault)


def verify_now(registry: Registry, actor: Actor) -> bool:
    """Verify the record and keep the result; a long record is left to the outbox (False). Raises Refused."""
    if not actor.has(*ADMINS, *AUDITORS):
        raise Refused(msg("These pages are for auditors."))
    with registry.store.read(SYSTEM) as session:
        short = count(session) <= AT_ONCE
    if short:
        verify_all(registry)
    else:
        with registry.store.system() as writing:
            enqueue(writing, JOB, writing.now.isoformat(), writing.now)
    return short


def verify_all(registry: Registry) -> None:
    """Verify the whole record, and today's tables against it; keep what came of it."""
    with registry.store.read(SYSTEM) as session:
        found, now = verify(session, registry.store.signer), session.now
    kept = {
        "at": now.isoformat(),
        "rows": found.rows,
        "heads": found.heads,
        "compared": found.compared,
        "fault": found.fault.to_json() if found.fault else None,
    }
    with registry.store.system() as writing:
        set_mark(writing, MARK, json.dumps(kept))
