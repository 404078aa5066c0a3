"""What plugins have to say about a case: facts they work out, moves they forbid, what they do afterwards."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from registry.base.errors import Broken, Refused
from registry.base.i18n import Text, msg
from registry.base.period import Period
from registry.host.guarded import Failure, failure
from registry.host.plugged import Access, Computed, PluginEntry, Transition, Veto, seen
from registry.host.plugins import FailedError, Plugins
from registry.host.registry import Registry
from registry.store.case import Case, CaseStep
from registry.store.entry import Entry
from registry.store.job import Job, enqueue
from registry.store.observation import NOTHING, Observation, observations
from registry.store.session import ReadSession, WriteSession

JOB = "after_transition"


def plugins_of(session: ReadSession) -> Plugins | None:
    """The plugins of the registry that a session belongs to; None where a store was opened by itself."""
    return session.host.plugins if session.host else None


def transition(session: Session, case: Case, step: dict[str, Any]) -> Transition:
    """A move as plugins see it."""
    return Transition(
        case=case.id,
        number=case.number,
        procedure=case.procedure,
        entry=seen(session.get_one(Entry, case.entry_id)),
        authority=case.authority_region,
        **step,
    )


def compute(session: WriteSession, entry: Entry) -> None:
    """Ask the plugins of an entry's place for what they work out; what is new takes the place of what they said before."""
    plugins = plugins_of(session)
    if plugins is None or not plugins.asked("compute_fact", entry.region):
        return
    before = {
        (o.recorded_by, o.fact, o.period): o
        for o in observations(session, "entry", [entry.id])
        if o.source == "computed"
    }
    given = {"entry": seen(entry), "access": Access(session.host.store)}
    for name, facts in plugins.each("compute_fact", given, region=entry.region):
        try:
            rows = [_observation(session, entry, name, one) for one in facts or ()]
        except (AttributeError, ArithmeticError, TypeError, ValueError) as error:
            plugins.failed(failure(name, "compute_fact", error))
            continue
        said = {(row.recorded_by, row.fact, row.period) for row in rows}
        if len(said) < len(rows):
            plugins.failed(Failure(name, "compute_fact", "ValueError: two values of one fact and period"))
            continue
        gone = [old for key, old in before.items() if key[0] == f"plugin:{name}" and key not in said]
        for row in (*rows, *(_withdrawn(session, old) for old in gone)):
            old = before.get((row.recorded_by, row.fact, row.period))
            if old is None or (old.value, old.source_text) != (row.value, row.source_text):
                row.supersedes = old.id if old else None
                session.add(row)
    session.flush()


def _observation(session: WriteSession, entry: Entry, plugin: str, one: Computed) -> Observation:
    if not isinstance(one, Computed) or not isinstance(one.value, bool | Decimal):
        raise TypeError("Computed with a Decimal or a bool is wanted")
    if isinstance(one.value, Decimal) and not one.value.is_finite():
        raise ValueError(f"{one.fact} is no number")
    return Observation(
        fact=one.fact,
        subject_type="entry",
        subject_id=entry.id,
        period=str(Period.parse(one.period)) if one.period else None,
        value=str(one.value).lower() if isinstance(one.value, bool) else f"{one.value:f}",
        source="computed",
        standing="documented",
        source_text=one.says.zh_hans,
        as_of=one.as_of or session.today,
        recorded_at=session.now,
        recorded_by=f"plugin:{plugin}",
    )


def _withdrawn(session: WriteSession, old: Observation) -> Observation:
    """In the place of a figure that can no longer be worked out: nothing, from now on."""
    return Observation(
        fact=old.fact,
        subject_type=old.subject_type,
        subject_id=old.subject_id,
        period=old.period,
        value=NOTHING,
        source=old.source,
        standing=old.standing,
        as_of=session.today,
        recorded_at=session.now,
        recorded_by=old.recorded_by,
    )


def require_no_veto(session: WriteSession, case: Case, step: dict[str, Any]) -> None:
    """Raise Refused when a plugin of the case's place forbids a move, and also when it fails: then nobody has looked."""
    plugins = plugins_of(session)
    if plugins is None:
        return
    for implementation in plugins.asked("before_transition", case.home_region):
        given = {"transition": transition(session, case, step), "access": Access(session.host.store)}
        try:
            vetoes = list(plugins.call("before_transition", implementation, given) or ())
            wrong = next((v for v in vetoes if not isinstance(v, Veto)), None)
            if wrong is not None:
                plugins.wrong(implementation.plugin_name, "before_transition", "a Veto", wrong)
                raise FailedError(implementation.plugin_name)
        except (FailedError, TypeError) as error:
            raise Refused(
                msg(
                    "The plugin “{plugin}” failed when it was asked about this step, so it was not taken. "
                    "The administrator sees why on the page of plugins.",
                    plugin=implementation.plugin_name,
                )
            ) from error
        if vetoes:
            raise Refused(msg("{reason} (plugin “{plugin}”)", reason=vetoes[0].says, plugin=implementation.plugin_name))


def announce(session: WriteSession, case: Case, step: CaseStep) -> None:
    """Put into the outbox that a case has moved, once for each plugin that wants to know."""
    plugins = plugins_of(session)
    if plugins is None:
        return
    for implementation in plugins.asked(JOB, case.home_region):
        name, told = implementation.plugin_name, asdict(transition(session, case, said(step)))
        told["entry"]["name"], told["on"] = told["entry"]["name"].model_dump(), step.on.isoformat()
        enqueue(session, JOB, f"{step.id}:{name}", session.now, plugin=name, transition=told)


def said(step: CaseStep) -> dict[str, Any]:
    """The part of a transition that a step knows."""
    return {
        "key": step.id,
        "stage": step.stage,
        "outcome": step.outcome,
        "act": step.act,
        "to": step.to_stage,
        "on": step.on,
    }


def tell(registry: Registry, job: Job) -> None:
    """Let one plugin do what follows from a move. Raises Broken when it fails; one that is gone or off is passed over."""
    name, told = job.data["plugin"], dict(job.data["transition"])
    told["entry"] = PluginEntry(**{**told["entry"], "name": Text.model_validate(told["entry"]["name"])})
    moved = Transition(**{**told, "on": date.fromisoformat(told["on"])})
    for implementation in registry.plugins.asked(JOB, moved.entry.region):
        if implementation.plugin_name == name:
            try:
                registry.plugins.call(JOB, implementation, {"transition": moved, "access": Access(registry.store)})
            except FailedError as error:
                raise Broken(msg("The plugin “{plugin}” failed.", plugin=name)) from error


def columns(registry: Registry, entries: Sequence[PluginEntry]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """(name, values by entry's id) of each column that plugins add to an export; values of other places are left out."""
    plugins = registry.plugins
    for implementation in plugins.asked("export_columns"):
        name = implementation.plugin_name
        own = [e for e in entries if plugins.speaks_for(implementation, e.region)]
        if not own:
            continue
        try:
            found = plugins.call("export_columns", implementation, {"entries": own, "access": Access(registry.store)})
            ids = {e.id for e in own}
            for column in found or ():
                yield f"{name}.{column.id}", {k: str(v) for k, v in column.values.items() if k in ids}
        except FailedError:
            continue
        except (AttributeError, TypeError) as error:
            plugins.failed(failure(name, "export_columns", error))
