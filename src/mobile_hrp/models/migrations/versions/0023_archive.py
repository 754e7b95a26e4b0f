"""Create archive bundles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLE = "archive_bundle"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("bundle_sha256", sa.Text(), nullable=False),
        sa.Column("manifest_sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("lacks", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("built_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "length(bundle_sha256) = 64 and length(manifest_sha256) = 64",
            name=op.f("ck_archive_bundle_sha256"),
        ),
        sa.CheckConstraint(
            "size_bytes > 0 and file_count > 0", name=op.f("ck_archive_bundle_size")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "built_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_archive_bundle_built_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_archive_bundle_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_archive_bundle__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_archive_bundle")),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "bundle_sha256",
            name=op.f("uq_archive_bundle_hospital_id_document_id_bundle_sha256"),
        ),
        sa.UniqueConstraint(
            "hospital_id",
            "document_id",
            "sequence",
            name=op.f("uq_archive_bundle_hospital_id_document_id_sequence"),
        ),
    )
    op.create_index(
        "ix_archive_bundle_built", TABLE, ["hospital_id", "built_at", "id"], unique=False
    )
    for statement in tenant_policy(TABLE, append_only=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
