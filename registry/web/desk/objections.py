"""Objections: entering one that came on paper, showing one, answering it; and the forms of the notices' pages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from registry.actions import notices as verbs
from registry.actions.cases import load
from registry.actions.personal import OBJECTOR_PURPOSES, objector_open
from registry.actions.position import position_of
from registry.base.clock import local_date
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg
from registry.rules.engine import may_answer
from registry.rules.form import Field, read_value
from registry.rules.permission import Actor
from registry.rules.procedures import CHANNELS, OBJECTION_RESULTS
from registry.store.case import Task
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem, Objection
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.context import registry
from registry.web.desk import common
from registry.web.exported import Listing

OBJECTION_STATES = {
    "open": ("open", OBJECTION_RESULTS["open"]),
    "dismissed": ("complete", OBJECTION_RESULTS["dismissed"]),
    "upheld": ("upheld", OBJECTION_RESULTS["upheld"]),
    "looked_into": ("complete", OBJECTION_RESULTS["looked_into"]),
}
COLUMNS: dict[str, Message] = {
    "number": msg("Number"),
    "name": msg("Name"),
    "label": msg("State"),
    "on": msg("Received on"),
    "channel": msg("How it came"),
    "anonymous": msg("Without a name"),
    "due": msg("Due"),
    "left": msg("Time left"),
}
DAY = Field.model_validate({"id": "received_on", "label": "date", "type": "date"})


class AnswerForm(Form):
    """The answer to an objection."""

    verdict = RadioField(validate_choice=False)
    answer = TextAreaField(render_kw={"rows": "6", "maxlength": "3000"})


class LetterForm(Form):
    """An objection that came by letter or at the counter."""

    public_id = SelectField(validate_choice=False)
    channel = RadioField(validate_choice=False)
    received_on = StringField(render_kw={"maxlength": "20", "data-example": "2026-03-05", "autocomplete": "off"})
    words = TextAreaField(render_kw={"rows": "6", "maxlength": "5000"})
    name = StringField(render_kw={"maxlength": "100", "autocomplete": "off"})
    unit = StringField(render_kw={"maxlength": "100", "autocomplete": "off"})
    contact = StringField(render_kw={"maxlength": "100", "autocomplete": "off"})


LABELS = {
    "cases": (msg("Cases of this notice"), None),
    "contact": (msg("Where to object"), msg("Office, address, telephone.")),
    "places": (msg("Where it is posted"), msg("Website, notice board, newspaper.")),
    "verdict": (msg("Your answer"), None),
    "answer": (msg("Reasons"), msg("The objector reads this.")),
    "public_id": (msg("Against which entry"), None),
    "channel": (msg("How it came"), None),
    "received_on": (msg("Received on"), msg("Of a letter the postmark counts.")),
    "words": (msg("What it says"), msg("The objector's own words, or a true summary.")),
    "name": (msg("Name of the objector"), msg("Without a name it is looked into as a lead.")),
    "unit": (msg("Unit"), None),
    "contact_": (msg("Telephone or e-mail"), None),
}
OPTIONAL = ("name", "unit", "contact_")


def labelled(form: Form) -> Form:
    """The form with its words in the reader's language."""
    for field in form:
        key = "contact_" if field.name == "contact" and isinstance(form, LetterForm) else field.name
        label, hint = LABELS[key]
        field.label.text, field.description = str(label), str(hint or "")
        if key not in OPTIONAL:
            field.flags.required = True
    return form


def put(form: Form, faults: list[Fault]) -> list[Fault]:
    """Put the faults beside their fields."""
    for fault in faults:
        if fault.field in form._fields:
            form[fault.field].errors = [str(fault.message)]
    return faults


def of_item(session: Session, item: NoticeItem) -> list[Objection]:
    """The objections to an entry of a notice."""
    return list(session.exec(select(Objection).where(Objection.item_id == item.id).order_by(Objection.number)))


def row(session: ReadSession, objection: Objection) -> dict[str, Any]:
    """An objection in a list."""
    state, label = OBJECTION_STATES[objection.status]
    task = session.exec(select(Task).where(Task.subject == objection.id, Task.status == "open")).one_or_none()
    return {
        "number": objection.number,
        "url": url_for("desk.objection", number=objection.number),
        "state": state,
        "label": label,
        "on": objection.received_on,
        "channel": CHANNELS[objection.channel],
        "anonymous": objection.anonymous,
        "due": common.chip(session, task),
    }


def listing(items: Sequence[Mapping[str, Any]]) -> Listing:
    """The objections to a notice for a workbook; nothing of who objected or what it says."""
    rows = [one | {"name": item["name"]} | exported.due(one["due"]) for item in items for one in item["objections"]]
    return Listing("objections", msg("Objections"), COLUMNS, rows, len(rows))


def letter_form(data: MultiDict[str, str]) -> Form:
    """The form to enter an objection that came on paper."""
    return labelled(LetterForm(data))


