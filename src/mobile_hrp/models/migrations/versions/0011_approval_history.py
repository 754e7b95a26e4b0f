"""Create approval decisions and the timeline."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("approval_entry", "approval_decision")
APPEND_ONLY = {"approval_entry", "approval_decision"}


def upgrade() -> None:
    _create_approval_entry()
    _create_approval_decision()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_approval_entry() -> None:
    op.create_table(
        "approval_entry",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "resubmitted",
                "altered",
                "reopened",
                "amended",
                "node_opened",
                "node_done",
                "node_skipped",
                "node_rejected",
                "node_reset",
                "node_superseded",
                "task_opened",
                "task_closed",
                "decided",
                "claimed",
                "released",
                "transferred",
                "delegated",
                "delegate_returned",
                "taken_back",
                "approver_added",
                "approver_removed",
                "assigned",
                "sent_back",
                "approved",
                "rejected",
                "withdrawn",
                "voided",
                "alteration_dropped",
                "review_closed",
                "reminded",
                "commented",
                "consulted",
                "consult_answered",
                "copied",
                "read",
                "proxy_applied",
                "proxy_ended",
                "task_moved",
                "timed_out",
                "window_closed",
                "objection_raised",
                "objection_dismissed",
                "org_changed",
                "explained",
                "alarm_raised",
                "alarm_cleared",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True, comment="null: the system"),
        sa.Column("node_key", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("staff_ids", JSONB, nullable=False),
        sa.Column(
            "explanation", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "actor_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_entry_actor_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "instance_id"],
            ["approval_instance.hospital_id", "approval_instance.id"],
            name=op.f("fk_approval_entry_instance_id_approval_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_approval_entry__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_approval_entry")),
        sa.UniqueConstraint(
            "hospital_id",
            "instance_id",
            "seq",
            name=op.f("uq_approval_entry_hospital_id_instance_id_seq"),
        ),
    )


def _create_approval_decision() -> None:
    op.create_table(
        "approval_decision",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("node_key", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True, comment="null: decided by a policy"),
        sa.Column("on_behalf_of_id", sa.Uuid(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "approved",
                "rejected",
                "abstained",
                "sent_back",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("evidence", JSONB, nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "actor_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_decision_actor_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "instance_id"],
            ["approval_instance.hospital_id", "approval_instance.id"],
            name=op.f("fk_approval_decision_instance_id_approval_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "on_behalf_of_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_decision_on_behalf_of_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "task_id"],
            ["approval_task.hospital_id", "approval_task.id"],
            name=op.f("fk_approval_decision_task_id_approval_task"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_approval_decision__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_approval_decision")),
        sa.UniqueConstraint(
            "hospital_id",
            "instance_id",
            "seq",
            name=op.f("uq_approval_decision_hospital_id_instance_id_seq"),
        ),
        sa.UniqueConstraint(
            "hospital_id", "task_id", name=op.f("uq_approval_decision_hospital_id_task_id")
        ),
    )
    op.create_index(
        "ix_approval_decision_actor",
        "approval_decision",
        ["hospital_id", "actor_id", "decided_at", "id"],
        unique=False,
    )
