"""Files of a case: as they are; a personal one only drawn, with the viewer's name and the time across each page."""

from typing import Any

from flask import Response, url_for

from registry.actions.cases import load
from registry.actions.personal import KEEPERS, PURPOSES, is_personal, log_opening, require_opener
from registry.base.clock import SHANGHAI
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.i18n import msg
from registry.base.images import DRAWABLE, page_count, page_png
from registry.rules.permission import Actor
from registry.store.access import revealed
from registry.store.case import Case
from registry.store.evidence import Evidence
from registry.store.session import ReadSession
from registry.web.context import registry, sitting
from registry.web.desk import answers, common
from registry.web.download import named

INLINE = ("application/pdf", "image/jpeg", "image/png")


def find(session: ReadSession, id: str, evidence_id: str) -> tuple[Case, Evidence, bool]:
    """(case, file, whether it is personal). Raises NotFound."""
    case = load(session, id)
    found = answers.file_of(session, case, evidence_id)
    if found is None:
        raise NotFound(msg("There is no such file in this case."))
    return case, found, is_personal(session, case, found.field)


def bytes_of(file: Evidence) -> bytes:
    """The file, decrypted."""
    return registry().store.evidence.get(file.place, file.data_key, file.sha256)


def require_opened(session: ReadSession, actor: Actor, case: Case) -> None:
    """Raise Refused unless this sign-in has opened the personal data of the case."""
    require_opener(actor)
    if not revealed(session, sitting(), f"case:{case.id}"):
        raise Refused(msg("This file is personal: open the personal data of the case first, and say what for."))


def view(actor: Actor, id: str, evidence_id: str) -> Any:
    """A file as it is, which is logged; for a personal one the page that shows its drawn pages."""
    with registry().store.read(actor) as session:
        case, found, personal = find(session, id, evidence_id)
        if personal:
            require_opened(session, actor, case)
            return common.page("file", **model(session, actor, case, found))
    data = bytes_of(found)
    log_opening(registry(), actor, found, "file.view")
    return sent(found, data, save=found.media_type not in INLINE)


def sent(file: Evidence, data: bytes, *, save: bool) -> Response:
    """The bytes in a sandbox."""
    response = named(data, file.media_type, file.name, save=save)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response


def model(session: ReadSession, actor: Actor, case: Case, file: Evidence) -> dict[str, Any]:
    """The page of a personal file. What cannot be drawn says so."""
    pages, problem = 0, None
    if file.media_type in DRAWABLE:
        try:
            pages = page_count(bytes_of(file), file.media_type)
        except BadInput as error:
            problem = error.faults[0].message
    else:
        problem = msg("A file of this kind cannot be drawn; ask for the original.")
    return {
        "here": "cases",
        "name": file.name,
        "case": {"number": case.number, "url": common.case_url(case)},
        "pages": [url_for("desk.file_page", id=case.id, evidence_id=file.id, page=n) for n in range(1, pages + 1)],
        "problem": problem,
        "original_url": url_for("desk.file_original", id=case.id, evidence_id=file.id) if actor.has(*KEEPERS) else None,
        "purposes": PURPOSES,
    }


def drawn_page(actor: Actor, id: str, evidence_id: str, page: int) -> Response:
    """One page as PNG with name and time of the viewer; each is logged."""
    with registry().store.read(actor) as session:
        case, found, personal = find(session, id, evidence_id)
        if personal:
            require_opened(session, actor, case)
        time = session.now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    png = page_png(bytes_of(found), found.media_type, page, f"{actor.name} {time}")
    log_opening(registry(), actor, found, "file.page" if personal else "file.view")
    return Response(png, content_type="image/png")


def original(actor: Actor, id: str, evidence_id: str, purpose: str) -> Response:
    """The original bytes, to be saved; on record with the purpose."""
    with registry().store.read(actor) as session:
        case, found, _ = find(session, id, evidence_id)
        require_opened(session, actor, case)
    data = bytes_of(found)
    log_opening(registry(), actor, found, "file.original", purpose=purpose, record=True)
    return sent(found, data, save=True)
