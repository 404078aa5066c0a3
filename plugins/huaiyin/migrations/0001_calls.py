"""What customers said when they were called

Revision: huaiyin_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "huaiyin_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "p_huaiyin_call",
        sa.Column("entry_id", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("called", sa.Integer(), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.CheckConstraint("satisfied >= 0 AND satisfied <= called", name="ck_p_huaiyin_call_part_of_it"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_p_huaiyin_call_entry_id_entry"),
        sa.PrimaryKeyConstraint("entry_id", "month", name="pk_p_huaiyin_call"),
    )
