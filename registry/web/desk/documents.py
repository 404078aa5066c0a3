"""Word documents: which can be filled from a case, a notice or a list, and the file by one click."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from sqlmodel import select

from registry.actions import documents
from registry.actions.documents import Offer
from registry.base.errors import BadInput
from registry.base.i18n import msg
from registry.rules.permission import Actor
from registry.store.case import Case
from registry.store.notice import Notice, NoticeItem
from registry.store.session import ReadSession
from registry.web.context import registry, require_actor, sitting
from registry.web.desk import common, register
from registry.web.download import word_file

blueprint = Blueprint("documents", __name__)
ASKED = ("q", "procedure", "stage", "status", "county", "sort")
"""What narrows the list of cases."""


def of_case(session: ReadSession, actor: Actor, case: Case) -> list[dict[str, Any]]:
    """The documents about a case, and those about the notice in which it stands."""
    found = [row(one, "case", id=case.id) for one in documents.offered(session, actor, case)]
    query = select(Notice).join(NoticeItem).where(NoticeItem.case_id == case.id, NoticeItem.status != "stopped")
    for notice in session.exec(query):
        found += of_notice(session, actor, notice)
    return found


def of_notice(session: ReadSession, actor: Actor, notice: Notice) -> list[dict[str, Any]]:
    """The documents about a notice."""
    cases = documents.cases_of(session, notice)
    offers = documents.offered_for_list(session, actor, "notice", cases)
    return [row(one, "notice", number=notice.number) | {"about": notice.number} for one in offers]


def of_list(
    session: ReadSession, actor: Actor, cases: Sequence[Case], wanted: Mapping[str, str]
) -> dict[str, Any] | None:
    """The documents about a list as it is narrowed; `mixed` when its cases are before several authorities."""
    offers = documents.offered_for_list(session, actor, "cases", cases[:1])
    if not offers:
        return None
    return {
        "mixed": len({case.authority_region for case in cases}) > 1,
        "rows": [row(one, "listed") for one in offers],
        "wanted": {key: wanted[key] for key in ASKED if wanted.get(key)},
    }


def row(one: Offer, endpoint: str, **about: Any) -> dict[str, Any]:
    """A document to be filled."""
    return {
        "title": one.template.title,
        "url": url_for(f"desk.documents.{endpoint}", ref=one.definition.ref, **about),
        "about": None,
    }


@blueprint.post("/cases/<id>/documents/<ref>")
def case(id: str, ref: str) -> Response:
    """Fill a document from a case."""
    return word_file(documents.fill(registry(), require_actor(), ref, id, sitting=sitting()))


@blueprint.post("/notices/<number>/documents/<ref>")
def notice(number: str, ref: str) -> Response:
    """Fill a document from a notice."""
    return word_file(documents.fill_notice(registry(), require_actor(), ref, number))


@blueprint.post("/documents/<ref>")
def listed(ref: str) -> Any:
    """Fill a document from the cases of a list as it was narrowed, in its order."""
    actor = require_actor()
    wanted: dict[str, Any] = {key: request.form.get(key, "").strip()[:60] for key in ASKED}
    with registry().store.read(actor) as session:
        ordered = register.narrowed(wanted).order_by(
            *register.SORTED_BY.get(wanted["sort"], register.SORTED_BY["number"])
        )
        ids = [found.id for found, _ in session.exec(ordered.limit(documents.MOST_CASES + 1))]
    try:
        return word_file(documents.fill_list(registry(), actor, ref, ids))
    except BadInput as error:
        common.say(error.faults[0].message if error.faults else msg("The input cannot be read."))
        return redirect(url_for("desk.cases", **{k: v for k, v in wanted.items() if v}), 303)
