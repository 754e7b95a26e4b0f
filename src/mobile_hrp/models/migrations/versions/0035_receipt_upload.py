"""Keep files that come in chunks."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
UPLOADS = "receipt_upload"
CHUNKS = "receipt_upload_chunk"


def upgrade() -> None:
    op.create_table(
        UPLOADS,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("capture_id", sa.Uuid(), nullable=True),
        sa.Column("qr_text", sa.Text(), nullable=True),
        sa.Column("complete_key", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("refused_code", sa.Text(), nullable=True),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_receipt_upload_size")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_receipt_upload_sha256")),
        sa.CheckConstraint(
            "ended_at IS NOT NULL OR (receipt_id IS NULL AND refused_code IS NULL)",
            name=op.f("ck_receipt_upload_ended"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["hospital_id", column],
                [f"{target}.hospital_id", f"{target}.id"],
                name=op.f(f"fk_receipt_upload_{column}_{target}"),
            )
            for column, target in (
                ("staff_id", "staff"),
                ("capture_id", "receipt_capture"),
                ("receipt_id", "receipt"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_receipt_upload__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_receipt_upload")),
    )
    op.create_index(
        "uq_receipt_upload_open",
        UPLOADS,
        ["hospital_id", "staff_id", "sha256"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for name, column in (
        ("staff", "staff_id"),
        ("capture", "capture_id"),
        ("receipt", "receipt_id"),
        ("expires", "expires_at"),
    ):
        op.create_index(f"ix_receipt_upload_{name}", UPLOADS, ["hospital_id", column])
    op.create_table(
        CHUNKS,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("start_byte", sa.BigInteger(), nullable=False),
        sa.Column("end_byte", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "start_byte >= 0 AND end_byte > start_byte", name=op.f("ck_receipt_upload_chunk_range")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_receipt_upload_chunk_sha256")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "upload_id"],
            ["receipt_upload.hospital_id", "receipt_upload.id"],
            name=op.f("fk_receipt_upload_chunk_upload_id_receipt_upload"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_receipt_upload_chunk__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_receipt_upload_chunk")),
        sa.UniqueConstraint(
            "hospital_id",
            "upload_id",
            "start_byte",
            name=op.f("uq_receipt_upload_chunk_hospital_id_upload_id_start_byte"),
        ),
    )
    for table in (UPLOADS, CHUNKS):
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table(CHUNKS)
    op.drop_table(UPLOADS)
