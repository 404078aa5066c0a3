"""People, protection and the ledger

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

from registry.store.triggers import append_only, append_only_but

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_log_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_log_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_log_subject"), ["subject"], unique=False)

    op.create_table(
        "number_index",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "digest", "subject", name=op.f("pk_number_index")),
    )
    with op.batch_alter_table("number_index", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_number_index_subject"), ["subject"], unique=False)

    op.create_table(
        "privacy_act",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_act")),
    )
    op.create_table(
        "reveal",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sitting", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal")),
        sa.UniqueConstraint("sitting", "subject", name=op.f("uq_reveal_sitting_subject")),
    )
    op.create_table(
        "sign_in_counter",
        sa.Column("subject", sa.String(48), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_counter")),
    )
    op.create_table(
        "ledger_file",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.String(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_ledger_file_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_file")),
    )
    with op.batch_alter_table("ledger_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_file_region"), ["region"], unique=False)

    op.create_table(
        "ledger_mapping",
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_ledger_mapping_region_region")),
        sa.PrimaryKeyConstraint("region", "signature", name=op.f("pk_ledger_mapping")),
    )
    op.create_table(
        "person_merge",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("keep_id", sa.String(), nullable=False),
        sa.Column("drop_id", sa.String(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> proposed_by", name=op.f("ck_person_merge_confirmed_by_another")
        ),
        sa.CheckConstraint("keep_id <> drop_id", name=op.f("ck_person_merge_two_persons")),
        sa.ForeignKeyConstraint(["drop_id"], ["person.id"], name=op.f("fk_person_merge_drop_id_person")),
        sa.ForeignKeyConstraint(["keep_id"], ["person.id"], name=op.f("fk_person_merge_keep_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
    )
    with op.batch_alter_table("person_merge", schema=None) as batch_op:
        batch_op.create_index(
            "uq_person_merge_open",
            ["drop_id"],
            unique=True,
            sqlite_where=sa.text("confirmed_by IS NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("confirmed_by IS NULL AND ended_at IS NULL"),
        )

    op.create_table(
        "account_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("what IN ('second_factor_reset')", name=op.f("ck_account_request_what_known")),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> proposed_by", name=op.f("ck_account_request_confirmed_by_another")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_request_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
    )
    with op.batch_alter_table("account_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_request_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_account_request_open",
            ["account_id", "what"],
            unique=True,
            sqlite_where=sa.text("confirmed_by IS NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("confirmed_by IS NULL AND ended_at IS NULL"),
        )

    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_invitation_account_id_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitation")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_account_id"), ["account_id"], unique=False)

    op.create_table(
        "password_used",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_password_used_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_used")),
    )
    with op.batch_alter_table("password_used", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_used_account_id"), ["account_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_recovery_code_digest")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False)

    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "ledger_name",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_ledger_name_entry_id_entry")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_ledger_name_region_region")),
        sa.PrimaryKeyConstraint("kind", "region", "name", name=op.f("pk_ledger_name")),
    )
    with op.batch_alter_table("ledger_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_name_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "approval_sheet",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("printed_by", sa.String(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_approval_sheet_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_sheet")),
        sa.UniqueConstraint("case_id", "stage", "version", name=op.f("uq_approval_sheet_case_id_stage_version")),
        sa.UniqueConstraint("code", name=op.f("uq_approval_sheet_code")),
    )
    with op.batch_alter_table("approval_sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_sheet_case_id"), ["case_id"], unique=False)

    op.create_table(
        "cultivation_item",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("found_note", sa.String(), nullable=False),
        sa.Column("builder_id", sa.String(), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("tutor", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("drop_reason", sa.LargeBinary(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("opened_entry", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("prefilled", sa.LargeBinary(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'dropped') = (drop_reason IS NOT NULL)", name=op.f("ck_cultivation_item_dropped_with_reason")
        ),
        sa.CheckConstraint("found IN ('survey', 'suggestion', 'policy')", name=op.f("ck_cultivation_item_found_known")),
        sa.CheckConstraint(
            "status <> 'filed' OR case_id IS NOT NULL", name=op.f("ck_cultivation_item_filed_with_case")
        ),
        sa.CheckConstraint(
            "status IN ('cultivating', 'ready', 'filed', 'dropped')", name=op.f("ck_cultivation_item_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["builder_id"], ["organisation.id"], name=op.f("fk_cultivation_item_builder_id_organisation")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_cultivation_item_case_id_case")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_cultivation_item_entry_id_entry")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_cultivation_item_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_item")),
        sa.UniqueConstraint("number", name=op.f("uq_cultivation_item_number")),
    )
    with op.batch_alter_table("cultivation_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cultivation_item_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cultivation_item_region"), ["region"], unique=False)
        batch_op.create_index(
            "uq_cultivation_item_one",
            ["entry_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'dropped'"),
            postgresql_where=sa.text("status <> 'dropped'"),
        )

    op.create_table(
        "cultivation_aim",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["cultivation_item.id"], name=op.f("fk_cultivation_aim_item_id_cultivation_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_aim")),
        sa.UniqueConstraint("item_id", "fact", "year", name=op.f("uq_cultivation_aim_item_id_fact_year")),
    )
    with op.batch_alter_table("cultivation_aim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cultivation_aim_item_id"), ["item_id"], unique=False)

    op.create_table(
        "cultivation_note",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_title", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('visit', 'comment')", name=op.f("ck_cultivation_note_kind_known")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["cultivation_item.id"], name=op.f("fk_cultivation_note_item_id_cultivation_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_note")),
    )
    with op.batch_alter_table("cultivation_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cultivation_note_item_id"), ["item_id"], unique=False)

    op.create_table(
        "cultivation_suggestion",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("by_station", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.String(32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("handled_by", sa.String(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (handled_by IS NULL)", name=op.f("ck_cultivation_suggestion_handled_by_somebody")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'taken_up', 'merged', 'answered', 'declined')",
            name=op.f("ck_cultivation_suggestion_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('answered', 'declined') OR answer IS NOT NULL",
            name=op.f("ck_cultivation_suggestion_answered_in_words"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('taken_up', 'merged') OR item_id IS NOT NULL",
            name=op.f("ck_cultivation_suggestion_taken_to_item"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["cultivation_item.id"], name=op.f("fk_cultivation_suggestion_item_id_cultivation_item")
        ),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_cultivation_suggestion_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_suggestion")),
        sa.UniqueConstraint("code", name=op.f("uq_cultivation_suggestion_code")),
    )
    with op.batch_alter_table("cultivation_suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cultivation_suggestion_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_cultivation_suggestion_region"), ["region"], unique=False)
        batch_op.create_index(batch_op.f("ix_cultivation_suggestion_sender"), ["sender"], unique=False)

    op.create_table(
        "recorded_title",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("authority_region", sa.String(), nullable=False),
        sa.Column("authority_words", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("scan_place", sa.String(), nullable=True),
        sa.Column("scan_key", sa.LargeBinary(), nullable=True),
        sa.Column("scan_sha256", sa.String(), nullable=True),
        sa.Column("scan_type", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("refused_by", sa.String(), nullable=True),
        sa.Column("refusal", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (title_id IS NULL)", name=op.f("ck_recorded_title_confirmed_is_a_title")
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> recorded_by", name=op.f("ck_recorded_title_confirmed_by_another")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > document_date", name=op.f("ck_recorded_title_from_before_to")
        ),
        sa.ForeignKeyConstraint(
            ["authority_region"], ["region.code"], name=op.f("fk_recorded_title_authority_region_region")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_recorded_title_entry_id_entry")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_recorded_title_region_region")),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_recorded_title_title_id_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_title")),
    )
    with op.batch_alter_table("recorded_title", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recorded_title_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recorded_title_region"), ["region"], unique=False)
        batch_op.create_index(
            "uq_recorded_title_one_waiting",
            ["entry_id", "level", "document"],
            unique=True,
            sqlite_where=sa.text("confirmed_by IS NULL AND refused_by IS NULL"),
            postgresql_where=sa.text("confirmed_by IS NULL AND refused_by IS NULL"),
        )

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("must_change_password", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("external_id", sa.String(300), nullable=True))
        batch_op.add_column(sa.Column("salt", sa.String(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_account_external_id"), ["external_id"])

    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proposed_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("end_reason", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("instead_of", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("case_id", sa.String(), nullable=True))
        batch_op.create_index(
            "uq_appointment_open",
            ["person_id", "role", "region"],
            unique=True,
            sqlite_where=sa.text(
                "confirmed_by IS NOT NULL AND ended_at IS NULL AND to_day IS NULL AND organisation_id IS NULL AND case_id IS NULL AND unit IS NULL"
            ),
            postgresql_where=sa.text(
                "confirmed_by IS NOT NULL AND ended_at IS NULL AND to_day IS NULL AND organisation_id IS NULL AND case_id IS NULL AND unit IS NULL"
            ),
        )
        batch_op.create_index(
            "uq_appointment_open_unit",
            ["person_id", "role", "region", "unit"],
            unique=True,
            sqlite_where=sa.text(
                "confirmed_by IS NOT NULL AND ended_at IS NULL AND to_day IS NULL AND organisation_id IS NULL AND case_id IS NULL"
            ),
            postgresql_where=sa.text(
                "confirmed_by IS NOT NULL AND ended_at IS NULL AND to_day IS NULL AND organisation_id IS NULL AND case_id IS NULL"
            ),
        )
        batch_op.create_foreign_key(batch_op.f("fk_appointment_case_id_case"), "case", ["case_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_appointment_instead_of_appointment"), "appointment", ["instead_of"], ["id"]
        )

    with op.batch_alter_table("calendar_year", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("link", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("entered_by", sa.String(), nullable=True))

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("investigator", sa.String(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("id_number", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("id_index", sa.String(32), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("phone_index", sa.String(32), nullable=True))
        batch_op.add_column(sa.Column("merged_into", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_person_id_index"), ["id_index"], unique=True)
        batch_op.create_index(batch_op.f("ix_person_phone_index"), ["phone_index"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_person_merged_into_person"), "person", ["merged_into"], ["id"])

    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waits_for_code", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("via", sa.String(32), nullable=True))
        batch_op.add_column(sa.Column("agent", sa.String(32), nullable=True))
        batch_op.add_column(sa.Column("origin", sa.String(64), nullable=True))
        batch_op.add_column(sa.Column("failed_before", sa.Integer(), nullable=True))
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_appointment_confirmed_by_another"), "confirmed_by IS NULL OR confirmed_by <> proposed_by"
        )
        batch_op.create_check_constraint(
            op.f("ck_appointment_confirmed_by_no_holder"),
            "confirmed_by IS NULL OR confirmed_by <> person_id OR ended_at IS NOT NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_appointment_delegation_ends"), "instead_of IS NULL OR to_day IS NOT NULL"
        )
        batch_op.drop_constraint(op.f("ck_appointment_role_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_appointment_role_known"),
            "role IN ('applicant', 'county_officer', 'county_reviewer', 'county_leader', 'city_officer', 'city_reviewer', 'city_leader', 'station', 'expert', 'department', 'finance_officer', 'editor', 'auditor', 'admin', 'security_admin', 'audit_admin')",
        )
        batch_op.create_check_constraint(
            op.f("ck_appointment_single_case_of_department"), "case_id IS NULL OR role = 'department'"
        )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_objection_status_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_objection_status_known"), "status IN ('open', 'dismissed', 'upheld', 'looked_into')"
        )
    dialect = op.get_context().dialect.name
    for table in ("access_log",):
        for statement in append_only(table, dialect):
            op.execute(statement)

    # Encrypted columns are re-encrypted with a new key, and erased; what the record commits to of them stays compared.
    for table, opened in (("case_step", ("reason",)), ("submission", ("answers", "salt"))):
        columns = [c["name"] for c in sa.inspect(op.get_bind()).get_columns(table) if c["name"] not in opened]
        for statement in append_only_but(table, op.get_context().dialect.name, columns):
            op.execute(statement)
