"""Approval sheets (审批表): printed from a case to be signed by hand; what is scanned files itself to its case and stage."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import select

from registry.actions import uploads
from registry.actions.cases import keep_file, load, owner_of
from registry.actions.position import position_of, workflow_of
from registry.actions.titles import authority_name
from registry.base.approval import Opinion, SheetPage, codes_of, cut, sheet_pdf
from registry.base.clock import local_date
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import PREFIXES, Lang, Message, msg, speaking
from registry.base.pdf import Labelled
from registry.host.registry import Registry
from registry.rules.engine import BEGINS_ANEW, office_region
from registry.rules.permission import HANDLERS, Actor
from registry.rules.trace import LEVEL_NAMES
from registry.store.approval import ApprovalSheet, sheet_of
from registry.store.case import Case, standing_steps, steps_of
from registry.store.entry import Entry
from registry.store.region import Region
from registry.store.session import ReadSession, WriteSession

SIGNATURES = (
    msg("Opinion of who handles it"),
    msg("Opinion of who reviews it"),
    msg("Opinion of who decides"),
)
FIELD = "approval_sheet:"
"""Field of the evidence that a signed sheet is; the stage follows."""


def print_sheet(registry: Registry, actor: Actor, case_id: str) -> str:
    """The code of the sheet of a case as it stands now; printed again before it moves, it is the same one.

    Raises NotFound, Refused.
    """
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        if why := may_not_print(session, actor, case):
            raise Refused(why)
        sheet = sheet_of(session, case.id, case.stage, case.version)
        if sheet is None:
            sheet = ApprovalSheet(
                case_id=case.id,
                stage=case.stage,
                version=case.version,
                printed_by=actor.person,
                printed_at=session.now,
            )
            session.add(sheet)
            session.record("approval.print", f"case:{case.id}", stage=case.stage, version=case.version)
        return sheet.code


def may_not_print(session: ReadSession, actor: Actor, case: Case) -> Message | None:
    """Why the actor cannot print a sheet of a case now; None when they can."""
    stage = workflow_of(session, case).stages[case.stage]
    if case.number is None or case.status != "open" or stage.duty == "edit" or stage.is_silent or stage.is_end:
        return msg("There is nothing to be signed in this stage.")
    region = office_region(stage, position_of(session, case))
    if not handles(actor, region or case.authority_region):
        return msg("Only the office in charge prints and files approval sheets.")
    return None


def handles(actor: Actor, region: str) -> bool:
    """Whether the actor belongs to the office of a region that handles cases."""
    return any(a.role in HANDLERS and a.region == region for a in actor.appointments)


def sheet_file(registry: Registry, actor: Actor, code: str, lang: Lang) -> bytes:
    """The sheet of a code as PDF. Raises NotFound where the case is not the actor's to see, or has moved since."""
    with registry.store.read(actor) as session:
        sheet, case = found_sheet(session, actor, code) or (None, None)
        if sheet is None or case is None or (case.stage, case.version) != (sheet.stage, sheet.version):
            raise NotFound(msg("There is no such sheet, or its case has moved on; print it again from the case."))
        with speaking(lang):
            page = page_of(session, registry, case, sheet, lang)
    return sheet_pdf(page)


def found_sheet(session: ReadSession, actor: Actor, code: str) -> tuple[ApprovalSheet, Case] | None:
    """A sheet and its case, where both are the actor's to handle."""
    sheet = session.exec(select(ApprovalSheet).where(ApprovalSheet.code == code)).one_or_none()
    case = session.exec(select(Case).where(Case.id == sheet.case_id)).one_or_none() if sheet else None
    if (
        sheet is None
        or case is None
        or not {case.authority_region, case.home_region} & {a.region for a in actor.appointments if a.role in HANDLERS}
    ):
        return None
    return sheet, case


