"""The last look

When somebody last looked at a case.

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_look",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_last_look_account_id_account")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_last_look_case_id_case")),
        sa.PrimaryKeyConstraint("account_id", "case_id", name=op.f("pk_last_look")),
    )
    with op.batch_alter_table("last_look", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_last_look_case_id"), ["case_id"], unique=False)
