"""What another criteria set would make of past cases: the counts, and each case with the clause that makes it so."""

from typing import Any

from flask import request, url_for
from sqlmodel import col, select

from registry.actions import backtest
from registry.base.errors import NotFound
from registry.base.i18n import Message, Text, msg
from registry.host.check import Library
from registry.rules.backtest import TURNS, Cause, Compared, Side, Turn, Verdict
from registry.rules.criteria import CriteriaSet
from registry.rules.holidays import as_date
from registry.rules.outcome import STATES
from registry.rules.permission import Actor
from registry.store.region import Region
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import PAGE, page_number, pager

KEY = "backtest"
ROLES = backtest.AUTHORS
blueprint = section_blueprint(KEY, __name__, ROLES)
SECTION = Section(
    blueprint,
    KEY,
    msg("Criteria on past cases"),
    msg("What a new criteria set would make of the cases that were decided, before it is published."),
    "admin_backtest.home",
    ROLES,
)
FILTERS = ("set", "show", "since", "until")
SIGNS: dict[Turn, str] = {
    "lost": "not_met",
    "gained": "met",
    "open": "missing",
    "moved": "in_progress",
    "points": "in_progress",
    "reasons": "recorded",
    "same": "not_applicable",
}


@blueprint.get("/")
def home() -> str:
    """The sets to choose from; with `?set=ID@VERSION` what it would make of the cases."""
    actor = require_actor()
    sets, library = backtest.offered(registry(), actor)
    return comparison(actor, sets, library, "admin_backtest.home")


def comparison(actor: Actor, sets: list[CriteriaSet], library: Library, endpoint: str, **about: Any) -> str:
    """The page on which one of some sets is chosen and compared; `about` fills the address of `endpoint`."""
    wanted = {key: request.args.get(key, "").strip()[:120] for key in FILTERS}
    chosen = next((one for one in sets if name_of(one) == wanted["set"]), None)
    if wanted["set"] and chosen is None:
        raise NotFound(msg("There is no criteria set “{id}”.", id=wanted["set"]))
    with registry().store.read(actor) as session:
        codes = {one.region for one in sets}
        names = {r.code: r.text for r in session.exec(select(Region).where(col(Region.code).in_(codes)))}
    options = [{"value": name_of(one), "text": option_text(one, names)} for one in sets]
    made = (
        backtest.backtest(
            registry(), actor, chosen, library, since=as_date(wanted["since"]), until=as_date(wanted["until"])
        )
        if chosen
        else None
    )
    return page(
        "backtest",
        here=KEY,
        sets=options,
        filter=wanted,
        action=url_for(endpoint, **about),
        about=about,
        found=model(made, wanted, endpoint, about) if made else None,
    )


def name_of(criteria: CriteriaSet) -> str:
    """ID@VERSION."""
    return f"{criteria.id}@{criteria.version}"


def option_text(criteria: CriteriaSet, names: dict[str, Text]) -> str:
    """A set in the list: its place, its title, its version."""
    return f"{names.get(criteria.region, criteria.region)} · {criteria.title} · {name_of(criteria)}"


def model(made: backtest.Backtest, wanted: dict[str, str], endpoint: str, about: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of a comparison."""
    rows = [row for row in made.comparison.rows if wanted["show"] == "all" or row.turn != "same"]
    number = page_number(request.args)
    everything: dict[str, Any] = {k: v for k, v in {**wanted, **about, "show": "all"}.items() if v}
    return {
        "title": made.criteria.title,
        "name": name_of(made.criteria),
        "cases": len(made.cases),
        "elsewhere": made.elsewhere,
        "counts": [
            {"sign": SIGNS[turn], "word": TURNS[turn], "n": n} for turn, n in made.comparison.counts.items() if n
        ],
        "rows": [row_of(row, made.cases[row.key]) for row in rows[(number - 1) * PAGE : number * PAGE]],
        "pager": pager(endpoint, number, len(rows), {**wanted, **about}),
        "all_url": url_for(endpoint, **everything),
    }


def row_of(row: Compared, case: backtest.PastCase) -> dict[str, Any]:
    """One case in the table."""
    return {
        "number": case.number,
        "name": case.name,
        "url": url_for("desk.case", id=case.id),
        "decided_on": case.decided_on,
        "judged_by": row.judged_by,
        "before": verdict(row.before),
        "after": verdict(row.after),
        "sign": SIGNS[row.turn],
        "word": TURNS[row.turn],
        "because": [cause_row(cause) for cause in row.because],
    }


def verdict(one: Verdict) -> list[Message | str]:
    """Met or not; points; rank."""
    words: list[Message | str] = [STATES[one.decision]]
    if one.total is not None:
        words.append(msg("{n} points", n=f"{one.total:f}"))
    if one.rank is not None:
        words.append(msg("rank {n}", n=one.rank))
    return words


def cause_row(cause: Cause) -> dict[str, Any]:
    """A clause that makes the difference."""
    return {
        "says": cause.says,
        "before": side(cause.before),
        "after": side(cause.after),
        "missing": cause.missing,
        "lines": cause.lines,
    }


def side(one: Side | None) -> Message | str:
    """What came of a clause under one set."""
    if one is None:
        return msg("no such clause")
    return f"{one.points:f}" if one.points is not None else STATES[one.state]
