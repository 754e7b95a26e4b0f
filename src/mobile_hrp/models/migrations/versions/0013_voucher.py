"""Create voucher drafts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("voucher", "voucher_line")


def upgrade() -> None:
    _create_voucher()
    _create_voucher_line()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_voucher() -> None:
    op.create_table(
        "voucher",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "approved",
                "paid",
                "loan_paid",
                "loan_offset",
                "loan_returned",
                "refunded",
                name="voucherevent",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("template_code", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "verified",
                "final",
                name="voucherstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.Column("changes", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("finalized_by", sa.Uuid(), nullable=True),
        sa.Column("finalized_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(finalized_by is null) = (finalized_at is null) and (state = 'final') = (finalized_at is not null)",
            name=op.f("ck_voucher_finalized"),
        ),
        sa.CheckConstraint(
            "(verified_by is null) = (verified_at is null) and (state = 'draft') = (verified_at is null)",
            name=op.f("ck_voucher_verified"),
        ),
        sa.CheckConstraint("finalized_by <> verified_by", name=op.f("ck_voucher_two_persons")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_voucher_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "finalized_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_voucher_finalized_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "verified_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_voucher_verified_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_voucher__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_voucher")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "event",
            "sequence",
            name=op.f("uq_voucher_hospital_id_document_id_event_sequence"),
        ),
    )
    op.create_index(
        "ix_voucher_state", "voucher", ["hospital_id", "state", "dated", "id"], unique=False
    )


def _create_voucher_line() -> None:
    op.create_table(
        "voucher_line",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "half",
            sa.Enum(
                "financial",
                "budgetary",
                name="half",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum(
                "debit", "credit", name="side", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("document_line_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("fund_source_id", sa.Uuid(), nullable=True),
        sa.Column("function_class", sa.Text(), nullable=True),
        sa.Column("department_economic_class_id", sa.Uuid(), nullable=True),
        sa.Column("government_economic_class_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_voucher_line_amount")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_economic_class_id"],
            ["economic_class.hospital_id", "economic_class.id"],
            name=op.f("fk_voucher_line_department_economic_class_id_economic_class"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_voucher_line_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_line_id"],
            ["document_line.hospital_id", "document_line.id"],
            name=op.f("fk_voucher_line_document_line_id_document_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "fund_source_id"],
            ["fund_source.hospital_id", "fund_source.id"],
            name=op.f("fk_voucher_line_fund_source_id_fund_source"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "government_economic_class_id"],
            ["economic_class.hospital_id", "economic_class.id"],
            name=op.f("fk_voucher_line_government_economic_class_id_economic_class"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "project_id"],
            ["project.hospital_id", "project.id"],
            name=op.f("fk_voucher_line_project_id_project"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "voucher_id"],
            ["voucher.hospital_id", "voucher.id"],
            name=op.f("fk_voucher_line_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_voucher_line__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_voucher_line")),
        sa.UniqueConstraint(
            "hospital_id",
            "voucher_id",
            "position",
            name=op.f("uq_voucher_line_hospital_id_voucher_id_position"),
        ),
    )
