"""Keep what delivery needs besides the outbox: who tries a provider again, and what it allows."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("provider_meter", sa.Column("tokens", sa.Double(), nullable=True))
    op.add_column("provider_meter", sa.Column("probe_by", sa.Text(), nullable=True))
    op.add_column(
        "provider_meter",
        sa.Column("strikes", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def downgrade() -> None:
    for column in ("strikes", "probe_by", "tokens"):
        op.drop_column("provider_meter", column)
