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
TABLES = (
    "budget_line",
    "budget_alert",
    "budget_alert_latch",
    "budget_forecast",
    "budget_hold",
    "budget_line_month",
    "budget_entry",
)
APPEND_ONLY = {"budget_entry"}


def upgrade() -> None:
    _create_budget_line()
    _create_budget_alert()
    _create_budget_alert_latch()
    _create_budget_forecast()
    _create_budget_hold()
    _create_budget_line_month()
    _create_budget_entry()
    op.create_foreign_key(
        "fk_document_line_budget_line_id_budget_line",
        "document_line",
        "budget_line",
        ["hospital_id", "budget_line_id"],
        ["hospital_id", "id"],
        postgresql_not_valid=True,
    )
    op.execute(
        "ALTER TABLE document_line VALIDATE CONSTRAINT fk_document_line_budget_line_id_budget_line"
    )
    for table in TABLES:
        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):
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


def _create_budget_alert() -> None:
    op.create_table(
        "budget_alert",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("level_bp", sa.Integer(), nullable=True),
        sa.Column("exhaustion_day", sa.Date(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", MOMENT, nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledgement", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(acknowledged_by is null) = (acknowledged_at is null)",
            name=op.f("ck_budget_alert_acknowledged"),
        ),
        sa.CheckConstraint(
            "(level_bp is null) <> (exhaustion_day is null)", name=op.f("ck_budget_alert_kind")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "acknowledged_by"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_budget_alert_acknowledged_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_budget_alert_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_alert_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_alert__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_alert")),
    )
    op.create_index(
        "ix_budget_alert_line",
        "budget_alert",
        ["hospital_id", "line_id", "fired_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_budget_alert_open",
        "budget_alert",
        ["hospital_id", "fired_at", "id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at is null"),
    )


def _create_budget_alert_latch() -> None:
    op.create_table(
        "budget_alert_latch",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("level_bp", sa.Integer(), nullable=False),
        sa.Column("latched_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_alert_latch_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_alert_latch__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_alert_latch")),
        sa.UniqueConstraint(
            "hospital_id",
            "line_id",
            "period",
            "level_bp",
            name=op.f("uq_budget_alert_latch_hospital_id_line_id_period_level_bp"),
        ),
    )


def _create_budget_forecast() -> None:
    op.create_table(
        "budget_forecast",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("candidate_day", sa.Date(), nullable=True),
        sa.Column("evaluated_on", sa.Date(), nullable=True),
        sa.Column("announced_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_forecast_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_forecast__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_forecast")),
        sa.UniqueConstraint(
            "hospital_id",
            "line_id",
            "period",
            name=op.f("uq_budget_forecast_hospital_id_line_id_period"),
        ),
    )


def _create_budget_hold() -> None:
    op.create_table(
        "budget_hold",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("document_line_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("source_hold_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "frozen",
                "occupied",
                "ended",
                name="holdstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "ended_as",
            sa.Enum(
                "converted",
                "executed",
                "released",
                "carried",
                "lapsed",
                name="holdend",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("executed_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (left_fen = 0) and (state = 'ended') = (ended_as is not null) and (state = 'ended') = (ended_at is not null)",
            name=op.f("ck_budget_hold_one_end"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 and left_fen between 0 and amount_fen",
            name=op.f("ck_budget_hold_amount"),
        ),
        sa.CheckConstraint(
            "executed_fen between 0 and amount_fen - left_fen", name=op.f("ck_budget_hold_executed")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_budget_hold_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_hold_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "source_hold_id"],
            ["budget_hold.hospital_id", "budget_hold.id"],
            name=op.f("fk_budget_hold_source_hold_id_budget_hold"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_hold__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_hold")),
    )
    op.create_index(
        "ix_budget_hold_document", "budget_hold", ["hospital_id", "document_id"], unique=False
    )
    op.create_index(
        "ix_budget_hold_open",
        "budget_hold",
        ["hospital_id", "line_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index(
        "ix_budget_hold_source", "budget_hold", ["hospital_id", "source_hold_id"], unique=False
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


def _create_budget_entry() -> None:
    op.create_table(
        "budget_entry",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "appropriate",
                "adjust",
                "transfer",
                "freeze",
                "occupy",
                "convert",
                "execute",
                "release",
                "restore",
                "reverse",
                "carry",
                "lapse",
                name="movementkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("charged_line_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "approved",
                "adjusted",
                "available",
                "frozen",
                "occupied",
                "executed",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "approved",
                "adjusted",
                "available",
                "frozen",
                "occupied",
                "executed",
                name="target",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_budget_entry_amount")),
        sa.CheckConstraint("source <> target", name=op.f("ck_budget_entry_accounts")),
        sa.ForeignKeyConstraint(
            ["hospital_id", "actor_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_budget_entry_actor_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "charged_line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_entry_charged_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "document_id"],
            ["document.hospital_id", "document.id"],
            name=op.f("fk_budget_entry_document_id_document"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "hold_id"],
            ["budget_hold.hospital_id", "budget_hold.id"],
            name=op.f("fk_budget_entry_hold_id_budget_hold"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "line_id"],
            ["budget_line.hospital_id", "budget_line.id"],
            name=op.f("fk_budget_entry_line_id_budget_line"),
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_budget_entry__hospital")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_budget_entry")),
    )
    op.create_index(
        "ix_budget_entry_document", "budget_entry", ["hospital_id", "document_id"], unique=False
    )
    op.create_index(
        "ix_budget_entry_hold", "budget_entry", ["hospital_id", "hold_id"], unique=False
    )
    op.create_index(
        "ix_budget_entry_line",
        "budget_entry",
        ["hospital_id", "line_id", "occurred_at", "id"],
        unique=False,
    )
