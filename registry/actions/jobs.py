"""Doing what was put into the outbox: at least once, retried with growing pauses, written down when it fails."""

import logging
from collections.abc import Callable
from datetime import timedelta

from registry.actions import deliveries, keys, plugged, plugins, reach, record, reminders, showcase
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.job import Job, waiting

log = logging.getLogger("registry.jobs")
MAX_ATTEMPTS = 5

DOERS: dict[str, Callable[[Registry], object]] = {
    "render": showcase.render_all,
    keys.JOB: keys.rotate_all,
    record.JOB: record.verify_all,
    reminders.JOB: reminders.remind_all,
}
"""Name of a job → what does it, however often it waits. A doer may run twice and must not mind."""
ONE_BY_ONE: dict[str, Callable[[Registry, Job], object]] = {plugged.JOB: plugged.tell, reach.JOB: reach.send_code}
"""The same for jobs that say what is to be done."""


def run_waiting(registry: Registry) -> int:
    """Do all jobs that wait now, and send what is to be sent; returns how many. Those of one name are done together."""
    with registry.store.read(SYSTEM) as session:
        jobs = waiting(session, session.now)
    done = 0
    for batch in batches(jobs):
        done += len(batch) if finish(registry, batch, attempt(registry, batch)) else 0
    done += deliveries.deliver(registry)
    plugins.note_failures(registry)
    return done


def batches(jobs: list[Job]) -> list[list[Job]]:
    """Which jobs are done together, in the order of the first of each."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.id if job.name in ONE_BY_ONE else job.name, []).append(job)
    return list(found.values())


def attempt(registry: Registry, batch: list[Job]) -> str | None:
    """Do some work; returns what went wrong, if anything did."""
    name = batch[0].name
    try:
        if name in ONE_BY_ONE:
            ONE_BY_ONE[name](registry, batch[0])
        else:
            DOERS[name](registry)
    except Exception as error:  # a job's failure is written down with the job, never the end of the worker
        log.exception("job %s failed", name)
        return f"{type(error).__name__}: {error}"
    return None


def finish(registry: Registry, batch: list[Job], error: str | None) -> bool:
    """Write down how it went."""
    with registry.store.system() as session:
        for job in batch:
            row = session.get(Job, job.id)
            if row is None:  # the demonstration has begun again meanwhile
                continue
            row.attempts += 1
            row.error = error
            row.status = "done" if error is None else "failed" if row.attempts >= MAX_ATTEMPTS else "waiting"
            row.not_before = session.now + timedelta(seconds=10 * 2**row.attempts) if error else None
            session.add(row)
    return error is None
