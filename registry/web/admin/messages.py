"""What was sent out of the site and did not arrive: why, what to do, and once more."""

from typing import Any

from flask import flash, redirect, request, url_for

from registry.actions import deliveries
from registry.actions.messages import set_up
from registry.base.i18n import Message, msg, nmsg
from registry.rules.permission import Role
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import PAGE, page_number, pager
from registry.web.signed import moment

KEY = "messages"
ROLES = frozenset({Role.SYSTEM_ADMIN})
CHANNELS: dict[str, Message] = {"email": msg("e-mail"), "sms": msg("text message")}
blueprint = section_blueprint(KEY, __name__, ROLES)
SECTION = Section(
    blueprint,
    KEY,
    msg("Messages"),
    msg("E-mails and text messages that did not arrive: why, what to do, and once more."),
    "admin_messages.home",
    ROLES,
)


@blueprint.get("/")
def home() -> str:
    """The channels, and what failed on them."""
    number, settings = page_number(request.args), registry().settings
    with registry().store.read(require_actor()) as session:
        count, rows = deliveries.undelivered(session, start=(number - 1) * PAGE, limit=PAGE)
        _, by_sms = set_up(session)
        counts = deliveries.counts(session)
    return page(
        "messages",
        here=KEY,
        server=f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else None,
        by_sms=by_sms,
        counts={status: counts.get(status, 0) for status in ("sent", "waiting")},
        count=count,
        rows=[row_of(*one) for one in rows],
        pager=pager("admin_messages.home", number, count, {}),
    )


def row_of(delivery: Any, told: Any, account: Any) -> dict[str, Any]:
    """Something that did not arrive, for people; never where it should have arrived."""
    return {
        "what": told.words.subject,
        "to": account.title,
        "login": account.login,
        "channel": CHANNELS[delivery.channel],
        "at": moment(told.created_at),
        "attempts": delivery.attempts,
        "next": moment(delivery.next_at) if delivery.status == "failed" else None,
        "why": deliveries.REASONS[delivery.error],
        "again_url": url_for("admin_messages.again", id=delivery.id),
    }


@blueprint.post("/again")
@blueprint.post("/<id>/again")
def again(id: str | None = None) -> Any:
    """Try one again, or all."""
    n = deliveries.try_again(registry(), require_actor(), id=id)
    flash(str(nmsg("{n} message is being sent again.", "{n} messages are being sent again.", n)))
    return redirect(url_for("admin_messages.home"), 303)
