"""What somebody has seen of the desk

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_look",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_work_look_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_work_look")),
    )
