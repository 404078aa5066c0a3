"""What personal data the registry holds by itself, and why: with the forms' personal fields it makes the privacy notice."""

from dataclasses import dataclass

from registry.base.i18n import Message, msg

DUTY = msg("needed for the office's statutory duty (Personal Information Protection Law, art. 13 and 34)")


@dataclass(frozen=True, slots=True)
class Held:
    """One sort of personal data: what, what for, on what basis, how long, and in which columns it lies."""

    what: Message
    purpose: Message
    retention: Message
    places: tuple[str, ...]
    basis: Message = DUTY


WITH_FILE = msg("with the file, as long as the archive rules say; then erased")
HELD: tuple[Held, ...] = (
    Held(
        msg("Name, ID number, telephone and second factor of people with an account"),
        msg("so that the right person signs in and acts, and two accounts of one person count as one"),
        msg("as long as the account exists, and three years after it is closed"),
        ("person.name", "person.id_number", "person.phone", "second_factor.secret"),
    ),
    Held(
        msg("Name, unit and contact of an objector, what the objection says, and the answer"),
        msg("so that the objection can be looked into and answered; only the one who looks into it sees who objected"),
        msg("three years after the answer"),
        ("objection.name", "objection.unit", "objection.contact", "objection.words", "objection.answer"),
    ),
    Held(
        msg("Answers and files of an application, and what was found wrong with them"),
        msg("so that the application can be judged"),
        WITH_FILE,
        (
            "case.draft",
            "case.defects",
            "case_step.defects",
            "second_return.given",
            "submission.answers",
            "evidence.name",
            "evidence.data_key",
        ),
    ),
    Held(
        msg("Reasons that officials give, and why somebody steps out of a case"),
        msg("so that each step can be checked"),
        WITH_FILE,
        (
            "case_step.reason",
            "conflict.reason",
            "privacy_act.reason",
            "appointment.end_reason",
            "person_merge.reason",
            "pack_draft.reason",
        ),
    ),
    Held(
        msg("Who suggests a brand for cultivation: reason and contact; and the answer"),
        msg("so that the suggestion can be looked into and answered"),
        msg("three years after the answer"),
        (
            "cultivation_suggestion.name",
            "cultivation_suggestion.reason",
            "cultivation_suggestion.contact",
            "cultivation_suggestion.answer",
        ),
    ),
    Held(
        msg("Plan, tutor and notes of a brand under cultivation"),
        msg("so that it is guided to the next level"),
        WITH_FILE,
        (
            "cultivation_item.plan",
            "cultivation_item.tutor",
            "cultivation_item.drop_reason",
            "cultivation_item.prefilled",
            "cultivation_note.words",
        ),
    ),
    Held(
        msg("Scans of past documents, and files of the ledger that was kept before"),
        msg("so that titles given before this registry stand in it, confirmed from their documents"),
        WITH_FILE,
        ("recorded_title.scan_key", "recorded_title.refusal", "ledger_file.data_key"),
    ),
    Held(
        msg("E-mail address of an account, entered and confirmed by its owner"),
        msg("so that its owner is told what happens in their cases; nobody else sees it"),
        msg("until its owner takes it away, or the account is closed"),
        ("reach.address", "reach.pending", "reach.code"),
        msg("agreed to by whoever entered it (Personal Information Protection Law, art. 13)"),
    ),
    Held(
        msg("What was typed when a sign-in ended"),
        msg("so that nothing typed is lost"),
        msg("one day"),
        ("parked_form.fields",),
    ),
)
"""Each encrypted column stands in exactly one row; a test compares them with the tables."""
