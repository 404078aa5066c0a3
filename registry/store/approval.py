"""Approval sheets (审批表) printed from a case, so that a photograph of one finds its way back."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, select

from registry.store.table import Tracked, id_field, new_code


class ApprovalSheet(Tracked, table=True):
    """A sheet printed for a stage of a case as it stood then. Its code is random and stands in the QR code.

    Printed again while the case has not moved, it is the same sheet.
    """

    __table_args__ = (UniqueConstraint("case_id", "stage", "version"),)
    __outcome__ = ("case_id", "stage", "version", "printed_by")
    __scoped__ = True

    id: str = id_field()
    code: str = Field(default_factory=new_code, unique=True, max_length=12)
    case_id: str = Field(foreign_key="case.id", index=True)
    stage: str
    version: int
    """How often the case had moved when it was printed, as the case counts."""
    printed_by: str
    printed_at: datetime


def sheet_of(session: Session, case_id: str, stage: str, version: int) -> ApprovalSheet | None:
    """The sheet of a stage of a case as it stands."""
    return session.exec(
        select(ApprovalSheet).where(
            ApprovalSheet.case_id == case_id, ApprovalSheet.stage == stage, ApprovalSheet.version == version
        )
    ).one_or_none()
