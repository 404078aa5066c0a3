"""Lists as workbooks (XLSX): what the address asks for, all its pages, in the reader's words; `?format=xlsx` on any list.

A list says its columns once (key of a row → head); its page and its workbook are made from the same rows. Lists hold no
personal data, so taking one needs no reason.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, send_file, url_for

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, Text, msg
from registry.base.workbook import Grid, workbook
from registry.rules.answer import YES_NO
from registry.rules.permission import Actor
from registry.store.session import ReadSession
from registry.web.csvfile import file_name

MOST = 10_000
"""Rows of one file: more would keep a page waiting for half a minute."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its name in a file's name, its title, its columns, its rows in order, and how many they are."""

    name: str
    title: Message
    columns: Mapping[str, Message | None]
    rows: Iterable[Mapping[str, Any]]
    count: int


def wanted() -> bool:
    """Whether the address asks for the list as a workbook."""
    return request.args.get("format") == "xlsx"


def address() -> str:
    """This list as a workbook: the page's own address, so that filter and order are kept."""
    given: dict[str, Any] = {k: v for k, v in request.args.items() if v and k != "page"}
    return url_for(request.endpoint or "", **{**given, **(request.view_args or {}), "format": "xlsx"})


def response(session: ReadSession, actor: Actor, listing: Listing) -> Response:
    """The workbook. Raises BadInput for more rows than one file takes."""
    if listing.count > MOST:
        raise BadInput(
            Fault(
                msg(
                    "This list has {n} rows; a file takes at most {most}. Narrow the list by its filter, then save it.",
                    n=listing.count,
                    most=MOST,
                )
            )
        )
    columns = {key: head for key, head in listing.columns.items() if head}
    title = f"{listing.title} · {session.today.isoformat()} · {actor.name}"
    rows = ([cell(row[key]) for key in columns] for row in listing.rows)
    made = io.BytesIO()
    workbook(made, [Grid(str(listing.title), title, [str(h) for h in columns.values()], rows)], session.now)
    made.seek(0)
    scope = {k: v for k, v in request.args.items() if k not in ("format", "page", "sort", "q")}
    name = file_name(listing.name, scope, session.today, "xlsx")
    answer = send_file(made, XLSX, as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def cell(value: Any) -> Any:
    """A value of a row: words in the reader's language, yes and no, several values on lines of their own."""
    if isinstance(value, bool):
        return str(YES_NO[value])
    if isinstance(value, Message | Text):
        return str(value)
    return "\n".join(str(one) for one in value) if isinstance(value, list | tuple) else value


def due(chip: Mapping[str, Any] | None) -> dict[str, Any]:
    """A deadline in two columns: the day, and how long there is still time."""
    return {"due": chip["date"], "left": chip["text"]} if chip else {"due": None, "left": None}
