"""Create the budget ledger and its alerts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.models.security import tenant_policy

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("budget_line", "budget_line_month")


def upgrade() -> None:
    _create_budget_line()
    _create_budget_line_month()
    op.create_foreign_key(
        "fk_document_line_budget_line_id_budget_line",
        "document_line",
        "budget_line",
        ["hospital_id", "budget_line_id"],
        ["hospital_id", "id"],
        postgresql_not_valid=True,
    )
    for table in TABLES:
        for statement in tenant_policy(table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_constraint(
        "fk_document_line_budget_line_id_budget_line", "document_line", type_="foreignkey"
    )
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_budget_line() -> None:
    op.create_table(
        "budget_line",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("campus_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("fund_source_id", sa.Uuid(), nullable=True),
        sa.Column("function_class", sa.Text(), nullable=True),
        sa.Column("department_economic_class_id", sa.Uuid(), nullable=True),
        sa.Column("government_economic_class_id", sa.Uuid(), nullable=True),
        sa.Column("expense_type", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "control_mode",
            sa.Enum(
                "rigid",
                "elastic",
                "warn",
                "none",
                name="controlmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("over_rate_bp", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "over_condition",
            sa.Enum(
                "reason",
                "extra_approver",
                name="overcondition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default="reason",
            nullable=False,
        ),
        sa.Column(
            "check_window",
            sa.Enum(
                "year",
                "ptd",
                "qtd",
                "ytd",
                name="checkwindow",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default="year",
            nullable=False,
        ),
        sa.Column(
            "alert_levels_bp",
            JSONB,
            server_default=sa.text("'[7000, 8500, 9500, 10000]'::jsonb"),
            nullable=False,
        ),
        sa.Column("approved_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("adjusted_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("frozen_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("occupied_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("executed_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "control_mode <> 'elastic' or frozen_fen + occupied_fen + executed_fen <= approved_fen + adjusted_fen + (approved_fen + adjusted_fen) * over_rate_bp / 10000",
            name=op.f("ck_budget_line_elastic"),
        ),
        sa.CheckConstraint(
            "control_mode <> 'rigid' or frozen_fen + occupied_fen + executed_fen <= approved_fen + adjusted_fen",
            name=op.f("ck_budget_line_rigid"),
        ),
        sa.CheckConstraint(
            "approved_fen >= 0 and approved_fen + adjusted_fen >= 0 and frozen_fen >= 0 and occupied_fen >= 0 and executed_fen >= 0",
            name=op.f("ck_budget_line_figures"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_budget_line_period")),
        sa.CheckConstraint("over_rate_bp >= 0", name=op.f("ck_budget_line_over_rate")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_budget_line_parent")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "campus_id"],
            ["campus.hospital_id", "campus.id"],
            name=op.f("fk_budget_line_campus_id_campus"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_economic_class_id"],
            ["economic_class.hospital_id", "economic_class.id"],
            name=op.f("fk_budget_line_department_economic_class_id_economic_class"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "department_id"],
            ["department.hospital_id", "department.id"],
            name=op.f("fk_budget_line_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "fund_source_id"],
            ["fund_source.hospital_id", "fund_source.id"],
            name=op.f("fk_budget_line_fund_source_id_fund_source"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "government_economic_class_id"],
            ["economic_class.hospital_id", "economic_class.id"],
            name=op.f("fk_budget_line_government_economic_class_id_economic_class"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "owner_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_budget_line_owner_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "parent_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_line_parent_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "project_id"],
            ["project.hospital_id", "project.id"],
            name=op.f("fk_budget_line_project_id_project"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_line__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint(
            "hospital_id", "year", "code", name=op.f("uq_budget_line_hospital_id_year_code")
        ),
    )
    op.create_index(
        "ix_budget_line_department",
        "budget_line",
        ["hospital_id", "department_id", "year"],
        unique=False,
    )
    op.create_index(
        "ix_budget_line_parent", "budget_line", ["hospital_id", "parent_id"], unique=False
    )
    op.create_index(
        "ix_budget_line_project", "budget_line", ["hospital_id", "project_id", "year"], unique=False
    )


def _create_budget_line_month() -> None:
    op.create_table(
        "budget_line_month",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("planned_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "mod(month, 100) between 1 and 12", name=op.f("ck_budget_line_month_month")
        ),
        sa.CheckConstraint("used_fen >= 0", name=op.f("ck_budget_line_month_used")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_line_month_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_line_month__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_line_month")),
        sa.UniqueConstraint(
            "hospital_id",
            "line_id",
            "month",
            name=op.f("uq_budget_line_month_hospital_id_line_id_month"),
        ),
    )
