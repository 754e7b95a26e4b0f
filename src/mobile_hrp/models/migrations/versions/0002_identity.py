"""Create logins, sessions and devices."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "login_guard",
    "rate_bucket",
    "credential",
    "device",
    "external_identity",
    "session_family",
    "access_token",
    "refresh_token",
)


def upgrade() -> None:
    _create_login_guard()
    _create_rate_bucket()
    _create_credential()
    _create_device()
    _create_external_identity()
    _create_session_family()
    _create_access_token()
    _create_refresh_token()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_login_guard() -> None:
    op.create_table(
        "login_guard",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("last_attempt_at", MOMENT, nullable=True),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_login_guard_failed_count")),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_login_guard__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "name_hash", name=op.f("pk_login_guard")),
    )
    op.create_index(
        "ix_login_guard_last_attempt",
        "login_guard",
        ["hospital_id", "last_attempt_at"],
        unique=False,
    )


def _create_rate_bucket() -> None:
    op.create_table(
        "rate_bucket",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("full_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_rate_bucket__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "bucket", name=op.f("pk_rate_bucket")),
    )
    op.create_index(
        "ix_rate_bucket_full_at", "rate_bucket", ["hospital_id", "full_at"], unique=False
    )


def _create_credential() -> None:
    op.create_table(
        "credential",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("login_name = lower(login_name)", name=op.f("ck_credential_login_name")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_credential_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_credential__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_credential")),
        sa.UniqueConstraint(
            "hospital_id", "login_name", name=op.f("uq_credential_hospital_id_login_name")
        ),
        sa.UniqueConstraint(
            "hospital_id", "staff_id", name=op.f("uq_credential_hospital_id_staff_id")
        ),
    )


def _create_device() -> None:
    op.create_table(
        "device",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "platform",
            sa.Enum(
                "ios",
                "android",
                "harmony",
                "wechat",
                "dingtalk",
                "wecom",
                "web",
                name="platform",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_device_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=op.f("fk_device__hospital")),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_device")),
        sa.UniqueConstraint(
            "hospital_id",
            "staff_id",
            "installation_id",
            name=op.f("uq_device_hospital_id_staff_id_installation_id"),
        ),
    )


def _create_external_identity() -> None:
    op.create_table(
        "external_identity",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "provider",
            sa.Enum(
                "wechat",
                "dingtalk",
                "wecom",
                name="provider",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject_sealed", sa.Text(), nullable=False),
        sa.Column("union_sealed", sa.Text(), nullable=True),
        sa.Column("bound_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_external_identity_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_external_identity__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint(
            "hospital_id",
            "provider",
            "app_id",
            "subject_hash",
            name=op.f("uq_external_identity_hospital_id_provider_app_id_subject_hash"),
        ),
        sa.UniqueConstraint(
            "hospital_id",
            "staff_id",
            "provider",
            "app_id",
            name=op.f("uq_external_identity_hospital_id_staff_id_provider_app_id"),
        ),
    )


def _create_session_family() -> None:
    op.create_table(
        "session_family",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "password",
                "wechat",
                "dingtalk",
                "wecom",
                name="loginmethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "logout",
                "replaced",
                "remote",
                "refresh_reused",
                "device_mismatch",
                "password_changed",
                "staff_left",
                name="endreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(ended_at is null) = (end_reason is null)", name=op.f("ck_session_family_ended")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "device_id"],
            ["device.hospital_id", "device.id"],
            name=op.f("fk_session_family_device_id_device"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_session_family_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_session_family__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_session_family")),
    )
    op.create_index(
        "ix_session_family_device", "session_family", ["hospital_id", "device_id"], unique=False
    )
    op.create_index(
        "ix_session_family_last_seen",
        "session_family",
        ["hospital_id", "last_seen_at"],
        unique=False,
    )
    op.create_index(
        "ix_session_family_staff", "session_family", ["hospital_id", "staff_id"], unique=False
    )


def _create_access_token() -> None:
    op.create_table(
        "access_token",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "family_id"],
            ["session_family.hospital_id", "session_family.id"],
            name=op.f("fk_access_token_family_id_session_family"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_access_token__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_access_token")),
        sa.UniqueConstraint(
            "hospital_id", "token_hash", name=op.f("uq_access_token_hospital_id_token_hash")
        ),
    )
    op.create_index(
        "ix_access_token_expires", "access_token", ["hospital_id", "expires_at"], unique=False
    )
    op.create_index(
        "ix_access_token_family", "access_token", ["hospital_id", "family_id"], unique=False
    )


def _create_refresh_token() -> None:
    op.create_table(
        "refresh_token",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "family_id"],
            ["session_family.hospital_id", "session_family.id"],
            name=op.f("fk_refresh_token_family_id_session_family"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_refresh_token__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_refresh_token")),
        sa.UniqueConstraint(
            "hospital_id", "token_hash", name=op.f("uq_refresh_token_hospital_id_token_hash")
        ),
    )
    op.create_index(
        "ix_refresh_token_family", "refresh_token", ["hospital_id", "family_id"], unique=False
    )
