"""Workflows that extend another, published one by a closed set of edits. The result is proved like any other."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, cast

from pydantic import Field, ValidationError

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.rules.model import Id, Model, one_of
from registry.rules.wording import did_you_mean, worded
from registry.rules.workflow import FORWARD, Outcome, Scope, Stage, Workflow
from registry.rules.yamlfile import Loc, Source

NEXT = "NEXT"
"""In an inserted stage: the stage to which the one before it led until now."""
Stages = dict[str, Stage]


class InsertAfter(Model):
    """A new stage behind an existing one: what led on from there leads here; `NEXT` is where it led before."""

    insert_after: Id
    stage: Id
    as_: Stage = Field(alias="as")


class Replace(Model):
    """A stage said anew."""

    replace: Id
    with_: Stage = Field(alias="with")


class Drop(Model):
    """A stage left out: who led to it leads to the one stage it leads on to."""

    drop: Id


class Set(Model):
    """One property of a stage (`stages.NAME.days`) or of an outcome (`stages.NAME.outcomes.NAME.label`)."""

    set: str = Field(pattern=r"^stages\.[a-z][a-z0-9_]*(\.outcomes\.[a-z][a-z0-9_]*)?\.[a-z_]+$")
    to: Any


Edit = Annotated[
    InsertAfter | Replace | Drop | Set, one_of(insert_after=InsertAfter, replace=Replace, drop=Drop, set=Set)
]


class Extension(Scope):
    """A workflow told by what differs from another (`ID@VERSION`)."""

    extends: str = Field(pattern=r"^[a-z][a-z0-9_.]*@[1-9][0-9]*$")
    edits: list[Edit] = Field(min_length=1)


class _Cannot(Exception):
    """An edit that does not fit; `key` is the key of it that is to blame."""

    def __init__(self, key: str, message: Message, remedy: Message | None = None) -> None:
        super().__init__(message)
        self.key, self.message, self.remedy = key, message, remedy


def model_of(data: Any) -> type[Workflow] | type[Extension]:
    """Which of the two a file holds."""
    return Extension if isinstance(data, Mapping) and "extends" in data else Workflow


def apply(base: Workflow, extension: Extension, source: Source | None = None) -> Workflow:
    """The whole workflow that an extension makes of its base. Raises BadInput with every edit that does not fit."""
    faults = []
    if f"{base.id}@{base.version}" != extension.extends:
        message = msg(
            "Extends {wanted}, but {given} was found.", wanted=extension.extends, given=f"{base.id}@{base.version}"
        )
        faults.append(_placed(source, message, "extends"))
    if base.procedure != extension.procedure:
        message = msg("Extends a workflow of another procedure ({procedure}).", procedure=base.procedure)
        faults.append(_placed(source, message, "procedure"))
    stages, start = dict(base.stages), base.start
    for i, edit in enumerate(extension.edits):
        try:
            if isinstance(edit, Drop) and edit.drop == start:
                start = _onward(stages, start, "drop")
            stages = _EDITS[type(edit)](stages, edit)
        except _Cannot as cannot:
            faults.append(_placed(source, cannot.message, "edits", i, cannot.key, remedy=cannot.remedy))
    if faults:
        raise BadInput(faults)
    head = {name: getattr(extension, name) for name in Scope.model_fields}
    return Workflow(**head, start=start, stages=stages)


def stages_in(source: Source, extension: Extension) -> Source:
    """The file of an extension, in which the stages of the whole workflow are found where an edit says them.

    What no edit says is found at “extends”: it comes from there.
    """
    values, keys = dict(source.values), dict(source.keys)
    for place in (("stages",), ("start",)):
        values[place] = keys[place] = source.at("extends")
    for i, edit in enumerate(extension.edits):
        if isinstance(edit, Set):
            at = tuple(edit.set.split("."))
            values[at] = source.at("edits", i, "to")
            keys[at] = source.at("edits", i, "set")
        elif not isinstance(edit, Drop):
            stage, key = (edit.stage, "as") if isinstance(edit, InsertAfter) else (edit.replace, "with")
            inside: Loc = ("edits", i, key)
            for mine, places in ((values, source.values), (keys, source.keys)):
                mine |= {("stages", stage, *loc[3:]): at for loc, at in places.items() if loc[:3] == inside}
            keys["stages", stage] = source.at("edits", i, "stage" if isinstance(edit, InsertAfter) else "replace")
    return replace(source, values=values, keys=keys)


def _placed(source: Source | None, message: Message, *loc: str | int, remedy: Message | None = None) -> Fault:
    if source is None:
        return Fault(message, field=".".join(map(str, loc)), remedy=remedy)
    return source.fault(message, *loc, remedy=remedy)


def _stage(stages: Stages, name: str, key: str) -> Stage:
    if name not in stages:
        raise _Cannot(key, msg("There is no stage “{stage}” to edit.", stage=name), did_you_mean(name, stages))
    return stages[name]


def _onward(stages: Stages, name: str, key: str) -> str:
    """The one stage to which a stage leads on."""
    outcomes = _stage(stages, name, key).outcomes.values()
    targets = {o.to for o in outcomes if o.act in FORWARD and o.to != name}
    if len(targets) != 1:
        raise _Cannot(
            key,
            msg("Stage “{stage}” does not lead on to exactly one stage.", stage=name),
            msg("Use `replace` and say its outcomes."),
        )
    return targets.pop()


def _led(stage: Stage, leads: Callable[[Outcome], str]) -> Stage:
    """The stage with each outcome leading where `leads` says."""
    return stage.model_copy(
        update={"outcomes": {n: o.model_copy(update={"to": leads(o)}) for n, o in stage.outcomes.items()}}
    )


def _insert(stages: Stages, edit: InsertAfter) -> Stages:
    before, old = edit.insert_after, _onward(stages, edit.insert_after, "insert_after")
    if edit.stage in stages:
        raise _Cannot(
            "stage", msg("There is already a stage “{stage}”.", stage=edit.stage), msg("Use `replace` to say it anew.")
        )
    made: Stages = {}
    for name, stage in stages.items():
        made[name] = stage
        if name == before:
            made[name] = _led(stage, lambda o: edit.stage if o.act in FORWARD and o.to == old else o.to)
            made[edit.stage] = _led(edit.as_, lambda o: old if o.to == NEXT else o.to)
    return made


def _replace(stages: Stages, edit: Replace) -> Stages:
    _stage(stages, edit.replace, "replace")
    return stages | {edit.replace: edit.with_}


def _drop(stages: Stages, edit: Drop) -> Stages:
    onward = _onward(stages, edit.drop, "drop")
    return {
        name: _led(stage, lambda o: onward if o.to == edit.drop else o.to)
        for name, stage in stages.items()
        if name != edit.drop
    }


def _set(stages: Stages, edit: Set) -> Stages:
    _, name, *inner, key = edit.set.split(".")
    changed = whole = _stage(stages, name, "set").model_dump(by_alias=True)
    for part in inner:
        if part not in changed:
            raise _Cannot("set", msg("There is nothing at “{path}”.", path=edit.set), did_you_mean(part, changed))
        changed = changed[part]
    known = (Outcome if inner else Stage).keys()
    if key not in known:
        raise _Cannot("set", msg("Unknown key “{key}”.", key=key), did_you_mean(key, known))
    changed[key] = edit.to
    try:
        return stages | {name: Stage.model_validate(whole)}
    except ValidationError as error:
        words = worded(Stage, error.errors(include_url=False)[0])
        raise _Cannot("to", words.message, words.remedy) from None


_EDITS = cast(
    dict[type, Callable[[Stages, Any], Stages]], {InsertAfter: _insert, Replace: _replace, Drop: _drop, Set: _set}
)
