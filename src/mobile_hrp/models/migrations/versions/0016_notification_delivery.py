"""Create deliveries and their attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "provider_meter",
    "digest_bucket",
    "notification_action_token",
    "notification_delivery",
    "wechat_permit",
    "notification_attempt",
)
APPEND_ONLY = {"wechat_permit", "notification_attempt"}


def upgrade() -> None:
    _create_provider_meter()
    _create_digest_bucket()
    _create_notification_action_token()
    _create_notification_delivery()
    _create_wechat_permit()
    _create_notification_attempt()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_provider_meter() -> None:
    op.create_table(
        "provider_meter",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_provider_meter__hospital")
        ),
        sa.PrimaryKeyConstraint(
            "hospital_id", "provider", "window", name=op.f("pk_provider_meter")
        ),
    )


def _create_digest_bucket() -> None:
    op.create_table(
        "digest_bucket",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("items", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("notification_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "notification_id"],
            ["notification.hospital_id", "notification.id"],
            name=op.f("fk_digest_bucket_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_digest_bucket_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_digest_bucket__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_digest_bucket")),
    )
    op.create_index(
        "ix_digest_bucket_due",
        "digest_bucket",
        ["hospital_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index(
        "uq_digest_bucket_open",
        "digest_bucket",
        ["hospital_id", "staff_id", "category"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )


def _create_notification_action_token() -> None:
    op.create_table(
        "notification_action_token",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "notification_id"],
            ["notification.hospital_id", "notification.id"],
            name=op.f("fk_notification_action_token_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_notification_action_token_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification_action_token__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification_action_token")),
        sa.UniqueConstraint(
            "hospital_id",
            "token_hash",
            name=op.f("uq_notification_action_token_hospital_id_token_hash"),
        ),
    )


def _create_notification_delivery() -> None:
    op.create_table(
        "notification_delivery",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "fcm",
                "dingtalk_todo",
                "dingtalk_card",
                "dingtalk_work",
                "wecom",
                "wechat",
                "webhook",
                "sms",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "confirmed",
                "undelivered",
                "uncertain",
                "dead",
                "suppressed",
                "expired",
                "withdrawn",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "phase",
            sa.Enum(
                "send",
                "confirm",
                "withdraw",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("recalled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(phase is null) = (next_at is null)", name=op.f("ck_notification_delivery_due")
        ),
        sa.CheckConstraint(
            "lease_owner is null or phase is not null", name=op.f("ck_notification_delivery_lease")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "endpoint_id"],
            ["notification_endpoint.hospital_id", "notification_endpoint.id"],
            name=op.f("fk_notification_delivery_endpoint_id_notification_endpoint"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "notification_id"],
            ["notification.hospital_id", "notification.id"],
            name=op.f("fk_notification_delivery_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification_delivery__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification_delivery")),
        sa.UniqueConstraint(
            "hospital_id",
            "notification_id",
            "channel",
            "endpoint_id",
            "step",
            name=op.f(
                "uq_notification_delivery_hospital_id_notification_id_channel_endpoint_id_step"
            ),
        ),
    )
    op.create_index(
        "ix_notification_delivery_due",
        "notification_delivery",
        ["hospital_id", "channel", "next_at"],
        unique=False,
        postgresql_where=sa.text("phase is not null"),
    )
    op.create_index(
        "ix_notification_delivery_state",
        "notification_delivery",
        ["hospital_id", "state", "created_at"],
        unique=False,
        postgresql_where=sa.text("state in ('dead', 'undelivered', 'uncertain')"),
    )


def _create_wechat_permit() -> None:
    op.create_table(
        "wechat_permit",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("change <> 0", name=op.f("ck_wechat_permit_change")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "endpoint_id"],
            ["notification_endpoint.hospital_id", "notification_endpoint.id"],
            name=op.f("fk_wechat_permit_endpoint_id_notification_endpoint"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_wechat_permit__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_wechat_permit")),
        sa.UniqueConstraint(
            "hospital_id",
            "endpoint_id",
            "template_id",
            "reference",
            name=op.f("uq_wechat_permit_hospital_id_endpoint_id_template_id_reference"),
        ),
    )


def _create_notification_attempt() -> None:
    op.create_table(
        "notification_attempt",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "send",
                "confirm",
                "withdraw",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("attempted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "delivery_id"],
            ["notification_delivery.hospital_id", "notification_delivery.id"],
            name=op.f("fk_notification_attempt_delivery_id_notification_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification_attempt__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification_attempt")),
    )
    op.create_index(
        "ix_notification_attempt_delivery",
        "notification_attempt",
        ["hospital_id", "delivery_id"],
        unique=False,
    )
