"""People, protection and the ledger

Revision: 0002
After: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_appointment_role_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_appointment_role_known"),
            "role IN ('applicant', 'county_officer', 'county_reviewer', 'county_leader', 'city_officer', 'city_reviewer', 'city_leader', 'station', 'expert', 'department', 'finance_officer', 'editor', 'auditor', 'admin', 'security_admin', 'audit_admin')",
        )
