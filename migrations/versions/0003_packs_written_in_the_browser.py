"""Packs written in the browser

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pack_draft",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("pack", sa.String(40), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("begun_from", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("writers", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.String(), nullable=True),
        sa.Column("agreed_by", sa.String(), nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.Column("release", sa.String(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'handed_in', 'published', 'dropped')", name=op.f("ck_pack_draft_state_known")
        ),
        sa.CheckConstraint(
            "(state IN ('handed_in', 'published')) = (handed_in_by IS NOT NULL)",
            name=op.f("ck_pack_draft_handed_in_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'published') = (published_by IS NOT NULL)", name=op.f("ck_pack_draft_published_by_somebody")
        ),
        sa.CheckConstraint(
            "published_by IS NULL OR (published_by <> author AND published_by <> handed_in_by)",
            name=op.f("ck_pack_draft_published_by_another"),
        ),
        sa.CheckConstraint("agreed_by IS NULL OR agreed_by <> author", name=op.f("ck_pack_draft_agreed_by_another")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_pack_draft_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_draft")),
    )
    with op.batch_alter_table("pack_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pack_draft_pack"), ["pack"], unique=False)
        batch_op.create_index(batch_op.f("ix_pack_draft_region"), ["region"], unique=False)
        batch_op.create_index(
            "uq_pack_draft_one_going",
            ["pack"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'handed_in')"),
            postgresql_where=sa.text("state IN ('open', 'handed_in')"),
        )

    op.create_table(
        "pack_file",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("path", sa.String(120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["pack_draft.id"], name=op.f("fk_pack_file_draft_id_pack_draft")),
        sa.PrimaryKeyConstraint("draft_id", "path", name=op.f("pk_pack_file")),
    )