def enter(actor: Actor, number: str, form: Form) -> list[Fault]:
    """Enter an objection that came by letter or at the counter; returns the faults."""
    day, fault = read_value(DAY, form.received_on.data or "")
    faults = [Fault(fault, field="received_on")] if fault else []
    if not day and not fault:
        faults = [Fault(msg("Say on which day it was received."), field="received_on")]
    if form.channel.data not in ("letter", "counter"):
        faults.append(Fault(msg("Say how it came."), field="channel"))
    given = {key: form[key].data or "" for key in ("words", "name", "unit", "contact")}
    try:
        verbs.check_words(given["words"], given["name"], given["contact"])
    except BadInput as error:
        faults += error.faults
    if faults:
        return put(form, faults)
    try:
        verbs.object_to(
            registry(),
            notice_number=number,
            public_id=form.public_id.data or "",
            channel=form.channel.data,
            received_on=date.fromisoformat(day),
            actor=actor,
            **given,
        )
    except BadInput as error:
        return put(form, list(error.faults))
    except (Refused, NotFound) as error:
        return [Fault(error.message)]
    return []


def find(session: ReadSession, number: str) -> Objection:
    """An objection to a case that the actor may see. Raises NotFound."""
    found = session.exec(select(Objection).where(Objection.number == number)).one_or_none()
    if found is None:
        raise NotFound(msg("There is no such objection, or it is not one of yours."))
    return found


def answer_form(data: MultiDict[str, str], lead: bool = False) -> Form:
    """The form of an answer; to a lead it is a note of what was found."""
    form = labelled(AnswerForm(data))
    done = (
        SelectChoice("looked_into", str(msg("Looked into: the notice goes on")))
        if lead
        else SelectChoice("dismissed", str(msg("Dismiss: it does not hold; the notice goes on")))
    )
    upheld = SelectChoice("upheld", str(msg("Uphold: the case leaves the notice and is reviewed anew")))
    form.verdict.choices = [done, upheld]
    if lead:
        form.verdict.label.text = str(msg("What was found"))
        form.answer.description = str(msg("For the file; a lead is answered to nobody."))
    return form


def model(
    session: ReadSession,
    actor: Actor,
    objection: Objection,
    form: Form,
    faults: list[Fault],
    key: str = "",
    sitting: str = "",
) -> dict[str, Any]:
    """One objection. What it says is shown to who may answer it; who objected to the one who looks into it, once opened."""
    case = load(session, objection.case_id)
    refusal = may_answer(position_of(session, case), actor)
    item = session.get_one(NoticeItem, objection.item_id)
    notice = session.get_one(Notice, item.notice_id)
    state, label = OBJECTION_STATES[objection.status]
    is_open = objection.status == "open"
    handles = not refusal or actor.person in (objection.answered_by, objection.investigator)
    opened = objector_open(session, actor, objection, sitting)
    return {
        "here": "notices",
        "objection": {
            **row(session, objection),
            "words": objection.words.split("\n") if handles else None,
            "who": [w for w in (objection.name, objection.unit, objection.contact) if w] if opened else None,
            "may_open": is_open and not refusal and not opened and not objection.anonymous,
            "colleague": is_open and objection.investigator not in (None, actor.person),
            "answer": objection.answer.split("\n") if objection.answer and handles else [],
            "answered_on": local_date(objection.answered_at) if objection.answered_at else None,
            "is_open": is_open,
        },
        "case": {"name": session.get_one(Entry, case.entry_id).text, "url": common.case_url(case)},
        "notice": {"number": notice.number, "url": url_for("desk.notice", number=notice.number)},
        "refusal": refusal if is_open else None,
        "purposes": OBJECTOR_PURPOSES,
        "form": form,
        "faults": faults,
        "key": key,
    }


def leads(session: ReadSession, actor: Actor) -> list[dict[str, Any]]:
    """The leads still to be looked into by the actor."""
    waiting = select(Objection).where(Objection.status == "open", col(Objection.anonymous).is_(True))
    return [
        row(session, one) | {"name": session.get_one(Entry, case.entry_id).text}
        for one in session.exec(waiting.order_by(col(Objection.received_on), Objection.number))
        if may_answer(position_of(session, case := load(session, one.case_id)), actor) is None
    ]


def answer(actor: Actor, number: str, form: Form, key: str) -> tuple[list[Fault], int]:
    """Answer an objection; returns (faults, status). What a click has done already is not done twice."""
    faults = []
    if form.verdict.data not in ("dismissed", "upheld", "looked_into"):
        faults.append(Fault(msg("Choose whether it holds."), field="verdict"))
    if len((form.answer.data or "").strip()) < verbs.MIN_ANSWER:
        faults.append(Fault(msg("Give the answer with its reasons."), field="answer"))
    if faults:
        return put(form, faults), 422
    with registry().store.read(actor) as session:
        objection = find(session, number)
        if objection.status == form.verdict.data and objection.answered_by == actor.person:
            return [], 303
    try:
        verbs.answer_objection(
            registry(), actor, number=number, upheld=form.verdict.data == "upheld", answer=form.answer.data, key=key
        )
    except BadInput as error:
        return put(form, list(error.faults)), 422
    except (Refused, NotFound) as error:
        return [Fault(error.message)], error.http_status
    return [], 303
