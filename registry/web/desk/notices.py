"""Notices: what is to be published, what is running, objections and their answers."""

from datetime import date
from typing import Any

from flask import request, url_for
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from registry.actions import notices as verbs
from registry.actions.cases import load
from registry.actions.position import position_of, workflow_of
from registry.base.clock import local_date
from registry.base.errors import BadInput, Fault, NotFound, RegistryError
from registry.base.i18n import Text, msg
from registry.rules.calendar import NotCountable
from registry.rules.engine import may_answer
from registry.rules.form import Field, read_value
from registry.rules.permission import Actor
from registry.store.calendar import work_calendar
from registry.store.case import Case, Task
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem, Objection, items_of, running_item
from registry.store.session import ReadSession
from registry.web.context import registry
from registry.web.desk import common
from registry.web.public.notices import ITEM_STATUS, chip, is_running

OBJECTION_STATES = {
    "open": ("open", msg("Open")),
    "dismissed": ("complete", msg("Dismissed")),
    "upheld": ("upheld", msg("Upheld")),
}
CHANNELS = {"form": msg("form on the site"), "letter": msg("letter"), "counter": msg("at the counter")}
DAY = Field.model_validate({"id": "received_on", "label": "date", "type": "date"})


class NoticeForm(Form):
    """What a notice needs beside its cases."""

    cases = SelectMultipleField(
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), validate_choice=False
    )
    contact = StringField(render_kw={"maxlength": "200"})
    places = StringField(render_kw={"maxlength": "200"})


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


def list_model(session: ReadSession, actor: Actor) -> dict[str, Any]:
    """To be published, running, ended."""
    seen = (
        select(Notice)
        .join(NoticeItem, col(NoticeItem.notice_id) == col(Notice.id))
        .join(Case, col(Case.id) == col(NoticeItem.case_id))
        .order_by(col(Notice.posted_on).desc(), Notice.number)
    )
    rows = list(dict.fromkeys(session.exec(seen).unique()))
    running = [n for n in rows if is_running(n, session.today)]
    waiting = [n for n in rows if n not in running and any(i.status == "running" for i in items_of(session, n.id))]
    return {
        "here": "notices",
        "unpublished": [case_row(session, c) for c in unpublished(session, actor)],
        "new_url": url_for("desk.notice_new"),
        "running": [row(session, n) for n in running],
        "waiting": [row(session, n) for n in waiting],
        "ended": [row(session, n) for n in rows if n not in running and n not in waiting],
    }


def unpublished(session: ReadSession, actor: Actor) -> list[Case]:
    """The cases that stand in their notice stage before an office of the actor's and are not shown yet."""
    query = (
        select(Case).where(Case.status == "open", col(Case.authority_region).in_(actor.regions)).order_by(Case.number)
    )
    return [
        c
        for c in session.exec(query)
        if workflow_of(session, c).stages[c.stage].duty == "notice" and running_item(session, c.id) is None
    ]


def case_row(session: ReadSession, case: Case) -> dict[str, Any]:
    """A case to be published."""
    return {"number": case.number, "name": session.get_one(Entry, case.entry_id).text, "url": common.case_url(case)}


def row(session: ReadSession, notice: Notice) -> dict[str, Any]:
    """A notice in the list."""
    numbers = [o for i in items_of(session, notice.id) for o in objections_of(session, i)]
    return {
        "number": notice.number,
        "title": common.text_of(notice.title),
        "url": url_for("desk.notice", number=notice.number),
        "posted_on": notice.posted_on,
        "ends_on": notice.ends_on,
        "entries": len(notice.body["rows"]),
        "due": chip(session, notice),
        "objections": len(numbers),
        "open": sum(o.status == "open" for o in numbers),
    }


def objections_of(session: Session, item: NoticeItem) -> list[Objection]:
    """The objections to an entry of a notice."""
    return list(session.exec(select(Objection).where(Objection.item_id == item.id).order_by(Objection.number)))


