"""Index what DingTalk still shows, for counting the calls that are sure to come."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


NAME = "ix_notification_delivery_shown"
# The checker reads one file as one transaction; the blocks below stand outside of any.
_OUTSIDE = "-- squawk-ignore ban-concurrent-index-creation-in-transaction\n"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            f"{_OUTSIDE}CREATE INDEX CONCURRENTLY IF NOT EXISTS {NAME}"
            " ON notification_delivery (hospital_id)"
            " WHERE recalled_at IS NULL AND channel IN ('dingtalk_todo', 'dingtalk_card')"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"{_OUTSIDE}DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
