"""The demonstration's own page: its clock, its people, its tour. Never stored, and only in a demonstration."""

import json
from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import col, select
from werkzeug.wrappers import Response

from registry.base.errors import NotFound
from registry.base.i18n import Text, msg
from registry.demo import control
from registry.host.resolve import kinds, pinned, read_as
from registry.rules.criteria import CriteriaSet
from registry.rules.permission import ROLE_NAMES
from registry.store.case import Case
from registry.store.entry import Entry, entry_by_slug
from registry.store.meta import mark
from registry.store.notice import Notice, NoticeItem
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.store.title import certificate_of, titles_of
from registry.web.context import registry
from registry.web.signin import csrf, signed_in
from registry.web.templating import frame, show_date

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


@blueprint.before_request
def only_here() -> None:
    """Nothing of this in a real registry; a form's token is checked."""
    if not registry().demonstration:
        abort(404)
    if request.method == "POST":
        csrf.protect()


@blueprint.get("")
def home() -> str:
    """The way in."""
    with registry().store.system() as session:
        shown = json.loads(mark(session, control.PEOPLE) or "[]")
        counts = control.waiting_for(session, shown)
        regions = {r.code: r.text for r in session.exec(select(Region))}
        rows = [person(p, counts, regions) for p in shown]
        return page(
            "home",
            deadline=coming(control.next_deadline(session)),
            notice=coming(control.next_notice_end(session)),
            people=[r for r in rows if r["does"]],
            others=[r for r in rows if not r["does"]],
            stops=[stop(s) for s in json.loads(mark(session, control.TOUR) or "[]")],
        )


def page(name: str, **context: Any) -> str:
    """A page of the demonstration."""
    return render_template(f"demo/{name}.html", **frame(), **context)


def coming(found: control.Next | None) -> dict[str, Any] | None:
    """What comes next, for the page."""
    return asdict(found) | {"what": found.what, "stage": found.stage} if found else None


def person(row: dict[str, Any], counts: dict[str, int], regions: dict[str, Text]) -> dict[str, Any]:
    """Somebody to continue as."""
    return {
        **row,
        "does": Text.model_validate(row["does"]) if row["does"] else None,
        "role": ROLE_NAMES[row["role"]],
        "place": regions[row["region"]],
        "waiting": counts[row["login"]],
    }


def stop(row: dict[str, Any]) -> dict[str, Any]:
    """A stop of the tour."""
    return {**row, "name": Text.model_validate(row["name"]), "says": Text.model_validate(row["says"])}


@blueprint.post("/advance")
def advance() -> Response:
    """Move the clock."""
    day = control.advance(registry(), request.form.get("to", ""))
    flash(str(msg("It is now {date} in the demonstration.", date=show_date(day))))
    return redirect(url_for(".home"), 303)


@blueprint.post("/become")
def become() -> Response:
    """Continue as one of the people, at their work."""
    return signed_in(redirect(url_for("auth.start"), 303), control.become(registry(), request.form.get("login", "")))


@blueprint.post("/tour/<int:n>")
def tour(n: int) -> Response:
    """Go to a stop of the tour, as whom it is seen."""
    with registry().store.system() as session:
        stops = json.loads(mark(session, control.TOUR) or "[]")
        if not 1 <= n <= len(stops):
            abort(404)
        target = PLACES[stops[n - 1]["go"]](session, entry_of(session, stops[n - 1]["slug"]))
    response = redirect(target, 303)
    return signed_in(response, control.become(registry(), who)) if (who := stops[n - 1]["who"]) else response


@blueprint.route("/start-over", methods=["GET", "POST"])
def start_over() -> Any:
    """Back to the beginning, after asking."""
    if request.method == "GET":
        return page("start_over")
    control.start_over(registry())
    flash(str(msg("The demonstration begins anew.")))
    return redirect(url_for(".home"), 303)


def entry_of(session: ReadSession, slug: str) -> Entry:
    """The entry of a stop. Raises NotFound."""
    found = entry_by_slug(session, slug)
    if found is None:
        raise gone()
    return found


def gone() -> NotFound:
    """A stop whose place is not there (any more)."""
    return NotFound(msg("This stop of the tour is not there any more; begin the demonstration again."))


def entry_place(session: ReadSession, entry: Entry) -> str:
    """The entry's page."""
    section = next(k.section for k in kinds(session, session.today) if k.id == entry.kind)
    return url_for("public.entry", section=section, slug=entry.slug)


def proof_place(session: ReadSession, entry: Entry) -> str:
    """The verification of its newest title."""
    title = next(iter(titles_of(session, entry.id)), None)
    if title is None:
        raise gone()
    certificate = certificate_of(session, title.id)
    return url_for("public.verify_code", code=certificate.code if certificate else title.number)


def notice_place(session: ReadSession, entry: Entry) -> str:
    """Its newest notice."""
    query = select(Notice).join(NoticeItem).where(NoticeItem.entry_id == entry.id)
    notice = session.exec(query.order_by(col(Notice.posted_on).desc())).first()
    if notice is None:
        raise gone()
    return url_for("public.notice", number=notice.number)


def newest_case(session: ReadSession, entry: Entry) -> Case:
    """Its newest case. Raises NotFound."""
    case = session.exec(select(Case).where(Case.entry_id == entry.id).order_by(col(Case.opened_at).desc())).first()
    if case is None:
        raise gone()
    return case


def case_place(session: ReadSession, entry: Entry) -> str:
    """The officials' page of its case."""
    return url_for("desk.case", id=newest_case(session, entry).id)


def score_place(session: ReadSession, entry: Entry) -> str:
    """The first scored line of the criteria on that page."""
    case = newest_case(session, entry)
    scored = read_as(CriteriaSet, pinned(session, case.pins["criteria"])).scored
    return url_for("desk.case", id=case.id, _anchor=f"clause-{scored[0].id}" if scored else None)


def rule_place(session: ReadSession, entry: Entry) -> str:
    """The criteria that its case is judged by."""
    return url_for("desk.rule", id=newest_case(session, entry).pins["criteria"])


PLACES = {
    "entry": entry_place,
    "proof": proof_place,
    "notice": notice_place,
    "case": case_place,
    "score": score_place,
    "rule": rule_place,
}
