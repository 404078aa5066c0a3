"""What people are told: each event with its words for every channel. Numbers, stages and days; never a person.

To tell something else, or in other words, change `EVENTS`; who is told, and when: `actions/messages.py`, `reminders.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.base.i18n import Message, msg

CHANNELS = ("email", "sms")
"""Ways out of the site; in it everybody is told always."""
NOT_FIXED = msg("a day that is not fixed yet")
"""In the place of a due day whose year has no published calendar, or of a task without a deadline."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that people are told. Parameters: `number`, `stage`, `due`, `authority`, `notice`, `until`."""

    subject: Message
    """Its heading on the site, and the e-mail's subject."""
    says: Message
    """The sentence: on the site, in the e-mail, and all of the text message."""
    then: Message
    """What to do now: in the e-mail, and on the site."""


NOTHING_NOW = msg("Nothing is to be done by you now; you are told when something changes.")
GO_ON = msg("Open it to act; if you cannot, say so to who leads your office.")
EVENTS: dict[str, Event] = {
    # to the applicant
    "accepted": Event(
        msg("{number}: accepted"), msg("Application {number} has been accepted by {authority}."), NOTHING_NOW
    ),
    "returned": Event(
        msg("{number}: to be corrected"),
        msg("Application {number} has been returned for correction, due by {due}."),
        msg("Its page shows everything that must be corrected. Correct it and send it again."),
    ),
    "recommended": Event(
        msg("{number}: recommended"), msg("Application {number} has been recommended by {authority}."), NOTHING_NOW
    ),
    "noticed": Event(
        msg("{number}: on public notice"),
        msg("Application {number} is on public notice ({notice}), last day: {until}."),
        msg("Until then anybody may object. Nothing is to be done by you now."),
    ),
    "recognised": Event(
        msg("{number}: recognised"),
        msg("Application {number} has been recognised by {authority}."),
        msg("Its page leads to the certificate."),
    ),
    "refused": Event(
        msg("{number}: refused"),
        msg("Application {number} has been refused by {authority}."),
        msg("Its page shows the reasons, to whom you may turn, and within how many days."),
    ),
    # to who must act
    "new_task": Event(
        msg("New task: {number}, {stage}"), msg("{number}: “{stage}” waits for your office, due by {due}."), GO_ON
    ),
    "objection": Event(
        msg("Objection: {number}"),
        msg("{number}: an objection has come in; its answer is due by {due}."),
        msg("It is answered by somebody who has neither filed nor reviewed nor decided the case."),
    ),
    "due_soon": Event(msg("Due soon: {number}, {stage}"), msg("{number}: “{stage}” is due by {due}."), GO_ON),
    "overdue": Event(
        msg("Overdue: {number}, {stage}"), msg("{number}: “{stage}” is overdue; it was due by {due}."), GO_ON
    ),
    "reminded": Event(
        msg("Reminder: {number}, {stage}"),
        msg("{number}: a colleague asks that “{stage}” go on; it is due by {due}."),
        GO_ON,
    ),
    # to who leads
    "escalated": Event(
        msg("Overdue at {authority}: {number}, {stage}"),
        msg("{number}: “{stage}” at {authority} is overdue; it was due by {due}."),
        msg("You are told because you lead this office, or the one above it."),
    ),
}
WHILE_OPEN = frozenset({"returned", "new_task", "objection", "due_soon", "overdue", "reminded", "escalated"})
"""Events about a task: once it is done nobody need be told any more."""


def worded(event: str, params: Mapping[str, Any]) -> Event:
    """An event with its parameters in its words."""
    known = EVENTS[event]
    return Event(*(Message(one.id, **params) for one in (known.subject, known.says, known.then)))
