"""What somebody has seen of the desk."""

from datetime import datetime

from sqlmodel import Field

from registry.store.table import Row


class WorkLook(Row, table=True):
    """Until when somebody has seen what moved; set by them, so that a page loaded twice loses nothing."""

    account_id: str = Field(primary_key=True, foreign_key="account.id")
    seen_until: datetime
