"""Notices: what is to be published, what is running, objections and their answers."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from sqlmodel import col, select
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from registry.actions import notices as verbs
from registry.actions.cases import load
from registry.actions.position import workflow_of
from registry.base.errors import Fault, NotFound
from registry.base.i18n import Message, Text, msg
from registry.rules.calendar import NotCountable
from registry.rules.permission import Actor
from registry.rules.procedures import CHANNELS
from registry.store.calendar import work_calendar
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem, items_of, running_item
from registry.store.session import ReadSession
from registry.web.context import registry
from registry.web.desk import common, documents, objections
from registry.web.exported import Listing
from registry.web.public.notices import ITEM_STATUS, chip, is_running


class NoticeForm(Form):
    """What a notice needs beside its cases."""

    cases = SelectMultipleField(
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), validate_choice=False
    )
    contact = StringField(render_kw={"maxlength": "200"})
    places = StringField(render_kw={"maxlength": "200"})


COLUMNS: dict[str, Message] = {
    "number": msg("Number"),
    "title": msg("Notice"),
    "state": msg("State"),
    "entries": msg("Entries"),
    "objections": msg("Objections"),
    "open": msg("of them open"),
    "posted_on": msg("Posted on"),
    "ends_on": msg("Last day"),
}


def list_model(session: ReadSession, actor: Actor) -> dict[str, Any]:
    """To be published, running, ended."""
    seen = (
        select(Notice)
        .join(NoticeItem, col(NoticeItem.notice_id) == col(Notice.id))
        .join(Case, col(Case.id) == col(NoticeItem.case_id))
        .order_by(col(Notice.posted_on).desc(), Notice.number)
    )
    groups: dict[str, list[dict[str, Any]]] = {"running": [], "waiting": [], "ended": []}
    for notice in session.exec(seen).unique():
        open_items = any(i.status == "running" for i in items_of(session, notice.id))
        key = "running" if is_running(notice, session.today) else "waiting" if open_items else "ended"
        groups[key].append(row(session, notice))
    return {
        "here": "notices",
        "unpublished": [case_row(session, c) for c in unpublished(session, actor)],
        "new_url": url_for("desk.notice_new"),
        "leads": objections.leads(session, actor),
        **groups,
    }


def listing(model: Mapping[str, Any]) -> Listing:
    """The page's notices for a workbook."""
    groups = {"running": msg("Running"), "waiting": msg("Run out, to be concluded"), "ended": msg("Ended")}
    rows = [row | {"state": words} for key, words in groups.items() for row in model[key]]
    return Listing("notices", msg("Notices"), COLUMNS, rows, len(rows))


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
    numbers = [o for i in items_of(session, notice.id) for o in objections.of_item(session, i)]
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


def notice_model(session: ReadSession, actor: Actor, number: str, form: Form, faults: list[Fault]) -> dict[str, Any]:
    """One notice with its entries and objections, and the form to enter one from a letter."""
    notice = notice_of(session, number)
    open_items = [i for i in items_of(session, notice.id) if i.status == "running"]
    form.public_id.choices = [
        SelectChoice(e.public_id, str(e.text)) for e in (session.get_one(Entry, i.entry_id) for i in open_items)
    ]
    form.channel.choices = [SelectChoice(key, str(CHANNELS[key])) for key in ("letter", "counter")]
    return {
        "here": "notices",
        "notice": row(session, notice)
        | {
            "public_url": url_for("public.notice", number=number),
            "history_url": url_for("history.row", table="notice", id=notice.id),
        },
        "documents": documents.of_notice(session, actor, notice),
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
        "objections": [objections.row(session, o) for o in objections.of_item(session, item)],
    }


def new_form(session: ReadSession, actor: Actor, data: MultiDict[str, str]) -> Form:
    """The form of a new notice; address and places stand as in the last one."""
    form = objections.labelled(NoticeForm(data))
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
            faults.append(Fault(msg("“{what}” is still needed.", what=objections.LABELS[key][0]), field=key))
    return objections.put(form, faults)


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
