"""Files sent under their names, in Chinese too: `send_file` spells them as the standard for headers says (RFC 8187)."""

import io

from flask import Response, send_file

from registry.actions.documents import Document
from registry.rules.document import WORD_TYPE


def named(data: bytes, media_type: str, name: str, *, save: bool = True) -> Response:
    """A file of that name, to be saved or looked at; kept by nobody on the way."""
    response = send_file(io.BytesIO(data), media_type, as_attachment=save, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def word_file(made: Document) -> Response:
    """A filled Word document, to be saved under its name."""
    return named(made.data, WORD_TYPE, made.name)
