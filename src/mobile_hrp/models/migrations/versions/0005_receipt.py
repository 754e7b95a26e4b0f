"""Create receipts, their readings and their use."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("receipt", "receipt_correction", "receipt_use")
APPEND_ONLY = {"receipt_correction"}


def upgrade() -> None:
    _create_receipt()
    _create_receipt_correction()
    _create_receipt_use()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("working_key", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("split_from", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "uploaded",
                "reading",
                "read",
                "failed",
                "confirmed",
                name="receiptstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "digital_normal",
                "digital_special",
                "vat_e_normal",
                "vat_e_special",
                "vat_normal",
                "vat_special",
                "vat_roll",
                "rail_paper",
                "rail_e",
                "taxi",
                "toll",
                "toll_e",
                "quota",
                "machine_printed",
                "itinerary",
                "bus",
                "medical_e",
                "medical",
                "nontax_e",
                "receipt",
                "unknown",
                name="receiptkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reading", JSONB, nullable=True),
        sa.Column("identity_key", sa.Text(), nullable=True),
        sa.Column("fact_key", sa.Text(), nullable=True),
        sa.Column("perceptual_hash", sa.Text(), nullable=True),
        sa.Column("qr_hint", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_receipt_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_receipt_size")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "split_from"],
            ["receipt.hospital_id", "receipt.id"],
            name=op.f("fk_receipt_split_from_receipt"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "uploaded_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_receipt_uploaded_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_receipt__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_fact", "receipt", ["hospital_id", "fact_key"], unique=False)
    op.create_index("ix_receipt_identity", "receipt", ["hospital_id", "identity_key"], unique=False)
    op.create_index("ix_receipt_sha256", "receipt", ["hospital_id", "sha256"], unique=False)
    op.create_index(
        "ix_receipt_wallet",
        "receipt",
        ["hospital_id", "uploaded_by", "created_at", "id"],
        unique=False,
    )


def _create_receipt_correction() -> None:
    op.create_table(
        "receipt_correction",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("field_name", sa.Text(), nullable=False),
        sa.Column("read_value", JSONB, nullable=False),
        sa.Column("corrected_value", JSONB, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("corrected_by", sa.Uuid(), nullable=False),
        sa.Column("corrected_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "corrected_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_receipt_correction_corrected_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "receipt_id"],
            ["receipt.hospital_id", "receipt.id"],
            name=op.f("fk_receipt_correction_receipt_id_receipt"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_receipt_correction__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_receipt_correction")),
    )
    op.create_index(
        "ix_receipt_correction_receipt",
        "receipt_correction",
        ["hospital_id", "receipt_id", "corrected_at"],
        unique=False,
    )


def _create_receipt_use() -> None:
    op.create_table(
        "receipt_use",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("document_line_id", sa.Uuid(), nullable=True),
        sa.Column("identity_key", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "reserved",
                "claimed",
                "released",
                name="receiptusestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'released') = (released_at IS NOT NULL)", name=op.f("ck_receipt_use_released")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_receipt_use_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_line_id"],
            ["document_line.hospital_id", "document_line.id"],
            name=op.f("fk_receipt_use_document_line_id_document_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "receipt_id"],
            ["receipt.hospital_id", "receipt.id"],
            name=op.f("fk_receipt_use_receipt_id_receipt"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "released_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_receipt_use_released_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_receipt_use__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_receipt_use")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_line_id",
            "receipt_id",
            name=op.f("uq_receipt_use_hospital_id_document_line_id_receipt_id"),
        ),
    )
    op.create_index(
        "ix_receipt_use_document", "receipt_use", ["hospital_id", "document_id"], unique=False
    )
    op.create_index(
        "uq_receipt_use_live_identity",
        "receipt_use",
        ["hospital_id", "identity_key"],
        unique=True,
        postgresql_where=sa.text("state <> 'released' AND identity_key IS NOT NULL"),
    )
    op.create_index(
        "uq_receipt_use_live_receipt",
        "receipt_use",
        ["hospital_id", "receipt_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'released'"),
    )
