"""The proof of a workflow: no path, however odd, reaches a title without review, decision and public notice.

People are not in the graph, so it cannot show that they differ; the engine sees to that. The graph shows that every
path earns its tokens, in order, each by a person's act. The search goes over (stage, tokens earned), so the first
unlawful path it finds is a shortest one. Guards count as possibly open here, and as possibly shut in the search for
traps. What is wrong with the form of a workflow (owners, reasons, remedies) is in `shape`.
"""

from collections import deque
from collections.abc import Iterator

from registry.base.errors import Fault
from registry.base.i18n import Message, msg, nmsg
from registry.rules.floors import CORE_NOTICE_DAYS, Floors
from registry.rules.shape import Edges, PathFault, can_be_taken, shape, trail
from registry.rules.workflow import FORWARD, MACHINE_ACTS, Outcome, Stage, Workflow
from registry.rules.yamlfile import Source

Tokens = frozenset[str]
State = tuple[str, Tokens]
Origins = dict[State, tuple[State, str] | None]

EARNS: dict[tuple[str, str], tuple[str, Tokens]] = {
    ("review", "recommend"): ("reviewed", frozenset()),
    ("decide", "approve"): ("decided", frozenset({"reviewed"})),
    ("notice", "clear"): ("noticed", frozenset({"decided"})),
}
"""The floor in one table: by a person's act in a stage of the duty, the token, and those that must be there before."""
EMPTIES = frozenset({"uphold", "send_back", "undo"})
"""Acts that take every token away. What is undone is done again from the review on."""
JUDGING = frozenset({"review", "decide", "notice"})


def prove(workflow: Workflow, floors: Floors | None = None) -> list[PathFault]:
    """Everything for which the workflow is refused; empty: it is proved. Unlawful paths come first."""
    floors = floors or Floors()
    if workflow.start not in workflow.stages:
        return list(shape(workflow, {}))
    origins = _search(workflow, floors)
    paths: dict[str, Edges] = {}
    for state in origins:
        paths.setdefault(state[0], tuple((stage, outcome) for (stage, _), outcome in _steps(origins, state)))
    return [*_unlawful(workflow, floors, origins), *_traps(workflow, paths), *shape(workflow, paths)]


def unlawful(workflow: Workflow, floors: Floors | None = None) -> list[PathFault]:
    """The unlawful paths alone."""
    floors = floors or Floors()
    return list(_unlawful(workflow, floors, _search(workflow, floors)))


def faults(workflow: Workflow, floors: Floors | None = None, source: Source | None = None) -> list[Fault]:
    """What `prove` and the floors find, at its place in the file; with no file, `field` names the place."""
    floors = floors or Floors()
    found = [fault.placed(source) for fault in prove(workflow, floors)] + floors.check_workflow(workflow, source)
    return sorted(found, key=lambda f: (f.line or 0, f.column or 0))


def _search(workflow: Workflow, floors: Floors) -> Origins:
    """Every (stage, tokens) that can be, breadth first, each with the state and outcome it was first reached from."""
    start: State = (workflow.start, frozenset())
    origins: Origins = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        stage = workflow.stages[state[0]]
        for name, outcome in stage.outcomes.items():
            reached = (outcome.to, _after(stage, outcome, state[1], floors))
            if can_be_taken(stage, outcome) and outcome.to in workflow.stages and reached not in origins:
                origins[reached] = (state, name)
                queue.append(reached)
    return origins


def _after(stage: Stage, outcome: Outcome, tokens: Tokens, floors: Floors) -> Tokens:
    """The tokens when a stage is left by an outcome."""
    if stage.duty == "edit" or outcome.substance or outcome.act in EMPTIES:
        return frozenset()
    if stage.is_silent or outcome.act in MACHINE_ACTS:
        return tokens
    token, before = EARNS.get((stage.duty, outcome.act), ("", frozenset()))
    long_enough = (stage.days or 0) >= max(CORE_NOTICE_DAYS, floors.notice_working_days.value)
    if token and before <= tokens and (token != "noticed" or long_enough):
        tokens |= {token}
        if token == "decided" and "heard" in tokens:
            tokens |= {"decided_heard"}
    if stage.kind == "hearing" and outcome.act == "next" and "reviewed" in tokens:
        tokens |= {"heard"}
    if outcome.act in FORWARD and any(kind.value == stage.kind for kind in floors.required_stage_kinds):
        tokens |= {f"kind:{stage.kind}"}
    return tokens


