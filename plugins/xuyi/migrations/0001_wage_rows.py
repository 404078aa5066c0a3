"""Wage rows by month

Revision: xuyi_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "xuyi_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "p_xuyi_wage_row",
        sa.Column("entry_id", sa.String(32), nullable=False),
        sa.Column("chef", sa.String(20), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("fen >= 0", name="ck_p_xuyi_wage_row_paid"),
        sa.CheckConstraint("length(month) = 7", name="ck_p_xuyi_wage_row_month"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_p_xuyi_wage_row_entry_id_entry"),
        sa.PrimaryKeyConstraint("entry_id", "chef", "month", name="pk_p_xuyi_wage_row"),
    )
