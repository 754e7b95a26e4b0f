"""Create performance pay."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import owner_policy, tenant_policy

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "performance_period",
    "performance_run",
    "workload_fact",
    "performance_package",
    "payout_line",
)


def upgrade() -> None:
    _create_performance_period()
    _create_performance_run()
    _create_workload_fact()
    _create_performance_package()
    _create_payout_line()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)
    for statement in owner_policy("payout_line", "staff_id", "performance"):
        op.execute(statement)
    for statement in owner_policy("workload_fact", "staff_id", "performance"):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_performance_period() -> None:
    op.create_table(
        "performance_period",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "calculating",
                "distributing",
                "publicity",
                "paid",
                name="periodstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("publicity_from", MOMENT, nullable=True),
        sa.Column("publicity_until", MOMENT, nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_performance_period_period")),
        sa.CheckConstraint(
            "publicity_from < publicity_until", name=op.f("ck_performance_period_publicity")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_performance_period__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_performance_period")),
        sa.UniqueConstraint(
            "hospital_id", "code", name=op.f("uq_performance_period_hospital_id_code")
        ),
    )


def _create_performance_run() -> None:
    op.create_table(
        "performance_run",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "frozen",
                "published",
                "superseded",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=True),
        sa.Column("calculated_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "calculated_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_performance_run_calculated_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "period_id"],
            ["performance_period.hospital_id", "performance_period.id"],
            name=op.f("fk_performance_run_period_id_performance_period"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_performance_run__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_performance_run")),
        sa.UniqueConstraint(
            "hospital_id",
            "period_id",
            "sequence",
            name=op.f("uq_performance_run_hospital_id_period_id_sequence"),
        ),
    )


def _create_workload_fact() -> None:
    op.create_table(
        "workload_fact",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Text(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_workload_fact_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "period_id"],
            ["performance_period.hospital_id", "performance_period.id"],
            name=op.f("fk_workload_fact_period_id_performance_period"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_workload_fact_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_workload_fact__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_workload_fact")),
        sa.UniqueConstraint(
            "hospital_id",
            "source_system",
            "source_row",
            name=op.f("uq_workload_fact_hospital_id_source_system_source_row"),
        ),
    )
    op.create_index(
        "ix_workload_fact_staff",
        "workload_fact",
        ["hospital_id", "period_id", "staff_id"],
        unique=False,
    )


def _create_performance_package() -> None:
    op.create_table(
        "performance_package",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "published",
                name="packagestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_performance_package_amount")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_performance_package_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "run_id"],
            ["performance_run.hospital_id", "performance_run.id"],
            name=op.f("fk_performance_package_run_id_performance_run"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_performance_package__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_performance_package")),
        sa.UniqueConstraint(
            "hospital_id",
            "run_id",
            "department_id",
            name=op.f("uq_performance_package_hospital_id_run_id_department_id"),
        ),
    )


def _create_payout_line() -> None:
    op.create_table(
        "payout_line",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "average",
                "piece",
                "secondary",
                "night_shift",
                "deduction",
                "correction",
                name="linekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("explanation", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "amount_fen >= 0 or kind in ('deduction', 'correction')",
            name=op.f("ck_payout_line_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "corrects_id"],
            ["payout_line.hospital_id", "payout_line.id"],
            name=op.f("fk_payout_line_corrects_id_payout_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "package_id"],
            ["performance_package.hospital_id", "performance_package.id"],
            name=op.f("fk_payout_line_package_id_performance_package"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "run_id"],
            ["performance_run.hospital_id", "performance_run.id"],
            name=op.f("fk_payout_line_run_id_performance_run"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_payout_line_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_payout_line__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_payout_line")),
        sa.UniqueConstraint(
            "hospital_id",
            "run_id",
            "staff_id",
            "position",
            name=op.f("uq_payout_line_hospital_id_run_id_staff_id_position"),
        ),
    )
    op.create_index(
        "ix_payout_line_package", "payout_line", ["hospital_id", "package_id"], unique=False
    )
    op.create_index(
        "ix_payout_line_staff", "payout_line", ["hospital_id", "staff_id", "run_id"], unique=False
    )