def notice_of(session: ReadSession, number: str) -> Notice:
    """A notice with a case that the actor may see. Raises NotFound."""
    query = (
        select(Notice)
        .join(NoticeItem, col(NoticeItem.notice_id) == col(Notice.id))
        .join(Case, col(Case.id) == col(NoticeItem.case_id))
        .where(Notice.number == number)
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound(msg("There is no such notice, or it is not one of yours."))
    return found


def notice_model(session: ReadSession, number: str, form: Form, faults: list[Fault]) -> dict[str, Any]:
    """One notice with its entries and objections, and the form to enter one from a letter."""
    notice = notice_of(session, number)
    open_items = [i for i in items_of(session, notice.id) if i.status == "running"]
    form.public_id.choices = [
        SelectChoice(e.public_id, str(e.text)) for e in (session.get_one(Entry, i.entry_id) for i in open_items)
    ]
    form.channel.choices = [SelectChoice(key, str(CHANNELS[key])) for key in ("letter", "counter")]
    return {
        "here": "notices",
        "notice": row(session, notice) | {"public_url": url_for("public.notice", number=number)},
        "items": [item_row(session, i) for i in items_of(session, notice.id)],
        "form": form if open_items else None,
        "faults": faults,
    }


def item_row(session: ReadSession, item: NoticeItem) -> dict[str, Any]:
    """An entry of a notice with the objections to it."""
    badge, label = ITEM_STATUS[item.status]
    case = session.exec(select(Case).where(Case.id == item.case_id)).one_or_none()
    return {
        "name": session.get_one(Entry, item.entry_id).text,
        "case_url": common.case_url(case) if case else None,
        "state": badge,
        "label": label,
        "objections": [objection_row(session, o) for o in objections_of(session, item)],
    }


def objection_row(session: ReadSession, objection: Objection) -> dict[str, Any]:
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


def letter_form(data: MultiDict[str, str]) -> Form:
    """The form to enter an objection that came on paper."""
    return labelled(LetterForm(data))


def enter(actor: Actor, number: str, form: Form) -> list[Fault]:
    """Enter an objection that came by letter or at the counter; returns the faults."""
    with registry().store.read(actor) as session:
        notice_of(session, number)
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
    return []


def new_form(session: ReadSession, actor: Actor, data: MultiDict[str, str]) -> Form:
    """The form of a new notice; address and places stand as in the last one."""
    form = labelled(NoticeForm(data))
    cases = unpublished(session, actor)
    names = {c.id: session.get_one(Entry, c.entry_id).text for c in cases}
    form.cases.choices = [SelectChoice(c.id, f"{names[c.id]} · {c.number}") for c in cases]
    if not data:
        form.cases.data = [request.args["case"]] if "case" in request.args else [c.id for c in cases]
        last = session.exec(
            select(Notice)
            .where(col(Notice.authority_region).in_(actor.regions))
            .order_by(col(Notice.published_at).desc())
        ).first()
        for key in ("contact", "places"):
            form[key].data = str(common.text_of(last.body[key])) if last else ""
    return form


def new_faults(form: Form) -> list[Fault]:
    """What is missing for a notice."""
    faults = [] if form.cases.data else [Fault(msg("Choose at least one case."), field="cases")]
    for key in ("contact", "places"):
        if not (form[key].data or "").strip():
            faults.append(Fault(msg("“{what}” is still needed.", what=LABELS[key][0]), field=key))
    return put(form, faults)


def preview(session: ReadSession, actor: Actor, form: Form) -> dict[str, Any]:
    """What would be published, with its days counted. Raises Refused, NotFound."""
    cases = [load(session, id) for id in form.cases.data]
    days = max(verbs.require_notice_stage(session, case, actor) for case in cases)
    calendar = work_calendar(session)
    first, last = calendar.add(session.today, 1), calendar.add(session.today, days)
    return {
        "names": [session.get_one(Entry, c.entry_id).text for c in cases],
        "days": days,
        "posted_on": session.today,
        "starts_on": None if isinstance(first, NotCountable) else first,
        "ends_on": None if isinstance(last, NotCountable) else last,
        "explain": [one.message for one in calendar.explain(session.today, days)],
    }


def publish(actor: Actor, form: Form) -> str:
    """Publish; returns the notice's number."""
    return verbs.publish_notice(
        registry(),
        actor,
        case_ids=list(form.cases.data),
        contact=Text.model_validate(form.contact.data.strip()),
        places=Text.model_validate(form.places.data.strip()),
    )


def find_objection(session: ReadSession, number: str) -> Objection:
    """An objection to a case that the actor may see. Raises NotFound."""
    found = session.exec(select(Objection).where(Objection.number == number)).one_or_none()
    if found is None:
        raise NotFound(msg("There is no such objection, or it is not one of yours."))
    return found


def answer_form(data: MultiDict[str, str]) -> Form:
    """The form of an answer."""
    form = labelled(AnswerForm(data))
    form.verdict.choices = [
        SelectChoice("dismissed", str(msg("Dismiss: it does not hold; the notice goes on"))),
        SelectChoice("upheld", str(msg("Uphold: the case leaves the notice and is reviewed anew"))),
    ]
    return form


def objection_model(
    session: ReadSession, actor: Actor, objection: Objection, form: Form, faults: list[Fault], key: str = ""
) -> dict[str, Any]:
    """One objection. Who objected is shown to whoever may answer, and to nobody else."""
    case = load(session, objection.case_id)
    refusal = may_answer(position_of(session, case), actor)
    item = session.get_one(NoticeItem, objection.item_id)
    notice = session.get_one(Notice, item.notice_id)
    state, label = OBJECTION_STATES[objection.status]
    is_open = objection.status == "open"
    return {
        "here": "notices",
        "objection": {
            **objection_row(session, objection),
            "words": objection.words.split("\n"),
            "who": [w for w in (objection.name, objection.unit, objection.contact) if w]
            if is_open and not refusal
            else None,
            "answer": objection.answer.split("\n") if objection.answer else [],
            "answered_on": local_date(objection.answered_at) if objection.answered_at else None,
            "is_open": is_open,
        },
        "case": case_row(session, case),
        "notice": {"number": notice.number, "url": url_for("desk.notice", number=notice.number)},
        "refusal": refusal if is_open else None,
        "form": form,
        "faults": faults,
        "key": key,
    }


def answer(actor: Actor, number: str, form: Form, key: str) -> tuple[list[Fault], int]:
    """Answer an objection; returns (faults, status). What a click has done already is not done twice."""
    faults = []
    if form.verdict.data not in ("dismissed", "upheld"):
        faults.append(Fault(msg("Choose whether it holds."), field="verdict"))
    if len((form.answer.data or "").strip()) < 5:
        faults.append(Fault(msg("Give the answer with its reasons."), field="answer"))
    if faults:
        return put(form, faults), 422
    with registry().store.read(actor) as session:
        objection = find_objection(session, number)
        if objection.status == form.verdict.data and objection.answered_by == actor.person:
            return [], 303
    try:
        verbs.answer_objection(
            registry(), actor, number=number, upheld=form.verdict.data == "upheld", answer=form.answer.data, key=key
        )
    except BadInput as error:
        return put(form, list(error.faults)), 422
    except RegistryError as error:
        return [Fault(error.message)], error.http_status
    return [], 303
