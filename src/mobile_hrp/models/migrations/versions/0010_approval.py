"""Create approval instances, tasks and decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("approval_instance", "approval_node", "approval_task")


def upgrade() -> None:
    _create_approval_instance()
    _create_approval_node()
    _create_approval_task()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_approval_instance() -> None:
    op.create_table(
        "approval_instance",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("flow_code", sa.Text(), nullable=False),
        sa.Column("flow_version", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "returned",
                "effective",
                "approved",
                "rejected",
                "withdrawn",
                "voided",
                name="instancestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="sequence number of the last event"
        ),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("alarm_count", sa.Integer(), nullable=False),
        sa.Column("state", JSONB, nullable=False, comment="domain.approval.InstanceState as JSON"),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("wake_at", MOMENT, nullable=True, comment="when the worker must tick it"),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_approval_instance_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "requester_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_instance_requester_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_approval_instance__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_approval_instance")),
        sa.UniqueConstraint(
            "hospital_id", "document_id", name=op.f("uq_approval_instance_hospital_id_document_id")
        ),
    )
    op.create_index(
        "ix_approval_instance_alarm",
        "approval_instance",
        ["hospital_id", "id"],
        unique=False,
        postgresql_where="alarm_count > 0",
    )
    op.create_index(
        "ix_approval_instance_flow",
        "approval_instance",
        ["hospital_id", "flow_code", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_approval_instance_mine",
        "approval_instance",
        ["hospital_id", "requester_id", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_approval_instance_wake",
        "approval_instance",
        ["hospital_id", "wake_at"],
        unique=False,
        postgresql_where="wake_at IS NOT NULL",
    )


def _create_approval_node() -> None:
    op.create_table(
        "approval_node",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("node_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "approve",
                "confirm",
                "handle",
                "pay",
                "receive",
                "seal",
                "record",
                "publicity",
                "post_review",
                name="nodekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "any",
                "all",
                "sequential",
                "vote",
                "notify",
                "claim",
                name="signmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=True,
            comment="place in the route; null when a later route dropped the node",
        ),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "active",
                "done",
                "skipped",
                "rejected",
                "superseded",
                name="nodestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "instance_id"],
            ["approval_instance.hospital_id", "approval_instance.id"],
            name=op.f("fk_approval_node_instance_id_approval_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_approval_node__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_approval_node")),
        sa.UniqueConstraint(
            "hospital_id",
            "instance_id",
            "node_key",
            name=op.f("uq_approval_node_hospital_id_instance_id_node_key"),
        ),
    )
    op.create_index(
        "ix_approval_node_closed",
        "approval_node",
        ["hospital_id", "node_key", "closed_at"],
        unique=False,
    )


def _create_approval_task() -> None:
    op.create_table(
        "approval_task",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("node_key", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "decide",
                "objection",
                "resubmit",
                "consult",
                "copy",
                name="taskkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "main",
                "before",
                "after",
                "delegate",
                name="seatrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "pending",
                "parked",
                "taken",
                "decided",
                "closed",
                "unread",
                "read",
                name="taskstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("assignee_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=True),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("claimed", sa.Boolean(), nullable=False),
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
            nullable=True,
        ),
        sa.Column(
            "close_reason",
            sa.Enum(
                "node_done",
                "node_rejected",
                "reset",
                "superseded",
                "instance_ended",
                "transferred",
                "escalated",
                "reassigned",
                "removed",
                "taken_back",
                "parent_closed",
                "holder_left",
                "holder_conflicted",
                "resubmitted",
                "answered",
                name="closereason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "added_by_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_task_added_by_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "assignee_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_task_assignee_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "instance_id"],
            ["approval_instance.hospital_id", "approval_instance.id"],
            name=op.f("fk_approval_task_instance_id_approval_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "principal_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_task_principal_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_approval_task__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_approval_task")),
        sa.UniqueConstraint(
            "hospital_id",
            "instance_id",
            "seq",
            name=op.f("uq_approval_task_hospital_id_instance_id_seq"),
        ),
    )
    op.create_index(
        "ix_approval_task_copy",
        "approval_task",
        ["hospital_id", "assignee_id", "opened_at", "id"],
        unique=False,
        postgresql_where="kind = 'copy'",
    )
    op.create_index(
        "ix_approval_task_decided",
        "approval_task",
        ["hospital_id", "assignee_id", "decided_at", "id"],
        unique=False,
        postgresql_where="status = 'decided'",
    )
    op.create_index(
        "ix_approval_task_pending",
        "approval_task",
        ["hospital_id", "assignee_id", "opened_at", "id"],
        unique=False,
        postgresql_where="status = 'pending'",
    )
    op.create_index(
        "ix_approval_task_principal",
        "approval_task",
        ["hospital_id", "principal_id"],
        unique=False,
        postgresql_where="principal_id IS NOT NULL",
    )
    op.create_index(
        "ix_approval_task_times",
        "approval_task",
        ["hospital_id", "node_key", "decided_at"],
        unique=False,
    )
