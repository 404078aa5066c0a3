"""Rows of `results.json`, measurements in processes of their own, and the table."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
BOUNDS = {"<=": float.__le__, ">=": float.__ge__}


@dataclass(frozen=True)
class Row:
    """One comparison. `goal` bounds the ratio, such as `<= 1.2`; without one the row is told only."""

    name: str
    ours: float
    yardstick: float
    unit: str
    goal: str | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours ÷ yardstick."""
        return self.ours / self.yardstick

    @property
    def met(self) -> bool | None:
        """Whether the ratio is within the goal; None without one."""
        if self.goal is None:
            return None
        sign, bound = self.goal.split()
        return BOUNDS[sign](self.ratio, float(bound))

    def to_json(self) -> dict[str, Any]:
        """As it stands in `results.json`."""
        said = asdict(self) | {"ours": round(self.ours, 3), "yardstick": round(self.yardstick, 3)}
        return said | {"ratio": round(self.ratio, 3), "met": self.met}


def measured(module: str, *args: str, env: Mapping[str, str]) -> dict[str, float]:
    """What a process of its own says of itself: one JSON document on its stdout."""
    done = subprocess.run(
        [sys.executable, "-m", module, *args], cwd=ROOT, env=dict(env), stdout=subprocess.PIPE, check=True, text=True
    )
    return json.loads(done.stdout)


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over several rounds."""
    return {name: median(one[name] for one in rounds) for name in rounds[0]}


def spread(rounds: Sequence[Mapping[str, float]], name: str) -> str:
    """The least and the greatest of a figure."""
    values = [one[name] for one in rounds]
    return f"{min(values):.1f}–{max(values):.1f}"


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
    lines = [f"{'':<52} {'ours':>10} {'yardstick':>10} {'unit':<8} {'ratio':>6}  goal"]
    for row in rows:
        verdict = {None: "", True: "met", False: "NOT MET"}[row.met]
        lines.append(
            f"{row.name:<52} {row.ours:>10,.2f} {row.yardstick:>10,.2f} {row.unit:<8} {row.ratio:>6.2f}  "
            f"{row.goal or '–':<8} {verdict}"
        )
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)
