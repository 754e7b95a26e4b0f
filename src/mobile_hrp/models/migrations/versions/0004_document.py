"""Create business documents, their lines and versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("document_counter", "document", "document_version", "document_line")
APPEND_ONLY = {"document_version"}


def upgrade() -> None:
    _create_document_counter()
    _create_document()
    _create_document_version()
    _create_document_line()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_document_counter() -> None:
    op.create_table(
        "document_counter",
        sa.Column("hospital_id", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hospital_id", "prefix", name=op.f("pk_document_counter")),
    )


def _create_document() -> None:
    op.create_table(
        "document",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("scenario_code", sa.Text(), nullable=False),
        sa.Column("scenario_version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("campus_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "in_approval",
                "returned",
                "approved",
                "rejected",
                "withdrawn",
                "voided",
                "closed",
                name="documentstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("values", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_document_amount")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "campus_id"],
            ["campus.hospital_id", "campus.id"],
            name=op.f("fk_document_campus_id_campus"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_document_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "requester_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_document_requester_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_document__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_document")),
        sa.UniqueConstraint("hospital_id", "number", name=op.f("uq_document_hospital_id_number")),
    )
    op.create_index(
        "ix_document_department",
        "document",
        ["hospital_id", "department_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_document_requester",
        "document",
        ["hospital_id", "requester_id", "created_at", "id"],
        unique=False,
    )


def _create_document_version() -> None:
    op.create_table(
        "document_version",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "created_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_document_version_created_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_document_version_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_document_version__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_document_version")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "version",
            name=op.f("uq_document_version_hospital_id_document_id_version"),
        ),
    )


def _create_document_line() -> None:
    op.create_table(
        "document_line",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("expense_type", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("budget_line_id", sa.Uuid(), nullable=True),
        sa.Column("form_path", sa.Text(), nullable=False),
        sa.Column("receipt_ids", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_document_line_amount")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_document_line_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_document_line__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_document_line")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "position",
            name=op.f("uq_document_line_hospital_id_document_id_position"),
        ),
    )
