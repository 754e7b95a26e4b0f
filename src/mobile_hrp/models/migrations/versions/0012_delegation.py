"""Create standing proxies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("approval_proxy",)


def upgrade() -> None:
    _create_approval_proxy()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_approval_proxy() -> None:
    op.create_table(
        "approval_proxy",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("proxy_id", sa.Uuid(), nullable=False),
        sa.Column("flows", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("amount_fen_max", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "amount_fen_max is null or amount_fen_max >= 0", name=op.f("ck_approval_proxy_amount")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_approval_proxy_period")),
        sa.CheckConstraint("principal_id <> proxy_id", name=op.f("ck_approval_proxy_two_people")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "principal_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_proxy_principal_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "proxy_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_proxy_proxy_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "revoked_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_approval_proxy_revoked_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_approval_proxy__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_approval_proxy")),
    )
    op.create_index(
        "ix_approval_proxy_principal",
        "approval_proxy",
        ["hospital_id", "principal_id", "ends_at"],
        unique=False,
    )
    op.create_index(
        "ix_approval_proxy_proxy",
        "approval_proxy",
        ["hospital_id", "proxy_id", "ends_at"],
        unique=False,
    )
    op.create_index(
        "ix_approval_proxy_standing",
        "approval_proxy",
        ["hospital_id", "starts_at"],
        unique=False,
        postgresql_where="revoked_at IS NULL",
    )
