"""Error pages in our own voice."""

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from registry.actions.sessions import NoSecondFactor
from registry.base.errors import BadInput, RegistryError, Unavailable
from registry.base.i18n import Message, msg
from registry.web.templating import frame

log = logging.getLogger("registry.web")


def page(status: int, message: Message | None, faults: Any = (), reference: str | None = None) -> Any:
    """An error page."""
    return render_template(
        "errors/error.html",
        status=status,
        message=message,
        faults=list(faults),
        back_url=None,
        reference=reference,
        **frame(),
    ), status


def registry_error(error: RegistryError) -> Any:
    """What a verb refused or could not do."""
    if isinstance(error, Unavailable):
        return unavailable(error)
    if isinstance(error, NoSecondFactor):  # nothing to come back to but the page that held the button
        return redirect(url_for("account.second_factor", next=urlsplit(request.referrer or "").path or None))
    if error.http_status >= 500:
        return unexpected(error)
    return page(error.http_status, error.message, error.faults if isinstance(error, BadInput) else ())


def unavailable(error: Unavailable) -> Any:
    """The database or the disk cannot do it now: the sentence, on a page if one can be made."""
    log.error("%s %s: %s", request.method, request.path, error)
    try:
        return page(error.http_status, error.message)
    except Exception:  # the page asks the database too
        return Response(str(error), error.http_status, content_type="text/plain; charset=utf-8")


def csrf_error(error: CSRFError) -> Any:
    """A form whose token is not right."""
    return page(
        422,
        msg(
            "This page had been open for too long, or was opened in another window. Go back, load it again and send it again."
        ),
    )


def http_error(error: HTTPException) -> Any:
    """What the web server's own rules refuse."""
    status = error.code or 500
    words = {
        413: msg(
            "The file is larger than this registry takes ({limit} MB). Make it smaller or split it.",
            limit=(request.max_content_length or 0) // 2**20 - 1,
        )
    }
    return error.get_response() if status < 400 else page(status, words.get(status))


def unexpected(error: Exception) -> Any:
    """A fault of ours: written down under a reference, told without detail."""
    reference = secrets.token_hex(4)
    log.exception("reference %s: %s %s", reference, request.method, request.path)
    try:
        return page(500, None, reference=reference)
    except Exception:  # whatever broke the page may break this one too (the database, a template)
        log.exception("reference %s: the error page itself", reference)
        words = msg("Something went wrong on our side. Reference to quote: {reference}", reference=reference)
        return Response(str(words), 500, content_type="text/plain; charset=utf-8")
