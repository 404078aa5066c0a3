"""The record by key

The history of a row is found by an index and not by reading the whole record.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

from registry.store.triggers import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
KEYS = {"sqlite": "json_each(e.state) AS k", "postgresql": "json_object_keys(e.state::json) AS k(key)"}


def upgrade() -> None:
    op.create_table(
        "record_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["record_entry.id"], name=op.f("fk_record_key_entry_id_record_entry")),
        sa.PrimaryKeyConstraint("key", "entry_id", name=op.f("pk_record_key")),
    )
    dialect = op.get_context().dialect.name
    op.execute(f"INSERT INTO record_key (key, entry_id) SELECT k.key, e.id FROM record_entry e, {KEYS[dialect]}")
    for statement in append_only("record_key", dialect):
        op.execute(statement)
