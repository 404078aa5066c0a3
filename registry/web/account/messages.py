"""What one was told: the list, one message on the way to its case, marked as read."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from registry.actions import messages as verbs
from registry.base.i18n import msg
from registry.rules.permission import Actor
from registry.store.case import Case
from registry.store.message import Message, total, unread
from registry.store.session import ReadSession
from registry.web.account.common import page
from registry.web.context import registry, require_actor
from registry.web.desk.common import PAGE, page_number, pager
from registry.web.signed import moment


def add_to(blueprint: Blueprint) -> None:
    """These pages on the account's blueprint."""
    blueprint.add_url_rule("/messages", view_func=messages)
    blueprint.add_url_rule("/messages/<id>", view_func=message)
    blueprint.add_url_rule("/messages/<id>/read", view_func=message_read, methods=["POST"])
    blueprint.add_url_rule("/messages/read", view_func=messages_read, methods=["POST"])


def messages() -> str:
    """The messages, those not read first."""
    actor, number = require_actor(), page_number(request.args)
    with registry().store.read(actor) as session:
        rows = verbs.inbox(session, actor.account, start=(number - 1) * PAGE, limit=PAGE)
        return page(
            "messages",
            rows=[row_of(row) for row in rows],
            fresh=unread(session, actor.account),
            pager=pager("account.messages", number, total(session, actor.account), {}),
        )


def row_of(row: Message) -> dict[str, Any]:
    """A message for people."""
    return {
        "words": row.words,
        "at": moment(row.created_at),
        "fresh": row.read_at is None,
        "url": url_for("account.message", id=row.id),
        "read_url": url_for("account.message_read", id=row.id),
    }


def message(id: str) -> Any:
    """On to the case that a message is about; with this it is read. E-mails lead here."""
    actor = require_actor()
    row = verbs.read_one(registry(), actor, id)
    with registry().store.read(actor) as session:
        target = case_url(session, actor, row.case_id)
    if target is None:
        flash(str(msg("This case is not one of yours any more.")))
    return redirect(target or url_for("account.messages"), 303)


def case_url(session: ReadSession, actor: Actor, case_id: str | None) -> str | None:
    """A case's page for whoever reads: the applicant's, or the desk's; None where they see it no more."""
    case = session.get(Case, case_id) if case_id else None
    if case is None:
        return None
    return url_for("apply.tasks" if case.filer_id in actor.organisations else "desk.case", id=case.id)


def message_read(id: str) -> Any:
    """Mark one as read."""
    verbs.read_one(registry(), require_actor(), id)
    return redirect(url_for("account.messages"), 303)


def messages_read() -> Any:
    """Mark all as read."""
    verbs.read_all(registry(), require_actor())
    flash(str(msg("All messages are marked as read.")))
    return redirect(url_for("account.messages"), 303)
