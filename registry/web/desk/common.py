"""What several of the officials' pages need: words, places, chips, lists cut into pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict

from registry.base.i18n import Message, Text
from registry.rules.header import PROCEDURE_NAMES, RESULT_NAMES
from registry.rules.permission import Actor
from registry.store.case import Case, Task
from registry.store.region import Region, of_county_level
from registry.store.session import ReadSession
from registry.web import templating
from registry.web.parked import unparked
from registry.web.public.figures import due_chip

PAGE = 50
PROCEDURES = PROCEDURE_NAMES
SIGNS = {
    "recommended": "approved",
    "recognised": "valid",
    "refused": "refused",
    "withdrawn": "ended",
    "revoked": "revoked",
    "rectified": "complete",
    "concluded": "ended",
}
RESULTS: dict[str, tuple[str, Message]] = {result: (SIGNS[result], words) for result, words in RESULT_NAMES.items()}
"""Result → sign and word."""


def page(template: str, **context: Any) -> str:
    """A page of the desk."""
    return render_template(f"desk/{template}.html", **{**templating.frame(), **context})


def typed() -> MultiDict[str, str]:
    """What was typed into this page: now, or before the sign-in ended."""
    return MultiDict(request.form) if request.method == "POST" else MultiDict(unparked())


def say(message: Message) -> None:
    """A line to be shown on the next page."""
    flash(str(message))


def case_url(case: Case) -> str:
    """The case's page."""
    return url_for("desk.case", id=case.id)


class Places(dict[str, Region]):
    """Regions by their codes, each read when it is asked for: a page names few of thousands."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def __missing__(self, code: str) -> Region:
        self[code] = self.session.get_one(Region, code)
        return self[code]


def counties(session: Session, actor: Actor) -> list[Region]:
    """The counties whose cases the actor may see: their own, and those below their own."""
    query = select(Region).where(
        of_county_level(), col(Region.code).in_(actor.regions) | col(Region.parent).in_(actor.regions)
    )
    return list(session.exec(query.order_by(Region.code)))


def choices(regions: Sequence[Region]) -> list[dict[str, Any]]:
    """Regions as options of a filter."""
    return [{"value": r.slug, "text": r.text} for r in regions]


def chip(session: ReadSession, task: Task | None) -> dict[str, Any] | None:
    """How long there is still time for a task; None where it has no deadline."""
    if task is None or not task.days:
        return None
    return due_chip(session, session.today, task.due_on, task.counted_from, task.days)


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