def page_of(session: ReadSession, registry: Registry, case: Case, sheet: ApprovalSheet, lang: Lang) -> SheetPage:
    """What the sheet says."""
    entry, workflow = session.get_one(Entry, case.entry_id), workflow_of(session, case)
    owner, region = owner_of(session, case), session.get_one(Region, case.authority_region)
    about: dict[Message, object] = {
        msg("Name"): entry.text,
        msg("Receipt number"): case.number,
        msg("Level"): LEVEL_NAMES[case.level],
        msg("Applicant"): owner.text if owner else "",
        msg("Stage"): workflow.stages[case.stage].names.staff,
        msg("Printed on"): local_date(sheet.printed_at).isoformat(),
    }
    opinions = []
    for step in standing_steps(session, case.id):
        stage = workflow.stages[step.stage]
        if step.person == "system" or stage.duty == "edit":
            continue
        opinions.append(
            Opinion(
                stage=str(stage.names.staff),
                what=str(stage.outcomes[step.outcome].label if step.outcome in stage.outcomes else step.outcome),
                lines=tuple((step.reason or "").split("\n")) if step.reason else (),
                who=step.account_title,
                on=step.on.isoformat(),
            )
        )
    return SheetPage(
        lang=lang,
        title=str(msg("Approval sheet")),
        office=str(authority_name(region)),
        number=case.number or "",
        code=sheet.code,
        address=f"{registry.settings.public_url}{PREFIXES[lang]}/desk/paper/scan?code={sheet.code}",
        about=tuple(Labelled(str(label), str(value)) for label, value in about.items() if value),
        opinions_title=str(msg("Opinions so far")),
        opinions=tuple(opinions),
        signatures=tuple(str(words) for words in SIGNATURES),
        sign=str(msg("Signed:                              Date:                    ")),
        hint=str(msg("When it is signed, photograph or scan it: by its code it finds its way to this case.")),
        dated=local_date(sheet.printed_at),
    )


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of one sheet of a scan: its pages (from 1), and its case with the stage, or why it was not filed."""

    pages: tuple[int, ...]
    case_id: str | None = None
    number: str = ""
    stage: Message | object = ""
    fault: Message | None = None


def file_scan(registry: Registry, actor: Actor, *, name: str, data: bytes, code: str = "") -> list[Filed]:
    """File a scan or photograph of signed sheets, each to the case and stage of its code. Returns what became of each.

    `code`: as typed by hand, for a picture in which none can be read. What cannot be filed is told and stops nothing
    else. Raises Refused, BadInput for a file that cannot be read, or in which there is no code of ours.
    """
    if not actor.has(*HANDLERS):
        raise Refused(msg("Only the office in charge prints and files approval sheets."))
    taken = uploads.scan(name, data, registry.settings.upload_limit)
    typed = "".join(code.split()).upper()
    pages = codes_of(taken.data, taken.media_type)
    groups = grouped(pages) or ({typed: list(range(1, len(pages) + 1))} if typed else {})
    if not groups:
        raise BadInput(
            Fault(
                msg(
                    "No code of an approval sheet can be read in this file. Photograph the whole sheet in good light, or "
                    "type the twelve characters beneath the code."
                ),
                field="file",
            )
        )
    parts = {
        code: taken.data
        if len(numbers) == len(pages) or taken.media_type != "application/pdf"
        else cut(taken.data, numbers)
        for code, numbers in groups.items()
    }
    with registry.store.write(actor) as session:
        return [
            file_one(registry, session, actor, code, tuple(numbers), taken.media_type, parts[code])
            for code, numbers in groups.items()
        ]


def grouped(pages: list[list[str]]) -> dict[str, list[int]]:
    """Code → its pages. A page without a code is the back of the one before."""
    groups: dict[str, list[int]] = {}
    current: list[str] = []
    for number, codes in enumerate(pages, start=1):
        current = codes or current
        for code in current:
            groups.setdefault(code, []).append(number)
    return groups


def file_one(
    registry: Registry,
    session: WriteSession,
    actor: Actor,
    code: str,
    pages: tuple[int, ...],
    media_type: str,
    data: bytes,
) -> Filed:
    """File one sheet, or say why not."""
    found = found_sheet(session, actor, code)
    if found is None:
        return Filed(pages, fault=msg("There is no sheet with the code {code}, or it is not one of yours.", code=code))
    sheet, case = found
    stage = workflow_of(session, case).stages[sheet.stage].names.staff
    if overtaken(session, case, sheet):
        words = msg(
            "The sheet {code} was printed before the application was changed or sent back; print it again.", code=code
        )
        return Filed(pages, case.id, case.number or "", stage, words)
    suffix = EXTENSIONS[media_type]
    kept = keep_file(
        registry, session, case, f"{FIELD}{sheet.stage}", f"审批表-{case.number}.{suffix}", media_type, data
    )
    session.record("approval.file", f"case:{case.id}", stage=sheet.stage, version=sheet.version, evidence=kept.id)
    return Filed(pages, case.id, case.number or "", stage)


EXTENSIONS: Mapping[str, str] = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def overtaken(session: ReadSession, case: Case, sheet: ApprovalSheet) -> bool:
    """Whether the case was edited, or begun anew, after the sheet was printed: what was signed is no longer what stands."""
    later = [step for step in steps_of(session, case.id) if step.n >= sheet.version]
    return any(step.duty == "edit" or step.substance or step.act in BEGINS_ANEW for step in later)
