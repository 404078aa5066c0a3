"""The evidence of a case inside its page: its files by name, and one page of one of them drawn as a picture."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from flask import url_for

from registry.base.errors import BadInput, RegistryError
from registry.base.i18n import Message, msg
from registry.base.images import DRAWABLE, page_count
from registry.store.case import Case
from registry.store.evidence import Evidence
from registry.store.session import ReadSession
from registry.web.context import registry


def model(
    session: ReadSession, case: Case, sent: dict[str, Any] | None, paper: dict[str, Any], args: Mapping[str, str]
) -> dict[str, Any] | None:
    """The files that the page tells, and a page of one; the address chooses: `file`, `page`. None where there are none.

    How many pages a file has is counted only when it was chosen: opening a case opens no file.
    """
    rows = [row(case, file) for file in files(sent, paper)]
    if not rows:
        return None
    asked = next((r for r in rows if r["id"] == args.get("file") and r["drawn"]), None)
    chosen = asked or next((r for r in rows if r["drawn"]), None)
    shown = None
    if chosen:
        chosen["here"] = True
        pages, problem = counted(session, chosen["id"]) if asked else (1, None)
        shown = picture(case, chosen, min(number(args.get("page", "1")), max(pages, 1)), pages, problem)
        shown["all_url"] = None if asked else chosen["show_url"]
    return {"files": rows, "shown": shown}


def files(sent: dict[str, Any] | None, paper: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The files of the last submission and those that came on paper, each with what it is."""
    for section in sent["sections"] if sent else ():
        for question in section["rows"]:
            yield from ({**file, "label": question["label"]} for file in question["files"])
    yield from ({**file, "label": msg("Application on paper")} for file in paper["scans"])
    yield from ({**file, "label": file["stage"]} for file in paper["sheets"])


def row(case: Case, file: dict[str, Any]) -> dict[str, Any]:
    """A file of the list: one that can be drawn and is open to the reader has an address here."""
    drawn = file["url"] is not None and file["media_type"] in DRAWABLE
    shown = url_for("desk.case", id=case.id, file=file["id"], _anchor="evidence") if drawn else None
    return {**file, "drawn": drawn, "here": False, "show_url": shown}


def picture(case: Case, file: dict[str, Any], page: int, pages: int, problem: Message | None) -> dict[str, Any]:
    """One page, with the way to those beside it."""

    def to(n: int) -> str | None:
        return (
            url_for("desk.case", id=case.id, file=file["id"], page=n, _anchor="evidence") if 1 <= n <= pages else None
        )

    return {
        **file,
        "page": page,
        "pages": pages,
        "problem": problem,
        "src": url_for("desk.file_page", id=case.id, evidence_id=file["id"], page=page),
        "previous_url": to(page - 1),
        "next_url": to(page + 1),
    }


def number(typed: str) -> int:
    """The page asked for; the first when it is none."""
    return max(1, int(typed)) if typed.isdecimal() and len(typed) < 4 else 1


def counted(session: ReadSession, id: str) -> tuple[int, Message | None]:
    """(how many pages of a file can be drawn, why not)."""
    file = session.get_one(Evidence, id)
    try:
        return pages_of(file.place, file.data_key, file.sha256, file.media_type), None
    except BadInput as error:
        return 0, error.faults[0].message
    except RegistryError as error:
        return 0, error.message


@lru_cache(maxsize=512)
def pages_of(place: str, data_key: str, digest: str, media_type: str) -> int:
    """The same, counted once in a process: a stored file never changes."""
    return page_count(registry().store.evidence.get(place, data_key, digest), media_type)
