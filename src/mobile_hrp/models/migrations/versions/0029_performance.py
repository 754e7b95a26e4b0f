"""Seal personal pay, keep imports of facts, rule versions and who looked at whose pay."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import APP_ROLE, CURRENT_HOSPITAL, CURRENT_STAFF, tenant_policy

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# A subquery is evaluated once per statement, a bare function once per row: there are millions.
_HOSPITAL = f"(SELECT {CURRENT_HOSPITAL})"
_STAFF = f"(SELECT {CURRENT_STAFF})"
_READS = "(SELECT current_setting('app.reads', true)) = 'performance'"
TABLES = (
    "performance_rule_set",
    "performance_import",
    "performance_key",
    "performance_look",
    "performance_band",
)
APPEND_ONLY = {"performance_import", "performance_look", "performance_band"}


def upgrade() -> None:
    _seal_lines()
    _count_imports()
    _add_to_runs_and_packages()
    _create_rule_set()
    _create_import()
    _create_key()
    _create_look()
    _create_band()
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
            op.execute(statement)
    _set_policies()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM payout_line")
    op.drop_index("ix_payout_line_corrects", "payout_line")
    op.drop_index("ix_payout_line_run", "payout_line")
    op.drop_constraint("uq_payout_line_hospital_id_package_id_staff_id_position", "payout_line")
    op.drop_column("payout_line", "sealed")
    op.add_column("payout_line", sa.Column("amount_fen", sa.BigInteger(), nullable=False))
    op.add_column(
        "payout_line",
        sa.Column("explanation", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.create_index("ix_payout_line_package", "payout_line", ["hospital_id", "package_id"])
    op.create_unique_constraint(
        "uq_payout_line_hospital_id_run_id_staff_id_position",
        "payout_line",
        ["hospital_id", "run_id", "staff_id", "position"],
    )
    op.create_check_constraint(
        "ck_payout_line_amount",
        "payout_line",
        "amount_fen >= 0 or kind in ('deduction', 'correction')",
    )
    op.drop_column("performance_run", "output_hash")
    op.drop_column("performance_run", "facts_until")
    op.execute("DELETE FROM performance_package")
    op.alter_column("performance_package", "amount_fen", nullable=False)
    for column in ("sealed_amount", "people", "input_hash", "output_hash"):
        op.drop_column("performance_package", column)
    op.execute("DELETE FROM workload_fact WHERE withdrawn_sequence IS NOT NULL")
    op.drop_index("uq_workload_fact_live", "workload_fact")
    op.drop_index("ix_workload_fact_staff", "workload_fact")
    op.create_index(
        "ix_workload_fact_staff", "workload_fact", ["hospital_id", "period_id", "staff_id"]
    )
    op.drop_column("workload_fact", "import_sequence")
    op.drop_column("workload_fact", "withdrawn_sequence")
    op.create_unique_constraint(
        "uq_workload_fact_hospital_id_source_system_source_row",
        "workload_fact",
        ["hospital_id", "source_system", "source_row"],
    )
    for table, column in (("workload_fact", "staff_id"), ("payout_line", "staff_id")):
        op.execute(f"DROP POLICY {table}_owner ON {table}")
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} AS RESTRICTIVE TO {APP_ROLE}"
            f" USING ({column} = {CURRENT_STAFF}"
            " OR current_setting('app.reads', true) = 'performance')"
        )


def _seal_lines() -> None:
    """Amounts that stand open cannot be sealed here: the key is outside the database.

    Nothing was released before, so what there is can be calculated again.
    """
    op.execute("DELETE FROM payout_line")
    op.execute("DELETE FROM performance_package")
    op.execute("DELETE FROM performance_run")
    op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE payout_line DROP COLUMN explanation")
    op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE payout_line DROP COLUMN amount_fen")
    op.execute(
        "-- squawk-ignore adding-required-field\n"
        "ALTER TABLE payout_line ADD COLUMN sealed BYTEA NOT NULL"
    )
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nALTER TABLE payout_line"
        " DROP CONSTRAINT uq_payout_line_hospital_id_run_id_staff_id_position"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_payout_line_package"
    )
    op.execute(
        "-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid\n"
        "ALTER TABLE payout_line ADD CONSTRAINT"
        " uq_payout_line_hospital_id_package_id_staff_id_position"
        " UNIQUE (hospital_id, package_id, staff_id, position)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_payout_line_run ON payout_line (hospital_id, run_id)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_payout_line_corrects ON payout_line (hospital_id, corrects_id)"
    )


def _count_imports() -> None:
    op.add_column(
        "workload_fact",
        sa.Column("import_sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("workload_fact", sa.Column("withdrawn_sequence", sa.Integer(), nullable=True))
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nALTER TABLE workload_fact"
        " DROP CONSTRAINT uq_workload_fact_hospital_id_source_system_source_row"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE UNIQUE INDEX uq_workload_fact_live ON workload_fact"
        " (hospital_id, source_system, source_row) WHERE withdrawn_sequence IS NULL"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_workload_fact_staff"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_workload_fact_staff ON workload_fact"
        " (hospital_id, period_id, staff_id, code)"
    )


def _add_to_runs_and_packages() -> None:
    op.add_column("performance_run", sa.Column("output_hash", sa.Text(), nullable=True))
    op.add_column(
        "performance_run",
        sa.Column("facts_until", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.execute(
        "-- squawk-ignore ban-drop-not-null\n"
        "ALTER TABLE performance_package ALTER COLUMN amount_fen DROP NOT NULL"
    )
    for name in ("sealed_amount", "input_hash", "output_hash"):
        op.add_column(
            "performance_package",
            sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False),
        )
    op.add_column(
        "performance_package",
        sa.Column("people", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def _key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """The two columns and the constraints that each table of a hospital has."""
    return (
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{table}__hospital"),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=f"pk_{table}"),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["hospital_id", column],
        [f"{target}.hospital_id", f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
    )


def _create_rule_set() -> None:
    table = "performance_rule_set"
    op.create_table(
        table,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "approved_by is null or approved_by <> proposed_by",
            name=op.f("ck_performance_rule_set_four_eyes"),
        ),
        _to(table, "proposed_by", "staff"),
        _to(table, "approved_by", "staff"),
        sa.UniqueConstraint(
            "hospital_id", "version", name=op.f("uq_performance_rule_set_hospital_id_version")
        ),
        *_key(table),
    )
    for column in ("proposed_by", "approved_by"):
        op.create_index(f"ix_{table}_{column}", table, ["hospital_id", column])


def _create_import() -> None:
    table = "performance_import"
    counts = ("added", "changed", "withdrawn", "unchanged")
    op.create_table(
        table,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        _to(table, "period_id", "performance_period"),
        _to(table, "imported_by", "staff"),
        sa.UniqueConstraint(
            "hospital_id",
            "period_id",
            "sequence",
            name=op.f("uq_performance_import_hospital_id_period_id_sequence"),
        ),
        *_key(table),
    )
    op.create_index(f"ix_{table}_imported_by", table, ["hospital_id", "imported_by"])


def _create_key() -> None:
    table = "performance_key"
    op.create_table(
        table,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _to(table, "staff_id", "staff"),
        sa.UniqueConstraint(
            "hospital_id", "staff_id", name=op.f("uq_performance_key_hospital_id_staff_id")
        ),
        *_key(table),
    )


def _create_look() -> None:
    table = "performance_look"
    op.create_table(
        table,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("period_code", sa.Text(), nullable=True),
        sa.Column("occurred_at", MOMENT, nullable=False),
        _to(table, "staff_id", "staff"),
        _to(table, "viewer_id", "staff"),
        *_key(table),
    )
    op.create_index(f"ix_{table}_staff", table, ["hospital_id", "staff_id", "occurred_at"])
    op.create_index(f"ix_{table}_viewer", table, ["hospital_id", "viewer_id"])


def _create_band() -> None:
    table = "performance_band"
    op.create_table(
        table,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("job_category", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("low_fen", sa.BigInteger(), nullable=False),
        sa.Column("middle_fen", sa.BigInteger(), nullable=False),
        sa.Column("high_fen", sa.BigInteger(), nullable=False),
        _to(table, "run_id", "performance_run"),
        sa.UniqueConstraint(
            "hospital_id",
            "run_id",
            "job_category",
            name=op.f("uq_performance_band_hospital_id_run_id_job_category"),
        ),
        *_key(table),
    )


def _set_policies() -> None:
    """Facts of nobody in particular are the department's; all else is the person's alone."""
    for table in ("workload_fact", "payout_line"):
        op.execute(f"DROP POLICY {table}_owner ON {table}")
        op.execute(f"DROP POLICY {table}_tenant ON {table}")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO {APP_ROLE}"
            f" USING (hospital_id = {_HOSPITAL}) WITH CHECK (hospital_id = {_HOSPITAL})"
        )
    for table, everybody in (
        ("workload_fact", "staff_id IS NULL OR "),
        ("payout_line", ""),
        ("performance_key", ""),
    ):
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} AS RESTRICTIVE TO {APP_ROLE}"
            f" USING ({everybody}staff_id = {_STAFF} OR {_READS})"
        )
    # A look may be written by whoever looks; it is read by whom it is about, and by its author.
    op.execute(
        f"CREATE POLICY performance_look_owner ON performance_look AS RESTRICTIVE FOR SELECT"
        f" TO {APP_ROLE} USING (staff_id IS NULL OR staff_id = {_STAFF}"
        f" OR viewer_id = {_STAFF} OR {_READS})"
    )
