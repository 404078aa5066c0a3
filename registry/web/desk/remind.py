"""A colleague, or an applicant, is reminded of what waits for them (催办): the button and what it does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, request, url_for

from registry.actions import reminders
from registry.base.clock import local_date
from registry.base.i18n import nmsg
from registry.rules.permission import HANDLERS, Actor
from registry.store.calendar import work_calendar
from registry.store.case import Task
from registry.store.session import ReadSession
from registry.web.context import registry, require_actor
from registry.web.desk import common
from registry.web.signin import inside


def add_to(blueprint: Blueprint) -> None:
    """The button's route on the desk's blueprint."""
    blueprint.add_url_rule("/tasks/<id>/remind", view_func=remind, methods=["POST"])


def buttons(
    session: ReadSession, actor: Actor, tasks: Sequence[Task], last: Mapping[str, datetime | None] | None = None
) -> dict[str, dict[str, Any]]:
    """Task → where the button leads, unless its people were reminded today, and when they were; none where one may not."""
    if not tasks or not actor.has(*HANDLERS):
        return {}
    last = reminders.reminded(session, [task.id for task in tasks]) if last is None else last
    day = reminders.last_working_day(work_calendar(session), session.today)
    done = {id for id, at in last.items() if at and local_date(at) >= day}
    return {
        task.id: {
            "url": None if task.id in done else url_for("desk.remind", id=task.id),
            "last": last.get(task.id),
        }
        for task in tasks
    }


def remind(id: str) -> Any:
    """Remind whoever must act, then back to where the button was."""
    n = reminders.remind(registry(), require_actor(), id)
    common.say(nmsg("{n} colleague has been reminded.", "{n} colleagues have been reminded.", n))
    back = request.form.get("back")
    return redirect(inside(back) if back else url_for("desk.home", who="colleagues"), 303)
