"""Keep the limits of pushing, what was used of them, and what waits for its time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("notification_agenda", "notification_policy", "push_day")


def upgrade() -> None:
    _create_notification_agenda()
    _create_notification_policy()
    _create_push_day()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_notification_agenda() -> None:
    op.create_table(
        "notification_agenda",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.CheckConstraint("step >= 0", name=op.f("ck_notification_agenda_step")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "notification_id"],
            ["notification.hospital_id", "notification.id"],
            name=op.f("fk_notification_agenda_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_notification_agenda_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_notification_agenda__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_notification_agenda")),
        sa.UniqueConstraint(
            "hospital_id",
            "notification_id",
            name=op.f("uq_notification_agenda_hospital_id_notification_id"),
        ),
    )
    op.create_index("ix_notification_agenda_due", "notification_agenda", ["hospital_id", "due_at"])
    op.create_index(
        "ix_notification_agenda_staff", "notification_agenda", ["hospital_id", "staff_id"]
    )


def _create_notification_policy() -> None:
    op.create_table(
        "notification_policy",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("rings_per_day", sa.Integer(), nullable=False),
        sa.Column("digests_per_day", sa.Integer(), nullable=False),
        sa.Column("repeats_max", sa.Integer(), nullable=False),
        sa.Column("digest_times", JSONB(), nullable=False),
        sa.Column("digest_size", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column(
            "mandatory_categories", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("monthly_calls", sa.Integer(), nullable=False),
        sa.Column("urgent_reserve_percent", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "rings_per_day >= 1 and digests_per_day >= 1",
            name=op.f("ck_notification_policy_rings"),
        ),
        sa.CheckConstraint(
            "digests_per_day <= rings_per_day", name=op.f("ck_notification_policy_digests")
        ),
        sa.CheckConstraint(
            "repeats_max >= 0 and digest_size >= 2", name=op.f("ck_notification_policy_repeats")
        ),
        sa.CheckConstraint(
            "quiet_from between 0 and 1439 and quiet_until between 0 and 1439",
            name=op.f("ck_notification_policy_quiet"),
        ),
        sa.CheckConstraint(
            "monthly_calls >= 0 and urgent_reserve_percent between 0 and 90",
            name=op.f("ck_notification_policy_calls"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"],
            ["hospital.id"],
            name=op.f("fk_notification_policy_hospital_id_hospital"),
        ),
        sa.PrimaryKeyConstraint("hospital_id", name=op.f("pk_notification_policy")),
    )


def _create_push_day() -> None:
    op.create_table(
        "push_day",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rings", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("repeats", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("digests", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("critical", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "repeats + digests <= rings and critical >= 0", name=op.f("ck_push_day_counts")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_push_day_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_push_day_hospital_id_hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "staff_id", "day", name=op.f("pk_push_day")),
    )
