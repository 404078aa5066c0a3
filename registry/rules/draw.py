"""A workflow to look at: as text, as Mermaid, and as a picture of attributes only (no style, no script)."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from registry.base.i18n import DEFAULT_LANGUAGE, Lang, Message, msg, nmsg
from registry.rules.permission import ROLE_NAMES
from registry.rules.workflow import FORWARD, Outcome, Stage, Workflow

DUTIES: dict[str, Message] = {
    "edit": msg("fill in"),
    "review": msg("review"),
    "decide": msg("decision"),
    "notice": msg("public notice"),
    "work": msg("task"),
    "auto": msg("automatic"),
    "recognised": msg("recognised"),
    "ended": msg("end"),
}
ROW, BOX, WIDTH = 68, 44, 640
INK, QUIET, LINE, PAPER, NOW = "#1f2933", "#52606d", "#9aa5b1", "#ffffff", "#b3261e"


def as_text(workflow: Workflow, lang: Lang = DEFAULT_LANGUAGE) -> str:
    """The stages, one a paragraph, each with who acts, until when, and where each outcome leads."""
    lines = [f"{workflow.title.in_(lang)} ({workflow.id}@{workflow.version})"]
    for name, stage in workflow.stages.items():
        lines += ["", f"{name}  {stage.names.staff.in_(lang)}", f"    {_facts(stage, lang)}"]
        lines += [
            f"    --{outcome_name}--> {o.to}  {_outcome(workflow, name, o, lang)}"
            for outcome_name, o in stage.outcomes.items()
        ]
    needed = nmsg("needs at least {n} person", "needs at least {n} different people", workflow.people_needed)
    return "\n".join([*lines, "", needed.text(lang), ""])


def as_mermaid(workflow: Workflow, lang: Lang = DEFAULT_LANGUAGE) -> str:
    """A Mermaid flowchart."""
    lines = ["flowchart TD"]
    for name, stage in workflow.stages.items():
        label = f"{_quoted(stage.names.staff.in_(lang))}<br/>{_quoted(_facts(stage, lang))}"
        lines.append(f'    s_{name}(["{label}"])' if stage.is_end else f'    s_{name}["{label}"]')
    for name, _, outcome in workflow.edges():
        line = "-->" if outcome.act in FORWARD else "-.->"
        lines.append(f'    s_{name} {line}|"{_quoted(outcome.label.in_(lang))}"| s_{outcome.to}')
    return "\n".join([*lines, ""])


def as_svg(workflow: Workflow, current: str | None = None, lang: Lang = DEFAULT_LANGUAGE) -> str:
    """The stages from top to bottom; beside each where its outcomes lead. `current` is marked."""
    height = ROW * len(workflow.stages) + 16
    title = escape(workflow.title.in_(lang))
    body = "".join(_row(workflow, name, i, name == current, lang) for i, name in enumerate(workflow.stages))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="14"><title>{title}</title>{body}</svg>\n'
    )


def along(workflow: Workflow) -> Workflow:
    """The same with its stages in the order in which a case meets them: what is published has them by name.

    The straight way comes first, then what branches off, ends last.
    """
    order: list[str] = []
    waiting = [workflow.start]
    while waiting:
        name = waiting.pop(0)
        if name in order or name not in workflow.stages:
            continue
        order.append(name)
        ways = sorted(workflow.stages[name].outcomes.values(), key=lambda o: o.act not in FORWARD)
        ahead = [o.to for o in ways if o.act in FORWARD]
        waiting = [*ahead[:1], *waiting, *ahead[1:], *(o.to for o in ways if o.act not in FORWARD)]
    order += [name for name in workflow.stages if name not in order]
    order.sort(key=lambda name: workflow.stages[name].is_end)
    return workflow.model_copy(update={"stages": {name: workflow.stages[name] for name in order}})


def _row(workflow: Workflow, name: str, index: int, is_current: bool, lang: Lang) -> str:
    """One stage of the picture: a line from the one above, a box, and where its outcomes lead."""
    stage, y = workflow.stages[name], 8 + index * ROW
    above = list(workflow.stages)[index - 1] if index else ""
    joined = index and any(o.to == name and o.act in FORWARD for o in workflow.stages[above].outcomes.values())
    now = f" ({msg('now').text(lang)})" if is_current else ""
    title, facts = escape(stage.names.staff.in_(lang) + now), escape(_facts(stage, lang))
    ways = " · ".join(f"{o.label.in_(lang)} → {_name(workflow, o.to, lang)}" for o in stage.outcomes.values())
    return "".join(
        [
            f'<line x1="120" y1="{y - ROW + BOX}" x2="120" y2="{y}" stroke="{LINE}" stroke-width="2"/>'
            if joined
            else "",
            (
                f'<rect x="8" y="{y}" width="224" height="{BOX}" rx="{BOX // 2 if stage.is_end else 4}" fill="{PAPER}" '
                f'stroke="{NOW if is_current else LINE}" stroke-width="{3 if is_current else 1}"/>'
            ),
            f'<text x="120" y="{y + 19}" text-anchor="middle" fill="{INK}">{title}</text>',
            f'<text x="120" y="{y + 36}" text-anchor="middle" font-size="11" fill="{QUIET}">{facts}</text>',
            *_wrapped(ways, 244, y + 14),
        ]
    )


def _wrapped(words: str, x: int, y: int) -> Iterator[str]:
    """A text in lines as wide as there is room for; wide characters count double."""
    line, width = "", 0
    lines = []
    for part in words.split(" · ") if words else []:
        size = sum(2 if ord(c) > 0x2E80 else 1 for c in part) + 3
        if line and width + size > 60:
            lines.append(line)
            line, width = "", 0
        line, width = f"{line} · {part}" if line else part, width + size
    for i, text in enumerate([*lines, line] if line else []):
        yield f'<text x="{x}" y="{y + i * 15}" font-size="11" fill="{QUIET}">{escape(text)}</text>'


def _facts(stage: Stage, lang: Lang) -> str:
    """What a stage earns, who acts and until when, in one line."""
    words = [DUTIES[stage.duty].text(lang)]
    if stage.role:
        words.append(ROLE_NAMES[stage.role].text(lang))
    if stage.days:
        words.append(nmsg("{n} working day", "{n} working days", stage.days).text(lang))
    return " · ".join(words)


def _outcome(workflow: Workflow, stage: str, outcome: Outcome, lang: Lang) -> str:
    words = [outcome.label.in_(lang)]
    if workflow.is_by_machine(stage, outcome):
        words.append(msg("by the registry itself").text(lang))
    if outcome.needs:
        words.append(msg("needs {things}", things=", ".join(outcome.needs)).text(lang))
    return " · ".join(words)


def _name(workflow: Workflow, stage: str, lang: Lang) -> str:
    return workflow.stages[stage].names.staff.in_(lang) if stage in workflow.stages else stage


def _quoted(text: str) -> str:
    """Text inside a Mermaid label, which writes entities with `#`; its quotes cannot be closed from inside."""
    for sign, entity in (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, entity)
    return text
