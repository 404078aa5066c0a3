"""`registry criteria`, `registry workflow`."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from registry.actions import backtest, definitions
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import msg
from registry.cli.common import faults_json, json_option, opened, show
from registry.cli.plugins import at_hand
from registry.host.check import Library, whole_criteria, whole_workflow, workflow_faults
from registry.host.packs import Parsed, read_pack
from registry.host.registry import Registry
from registry.rules.backtest import TURNS, Side, Verdict
from registry.rules.criteria import CriteriaSet
from registry.rules.draw import as_mermaid, as_svg, as_text
from registry.rules.evaluate import evaluate
from registry.rules.example import chain, observed
from registry.rules.extension import Extension
from registry.rules.facts import Context, Facts
from registry.rules.outcome import STATES
from registry.rules.permission import SYSTEM
from registry.rules.reference import ReferenceTable
from registry.rules.workflow import Workflow


@click.group()
def criteria() -> None:
    """Criteria sets of the packs at hand."""


@click.group()
def workflow() -> None:
    """Workflows of the packs at hand."""


def library() -> Library:
    """All packs at hand."""
    return Library([p for _, p in at_hand()[1]])


def one(all_: Library, model: Any, ref: str) -> Parsed:
    """A definition by id, the newest version. Raises NotFound."""
    rows = [d for d in all_.all(model) if d.ref == ref]
    if not rows:
        raise NotFound(msg("There is no definition “{ref}”.", ref=ref))
    return max(rows, key=lambda d: d.model.version)


def listed(all_: Library, model: Any, as_json: bool) -> None:
    """List the definitions of a type."""
    rows = [
        {
            "id": d.ref,
            "version": d.model.version,
            "title": d.model.title.in_(),
            "region": d.model.region,
            "level": d.model.level,
            "standing": d.model.standing,
        }
        for d in all_.all(model)
    ]
    show(rows, as_json, [f"{r['id']}@{r['version']}  {r['region']}  {r['level']}  {r['title']}" for r in rows])


@criteria.command("list")
@json_option
def criteria_list(as_json: bool) -> None:
    """List the criteria sets."""
    listed(library(), CriteriaSet, as_json)


@criteria.command("show")
@click.argument("ref")
@json_option
def criteria_show(ref: str, as_json: bool) -> None:
    """Show a criteria set, clause by clause."""
    model = one(library(), CriteriaSet, ref).model
    lines = [f"{model.title}  ({model.id}@{model.version})", str(model.basis.title)]
    lines += [f"  {c.id:<24} {c.says}" for c in model.clauses()]
    show(model.model_dump(mode="json", by_alias=True, exclude_none=True), as_json, lines)


@criteria.command()
@click.option("--set", "ref", required=True, help="Id of the criteria set.")
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help='JSON: {"filed_on": "2026-03-01", "facts": {"practitioners": 3200, "wage@2025": 5200}, '
    '"evidence": ["roster"]}',
)
@json_option
def score(ref: str, facts: Path, as_json: bool) -> None:
    """Score facts from a file by a criteria set; print the outcome with its trace."""
    all_ = library()
    model = whole_criteria(one(all_, CriteriaSet, ref).model, all_)
    asked = read_facts(facts)
    tables = [d.model.table() for d in all_.all(ReferenceTable)]
    place = asked.get("region", model.region)
    context = Context(
        filed_on=date.fromisoformat(asked["filed_on"]) if "filed_on" in asked else date.today(),
        level=model.level,
        class_=asked.get("class"),
        type=asked.get("type"),
        region_chain=chain(place),
        evidence=frozenset(asked.get("evidence", ())),
    )
    outcome = evaluate(model, Facts([observed(k, v) for k, v in asked.get("facts", {}).items()], tables), context)
    lines = [f"{STATES[outcome.decision]}" + (f", {outcome.total:f}" if outcome.total is not None else "")]
    for finding in outcome.findings:
        points = (
            f"  {finding.points:f}/{finding.max:f}" if finding.points is not None and finding.max is not None else ""
        )
        lines.append(f"{MARKS[finding.state]} {finding.says}{points}")
        lines += [f"    {line}" for line in [*finding.lines(), *finding.missing()]]
    show(outcome.to_json(), as_json, lines)


@criteria.command("backtest")
@click.option("--set", "ref", required=True, help="Id of the criteria set at hand, or ID@VERSION of a published one.")
@click.option(
    "--pack", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Take the set from this folder."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Cases decided from this day on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Cases decided until this day.")
@click.option("--changed", is_flag=True, help="Only the cases of which it makes something else.")
@json_option
def backtest_(
    ref: str, pack: Path | None, since: datetime | None, until: datetime | None, changed: bool, as_json: bool
) -> None:
    """Judge past cases by a set as well: who would pass, fail or change rank, and by which clause."""
    with opened() as registry:
        packs = definitions.all_packs(registry)
        all_ = Library.among(packs, read_pack(pack)) if pack else Library(packs)
        made = backtest.backtest(
            registry,
            SYSTEM,
            wanted_set(registry, all_, ref),
            all_,
            since=since.date() if since else None,
            until=until.date() if until else None,
        )
    data = made.to_json()
    if changed:
        data["cases"] = [row for row in data["cases"] if row["turn"] != "same"]
    show(data, as_json, list(backtest_lines(made, changed)))


def wanted_set(registry: Registry, all_: Library, ref: str) -> CriteriaSet:
    """The set of a pack at hand, the newest or the version named; else the published one. Raises NotFound."""
    id, _, version = ref.partition("@")
    number = int(version) if version.isdecimal() else None
    at_hand = [d.model for d in all_.all(CriteriaSet) if d.ref == id and number in (None, d.model.version)]
    if at_hand:
        return max(at_hand, key=lambda model: int(model.version))
    return backtest.published_set(registry, id, number)


def backtest_lines(made: backtest.Backtest, changed: bool) -> Iterator[str]:
    """The counts, then a line for each case and below it the clauses that make the difference."""
    yield f"{made.criteria.title}  ({made.criteria.id}@{made.criteria.version})"
    if not made.cases:
        yield str(msg("No case that these criteria would judge was decided yet."))
    for turn, n in made.comparison.counts.items():
        if n:
            yield f"{n:>6}  {TURNS[turn]}"
    if made.elsewhere:
        yield str(msg("Left out, because nearer criteria judge them: {n}", n=made.elsewhere))
    for row in made.comparison.rows:
        if changed and row.turn == "same":
            continue
        case = made.cases[row.key]
        yield f"{case.number}  {case.name}  {verdict(row.before)} → {verdict(row.after)}  {TURNS[row.turn]}"
        for cause in row.because:
            yield f"    {cause.clause}: {cause.says}  {side(cause.before)} → {side(cause.after)}"
            yield from (f"      {line}" for line in cause.lines)


def verdict(one: Verdict) -> str:
    """Met or not, points and rank."""
    parts = [str(STATES[one.decision])]
    parts += [f"{one.total:f}"] if one.total is not None else []
    parts += [str(msg("rank {n}", n=one.rank))] if one.rank is not None else []
    return ", ".join(parts)


def side(one: Side | None) -> str:
    """What came of a clause under one set."""
    if one is None:
        return str(msg("no such clause"))
    return f"{one.points:f}" if one.points is not None else str(STATES[one.state])


MARKS = {"met": "✓", "not_met": "✗", "missing": "?"}


def read_facts(file: Path) -> dict[str, Any]:
    """The file's JSON, numbers exact. Raises BadInput at line and column."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except UnicodeDecodeError:
        raise BadInput(Fault(msg("The file is not UTF-8."), file=str(file))) from None
    except json.JSONDecodeError as error:
        raise BadInput(
            Fault(msg("This is not JSON: {error}", error=error.msg), str(file), error.lineno, error.colno)
        ) from None
    if not isinstance(data, dict):
        raise BadInput(Fault(msg("The file must hold an object with “facts”."), file=str(file), line=1, column=1))
    return data


