"""Create the notification outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("duty_shift", "notification", "notification_endpoint", "notification_preference")


def upgrade() -> None:
    _create_duty_shift()
    _create_notification()
    _create_notification_endpoint()
    _create_notification_preference()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_duty_shift() -> None:
    op.create_table(
        "duty_shift",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_shift_length")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_duty_shift_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_duty_shift__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_duty_shift")),
        sa.UniqueConstraint(
            "hospital_id",
            "staff_id",
            "starts_at",
            name=op.f("uq_duty_shift_hospital_id_staff_id_starts_at"),
        ),
    )


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum(
                "critical",
                "high",
                "normal",
                "low",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("params", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("collapse_key", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "live",
                "read",
                "acted",
                "withdrawn",
                "expired",
                name="notificationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("acted_at", MOMENT, nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_notification_life")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "event_id"],
            ["event.hospital_id", "event.id"],
            name=op.f("fk_notification_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "recipient_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_notification_recipient_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "hospital_id",
            "dedupe_key",
            "recipient_id",
            name=op.f("uq_notification_hospital_id_dedupe_key_recipient_id"),
        ),
        sa.UniqueConstraint(
            "hospital_id", "public_id", name=op.f("uq_notification_hospital_id_public_id")
        ),
    )
    op.create_index(
        "ix_notification_event", "notification", ["hospital_id", "event_id"], unique=False
    )
    op.create_index(
        "ix_notification_inbox",
        "notification",
        ["hospital_id", "recipient_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_notification_subject",
        "notification",
        ["hospital_id", "subject_type", "subject_id"],
        unique=False,
    )
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["hospital_id", "recipient_id"],
        unique=False,
        postgresql_where=sa.text("state = 'live'"),
    )


def _create_notification_endpoint() -> None:
    op.create_table(
        "notification_endpoint",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
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
        sa.Column(
            "kind",
            sa.Enum(
                "fcm_fid",
                "fcm_token",
                "openid",
                "unionid",
                "userid",
                "phone",
                "url",
                name="endpointkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("app", sa.Text(), server_default="", nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "locale",
            sa.Enum(
                "zh", "en", name="locale", native_enum=False, create_constraint=True, length=40
            ),
            server_default="zh",
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "stale",
                "revoked",
                name="endpointstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_notification_endpoint_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification_endpoint__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification_endpoint")),
        sa.UniqueConstraint(
            "hospital_id",
            "channel",
            "address_hash",
            name=op.f("uq_notification_endpoint_hospital_id_channel_address_hash"),
        ),
    )
    op.create_index(
        "ix_notification_endpoint_staff",
        "notification_endpoint",
        ["hospital_id", "staff_id", "channel"],
        unique=False,
    )


def _create_notification_preference() -> None:
    op.create_table(
        "notification_preference",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
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
        sa.Column(
            "cadence",
            sa.Enum(
                "immediate",
                "digest",
                "off",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_notification_preference_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification_preference__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification_preference")),
        sa.UniqueConstraint(
            "hospital_id",
            "staff_id",
            "category",
            "channel",
            name=op.f("uq_notification_preference_hospital_id_staff_id_category_channel"),
        ),
    )
