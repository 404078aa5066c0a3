"""Packs that are being written in the browser: a draft, its files, who wrote them and who let them pass."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column
from sqlalchemy import Text as SqlText
from sqlmodel import Field, Session, col, select

from registry.store.table import Encrypted, Json, Row, Tracked, id_field, one_of, only_one

STATES = ("open", "handed_in", "published", "dropped")
GOING = "state IN ('open', 'handed_in')"
"""Still being written or looked at: of each pack there is one such draft at most."""


class PackDraft(Tracked, table=True):
    """A pack on its way: written by officers of its region, published by another person there."""

    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint(
            "(state IN ('handed_in', 'published')) = (handed_in_by IS NOT NULL)", name="handed_in_by_somebody"
        ),
        CheckConstraint("(state = 'published') = (published_by IS NOT NULL)", name="published_by_somebody"),
        CheckConstraint(
            "published_by IS NULL OR (published_by <> author AND published_by <> handed_in_by)",
            name="published_by_another",
        ),
        CheckConstraint("agreed_by IS NULL OR agreed_by <> author", name="agreed_by_another"),
        only_one("uq_pack_draft_one_going", "pack", where=GOING),
    )
    __outcome__ = ("pack", "region", "state", "author", "handed_in_by", "agreed_by", "published_by", "sha256")

    id: str = id_field()
    pack: str = Field(max_length=40, index=True)
    """The id of the pack, as its `plugin.yaml` must say it."""
    region: str = Field(foreign_key="region.code", index=True)
    state: str = "open"
    begun_from: str = ""
    """What it was copied from, in words; empty for a blank one."""
    author: str
    """The person who began it."""
    writers: list[str] = Field(sa_column=Column(Json, nullable=False))
    """Every person who has changed a file of it since, the author included."""
    handed_in_by: str | None = None
    agreed_by: str | None = None
    """The person of the wider place who agreed, where its floor asks for that."""
    published_by: str | None = None
    release: str | None = None
    """The version of the pack that was published."""
    reason: str | None = Field(default=None, sa_column=Column(Encrypted("pack_draft.reason")))
    """Why it was sent back last."""
    sha256: str = Field(max_length=64)
    """Of its files: what was looked at is what is published."""
    version: int = 1
    """Counts every change: who decides says which state they have seen."""
    begun_at: datetime
    changed_at: datetime

    @property
    def is_going(self) -> bool:
        """Whether it is still being written or looked at."""
        return self.state in ("open", "handed_in")


class PackFile(Row, table=True):
    """One file of a draft."""

    draft_id: str = Field(primary_key=True, foreign_key="pack_draft.id", max_length=32)
    path: str = Field(primary_key=True, max_length=120)
    text: str = Field(sa_column=Column(SqlText, nullable=False))
    changed_by: str
    changed_at: datetime


def files_of(session: Session, draft_id: str) -> dict[str, PackFile]:
    """The files of a draft by their paths; `plugin.yaml` first."""
    rows = session.exec(select(PackFile).where(PackFile.draft_id == draft_id))
    return {row.path: row for row in sorted(rows, key=lambda row: ("/" in row.path, row.path))}


def drafts_seen(session: Session) -> list[PackDraft]:
    """The drafts that the session's actor may see, the newest change first."""
    query = select(PackDraft).where(PackDraft.state != "dropped")
    return list(session.exec(query.order_by(col(PackDraft.changed_at).desc(), PackDraft.id)))


def going(session: Session, pack: str) -> PackDraft | None:
    """The draft of a pack that is being written, wherever: ids of packs are everybody's."""
    query = select(PackDraft).where(PackDraft.pack == pack, col(PackDraft.state).in_(("open", "handed_in")))
    return session.exec(query.execution_options(unscoped=True)).first()
