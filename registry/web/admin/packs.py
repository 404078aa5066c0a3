"""Packs written in the browser: the list, a new one, a draft with its files, the check beside the text, and who decides."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import Text as SqlText
from sqlalchemy import type_coerce
from sqlmodel import col, func, or_, select

from registry.actions import definitions, pack_drafts, pack_sources
from registry.actions.pack_drafts import READERS, Examined
from registry.base.errors import BadInput, Fault, Refused, Stale
from registry.base.i18n import Message, msg
from registry.host import docx
from registry.host.archive import packed
from registry.host.check import vocabularies
from registry.rules.document import WORD_TYPE, sample
from registry.rules.pack import EXAMPLES, FOLDERS, MANIFEST, as_bytes, is_word
from registry.rules.permission import Actor
from registry.store.definition import Publication
from registry.store.pack import PackDraft, PackFile, drafts_seen, files_of
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.admin.sections import page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.desk.common import PAGE, page_number, pager, typed
from registry.web.download import named

KEY = "packs"
blueprint = section_blueprint(KEY, __name__, READERS)
STATES: dict[str, tuple[str, Message]] = {
    "open": ("in_progress", msg("being written")),
    "handed_in": ("running", msg("handed in")),
    "published": ("complete", msg("published")),
}
"""State of a draft → sign and word."""
PLACES: dict[str, Message] = {
    "criteria": msg("criteria"),
    "workflows": msg("workflows"),
    "forms": msg("forms"),
    "pages": msg("pages"),
    "references": msg("reference tables"),
    "floors": msg("floors"),
    "kinds": msg("kinds of entries"),
    "templates": msg("Word templates"),
    EXAMPLES: msg("worked examples"),
}
"""Folder of a pack → what is in it."""
LOOKED_AT = frozenset((*FOLDERS, EXAMPLES)) - {"kinds", "templates"}
"""Folders whose files can be looked at as what they become."""


@blueprint.get("/")
def home() -> str:
    """What waits, the drafts that one may see, and what is published."""
    actor = require_actor()
    wanted, number = {"q": request.args.get("q", "").strip()[:60]}, page_number(request.args)
    with registry().store.read(actor) as session:
        drafts = drafts_seen(session)
        rows, count = published(session, wanted["q"], number)
        return page(
            "packs",
            here=KEY,
            writes=bool(own_regions(session, actor)),
            waiting=[draft_row(session, d) for d in drafts if waits(session, actor, d)],
            drafts=[draft_row(session, d) for d in drafts if d.is_going],
            rows=rows,
            filter=wanted,
            pager=pager("admin_packs.home", number, count, wanted),
        )


def waits(session: ReadSession, actor: Actor, draft: PackDraft) -> bool:
    """Whether a draft waits for the actor to decide."""
    bars = (pack_drafts.bar_publishing, pack_drafts.bar_agreeing)
    return draft.state == "handed_in" and any(bar(session, actor, draft) is None for bar in bars)


def published(session: ReadSession, words: str, number: int) -> tuple[list[dict[str, Any]], int]:
    """(a page of the packs that are published, how many there are), by region and name."""
    newest = (
        select(Publication.pack, func.max(Publication.published_at).label("at")).group_by(Publication.pack).subquery()
    )
    query = select(Publication).join(
        newest, (newest.c.pack == Publication.pack) & (newest.c.at == Publication.published_at)
    )
    if words:
        columns = (col(Publication.pack), type_coerce(col(Publication.title), SqlText))
        fits = (column.contains(words, autoescape=True) for column in columns)
        query = query.where(or_(*fits))
    count = session.exec(select(func.count()).select_from(query.subquery())).one()
    rows = session.exec(query.order_by(Publication.region, Publication.pack).limit(PAGE).offset((number - 1) * PAGE))
    return [
        {
            "pack": row.pack,
            "title": pack_sources.published_source(row).title,
            "region": session.get_one(Region, row.region).text,
            "version": row.version,
            "at": row.published_at,
            "url": url_for("admin_packs.published_pack", pack=row.pack),
        }
        for row in rows
    ], count


def own_regions(session: ReadSession, actor: Actor) -> list[Region]:
    """The regions whose packs the actor writes."""
    codes = {a.region for a in actor.appointments if a.role in pack_drafts.WRITERS}
    return list(session.exec(select(Region).where(col(Region.code).in_(codes)).order_by(Region.code)))


def draft_row(session: ReadSession, draft: PackDraft) -> dict[str, Any]:
    """A draft in a list."""
    sign, word = STATES[draft.state]
    return {
        "id": draft.id,
        "pack": draft.pack,
        "region": session.get_one(Region, draft.region).text,
        "sign": sign,
        "state": word,
        "author": pack_drafts.who(session, draft.author),
        "begun_from": draft.begun_from,
        "changed_at": draft.changed_at,
        "url": url_for("admin_packs.draft", id=draft.id),
    }


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Begin a draft."""
    actor, given, faults = require_actor(), typed(), list[Fault]()
    if request.method == "POST":
        upload = request.files.get("archive")
        try:
            id = pack_drafts.begin(
                registry(),
                actor,
                pack=given.get("pack", "").strip(),
                region=given.get("region", ""),
                source=given.get("source", ""),
                archive=upload.read() if upload and upload.filename else None,
            )
            flash(str(msg("The draft is begun. Open a file to change it.")))
            return redirect(url_for(".draft", id=id), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        regions = own_regions(session, actor)
        found = pack_sources.sources(registry(), session)
        places = {r.code: r.text for r in session.exec(select(Region))}
    options = [
        {
            "value": s.key,
            "text": " ".join((s.pack, s.version)),
            "region": places.get(s.region, s.region),
            "state": s.state,
        }
        for s in found
    ]
    chosen = {name: given.get(name, "") for name in ("pack", "region", "source")}
    if wanted := next((s for s in found if s.pack == request.args.get("of")), None):
        own = wanted.region in {r.code for r in regions}
        chosen = {"pack": wanted.pack if own else "", "region": wanted.region, "source": wanted.key} | {
            name: value for name, value in chosen.items() if value
        }
    shown = page(
        "packs_new",
        here=KEY,
        regions=[(r.code, r.text) for r in regions],
        sources=options,
        chosen=chosen,
        faults=faults,
    )
    return shown, 422 if faults else 200


def wanted_version() -> int:
    """The state of the draft that the person has seen."""
    version = request.form.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 9 else 0


@blueprint.route("/drafts/<id>", methods=["GET", "POST"])
def draft(id: str) -> Any:
    """A draft: its files, what is wrong with it, and what can be done."""
    actor, faults, status = require_actor(), list[Fault](), 200
    if request.method == "POST":
        try:
            return done(actor, id)
        except BadInput as error:
            faults, status = list(error.faults), 422
        except Stale as error:
            faults, status = [Fault(error.message)], 409
    at_hand = definitions.all_packs(registry())
    with registry().store.read(actor) as session:
        row = pack_drafts.load(session, id)
        found = pack_drafts.examined(session, row, at_hand)
        shown = page(
            "packs_draft",
            here=KEY,
            draft=draft_model(session, actor, row),
            files=[file_row(session, file, found) for file in files_of(session, id).values()],
            check=check_model(row, found.faults),
            notices=check_model(row, found.notices),
            places=PLACES,
            powers=powers(session, actor, row),
            typed={name: request.form.get(name, "") for name in ("reason", "name", "folder")},
            faults=[f for f in faults if f.file is None or f not in found.faults],
        )
    return shown, status


def done(actor: Actor, id: str) -> Any:
    """Do what the form says. Raises BadInput, Stale, Refused, NotFound."""
    target = url_for(".draft", id=id)
    match request.form.get("do"):
        case "add":
            about = {name: request.form.get(name, "") for name in ("folder", "name")}
            path = pack_drafts.add_file(registry(), actor, id, **about)
            target, said = url_for(".file", id=id, path=path), msg("The file is there; write on from its head.")
        case "archive":
            said = replaced(actor, id)
        case "word":
            target, said = worded(actor, id)
        case "send_back":
            reason = request.form.get("reason", "")
            pack_drafts.send_back(registry(), actor, id, version=wanted_version(), reason=reason)
            said = msg("The draft is back with those who write it; they read your reason.")
        case "drop":
            pack_drafts.drop(registry(), actor, id, version=wanted_version())
            target, said = url_for(".home"), msg("The draft is given up.")
        case word if word in MOVES:
            verb, said = MOVES[word]
            verb(registry(), actor, id, version=wanted_version())
        case _:
            raise BadInput(Fault(msg("Choose what is to be done.")))
    flash(str(said))
    return redirect(target, 303)


MOVES: dict[str | None, tuple[Callable[..., object], Message]] = {
    "hand_in": (pack_drafts.hand_in, msg("The draft is handed in; another person publishes it.")),
    "take_back": (pack_drafts.take_back, msg("The draft is yours again to write on.")),
    "agree": (pack_drafts.agree, msg("The city has agreed; the region's leader can publish it.")),
    "publish": (
        pack_drafts.publish,
        msg("Published. New applications follow it; those that run stay on their version."),
    ),
}
"""What moves a draft on without further words → its verb, and what is said then."""


def worded(actor: Actor, id: str, name: str = "", seen: str = "") -> tuple[str, Message]:
    """Take a Word template, under its own name or another; (where to go on, what is said).

    Raises BadInput, Stale, Refused, NotFound.
    """
    upload = request.files.get("word")
    if upload is None or not upload.filename:
        raise BadInput(Fault(msg("Choose the file."), field="word"))
    name = name or upload.filename.replace("\\", "/").rpartition("/")[2]
    path = pack_drafts.put_word(registry(), actor, id, name=name, data=upload.read(), seen=seen)
    said = msg("The Word document is there; say here what it is about and when it is offered.")
    return url_for(".file", id=id, path=path), said


def replaced(actor: Actor, id: str) -> Message:
    """Take the files of a ZIP. Raises BadInput, Stale, Refused, NotFound."""
    upload = request.files.get("archive")
    if upload is None or not upload.filename:
        raise BadInput(Fault(msg("Choose the file."), field="archive"))
    n = pack_drafts.replace_files(registry(), actor, id, version=wanted_version(), archive=upload.read())
    return msg("The draft now has the {n} files of the ZIP.", n=n)


def draft_model(session: ReadSession, actor: Actor, row: PackDraft) -> dict[str, Any]:
    """What stands above a draft."""
    document = pack_drafts.agreement(session, row)
    return draft_row(session, row) | {
        "version": row.version,
        "writers": [pack_drafts.who(session, person) for person in row.writers],
        "handed_in_by": pack_drafts.who(session, row.handed_in_by) if row.handed_in_by else None,
        "agreed_by": pack_drafts.who(session, row.agreed_by) if row.agreed_by else None,
        "published_by": pack_drafts.who(session, row.published_by) if row.published_by else None,
        "release": row.release,
        "reason": row.reason,
        "agreement": document if row.is_going else None,
        "history_url": url_for("history.row", table="pack_draft", id=row.id),
        "published_url": url_for(".published_pack", pack=row.pack) if row.state == "published" else None,
    }


def powers(session: ReadSession, actor: Actor, row: PackDraft) -> dict[str, Any]:
    """What the actor may do with a draft; where something waits for somebody else, why not they."""
    publishing, agreeing = (bar(session, actor, row) for bar in (pack_drafts.bar_publishing, pack_drafts.bar_agreeing))
    return {
        "write": pack_drafts.bar_writing(actor, row) is None,
        "take_back": row.state == "handed_in" and pack_drafts.may_write(actor, row.region),
        "agree": agreeing is None,
        "publish": publishing is None,
        "send_back": pack_drafts.bar_sending_back(session, actor, row) is None,
        "why": publishing if row.state == "handed_in" and publishing and agreeing else None,
    }


def file_row(session: ReadSession, file: PackFile, found: Examined) -> dict[str, Any]:
    """A file of a draft in the list."""
    path, folder = file.path, file.path.partition("/")[0]
    return {
        "path": path,
        "what": msg("who the pack is") if path == MANIFEST else PLACES.get(folder),
        "faults": sum(f.file == path for f in found.faults),
        "by": pack_drafts.who(session, file.changed_by),
        "at": file.changed_at,
        "url": url_for(".file", id=file.draft_id, path=path),
        "look_url": url_for(".look", id=file.draft_id, path=path) if folder in LOOKED_AT else None,
    }


def check_model(row: PackDraft, faults: Iterable[Fault], first: str = "") -> list[dict[str, Any]]:
    """Faults with the way to their lines; those of the file `first` before the others."""
    ordered = sorted(faults, key=lambda f: f.file != first)
    return [
        {
            "place": f.place,
            "message": f.message,
            "remedy": f.remedy,
            "corrected": f.corrected.strip() if f.corrected else None,
            "url": url_for(".file", id=row.id, path=f.file, _anchor=f"L{f.line or 1}") if f.file else None,
        }
        for f in ordered
    ]


@blueprint.get("/drafts/<id>/pack.zip")
def archive(id: str) -> Response:
    """The draft as a ZIP."""
    with registry().store.read(require_actor()) as session:
        row = pack_drafts.load(session, id)
        data = packed(pack_drafts.texts_of(session, row))
    response = Response(data, content_type="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{row.pack}.zip")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/drafts/<id>/word/<path:path>")
def word(id: str, path: str) -> Response:
    """A Word template of a draft; with `?sample=yes` filled with sample words, to be looked at in Word or WPS."""
    actor, at_hand = require_actor(), definitions.all_packs(registry())
    with registry().store.read(actor) as session:
        row = pack_drafts.load(session, id)
        text = pack_drafts.file_of(session, row, path).text
        found = pack_drafts.examined(session, row, at_hand) if "sample" in request.args else None
    data = as_bytes(path, text)
    if found is not None:
        shape = next((s for d, s in vocabularies(found.pack, found.library) if d.model.docx == text), None)
        if shape is None or any(f.file == path for f in found.faults):
            raise Refused(msg("Put right what the check says; then it can be filled."))
        data = docx.filled(text, sample(shape, full=True), title=path, author=row.pack)
    return named(data, WORD_TYPE, path.rpartition("/")[2])


@blueprint.route("/drafts/<id>/files/<path:path>", methods=["GET", "POST"])
def file(id: str, path: str) -> Any:
    """One file as text, the check beside it."""
    actor, given, faults, status, stale = require_actor(), typed(), list[Fault](), 200, None
    if request.method == "POST":
        try:
            return filed(actor, id, path)
        except BadInput as error:
            faults, status = list(error.faults), 422
        except Stale as error:
            stale, status = error.message, 409
    at_hand = definitions.all_packs(registry())
    with registry().store.read(actor) as session:
        row = pack_drafts.load(session, id)
        text = pack_drafts.file_of(session, row, path).text
        found = pack_drafts.examined(session, row, at_hand)
        mine = given.get("text", text).replace("\r\n", "\n")
        shown = page(
            "packs_file",
            here=KEY,
            draft=draft_row(session, row),
            path=path,
            folder=path.partition("/")[0],
            name=path.rpartition("/")[2],
            movable=path != MANIFEST and "/" in path,
            text="" if is_word(path) else mine,
            word_url=url_for(".word", id=id, path=path) if is_word(path) else None,
            seen=pack_drafts.mark_of(text) if stale or "seen" not in given else given["seen"],
            unsaved=mine != text,
            stale=stale,
            difference=difference(text, mine) if stale else [],
            lines=[] if is_word(path) else numbered(text, path, found.faults),
            check=check_model(row, found.faults, path),
            notices=check_model(row, (n for n in found.notices if n.file == path), path),
            places=PLACES,
            writes=pack_drafts.bar_writing(actor, row) is None,
            why=pack_drafts.bar_writing(actor, row),
            look_url=url_for(".look", id=id, path=path) if path.partition("/")[0] in LOOKED_AT else None,
            faults=faults,
        )
    return shown, status


def filed(actor: Actor, id: str, path: str) -> Any:
    """Save, rename or delete a file. Raises BadInput, Stale, Refused, NotFound."""
    given = request.form
    match given.get("do"):
        case "rename":
            about = {name: given.get(name, "") for name in ("folder", "name")}
            moved = pack_drafts.rename_file(registry(), actor, id, path, **about)
            flash(str(msg("The file is now {path}.", path=moved)))
            return redirect(url_for(".file", id=id, path=moved), 303)
        case "delete":
            pack_drafts.delete_file(registry(), actor, id, path, seen=given.get("seen", ""))
            flash(str(msg("{path} is deleted.", path=path)))
            return redirect(url_for(".draft", id=id), 303)
        case "word":
            worded(actor, id, path.rpartition("/")[2], given.get("seen", ""))
            flash(str(msg("Saved.")))
            return redirect(url_for(".file", id=id, path=path), 303)
    pack_drafts.save(registry(), actor, id, path, text=given.get("text", ""), seen=given.get("seen", ""))
    flash(str(msg("Saved.")))
    return redirect(url_for(".look" if "look" in given else ".file", id=id, path=path), 303)


def numbered(text: str, path: str, faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """The lines of a file, each with what is wrong in it."""
    by_line: dict[int, list[Fault]] = {}
    for fault in faults:
        if fault.file == path:
            by_line.setdefault(fault.line or 1, []).append(fault)
    lines = text.split("\n")
    return [{"n": n, "text": line, "faults": by_line.get(n, [])} for n, line in enumerate(lines, start=1)]


def difference(theirs: str, mine: str) -> list[dict[str, str]]:
    """What a colleague has saved against what was typed here, line by line, with a little around."""
    kinds = {"+": "mine", "-": "theirs", " ": "both"}
    found = difflib.unified_diff(theirs.splitlines(), mine.splitlines(), n=2, lineterm="")
    return [{"kind": kinds[line[0]], "text": line[1:]} for line in list(found)[2:] if line[0] in kinds]
