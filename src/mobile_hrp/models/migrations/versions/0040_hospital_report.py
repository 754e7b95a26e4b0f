"""Keep the monthly report of the whole hospital beside those of departments."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


TABLE = "monthly_report"
UNIQUE = "uq_monthly_report_hospital_id_department_id_month_edition"
COLUMNS = "(hospital_id, department_id, month, edition)"


def upgrade() -> None:
    op.execute(
        f"-- squawk-ignore ban-drop-not-null\n"
        f"ALTER TABLE {TABLE} ALTER COLUMN department_id DROP NOT NULL"
    )
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {TABLE} DROP CONSTRAINT {UNIQUE}"
    )
    # A row for each department and month: there is nothing to wait for.
    op.execute(
        "-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid\n"
        f"ALTER TABLE {TABLE} ADD CONSTRAINT {UNIQUE} UNIQUE NULLS NOT DISTINCT {COLUMNS}"
    )


def downgrade() -> None:
    op.execute("DELETE FROM monthly_report WHERE department_id IS NULL")
    op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {UNIQUE}")
    op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {UNIQUE} UNIQUE {COLUMNS}")
    op.execute(f"ALTER TABLE {TABLE} ALTER COLUMN department_id SET NOT NULL")
