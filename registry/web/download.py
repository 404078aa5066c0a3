"""Files sent under names in Chinese (RFC 6266, RFC 8187): a header holds ASCII only."""

import unicodedata
from urllib.parse import quote

from flask import Response

from registry.actions.documents import Document
from registry.rules.document import WORD_TYPE


def named(response: Response, disposition: str, name: str) -> Response:
    """The response as a file of that name: `inline` to be looked at, `attachment` to be saved."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace('"', "").strip()
    about = {
        "filename": ascii_name if ascii_name == name else f"file{name[name.rfind('.') :]}" if "." in name else "file"
    }
    if ascii_name != name:
        about["filename*"] = f"UTF-8''{quote(name, safe='')}"
    response.headers.set("Content-Disposition", disposition, **about)
    return response


def word_file(made: Document) -> Response:
    """A filled Word document, to be saved under its name."""
    response = Response(made.data, content_type=WORD_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return named(response, "attachment", made.name)
