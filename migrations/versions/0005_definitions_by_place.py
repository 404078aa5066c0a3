"""Definitions by place

A request asks for the definitions of a few places, of thousands.

Revision: 0005
After: 0002
"""

from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("definition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_definition_region_type"), ["region", "type"], unique=False)
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_region"), ["region"], unique=False)
