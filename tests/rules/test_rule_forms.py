"""Each of the eighteen rule forms that real measures use is in the cookbook, and comes out as it says there."""

import difflib
import re

import pytest

from registry.base.i18n import Lang
from registry.rules.criteria import faults
from registry.rules.yamlfile import read

from .forms import BLOCK, DOCUMENTS, HEAD, IN_FORCE, given, judged, written


@pytest.mark.parametrize("lang", DOCUMENTS)
def test_outcomes_are_as_the_cookbook_says(lang: Lang) -> None:
    text = DOCUMENTS[lang].read_text(encoding="utf-8")
    out = written(text, lang)
    assert text == out, "\n".join(difflib.unified_diff(text.splitlines(), out.splitlines(), "written", "judged"))


def test_all_eighteen_are_there_and_the_same_in_both_languages() -> None:
    blocks = [[(m["yaml"], facts_of(m["rows"])) for m in BLOCK.finditer(f.read_text())] for f in DOCUMENTS.values()]
    assert len(blocks[0]) == 18 and blocks[0] == blocks[1]


def facts_of(rows: str) -> list[str]:
    """The first cells of a table."""
    return [row.split("|")[1].strip() for row in rows.splitlines()]


NUMERIC = [
    m for m in BLOCK.finditer(DOCUMENTS["en"].read_text()) if "at_least:" in m["yaml"] and "round:" not in m["yaml"]
]


@pytest.mark.parametrize("block", NUMERIC, ids=lambda m: str(re.search(r"- *\{?id: (\w+)", m["yaml"])[1]))  # type: ignore[index]
def test_first_row_stands_on_the_line_and_without_any_of_its_facts_it_is_not_met(block: re.Match[str]) -> None:
    first = facts_of(block["rows"])[0].strip("`")
    assert judged(block["yaml"], first, "en")[0] == "met"
    items = [item.strip() for item in first.split(";")]
    for n, item in enumerate(items):
        rest = "; ".join(items[:n] + items[n + 1 :])
        assert judged(block["yaml"], rest, "en")[0] in ("missing", "not met"), item


@pytest.mark.parametrize("cents", [0, 1])
def test_wage_of_exactly_the_share_is_met_and_a_cent_less_is_not(cents: int) -> None:
    block = next(m["yaml"] for m in NUMERIC if "trade_wage" in m["yaml"])
    assert judged(block, f"wage 2025 {5500 - cents / 100:.2f}", "en")[0] == ("not met" if cents else "met")
    assert given("wage 2025 5500").observations[0].period


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{id: m, says: 奖, at_most: 5}", "one sum"),
        ("{id: m, says: 奖, fixed: 5, per_point: 1}", "one sum"),
        ("{id: m, says: 奖, each: 5}", "belong together"),
    ],
)
def test_money_clause_that_says_no_sum_is_told(written: str, told: str) -> None:
    veto = "vetoes: [{id: v, says: 无, test: {none_of: [{title: x}]}}]"
    text = f"{HEAD}{IN_FORCE}facts: {{}}\n{veto}\nmoney:\n  - {written}\n"
    (fault,) = faults(None, read("form.yaml", text.encode()))
    assert told in fault.text("en") and fault.line == text.count("\n")
