"""Plugins: switched off or on, and how they failed

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_state",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("plugin", sa.String(60), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_state")),
        sa.UniqueConstraint("plugin", name=op.f("uq_plugin_state_plugin")),
    )
    op.create_table(
        "plugin_failure",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("hook", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("traceback", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_failure")),
    )
    op.create_index(op.f("ix_plugin_failure_plugin"), "plugin_failure", ["plugin"])
    with op.batch_alter_table("rendered_page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("plugin", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("rendered_page", schema=None) as batch_op:
        batch_op.alter_column("title", server_default=None)
        batch_op.alter_column("plugin", server_default=None)
