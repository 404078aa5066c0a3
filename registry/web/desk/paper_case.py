"""What a case has on paper: the scan that it was entered from, the approval sheets, and the way to print one."""

from typing import Any

from registry.actions.approval import FIELD, may_not_print
from registry.actions.position import workflow_of
from registry.rules.permission import Actor
from registry.store.case import Case
from registry.store.evidence import PAPER, Evidence, evidence_of
from registry.store.session import ReadSession
from registry.web.desk import answers


def model(session: ReadSession, actor: Actor, case: Case, opened: bool) -> dict[str, Any]:
    """The paper of a case; of a city's case also that of the county's."""
    files = [f for f in evidence_of(session, case.id, case.parent_id) if f.removed_at is None]
    return {
        "scans": [answers.file_row(case, file, True, opened) for file in files if file.field == PAPER],
        "sheets": [
            {"stage": stage_name(session, file), **answers.file_row(case, file, False, opened)}
            for file in files
            if file.field.startswith(FIELD)
        ],
        "print": may_not_print(session, actor, case) is None,
    }


def stage_name(session: ReadSession, file: Evidence) -> Any:
    """What the stage is called to which a sheet was filed."""
    stages = workflow_of(session, session.get_one(Case, file.case_id)).stages
    id = file.field.removeprefix(FIELD)
    return stages[id].names.staff if id in stages else id
