"""The cookbook of rule forms is judged by the evaluator itself: every row of its tables is what comes out.

python -m tests.rules.forms writes the outcomes in docs/rule-forms*.md anew; a test fails when they are not as written.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from registry.base.i18n import Lang, Message, Text, speaking
from registry.base.money import Money
from registry.base.period import Period
from registry.rules.award import consequence, duties, payments
from registry.rules.criteria import CriteriaSet, faults
from registry.rules.evaluate import evaluate, settle
from registry.rules.facts import Context, Facts, HeldTitle, Observed, Reference, Row
from registry.rules.round import Entrant, decide
from registry.rules.yamlfile import load, read

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS: dict[Lang, Path] = {"zh-Hans": DOCS / "rule-forms.md", "en": DOCS / "rule-forms.en.md"}
HEAD = """\
id: example.form
version: 1
kind: labour_brand
level: city
region: "320800"
title: {zh-Hans: 规则写法示例, en: A form of rule}
basis: {title: 示例}
standing: example
"""
IN_FORCE = "in_force: {from: 2026-01-01}\n"
BLOCK = re.compile(r"```yaml\n(?P<yaml>(?:(?!```).*\n)+)```\n\n(?P<head>(?:\|.*\n){2})(?P<rows>(?:\|.*\n)+)")
WORDS: dict[Lang, dict[str, str]] = {
    "zh-Hans": {"met": "达标", "not_met": "不达标", "missing": "缺", "none": "—"},
    "en": {"met": "met", "not_met": "not met", "missing": "missing", "none": "—"},
}
NAMES = {
    "plan_scan": Text.model_validate({"zh-Hans": "规划文件扫描件", "en": "scan of the plan"}),
    "labour_brand": Text.model_validate({"zh-Hans": "劳务品牌", "en": "labour brand"}),
    "top_ten": Text.model_validate({"zh-Hans": "十大劳务品牌", "en": "top ten labour brands"}),
}
WAGES = Reference(
    "trade_wage",
    Text.model_validate({"zh-Hans": "分行业平均工资（示例）", "en": "average wages by trade (example)"}),
    (Row("320800", 2025, Decimal(5000), "示例年鉴"),),
)


@dataclass
class Given:
    """What the first cell of a row says."""

    observations: list[Observed] = field(default_factory=list)
    context: Context = Context(
        date(2026, 3, 15), "city", region_chain=("320830", "320800", "320000", "000000"), names=NAMES
    )
    funds: dict[str, Money] = field(default_factory=dict)
    failed: int = 1

    @property
    def facts(self) -> Facts:
        """The facts and the reference table."""
        return Facts(self.observations, [WAGES])


def set_of(text: str) -> CriteriaSet:
    """The criteria set of a block; a fault in it is an error."""
    source = read("form.yaml", (HEAD + ("" if "in_force:" in text else IN_FORCE) + text).encode())
    criteria = load(CriteriaSet, source)
    assert not faults(criteria, source), [f.text("en") for f in faults(criteria, source)]
    return criteria


def period_of(text: str) -> Period:
    """A year, or a month as 2026-02."""
    year, _, month = text.partition("-")
    return Period(int(year), int(month)) if month else Period(int(year))


def given(cell: str) -> Given:
    """`area 8000; wage 2025 5500; class skills; evidence scan; title SCHEME LEVEL DAY; fund NAME YUAN; failed 2`."""
    said = Given()
    for item in filter(None, (part.strip() for part in cell.split(";"))):
        match item.split():
            case ["class", name]:
                said.context = replace(said.context, class_=name)
            case ["evidence", name]:
                said.context = replace(said.context, evidence=said.context.evidence | {name})
            case ["title", scheme, level, day]:
                held = HeldTitle(scheme, scheme, level, date.fromisoformat(day))
                said.context = replace(said.context, titles=(*said.context.titles, held))
            case ["fund", name, yuan]:
                said.funds[name] = Money.yuan(yuan)
            case ["failed", times]:
                said.failed = int(times)
            case [fact, *period, value]:
                typed: Any = {"yes": True, "no": False}.get(value)
                seen = Decimal(value) if typed is None else typed
                said.observations.append(
                    Observed(fact, seen, period_of(period[0]) if period else None, "document", "documented")
                )
    return said


def judged(text: str, cell: str, lang: Lang) -> tuple[str, list[str]]:
    """(outcome in a word or two, the lines that an applicant reads) of a row."""
    criteria, words = set_of(text), WORDS[lang]
    if criteria.round:
        return in_round(criteria, cell, lang)
    said = given(cell)
    outcome = evaluate(criteria, said.facts, said.context)
    if criteria.money:
        made = payments(criteria, settle(outcome), said.facts, said.context, said.funds)
        told = [f"{p.clause.says}: " if lang == "en" else f"{p.clause.says}：" for p in made]
        sums = " / ".join(words["missing"] if p.state == "missing" else p.amount.text(lang) for p in made)
        return sums, [before + line for before, p in zip(told, made, strict=True) for line in texts(p.lines, lang)]
    if criteria.duties:
        (found,) = duties(criteria, said.facts, said.context)
        brings = consequence(criteria.duties[0], said.failed) if found.state == "not_met" else None
        return words[found.state] + (f" → {brings}" if brings else ""), texts(found.lines(), lang)
    lines = [line for finding in outcome.findings for line in texts(finding.lines(), lang)]
    if criteria.scored:
        points = " / ".join(words["missing"] if f.points is None else f"{f.points:f}" for f in outcome.findings)
        return points, lines
    return words[outcome.decision], lines


def in_round(criteria: CriteriaSet, cell: str, lang: Lang) -> tuple[str, list[str]]:
    """A row of a round: `a 95; b 90` are entries with their points."""
    entrants = []
    for item in cell.split(";"):
        key, points = item.split()
        one = given(f"points {points}")
        entrants.append(Entrant(key, one.facts, one.context))
    outcome = decide(criteria, entrants)
    grades = [
        f"{p.entrant.key}: {p.grade or (f'? {p.open}' if p.open else WORDS[lang]['none'])}" for p in outcome.places
    ]
    return ", ".join(grades), [f"{p.entrant.key}: {p.lines[0].text(lang)}" for p in outcome.places if p.lines]


def texts(lines: Any, lang: Lang) -> list[str]:
    """Messages in a language."""
    return [line.text(lang) if isinstance(line, Message) else str(line) for line in lines]


def written(document: str, lang: Lang) -> str:
    """A cookbook with the outcomes of its rows as they come out."""

    def block(match: re.Match[str]) -> str:
        rows = []
        for row in match["rows"].splitlines():
            cell = row.split("|")[1].strip()
            with speaking(lang):
                outcome, lines = judged(match["yaml"], cell.strip("`").replace("—", ""), lang)
            rows.append(f"| {cell} | {outcome} | {'<br>'.join(lines)} |\n")
        return f"```yaml\n{match['yaml']}```\n\n{match['head']}{''.join(rows)}"

    return BLOCK.sub(block, document)


if __name__ == "__main__":
    for lang, file in DOCUMENTS.items():
        file.write_text(written(file.read_text(encoding="utf-8"), lang), encoding="utf-8")
