"""What a workflow must say besides earning its tokens: owners, deadlines, reasons, remedies, and where edges lead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.base.errors import Fault
from registry.base.i18n import Message, msg
from registry.rules.permission import Role
from registry.rules.wording import did_you_mean
from registry.rules.workflow import MACHINE_ACTS, Outcome, Stage, Workflow
from registry.rules.yamlfile import Source

Edges = tuple[tuple[str, str], ...]
"""A path: the stages passed, each with the outcome by which it is left."""
Paths = Mapping[str, Edges]

ACT_OF = {"review": "recommend", "decide": "approve", "notice": "clear"}
"""The act by which a person says yes in a stage of the duty."""


@dataclass(frozen=True, slots=True)
class PathFault:
    """Something for which a workflow is refused, the path that shows it, and the place of it in the definition."""

    message: Message
    path: Edges
    stage: str
    loc: tuple[str | int, ...]
    remedy: Message | None = None

    @property
    def trail(self) -> str:
        """The path as it is printed."""
        return trail(self.path, self.stage)

    def placed(self, source: Source | None) -> Fault:
        """The fault at its place in the file."""
        if source is None:
            return Fault(self.message, field=".".join(map(str, self.loc)), remedy=self.remedy)
        return source.fault(self.message, *self.loc, remedy=self.remedy, key=self.loc[-1] not in ("to", "start"))


def can_be_taken(stage: Stage, outcome: Outcome) -> bool:
    """Whether the engine ever lets anybody take this way: no applicant judges, and only a notice can be cleared."""
    judges = stage.office == "applicant" and stage.duty in ("review", "decide")
    return not (judges and outcome.act not in {*MACHINE_ACTS, "withdraw"}) and not clears_nothing(stage, outcome)


def clears_nothing(stage: Stage, outcome: Outcome) -> bool:
    """Whether an outcome clears what was never on notice."""
    return outcome.act == "clear" and stage.duty != "notice"


def trail(path: Edges, end: str) -> str:
    """A path in one line: `form --submit--> check --late--> decide`."""
    return "".join(f"{stage} --{outcome}--> " for stage, outcome in path) + end


def shape(workflow: Workflow, paths: Paths) -> Iterator[PathFault]:
    """The faults of form. `paths` has a path to each stage that can be reached."""
    if workflow.start not in workflow.stages:
        yield PathFault(
            msg("There is no stage “{stage}”.", stage=workflow.start),
            (),
            workflow.start,
            ("start",),
            did_you_mean(workflow.start, workflow.stages),
        )
    for name, stage in workflow.stages.items():
        for message, key in _stage(workflow, name, stage, paths):
            yield PathFault(message, paths.get(name, ()), name, ("stages", name, *key))
        for outcome_name, outcome in stage.outcomes.items():
            yield from _outcome(workflow, name, outcome_name, outcome, paths)


Found = Iterator[tuple[Message, tuple[str, ...]]]


def _stage(workflow: Workflow, name: str, stage: Stage, paths: Paths) -> Found:
    if paths and name not in paths:
        yield msg("“{stage}” can never be reached.", stage=name), ()
    for other in stage.not_same_person_as:
        if other not in workflow.stages:
            yield msg("There is no stage “{stage}”.", stage=other), ("not_same_person_as",)
    if stage.members and stage.quorum > stage.members:
        yield (
            msg(
                "“{stage}” asks {members} people but wants {enough} answers.",
                stage=name,
                members=stage.members,
                enough=stage.quorum,
            ),
            ("enough",),
        )
    if (stage.kind == "notice") != (stage.duty == "notice"):
        yield msg("“{stage}”: the kind `notice` and the duty `notice` belong together.", stage=name), ("duty",)
    if stage.is_end:
        yield from _end(workflow, name, stage)
    elif stage.kind == "end" or stage.result:
        yield msg("“{stage}” is no end: only the duties `recognised` and `ended` have a result.", stage=name), ("duty",)
    if stage.has_owner:
        yield from _owner(name, stage)
    if stage.duty in ACT_OF:
        yield from _judging(name, stage)


def _end(workflow: Workflow, name: str, stage: Stage) -> Found:
    if stage.kind != "end" or stage.result is None:
        yield msg("“{stage}” is an end: it needs the kind `end` and a result.", stage=name), ("kind",)
    if (stage.duty == "recognised") != (stage.result == "recognised"):
        yield (
            msg("“{stage}”: the duty `recognised` and the result `recognised` belong together.", stage=name),
            ("result",),
        )
    if stage.duty == "recognised" and workflow.procedure == "recommend":
        yield msg("“{stage}”: a recommendation cannot recognise; the wider authority does.", stage=name), ("duty",)
    if stage.duty == "recognised" and stage.outcomes:
        yield msg("“{stage}” cannot be left: a title is revoked by a case of its own.", stage=name), ("outcomes",)
    elif any(outcome.act != "undo" for outcome in stage.outcomes.values()):
        yield msg("“{stage}” is an end: it can only be left by the act `undo`.", stage=name), ("outcomes",)


def _owner(name: str, stage: Stage) -> Found:
    for key in ("role", "office", "days"):
        if getattr(stage, key) is None:
            yield msg("“{stage}”: a person acts here, so it needs `{key}`.", stage=name, key=key), ()


def _judging(name: str, stage: Stage) -> Found:
    act = ACT_OF[stage.duty]
    if stage.is_silent or not any(outcome.act == act for outcome in stage.outcomes.values()):
        yield (
            msg(
                "“{stage}” has the duty `{duty}`, but no person can `{act}` there; silence is not consent.",
                stage=name,
                duty=stage.duty,
                act=act,
            ),
            ("duty",),
        )
    if stage.duty != "notice" and (stage.role == Role.APPLICANT or stage.office == "applicant"):
        yield msg("“{stage}”: the applicant may neither review nor decide.", stage=name), ("role",)
    if stage.duty == "notice" and not any(outcome.act == "uphold" for outcome in stage.outcomes.values()):
        yield (
            msg(
                "“{stage}”: an objection leads nowhere; the notice needs an outcome with the act `uphold`.", stage=name
            ),
            ("outcomes",),
        )


def _outcome(workflow: Workflow, name: str, outcome_name: str, outcome: Outcome, paths: Paths) -> Iterator[PathFault]:
    path: Edges = (*paths.get(name, ()), (name, outcome_name))
    loc = ("stages", name, "outcomes", outcome_name)
    printed = trail(path, outcome.to)
    if outcome.to not in workflow.stages:
        yield PathFault(
            msg("There is no stage “{stage}”: {path}", stage=outcome.to, path=printed),
            path,
            outcome.to,
            (*loc, "to"),
            did_you_mean(outcome.to, workflow.stages),
        )
        return
    if clears_nothing(workflow.stages[name], outcome):
        yield PathFault(
            msg("Only a notice can be cleared, and “{stage}” is none: {path}", stage=name, path=printed),
            path,
            outcome.to,
            (*loc, "act"),
        )
    if outcome.act == "uphold" and not _leads_on(workflow, name, outcome.to):
        yield PathFault(
            msg("An upheld objection leads nowhere, neither to a review nor to an end: {path}", path=printed),
            path,
            outcome.to,
            (*loc, "to"),
        )
    target = workflow.stages[outcome.to]
    if outcome.act == "timeout" and target.result in ("refused", "revoked"):
        yield PathFault(
            msg("Nobody is refused by a time-out; a person must give the reason: {path}", path=printed),
            path,
            outcome.to,
            (*loc, "act"),
        )
    if workflow.is_by_machine(name, outcome):
        return
    if _gives_reason(workflow, outcome) and not {"reason", "defects"} & set(outcome.needs):
        yield PathFault(
            msg("“{act}” needs a written reason (`needs: [reason]`): {path}", act=outcome.act, path=printed),
            path,
            outcome.to,
            loc,
        )
    if _names_remedy(workflow, outcome) and outcome.remedy is None:
        yield PathFault(
            msg(
                "“{act}” needs a remedy: to whom one may turn, within how many working days: {path}",
                act=outcome.act,
                path=printed,
            ),
            path,
            outcome.to,
            loc,
        )


def _leads_on(workflow: Workflow, notice: str, first: str) -> bool:
    """Whether a review or an end can be reached from `first` without passing the notice again."""
    seen, todo = {notice}, [first]
    while todo:
        name = todo.pop()
        if name not in seen and name in workflow.stages:
            seen.add(name)
            if workflow.stages[name].is_end or workflow.stages[name].duty == "review":
                return True
            todo.extend(outcome.to for outcome in workflow.stages[name].outcomes.values())
    return False


def _is_adverse(workflow: Workflow, outcome: Outcome) -> bool:
    """Whether it refuses, suspends or revokes."""
    if workflow.procedure in ("suspend", "revoke") and outcome.act == "approve":
        return True
    result = workflow.stages[outcome.to].result
    return outcome.act == "refuse" or result == "refused" or (result == "revoked" and workflow.procedure != "revoke")


def _gives_reason(workflow: Workflow, outcome: Outcome) -> bool:
    return outcome.act in ("return", "send_back") or _is_adverse(workflow, outcome)


def _names_remedy(workflow: Workflow, outcome: Outcome) -> bool:
    """Returns within the office tell the applicant nothing and need none."""
    back = outcome.act == "return" and workflow.stages[outcome.to].duty == "edit"
    return back or _is_adverse(workflow, outcome)
