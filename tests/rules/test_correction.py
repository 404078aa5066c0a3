"""What may be put right: a step taken back, and a second return; the engine and the reader of the record agree."""

import random
from collections import Counter
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from registry.rules.correction import may_return, may_take_back, said_too_late
from registry.rules.engine import TAKE_BACK, TAKEN_BACK, Step, may, standing, tokens
from registry.rules.permission import Actor
from registry.rules.workflow import FORWARD

from .workflows import FILER, RECOGNISE, STAFF_PEOPLE, Play, changed, outcome, ways, workflow


def take_back(play: Play, actor: Actor) -> bool:
    """Take the last step back, if the engine lets this actor."""
    if may_take_back(play.position, actor) is not None:
        return False
    before = play.position.steps[-1]
    at = play.position.at
    step = Step(play.position.stage, at.duty, at.kind, TAKE_BACK, TAKE_BACK, actor.person, play.position.today)
    play.position = replace(play.position, steps=(*play.position.steps, step))
    play.rows.append(asdict(step))
    play._arrive(before.stage)
    return True


def at_decision() -> Play:
    play = Play(workflow(RECOGNISE))
    play.follow([("form", "submit"), ("check", "yes")])
    return play


def reviewer(play: Play) -> Actor:
    return next(p for p in STAFF_PEOPLE if p.person == play.position.steps[-1].person)


def test_step_taken_back_earns_nothing_and_its_person_has_acted() -> None:
    play = at_decision()
    who = reviewer(play)
    assert tokens(play.position) == {"reviewed"}
    assert take_back(play, who) and play.position.stage == "check"
    assert tokens(play.position) == frozenset()
    assert [s.act for s in play.position.steps] == ["next", TAKEN_BACK]
    play.follow([("check", "yes")])
    assert tokens(play.position) == {"reviewed"}
    assert may(play.position, "yes", who) is not None  # who has reviewed does not decide, taken back or not


def test_only_ones_own_step_of_today_within_the_office_is_taken_back() -> None:
    play = at_decision()
    who, other = reviewer(play), next(p for p in STAFF_PEOPLE if p.person != play.position.steps[-1].person)
    assert may_take_back(play.position, other) is not None
    tomorrow = replace(play.position, today=play.position.today + timedelta(days=1))
    assert may_take_back(tomorrow, who) is not None
    assert may_take_back(replace(play.position, conflicted=frozenset({who.person})), who) is not None
    ballot = Step("decide", "work", "expert_scoring", "", "ballot", "e", play.position.today)
    assert may_take_back(replace(play.position, steps=(*play.position.steps, ballot)), who) is not None
    filed = Play(workflow(RECOGNISE))
    filed.follow([("form", "submit")])
    assert may_take_back(filed.position, FILER) is not None
    play.follow([("decide", "yes")])  # now on public notice
    assert may_take_back(play.position, reviewer(play)) is not None
    assert not take_back(play, reviewer(play))


def test_taking_back_twice_in_a_row_is_refused() -> None:
    play = at_decision()
    who = reviewer(play)
    assert take_back(play, who)
    assert not take_back(play, who)


def test_what_is_walked_with_steps_taken_back_is_lawful() -> None:
    count: Counter[str] = Counter()
    made = workflow(changed(RECOGNISE, check=ways(RECOGNISE, "check", outcome("back return form"))))
    for seed in range(300):
        dice, play = random.Random(seed), Play(made)
        for _ in range(30):
            if play.position.at.is_end:
                break
            if dice.random() < 0.3 and any(take_back(play, p) for p in STAFF_PEOPLE):
                count["taken back"] += 1
                continue
            ways_out = play.position.at.outcomes
            onward = [5 if o.act in FORWARD else 1 for o in ways_out.values()]
            name = dice.choices(list(ways_out), onward)[0]
            play.prepare(name)
            if able := play.who_may(name):
                play.take(name, dice.choice(able))
        if play.position.at.result == "recognised":
            count["recognised"] += 1
            assert play.verdict() is None, play.rows
    assert count["taken back"] > 100 and count["recognised"] > 100, count


def test_standing_leaves_other_steps_as_they_are() -> None:
    play = at_decision()
    steps = play.position.steps
    assert standing(steps) == steps
    assert standing(standing((*steps, replace(steps[-1], act=TAKE_BACK)))) == standing(
        (*steps, replace(steps[-1], act=TAKE_BACK))
    )


@pytest.fixture
def returned() -> Play:
    """A case that was returned to its applicant and has come back; only `area` was changed."""
    made = workflow(changed(RECOGNISE, check=ways(RECOGNISE, "check", outcome("back return form"))))
    play = Play(made)
    play.follow([("form", "submit"), ("check", "back"), ("form", "submit")])
    play.position = replace(play.position, corrected=frozenset({"area"}))
    return play


def test_second_return_for_what_could_have_been_said_needs_another_officer(returned: Play) -> None:
    one, other = STAFF_PEOPLE[:2]
    assert said_too_late(returned.position, "back", ["area", "name"]) == {"name"}
    assert may_return(returned.position, "back", ["area"], None, one) is None
    assert may_return(returned.position, "back", ["name"], None, one) is not None
    assert may_return(returned.position, "back", ["name"], one.person, one) is not None
    assert may_return(returned.position, "back", ["name"], other.person, one) is None
    first = replace(returned.position, corrected=None)
    assert may_return(first, "back", ["name"], None, one) is None
    assert may_return(returned.position, "yes", ["name"], None, one) is None
