"""What somebody has seen of the desk; second returns; steps taken back

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
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
    op.add_column("case_step", sa.Column("defects", sa.LargeBinary(), nullable=True))
    op.add_column("decision", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "second_return",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("given", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposer_title", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> proposed_by", name=op.f("ck_second_return_confirmed_by_another")
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_second_return_ended_when_confirmed")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_second_return_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_return")),
    )
    with op.batch_alter_table("second_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_return_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_second_return_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
