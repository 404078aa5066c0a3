"""What follows an award: which sums are due and why, whether a duty was met, and what failing it brings.

Only reckoned here; who approves and pays, and who starts a rectification, is decided elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from registry.base.i18n import Message, msg
from registry.base.money import Money
from registry.rules.asking import Words, missing
from registry.rules.clause import Consequence, Duty, MoneyClause
from registry.rules.criteria import CriteriaSet
from registry.rules.evaluate import finding
from registry.rules.facts import Context, Facts, Missing
from registry.rules.judge import tester
from registry.rules.outcome import Finding, Outcome
from registry.rules.reckon import EXACT, Run, add, measurer


@dataclass(frozen=True)
class Payment:
    """One money clause for one entry: the sum in fen, and how it came about. Only `due` is paid."""

    clause: MoneyClause
    state: Literal["due", "not_due", "missing"]
    amount: Money
    lines: tuple[Message, ...]


def payments(
    criteria: CriteriaSet, outcome: Outcome, facts: Facts, context: Context, others: Mapping[str, Money] | None = None
) -> tuple[Payment, ...]:
    """What each money clause brings an entry with this outcome; `others`: what other funds have paid it, by fund."""
    run, words = Run(facts, context), Words(criteria.facts, facts.references, context.names)
    return tuple(_payment(clause, outcome, run, words, criteria, others or {}) for clause in criteria.money)


def _payment(
    clause: MoneyClause,
    outcome: Outcome,
    run: Run,
    words: Words,
    criteria: CriteriaSet,
    others: Mapping[str, Money],
) -> Payment:
    if reasons := tuple(_against(clause, outcome, others)):
        return Payment(clause, "not_due", Money(0), reasons)
    amount, line = _amount(clause, outcome, run, words, criteria)
    if amount is None:
        return Payment(clause, "missing", Money(0), (line,))
    lines = [line]
    if clause.at_most is not None and amount > clause.at_most:
        amount = clause.at_most
        lines.append(msg("At most {amount} can be paid.", amount=amount.text()))
    for fund in clause.less:
        if paid := others.get(fund):
            amount = Money(max(0, amount - paid))
            lines.append(
                msg("{paid} from “{fund}” is taken off: {amount}.", paid=paid.text(), fund=fund, amount=amount.text())
            )
    return Payment(clause, "due" if amount else "not_due", amount, tuple(lines))


def _against(clause: MoneyClause, outcome: Outcome, others: Mapping[str, Money]) -> Iterator[Message]:
    """Why nothing is due at all."""
    if outcome.decision != "met":
        yield msg("The criteria are not met, so nothing is due.")
    if clause.min_score is not None and (outcome.total is None or outcome.total < clause.min_score):
        yield msg("Below {mark} points nothing is due.", mark=clause.min_score)
    for fund in clause.not_with:
        if fund in others:
            yield msg("“{fund}” has paid for this; nothing is paid twice.", fund=fund)


def _amount(
    clause: MoneyClause, outcome: Outcome, run: Run, words: Words, criteria: CriteriaSet
) -> tuple[Money | None, Message]:
    """(the sum before its ceiling or None while something is missing, how it was reckoned)."""
    if clause.fixed is not None:
        return clause.fixed, msg("Fixed: {amount}.", amount=clause.fixed.text())
    if clause.per_point is not None:
        points = outcome.total or Decimal()
        return _times(clause.per_point, points, Decimal(1))
    assert clause.per is not None and clause.each is not None, "a money clause says a sum: checked when it is read"
    ((_, reading), *more) = measurer(clause.per, criteria.facts)(run)
    if isinstance(reading, Missing):
        return None, missing(reading, words)
    for _, another in more:
        if isinstance(another, Missing):
            return None, missing(another, words)
        reading = add(reading, another)
    return _times(clause.each, reading.top, reading.bottom)


def _times(each: Money, top: Decimal, bottom: Decimal) -> tuple[Money, Message]:
    """So much for each, rounded down to the fen; less than nothing is nothing."""
    amount = Money(max(0, int(EXACT.divide(EXACT.multiply(Decimal(int(each)), top), bottom))))
    shown = EXACT.divide(top, bottom).normalize() if bottom != 1 else top
    return amount, msg("{each} × {n} = {amount}.", each=each.text(), n=f"{shown:f}", amount=amount.text())


def duties(criteria: CriteriaSet, facts: Facts, context: Context) -> tuple[Finding, ...]:
    """Whether each duty is met by these facts; what is missing stays open until it is settled."""
    run, words = Run(facts, context), Words(criteria.facts, facts.references, context.names)
    return tuple(finding("duty", duty, tester(duty.test, criteria.facts)(run), words) for duty in criteria.duties)


def consequence(duty: Duty, in_a_row: int) -> Consequence | None:
    """What so many failures in a row bring; None without a failure."""
    if in_a_row < 1:
        return None
    reached = [n for n in duty.in_a_row if n <= in_a_row]
    return duty.in_a_row[max(reached)] if reached else duty.first_failure
