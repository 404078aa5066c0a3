"""Rounds

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_seats",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_round_seats_seats_not_negative")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_round_seats_region_region")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_seats_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_seats")),
        sa.UniqueConstraint("round_id", "region", "kind", name=op.f("uq_round_seats_round_id_region_kind")),
    )
    with op.batch_alter_table("round_seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_seats_round_id"), ["round_id"], unique=False)

    op.create_table(
        "round_entrant",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recommended", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("points", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("reserve", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.CheckConstraint("result IN ('seat', 'reserve', 'none')", name=op.f("ck_round_entrant_result_known")),
        sa.CheckConstraint(
            "recommended IS NULL OR recommended > 0", name=op.f("ck_round_entrant_recommended_from_one")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_round_entrant_case_id_case")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_round_entrant_region_region")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_entrant_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_entrant")),
        sa.UniqueConstraint("case_id", name=op.f("uq_round_entrant_case_id")),
    )
    with op.batch_alter_table("round_entrant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_entrant_round_id"), ["round_id"], unique=False)
        batch_op.create_index(
            "uq_round_entrant_order",
            ["round_id", "region", "kind", "recommended"],
            unique=True,
            sqlite_where=sa.text("recommended IS NOT NULL"),
            postgresql_where=sa.text("recommended IS NOT NULL"),
        )

    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kinds", sa.Text(), nullable=False))
        batch_op.add_column(sa.Column("order_by", sa.String(), nullable=False))
        batch_op.add_column(sa.Column("ties", sa.String(), nullable=False))
        batch_op.add_column(sa.Column("status", sa.String(), nullable=False))
        batch_op.add_column(sa.Column("document", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("document_date", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("words", sa.Text(), nullable=False))
        batch_op.add_column(sa.Column("drafted_by", sa.String(), nullable=False))
        batch_op.add_column(sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("called_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("prepared_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("released_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("meeting", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("minutes", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_round_region"), ["region"], unique=False)
        batch_op.drop_column("pins")
        batch_op.drop_column("kind")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_round_called"),
            "status NOT IN ('called', 'prepared', 'released', 'closed') OR called_at IS NOT NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_round_called_by_another"), "called_by IS NULL OR called_by <> drafted_by"
        )
        batch_op.create_check_constraint(op.f("ck_round_order_by_known"), "order_by IN ('points', 'recommended')")
        batch_op.create_check_constraint(
            op.f("ck_round_prepared_by_somebody"), "status NOT IN ('prepared', 'released') OR prepared_by IS NOT NULL"
        )
        batch_op.create_check_constraint(
            op.f("ck_round_released_by_another"), "released_by IS NULL OR released_by <> prepared_by"
        )
        batch_op.create_check_constraint(
            op.f("ck_round_status_known"),
            "status IN ('draft', 'called', 'prepared', 'released', 'closed', 'cancelled')",
        )
        batch_op.create_check_constraint(op.f("ck_round_ties_known"), "ties IN ('leader_decides', 'all_out')")
