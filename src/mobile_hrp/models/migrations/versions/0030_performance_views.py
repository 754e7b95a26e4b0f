"""Keep disputes of lines of pay, and how departments share their packages out."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import owner_policy, tenant_policy

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("performance_dispute", "secondary_distribution", "secondary_share")


def upgrade() -> None:
    _create_dispute()
    _create_distribution()
    _create_share()
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)
    for table in ("performance_dispute", "secondary_share"):
        for statement in owner_policy(table, "staff_id", "performance"):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


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


def _kinds(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    name = f"uq_{table}_hospital_id_{'_'.join(columns)}"
    return sa.UniqueConstraint("hospital_id", *columns, name=op.f(name))


def _create_dispute() -> None:
    table = "performance_dispute"
    op.create_table(
        table,
        *_base(table),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _kinds("disputestate", "open", "accepted", "rejected", "settled"),
            nullable=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "decided_by is null or decided_by <> staff_id",
            name=op.f("ck_performance_dispute_not_ones_own"),
        ),
        _to(table, "period_id", "performance_period"),
        _to(table, "line_id", "payout_line"),
        _to(table, "department_id", "department"),
        _to(table, "staff_id", "staff"),
        _to(table, "decided_by", "staff"),
        _unique(table, "line_id"),
    )
    op.create_index(f"ix_{table}_period", table, ["hospital_id", "period_id"])
    op.create_index(f"ix_{table}_department", table, ["hospital_id", "department_id"])
    op.create_index(f"ix_{table}_staff", table, ["hospital_id", "staff_id", "opened_at"])
    op.create_index(f"ix_{table}_decided_by", table, ["hospital_id", "decided_by"])


def _create_distribution() -> None:
    table = "secondary_distribution"
    op.create_table(
        table,
        *_base(table),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("method", _kinds("sharemethod", "ratio", "workload", "score"), nullable=False),
        sa.Column(
            "state",
            _kinds(
                "distributionstate", "proposed", "publicity", "submitted", "approved", "withdrawn"
            ),
            nullable=False,
        ),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("publicity_until", MOMENT, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        _to(table, "package_id", "performance_package"),
        _to(table, "department_id", "department"),
        _to(table, "proposed_by", "staff"),
        _to(table, "document_id", "document"),
        _unique(table, "package_id", "sequence"),
    )
    for column in ("department", "proposed_by", "document"):
        name = column if column == "proposed_by" else f"{column}_id"
        op.create_index(f"ix_{table}_{column}", table, ["hospital_id", name])


def _create_share() -> None:
    table = "secondary_share"
    op.create_table(
        table,
        *_base(table),
        sa.Column("distribution_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _to(table, "distribution_id", "secondary_distribution"),
        _to(table, "staff_id", "staff"),
        _unique(table, "distribution_id", "staff_id"),
    )
    op.create_index(f"ix_{table}_staff", table, ["hospital_id", "staff_id"])
