"""Keep what the controls found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("control_finding", "finding_override")


def upgrade() -> None:
    _create_control_finding()
    _create_finding_override()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=True):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_control_finding() -> None:
    op.create_table(
        "control_finding",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("document_version", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column(
            "occasion", _one_of("occasion", "asked", "submitted", "decided", "paid"), nullable=False
        ),
        sa.Column(
            "stage",
            _one_of("controlstage", "capture", "submit", "route", "approve", "pay"),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_name", sa.Text(), nullable=False),
        sa.Column(
            "severity",
            _one_of(
                "severity", "block", "require_reason", "require_extra_approver", "warn", "info"
            ),
            nullable=False,
        ),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("evidence", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.CheckConstraint("document_version > 0", name=op.f("ck_control_finding_version")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_control_finding_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_control_finding__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_control_finding")),
    )
    for name, columns in (
        ("document", ["document_id", "document_version", "position"]),
        ("found", ["found_at", "id"]),
        ("control", ["control", "found_at", "id"]),
    ):
        op.create_index(
            f"ix_control_finding_{name}", "control_finding", ["hospital_id", *columns], unique=False
        )


def _create_finding_override() -> None:
    op.create_table(
        "finding_override",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("overridden_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("overridden_at", MOMENT, nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_finding_override_reason")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "finding_id"],
            ["control_finding.hospital_id", "control_finding.id"],
            name=op.f("fk_finding_override_finding_id_control_finding"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "overridden_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_finding_override_overridden_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_finding_override__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_finding_override")),
        sa.UniqueConstraint(
            "hospital_id", "finding_id", name=op.f("uq_finding_override_hospital_id_finding_id")
        ),
    )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
