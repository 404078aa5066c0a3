"""What several of the officials' pages need: words, places, chips, lists cut into pages."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, has_request_context, render_template, request, url_for
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict

from registry.actions.queue import LONGEST_ADDRESS, Asked
from registry.base.i18n import Message, Text
from registry.rules.calendar import WorkCalendar
from registry.rules.permission import Actor
from registry.rules.procedures import PROCEDURE_NAMES, RESULT_NAMES
from registry.store.calendar import work_calendar
from registry.store.case import Case, Task
from registry.store.region import COUNTY_LEVEL, Region, of_county_level
from registry.store.session import ReadSession
from registry.web import templating
from registry.web.parked import unparked
from registry.web.public.figures import due_in

PAGE = 50
PROCEDURES = PROCEDURE_NAMES
RESULTS: dict[str, tuple[str, Message]] = {
    key: (sign, RESULT_NAMES[key])
    for key, sign in {
        "recommended": "approved",
        "recognised": "valid",
        "refused": "refused",
        "withdrawn": "ended",
        "revoked": "revoked",
        "rectified": "complete",
        "concluded": "ended",
    }.items()
}
"""Result → sign and word."""


def page(template: str, **context: Any) -> str:
    """A page of the desk."""
    return render_template(f"desk/{template}.html", **{**templating.frame(), **context})


def typed() -> MultiDict[str, str]:
    """What was typed into this page: now, or before the sign-in ended."""
    return MultiDict(request.form) if request.method == "POST" else MultiDict(unparked())


PLAIN = "message"
"""What a line is that leads nowhere; of every other one it is the address that it leads to."""


def say(message: Message, url: str = PLAIN) -> None:
    """A line to be shown on the next page, with a link back to what it is about."""
    flash(str(message), url)


def case_url(case: Case) -> str:
    """The case's page."""
    return url_for("desk.case", id=case.id)


def came_from() -> Asked:
    """The list that the page was come to from; without one, everything that waits."""
    return Asked.parse(request.args.get("queue", ""))


KEEPS_THE_LIST = frozenset(
    {
        "desk.case",
        "desk.act",
        "desk.conflict",
        "desk.personal",
        "desk.scores",
        "desk.correction.compare",
        "desk.correction.agree",
        "desk.correction.turn_down",
        "desk.correction.take_back",
    }
)
"""Pages of a case: their addresses go on naming the list that somebody works through."""


def keep_list(endpoint: str, values: dict[str, Any]) -> None:
    """While an address is made: the list goes along to the pages of a case."""
    words = request.args.get("queue", "") if has_request_context() else ""
    if words and endpoint in KEEPS_THE_LIST and len(words) <= LONGEST_ADDRESS:
        values.setdefault("queue", words)


class Places(dict[str, Region]):
    """Regions by their codes, each read when it is asked for: a page names few of thousands.

    With `around`, the counties whose cases that actor may see (their own, and those below their own) and the regions
    `also` are read at once.
    """

    def __init__(self, session: Session, *, around: Actor | None = None, also: Collection[str] = ()) -> None:
        super().__init__()
        self.session, self.around = session, around
        if around is not None:
            near = of_county_level() & (col(Region.code).in_(around.regions) | col(Region.parent).in_(around.regions))
            found = session.exec(select(Region).where(near | col(Region.code).in_(also)).order_by(Region.code))
            self.update((region.code, region) for region in found)

    def __missing__(self, code: str) -> Region:
        self[code] = self.session.get_one(Region, code)
        return self[code]

    def counties(self) -> list[Region]:
        """The counties around the actor, by code."""
        near = self.around.regions if self.around else frozenset()
        return [r for r in self.values() if r.level in COUNTY_LEVEL and {r.code, r.parent} & near]


def counties(session: Session, actor: Actor) -> list[Region]:
    """The counties whose cases the actor may see: their own, and those below their own."""
    return Places(session, around=actor).counties()


def choices(regions: Sequence[Region]) -> list[dict[str, Any]]:
    """Regions as options of a filter."""
    return [{"value": r.slug, "text": r.text} for r in regions]


def chip(session: ReadSession, task: Task | None) -> dict[str, Any] | None:
    """How long there is still time for a task; None where it has no deadline."""
    return chip_by(work_calendar(session), session.today, task) if task and task.days else None


def chip_by(calendar: WorkCalendar, today: date, task: Task) -> dict[str, Any] | None:
    """The same by a calendar that was read already."""
    return due_in(calendar, today, task.due_on, task.counted_from, task.days) if task.days else None


def text_of(value: Any) -> Text:
    """A stored mapping as words."""
    return Text.model_validate(value)


def page_number(args: Mapping[str, str]) -> int:
    """The page asked for; the first when it is none."""
    asked = args.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


def pager(endpoint: str, number: int, count: int, wanted: Mapping[str, str]) -> dict[str, Any] | None:
    """Links to the neighbouring pages of a list."""
    pages = -(-count // PAGE)
    if pages <= 1:
        return None
    asked: dict[str, Any] = {k: v for k, v in wanted.items() if v}
    return {
        "page": number,
        "pages": pages,
        "previous_url": url_for(endpoint, page=number - 1, **asked) if number > 1 else None,
        "next_url": url_for(endpoint, page=number + 1, **asked) if number < pages else None,
    }


def columns(
    endpoint: str, heads: Mapping[str, Message | None], sortable: Sequence[str], wanted: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The head of a table: what can be sorted by is a link."""
    asked: dict[str, Any] = {k: v for k, v in wanted.items() if v and k != "sort"}
    return [
        {
            "text": words,
            "sorted": wanted.get("sort") == key,
            "url": url_for(endpoint, **asked, sort=key) if key in sortable else None,
        }
        for key, words in heads.items()
    ]
