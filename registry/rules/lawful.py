"""Whether the record of a case allows a recognition: read once more, from its rows alone, before it takes effect.

Invariant: review, then decision by different people, then a public notice of at least the floor, all after the
last change of substance. This reader shares no code with the proof or with the engine, so that a mistake in
either does not become a title.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from registry.base.i18n import Message, msg

NOBODY = "system"
STARTS_AGAIN = {"uphold", "send_back", "undo"}
WITHIN_THE_OFFICE = {"next", "recommend", "approve", "return"}
"""Acts that whoever did them may take back on the same day."""


def lawful(
    rows: Sequence[Mapping[str, Any]],
    *,
    floor_days: int,
    working_days_between: Callable[[date, date], int | None],
) -> Message | None:
    """None when the rows, oldest first, allow a recognition; else what is wrong with them.

    A row says how one stage was left: `stage`, `duty`, `kind`, `act`, `person`, `on` (date), and where it was so
    `substance` (the outcome changes substance). A ballot is a row with act `ballot`. A notice began on the row's
    `began`, or where that is not said on the day of the row before it. A row with act `take_back` takes back the one
    before it that is no ballot.
    `working_days_between(a, b)` counts the working days after `a` up to and including `b`; None: not countable yet.
    """
    filers, reviewers, deciders = set[str](), set[str](), set[str]()
    reviewed = decided = noticed = False
    for before, row in pairwise([{}, *counted(rows)]):
        duty, act, person = row["duty"], row["act"], row["person"]
        if duty == "edit" or act in STARTS_AGAIN or row.get("substance"):
            reviewers, deciders = set(), set()
            reviewed = decided = noticed = False
            filers |= {person} if duty == "edit" else set()
        elif person == NOBODY or act == "withdraw":
            continue
        elif duty == "review":
            reviewers.add(person)
            reviewed = reviewed or act == "recommend"
        elif duty == "decide":
            deciders.add(person)
            decided = decided or (reviewed and act == "approve")
        elif duty == "notice" and act == "clear" and decided:
            began = row.get("began") or before["on"]
            noticed = noticed or (working_days_between(began, row["on"] - timedelta(days=1)) or 0) >= floor_days
    if not reviewed:
        return msg("The record shows no review since the last change of substance.")
    if not decided:
        return msg("The record shows no decision after the review since the last change of substance.")
    if reviewers & deciders:
        return msg("The record shows the same person in review and decision.")
    if filers & (reviewers | deciders):
        return msg("The record shows that who filed the application also reviewed or decided it.")
    if not noticed:
        return msg("The record shows no public notice of at least {n} working days after the decision.", n=floor_days)
    return None


def counted(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows as they count: one taken back earns nothing. Taken back in any other way, everything begins anew."""
    made: list[Mapping[str, Any]] = []
    for row in rows:
        if row["act"] != "take_back":
            made.append(row)
            continue
        place = next((i for i in reversed(range(len(made))) if made[i]["act"] != "ballot"), None)
        taken = made[place] if place is not None else {}
        own = taken.get("person") == row["person"] and taken.get("on") == row["on"]
        inside = taken.get("act") in WITHIN_THE_OFFICE and taken.get("duty") not in ("edit", "notice")
        if place is not None and own and inside and not taken.get("substance"):
            made[place] = {**taken, "act": "taken_back"}
        else:
            made.append({**row, "act": "undo"})
    return made
