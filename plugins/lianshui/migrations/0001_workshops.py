"""Village workshops and the visits that are due

Revision: lianshui_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "lianshui_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "p_lianshui_workshop",
        sa.Column("entry_id", sa.String(32), nullable=False),
        sa.Column("village", sa.String(40), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.CheckConstraint("workers >= 1", name="ck_p_lianshui_workshop_works"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_p_lianshui_workshop_entry_id_entry"),
        sa.PrimaryKeyConstraint("entry_id", "village", name="pk_p_lianshui_workshop"),
    )
    op.create_table(
        "p_lianshui_visit",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_p_lianshui_visit_entry_id_entry"),
        sa.PrimaryKeyConstraint("key", name="pk_p_lianshui_visit"),
    )
