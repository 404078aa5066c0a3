"""Definitions by place

A request asks for the definitions of a few places, of thousands; and a page is rendered anew only if what it is made
from has changed.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("definition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_definition_region_type"), ["region", "type"], unique=False)
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_region"), ["region"], unique=False)
    with op.batch_alter_table("rendered_page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_from", sa.String(64), nullable=True))