@workflow.command("list")
@json_option
def workflow_list(as_json: bool) -> None:
    """List the workflows."""
    all_ = library()
    rows = [*all_.all(Workflow), *all_.all(Extension)]
    show(
        [
            {"id": d.ref, "version": d.model.version, "procedure": d.model.procedure, "region": d.model.region}
            for d in rows
        ],
        as_json,
        [f"{d.ref}@{d.model.version}  {d.model.procedure}  {d.model.region}  {d.model.title}" for d in rows],
    )


@workflow.command("show")
@click.argument("ref")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "mermaid", "svg"]), default="text", show_default=True
)
def workflow_show(ref: str, form: str) -> None:
    """Show a workflow."""
    all_ = library()
    model = whole_workflow(one(all_, (Workflow, Extension), ref).model, all_)
    drawn: dict[str, Callable[[Workflow], str]] = {
        "text": as_text,
        "mermaid": as_mermaid,
        "svg": as_svg,
        "json": lambda w: json.dumps(
            w.model_dump(mode="json", by_alias=True, exclude_none=True), ensure_ascii=False, indent=2
        ),
    }
    click.echo(drawn[form](model))


@workflow.command()
@click.argument("ref")
@json_option
def verify(ref: str, as_json: bool) -> None:
    """Prove a workflow: no path reaches a title unlawfully. Exit status 2 with the path when one does."""
    all_ = library()
    parsed = one(all_, (Workflow, Extension), ref)
    faults = list(workflow_faults(parsed.model, parsed.source, all_))
    show(
        {"id": ref, "lawful": not faults, "faults": faults_json(faults)},
        as_json,
        [f.text() for f in faults]
        or [str(msg("Every path to a title passes review, decision by another person and public notice."))],
    )
    if faults:
        raise click.exceptions.Exit(2)
