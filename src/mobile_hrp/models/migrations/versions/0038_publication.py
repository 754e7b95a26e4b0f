"""Publish runs in the worker: an errand of a calculation's kind."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE = "performance_calculation"
QUEUED = "uq_performance_calculation_queued"


def upgrade() -> None:
    op.add_column(
        TABLE,
        sa.Column(
            "kind",
            sa.Enum(
                "calculate",
                "publish",
                name="calculationkind",
                native_enum=False,
                create_constraint=False,
                length=40,
            ),
            server_default=sa.text("'calculate'"),
            nullable=False,
        ),
    )
    # The table holds one row for each time somebody asked: there is nothing to wait for.
    op.execute(
        f"-- squawk-ignore constraint-missing-not-valid\nALTER TABLE {TABLE}"
        " ADD CONSTRAINT ck_performance_calculation_calculationkind"
        " CHECK (kind IN ('calculate', 'publish'))"
    )
    op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {QUEUED}")
    op.execute(
        f"-- squawk-ignore require-concurrent-index-creation\nCREATE UNIQUE INDEX {QUEUED}"
        f" ON {TABLE} (hospital_id, period_id, kind) WHERE state = 'queued'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM performance_calculation WHERE kind = 'publish'")
    op.drop_index(QUEUED, TABLE)
    op.create_index(
        QUEUED,
        TABLE,
        ["hospital_id", "period_id"],
        unique=True,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_column(TABLE, "kind")
