"""Calculate in the worker, share out what was approved, and prove disputes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import owner_policy, tenant_policy

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("performance_calculation", "dispute_evidence")


def upgrade() -> None:
    op.add_column(
        "performance_package",
        sa.Column("work_hash", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column(
        "performance_import", sa.Column("departments", sa.ARRAY(sa.Uuid()), nullable=True)
    )
    _create_calculation()
    _create_evidence()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)
    for statement in owner_policy("dispute_evidence", "staff_id", "performance"):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("performance_import", "departments")
    op.drop_column("performance_package", "work_hash")


def _base(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{table}__hospital"),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=f"pk_{table}"),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["hospital_id", column],
        [f"{target}.hospital_id", f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
    )


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def _create_calculation() -> None:
    table = "performance_calculation"
    op.create_table(
        table,
        *_base(table),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "refused",
                name="calculationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        _count("departments"),
        _count("calculated"),
        _count("attempts"),
        sa.Column("refusal", JSONB(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        _to(table, "period_id", "performance_period"),
        _to(table, "run_id", "performance_run"),
        _to(table, "requested_by", "staff"),
    )
    op.create_index(
        "uq_performance_calculation_queued",
        table,
        ["hospital_id", "period_id"],
        unique=True,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(f"ix_{table}_period", table, ["hospital_id", "period_id"])
    op.create_index(f"ix_{table}_run", table, ["hospital_id", "run_id"])
    op.create_index(f"ix_{table}_requested_by", table, ["hospital_id", "requested_by"])


def _create_evidence() -> None:
    table = "dispute_evidence"
    op.create_table(
        table,
        *_base(table),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _to(table, "dispute_id", "performance_dispute"),
        _to(table, "staff_id", "staff"),
        _to(table, "added_by", "staff"),
        sa.UniqueConstraint(
            "hospital_id",
            "dispute_id",
            "position",
            name=op.f(f"uq_{table}_hospital_id_dispute_id_position"),
        ),
    )
    op.create_index(f"ix_{table}_staff", table, ["hospital_id", "staff_id"])
    op.create_index(f"ix_{table}_added_by", table, ["hospital_id", "added_by"])
