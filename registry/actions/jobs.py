"""Doing what was put into the outbox: at least once, retried with growing pauses, written down when it fails."""

import logging
from collections.abc import Callable
from datetime import timedelta

from registry.actions import keys, record, showcase
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.job import Job, waiting

log = logging.getLogger("registry.jobs")
MAX_ATTEMPTS = 5

DOERS: dict[str, Callable[[Registry], object]] = {
    "render": showcase.render_all,
    keys.JOB: keys.rotate_all,
    record.JOB: record.verify_all,
}
"""Name of a job → what does it. A doer may run twice and must not mind."""


def run_waiting(registry: Registry) -> int:
    """Do all jobs that wait now; returns how many. Jobs of one name that need no data are done together."""
    with registry.store.read(SYSTEM) as session:
        jobs = waiting(session, session.now)
    done = 0
    for name in dict.fromkeys(j.name for j in jobs):
        batch = [j for j in jobs if j.name == name]
        done += len(batch) if finish(registry, batch, attempt(registry, name)) else 0
    return done


def attempt(registry: Registry, name: str) -> str | None:
    """Do one kind of work; returns what went wrong, if anything did."""
    try:
        DOERS[name](registry)
    except Exception as error:  # a job's failure is written down with the job, never the end of the worker
        log.exception("job %s failed", name)
        return f"{type(error).__name__}: {error}"
    return None


def finish(registry: Registry, batch: list[Job], error: str | None) -> bool:
    """Write down how it went."""
    with registry.store.system() as session:
        for job in batch:
            row = session.get_one(Job, job.id)
            row.attempts += 1
            row.error = error
            row.status = "done" if error is None else "failed" if row.attempts >= MAX_ATTEMPTS else "waiting"
            row.not_before = session.now + timedelta(seconds=10 * 2**row.attempts) if error else None
            session.add(row)
    return error is None
