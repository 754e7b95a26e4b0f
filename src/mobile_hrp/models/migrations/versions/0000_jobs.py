"""Create the job queue."""

from pathlib import Path

from alembic import op

from mobile_hrp.models.security import APP_ROLE

revision = "0000"
down_revision = None
branch_labels = None
depends_on = None

_DDL = Path(__file__).parent.parent / "pgqueuer_1_6.sql"
TABLES = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")


def upgrade() -> None:
    for statement in _DDL.read_text("utf-8").split("--;;")[1:]:
        if statement.strip():
            op.execute(statement.strip())
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {table} TO {APP_ROLE}")
        op.execute(f"GRANT USAGE, SELECT ON SEQUENCE {table}_id_seq TO {APP_ROLE}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION fn_pgqueuer_changed")
    op.execute("DROP TYPE pgqueuer_status")
