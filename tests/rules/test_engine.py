"""The one gate: who may act, and why not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from registry.base.i18n import Message, Text
from registry.rules.calendar import NotCountable
from registry.rules.engine import Position, available, may, may_answer, may_take_part, office_region, tokens
from registry.rules.floors import Floors, Sourced
from registry.rules.permission import SYSTEM, Actor, Appointment
from registry.rules.proof import prove
from tests.rules.workflows import (
    ADVERSE,
    ANN,
    BEN,
    CAI,
    CITY,
    COUNTY,
    FILER,
    ORGANISATION,
    RECOGNISE,
    REVOKE,
    Play,
    Stage,
    changed,
    edges,
    outcome,
    stage,
    ways,
    workflow,
)

ELSEWHERE = Actor("els", "els", (Appointment("city_reviewer", "320700"), Appointment("county_reviewer", CITY)))
DECIDER_HAS_REVIEWED = "You have acted at “stage of review” in this case; here another person must act."


def said(refusal: Message | None) -> str:
    """A refusal in English."""
    return refusal.text("en") if refusal else "allowed"


def played(path: str, stages: dict[str, Stage] = RECOGNISE) -> Play:
    """A case that has gone this way; Ann reviewed and Ben decided."""
    play = Play(workflow(stages, path.split()[0]))
    play.follow(edges(path))
    return play


REVIEWED = "form --submit--> check --yes--> decide"
NOTICE = f"{REVIEWED} --yes--> notice"


def test_two_reviewers_of_whom_one_decides_are_refused_by_person() -> None:
    two = changed(
        RECOGNISE,
        check=ways(RECOGNISE, "check", "yes recommend second"),
        second=stage("review", "yes recommend decide", "no refuse refused"),
    )
    assert prove(workflow(two)) == []
    play = played("form --submit--> check --yes--> second", two)
    assert play.take("yes", BEN) is None
    assert said(may(play.position, "yes", ANN)) == DECIDER_HAS_REVIEWED
    assert said(may(play.position, "yes", BEN)) == DECIDER_HAS_REVIEWED
    assert may(play.position, "yes", CAI) is None


def test_who_decided_may_not_review_the_same_submission() -> None:
    play = played(REVIEWED)
    assert play.take("back", BEN) is None
    assert "another person" in said(may(play.position, "yes", BEN))
    assert may(play.position, "yes", ANN) is None


def test_second_account_of_one_person_counts_as_the_same_person() -> None:
    other_account = Actor("ann-2", "ann", ANN.appointments)
    assert said(may(played(REVIEWED).position, "yes", other_account)) == DECIDER_HAS_REVIEWED


def test_after_a_correction_people_may_change_places() -> None:
    play = played("form --submit--> check --back--> form --submit--> check")
    assert play.take("yes", BEN) is None
    assert may(play.position, "yes", ANN) is None


def test_revocation_is_not_decided_by_its_proposer() -> None:
    play = Play(workflow(REVOKE, "proposal", "revoke"))
    play.follow(edges("proposal --propose--> hearing --heard--> decision"))
    assert said(may(play.position, "revoke", ANN)) == DECIDER_HAS_REVIEWED
    assert may(play.position, "revoke", BEN) is None


@pytest.mark.parametrize("role", ["city_reviewer", "city_leader"])
def test_who_belongs_to_the_filing_organisation_neither_reviews_nor_decides(role: str) -> None:
    insider = Actor(
        "ins", "ins", (Appointment(role, CITY), Appointment("applicant", COUNTY, organisation=ORGANISATION))
    )
    play = played("form --submit--> check" if role == "city_reviewer" else REVIEWED)
    assert said(may(play.position, "yes", insider)) == (
        "Whoever filed an application, or belongs to the office that did, may neither review nor decide it."
    )


def test_an_official_who_filed_in_an_edit_stage_neither_reviews_nor_decides() -> None:
    by_office = changed(RECOGNISE, form=ways(RECOGNISE, "form", office="home", role="county_officer"))
    play = Play(workflow(by_office))
    assert play.take("submit", CAI) is None
    assert said(may(play.position, "yes", CAI)).startswith("You have acted at “stage of edit”")
    assert may(play.position, "yes", ANN) is None


def test_conflict_of_interest_bars_everywhere() -> None:
    position = replace(played(NOTICE).position, conflicted=frozenset({"cai"}))
    assert said(may_take_part(position, CAI)) == "You have a conflict of interest in this case; somebody else must act."


def test_role_counts_only_for_the_region_of_the_office() -> None:
    position = played("form --submit--> check").position
    assert said(may(position, "yes", ELSEWHERE)) == "Only the city reviewer of the office in charge may do this."
    assert said(may(position, "yes", FILER)) == "Only the city reviewer of the office in charge may do this."


def test_home_office_is_that_of_the_entry() -> None:
    at_home = changed(RECOGNISE, check=ways(RECOGNISE, "check", office="home", role="county_reviewer"))
    position = played("form --submit--> check", at_home).position
    assert office_region(position.at, position) == COUNTY
    assert said(may(position, "yes", ELSEWHERE)) == "Only the county reviewer of the office in charge may do this."
    assert may(position, "yes", ANN) is None


def test_department_is_a_unit_of_the_authority() -> None:
    joint = changed(RECOGNISE, check=ways(RECOGNISE, "check", office="department:agriculture", role="department"))
    position = played("form --submit--> check", {**joint, "form": RECOGNISE["form"]}).position
    agriculture, finance = (
        Actor(unit, unit, (Appointment("department", CITY, unit),)) for unit in ("agriculture", "finance")
    )
    assert may(position, "yes", agriculture) is None
    assert said(may(position, "yes", finance)) == "Only the partner department of the office in charge may do this."


def test_only_the_applicant_submits_and_withdraws() -> None:
    position = Play(workflow(RECOGNISE)).position
    assert may(position, "withdraw", FILER) is None
    assert said(may(position, "withdraw", ANN)) == "Only the applicant may withdraw the application."
    assert said(may(position, "submit", ANN)) == "Only the applicant may do this."


def test_who_takes_an_application_back_while_it_is_reviewed_may_amend_it() -> None:
    back = changed(RECOGNISE, check=ways(RECOGNISE, "check", "take_back withdraw form"))
    assert may(played("form --submit--> check --take_back--> form", back).position, "submit", FILER) is None


def test_machine_takes_only_its_own_ways_and_people_only_theirs() -> None:
    late = changed(RECOGNISE, check=ways(RECOGNISE, "check", "late timeout form"))
    position = played("form --submit--> check", late).position
    assert may(position, "late", SYSTEM) is None
    assert said(may(position, "late", ANN)) == "The registry does this itself."
    assert said(may(position, "yes", SYSTEM)) == "A person must do this."
    assert [name for name, _, _ in available(position, ANN)] == ["yes", "no", "back"]


def test_outcome_that_is_not_there_says_so_helpfully() -> None:
    assert said(may(played(REVIEWED).position, "clear", BEN)) == (
        "“stage of decide” has no outcome “clear”. The case may have moved on; load the page again."
    )


def test_notice_is_cleared_only_after_its_last_day() -> None:
    position = played(NOTICE).position
    assert position.notice_ends == date(2024, 5, 13)
    assert said(may(position, "clear", CAI)) == "The notice runs until the end of 2024-05-13."
    on_last_day = replace(position, today=date(2024, 5, 13))
    assert said(may(on_last_day, "clear", CAI)) == "The notice runs until the end of 2024-05-13."
    assert may(replace(position, today=date(2024, 5, 14)), "clear", CAI) is None


def test_notice_that_reaches_an_unpublished_year_waits() -> None:
    position = replace(played(NOTICE).position, notice_ends=NotCountable(5, date(2024, 5, 6)), today=date(2024, 6, 1))
    assert "is not published yet; this step waits for it" in said(may(position, "clear", CAI))


def test_notice_not_yet_published_cannot_be_cleared() -> None:
    position = replace(played(NOTICE).position, notice_started=None, notice_ends=None)
    assert said(may(position, "clear", CAI)) == "The notice has not been published yet."


def test_open_objection_holds_the_notice_and_is_answered_by_the_uninvolved() -> None:
    position = replace(played(NOTICE).position, today=date(2024, 6, 1), open_objections=1)
    assert said(may(position, "clear", CAI)) == "1 objection is not answered yet."
    assert may_answer(position, CAI) is None
    for involved in (ANN, BEN):
        assert said(may_answer(position, involved)) == (
            "An objection is answered by somebody who has neither filed nor reviewed nor decided."
        )
        assert may(position, "upheld", involved) is not None
    assert may(position, "upheld", CAI) is None
    assert said(may(replace(position, open_objections=0), "upheld", CAI)) == "No objection is open."


def test_upheld_objection_takes_everything_away() -> None:
    play = played(NOTICE)
    assert tokens(play.position) == {"reviewed", "decided"}
    play.follow_from("upheld")
    assert tokens(play.position) == frozenset()


def test_tokens_show_what_has_been_done() -> None:
    assert tokens(played(f"{NOTICE} --clear--> document").position) == {"reviewed", "decided", "noticed"}
    play = Play(workflow(REVOKE, "proposal", "revoke"))
    play.follow(edges("proposal --propose--> hearing --heard--> decision --revoke--> revoked"))
    assert tokens(play.position) == {"reviewed", "heard", "decided"}


def test_outstanding_ballots_hold_the_judgement_but_no_return() -> None:
    position = replace(played("form --submit--> check").position, open_ballots=2)
    assert said(may(position, "yes", ANN)) == "2 answers are still outstanding."
    assert said(may(position, "no", ANN)) == "2 answers are still outstanding."
    assert may(position, "back", ANN) is None


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("criteria_met", "The criteria are not met."),
        ("nothing_missing", "Something is still missing."),
        ("score_reached", "The score does not reach the mark."),
    ],
)
def test_shut_guard_says_why(guard: str, expected: str) -> None:
    guarded = changed(RECOGNISE, check=ways(RECOGNISE, "check", outcome("yes recommend decide", guard=guard)))
    position = played("form --submit--> check", guarded).position
    assert may(position, "yes", ANN) is None
    for guards in ({guard: False}, {}):
        assert said(may(replace(position, guards=guards), "yes", ANN)) == expected


def test_returns_end_where_the_workflow_says() -> None:
    once = changed(RECOGNISE, check=ways(RECOGNISE, "check", max_returns=1))
    position = played("form --submit--> check --back--> form --submit--> check", once).position
    assert said(may(position, "back", ANN)) == (
        "This was returned 1 time already, as often as is allowed; decide on what is there."
    )


def test_workflow_may_keep_more_people_apart() -> None:
    stricter = changed(RECOGNISE, document=ways(RECOGNISE, "document", not_same_person_as=["notice"]))
    play = played(f"{NOTICE} --clear--> document", stricter)
    assert (
        said(may(play.position, "record", ANN))
        == "You have acted at “stage of notice” in this case; here another person must act."
    )
    assert may(play.position, "record", BEN) is None


def test_floor_may_keep_more_duties_apart() -> None:
    floors = Floors(distinct_persons=(Sourced(frozenset({"notice", "decide"}), Text.model_validate("省办法")),))
    position = replace(played(NOTICE).position, floors=floors, today=date(2024, 6, 1))
    assert may(position, "clear", ANN) is None
    assert (
        said(may(position, "clear", BEN))
        == "You have acted at “stage of decide” in this case; here another person must act."
    )
    assert may(replace(position, floors=Floors()), "clear", BEN) is None


def test_available_gives_every_way_with_its_reason() -> None:
    position: Position = played(REVIEWED).position
    assert [(name, said(refusal)) for name, _, refusal in available(position, BEN)] == [
        ("yes", "allowed"),
        ("no", "allowed"),
        ("back", "allowed"),
    ]
    assert {said(refusal) for _, _, refusal in available(position, ANN)} == {DECIDER_HAS_REVIEWED}


def test_stage_without_owner_lets_nobody_act() -> None:
    ownerless = changed(RECOGNISE, check=ways(RECOGNISE, "check", outcome("no refuse refused", **ADVERSE), office=None))
    play = played("form --submit--> check", ownerless)
    assert said(may(play.position, "yes", ANN)) == "Nobody is in charge here; the workflow names no office."


def test_play_waits_exactly_as_long_as_the_stage_says() -> None:
    play = played(f"{NOTICE} --clear--> document")
    assert play.position.today == date(2024, 5, 13) + timedelta(days=1)
    assert play.verdict() is None
