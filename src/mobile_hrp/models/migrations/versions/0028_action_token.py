"""Bind action tokens to a confirmation, and remember callbacks of providers."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CALLBACKS = "provider_callback"
TOKENS = "notification_action_token"
NEW_INDEXES = (
    ("ix_notification_action_token_notification", "notification_id"),
    ("ix_notification_action_token_staff", "staff_id"),
    ("ix_notification_action_token_expires", "expires_at"),
)
# The checker reads one file as one transaction; the block below stands outside of any.
_OUTSIDE = "-- squawk-ignore ban-concurrent-index-creation-in-transaction\n"


def upgrade() -> None:
    op.add_column(TOKENS, sa.Column("confirmed_at", MOMENT, nullable=True))
    op.add_column(TOKENS, sa.Column("confirmed_session_id", sa.Uuid(), nullable=True))
    # outside the transaction: people are deciding while these are built
    with op.get_context().autocommit_block():
        for name, column in NEW_INDEXES:
            op.execute(
                f"{_OUTSIDE}CREATE INDEX CONCURRENTLY IF NOT EXISTS {name}"
                f" ON {TOKENS} (hospital_id, {column})"
            )
    op.create_table(
        CALLBACKS,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_provider_callback__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_provider_callback")),
        sa.UniqueConstraint(
            "hospital_id",
            "provider",
            "digest",
            name=op.f("uq_provider_callback_hospital_id_provider_digest"),
        ),
    )
    op.create_index("ix_provider_callback_received", CALLBACKS, ["hospital_id", "received_at"])
    for statement in tenant_policy(CALLBACKS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table(CALLBACKS)
    with op.get_context().autocommit_block():
        for name, _ in reversed(NEW_INDEXES):
            op.execute(f"{_OUTSIDE}DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.drop_column(TOKENS, "confirmed_session_id")
    op.drop_column(TOKENS, "confirmed_at")
