"""When somebody last looked at a case, so that its page can say what has happened since."""

from datetime import datetime

from sqlmodel import Field

from registry.store.table import Row


class LastLook(Row, table=True):
    """The last look of an account at a case, and the one before it, which a page compares with. Not told by the record."""

    __tablename__ = "last_look"
    __scoped__ = True

    account_id: str = Field(foreign_key="account.id", primary_key=True)
    case_id: str = Field(foreign_key="case.id", primary_key=True, index=True)
    at: datetime
    version: int
    """How often the case had moved at that look, as the case counts."""
    before: datetime | None = None
    """The look before; empty at the first one."""