def _demanded(workflow: Workflow, stage: Stage, floors: Floors) -> dict[str, Message]:
    """The tokens without which a case may not come to this end, in words."""
    words = {
        "reviewed": msg("a review"),
        "decided": msg("a decision after the review"),
        "noticed": nmsg(
            "a public notice of at least {n} working day after the decision",
            "a public notice of at least {n} working days after the decision",
            floors.notice_working_days.value,
        ),
        "heard": msg("a hearing after the proposal"),
        "decided_heard": msg("a decision after the hearing"),
    }
    if stage.duty == "recognised" or stage.result == "recognised":
        kinds = {
            f"kind:{k.value}": msg("a stage of the kind “{kind}”", kind=k.value) for k in floors.required_stage_kinds
        }
        return {token: words[token] for token in ("reviewed", "decided", "noticed")} | kinds
    if stage.result == "revoked":
        return {token: words[token] for token in ("reviewed", "heard", "decided_heard")}
    if workflow.procedure == "recommend" and stage.result in ("recommended", "concluded"):
        return {token: words[token] for token in ("reviewed", "decided")}
    return {}


def _unlawful(workflow: Workflow, floors: Floors, origins: Origins) -> Iterator[PathFault]:
    """For each end and each set of tokens that can be missing there, the shortest path to it."""
    seen = set[tuple[str, Tokens]]()
    for state in origins:
        name, tokens = state
        demanded = _demanded(workflow, workflow.stages[name], floors)
        missing = frozenset(demanded) - tokens
        if missing and (name, missing) not in seen:
            seen.add((name, missing))
            steps = _steps(origins, state)
            path = tuple((stage, outcome) for (stage, _), outcome in steps)
            yield PathFault(
                msg(
                    "“{stage}” can be reached without {missing} since the last change of substance: {path}",
                    stage=name,
                    missing=_listed([words for token, words in demanded.items() if token in missing]),
                    path=trail(path, name),
                ),
                path,
                name,
                _blamed(workflow, steps, state),
            )


def _steps(origins: Origins, state: State) -> list[tuple[State, str]]:
    """The states passed on the way to a state, each with the outcome by which it was left."""
    steps: list[tuple[State, str]] = []
    step = origins[state]
    while step:
        steps.append(step)
        step = origins[step[0]]
    return steps[::-1]


def _blamed(workflow: Workflow, steps: list[tuple[State, str]], end: State) -> tuple[str | int, ...]:
    """Where to look first: the outcome that loses tokens, or leaves a review, decision or notice unearned."""
    reached = [state for state, _ in steps[1:]] + [end]
    blamed = ("start",) if not steps else ("stages", steps[-1][0][0], "outcomes", steps[-1][1])
    for ((name, tokens), outcome_name), (_, after) in zip(steps, reached, strict=True):
        stage = workflow.stages[name]
        act = stage.outcomes[outcome_name].act
        earned_nothing = stage.duty in JUDGING and after == tokens and act not in ("refuse", "return")
        if after < tokens or act in EMPTIES or earned_nothing:
            return ("stages", name, "outcomes", outcome_name)
    return blamed


def _listed(words: list[Message]) -> Message:
    """Several things in one sentence."""
    first, *rest = words
    for word in rest:
        first = msg("{one} and {other}", one=first, other=word)
    return first


def _traps(workflow: Workflow, paths: dict[str, Edges]) -> Iterator[PathFault]:
    """Stages from which no way to an end is always open. Guards may be shut, returns may be used up."""
    stages = workflow.stages
    free = {name for name, stage in stages.items() if stage.is_end}
    while more := {
        name for name, _, o in workflow.edges() if name not in free and o.to in free and _is_open(stages[name], o)
    }:
        free |= more
    for name in stages:
        if name in paths and name not in free:
            yield PathFault(
                msg(
                    "“{stage}” is a trap: no way from it to an end is always open: {path}",
                    stage=name,
                    path=trail(paths[name], name),
                ),
                paths[name],
                name,
                ("stages", name),
            )


def _is_open(stage: Stage, outcome: Outcome) -> bool:
    """Whether those in charge can always take this way, or it is taken for them."""
    if not can_be_taken(stage, outcome) or outcome.guard is not None or (outcome.act == "return" and stage.max_returns):
        return False
    return outcome.act not in ("undo", "uphold") and (outcome.act != "withdraw" or stage.office == "applicant")
