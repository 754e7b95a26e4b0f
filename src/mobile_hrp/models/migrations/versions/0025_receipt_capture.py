"""Keep captures, parts and verifications of receipts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("receipt_capture", "receipt_verification", "verification_request")
APPEND_ONLY = {"verification_request"}
OUTCOMES = ("genuine", "not_found", "mismatch", "red_or_void", "unavailable", "limit_reached")
NEW_INDEXES = (
    ("uq_receipt_own_file", "uploaded_by, sha256", "split_from IS NULL"),
    ("ix_receipt_split_from", "split_from", ""),
    (
        "ix_receipt_discarded",
        "discarded_at",
        "discarded_at IS NOT NULL AND original_removed_at IS NULL",
    ),
    ("ix_receipt_waiting", "queued_at", "status IN ('uploaded', 'reading')"),
)
# The checker reads one file as one transaction; the block below stands outside of any.
_OUTSIDE = "-- squawk-ignore ban-concurrent-index-creation-in-transaction\n"


def upgrade() -> None:
    for column in _new_columns():
        op.add_column("receipt", column)
    # outside the transaction: a wallet is being filled while these are built
    with op.get_context().autocommit_block():
        for name, columns, where in NEW_INDEXES:
            kind = "UNIQUE INDEX" if name.startswith("uq_") else "INDEX"
            only = f" WHERE {where}" if where else ""
            op.execute(
                f"{_OUTSIDE}CREATE {kind} CONCURRENTLY IF NOT EXISTS {name}"
                f" ON receipt (hospital_id, {columns}){only}"
            )
    _create_receipt_capture()
    _create_receipt_verification()
    _create_verification_request()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.get_context().autocommit_block():
        for name, _, _ in reversed(NEW_INDEXES):
            op.execute(f"{_OUTSIDE}DROP INDEX CONCURRENTLY IF EXISTS {name}")
    for column in reversed(_new_columns()):
        op.drop_column("receipt", column.name)


def _new_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("part", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("region", JSONB, nullable=True),
        sa.Column("cut_at", MOMENT, nullable=True),
        sa.Column("queued_at", MOMENT, nullable=True),
        sa.Column("reading_attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("discarded_at", MOMENT, nullable=True),
        sa.Column("original_removed_at", MOMENT, nullable=True),
    ]


def _outcome(nullable: bool) -> sa.Column[str]:
    kind = sa.Enum(
        *OUTCOMES,
        name="verificationoutcome",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    return sa.Column("outcome", kind, nullable=nullable)


def _keys(table: str, *references: tuple[str, str]) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint(
                ["hospital_id", column],
                [f"{target}.hospital_id", f"{target}.id"],
                name=op.f(f"fk_{table}_{column}_{target}"),
            )
            for column, target in references
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f(f"fk_{table}__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f(f"pk_{table}")),
    ]


def _create_receipt_capture() -> None:
    op.create_table(
        "receipt_capture",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("qr_text", sa.Text(), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("refused_code", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=True),
        *_keys("receipt_capture", ("receipt_id", "receipt"), ("staff_id", "staff")),
    )
    op.create_index(
        "ix_receipt_capture_staff", "receipt_capture", ["hospital_id", "staff_id", "created_at"]
    )
    op.create_index("ix_receipt_capture_receipt", "receipt_capture", ["hospital_id", "receipt_id"])


def _create_receipt_verification() -> None:
    op.create_table(
        "receipt_verification",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        _outcome(nullable=True),
        sa.Column("mismatched", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (finished_at IS NULL)",
            name=op.f("ck_receipt_verification_finished"),
        ),
        sa.CheckConstraint(
            "NOT manual OR reason IS NOT NULL", name=op.f("ck_receipt_verification_manual_reason")
        ),
        *_keys("receipt_verification", ("receipt_id", "receipt"), ("requested_by", "staff")),
    )
    op.create_index(
        "ix_receipt_verification_receipt",
        "receipt_verification",
        ["hospital_id", "receipt_id", "requested_at"],
    )
    op.create_index(
        "ix_receipt_verification_requested_by",
        "receipt_verification",
        ["hospital_id", "requested_by"],
    )
    op.create_index(
        "uq_receipt_verification_open",
        "receipt_verification",
        ["hospital_id", "receipt_id"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def _create_verification_request() -> None:
    op.create_table(
        "verification_request",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verification_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("http_status", sa.BigInteger(), nullable=True),
        _outcome(nullable=False),
        sa.Column("provider_code", sa.Text(), nullable=False),
        *_keys("verification_request", ("verification_id", "receipt_verification")),
        sa.UniqueConstraint(
            "hospital_id", "nonce", name=op.f("uq_verification_request_hospital_id_nonce")
        ),
    )
    op.create_index(
        "ix_verification_request_verification",
        "verification_request",
        ["hospital_id", "verification_id", "sent_at"],
    )
