"""Headers of every answer. Stored pages carry no nonce, so nothing inline is allowed anywhere."""

from urllib.parse import unquote_to_bytes

from flask import Flask, Response, request

from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)

PERMISSIONS = ", ".join(f"{what}=()" for what in ("camera", "microphone", "geolocation", "payment", "usb"))
"""What no page of ours may ask a browser for."""


def set_up(app: Flask) -> None:
    """Add the headers, and refuse forms in another encoding before anything of them is read."""

    @app.before_request
    def readable() -> None:
        if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
            try:
                unquote_to_bytes(request.get_data(cache=True)).decode()
            except UnicodeDecodeError:
                raise BadInput(
                    Fault(
                        msg("This holds characters that cannot be read; type it again instead of pasting it."),
                        remedy=msg("The form must be sent as UTF-8; nothing of it was saved."),
                    )
                ) from None

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
