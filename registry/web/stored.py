"""Public pages are rendered once for each language, stored with their tags, and dropped by what they show."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any

from flask import Response, g, make_response, request

from registry.base.canonical import sha256
from registry.base.clock import SHANGHAI, local_date
from registry.base.i18n import language
from registry.store.published import PublishedPage, find, generation, remember
from registry.store.session import ReadSession
from registry.web.context import registry


@dataclass
class Shown:
    """What the page now being rendered shows: its tags, and until when its words about dates hold."""

    session: ReadSession
    tags: set[str] = field(default_factory=set)
    fresh_until: datetime | None = None

    def shows(self, *tags: str) -> None:
        """The page is out of date when one of these changes."""
        self.tags.update(tags)

    def says_today(self) -> None:
        """The page says something about today; it holds until midnight in Shanghai."""
        tomorrow = local_date(self.session.now) + timedelta(days=1)
        self.fresh_until = datetime.combine(tomorrow, time(), SHANGHAI)


def stored(view: Callable[..., Any]) -> Callable[..., Any]:
    """A public view whose answer is stored. It is given `shown`, reads by `shown.session`, and holds no session state.

    Pages asked for with a query are rendered each time: there is no end of them.
    """

    @wraps(view)
    def answer(**kwargs: Any) -> Any:
        path, lang = request.path, language()
        encoding = "gzip" if request.accept_encodings["gzip"] > 0 else "identity"
        keep = not request.query_string
        with registry().store.read() as session:
            page = find(session, path, lang, encoding, session.now) if keep else None
            if page:
                return send(page)
            shown = Shown(session, {"definitions"})
            if registry().demonstration:
                shown.says_today()  # in its bar
            read_at = generation(session)
            response = make_response(view(shown=shown, **kwargs))
        if response.status_code != 200 or not keep:
            return response
        pages = encodings(path, lang, response, shown)
        with registry().store.system() as writing:
            remember(writing, pages, shown.tags, read_at)
        return send(next(p for p in pages if p.encoding == encoding))

    return answer


def encodings(path: str, lang: str, response: Response, shown: Shown) -> list[PublishedPage]:
    """The page as it will be sent."""
    body = response.get_data()
    etag, media_type = sha256(body)[:32], response.content_type
    common: dict[str, Any] = {"path": path, "lang": lang, "media_type": media_type, "fresh_until": shown.fresh_until}
    return [
        PublishedPage(encoding="identity", etag=etag, body=body, **common),
        PublishedPage(encoding="gzip", etag=etag + "-gz", body=gzip.compress(body, 9, mtime=0), **common),
    ]


def send(page: PublishedPage) -> Response:
    """A stored page, or 304 when the reader has it."""
    response = Response(page.body, content_type=page.media_type)
    if page.encoding != "identity":
        response.headers["Content-Encoding"] = page.encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(page.etag)
    g.stored = True
    response.make_conditional(request)
    return response
