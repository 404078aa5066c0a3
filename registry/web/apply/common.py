"""What several of the applicant's pages need: a case with its form, draft and files, and whose turn it is."""

from dataclasses import dataclass, field
from typing import Any

from flask import flash, render_template
from sqlmodel import select

from registry.actions.cases import editable, form_of, load
from registry.actions.position import workflow_of
from registry.base.errors import NotFound, Refused
from registry.base.i18n import Message, msg
from registry.rules.form import Form
from registry.rules.permission import Actor
from registry.rules.workflow import Stage
from registry.store.case import Case
from registry.store.cultivation import prefilled_of
from registry.store.entry import Entry
from registry.store.evidence import Evidence, files_of
from registry.store.session import ReadSession
from registry.web import templating


@dataclass(frozen=True)
class Application:
    """An application as its applicant sees it. `wanted`: fields to be written now; none once sent."""

    case: Case
    entry: Entry
    form: Form
    stage: Stage
    wanted: tuple[str, ...]
    files: dict[str, list[Evidence]]
    child: Case | None
    """The city's case, once the county has recommended."""
    prefilled: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Field → what was filled in from the cultivation list, and from where."""

    @property
    def open(self) -> bool:
        """Whether it is the applicant's turn."""
        return bool(self.wanted)

    @property
    def returned(self) -> bool:
        """Whether it came back to be corrected."""
        return self.open and bool(self.case.defects)

    @property
    def hashes(self) -> dict[str, list[str]]:
        """Field → hashes of its files."""
        return {field: [f.sha256 for f in files] for field, files in self.files.items()}


def application(session: ReadSession, actor: Actor, id: str) -> Application:
    """An application of the actor's own organisation. Raises NotFound for everybody else."""
    case = load(session, id)
    if case.procedure != "recommend" or case.filer_id not in actor.organisations:
        raise NotFound(msg("There is no such case, or it is not one of yours."))
    files: dict[str, list[Evidence]] = {}
    for file in files_of(session, case.id):
        files.setdefault(file.field, []).append(file)
    return Application(
        case=case,
        entry=session.get_one(Entry, case.entry_id),
        form=form_of(session, case),
        stage=workflow_of(session, case).stages[case.stage],
        wanted=tuple(turn(session, case, actor)),
        files=files,
        child=session.exec(select(Case).where(Case.parent_id == case.id).order_by(Case.opened_at)).first(),  # type: ignore[arg-type]
        prefilled=prefilled_of(session, case.id),
    )


def turn(session: ReadSession, case: Case, actor: Actor) -> list[str]:
    """The fields that may be written now; none when it is not the applicant's turn."""
    try:
        return editable(session, case, actor)
    except Refused:
        return []


def page(template: str, **context: Any) -> str:
    """A page of the applicant's."""
    return render_template(f"apply/{template}.html", **{**templating.frame(), **context})


def say(message: Message) -> None:
    """A line to be shown on the next page."""
    flash(str(message))
