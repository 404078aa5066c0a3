"""The file of a case as one archive (案卷): a PDF with contents, the attachments, the record's rows with proof, the
scores as a workbook, and a manifest with the hash and retention class of each.

It holds what its reader may see: personal answers and files only while this sitting has opened them for a purpose, and
the originals of personal files only for roles that may take them. Taking it is on record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from sqlmodel import col, or_, select

from registry.actions import case_rows, history
from registry.actions.approval import FIELD
from registry.actions.case_pack import Attachment, Gathered, as_json, packed
from registry.actions.case_told import halves, pairs, table, told
from registry.actions.cases import form_of, load, owner_of
from registry.actions.certificates import marks_of
from registry.actions.personal import KEEPERS, OPENERS, is_personal
from registry.actions.position import workflow_of
from registry.actions.proof import head_json, placed_rows
from registry.actions.titles import authority_name
from registry.base.canonical import sha256
from registry.base.clock import local_date
from registry.base.document import Chapter, Document, Rows, document_pdf
from registry.base.errors import NotFound, Refused
from registry.base.i18n import Lang, msg, speaking
from registry.host.registry import Registry
from registry.rules.answer import masked
from registry.rules.permission import HANDLERS, SYSTEM, Actor, Role
from registry.rules.procedures import PROCEDURE_NAMES, RESULT_NAMES
from registry.rules.retention import retention_of
from registry.rules.trace import LEVEL_NAMES
from registry.store.access import AccessLog, revealed
from registry.store.case import Case, Submission
from registry.store.entry import Entry
from registry.store.evidence import PAPER, Evidence
from registry.store.notice import NoticeItem
from registry.store.record import RecordEntry
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.store.title import Title

TAKERS = (*HANDLERS, Role.AUDITOR)
"""Roles that take the file of a case they see; an auditor sees it masked, as everywhere."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The archive, open at its beginning and without a name on the disk; whoever got it closes it."""

    name: str
    data: IO[bytes]
    manifest: dict[str, Any]


def case_file(registry: Registry, actor: Actor, case_id: str, *, lang: Lang, sitting: str = "") -> CaseFile:
    """The file of a case and of the one that recommended it, in a language; on record.

    Raises NotFound, Refused, and Broken when a stored file cannot be read: then nothing is given out.
    """
    if not actor.has(*TAKERS) and actor != SYSTEM:
        raise Refused(msg("Only the office in charge, and its auditors, take the file of a case."))
    with registry.store.read(actor) as session, speaking(lang):
        gathered = gather(registry, session, actor, case_id, lang, sitting)
    with speaking(lang):
        archive, manifest = packed(registry, gathered)
    try:
        keep(registry, actor, case_id, gathered, manifest)
    except BaseException:
        archive.close()
        raise
    return CaseFile(f"{gathered.number} {gathered.name}.zip", archive, manifest)


def keep(registry: Registry, actor: Actor, case_id: str, gathered: Gathered, manifest: dict[str, Any]) -> None:
    """Put on record that the file was taken; each original in it is a row of the log of openings as well."""
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        given = [a.evidence for a in gathered.attachments if not a.left_out]
        for file in given:
            session.add(
                AccessLog(
                    at=session.now,
                    account=actor.account,
                    person=actor.person,
                    what="file.original" if is_personal(session, case, file.field) else "file.view",
                    subject=f"evidence:{file.id}",
                    case_id=file.case_id,
                    purpose=gathered.purpose,
                )
            )
        digest = sha256(as_json(manifest))
        files = [file.id for file in given]
        session.record("case.file", f"case:{case.id}", files=files, manifest=digest, purpose=gathered.purpose)


def gather(registry: Registry, session: ReadSession, actor: Actor, case_id: str, lang: Lang, sitting: str) -> Gathered:
    """Read everything. Raises NotFound."""
    case = load(session, case_id)
    if case.number is None:
        raise NotFound(msg("There is no such case, or it is not one of yours."))
    cases = together(session, case)
    opening = revealed(session, sitting, f"case:{case.id}") if actor.has(*OPENERS) else None
    files = tuple(attachments(session, actor, cases, opening is not None))
    entry = session.get_one(Entry, case.entry_id)
    document = document_of(registry, session, actor, cases, entry, files, lang, opening is not None)
    return Gathered(
        number=case.number,
        name=str(entry.text),
        on=session.today,
        by=actor.name,
        retention=retention_of(c.result for c in cases),
        made={
            "case.pdf": (msg("The case"), document_pdf(document)),
            "scores.xlsx": (msg("Evaluation, figures and scores"), case_rows.scores_book(session, cases)),
            "record.json": (msg("Rows of the record, with proof"), record_of(registry, session, cases)),
        },
        attachments=files,
        purpose=opening.purpose if opening else None,
    )


def together(session: ReadSession, case: Case) -> list[Case]:
    """The case and before it the one that recommended it, as far as the reader sees that."""
    query = select(Case).where(Case.id == (case.parent_id or ""), col(Case.number).is_not(None))
    return [*session.exec(query), case]


