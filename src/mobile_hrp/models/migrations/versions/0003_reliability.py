"""Create idempotency records, events and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.reliability import Xid8
from mobile_hrp.models.security import tenant_policy

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("audit_event", "event", "idempotency_record")
APPEND_ONLY = {"audit_event", "event"}


def upgrade() -> None:
    _create_audit_event()
    _create_event()
    _create_idempotency_record()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("detail", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_audit_event__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_cursor", "audit_event", ["xid", "seq"], unique=False)
    op.create_index(
        "ix_audit_event_subject",
        "audit_event",
        ["hospital_id", "subject_type", "subject_id"],
        unique=False,
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("audience", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("payload", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_event__hospital")),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "hospital_id", "dedupe_key", name=op.f("uq_event_hospital_id_dedupe_key")
        ),
    )
    op.create_index("ix_event_cursor", "event", ["xid", "seq"], unique=False)


def _create_idempotency_record() -> None:
    op.create_table(
        "idempotency_record",
        sa.Column("hospital_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("result", JSONB, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_idempotency_record_staff_id_staff"),
        ),
        sa.PrimaryKeyConstraint(
            "hospital_id", "staff_id", "key", name=op.f("pk_idempotency_record")
        ),
    )
    op.create_index(
        "ix_idempotency_record_created",
        "idempotency_record",
        ["hospital_id", "created_at"],
        unique=False,
    )