def document_of(
    registry: Registry,
    session: ReadSession,
    actor: Actor,
    cases: list[Case],
    entry: Entry,
    files: tuple[Attachment, ...],
    lang: Lang,
    opened: bool,
) -> Document:
    """The PDF's words."""
    case = cases[-1]
    owner, office = owner_of(session, case), session.get_one(Region, case.authority_region)
    standing: Any = (
        RESULT_NAMES[case.result] if case.result else workflow_of(session, case).stages[case.stage].names.staff
    )
    before = [None, *cases]
    return Document(
        lang=lang,
        kicker=str(msg("File of a case")),
        title=str(entry.text),
        office=str(authority_name(office)),
        about=pairs(
            (msg("Receipt number"), " · ".join(c.number or "" for c in cases)),
            (msg("Procedure"), PROCEDURE_NAMES[case.procedure]),
            (msg("Level"), LEVEL_NAMES[case.level]),
            (msg("County"), session.get_one(Region, case.home_region).text),
            (msg("Applicant"), owner.text if owner else None),
            (msg("Sent on"), local_date(cases[0].submitted_at) if cases[0].submitted_at else None),
            (msg("Where it stands"), standing),
            (msg("Ended on"), local_date(case.ended_at) if case.ended_at else None),
            (msg("Retention"), retention_of(c.result for c in cases).words),
            (msg("Personal data"), msg("shown, opened for a purpose") if opened else msg("masked")),
            (msg("Taken on"), session.today),
            (msg("Taken by"), actor.name),
        ),
        contents=str(msg("Contents")),
        chapters=(
            *(c for one, last in zip(cases, before, strict=False) for c in told(session, actor, one, opened, last)),
            Chapter(str(msg("Attachments")), (contents_of(files),), level=1),
        ),
        foot=" · ".join((case.number or "", str(authority_name(office)), session.today.isoformat())),
        mark=" · ".join(marks_of(registry, entry, lang)),
        address=f"{registry.settings.public_url}/desk/cases/{case.id}",
        dated=session.today,
    )


def contents_of(files: tuple[Attachment, ...]) -> Rows:
    """The attachments as a table."""
    rows = (
        (
            n,
            f.title,
            f.path or f.left_out,
            local_date(f.evidence.uploaded_at),
            f.evidence.size,
            halves(f.evidence.sha256),
        )
        for n, f in enumerate(files, start=1)
    )
    heads = (msg("No."), msg("Document title"), msg("File"), msg("Date"), msg("Bytes"), msg("SHA-256"))
    return table(heads, (2, 6, 8, 4, 3, 9), rows)


def attachments(session: ReadSession, actor: Actor, cases: list[Case], opened: bool) -> Iterator[Attachment]:
    """The files of the cases that were sent, scanned or filed, in the form's order; a personal one for who may take it."""
    taker = opened and actor.has(*KEEPERS)
    for case in cases:
        sent = {
            h
            for s in session.exec(select(Submission).where(Submission.case_id == case.id))
            for f in s.files.values()
            for h in f
        }
        query = select(Evidence).where(Evidence.case_id == case.id).order_by(Evidence.sha256)
        rows = [e for e in session.exec(query) if e.sha256 in sent or (":" in e.field and not e.removed_at)]
        asked = [f.id for f in form_of(session, case).fields()] if "form" in case.pins else []
        rows.sort(key=lambda e: (asked.index(e.field) if e.field in asked else len(asked), e.uploaded_at))
        for n, row in enumerate(rows, start=1):
            personal, title = is_personal(session, case, row.field), title_of(session, case, row.field)
            name = masked(row.name) if personal and not opened else row.name
            why = msg("erased") if row.erased_at else msg("personal, left out") if personal and not taker else None
            path = "" if why else f"attachments/{case.number}/{n:02}-{short(row.name)}"
            yield Attachment(row, case.number or "", path, f"{title}: {name}" if name else str(title), why)


def title_of(session: ReadSession, case: Case, field: str) -> Any:
    """What a file is: the label of its field, or the paper it was scanned from."""
    if field == PAPER:
        return msg("Application on paper")
    kind, _, stage = field.partition(":")
    if stage:
        stages = workflow_of(session, case).stages
        of = stages[stage].names.staff if stage in stages else stage
        return msg("Approval sheet, {stage}", stage=of) if f"{kind}:" == FIELD else msg("Scan, {stage}", stage=of)
    asked = form_of(session, case).field(field) if "form" in case.pins else None
    return asked.label if asked else field


def short(name: str) -> str:
    """A name with which no system has trouble: at most 60 characters and its ending."""
    path = PurePosixPath(name)
    return f"{path.stem[:60].strip(' .')}{path.suffix}"


def record_of(registry: Registry, session: ReadSession, cases: list[Case]) -> bytes:
    """The record's rows about the cases, their notices and titles, each with its path to the signed head (RFC 9162)."""
    ids = [c.id for c in cases]
    notices = session.exec(select(NoticeItem.notice_id).where(col(NoticeItem.case_id).in_(ids)))
    titles = session.exec(select(Title.id).where(col(Title.case_id).in_(ids)))
    others = [f"notice:{n}" for n in notices] + [f"title:{t}" for t in titles]
    rows = {e.id: e for id in ids for e in history.history(session, f"case:{id}")}
    rows |= {e.id: e for e in session.exec(select(RecordEntry).where(or_(col(RecordEntry.subject).in_(others))))}
    placed, newest = placed_rows(session, [rows[id] for id in sorted(rows, key=lambda id: id or 0)])
    return as_json(
        {
            "cases": [{"id": c.id, "number": c.number} for c in cases],
            "how": "leaf = SHA-256 of a zero byte and row as JSON (UTF-8, sorted keys, no spaces); path: RFC 9162, 2.1.3",
            "head": head_json(newest, registry.store.signer),
            "rows": placed,
        }
    )
